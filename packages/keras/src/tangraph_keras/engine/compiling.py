"""What a model is trained for: losses, metrics and their graph."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_keras.engine import objectives
from tangraph_keras.engine.endpoint import Endpoint
from tangraph_keras.engine.network import Network
from tangraph_keras.losses.weighting import (
    Reduction,
    compute_weighted_loss,
    reduce_weighted_loss,
    squeeze_or_expand_dimensions,
)
from tangraph_layers.engine.connections import mask_of
from tangraph_layers.engine.function import function
from tangraph_layers.engine.learning_phase import symbolic_learning_phase
from tangraph_layers.engine.tracking import layers_in, untracked


class Compiled(Network):
    """A network that knows its losses, metrics and optimizer.

    Attributes:
      optimizer, loss, loss_weights, sample_weight_mode: what `compile` was given.
      total_loss: the tensor that training minimises.
      train_function, test_function, predict_function: what runs a batch; None before they are needed.
    """

    optimizer: Any
    train_function: Any
    test_function: Any
    predict_function: Any
    _endpoints: list[Endpoint]
    _compile_metric_functions: list[Any]

    @untracked
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Any = None,
        loss_weights: Any = None,
        sample_weight_mode: Any = None,
        weighted_metrics: Any = None,
        target_tensors: Any = None,
        distribute: Any = None,
        **kwargs: Any,
    ) -> None:
        """Says what the model is trained for.

        Args:
          optimizer: an optimizer of `tf.keras.optimizers` or `tf.train`, or the name of one.
          loss: a loss, a function of what is true and of the predictions, or its name; or a list or dictionary of
            these, one for each output.
          metrics: a list of metrics, functions or their names; or a list of lists or a dictionary, one for each output.
          loss_weights: numbers that the losses of the outputs are multiplied with, a list or a dictionary.
          sample_weight_mode: "temporal" where steps of sequences have weights; or a list or dictionary of it.
          weighted_metrics: metrics to which the weights of samples apply.
          target_tensors: tensors that are true, instead of arrays given later.
          distribute: not available.
          **kwargs: `run_eagerly`; `fetches`, `feed_dict`, `options` and `run_metadata`, which sessions get.

        Raises:
          ValueError: one of these does not fit the model.
        """
        if distribute is not None:
            raise NotImplementedError(f"Distribution strategies are not available in Tangraph. Received: {distribute}")
        self._run_eagerly = kwargs.pop("run_eagerly", None)
        kwargs.pop("experimental_run_tf_function", None)
        self.optimizer = _optimizer(optimizer)
        self._own("_checkpointed", {})["optimizer"] = self.optimizer
        self.loss = loss or {}
        self.loss_weights = loss_weights
        self.sample_weight_mode = sample_weight_mode
        self._compile_metrics = metrics or []
        self._compile_weighted_metrics = weighted_metrics
        self._endpoints = []
        self._compiled_trainable_state = self._get_trainable_state()
        self._compile_metric_functions = []
        if not self.built or not self.inputs or not self.outputs:
            return  # until data tells what the inputs are
        self._is_compiled = True
        self.loss_functions = objectives.loss_functions(self.loss, self.output_names)
        for ends in zip(
            self.outputs, self.output_names, self.loss_functions, self._given_targets(target_tensors), strict=True
        ):
            self._endpoints.append(Endpoint(*ends))
        objectives.set_loss_weights(self._endpoints, loss_weights)
        self._prepare_metrics(metrics, weighted_metrics)
        self._call_metrics(self._per_output_metrics, weighted=False)
        objectives.set_sample_weight_modes(self._endpoints, sample_weight_mode)
        self._compile_losses()
        self._function_kwargs = kwargs
        self.train_function = None
        self.test_function = None
        self.predict_function = None
        self._collected_trainable_weights = self._unique_trainable_weights

    def _given_targets(self, targets: Any) -> list[Any]:
        if targets is None or (isinstance(targets, list) and not targets):
            return [None] * len(self.output_names)
        if isinstance(targets, list):
            if len(targets) != len(self.outputs):
                raise ValueError(
                    "When passing a list as `target_tensors`, it should have one entry per model output. The model has "
                    f"{len(self.outputs)} outputs, but you passed target_tensors={targets}"
                )
            return targets
        if isinstance(targets, dict):
            unknown = set(targets) - set(self.output_names)
            if unknown:
                raise ValueError(
                    f'Unknown entry in `target_tensors` dictionary: "{unknown}". Only expected the following keys: '
                    f"{self.output_names}"
                )
            return [targets.get(name) for name in self.output_names]
        if tf.contrib.framework.is_tensor(targets):
            return [targets]
        raise TypeError("Expected `target_tensors` to be a list or tuple or dict or a single tensor, but got:", targets)

    # -- metrics -------------------------------------------------------------------------------------------------

    @property
    def metrics(self) -> list[Any]:
        """The metrics: those of `compile`, and those that were added."""
        own = self._compile_metric_functions if self._is_compiled else []
        return own + self._metrics + _metrics_of(self._layers)

    @property
    def metrics_names(self) -> list[str]:
        """The names of what training and evaluation return, "loss" first."""
        names = ["loss"]
        if self._is_compiled:
            if len(self._endpoints) > 1:
                names += [endpoint.loss_name for endpoint in self._endpoints if not endpoint.is_skipped]
            names += [metric.name for metric in self._compile_metric_functions]
        names += [metric.name for layer in self.layers for metric in layer._metrics]
        return names + [metric.name for metric in self._metrics]

    def _prepare_metrics(self, metrics: Any, weighted_metrics: Any) -> None:
        shapes = [None if x is None or x.shape.ndims is None else x.shape.as_list() for x in self.outputs]
        given = self.output_names, shapes, self.loss_functions
        plain = objectives.metrics_by_output(metrics, *given)
        weighted = objectives.metrics_by_output(weighted_metrics, *given, is_weighted=True)
        self._per_output_metrics: list[dict[str, Any]] = []
        self._per_output_weighted_metrics: list[dict[str, Any]] = []
        for number, endpoint in enumerate(self._endpoints):
            if endpoint.is_skipped:
                self._per_output_metrics.append(plain[number])
                self._per_output_weighted_metrics.append(weighted[number])
            else:
                self._per_output_metrics.append(self._named(plain[number], number))
                self._per_output_weighted_metrics.append(self._named(weighted[number], number))
        if len(self._endpoints) > 1:
            for endpoint in self._endpoints:
                if not endpoint.is_skipped:
                    endpoint.loss_metric = tf.keras.metrics.Mean(name=endpoint.loss_name)

    def _named(self, metrics: dict[str, Any], output: int) -> dict[str, Any]:
        """Makes the names of an output's metrics unique in the model."""
        found = {}
        for name, metric in metrics.items():
            base = f"{self.output_names[output]}_{name}" if len(self.output_names) > 1 else name
            unique, number = base, 0
            while unique in self.metrics_names:
                number += 1
                unique = f"{base}_{number}"
            metric._name = unique
            found[unique] = metric
            self._compile_metric_functions.append(metric)
        return found

    def _call_metrics(self, metrics_by_output: list[dict[str, Any]], weighted: bool) -> None:
        """Makes the graph of metrics."""
        with tf.name_scope("metrics"):
            for endpoint, metrics in zip(self._endpoints, metrics_by_output, strict=True):
                if endpoint.is_skipped:
                    continue
                for name, metric in metrics.items():
                    with tf.name_scope(name):
                        weight = endpoint.sample_weight if weighted else None
                        weight = _masked(weight, mask_of(endpoint.output), endpoint.output.dtype)
                        metric(endpoint.target, endpoint.output, sample_weight=weight)

    def _reported_metrics(self) -> list[Any]:
        endpoints = self.__dict__.get("_endpoints", ())
        return [e.loss_metric for e in endpoints if e.loss_metric is not None] + self.metrics

    def reset_metrics(self) -> None:
        """Has the metrics start over."""
        for metric in self._reported_metrics():
            metric.reset_states()

    # -- losses --------------------------------------------------------------------------------------------------

    @untracked
    def _compile_losses(self, sample_weights: Any = None) -> None:
        """Makes the graph of what depends on the weights of samples: weighted metrics and the loss.

        Args:
          sample_weights: a list of tensors to take instead of placeholders.
        """
        if sample_weights is not None:
            self._update_sample_weight_modes(sample_weights)
            if len(sample_weights) != len(self._endpoints):
                raise ValueError(
                    "Provided sample weights must have same length as the number of outputs. Expected: "
                    f"{len(self._endpoints)}, got: {len(sample_weights)}."
                )
        for number, endpoint in enumerate(self._endpoints):
            endpoint.make_sample_weight(sample_weights[number] if sample_weights is not None else None)
        self._call_metrics(self._per_output_weighted_metrics, weighted=True)
        self.total_loss = self._total_loss()

    def _update_sample_weight_modes(self, sample_weights: Any) -> None:
        """Goes by whether there are weights: for all outputs or for none."""
        if not self._is_compiled:
            return
        given = bool(sample_weights) and any(weight is not None for weight in sample_weights)
        for endpoint in self._endpoints:
            endpoint.sample_weight_mode = (endpoint.sample_weight_mode or "samplewise") if given else None

    def _recompile_losses(self) -> bool:
        """Makes the graph of the losses anew where weights came or went; returns whether it did."""
        if not self._is_compiled or not any(endpoint.weights_mismatch for endpoint in self._endpoints):
            return False
        self._compile_losses()
        return True

    def _total_loss(self) -> Any:
        total: Any = None
        with tf.name_scope("loss"):
            for endpoint in self._endpoints:
                if endpoint.is_skipped:
                    continue
                with tf.name_scope(endpoint.loss_name):
                    loss = _output_loss(endpoint)
                if len(self.outputs) > 1:
                    endpoint.loss_metric(loss)
                weighted = endpoint.loss_weight * loss
                total = weighted if total is None else total + weighted
            if total is None:
                if not self.losses:
                    raise ValueError("The model cannot be compiled because it has no loss to optimize.")
                total = 0.0
            added = self.get_losses_for(None) + self.get_losses_for(self.inputs)
            if added:
                total += tf.add_n(added)
        return total

    # -- functions -----------------------------------------------------------------------------------------------

    @property
    def _feed_targets(self) -> list[Any]:
        return [endpoint.target for endpoint in self._endpoints if endpoint.is_fed]

    @property
    def _feed_output_names(self) -> list[str]:
        return [endpoint.name for endpoint in self._endpoints if endpoint.is_fed]

    @property
    def _feed_sample_weights(self) -> list[Any]:
        return [endpoint.sample_weight for endpoint in self._endpoints if endpoint.sample_weight is not None]

    @property
    def sample_weights(self) -> list[Any]:
        """The tensors of weights of the outputs, None where there are none."""
        return [endpoint.sample_weight for endpoint in self._endpoints]

    def _metric_tensors(self) -> list[Any]:
        return [metric._call_result for metric in self._reported_metrics() if hasattr(metric, "_call_result")]

    def _make_train_function(self) -> None:
        recompiled = self._recompile_losses()
        self._check_trainable_weights()
        if isinstance(self.optimizer, list):
            raise ValueError(f"The `optimizer` in `compile` should be a single optimizer. Received: {self.optimizer}")
        if self.train_function is not None and not recompiled:
            return
        now = self._get_trainable_state()
        self._set_trainable_state(self._compiled_trainable_state)
        inputs = self._feed_inputs + self._feed_targets + self._feed_sample_weights
        if not isinstance(symbolic_learning_phase(), int):
            inputs = [*inputs, symbolic_learning_phase()]
        with tf.name_scope("training"):
            updates = self.optimizer.get_updates(params=self._collected_trainable_weights, loss=self.total_loss)
            updates = [*updates, *self.get_updates_for(None), *self.get_updates_for(self.inputs)]
        metrics = self._metric_tensors()
        with tf.name_scope("training"):
            self.train_function = self._function(inputs, [self.total_loss, *metrics], updates, "train_function")
        self._set_trainable_state(now)

    def _make_test_function(self) -> None:
        recompiled = self._recompile_losses()
        if self.test_function is not None and not recompiled:
            return
        inputs = self._feed_inputs + self._feed_targets + self._feed_sample_weights
        metrics = self._metric_tensors()
        with tf.name_scope("evaluation"):
            self.test_function = self._function(
                inputs, [self.total_loss, *metrics], self.state_updates, "test_function"
            )

    def _make_predict_function(self) -> None:
        if self.__dict__.get("predict_function") is None:
            with tf.name_scope("predict"):
                self.predict_function = self._function(
                    self._feed_inputs, self.outputs, self.state_updates, "predict_function"
                )

    @untracked
    def _make_function(self, mode: str) -> Any:
        """Returns what runs a batch, in mode "train", "test" or "predict"."""
        getattr(self, f"_make_{mode}_function")()
        return getattr(self, f"{mode}_function")

    def _function(self, inputs: Any, outputs: Any, updates: Any, name: str) -> Any:
        return function(inputs, outputs, updates=updates, name=name, **self.__dict__.get("_function_kwargs", {}))

    def _check_trainable_weights(self) -> None:
        known = self.__dict__.get("_collected_trainable_weights")
        if known is not None and len(self._unique_trainable_weights) != len(known):
            tf.logging.log_first_n(
                tf.logging.WARN,
                "Discrepancy between trainable weights and collected trainable weights, did you set `model.trainable` "
                "without calling `model.compile` after ?",
                1,
            )

    def _assert_compile_was_called(self) -> None:
        if not self.optimizer:
            raise RuntimeError(
                "You must compile your model before training/testing. Use `model.compile(optimizer, loss)`."
            )

    @property
    def run_eagerly(self) -> bool:
        """Whether batches run without a graph: never here.

        Raises:
          ValueError: it was asked for, or a layer needs it.
        """
        if self.__dict__.get("_run_eagerly"):
            raise ValueError("You can only set `run_eagerly=True` if eager execution is enabled.")
        if self.dynamic:
            raise ValueError(
                "Your model contains layers that can only be successfully run in eager execution (layers constructed "
                "with `dynamic=True`). You must enable eager execution with `tf.enable_eager_execution()`."
            )
        return False

    @run_eagerly.setter
    def run_eagerly(self, value: bool) -> None:
        object.__setattr__(self, "_run_eagerly", value)


def _optimizer(optimizer: Any) -> Any:
    if isinstance(optimizer, list | tuple):
        return [tf.keras.optimizers.get(one) for one in optimizer]
    return tf.keras.optimizers.get(optimizer)


def _output_loss(endpoint: Endpoint) -> Any:
    weight = _masked(endpoint.sample_weight, mask_of(endpoint.output), endpoint.output.dtype)
    loss_fn = endpoint.loss_fn
    if not hasattr(loss_fn, "reduction"):
        return loss_fn(endpoint.target, endpoint.output, sample_weight=weight)
    losses = loss_fn.call(endpoint.target, endpoint.output)
    weighted = compute_weighted_loss(losses, sample_weight=weight, reduction=Reduction.NONE)
    reduction = loss_fn.reduction
    return reduce_weighted_loss(weighted, Reduction.SUM_OVER_BATCH_SIZE if reduction == Reduction.AUTO else reduction)


def _masked(weight: Any, mask: Any, dtype: Any) -> Any:
    """The weights of samples, 0 where a mask is."""
    if mask is None:
        return weight
    mask = tf.cast(mask, dtype)
    if weight is None:
        return mask
    mask, _, weight = squeeze_or_expand_dimensions(mask, sample_weight=weight)
    return weight * mask


def _metrics_of(layers: list[Any]) -> list[Any]:
    """The metrics that layers added; those that nested models were compiled with are not among them."""
    found: list[Any] = []
    for layer in layers_in(layers):
        found += layer._metrics + _metrics_of(layer.layers) if isinstance(layer, Compiled) else layer.metrics
    return found
