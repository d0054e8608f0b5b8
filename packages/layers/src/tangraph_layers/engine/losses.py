"""The part of the base class that keeps losses, updates and metrics."""

from __future__ import annotations

import functools
from typing import Any

import tangraph as tf
from tangraph_layers.engine.context import current_call
from tangraph_layers.engine.reach import dependent
from tangraph_layers.engine.settings import floatx
from tangraph_layers.engine.weights import Weights


def _is_tensor(x: Any) -> bool:
    return bool(tf.contrib.framework.is_tensor(x))


class Losses(Weights):
    """What a layer adds to the training of a model: losses, updates and metrics, and those of the layers in it."""

    stateful: bool
    _losses: list[Any]
    _callable_losses: list[Any]
    _metrics: list[Any]
    _inbound_nodes: list[Any]

    @property
    def losses(self) -> list[Any]:
        """The losses; those of variables are made anew."""
        made = [loss() for loss in self._callable_losses]
        return self._losses + [loss for loss in made if loss is not None] + self._gathered("losses")

    @property
    def updates(self) -> list[Any]:
        """The operations that are to run with each step of training; none when the layer is not trainable."""
        if not self.trainable and not self.stateful:
            return []
        return self._updates + self._gathered("updates")

    @property
    def metrics(self) -> list[Any]:
        """The metrics that were added."""
        return self._metrics + self._gathered("metrics")

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Adds losses.

        Args:
          losses: a scalar tensor, a function that returns one (or None), or a list of these.
          inputs: anything but None says that the losses depend on the inputs.
        """
        for loss in tf.nest.flatten(losses):
            if callable(loss):
                self._callable_losses.append(functools.partial(_called, loss, inputs))
            elif loss is not None:
                self._keep_loss(_marked(loss, inputs))

    def _keep_loss(self, loss: Any) -> None:
        if current_call() is None and self.__dict__.get("_is_graph_network", False):
            self._graph_network_add_loss(loss)
        else:
            self._losses.append(loss)

    def _graph_network_add_loss(self, loss: Any) -> None:
        raise NotImplementedError

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Adds operations that are to run with each step of training.

        Args:
          updates: an operation, a tensor, a function that returns one, or a list of these.
          inputs: not used, as in TensorFlow: what they depend on is looked up.
        """
        call = current_call()
        relevant = call.inputs if call else [node.input_tensors for node in self._inbound_nodes]
        for update in updates if isinstance(updates, list | tuple) else [updates]:
            while callable(update) and not isinstance(update, tf.Operation):
                update = update()
            operation = update if isinstance(update, tf.Operation) else getattr(update, "op", None)
            made: Any = tf.convert_to_tensor(update) if operation is None else operation
            made._unconditional_update = not dependent([made], relevant)
            self._updates.append(made)

    def add_metric(self, value: Any, aggregation: str | None = None, name: str | None = None) -> None:
        """Adds a metric, which training and evaluation report.

        Args:
          value: a tensor.
          aggregation: "mean" for the mean over batches; None for what a metric object has aggregated.
          name: the metric's name.

        Raises:
          ValueError: another aggregation; a metric without a name; a value that is no tensor.
        """
        if aggregation is not None and aggregation != "mean":
            raise ValueError(
                "We currently support only `mean` sample-wise metric aggregation. You provided aggregation="
                f"`{aggregation}`"
            )
        metric = getattr(value, "_metric_obj", None)
        if name is None and metric is None:
            raise ValueError(
                "Please provide a name for your metric like `self.add_metric(tf.reduce_sum(inputs), "
                "name='mean_activation', aggregation='mean')`"
            )
        name = metric.name if metric is not None else name
        if current_call() is None:
            if not _is_tensor(value):
                raise ValueError(f"Expected a symbolic Tensor for the metric value, received: {value}")
            if self.__dict__.get("_is_graph_network", False):
                if metric is not None:
                    raise ValueError(
                        "Using the result of calling a `Metric` object when calling `add_metric` on a Functional Model "
                        "is not supported. Please pass the Tensor to monitor directly."
                    )
                self._graph_network_add_metric(value, aggregation, name)
                return
        self._symbolic_add_metric(value, aggregation, name)

    def _graph_network_add_metric(self, value: Any, aggregation: str | None, name: str | None) -> None:
        raise NotImplementedError

    def _symbolic_add_metric(self, value: Any, aggregation: str | None, name: str | None) -> None:
        same = [metric for metric in self._metrics if metric.name == name]
        if len(same) > 1:
            raise ValueError(
                f"Please provide different names for the metrics you have added. We found {len(same)} metrics with the "
                f'name: "{name}"'
            )
        if aggregation is not None:
            if same:
                same[0](value)
            else:
                metric = tf.keras.metrics.Mean(name=name)
                metric(value)
                self._metrics.append(metric)
        elif not same:
            if not hasattr(value, "_metric_obj"):
                raise ValueError(
                    "We do not support adding an aggregated metric result tensor that is not the output of a "
                    "`tf.keras.metrics.Metric` metric instance. Without having access to the metric instance we cannot "
                    "reset the state of a metric after every epoch during training. You can create a "
                    "`tf.keras.metrics.Metric` instance and pass the result here or pass an un-aggregated result with "
                    "`aggregation` parameter set as `mean`. For example: `self.add_metric(tf.reduce_sum(inputs), "
                    "name='mean_activation', aggregation='mean')`"
                )
            self._metrics.append(value._metric_obj)

    def get_losses_for(self, inputs: Any) -> list[Any]:
        """Returns the losses that depend on the inputs; for None, those that depend on none."""
        if inputs is None:
            return [loss for loss in self.losses if loss._unconditional_loss]
        found = [loss for loss in self.losses if not loss._unconditional_loss]
        return dependent(found, inputs)

    def get_updates_for(self, inputs: Any) -> list[Any]:
        """Returns the updates that depend on the inputs; for None, those that do not depend on the layer's."""
        if inputs is None:
            return [update for update in self.updates if update._unconditional_update]
        found = [update for update in self.updates if not update._unconditional_update]
        return dependent(found, inputs)


def _marked(loss: Any, inputs: Any) -> Any:
    if not _is_tensor(loss):
        loss = tf.convert_to_tensor(loss, dtype=floatx())
    loss._unconditional_loss = inputs is None
    return loss


def _called(loss: Any, inputs: Any) -> Any:
    made = loss()
    return None if made is None else _marked(made, inputs)
