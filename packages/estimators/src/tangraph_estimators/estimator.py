"""Estimator: a model function with its folder."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from typing import Any, Self

import tangraph as tf
from tangraph.export import export
from tangraph_estimators import checks, evaluating
from tangraph_estimators.arguments import accepted, argument_names
from tangraph_estimators.export.saved_model import export_all
from tangraph_estimators.input_result import parse_input_fn_result
from tangraph_estimators.mode_keys import ModeKeys
from tangraph_estimators.predicting import batch_length, selected, warn_if_endless
from tangraph_estimators.spec import EstimatorSpec
from tangraph_estimators.task import TaskType
from tangraph_estimators.training import train_with_spec
from tangraph_estimators.warm_start import settings_of, warm_start
from tangraph_training.global_step import get_or_create_global_step_read
from tangraph_training.monitored.evaluation import StopAfterNEvalsHook


@export("estimator.Estimator")
class Estimator:
    """Trains, evaluates, asks and exports a model that a function builds.

    Each call builds a graph of its own, and what is learned passes from one to the next by checkpoints in `model_dir`.

    Args:
      model_fn: a function of `features` and, by name, of any of `labels`, `mode`, `params` and `config`, which returns
        an EstimatorSpec.
      model_dir: the folder of checkpoints and summaries; that of `config`, or a temporary one, when None.
      config: a RunConfig.
      params: a dictionary, of which the functions get copies.
      warm_start_from: WarmStartSettings, a checkpoint, its folder, or the folder of a SavedModel.

    Raises:
      ValueError: `model_fn` takes arguments that it cannot get, `config` is no RunConfig or has another folder, or a
        subclass overrides a member.

    >>> import numpy as np, tangraph as tf
    >>> def model_fn(features, labels, mode):
    ...     w = tf.get_variable("w", initializer=0.0)
    ...     loss = tf.reduce_mean(tf.square(w * features - labels))
    ...     step = tf.train.GradientDescentOptimizer(0.5).minimize(loss, tf.train.get_global_step())
    ...     return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=step)
    >>> estimator = tf.estimator.Estimator(model_fn)
    >>> inputs = tf.estimator.inputs.numpy_input_fn(np.ones(4), np.ones(4), num_epochs=None, shuffle=False)
    >>> float(estimator.train(lambda: (tf.ones([4]), tf.ones([4])), steps=3).get_variable_value("w"))
    1.0
    """

    def __init__(
        self,
        model_fn: Callable[..., Any] | None,
        model_dir: Any = None,
        config: Any = None,
        params: Any = None,
        warm_start_from: Any = None,
    ) -> None:
        self._assert_members_are_not_overridden()
        self._config = checks.checked_config(config, model_dir)
        self._model_dir: str = self._config.model_dir
        self._session_config = self._config.session_config
        tf.logging.info("Using config: %s", str(vars(self._config)))
        self._device_fn = self._config.device_fn or _replica_device_setter(self._config)
        checks.check_model_fn(model_fn, params)
        self._model_fn: Any = model_fn
        self._params = copy.deepcopy(params or {})
        self._warm_start_settings = settings_of(warm_start_from)

    def _assert_members_are_not_overridden(self) -> None:
        checks.check_not_overridden(Estimator, self)

    @property
    def model_dir(self) -> str:
        """The folder."""
        return self._model_dir

    @property
    def config(self) -> Any:
        """A copy of the RunConfig."""
        return copy.deepcopy(self._config)

    @property
    def params(self) -> Any:
        """A copy of the parameters."""
        return copy.deepcopy(self._params)

    @property
    def model_fn(self) -> Callable[..., Any]:
        """The model function, with the parameters: of features, labels, mode and config."""

        def public_model_fn(features: Any, labels: Any, mode: Any, config: Any) -> Any:
            return self._call_model_fn(features, labels, mode, config)

        return public_model_fn

    def get_variable_value(self, name: str) -> Any:
        """Returns the value that a variable has in the latest checkpoint.

        Raises:
          ValueError: there is no checkpoint.
        """
        self._check_checkpoint()
        return tf.train.load_variable(self.model_dir, name)

    def get_variable_names(self) -> list[str]:
        """Returns the names of all variables in the latest checkpoint.

        Raises:
          ValueError: there is no checkpoint.
        """
        self._check_checkpoint()
        return [name for name, _ in tf.train.list_variables(self.model_dir)]

    def _check_checkpoint(self) -> None:
        if not tf.train.latest_checkpoint(self.model_dir):
            raise ValueError(f"Could not find trained model in model_dir: {self.model_dir}.")

    def latest_checkpoint(self) -> str | None:
        """Returns the path of the latest checkpoint, None when there is none."""
        path: str | None = tf.train.latest_checkpoint(self.model_dir)
        return path

    def eval_dir(self, name: str | None = None) -> str:
        """Returns the folder where the results of an evaluation are written."""
        return os.path.join(self._model_dir, f"eval_{name}" if name else "eval")

    def train(
        self,
        input_fn: Callable[..., Any],
        hooks: Any = None,
        steps: int | None = None,
        max_steps: int | None = None,
        saving_listeners: Any = None,
    ) -> Self:
        """Trains the model, from its latest checkpoint on.

        Args:
          input_fn: a function, of `mode`, `params` and `config` by name, that returns a data set of pairs, or a pair of
            features and labels; each is a tensor or a dictionary of tensors.
          hooks: hooks of the session.
          steps: the number of steps; None for the whole input.
          max_steps: the global step at which to stop, in place of `steps`.
          saving_listeners: listeners of checkpoints.

        Returns:
          The estimator itself.

        Raises:
          ValueError: both `steps` and `max_steps` are given, or one is not positive; TF_CONFIG has another task for
            this process.
        """
        if self.config.task_type in {TaskType.EVALUATOR, TaskType.PS}:
            raise ValueError(
                "Train has been called wrong configuration. Please use tf.estimator.train_and_evaluate which calls proper "
                f"API according to given configuration. Current configuration: {self.config}."
            )
        if steps is not None and max_steps is not None:
            raise ValueError("Can not provide both steps and max_steps.")
        checks.check_steps(steps)
        checks.check_steps(max_steps, "max_steps")
        if max_steps is not None and max_steps <= checks.saved_step(self._model_dir):
            tf.logging.info("Skipping training since max_steps has already saved.")
            return self
        hooks = checks.checked_hooks(hooks)
        hooks.extend(self._convert_train_steps_to_hooks(steps, max_steps))
        listeners = checks.checked_listeners(saving_listeners)
        loss = self._train_model(input_fn, hooks, listeners)
        tf.logging.info("Loss for final step: %s.", loss)
        return self

    def _convert_train_steps_to_hooks(self, steps: int | None, max_steps: int | None) -> list[Any]:
        return [] if steps is None and max_steps is None else [tf.train.StopAtStepHook(steps, max_steps)]

    def _train_model(self, input_fn: Any, hooks: list[Any], saving_listeners: list[Any]) -> Any:
        with tf.Graph().as_default() as graph, graph.device(self._device_fn):
            tf.set_random_seed(self._config.tf_random_seed)
            self._create_and_assert_global_step(graph)
            get_or_create_global_step_read(graph)
            features, labels, input_hooks = self._get_features_and_labels_from_input_fn(input_fn, ModeKeys.TRAIN)
            spec = self._call_model_fn(features, labels, ModeKeys.TRAIN, self.config)
            step = tf.train.get_global_step(graph)
            hooks = [*input_hooks, *hooks]
            return train_with_spec(self._config, spec, hooks, step, saving_listeners, self._warm_start_settings)

    def evaluate(
        self,
        input_fn: Callable[..., Any],
        steps: int | None = None,
        hooks: Any = None,
        checkpoint_path: str | None = None,
        name: str | None = None,
    ) -> dict[str, Any]:
        """Evaluates the model.

        Args:
          input_fn: see `train`.
          steps: the number of batches; None for the whole input.
          hooks: hooks of the session.
          checkpoint_path: the checkpoint; the latest one when None, and initial values when there is none.
          name: tells the results of several evaluations from each other, in folders of their own.

        Returns:
          Name -> value of each metric, with "loss" and "global_step".

        Raises:
          ValueError: `steps` is not positive, or a metric has a name that is taken.
        """
        hooks = checks.checked_hooks(hooks)
        hooks.extend(self._convert_eval_steps_to_hooks(steps))
        if not checkpoint_path:
            checkpoint_path = self._latest_or_initial("evaluate")
        with tf.Graph().as_default():
            scaffold, update_op, values, all_hooks = self._evaluate_build_graph(input_fn, hooks, checkpoint_path)
            return evaluating.evaluate(
                self._config, checkpoint_path, scaffold, update_op, values, all_hooks, self.eval_dir(name)
            )

    def _latest_or_initial(self, what: str) -> str | None:
        path = self.latest_checkpoint()
        if not path:
            tf.logging.info(
                f"Could not find trained model in model_dir: {self._model_dir}, running initialization to {what}."
            )
        return path

    def _convert_eval_steps_to_hooks(self, steps: int | None) -> list[Any]:
        checks.check_steps(steps)
        return [] if steps is None else [StopAfterNEvalsHook(num_evals=steps)]

    def _evaluate_build_graph(self, input_fn: Any, hooks: Any = None, checkpoint_path: str | None = None) -> Any:
        tf.set_random_seed(self._config.tf_random_seed)
        self._create_and_assert_global_step(tf.get_default_graph())
        features, labels, input_hooks = self._get_features_and_labels_from_input_fn(input_fn, ModeKeys.EVAL)
        spec = self._call_model_fn(features, labels, ModeKeys.EVAL, self.config)
        evaluating.add_loss_metric(spec.eval_metric_ops, spec.loss)
        update_op, values = evaluating.split_metrics(spec.eval_metric_ops)
        self._maybe_warm_start(checkpoint_path)
        evaluating.add_global_step(values)
        all_hooks = [*input_hooks, *(hooks or ()), *(spec.evaluation_hooks or ())]
        return evaluating.scaffold_of(spec.scaffold), update_op, values, all_hooks

    def predict(
        self,
        input_fn: Callable[..., Any],
        predict_keys: Any = None,
        hooks: Any = None,
        checkpoint_path: str | None = None,
        yield_single_examples: bool = True,
    ) -> Iterator[Any]:
        """Yields predictions.

        Args:
          input_fn: see `train`; labels are ignored.
          predict_keys: the names of those predictions that are wanted; all when None.
          hooks: hooks of the session.
          checkpoint_path: the checkpoint; the latest one when None, and initial values when there is none.
          yield_single_examples: whether to yield one example at a time, and not a batch.

        Raises:
          ValueError: no prediction has one of the names, or the predictions differ in length.
        """
        hooks = checks.checked_hooks(hooks)
        if not checkpoint_path:
            checkpoint_path = self._latest_or_initial("predict")
        with tf.Graph().as_default() as graph:
            tf.set_random_seed(self._config.tf_random_seed)
            self._create_and_assert_global_step(graph)
            features, input_hooks = self._get_features_from_input_fn(input_fn, ModeKeys.PREDICT)
            spec = self._call_model_fn(features, None, ModeKeys.PREDICT, self.config)
            self._maybe_warm_start(checkpoint_path)
            predictions = selected(spec.predictions, predict_keys)
            creator = tf.train.ChiefSessionCreator(
                checkpoint_filename_with_path=checkpoint_path,
                master=self._config.master,
                scaffold=spec.scaffold,
                config=self._session_config,
            )
            all_hooks = [*input_hooks, *hooks, *spec.prediction_hooks]
            with tf.train.MonitoredSession(session_creator=creator, hooks=all_hooks) as session:
                while not session.should_stop():
                    values = session.run(predictions)
                    if not yield_single_examples:
                        yield values
                    elif not isinstance(predictions, dict):
                        yield from values
                    else:
                        for row in range(batch_length(values)):
                            yield {key: value[row] for key, value in values.items()}

    def _maybe_warm_start(self, checkpoint_path: str | None) -> None:
        if not checkpoint_path:
            warm_start(self._warm_start_settings)

    def export_saved_model(
        self,
        export_dir_base: Any,
        serving_input_receiver_fn: Callable[[], Any] | None,
        assets_extra: Any = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
        experimental_mode: str = ModeKeys.PREDICT,
    ) -> bytes:
        """Writes the model as a SavedModel, for predictions unless another mode is given.

        Args:
          export_dir_base: the folder in which a folder, named by the time, is made.
          serving_input_receiver_fn: a function without arguments that returns a ServingInputReceiver.
          assets_extra: path below "assets.extra" -> a file to copy there.
          as_text: whether to write the text format.
          checkpoint_path: the checkpoint; the latest one when None.
          experimental_mode: the mode.

        Returns:
          The path of the new folder.

        Raises:
          ValueError: there is no such function, or no checkpoint.
        """
        if not serving_input_receiver_fn:
            raise ValueError("An input_receiver_fn must be defined.")
        receivers = {experimental_mode: serving_input_receiver_fn}
        return self._export_all_saved_models(export_dir_base, receivers, assets_extra, as_text, checkpoint_path)

    def export_savedmodel(
        self,
        export_dir_base: Any,
        serving_input_receiver_fn: Callable[[], Any] | None,
        assets_extra: Any = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
        strip_default_attrs: bool = False,
    ) -> bytes:
        """The older name of `export_saved_model`, for predictions only; it keeps attrs that have their default."""
        if not serving_input_receiver_fn:
            raise ValueError("An input_receiver_fn must be defined.")
        receivers = {ModeKeys.PREDICT: serving_input_receiver_fn}
        return self._export_all_saved_models(
            export_dir_base, receivers, assets_extra, as_text, checkpoint_path, strip_default_attrs
        )

    def experimental_export_all_saved_models(
        self,
        export_dir_base: Any,
        input_receiver_fn_map: Any,
        assets_extra: Any = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
    ) -> bytes:
        """Writes the graphs of several modes into one SavedModel.

        Args:
          export_dir_base: the folder in which a folder, named by the time, is made.
          input_receiver_fn_map: mode -> function that returns its input receiver.
          assets_extra, as_text, checkpoint_path: see `export_saved_model`.
        """
        return self._export_all_saved_models(
            export_dir_base, input_receiver_fn_map, assets_extra, as_text, checkpoint_path
        )

    def _export_all_saved_models(
        self,
        export_dir_base: Any,
        input_receiver_fn_map: Any,
        assets_extra: Any = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
        strip_default_attrs: bool = True,
    ) -> bytes:
        return export_all(
            self, export_dir_base, input_receiver_fn_map, assets_extra, as_text, checkpoint_path, strip_default_attrs
        )

    def _get_features_from_input_fn(self, input_fn: Any, mode: str) -> tuple[Any, list[Any]]:
        features, _, hooks = parse_input_fn_result(self._call_input_fn(input_fn, mode))
        self._warn_if_endless(features)
        return features, hooks

    def _warn_if_endless(self, features: Any) -> None:
        warn_if_endless(features)

    def _get_features_and_labels_from_input_fn(self, input_fn: Any, mode: str) -> tuple[Any, Any, list[Any]]:
        return parse_input_fn_result(self._call_input_fn(input_fn, mode))

    def _create_global_step(self, graph: Any) -> Any:
        return tf.train.create_global_step(graph)

    def _create_and_assert_global_step(self, graph: Any) -> Any:
        step = self._create_global_step(graph)
        assert step is tf.train.get_global_step()
        assert step.dtype.is_integer
        return step

    def _call_input_fn(self, input_fn: Any, mode: str) -> Any:
        kwargs = accepted(input_fn, mode=mode, params=self.params, config=self.config)
        with tf.device("/cpu:0"):
            return input_fn(**kwargs)

    def _call_model_fn(self, features: Any, labels: Any, mode: str, config: Any) -> Any:
        if labels is not None and "labels" not in argument_names(self._model_fn):
            raise ValueError("model_fn does not take labels, but input_fn returns labels.")
        kwargs = accepted(self._model_fn, labels=labels, mode=mode, params=self.params, config=config)
        tf.logging.info("Calling model_fn.")
        spec = self._model_fn(features=features, **kwargs)
        tf.logging.info("Done calling model_fn.")
        if not isinstance(spec, EstimatorSpec):
            raise ValueError("model_fn should return an EstimatorSpec.")
        return spec


def _replica_device_setter(config: Any) -> Any:
    """Returns the function that puts variables on parameter servers, None when there are none."""
    if config.num_ps_replicas <= 0:
        return None
    worker = f"/job:{config.task_type}/task:{config.task_id}" if config.task_type else "/job:worker"
    return tf.train.replica_device_setter(
        ps_tasks=config.num_ps_replicas, worker_device=worker, merge_devices=True, cluster=config.cluster_spec
    )
