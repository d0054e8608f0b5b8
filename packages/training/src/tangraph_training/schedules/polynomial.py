"""Learning rates that fall to an end along a polynomial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.math.arithmetic import add, multiply
from tangraph.ops.math.cast import cast
from tangraph.ops.math.comparison import equal
from tangraph.ops.math.extremes import minimum
from tangraph.ops.math.power import pow as raise_to
from tangraph.ops.math.rounding import ceil

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


@export("train.polynomial_decay")
def polynomial_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    end_learning_rate: Any = 0.0001,
    power: Any = 1.0,
    cycle: bool = False,
    name: str | None = None,
) -> Tensor:
    """Returns ``(learning_rate - end) * (1 - global_step / decay_steps) ** power + end``.

    Args:
      learning_rate: a number or scalar tensor, the rate at step 0.
      global_step: an integer, scalar tensor or variable.
      decay_steps: the step at which the end is reached.
      end_learning_rate: the rate from there on.
      power: the exponent, 1.0 for a straight line.
      cycle: whether the rate starts to fall again behind the end, over the next multiple of `decay_steps`.
      name: the operation's name, "PolynomialDecay" when None.

    Returns:
      A scalar of the type of `learning_rate`.
    """
    with name_scope(name or "PolynomialDecay") as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        end = cast(end_learning_rate, rate.dtype)
        exponent = cast(power, rate.dtype)
        step = cast(global_step, rate.dtype)
        steps = cast(decay_steps, rate.dtype)
        if cycle:
            steps = multiply(steps, _cycles(step, decay_steps))
        else:
            step = minimum(step, decay_steps)
        passed = step / steps
        return add(multiply(rate - end, raise_to(1 - passed, exponent)), end, name=scope)


def _cycles(step: Tensor, decay_steps: Any) -> Tensor:
    """Returns how many times `decay_steps` cover the step, once at step 0."""
    from tangraph.ops.control_flow.cond import cond

    result: Tensor = cond(equal(step, 0), lambda: 1.0, lambda: ceil(step / decay_steps))
    return result
