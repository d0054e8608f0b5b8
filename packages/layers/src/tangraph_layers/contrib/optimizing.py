"""`tf.contrib.layers.optimize_loss`."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

import tangraph as tf
from tangraph.export import export
from tangraph.ops.control_flow.grouping import with_dependencies

if TYPE_CHECKING:
    from collections.abc import Callable


def _momentum(learning_rate: Any) -> Any:
    return tf.train.MomentumOptimizer(learning_rate, momentum=0.9)


OPTIMIZER_CLS_NAMES: Final = {
    "Adagrad": tf.train.AdagradOptimizer,
    "Adam": tf.train.AdamOptimizer,
    "Ftrl": tf.train.FtrlOptimizer,
    "Momentum": _momentum,
    "RMSProp": tf.train.RMSPropOptimizer,
    "SGD": tf.train.GradientDescentOptimizer,
}
OPTIMIZER_SUMMARIES: Final = ["learning_rate", "loss", "gradients", "gradient_norm", "global_gradient_norm"]

__tf_values__ = {
    "contrib.layers.OPTIMIZER_CLS_NAMES": OPTIMIZER_CLS_NAMES,
    "contrib.layers.OPTIMIZER_SUMMARIES": OPTIMIZER_SUMMARIES,
    "contrib.slim.OPTIMIZER_CLS_NAMES": OPTIMIZER_CLS_NAMES,
    "contrib.slim.OPTIMIZER_SUMMARIES": OPTIMIZER_SUMMARIES,
}


@export("contrib.layers.optimize_loss", "contrib.slim.optimize_loss")
def optimize_loss(
    loss: Any,
    global_step: Any,
    learning_rate: Any,
    optimizer: Any,
    gradient_noise_scale: Any = None,
    gradient_multipliers: Any = None,
    clip_gradients: Any = None,
    learning_rate_decay_fn: Any = None,
    update_ops: Any = None,
    variables: Any = None,
    name: str | None = None,
    summaries: Any = None,
    colocate_gradients_with_ops: bool = False,
    increment_global_step: bool = True,
) -> Any:
    """Returns a tensor that does a step of training and has the value of the loss.

    Args:
      loss: a scalar.
      global_step: the variable that counts the steps; the graph's when None.
      learning_rate: a float, which becomes a variable, or a scalar tensor; None for the optimizer's own.
      optimizer: a name ("SGD", "Adam", ...), a class, an object, or a function of the learning rate.
      gradient_noise_scale: the scale of noise to add to the gradients.
      gradient_multipliers: a dictionary from variables, or their names, to factors of their gradients.
      clip_gradients: the greatest global norm, or a function from a list of (gradient, variable) to another one.
      learning_rate_decay_fn: a function of the learning rate and the global step.
      update_ops: what to run before the loss is computed; the collection UPDATE_OPS when None.
      variables: a list of variables; the trainable ones when None.
      name: the variable scope.
      summaries: which of `OPTIMIZER_SUMMARIES` to add; "loss", "learning_rate" and "global_gradient_norm" when None.
      colocate_gradients_with_ops: see `tf.gradients`.
      increment_global_step: whether each step counts.

    Raises:
      ValueError: arguments that cannot be used.
    """
    loss = tf.convert_to_tensor(loss)
    tf.assert_scalar(loss)
    if global_step is None:
        global_step = tf.train.get_global_step()
    else:
        tf.train.assert_global_step(global_step)
    with tf.variable_scope(name, "OptimizeLoss", [loss, global_step]):
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS) if update_ops is None else update_ops
        if updates:
            loss = with_dependencies(list(dict.fromkeys(updates)), loss)
        rate = _learning_rate(learning_rate)
        summaries = _checked(summaries)
        if learning_rate is not None and learning_rate_decay_fn is not None:
            if global_step is None:
                raise ValueError("global_step is required for learning_rate_decay_fn.")
            rate = learning_rate_decay_fn(rate, global_step)
            _scalar("learning_rate" in summaries, "learning_rate", lambda: rate)
        used = _optimizer(optimizer, rate, learning_rate is not None)
        gradients = used.compute_gradients(
            loss,
            tf.trainable_variables() if variables is None else variables,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        if gradient_noise_scale is not None:
            gradients = _noisy(gradients, gradient_noise_scale)
        if gradient_multipliers is not None:
            gradients = _multiplied(gradients, gradient_multipliers)
        norms = "global_gradient_norm" in summaries or "gradient_norm" in summaries
        _scalar(norms, "global_norm/gradient_norm", lambda: tf.global_norm([g for g, _ in gradients]))
        clipped = _clipped(gradients, clip_gradients)
        _scalar("loss" in summaries, "loss", lambda: loss)
        _summarize(clipped, summaries)
        _scalar(
            norms and clip_gradients is not None,
            "global_norm/clipped_gradient_norm",
            lambda: tf.global_norm([g for g, _ in clipped]),
        )
        step = global_step if increment_global_step else None
        return with_dependencies([used.apply_gradients(clipped, global_step=step, name="train")], loss)


def _learning_rate(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, tf.Tensor) and value.get_shape().ndims == 0:
        return value
    if not isinstance(value, float):
        raise ValueError(f"Learning rate should be 0d Tensor or float. Got {value} of type {type(value)}")
    if value < 0.0:
        raise ValueError("Invalid learning_rate %s.", value)
    return tf.get_variable("learning_rate", [], trainable=False, initializer=tf.constant_initializer(value))


def _checked(summaries: Any) -> Any:
    if summaries is None:
        return ["loss", "learning_rate", "global_gradient_norm"]
    for one in summaries:
        if one not in OPTIMIZER_SUMMARIES:
            known = ", ".join(OPTIMIZER_SUMMARIES)
            raise ValueError(f"Summaries should be one of [{known}], you provided {one}.")
    return summaries


def _scalar(wanted: bool, tag: str, make: Callable[[], Any]) -> None:
    if wanted:
        tf.summary.scalar(tag, make())


def _optimizer(optimizer: Any, rate: Any, has_rate: bool) -> Any:
    if isinstance(optimizer, str):
        if rate is None:
            raise ValueError(f"Learning rate is None, but should be specified if optimizer is string ({optimizer}).")
        if optimizer not in OPTIMIZER_CLS_NAMES:
            known = ", ".join(OPTIMIZER_CLS_NAMES)
            raise ValueError(f"Optimizer name should be one of [{known}], you provided {optimizer}.")
        return OPTIMIZER_CLS_NAMES[optimizer](learning_rate=rate)
    if isinstance(optimizer, type) and issubclass(optimizer, tf.train.Optimizer):
        if rate is None:
            raise ValueError(f"Learning rate is None, but should be specified if optimizer is class ({optimizer}).")
        return optimizer(learning_rate=rate)
    if isinstance(optimizer, tf.train.Optimizer):
        return optimizer
    if not callable(optimizer):
        raise ValueError(
            "Unrecognized optimizer: should be string, subclass of Optimizer, instance of subclass of Optimizer or "
            f"function with one argument. Got {optimizer}."
        )
    made = optimizer(rate) if has_rate else optimizer()
    if not isinstance(made, tf.train.Optimizer):
        raise ValueError(f"Unrecognized optimizer: function should return subclass of Optimizer. Got {made}.")
    return made


def _noisy(gradients: Any, scale: Any) -> list[tuple[Any, Any]]:
    results = []
    for grad, var in gradients:
        if grad is not None:
            shape = grad.dense_shape if isinstance(grad, tf.IndexedSlices) else grad.get_shape()
            grad += tf.truncated_normal(shape) * scale
        results.append((grad, var))
    return results


def _multiplied(gradients: Any, multipliers: Any) -> list[tuple[Any, Any]]:
    results = []
    for grad, var in gradients:
        key = var if var in multipliers else var.name
        if grad is not None and key in multipliers:
            if isinstance(grad, tf.IndexedSlices):
                grad = tf.IndexedSlices(grad.values * multipliers[key], grad.indices, grad.dense_shape)
            else:
                grad *= tf.cast(multipliers[key], grad.dtype)
        results.append((grad, var))
    if not results:
        raise ValueError(
            "Empty list of (gradient, var) pairs encountered. This is most likely to be caused by an improper value of "
            "gradient_multipliers."
        )
    return results


def _clipped(gradients: Any, clip: Any) -> Any:
    if clip is None:
        return gradients
    if isinstance(clip, float):
        clipped, _ = tf.clip_by_global_norm([g for g, _ in gradients], clip)
        return list(zip(clipped, [v for _, v in gradients], strict=True))
    if callable(clip):
        return clip(gradients)
    raise ValueError(f"Unknown type {type(clip)} for clip_gradients")


def _summarize(gradients: Any, summaries: Any) -> None:
    for grad, var in gradients:
        values = grad.values if isinstance(grad, tf.IndexedSlices) else grad
        if values is None:
            continue
        name = var.name.replace(":", "_")
        if "gradients" in summaries:
            tf.summary.histogram(f"gradients/{name}", values)
        _scalar("gradient_norm" in summaries, f"gradient_norm/{name}", functools.partial(tf.global_norm, [values]))
