"""Learning rates that fall along a cosine."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.constant import constant
from tangraph.ops.math.arithmetic import multiply
from tangraph.ops.math.cast import cast
from tangraph.ops.math.comparison import equal
from tangraph.ops.math.extremes import minimum
from tangraph.ops.math.power import pow as power
from tangraph.ops.math.rounding import floor
from tangraph.ops.math.trigonometry import cos
from tangraph.ops.math.unary import log, sqrt

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


@export("train.cosine_decay")
def cosine_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, alpha: Any = 0.0, name: str | None = None
) -> Tensor:
    """Returns a rate that falls along half a cosine (Loshchilov and Hutter, 2016, https://arxiv.org/abs/1608.03983).

    Args:
      learning_rate: a number or scalar tensor, the rate at step 0.
      global_step: an integer, scalar tensor or variable.
      decay_steps: the step from which the rate stays.
      alpha: the last rate as a fraction of the first.
      name: the name scope, "CosineDecay" when None.

    Returns:
      A scalar of the type of `learning_rate`.
    """
    with name_scope(name or "CosineDecay"):
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps = cast(decay_steps, rate.dtype)
        passed = minimum(cast(global_step, rate.dtype), steps) / steps
        fallen = 0.5 * (1.0 + cos(constant(math.pi) * passed))
        return multiply(rate, (1 - alpha) * fallen + alpha)


@export("train.cosine_decay_restarts")
def cosine_decay_restarts(
    learning_rate: Any,
    global_step: Any,
    first_decay_steps: Any,
    t_mul: Any = 2.0,
    m_mul: Any = 1.0,
    alpha: Any = 0.0,
    name: str | None = None,
) -> Tensor:
    """Returns a rate that falls along half a cosine again and again; see `cosine_decay`.

    Args:
      learning_rate: a number or scalar tensor, the rate at step 0.
      global_step: an integer, scalar tensor or variable.
      first_decay_steps: the length of the first fall.
      t_mul: by how much each fall is longer than the one before.
      m_mul: by how much each fall starts higher than the one before.
      alpha: the last rate as a fraction of the first.
      name: the operation's name, "SGDRDecay" when None.

    Returns:
      A scalar of the type of `learning_rate`.
    """
    from tangraph.ops.control_flow.cond import cond

    with name_scope(name or "SGDRDecay") as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps = cast(first_decay_steps, rate.dtype)
        alpha = cast(alpha, rate.dtype)
        stretch = cast(t_mul, rate.dtype)
        height = cast(m_mul, rate.dtype)
        passed = cast(global_step, rate.dtype) / steps
        restart, within = cond(
            equal(stretch, 1.0), lambda: _in_equal_falls(passed), lambda: _in_longer_falls(passed, stretch)
        )
        fallen = 0.5 * height**restart * (1.0 + cos(constant(math.pi) * within))
        return multiply(rate, (1 - alpha) * fallen + alpha, name=scope)


def _in_equal_falls(passed: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the number of the fall, and how much of it is over."""
    restart = floor(passed)
    return restart, passed - restart


def _in_longer_falls(passed: Tensor, stretch: Tensor) -> tuple[Tensor, Tensor]:
    """As above, for falls whose lengths are a geometric series."""
    restart = floor(log(1.0 - passed * (1.0 - stretch)) / log(stretch))
    before = (1.0 - stretch**restart) / (1.0 - stretch)
    return restart, (passed - before) / stretch**restart


@export("train.linear_cosine_decay")
def linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    num_periods: Any = 0.5,
    alpha: Any = 0.0,
    beta: Any = 0.001,
    name: str | None = None,
) -> Tensor:
    """Returns a rate that falls along a line times a cosine (Bello et al., 2017, https://arxiv.org/abs/1709.07417).

    Args:
      learning_rate: a number or scalar tensor, the rate at step 0.
      global_step: an integer, scalar tensor or variable.
      decay_steps: the step from which the rate stays.
      num_periods: how many periods the cosine has.
      alpha: is added to the line.
      beta: is added to the product.
      name: the operation's name, "LinearCosineDecay" when None.

    Returns:
      A scalar of the type of `learning_rate`.
    """
    with name_scope(name or "LinearCosineDecay") as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps = cast(decay_steps, rate.dtype)
        periods, alpha, beta = (cast(n, rate.dtype) for n in (num_periods, alpha, beta))
        step = minimum(cast(global_step, rate.dtype), steps)
        line = (steps - step) / steps
        fallen = _cosine_of(step / steps, periods)
        return multiply(rate, (alpha + line) * fallen + beta, name=scope)


@export("train.noisy_linear_cosine_decay")
def noisy_linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    initial_variance: Any = 1.0,
    variance_decay: Any = 0.55,
    num_periods: Any = 0.5,
    alpha: Any = 0.0,
    beta: Any = 0.001,
    name: str | None = None,
) -> Tensor:
    """Returns the rate of `linear_cosine_decay` with noise on the line.

    The noise is normal, its variance ``initial_variance / (1 + global_step) ** variance_decay``.

    Args:
      learning_rate: a number or scalar tensor, the rate at step 0.
      global_step: an integer, scalar tensor or variable.
      decay_steps: the step from which the rate stays.
      initial_variance: the noise's variance at step 0.
      variance_decay: how fast it shrinks.
      num_periods: how many periods the cosine has.
      alpha: is added to the line.
      beta: is added to the product.
      name: the operation's name, "NoisyLinearCosineDecay" when None.

    Returns:
      A scalar of the type of `learning_rate`.
    """
    from tangraph.ops.random.normal import random_normal

    with name_scope(name or "NoisyLinearCosineDecay") as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps = cast(decay_steps, rate.dtype)
        variance, shrink, periods, alpha, beta = (
            cast(n, rate.dtype) for n in (initial_variance, variance_decay, num_periods, alpha, beta)
        )
        step = minimum(cast(global_step, rate.dtype), steps)
        line = (steps - step) / steps
        deviation = sqrt(variance / power(1.0 + step, shrink))
        line = line + random_normal(line.shape, stddev=deviation)
        fallen = _cosine_of(step / steps, periods)
        return multiply(rate, (alpha + line) * fallen + beta, name=scope)


def _cosine_of(passed: Tensor, periods: Tensor) -> Any:
    fraction = 2.0 * periods * passed
    return 0.5 * (1.0 + cos(constant(math.pi) * fraction))
