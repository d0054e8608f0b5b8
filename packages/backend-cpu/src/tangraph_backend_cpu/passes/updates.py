"""The updates that end a training step, side by side on the threads that there are.

The gradient of a layer's weights is a product that only their update needs. So it is made there, some rows at a time, and
those rows of the weights are updated while the gradient is in the processor's cache. Each block of rows is a task of its own,
and small variables are a task together: the threads meet once, at the end of the step.

How the work is cut depends on shapes alone.
"""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from tangraph.framework import raw_shape
from tangraph.plan.effects import VARIABLES, Effects, takes_reference
from tangraph.plan.failure import blame
from tangraph.plan.ir import Step
from tangraph_backend_cpu import blas, threads
from tangraph_backend_cpu.kernels.training_update import DenseUpdate, Scratch
from tangraph_backend_cpu.passes.editing import Users, new_step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tangraph.plan.ir import Program

#: Elements of a variable that are one task: few enough for a processor's own cache, many enough for the passes of a formula.
BLOCK: Final = 3 << 15
#: What the operands of products may take that are kept for the end of the step, in bytes.
MAX_KEPT: Final = 1 << 26
#: What an update costs, in nanoseconds: for itself, for an element, and for a multiplication of its gradient's product.
_EACH, _ELEMENT, _MULTIPLICATION = 20_000, 2.0, 0.025
#: Less work than this, in nanoseconds, stays where it is; as much is worth a task.
_WORTH, _TASK = 400_000, 80_000
_NONE: Final[frozenset[Step]] = frozenset()


def join_updates(program: Program, backend: Any) -> None:
    """Replaces updates that follow each other by one step."""
    count = threads.available(program.threads)
    if count == 1:
        return
    users, effects = Users(program), Effects(program.region.steps)
    for group in list(_groups(program, backend, users, effects)):
        parts = _parts(group, backend, users, effects)
        if sum(part.cost for part in parts) < _WORTH:
            continue
        joined = new_step("_Updates", group[-1], [v for part in parts for v in part.inputs], _Updates(parts, count))
        steps = program.region.steps
        steps[steps.index(group[-1])] = joined
        gone = {*group, *[part.product for part in parts if part.product is not None]}
        program.region.steps = [s for s in steps if s not in gone]


def _groups(program: Program, backend: Any, users: Users, effects: Effects) -> Iterator[list[Step]]:
    """Yields updates that stand side by side, none of which touches what another one writes."""
    group: list[Step] = []
    written: frozenset[Step] = _NONE
    read: frozenset[Step] = _NONE
    for step in program.region.steps:
        if step.op_type in VARIABLES or (step.op_type == "ReadVariableOp" and not effects.reads[step] & written):
            continue
        fits = _is_update(step, backend, users, effects)
        own, others = (effects.writes[step], _others(step, effects)) if fits else (_NONE, _NONE)
        if group and (not fits or own & (written | read) or others & written):
            yield group
            group, written, read = [], _NONE, _NONE
        if fits:
            group.append(step)
            written, read = written | own, read | others
    if group:
        yield group


def _is_update(step: Step, backend: Any, users: Users, effects: Effects) -> bool:
    """Whether a step updates a whole variable, under no condition, and nobody asks for what it returns."""
    kernel = step.kernel
    if not isinstance(kernel, DenseUpdate) or step.backend is not backend or step.guard:
        return False
    shape = step.inputs[kernel.driver.gradient].shape
    if not shape or not raw_shape.num_elements(shape) or any(users.of(v) for v in step.outputs):
        return False
    own = effects.writes[step]
    return len(own) == kernel.driver.buffers and not own & _others(step, effects)


def _others(step: Step, effects: Effects) -> frozenset[Step]:
    """Returns the variables that an update reads and does not update."""
    assert isinstance(step.kernel, DenseUpdate)
    values = step.inputs[step.kernel.driver.buffers :]
    return _NONE.union(*[effects.roots.get(v, _NONE) for v in values])


# -- the parts of a group ----------------------------------------------------------------------------------------------


class _Part:
    """One update of a group.

    Attributes:
      step, kernel: the update.
      product: the step that makes the gradient, where it is made with the update.
      inputs: the update's inputs, the product's operands in the place of the gradient and at the end.
      rows, width: the rows that a block consists of, and their elements; without a product, each element is a row.
      cost: nanoseconds.
    """

    def __init__(self, step: Step, product: Step | None) -> None:
        assert isinstance(step.kernel, DenseUpdate)
        self.step, self.kernel, self.product = step, step.kernel, product
        self.at = step.kernel.driver.gradient
        gradient = step.inputs[self.at]
        shape: Any = gradient.shape
        size = raw_shape.num_elements(shape) or 0
        self.inputs = list(step.inputs)
        self.rows, self.width = size, 1
        self.cost = _EACH + _ELEMENT * size
        if product is not None:
            self.inputs[self.at] = product.inputs[0]
            self.inputs.append(product.inputs[1])
            self.rows, self.width = shape
            self.turned = product.attrs["transpose_a"], product.attrs["transpose_b"]
            self.cost += _MULTIPLICATION * _multiplications(product)
        #: Inputs that are variables of which the update wants the value.
        self.by_value = [i for i, v in enumerate(step.inputs) if v.dtype.is_ref and not takes_reference(step, i)]
        self.scratch = Scratch(np, 1)

    def blocks(self) -> list[tuple[float, slice]]:
        """Returns (cost, rows) of each block."""
        count = max(1, round(self.rows * self.width / BLOCK))
        return [((s.stop - s.start) / self.rows * self.cost, s) for s in threads.cut(self.rows, count, 16)]

    def prepare(self, inputs: list[Any]) -> _Prepared:
        """Returns what the blocks work on.

        Raises:
          OpError: shapes differ, or a variable has no value; the update is to blame.
        """
        try:
            for i in self.by_value:
                inputs[i] = inputs[i].value
            gradient, b = inputs[self.at], None
            if self.product is not None:
                b = inputs[-1].T if self.turned[1] else inputs[-1]
                gradient = gradient.T if self.turned[0] else gradient
                shape = (gradient.shape[0], b.shape[1])
            else:
                shape = gradient.shape
                gradient = np.ascontiguousarray(gradient).reshape(-1)
            flats, constants = self.kernel.prepare(inputs, shape)
        except Exception as error:
            blame(error, self.step)
            raise
        return _Prepared(flats, constants, gradient, b)

    def run(self, rows: slice, prepared: _Prepared) -> None:
        """Updates some rows."""
        flats, constants, gradient, b = prepared
        part = slice(rows.start * self.width, rows.stop * self.width)
        if b is None:
            self.kernel.driver.update(part, flats, gradient[part], constants)
            return
        size = part.stop - part.start
        scratch = self.scratch.take(size, flats[0].dtype)
        try:
            flat = scratch[0][:size]
            np.matmul(gradient[rows], b, flat.reshape(-1, self.width))
            self.kernel.driver.update(part, flats, flat, constants)
        finally:
            self.scratch.give_back(scratch)


class _Prepared(NamedTuple):
    """An update's flat buffers, its formula's constants, its gradient (or that product's two operands)."""

    flats: list[Any]
    constants: Sequence[Any]
    gradient: Any
    b: Any


def _parts(group: list[Step], backend: Any, users: Users, effects: Effects) -> list[_Part]:
    parts, kept = [], 0
    for step in group:
        assert isinstance(step.kernel, DenseUpdate)
        gradient = step.inputs[step.kernel.driver.gradient]
        product = gradient.step if _may_wait(gradient.step, step, backend, users, effects) else None
        if product is not None:
            size = sum(raw_shape.num_elements(v.shape) or 0 for v in product.inputs) * gradient.dtype.np.itemsize
            product = product if kept + size <= MAX_KEPT else None
            kept += size if product is not None else 0
        parts.append(_Part(step, product))
    return parts


def _may_wait(product: Step, update: Step, backend: Any, users: Users, effects: Effects) -> bool:
    """Whether a product can be made when the update is, which alone asks for it."""
    return (
        product.op_type == "MatMul"
        and product.backend is backend
        and product.guard == update.guard
        and blas.control() is not None
        and users.only(product.outputs[0]) is update
        and product.outputs[0].dtype.np in (np.float32, np.float64)
        and all(raw_shape.is_fully_defined(v.shape) for v in product.inputs)
        and not any(v.dtype.is_ref or effects.roots.get(v) for v in product.inputs)
    )


def _multiplications(product: Step) -> int:
    rows, columns = product.outputs[0].shape or (0, 0)
    inner = (product.inputs[0].shape or (0, 0))[0 if product.attrs["transpose_a"] else 1]
    return (rows or 0) * (columns or 0) * (inner or 0)


# -- the kernel --------------------------------------------------------------------------------------------------------


class _Updates:
    """The kernel of a group."""

    def __init__(self, parts: list[_Part], count: int) -> None:
        self._parts = parts
        self._count = count
        ends = np.cumsum([len(part.inputs) for part in parts]).tolist()
        self._inputs = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
        self._tasks = _tasks(parts)

    def __call__(self, *inputs: Any) -> None:
        """Updates all variables."""
        own = [list(inputs[s]) for s in self._inputs]
        with contextlib.ExitStack() as locks:
            # Always in the same order: another run may want some of them.
            for cell in sorted([values[0] for values in own], key=id):
                locks.enter_context(cell.lock)
            prepared = [part.prepare(values) for part, values in zip(self._parts, own, strict=True)]
            locks.enter_context(blas.one_thread())
            threads.run([functools.partial(self._do, task, prepared) for task in self._tasks], self._count)

    def _do(self, task: list[tuple[int, slice]], prepared: list[_Prepared]) -> None:
        for index, rows in task:
            self._parts[index].run(rows, prepared[index])


def _tasks(parts: list[_Part]) -> list[list[tuple[int, slice]]]:
    """Returns lists of (index of a part, rows), the most work first: large blocks alone, small ones together."""
    blocks = sorted(
        [(cost, index, rows) for index, part in enumerate(parts) for cost, rows in part.blocks()],
        key=lambda block: -block[0],
    )
    tasks: list[list[tuple[int, slice]]] = []
    room = 0.0
    for cost, index, rows in blocks:
        if cost > room:
            tasks.append([])
            room = float(_TASK)
        tasks[-1].append((index, rows))
        room -= cost
    return tasks
