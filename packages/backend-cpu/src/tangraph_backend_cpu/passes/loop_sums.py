"""Sums that a loop makes of products: the gradients of weights that every iteration of a recurrent network uses.

Such a loop adds the product of a column and a row to a large matrix in each iteration. Put side by side, the columns of
many iterations and their rows are two matrices with one product. The same goes for the sums of rows that are the
gradients of biases.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import dtypes, raw_shape
from tangraph_backend_cpu import products
from tangraph_backend_cpu.passes.editing import Users, new_step, regions

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.ir import Loop, Program, Region, Step, Value

#: What is collected before it is added up, in bytes.
MAX_BYTES: Final = 1 << 22
_FEW_ROWS: Final = 4


class ProductSum:
    """start + the sum of a.T @ b over pairs of matrices.

    Args:
      start: what the sum begins with.
      limit: how many pairs are collected before they are multiplied.
      is_zero: whether `start` is known to be 0.
      product: multiplies two matrices.

    >>> total = ProductSum(np.zeros((2, 1), np.float32), limit=10)
    >>> total.add(np.float32([[1, 2]]), np.float32([[3]]))
    >>> total.add(np.float32([[4, 5]]), np.float32([[6]]))
    >>> total.result().ravel().tolist()
    [27.0, 36.0]
    """

    __slots__ = ("_a", "_b", "_is_zero", "_limit", "_product", "_total")

    def __init__(self, start: Any, limit: int, is_zero: bool = False, product: Callable[..., Any] = np.dot) -> None:
        self._is_zero = is_zero
        self._product = product
        self._a: list[Any] = []
        self._b: list[Any] = []
        self._limit = limit
        self._total = start

    def add(self, a: Any, b: Any) -> None:
        """Adds a pair."""
        self._a.append(a)
        self._b.append(b)
        if len(self._a) == self._limit:
            self._flush()

    def _flush(self) -> None:
        product = self._multiply()
        self._total = product if self._is_zero else self._total + product
        self._is_zero = False
        self._a.clear()
        self._b.clear()

    def _multiply(self) -> Any:
        return self._product(np.concatenate(self._a).T, np.concatenate(self._b))

    def result(self) -> Any:
        """Returns the sum, once."""
        if self._a:
            self._flush()
        return self._total


class RowSum:
    """start + the sum of the rows of matrices."""

    __slots__ = ("_is_zero", "_limit", "_rows", "_total")

    def __init__(self, start: Any, limit: int, is_zero: bool = False) -> None:
        self._is_zero = is_zero
        self._rows: list[Any] = []
        self._limit = limit
        self._total = start

    def add(self, rows: Any) -> None:
        """Adds a matrix."""
        # Many rows are added up while they are in the cache; for a few, that call would be most of the work.
        self._rows.append(rows if len(rows) <= _FEW_ROWS else np.add.reduce(rows, 0, keepdims=True))
        if len(self._rows) == self._limit:
            self._flush()

    def _flush(self) -> None:
        rows = np.add.reduce(np.concatenate(self._rows), 0)
        self._total = rows if self._is_zero else self._total + rows
        self._is_zero = False
        self._rows.clear()

    def result(self) -> Any:
        """Returns the sum, once."""
        if self._rows:
            self._flush()
        return self._total


def is_zero(value: Value) -> bool:
    """Says whether a value is known to be 0."""
    return value.constant is not None and not value.constant.any()


def collect_sums(program: Program, backend: Any) -> None:
    """Replaces loop variables that are such sums."""
    for region, _ in list(regions(program)):
        for step in list(region.steps):
            if step.loop is not None:
                _LoopSums(program, backend, region, step, step.loop).replace()


class _LoopSums:
    """The sums of one loop."""

    def __init__(self, program: Program, backend: Any, region: Region, step: Step, loop: Loop) -> None:
        self.users = Users(program)
        self.backend = backend
        self.region, self.step, self.loop = region, step, loop
        self.members = set(loop.region.steps)
        self.product = functools.partial(products.product, wanted=program.threads)

    def replace(self) -> None:
        """Takes every such sum out of the loop."""
        from tangraph.plan.lower import outer_inputs

        found = [(v, s) for v in self.loop.variables if (s := self._addend(v)) is not None]
        for variable, addend in found:
            self._take_out(variable, addend)
        if found:
            self.step.inputs = outer_inputs(self.loop)

    def _addend(self, variable: Value) -> Step | None:
        """Returns the step whose result is added to a loop variable in every iteration, if it is of the right kind."""
        index = self.loop.variables.index(variable)
        total = self.loop.nexts[index]
        add = total.step
        if add not in self.members or add.op_type not in {"Add", "AddV2", "AddN"} or len(add.inputs) != 2:
            return None
        if self.users.only(variable) is not add or len(self.users.of(total)) != 1 or not self._in_body(add):
            return None
        if variable.dtype.np not in (np.float32, np.float64) or not raw_shape.is_fully_defined(variable.shape):
            return None
        value = add.inputs[1] if add.inputs[0] is variable else add.inputs[0]
        step = value.step
        if step not in self.members or self.users.only(value) is not add or not self._in_body(step):
            return None
        return step if value.shape == variable.shape and _limit(step) > 1 else None

    def _in_body(self, step: Step) -> bool:
        return step.backend is self.backend and step.guard == ((self.loop.condition, True),)

    def _take_out(self, variable: Value, addend: Step) -> None:
        loop, index = self.loop, self.loop.variables.index(variable)
        kind: Any = ProductSum if addend.op_type == "MatMul" else RowSum
        arguments: tuple[Any, ...] = (_limit(addend), is_zero(loop.entries[index]))
        if kind is ProductSum:
            arguments += (self.product(variable.dtype.np),)
        make = new_step("_LoopSum", self.step, [loop.entries[index]], lambda start: kind(start, *arguments))
        handle = make.add_output(dtypes.resource, ())
        self.region.steps.insert(self.region.steps.index(self.step), make)
        collect = new_step("_LoopSumAdd", addend, [handle, *addend.inputs[: 2 if kind is ProductSum else 1]], kind.add)
        steps = loop.region.steps
        steps[steps.index(addend)] = collect
        steps.remove(loop.nexts[index].step)
        for out, place in list(loop.exits):
            if place == index:
                result = new_step("_LoopSumResult", self.step, [handle], kind.result)
                result.origin = addend.origin
                out.step, out.index = result, 0
                result.outputs.append(out)
                self.region.steps.insert(self.region.steps.index(self.step) + 1, result)
                self.step.outputs.remove(out)
        loop.exits = [(o, i - (i > index)) for o, i in loop.exits if i != index]
        for values in (loop.variables, loop.entries, loop.nexts):
            del values[index]


def _limit(step: Step) -> int:
    """Returns how many iterations are collected at a time; 0 where the step is of another kind."""
    shapes = [v.shape for v in step.inputs]
    if step.op_type == "MatMul":
        if not step.attrs["transpose_a"] or step.attrs["transpose_b"]:
            return 0
    elif step.op_type == "BiasAddGrad":
        if step.attrs.get("data_format", "NHWC") == "NCHW":
            return 0
    elif step.op_type == "_SumToShape":
        if len(step.outputs[0].shape or ()) != 1 or step.inputs[0].shape is None:
            return 0
        shapes = shapes[:1]
        if len(shapes[0] or ()) != 2 or (shapes[0] or ())[1:] != step.outputs[0].shape:
            return 0
    else:
        return 0
    if any(v.dtype.is_ref for v in step.inputs):
        return 0
    counts = [raw_shape.num_elements(s) for s in shapes]
    if any(s is None or len(s) != 2 for s in shapes) or None in counts or 0 in counts:
        return 0
    return MAX_BYTES // (sum(c for c in counts if c is not None) * step.outputs[0].dtype.np.itemsize)
