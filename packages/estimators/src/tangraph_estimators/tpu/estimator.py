"""`tf.contrib.tpu.TPUEstimator`: an estimator for TPUs, which runs on the CPU."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Self

import tangraph as tf
from tangraph.export import export
from tangraph_estimators import checks
from tangraph_estimators.arguments import accepted, argument_names
from tangraph_estimators.estimator import Estimator
from tangraph_estimators.mode_keys import ModeKeys
from tangraph_estimators.tpu.config import (
    InputPipelineConfig,
    RunConfig,
    check_positive_integer,
    parse_iterations_per_loop,
)
from tangraph_estimators.tpu.hooks import ExamplesPerSecondHook
from tangraph_estimators.tpu.spec import TPUEstimatorSpec

_RESERVED: Final = ["batch_size", "context"]


@export("contrib.tpu.TPUEstimator", "estimator.tpu.TPUEstimator")
class TPUEstimator(Estimator):
    """An estimator whose functions get the batch's size as `params["batch_size"]`, and may return a TPUEstimatorSpec.

    There are no TPUs: `use_tpu` has to be False, or what would run on one raises. SavedModels hold the graph for the
    CPU alone.

    Args:
      model_fn: a function of `features` and, by name, of `params` and of any of `labels`, `mode` and `config`.
      model_dir: the folder of checkpoints and summaries.
      config: a `tf.contrib.tpu.RunConfig`.
      params: parameters of the functions, without "batch_size" and "context".
      use_tpu: whether to run on a TPU.
      train_batch_size: the examples of a batch for training.
      eval_batch_size: the same for evaluations.
      predict_batch_size: the same for predictions.
      batch_axis: which axes of the inputs are cut for the cores of a TPU; the CPU does not ask.
      eval_on_tpu: whether evaluations run on the TPU.
      export_to_tpu: whether SavedModels are for TPUs too; they are not, and a warning says so.
      export_to_cpu: whether SavedModels are for CPUs.
      warm_start_from: see `tf.estimator.Estimator`.
      embedding_config_spec: must be None.
      export_saved_model_api_version: the kind of graph for TPUs; not asked for.

    Raises:
      ValueError: `config` is no `tf.contrib.tpu.RunConfig`, `params` has reserved keys, or a size is missing.
      NotImplementedError: `embedding_config_spec` is given.

    >>> import tangraph as tf
    >>> def model_fn(features, labels, mode, params):
    ...     w = tf.get_variable("w", initializer=0.0)
    ...     loss = tf.square(w - 1.0) * params["batch_size"] + 0.0 * tf.reduce_sum(features)
    ...     step = tf.train.GradientDescentOptimizer(0.25).minimize(loss, tf.train.get_global_step())
    ...     return tf.contrib.tpu.TPUEstimatorSpec(mode, loss=loss, train_op=step)
    >>> estimator = tf.contrib.tpu.TPUEstimator(
    ...     model_fn, config=tf.contrib.tpu.RunConfig(), use_tpu=False, train_batch_size=2
    ... )
    >>> inputs = lambda params: (tf.zeros([params["batch_size"]]), tf.zeros([]))
    >>> float(estimator.train(inputs, steps=1).get_variable_value("w"))
    1.0
    """

    def __init__(
        self,
        model_fn: Any = None,
        model_dir: Any = None,
        config: Any = None,
        params: Any = None,
        use_tpu: bool = True,
        train_batch_size: int | None = None,
        eval_batch_size: int | None = None,
        predict_batch_size: int | None = None,
        batch_axis: Any = None,
        eval_on_tpu: bool = True,
        export_to_tpu: bool = True,
        export_to_cpu: bool = True,
        warm_start_from: Any = None,
        embedding_config_spec: Any = None,
        export_saved_model_api_version: Any = None,
    ) -> None:
        if not isinstance(config, RunConfig):
            raise ValueError("`config` must be provided with type `tpu_config.RunConfig`")
        if params is not None and any(key in params for key in _RESERVED):
            raise ValueError(f"{_RESERVED} are reserved keys but existed in params {params}.")
        if embedding_config_spec is not None:
            raise NotImplementedError("Tangraph has no TPU embeddings: leave `embedding_config_spec` None.")
        if use_tpu:
            _check_sizes(config, train_batch_size, eval_batch_size, predict_batch_size)
        checks.check_model_fn(model_fn, params)
        self._log_every_n_steps, self._log_every_n_secs = _log_times(config)
        config = config.replace(log_step_count_steps=None)
        self._user_model_fn = model_fn
        super().__init__(self._augmented, model_dir, config, params or {}, warm_start_from)
        self._use_tpu = use_tpu
        self._eval_on_tpu = eval_on_tpu
        self._batch_sizes = {
            ModeKeys.TRAIN: train_batch_size,
            ModeKeys.EVAL: eval_batch_size,
            ModeKeys.PREDICT: predict_batch_size,
        }
        self._export_to_cpu = export_to_cpu
        self._export_to_tpu = export_to_tpu
        self._is_input_fn_invoked = False
        _log_context(config, use_tpu, eval_on_tpu)

    def train(
        self,
        input_fn: Callable[..., Any],
        hooks: Any = None,
        steps: int | None = None,
        max_steps: int | None = None,
        saving_listeners: Any = None,
    ) -> Self:
        """Trains the model; see `tf.estimator.Estimator.train`. `input_fn` has to take `params`."""
        with _reported("training_loop"):
            return super().train(input_fn, hooks, steps, max_steps, saving_listeners)

    def evaluate(
        self,
        input_fn: Callable[..., Any],
        steps: int | None = None,
        hooks: Any = None,
        checkpoint_path: str | None = None,
        name: str | None = None,
    ) -> dict[str, Any]:
        """Evaluates the model; see `tf.estimator.Estimator.evaluate`. `input_fn` has to take `params`."""
        with _reported("evaluation_loop"):
            return super().evaluate(input_fn, steps, hooks, checkpoint_path, name)

    def predict(
        self,
        input_fn: Callable[..., Any],
        predict_keys: Any = None,
        hooks: Any = None,
        checkpoint_path: str | None = None,
        yield_single_examples: bool = True,
    ) -> Iterator[Any]:
        """Yields predictions; see `tf.estimator.Estimator.predict`. `input_fn` has to take `params`."""
        with _reported("prediction_loop"):
            yield from super().predict(input_fn, predict_keys, hooks, checkpoint_path, yield_single_examples)
        tf.logging.info("prediction_loop marked as finished")  # TensorFlow says it twice

    def _check_on_cpu(self, mode: str) -> None:
        """Raises RuntimeError where a TPU would be needed."""
        if self._use_tpu and not (mode == ModeKeys.EVAL and not self._eval_on_tpu):
            raise RuntimeError(
                "Cannot find any TPU cores in the system. Please double check Tensorflow master address and TPU worker(s). "
                f"Tangraph has no TPUs: use_tpu must be False. Received: use_tpu={self._use_tpu}"
            )

    def _create_global_step(self, graph: Any) -> Any:
        """Makes the global step as a resource variable, which TPUs need."""
        if tf.train.get_global_step(graph) is not None:
            raise ValueError('"global_step" already exists.')
        with graph.as_default(), graph.name_scope(None):
            return tf.get_variable(
                tf.GraphKeys.GLOBAL_STEP,
                shape=[],
                dtype=tf.int64,
                initializer=tf.zeros_initializer(),
                trainable=False,
                use_resource=True,
                collections=[tf.GraphKeys.GLOBAL_VARIABLES, tf.GraphKeys.GLOBAL_STEP],
            )

    def _convert_train_steps_to_hooks(self, steps: int | None, max_steps: int | None) -> list[Any]:
        self._check_on_cpu(ModeKeys.TRAIN)
        return super()._convert_train_steps_to_hooks(steps, max_steps)

    def _convert_eval_steps_to_hooks(self, steps: int | None) -> list[Any]:
        self._check_on_cpu(ModeKeys.EVAL)
        return super()._convert_eval_steps_to_hooks(steps)

    def _call_input_fn(self, input_fn: Any, mode: str) -> Any:
        if "params" not in argument_names(input_fn):
            raise ValueError(
                f"input_fn ({input_fn}) does not include params argument, required by TPUEstimator to pass batch size as "
                'params["batch_size"]'
            )
        kwargs = accepted(input_fn, params=self.params, config=self.config, mode=mode)
        self._is_input_fn_invoked = True
        self._check_on_cpu(mode)
        sliced = self._config.tpu_config.eval_training_input_configuration is InputPipelineConfig.SLICED
        if sliced and mode != ModeKeys.TRAIN:
            raise ValueError(
                "Invalid TPUConfig `eval_training_input_configuration` value. SLICED mode only works on use_tpu = True."
            )
        if self._batch_sizes[mode] is not None:
            _set_param(kwargs["params"], "batch_size", self._batch_sizes[mode])
        with tf.device("/device:CPU:0"):
            return input_fn(**kwargs)

    def _warn_if_endless(self, features: Any) -> None:
        """Does nothing: TPUEstimators do not warn."""

    def _export_all_saved_models(self, *args: Any, **kwargs: Any) -> bytes:
        if not self._export_to_cpu:
            raise ValueError("Tangraph has no TPUs: export_to_cpu must be True. Received: export_to_cpu=False")
        if self._export_to_tpu:
            tf.logging.warning("Tangraph exports no graph for TPUs; export_to_tpu=True has no effect.")
        return super()._export_all_saved_models(*args, **kwargs)

    def _augmented(self, features: Any, labels: Any, mode: str, config: Any, params: Any) -> Any:
        """The model function that the base class calls: the user's one, with what TPUs add."""
        exporting, self._is_input_fn_invoked = not self._is_input_fn_invoked, False
        if exporting:
            _set_param(params, "use_tpu", False)
        hooks = self._examples_hooks(mode, config)
        if not exporting:
            self._check_on_cpu(mode)
        tf.logging.info("Running %s on CPU", mode)
        spec = self._call_user_model_fn(features, labels, mode, config, params, exporting)
        return spec._replace(training_hooks=spec.training_hooks + hooks) if hooks else spec

    def _examples_hooks(self, mode: str, config: Any) -> tuple[Any, ...]:
        steps, seconds = self._log_every_n_steps, self._log_every_n_secs
        if steps is None and seconds is None:
            return ()
        folder = self.model_dir if not config or config.save_summary_steps else None
        return (ExamplesPerSecondHook(self._batch_sizes[mode], steps, seconds, output_dir=folder),)

    def _call_user_model_fn(
        self, features: Any, labels: Any, mode: str, config: Any, params: Any, exporting: bool
    ) -> Any:
        function: Callable[..., Any] = self._user_model_fn
        names = argument_names(function)
        params = copy.deepcopy(params)
        if labels is not None and "labels" not in names:
            raise ValueError("model_fn does not take labels, but input_fn returns labels.")
        if "params" not in names:
            raise ValueError(
                f"model_fn ({function}) does not include params argument, required by TPUEstimator to pass batch size as "
                "params['batch_size']"
            )
        if not exporting:
            if self._batch_sizes[mode] is not None:
                _set_param(params, "batch_size", self._batch_sizes[mode])
            _set_param(params, "use_tpu", False)
        kwargs = accepted(function, labels=labels, mode=mode, config=copy.deepcopy(config), params=params)
        spec = function(features=features, **kwargs)
        return spec.as_estimator_spec() if isinstance(spec, TPUEstimatorSpec) else spec


@contextmanager
def _reported(source: str) -> Iterator[None]:
    """Logs, as TensorFlow does, how the threads of a TPU's host would end."""
    failed = False
    try:
        yield
    except Exception as error:
        failed = True
        tf.logging.error("Error recorded from %s: %s", source, error)
        raise
    finally:
        tf.logging.info("%s marked as finished", source)
        if failed:
            tf.logging.warning("Reraising captured error")


def _check_sizes(config: Any, train: Any, evaluation: Any, prediction: Any) -> None:
    if train is None:
        raise ValueError("`train_batch_size` cannot be `None`")
    check_positive_integer(train, "train_batch_size")
    tpu_config = config.tpu_config
    per_shard = tpu_config.per_host_input_for_training is InputPipelineConfig.PER_SHARD_V1
    if per_shard and tpu_config.num_cores_per_replica:
        raise ValueError(
            "Model parallelism only supports per host input for training. Please adjust "
            "TPURunconfig.per_host_input_for_training."
        )
    for size, name in ((evaluation, "eval_batch_size"), (prediction, "predict_batch_size")):
        if size is not None:
            check_positive_integer(size, name)


def _log_times(config: Any) -> tuple[int | None, int | None]:
    """Returns the steps, or the seconds, between two lines about the speed."""
    iterations, steps = parse_iterations_per_loop(config.tpu_config.iterations_per_loop), config.log_step_count_steps
    if iterations.unit == "seconds":
        return None, iterations.value
    return (None if steps is None else math.ceil(steps / iterations.value)), None


def _log_context(config: Any, use_tpu: bool, eval_on_tpu: bool) -> None:
    tpu_config = config.tpu_config
    if tpu_config.num_shards == 1 and tpu_config.num_cores_per_replica is None:
        tf.logging.warning(
            "Setting TPUConfig.num_shards==1 is an unsupported behavior. Please fix as soon as possible (leaving num_shards "
            "as None.)"
        )
        eval_on_tpu = True
    tf.logging.info("_TPUContext: eval_on_tpu %s", eval_on_tpu)
    if not use_tpu and eval_on_tpu:
        tf.logging.warning("eval_on_tpu ignored because use_tpu is False.")


def _set_param(params: Any, key: str, value: Any) -> None:
    """Sets a parameter, in HParams too."""
    if not hasattr(params, "set_hparam"):
        params[key] = value
    elif key in params:
        params.set_hparam(key, value)
    else:
        params.add_hparam(key, value)
