"""Quotients and remainders of real numbers; integers are not divided by zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import errors
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def _checked(k: KernelContext, divide: Any) -> Any:
    """A division of integers that raises TensorFlow's error for a zero among the divisors."""
    # TensorFlow itself does not expect the error of the two that truncate.
    error, text = (
        (errors.InternalError, "Unexpected error in binary operator (only integer div and mod should have errors)")
        if k.op_type.startswith("Truncate")
        else (errors.InvalidArgumentError, "Integer division by zero")
    )
    divisor = k.constant(1)
    if divisor is not None and divisor.all():
        return divide

    def run(x: Any, y: Any) -> Any:
        if not y.all() and x.size:
            raise error(None, None, text)
        return divide(x, y)

    return run


def _truncated(k: KernelContext) -> Any:
    xp = k.xp
    if k.input_dtypes[0].is_unsigned:
        return xp.floor_divide

    def divide(x: Any, y: Any) -> Any:
        quotient = xp.floor_divide(x, y)
        # Rounded down; one more where the signs differ and something is left over.
        return quotient + (((x < 0) != (y < 0)) & (quotient * y != x)).astype(quotient.dtype)

    return divide


@kernel("FloorDiv")
def floor_div(k: KernelContext) -> Any:
    """The quotient rounded down."""
    xp = k.xp
    if k.input_dtypes[0].is_integer:
        return _checked(k, xp.floor_divide)
    # NumPy's floor_divide works with the remainder and differs in the last place: 1 // 0.1 is 9 there.
    if not k.output_shapes[0]:
        return lambda x, y: xp.floor(xp.true_divide(x, y))
    k.takes_out = True

    def run(x: Any, y: Any, out: Any = None) -> Any:
        quotient = xp.true_divide(x, y, out)
        return xp.floor(quotient, quotient)

    return run


@kernel("Div", "TruncateDiv")
def div(k: KernelContext) -> Any:
    """The quotient; of integers rounded towards zero."""
    return _checked(k, _truncated(k)) if k.input_dtypes[0].is_integer else k.xp.true_divide


@kernel("FloorMod")
def floor_mod(k: KernelContext) -> Any:
    """The remainder with the divisor's sign."""
    return _checked(k, k.xp.remainder) if k.input_dtypes[0].is_integer else k.xp.remainder


@kernel("Mod", "TruncateMod")
def truncate_mod(k: KernelContext) -> Any:
    """The remainder with the dividend's sign."""
    return _checked(k, k.xp.fmod) if k.input_dtypes[0].is_integer else k.xp.fmod
