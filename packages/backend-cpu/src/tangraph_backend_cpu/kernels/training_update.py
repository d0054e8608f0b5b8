"""Kernels of the optimizers' update ops: the drivers that carry a formula over a variable, or over some of its rows.

Large variables are updated piece by piece, so that the dozen passes of a formula like Adam's find their operands in the
processor's cache, and the pieces are shared by the threads that there are.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import raw_shape
from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu import threads
from tangraph_backend_cpu.kernels.training_formulas import FORMULAS, Formula

if TYPE_CHECKING:
    from tangraph.client.resources import Cell
    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()
#: Bytes of each operand in one piece: small enough for caches, large enough that the calls of a dozen passes do not count.
PIECE_BYTES: Final = 1 << 19
#: Bytes of each operand that a thread gets at least: with less, the threads wait for the interpreter's lock between passes.
SHARE_BYTES: Final = 1 << 18


class Scratch:
    """Scratch arrays of one kernel, lent to one call at a time: two runs of one plan may overlap."""

    def __init__(self, xp: Any, count: int) -> None:
        self._xp, self._count = xp, count
        self._free: list[list[Any]] = []

    def take(self, size: int, dtype: Any) -> list[Any]:
        """Returns arrays of `size` elements or more."""
        try:
            found = self._free.pop()
        except IndexError:
            found = []
        if not found or found[0].size < size:
            found = [self._xp.empty(size, dtype) for _ in range(self._count)]
        return found

    def give_back(self, arrays: list[Any]) -> None:
        """Keeps the arrays for the next call."""
        self._free.append(arrays)


class Driver:
    """What the kernels of one op share.

    Args:
      k: the node's context.
      family: the key of its formula.
      names: the names of the op's inputs, in order.
      buffers: how many of them, from the first, are buffers.
    """

    def __init__(self, k: KernelContext, family: str, names: Sequence[str], buffers: int) -> None:
        self.xp = k.xp
        self.formula: Formula = FORMULAS[family]
        self.attrs = dict(k.attrs)
        self.buffers = buffers
        self.names = list(names)
        self.gradient = next(i for i, n in enumerate(names) if n in {"grad", "delta"})
        self.scalars = [(n, i) for i, n in enumerate(names) if i >= buffers and n not in {"grad", "delta", "indices"}]
        self.scratch = Scratch(k.xp, self.formula.scratch)
        self.whole = Scratch(k.xp, self.formula.scratch)
        # One step updates many variables with the same numbers: their constants are kept for the next one.
        settings = f"{family} {sorted((n, v) for n, v in k.attrs.items() if isinstance(v, bool))}"
        self.latest: dict[str, Any] = (
            {} if k.resources is None else k.resources.get_or_create("constants of updates", "", settings, dict)
        )
        dtype = k.input_dtypes[self.gradient].np
        self.piece, self.share = PIECE_BYTES // dtype.itemsize, SHARE_BYTES // dtype.itemsize
        self.threads = threads.available(k.threads)
        if k.xp is not np:
            self.piece, self.threads = 1 << 62, 1

    def constants(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Returns the formula's constants from the scalar inputs."""
        given = [inputs[i] for _, i in self.scalars]
        known = self.latest.get("last")
        if known is not None and all(map(operator.is_, known[0], given)):
            return known[1]  # type: ignore[no-any-return]
        constants = self._constants(inputs)
        if self.xp is np:
            # Beside arrays, ufuncs take an array of rank 0 quicker than a scalar.
            constants = [np.asarray(c) if isinstance(c, np.generic) else c for c in constants]
            if all(isinstance(g, np.generic) for g in given):
                self.latest["last"] = given, constants
        return constants

    def _constants(self, inputs: Sequence[Any]) -> Sequence[Any]:
        scalars = {}
        for name, index in self.scalars:
            value = inputs[index]
            if value.shape:
                text = raw_shape.to_str(value.shape)
                raise errors.InvalidArgumentError(None, None, f"{name} is not a scalar: {text}")
            scalars[name] = value
        return self.formula.prepare(self.xp, self.attrs, scalars)

    def run(self, flats: list[Any], gradient: Any, constants: Sequence[Any]) -> None:
        """Updates flat buffers by a flat gradient, on several threads where it is large."""
        size = gradient.size
        if self.threads == 1 or size < 2 * self.share:
            self.update(slice(0, size), flats, gradient, constants)
            return
        parts = threads.cut(size, min(self.threads, size // self.share), 16)
        threads.run([functools.partial(self.update, p, flats, gradient[p], constants) for p in parts], self.threads)

    def update(self, part: slice, flats: list[Any], gradient: Any, constants: Sequence[Any]) -> None:
        """Updates a part of flat buffers by the gradient of that part, piece by piece."""
        xp, formula, start = self.xp, self.formula.update, part.start
        size = part.stop - start
        pieces = [slice(0, size)] if size <= self.piece else threads.cut(size, -(-size // self.piece), 16)
        scratch = self.scratch.take(pieces[-1].stop - pieces[-1].start, gradient.dtype)
        try:
            for p in pieces:
                here, length = slice(start + p.start, start + p.stop), p.stop - p.start
                formula(xp, [f[here] for f in flats], gradient[p], [s[:length] for s in scratch], constants)
        finally:
            self.scratch.give_back(scratch)

    def check_buffers(self, cells: Sequence[Cell]) -> None:
        """Raises InvalidArgumentError unless the slots have the variable's shape."""
        shape = cells[0].value.shape
        for cell, name in zip(cells[1:], self.names[1:], strict=False):
            if cell.value.shape != shape:
                raise _different("var", name, shape, cell.value.shape)


def _different(first: str, second: str, shape: Any, other: Any) -> Exception:
    return errors.InvalidArgumentError(
        None,
        None,
        f"{first} and {second} do not have the same shape{raw_shape.to_str(shape)} {raw_shape.to_str(other)}",
    )


def _writable(xp: Any, cell: Cell) -> Any:
    """Returns a variable's live array, contiguous and of rank 1, for updates in place."""
    value = cell.value
    if not isinstance(value, xp.ndarray):
        value = xp.array(value)
    if not value.flags.c_contiguous or value.ndim == 0:
        # A new buffer: a read that was made before the update keeps the old one, and its values.
        cell.value = value = xp.array(value, order="C")
    return value.reshape(-1)


class DenseUpdate:
    """The kernel that updates a whole variable."""

    __slots__ = ("_result", "driver")

    def __init__(self, driver: Driver, result: bool) -> None:
        self.driver = driver
        self._result = result

    def __call__(self, *inputs: Any) -> Any:
        """Updates the variable; returns it where the op has an output."""
        driver, cell = self.driver, inputs[0]
        with cell.lock:
            gradient = inputs[driver.gradient]
            if gradient.size <= driver.share and self._small(inputs, gradient):
                return cell if self._result else None
            flats, constants = self.prepare(inputs, gradient.shape)
            driver.run(flats, driver.xp.ascontiguousarray(gradient).reshape(-1), constants)
        return cell if self._result else None

    def _small(self, inputs: Sequence[Any], gradient: Any) -> bool:
        """Updates small arrays as they are, if they are what they should be."""
        driver, shape = self.driver, gradient.shape
        if not shape:
            return False
        values = []
        for cell in inputs[: driver.buffers]:
            value = cell.value
            if value.shape != shape or type(value) is not np.ndarray or not value.flags.c_contiguous:
                return False
            values.append(value)
        scratch = driver.whole.take(gradient.size, gradient.dtype)
        if scratch and scratch[0].shape != shape:
            scratch = [np.empty(shape, gradient.dtype) for _ in scratch]
        driver.formula.update(np, values, gradient, scratch, driver.constants(inputs))
        driver.whole.give_back(scratch)
        return True

    def prepare(self, inputs: Sequence[Any], shape: tuple[int, ...]) -> tuple[list[Any], Sequence[Any]]:
        """Returns the flat buffers and the formula's constants for a gradient of some shape.

        Raises:
          InvalidArgumentError: the shapes differ.
        """
        driver = self.driver
        cells = inputs[: driver.buffers]
        driver.check_buffers(cells)
        if cells[0].value.shape != shape:
            name = driver.names[driver.gradient]
            raise _different("var", name, cells[0].value.shape, shape)
        constants = driver.constants(inputs)
        return [_writable(driver.xp, c) for c in cells], constants


def _sparse(driver: Driver, result: bool) -> Callable[..., Any]:
    """The kernel that updates the rows of a variable that indices name.

    A row that is named several times is updated as many times, in that order.
    """
    count, at = driver.buffers, driver.gradient
    xp = driver.xp

    def update(*inputs: Any) -> Any:
        cell = inputs[0]
        gradient, indices = inputs[at], inputs[at + 1]
        with cell.lock:
            cells = inputs[:count]
            driver.check_buffers(cells)
            _check_rows(cell.value.shape, gradient, indices)
            constants = driver.constants(inputs)
            for c in cells:
                _writable(xp, c)
            for places in _rounds(indices):
                rows = indices if places is None else indices[places]
                values = gradient if places is None else gradient[places]
                taken = [c.value[rows] for c in cells]
                flat = xp.ascontiguousarray(values).reshape(-1)
                driver.run([t.reshape(-1) for t in taken], flat, constants)
                for c, changed in zip(cells, taken, strict=True):
                    c.value[rows] = changed
        return cell if result else None

    return update


def _check_rows(shape: tuple[int, ...], gradient: Any, indices: Any) -> None:
    if not shape:
        raise errors.InvalidArgumentError(None, None, "var must be at least 1 dimensional")
    if indices.ndim != 1:
        raise errors.InvalidArgumentError(None, None, "indices must be one-dimensional")
    if gradient.ndim != len(shape) or gradient.shape[0] != indices.shape[0]:
        text = "grad must be the same size as indices in the first dimension."
        raise errors.InvalidArgumentError(None, None, text)
    for axis in range(1, len(shape)):
        if gradient.shape[axis] != shape[axis]:
            raise errors.InvalidArgumentError(None, None, f"var and grad must match in dimension {axis}")
    outside = (indices < 0) | (indices >= shape[0])
    if outside.any():
        place = int(outside.argmax())
        text = f"Index {int(indices[place])} at offset {place} in indices is out of range"
        raise errors.InvalidArgumentError(None, None, text)


def _rounds(indices: Any) -> list[Any]:
    """Returns places of `indices` in groups without repetition, first occurrences first; [None] for all at once."""
    host = indices.get() if hasattr(indices, "get") else indices
    _, inverse, counts = np.unique(host, return_inverse=True, return_counts=True)
    if not counts.size or counts.max() == 1:
        return [None] if counts.size else []
    order = np.argsort(inverse, kind="stable")
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    occurrence = np.empty_like(order)
    occurrence[order] = np.arange(order.size) - starts
    return [np.flatnonzero(occurrence == n) for n in range(int(counts.max()))]


def _register() -> None:
    from tangraph.ops.state.training_ops import ops

    for op_type, op_def in ops.items():
        sparse = "SparseApply" in op_type
        family = op_type.rpartition("Apply")[2]
        names = [a.name for a in op_def.inputs]
        buffers = sum(a.is_ref or (a.dtype is not None and a.dtype.name == "resource") for a in op_def.inputs)
        kernel.add(op_type, _factory(family, names, buffers, sparse, bool(op_def.outputs)))


def _factory(family: str, names: list[str], buffers: int, sparse: bool, result: bool) -> Callable[..., Any]:
    def factory(k: KernelContext) -> Callable[..., Any]:
        driver = Driver(k, family, names, buffers)
        return _sparse(driver, result) if sparse else DenseUpdate(driver, result)

    return factory


_register()
