"""Layers that hold what was added to a model: losses and metrics."""

from __future__ import annotations

from typing import Any

from tangraph_layers.engine.layer import Layer


class AddLoss(Layer):
    """Adds its inputs as a loss.

    Args:
      unconditional: whether the loss depends on no inputs.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, unconditional: bool, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "autocast": False})
        self.unconditional = unconditional

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Returns the inputs."""
        self.add_loss(inputs, inputs=(not self.unconditional))
        return inputs

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal layer."""
        return {**super().get_config(), "unconditional": self.unconditional}


class AddMetric(Layer):
    """Adds its inputs as a metric.

    Args:
      aggregation: "mean" or None; see `tf.keras.layers.Layer.add_metric`.
      metric_name: the metric's name.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, aggregation: str | None = None, metric_name: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.aggregation = aggregation
        self.metric_name = metric_name

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Returns the inputs."""
        self.add_metric(inputs, self.aggregation, self.metric_name)
        return inputs

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal layer."""
        return {**super().get_config(), "aggregation": self.aggregation, "metric_name": self.metric_name}
