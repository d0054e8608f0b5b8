"""Elementwise arithmetic, comparisons and logic of two tensors."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.client import variants
from tangraph.framework import errors
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

_UFUNCS = {
    "AddV2": "add",
    "Sub": "subtract",
    "Mul": "multiply",
    "RealDiv": "true_divide",
    "Atan2": "arctan2",
    "NextAfter": "nextafter",
    "Less": "less",
    "LessEqual": "less_equal",
    "Greater": "greater",
    "GreaterEqual": "greater_equal",
    "LogicalAnd": "logical_and",
    "LogicalOr": "logical_or",
    "LogicalNot": "logical_not",
    "BitwiseAnd": "bitwise_and",
    "BitwiseOr": "bitwise_or",
    "BitwiseXor": "bitwise_xor",
    "Invert": "invert",
}


#: On two NumPy scalars Python's operators take a tenth of a ufunc's time.
_OPERATORS = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "logical_and": operator.and_,
    "logical_or": operator.or_,
}


def _named(name: str) -> Callable[[KernelContext], Any]:
    def factory(k: KernelContext) -> Any:
        if k.xp is np and k.static_shapes == ((), ()) and name in _OPERATORS:
            return _OPERATORS[name]
        return getattr(k.xp, name)

    return factory


for _op_type, _name in _UFUNCS.items():
    kernel.add(_op_type, _named(_name))


def _as_objects(value: Any) -> Any:
    """A bytes as an array: NumPy would strip the zero bytes at its end."""
    if isinstance(value, np.ndarray):
        return value
    wrapped = np.empty((), object)
    wrapped[()] = value
    return wrapped


@kernel("Add")
def add(k: KernelContext) -> Any:
    """Adds numbers, joins strings."""
    if k.input_dtypes[0].name != "string":
        return _named("add")(k)
    return lambda x, y: np.add(_as_objects(x), _as_objects(y))


def _extreme(k: KernelContext) -> Any:
    """The greater or lesser of two; a nan counts only where it is the first."""
    xp = k.xp
    choose, wins = (xp.maximum, xp.less) if k.op_type == "Maximum" else (xp.minimum, xp.greater)
    second = k.constant(1)
    if not k.input_dtypes[0].is_floating or (second is not None and not np.isnan(second).any()):
        return choose
    k.takes_out = bool(k.output_shapes[0])

    def run(x: Any, y: Any, out: Any = None) -> Any:
        # One look at the least element tells whether there is a nan among them.
        if y.size and (least := y.min()) != least:
            return xp.where(wins(x, y), y, x)
        return choose(x, y) if out is None else choose(x, y, out=out)

    return run


kernel.add("Maximum", _extreme)
kernel.add("Minimum", _extreme)


@kernel("SquaredDifference")
def squared_difference(k: KernelContext) -> Any:
    """The square of x - y."""
    xp = k.xp
    if not k.output_shapes[0]:
        return lambda x, y: xp.square(xp.subtract(x, y))
    k.takes_out = True

    def run(x: Any, y: Any, out: Any = None) -> Any:
        difference = xp.subtract(x, y, out)
        return xp.multiply(difference, difference, difference)

    return run


def _equality(k: KernelContext) -> Any:
    compare = k.xp.equal if k.op_type == "Equal" else k.xp.not_equal
    run = compare
    if k.input_dtypes[0].name == "string":

        def run(x: Any, y: Any) -> Any:
            return compare(_as_objects(x), _as_objects(y))

    if k.attr("incompatible_shape_error"):
        return run

    def lenient(x: Any, y: Any) -> Any:
        try:
            np.broadcast_shapes(np.shape(x), np.shape(y))
        except ValueError:
            return np.bool_(k.op_type == "NotEqual")
        return run(x, y)

    return lenient


kernel.add("Equal", _equality)
kernel.add("NotEqual", _equality)


@kernel("ApproximateEqual")
def approximate_equal(k: KernelContext) -> Any:
    """Says which elements are nearer to each other than the tolerance."""
    xp, tolerance = k.xp, k.attr("tolerance")
    return lambda x, y: xp.abs(x - y) < tolerance


@kernel("Pow")
def pow_(k: KernelContext) -> Any:
    """Powers; integers have none with negative exponents."""
    xp = k.xp
    if k.input_dtypes[0].is_integer:
        return _integer_power(k)
    exponent = k.constant(1)
    if exponent is not None and exponent.shape == () and exponent == 2 and k.output_shapes[0] == k.static_shapes[0]:
        # NumPy's power is far slower than a product, and the square is what programs ask for.
        return lambda x, _: xp.square(x)
    return xp.power


def _integer_power(k: KernelContext) -> Any:
    xp = k.xp
    exponent = k.constant(1)
    if exponent is not None and (exponent >= 0).all():
        return xp.power

    def run(x: Any, y: Any) -> Any:
        if (y < 0).any():
            raise errors.InvalidArgumentError(None, None, "Integers to negative integer powers are not allowed")
        return xp.power(x, y)

    return run


@kernel("Xlogy")
def xlogy(k: KernelContext) -> Any:
    """X log(y), and 0 where x is 0."""
    xp = k.xp
    return lambda x, y: xp.where(x == 0, x.dtype.type(0), x * xp.log(y))


@kernel("Xdivy")
def xdivy(k: KernelContext) -> Any:
    """X / y, and 0 where x is 0."""
    xp = k.xp
    return lambda x, y: xp.where(x == 0, x.dtype.type(0), x / y)


@kernel("MulNoNan")
def mul_no_nan(k: KernelContext) -> Any:
    """X y, and 0 where y is 0."""
    xp = k.xp
    return lambda x, y: xp.where(y == 0, x.dtype.type(0), x * y)


@kernel("DivNoNan")
def div_no_nan(k: KernelContext) -> Any:
    """X / y, and 0 where y is 0."""
    xp = k.xp
    return lambda x, y: xp.where(y == 0, x.dtype.type(0), x / y)


def _shift(k: KernelContext) -> Any:
    """Shifts; a distance outside of the type's bits is taken as the nearest that is inside."""
    shift = k.xp.left_shift if k.op_type == "LeftShift" else k.xp.right_shift
    xp, last = k.xp, k.input_dtypes[0].size * 8 - 1
    return lambda x, y: shift(x, xp.clip(y, 0, last).astype(x.dtype, copy=False))


kernel.add("LeftShift", _shift)
kernel.add("RightShift", _shift)


@kernel("PopulationCount")
def population_count(k: KernelContext) -> Any:
    """The number of bits that are set."""
    xp, unsigned = k.xp, np.dtype(f"u{k.input_dtypes[0].size}")
    return lambda x: xp.bitwise_count(x.view(unsigned)).astype(np.uint8, copy=False)


@kernel("AddN", "AccumulateNV2")
def add_n(k: KernelContext) -> Any:
    """The sum of all inputs."""
    xp = k.xp
    count = len(k.input_dtypes)
    if k.output_dtypes[0].name == "variant":
        return lambda *values: functools.reduce(variants.add, values)
    if count == 1:
        # A copy: the output may not be the input's buffer.
        return lambda x: x.copy()
    if count == 2:
        return xp.add
    if not k.output_shapes[0]:

        def fold(first: Any, second: Any, *rest: Any) -> Any:
            total = xp.add(first, second)
            for x in rest:
                total = total + x
            return total

        return fold
    k.takes_out = True

    def run(first: Any, second: Any, *rest: Any, out: Any = None) -> Any:
        # Into a buffer of our own while inputs are still to be read: `out` may be one of them.
        total = xp.add(first, second)
        for x in rest[:-1]:
            xp.add(total, x, total)
        return xp.add(total, rest[-1], total if out is None else out)

    return run


@kernel("ClipByValue")
def clip_by_value(k: KernelContext) -> Any:
    """Values below the minimum become it, those above the maximum that."""
    xp = k.xp
    return lambda x, low, high: xp.maximum(xp.minimum(x, high), low)
