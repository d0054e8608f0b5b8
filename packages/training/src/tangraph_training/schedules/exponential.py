"""Learning rates that shrink by a factor, or by a fraction, every so many steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.constant import constant
from tangraph.ops.math.arithmetic import add, multiply
from tangraph.ops.math.cast import cast
from tangraph.ops.math.division import divide
from tangraph.ops.math.power import pow as power
from tangraph.ops.math.rounding import floor
from tangraph.ops.math.unary import exp, negative

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


@export("train.exponential_decay")
def exponential_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """Returns ``learning_rate * decay_rate ** (global_step / decay_steps)``.

    Args:
      learning_rate: a number or scalar tensor, the rate at step 0.
      global_step: an integer, scalar tensor or variable.
      decay_steps: after so many steps the rate has shrunk by `decay_rate`.
      decay_rate: a number or scalar tensor.
      staircase: whether the quotient is rounded down, so that the rate changes every `decay_steps` steps only.
      name: the operation's name, "ExponentialDecay" when None.

    Returns:
      A scalar of the type of `learning_rate`.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     rate = tf.train.exponential_decay(0.5, 20, 10, 0.5)
    ...     print(sess.run(rate))
    0.125
    """
    with name_scope(name or "ExponentialDecay") as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps = cast(decay_steps, rate.dtype)
        factor = cast(decay_rate, rate.dtype)
        passed = cast(global_step, rate.dtype) / steps
        if staircase:
            passed = floor(passed)
        return multiply(rate, power(factor, passed), name=scope)


@export("train.natural_exp_decay")
def natural_exp_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """Returns ``learning_rate * exp(-decay_rate * global_step / decay_steps)``; see `exponential_decay`."""
    factor = exp(negative(decay_rate))
    return exponential_decay(learning_rate, global_step, decay_steps, factor, staircase=staircase, name=name)


@export("train.inverse_time_decay")
def inverse_time_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """Returns ``learning_rate / (1 + decay_rate * global_step / decay_steps)``; see `exponential_decay`."""
    with name_scope(name or "InverseTimeDecay") as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps = cast(decay_steps, rate.dtype)
        factor = cast(decay_rate, rate.dtype)
        passed = cast(global_step, rate.dtype) / steps
        if staircase:
            passed = floor(passed)
        one = cast(constant(1), rate.dtype)
        result: Tensor = divide(rate, add(one, multiply(factor, passed)), name=scope)
        return result
