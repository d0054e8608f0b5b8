"""`tf.estimator.add_metrics`: an estimator with more metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tangraph.export import export
from tangraph_estimators.arguments import accepted, argument_names
from tangraph_estimators.estimator import Estimator
from tangraph_estimators.mode_keys import ModeKeys


@export("estimator.add_metrics", "contrib.estimator.add_metrics")
def add_metrics(estimator: Any, metric_fn: Callable[..., dict[str, Any]]) -> Estimator:
    """Returns an estimator of the same folder whose evaluations have more metrics.

    Args:
      estimator: the estimator.
      metric_fn: a function, by name, of any of `features`, `labels`, `predictions` and `config`, that returns
        name -> (value, update operation).

    Raises:
      ValueError: `metric_fn` takes other arguments.

    >>> import tangraph as tf
    >>> def model_fn(features, labels, mode):
    ...     loss = tf.reduce_mean(features - labels)
    ...     return tf.estimator.EstimatorSpec(mode, loss=loss, predictions=features)
    >>> more = tf.estimator.add_metrics(
    ...     tf.estimator.Estimator(model_fn), lambda predictions: {"mean": tf.metrics.mean(predictions)}
    ... )
    >>> float(more.evaluate(lambda: (tf.constant([1.0, 3.0]), tf.zeros([2])), steps=1)["mean"])
    2.0
    """
    unknown = [
        name for name in argument_names(metric_fn) if name not in {"features", "labels", "predictions", "config"}
    ]
    if unknown:
        raise ValueError(f"metric_fn ({metric_fn}) has following not expected args: {unknown}")

    def new_model_fn(features: Any, labels: Any, mode: Any, config: Any) -> Any:
        spec = estimator.model_fn(features, labels, mode, config)
        if mode != ModeKeys.EVAL:
            return spec
        offered = {"features": features, "labels": labels, "predictions": spec.predictions, "config": config}
        metrics = metric_fn(**accepted(metric_fn, **offered))
        return spec._replace(eval_metric_ops={**(spec.eval_metric_ops or {}), **metrics})

    return Estimator(
        new_model_fn, estimator.model_dir, estimator.config, warm_start_from=estimator._warm_start_settings
    )
