"""An evaluation: the metrics of a spec, run to the end of the input, and written down."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_estimators.eval_summary import write_checkpoint_path, write_results
from tangraph_training.monitored.evaluation import evaluate_once, get_or_create_eval_step


def add_loss_metric(metrics: dict[str, Any], loss: Any) -> None:
    """Adds the mean of the loss to metrics.

    Raises:
      ValueError: there is a metric of that name.
    """
    if "loss" in metrics:
        raise ValueError(
            'Metric with name "loss" is not allowed, because Estimator already defines a default metric with the same '
            "name."
        )
    metrics["loss"] = tf.metrics.mean(loss)


def split_metrics(metrics: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Returns one operation that updates all metrics (None when there are none), and their values by name."""
    ordered = sorted(metrics.items())
    update = tf.group(*(update for _, (_, update) in ordered)) if ordered else None
    return update, {name: value for name, (value, _) in ordered}


def add_global_step(values: dict[str, Any]) -> None:
    """Adds the global step to the values of metrics.

    Raises:
      ValueError: there is a metric of that name.
    """
    if tf.GraphKeys.GLOBAL_STEP in values:
        raise ValueError(
            "Metric with name `global_step` is not allowed, because Estimator already defines a default metric with the "
            "same name."
        )
    values[tf.GraphKeys.GLOBAL_STEP] = tf.train.get_global_step(tf.get_default_graph())


def scaffold_of(scaffold: Any) -> Any:
    """Returns a scaffold that initializes what evaluations need, besides what the user's own one does."""
    if not (scaffold and scaffold.local_init_op):
        return scaffold
    # The counter is a local variable: it has to be there before they are gathered.
    get_or_create_eval_step()
    local_init_op = tf.group(scaffold.local_init_op, tf.train.Scaffold.default_local_init_op())
    return tf.train.Scaffold(local_init_op=local_init_op, copy_from_scaffold=scaffold)


def evaluate(
    config: Any, checkpoint_path: str | None, scaffold: Any, update_op: Any, values: Any, hooks: list[Any], folder: str
) -> dict[str, Any]:
    """Runs an evaluation and writes its results.

    Args:
      config: the estimator's RunConfig.
      checkpoint_path: the checkpoint; None for the initial values.
      scaffold: the scaffold.
      update_op: what is run for every batch.
      values: what is run at the end.
      hooks: hooks of the session.
      folder: where results are written.

    Returns:
      The values.
    """
    results: dict[str, Any] = evaluate_once(
        checkpoint_path=checkpoint_path,
        master=config.evaluation_master,
        scaffold=scaffold,
        eval_ops=update_op,
        final_ops=values,
        hooks=hooks,
        config=config.session_config,
    )
    step = results[tf.GraphKeys.GLOBAL_STEP]
    write_results(folder, results, step)
    if checkpoint_path:
        write_checkpoint_path(folder, checkpoint_path, step)
    return results
