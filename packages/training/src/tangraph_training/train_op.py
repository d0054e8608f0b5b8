"""`tf.contrib.training`: training operations with updates, and gradients between computing and applying them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph.export import export
from tangraph.ops.control_flow.grouping import with_dependencies

if TYPE_CHECKING:
    from collections.abc import Callable

_USE_GLOBAL_STEP = 0


def _of_values(grad: Any, change: Callable[[Any], Any]) -> Any:
    """Changes a gradient, or the values of one that is IndexedSlices."""
    if isinstance(grad, tf.IndexedSlices):
        return tf.IndexedSlices(change(grad.values), grad.indices, grad.dense_shape)
    return change(grad)


def _times(by: Any, values: Any) -> Any:
    return values * tf.convert_to_tensor(by, dtype=values.dtype)


@export("contrib.training.clip_gradient_norms")
def clip_gradient_norms(gradients_to_variables: Any, max_norm: Any) -> list[tuple[Any, Any]]:
    """Clips each gradient to a norm; see `tf.clip_by_norm`."""
    return [
        (None if grad is None else _of_values(grad, lambda g: tf.clip_by_norm(g, max_norm)), var)
        for grad, var in gradients_to_variables
    ]


@export("contrib.training.clip_gradient_norms_fn")
def clip_gradient_norms_fn(max_norm: Any) -> Callable[[Any], Any]:
    """Returns `clip_gradient_norms` as a function of the gradients and variables only."""
    return lambda gradients_to_variables: clip_gradient_norms(gradients_to_variables, max_norm)


@export("contrib.training.multiply_gradients")
def multiply_gradients(grads_and_vars: Any, gradient_multipliers: Any) -> list[tuple[Any, Any]]:
    """Multiplies gradients by numbers.

    Args:
      grads_and_vars: a list of (gradient, variable).
      gradient_multipliers: a dictionary from a variable, or the name of its operation, to a number.

    Raises:
      ValueError: arguments of other types, or a gradient that is None.
    """
    if not isinstance(grads_and_vars, list):
        raise ValueError("`grads_and_vars` must be a list.")
    if not gradient_multipliers:
        raise ValueError("`gradient_multipliers` is empty.")
    if not isinstance(gradient_multipliers, dict):
        raise ValueError("`gradient_multipliers` must be a dict.")
    results = []
    for grad, var in grads_and_vars:
        key = var if var in gradient_multipliers else var.op.name
        if key in gradient_multipliers:
            if grad is None:
                raise ValueError("Requested multiple of `None` gradient.")
            grad = _of_values(grad, functools.partial(_times, gradient_multipliers[key]))
        results.append((grad, var))
    return results


@export("contrib.training.add_gradients_summaries")
def add_gradients_summaries(grads_and_vars: Any) -> list[Any]:
    """Adds a histogram of each gradient and a scalar of its norm, and returns the summaries."""
    return summaries_of_gradients(grads_and_vars, "_")


def summaries_of_gradients(grads_and_vars: Any, separator: str) -> list[Any]:
    """As `add_gradients_summaries`; `separator` stands in the tags between a variable's name and "gradient"."""
    summaries = []
    for grad, var in grads_and_vars:
        if grad is None:
            tf.logging.info("Var %s has no gradient", var.op.name)
            continue
        values = grad.values if isinstance(grad, tf.IndexedSlices) else grad
        summaries.append(tf.summary.histogram(f"{var.op.name}{separator}gradient", values))
        summaries.append(tf.summary.scalar(f"{var.op.name}{separator}gradient_norm", tf.global_norm([values])))
    return summaries


@export("contrib.training.create_train_op")
def create_train_op(
    total_loss: Any,
    optimizer: Any,
    global_step: Any = _USE_GLOBAL_STEP,
    update_ops: Any = None,
    variables_to_train: Any = None,
    transform_grads_fn: Any = None,
    summarize_gradients: bool = False,
    gate_gradients: int = 1,
    aggregation_method: Any = None,
    colocate_gradients_with_ops: bool = False,
    check_numerics: bool = True,
) -> Any:
    """Returns a tensor that does a step of training and has the value of the loss.

    Args:
      total_loss: a scalar.
      optimizer: an optimizer.
      global_step: the variable that counts the steps; None for none. By default the graph's.
      update_ops: what to run before the loss is computed; the collection UPDATE_OPS when None.
      variables_to_train: a list of variables; the trainable ones when None.
      transform_grads_fn: a function from a list of (gradient, variable) to another one.
      summarize_gradients: whether to add summaries of the gradients.
      gate_gradients, aggregation_method, colocate_gradients_with_ops: see `tf.train.Optimizer.compute_gradients`.
      check_numerics: whether the loss must be finite.
    """
    if global_step is _USE_GLOBAL_STEP:
        global_step = tf.train.get_or_create_global_step()
    collected = list(dict.fromkeys(tf.get_collection(tf.GraphKeys.UPDATE_OPS)))
    updates = collected if update_ops is None else list(dict.fromkeys(update_ops))
    if not set(collected) <= set(updates):
        tf.logging.warning("update_ops in create_train_op does not contain all the update_ops in GraphKeys.UPDATE_OPS")
    if updates:
        with tf.control_dependencies(updates):
            barrier = tf.no_op(name="update_barrier")
        total_loss = with_dependencies([barrier], total_loss)
    grads = optimizer.compute_gradients(
        total_loss,
        tf.trainable_variables() if variables_to_train is None else variables_to_train,
        gate_gradients=gate_gradients,
        aggregation_method=aggregation_method,
        colocate_gradients_with_ops=colocate_gradients_with_ops,
    )
    if transform_grads_fn:
        grads = transform_grads_fn(grads)
    if summarize_gradients:
        with tf.name_scope("summarize_grads"):
            add_gradients_summaries(grads)
    applied = optimizer.apply_gradients(grads, global_step=global_step)
    with tf.name_scope("train_op"):
        if check_numerics:
            total_loss = tf.check_numerics(total_loss, "LossTensor is inf or nan")
        train_op = with_dependencies([applied], total_loss)
    collection = tf.get_collection_ref(tf.GraphKeys.TRAIN_OP)
    if not any(train_op is other for other in collection):
        collection.append(train_op)
    return train_op
