"""From names and configs to metrics, and back."""

from __future__ import annotations

from typing import Any, Final

import tangraph as tf
from tangraph.export import export
from tangraph_keras.losses import differences, entropy, hinges
from tangraph_keras.losses.lookup import defined_in
from tangraph_keras.metrics import accuracy, base, counts, curves, mean_iou, means_of_losses, reducing
from tangraph_keras.utils.serialization import deserialize_keras_object, serialize_keras_object

_LOSSES: Final = (
    entropy.binary_crossentropy,
    entropy.categorical_crossentropy,
    entropy.kullback_leibler_divergence,
    entropy.poisson,
    entropy.sparse_categorical_crossentropy,
    differences.logcosh,
    differences.mean_absolute_error,
    differences.mean_absolute_percentage_error,
    differences.mean_squared_error,
    differences.mean_squared_logarithmic_error,
    hinges.categorical_hinge,
    hinges.hinge,
    hinges.squared_hinge,
)
_ALIASES: Final = {
    "mse": differences.mean_squared_error,
    "mae": differences.mean_absolute_error,
    "mape": differences.mean_absolute_percentage_error,
    "msle": differences.mean_squared_logarithmic_error,
}

_KNOWN: Final[dict[str, Any]] = {
    **{function.__name__: function for function in _LOSSES},
    **_ALIASES,
    **{name.upper(): function for name, function in _ALIASES.items()},
    "cosine_proximity": differences.cosine_proximity,
    "cosine_similarity": differences.cosine_proximity,
    **defined_in(accuracy, base, counts, curves, mean_iou, means_of_losses, reducing),
}


def clone_metric(metric: Any) -> Any:
    """Returns a metric object of the same config; what is no metric object as it is."""
    if not isinstance(metric, base.Metric):
        return metric
    with tf.init_scope():
        return type(metric).from_config(metric.get_config())


def clone_metrics(metrics: Any) -> Any:
    """Returns the clones of a list or dictionary of metrics; None for None."""
    if metrics is None:
        return None
    if isinstance(metrics, dict):
        return {key: clone_metric(value) for key, value in metrics.items()}
    return [clone_metric(metric) for metric in metrics]


@export("keras.metrics.serialize")
def serialize(metric: Any) -> Any:
    """Returns a metric's class name and config, or a function's name."""
    return serialize_keras_object(metric)


@export("keras.metrics.deserialize")
def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """Returns the metric of a name or config: a function, or an object of a class.

    Raises:
      ValueError: an unknown one.
    """
    return deserialize_keras_object(config, _KNOWN, custom_objects, "metric function")


@export("keras.metrics.get")
def get(identifier: Any) -> Any:
    """Returns the metric that a name, a config or a function stands for.

    Raises:
      ValueError: none of them, an unknown one.

    >>> get("binary_accuracy").__name__
    'binary_accuracy'
    """
    if isinstance(identifier, dict | str):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret metric function identifier: {identifier}")
