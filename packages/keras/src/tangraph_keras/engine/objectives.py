"""What `compile` takes as losses, metrics and weights, output by output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import tangraph as tf
from tangraph_keras.losses import base, entropy
from tangraph_keras.losses import lookup as losses
from tangraph_keras.losses.weighting import Reduction


def check_keys(name: str, given: Any, expected: list[str]) -> None:
    """Raises ValueError for keys of a dictionary that are none of the outputs' names."""
    unknown = set(given) - set(expected)
    if unknown:
        raise ValueError(
            f"Unknown entries in {name} dictionary: {sorted(unknown)}. Only expected following keys: {expected}"
        )


def as_list(value: Any) -> list[Any]:
    """Returns a list as it is, and anything else as a list of it."""
    return value if isinstance(value, list) else [value]


def loss_function(loss: Any) -> Any:
    """Returns the loss object that a name, a function or an object stands for; None for None.

    Raises:
      ValueError: an unknown name.
    """
    if loss is None or isinstance(loss, base.Loss):
        return loss
    if isinstance(loss, Mapping):
        loss = losses.get(loss)
    if callable(loss) and not hasattr(loss, "__name__"):
        return loss
    function = losses.get(loss)
    if function is None or isinstance(function, base.Loss):
        return function
    return base.LossFunctionWrapper(function, name=function.__name__, reduction=Reduction.SUM_OVER_BATCH_SIZE)


def loss_functions(loss: Any, output_names: list[str]) -> list[Any]:
    """Returns the loss of each output.

    Raises:
      ValueError: a list of another length, a dictionary with other keys, an unknown name.
    """
    if isinstance(loss, Mapping):
        check_keys("loss", loss, output_names)
        for name in output_names:
            if name not in loss:
                tf.logging.warning(
                    f"Output {name} missing from loss dictionary. We assume this was done on purpose. The fit and "
                    f"evaluate APIs will not be expecting any data to be passed to {name}."
                )
        return [loss_function(loss.get(name)) for name in output_names]
    if isinstance(loss, Sequence) and not isinstance(loss, str):
        if len(loss) != len(output_names):
            raise ValueError(
                "When passing a list as loss, it should have one entry per model outputs. The model has "
                f"{len(output_names)} outputs, but you passed loss={loss}"
            )
        return [loss_function(one) for one in loss]
    return [loss_function(loss) for _ in output_names]


def set_loss_weights(endpoints: list[Any], weights: Any) -> None:
    """Gives each output the weight of its loss.

    Raises:
      ValueError: a list of another length, a dictionary with other keys.
      TypeError: it is neither.
    """
    if weights is None:
        weights = {}
    if isinstance(weights, Mapping):
        check_keys("loss_weights", weights, [endpoint.name for endpoint in endpoints])
        weights = [weights.get(endpoint.name, 1.0) for endpoint in endpoints]
    if not isinstance(weights, list):
        raise TypeError(f"Could not interpret loss_weights argument: {weights} - expected a list of dicts.")
    if len(weights) != len(endpoints):
        raise ValueError(
            "When passing a list as loss_weights, it should have one entry per model output. The model has "
            f"{len(endpoints)} outputs, but you passed loss_weights={weights}"
        )
    for endpoint, weight in zip(endpoints, weights, strict=True):
        endpoint.loss_weight = weight


def set_sample_weight_modes(endpoints: list[Any], mode: Any) -> None:
    """Tells each output which weights it gets: "temporal", or None.

    Raises:
      ValueError: a list of another length, a dictionary with other keys.
    """
    if isinstance(mode, Mapping):
        check_keys("sample_weight_mode", mode, [endpoint.name for endpoint in endpoints])
        for endpoint in endpoints:
            if not endpoint.skips_weights and endpoint.name not in mode:
                raise ValueError(f"Output {endpoint.name}missing from `_sample_weight_modes` dictionary")
        modes = [mode.get(endpoint.name) for endpoint in endpoints]
    elif isinstance(mode, list | tuple):
        if len(mode) != len(endpoints):
            raise ValueError(
                "When passing a list as sample_weight_mode, it should have one entry per model output. The model has "
                f"{len(endpoints)} outputs, but you passed {len(mode)}_sample_weight_modes."
            )
        modes = list(mode)
    else:
        modes = [mode] * len(endpoints)
    for endpoint, own in zip(endpoints, modes, strict=True):
        if not endpoint.skips_weights:
            endpoint.sample_weight_mode = own


def metrics_by_output(
    metrics: Any, output_names: list[str], output_shapes: list[Any], loss_fns: list[Any], is_weighted: bool = False
) -> list[dict[str, Any]]:
    """Returns, for each output, the metrics that `compile` was given, by name.

    Raises:
      ValueError: a list of lists of another length, a dictionary with other keys, an unknown name.
      TypeError: it is neither.
    """
    from tangraph_keras.metrics.base import Metric
    from tangraph_keras.metrics.reducing import MeanMetricWrapper

    if not metrics:
        return [{} for _ in output_names]
    found = []
    for number, own in enumerate(_nested_metrics(metrics, output_names)):
        by_name = {}
        for metric in own:
            name = metric_name(metric, is_weighted)
            function = metric_function(metric, output_shapes[number], loss_fns[number])
            by_name[name] = function if isinstance(function, Metric) else MeanMetricWrapper(function, name=name)
        found.append(by_name)
    return found


def _nested_metrics(metrics: Any, output_names: list[str]) -> list[list[Any]]:
    if isinstance(metrics, Mapping):
        check_keys("metrics", metrics, output_names)
        return [as_list(metrics.get(name, [])) for name in output_names]
    if not isinstance(metrics, list):
        raise TypeError(f"Type of `metrics` argument not understood. Expected a list or dictionary, found: {metrics}")
    if not any(isinstance(metric, list) for metric in metrics):
        if len(output_names) == 1:
            return [metrics]
        return [[_cloned(metric) for metric in metrics] for _ in output_names]
    if len(metrics) != len(output_names):
        raise ValueError(
            "When passing a list of lists as `metrics`, it should have one entry per model output. The model has "
            f"{len(output_names)} outputs, but you passed metrics={metrics}"
        )
    return [as_list(metric) for metric in metrics]


def _cloned(metric: Any) -> Any:
    from tangraph_keras.metrics.base import Metric

    return type(metric).from_config(metric.get_config()) if isinstance(metric, Metric) else metric


def metric_name(metric: Any, is_weighted: bool = False) -> str:
    """Returns the name under which a metric is reported.

    >>> metric_name("accuracy"), metric_name("mse"), metric_name("acc", is_weighted=True)
    ('acc', 'mean_squared_error', 'weighted_acc')
    """
    if metric in ("accuracy", "acc"):
        suffix = "acc"
    elif metric in ("crossentropy", "ce"):
        suffix = "ce"
    else:
        function = tf.keras.metrics.get(metric)
        suffix = function.name if hasattr(function, "name") else function.__name__
    return f"weighted_{suffix}" if is_weighted else suffix


def metric_function(metric: Any, output_shape: Any, loss_fn: Any) -> Any:
    """Returns the function or object of a metric: for "accuracy" and "crossentropy", the one that fits the loss."""
    if metric not in ("accuracy", "acc", "crossentropy", "ce"):
        return tf.keras.metrics.get(metric)
    function = loss_fn.fn if isinstance(loss_fn, base.LossFunctionWrapper) else None
    known = tf.keras.metrics
    if output_shape[-1] == 1 or function is entropy.binary_crossentropy:
        pair = known.binary_accuracy, known.binary_crossentropy
    elif function is entropy.sparse_categorical_crossentropy:
        pair = known.sparse_categorical_accuracy, known.sparse_categorical_crossentropy
    else:
        pair = known.categorical_accuracy, known.categorical_crossentropy
    return pair[metric in ("crossentropy", "ce")]
