"""A recurrent network's product with its inputs is made for all steps at once, before the loop.

A cell multiplies ``concat([x, h])`` with one matrix. The rows of the matrix that meet x make a product of their own, of all
steps' inputs: it is known before the loop, and so is the bias. What remains in the loop is the product with h, and a sum. The
gradient of the matrix is put together of the same two parts.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from tangraph.framework import dtypes, raw_shape
from tangraph.plan.containers import Containers
from tangraph.plan.effects import Effects
from tangraph_backend_cpu import products
from tangraph_backend_cpu.passes.editing import Users, new_list, new_step, tidy_loops
from tangraph_backend_cpu.passes.loop_sums import MAX_BYTES, ProductSum, is_zero

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.ir import Loop, Program, Step, Value

#: The products of all steps may take this much memory.
MAX_PRODUCT: Final = 1 << 25
#: Beyond this size of a step's product, adding the bias is cheaper in the loop, where the product is in the cache.
MAX_BIASED: Final = 1 << 16


class _Cell(NamedTuple):
    """A product with concat([x, h]) in a loop.

    Attributes:
      read, concat, product: the steps of the loop that read x, and make the concatenation and the product.
      scatter: the step that put the inputs of all steps into an array.
      matrix: the matrix, as it is before the loop.
      bias: the step that adds a bias, and the bias before the loop; None where there is none.
    """

    read: Step
    concat: Step
    product: Step
    scatter: Step
    matrix: Value
    bias: tuple[Step, Value] | None

    @property
    def inputs(self) -> Value:
        """X of all steps: [steps, rows, columns]."""
        return self.scatter.inputs[2]


class _Gradient(NamedTuple):
    """The sum of the products that are the matrix' gradient.

    Attributes:
      push: puts the concatenation onto a stack in the loop.
      pop: takes it off in the backward loop.
      make, add: begin the sum, and add to it in the backward loop.
      backward: the backward loop.
    """

    push: Step
    pop: Step
    make: Step
    add: Step
    backward: Loop


class JoinedSum(ProductSum):
    """start + the sum of [x, h].T @ b, of which x are rows of an array that is there as a whole.

    >>> total = JoinedSum(np.zeros((3, 1)), 10, True, np.dot, np.float32([[[1]], [[2]]]))
    >>> total.add(np.int32(1), np.float32([[3, 4]]), np.float32([[10]]))
    >>> total.result().ravel().tolist()
    [20.0, 30.0, 40.0]
    """

    __slots__ = ("_indices", "_inputs")

    def __init__(self, start: Any, limit: int, is_zero: bool, product: Callable[..., Any], inputs: Any) -> None:
        super().__init__(start, limit, is_zero, product)
        self._inputs = inputs
        self._indices: list[int] = []

    def add(self, index: Any, h: Any, b: Any) -> None:  # type: ignore[override]
        """Adds the product of one step."""
        self._indices.append(index)
        super().add(h, b)

    def _multiply(self) -> Any:
        width = self._inputs.shape[-1]
        x = self._inputs[self._indices].reshape(-1, width)
        self._indices.clear()
        h, b = np.concatenate(self._a), np.concatenate(self._b)
        result = np.empty((width + h.shape[1], b.shape[1]), b.dtype)
        self._product(x.T, b, result[:width])
        self._product(h.T, b, result[width:])
        return result


def lift_products(program: Program, backend: Any) -> None:
    """Takes the products with inputs out of the loops of a program."""
    loops = [s for s in program.region.steps if s.loop is not None]
    if any(s.op_type == "TensorArrayReadV3" for step in loops for s in step.loop.region.steps):  # type: ignore[union-attr]
        for step in loops:
            _Lifting(program, backend, step).run()


class _Lifting:
    """The products of one loop."""

    def __init__(self, program: Program, backend: Any, step: Step) -> None:
        assert step.loop is not None
        self.program, self.backend = program, backend
        self.step = step
        self.loop: Loop = step.loop
        self.guard = ((self.loop.condition, True),)
        self.members = set(self.loop.region.walk())
        region = program.region.steps
        self.ready = set(region[: region.index(step)])

    def run(self) -> None:
        """Lifts what can be lifted."""
        candidates = [
            s for s in self.loop.region.steps if s.op_type == "MatMul" and s.inputs[0].step.op_type == "ConcatV2"
        ]
        if not candidates:
            return
        self.containers, self.users = Containers(self.program.region), Users(self.program)
        self.effects = Effects(self.program.region.steps)
        self.pops = Counter(
            self.containers.root(s.inputs[0]) for s in self.program.region.walk() if s.op_type == "StackPopV2"
        )
        for product in candidates:
            cell = self._cell(product)
            if cell is None:
                continue
            gradient = None
            if len(self.users.of(cell.concat.outputs[0])) > 1:
                gradient = self._gradient(cell)
                if gradient is None:
                    continue
                self._split_gradient(cell, gradient)
            self._split_product(cell)
            self._drop_unused(cell)
        tidy_loops(self.program)

    def _drop_unused(self, cell: _Cell) -> None:
        """Drops the concatenation, the reading of the inputs, and their array, as far as nobody else wants them."""
        steps = self.loop.region.steps
        for step in (cell.concat, cell.read):
            self.users = Users(self.program)
            if step in steps and not self.users.of(step.outputs[0]):
                steps.remove(step)
        self.users = Users(self.program)
        array = self.containers.root(cell.read.inputs[0])
        assert array is not None
        scatter = cell.scatter
        wanted = {u for v in (*array.outputs, *scatter.outputs) for u in self.users.of(v)} - {scatter}
        if not wanted and {array, scatter}.isdisjoint(self.program.targets):
            self.program.region.steps = [s for s in self.program.region.steps if s not in (array, scatter)]
        self.users = Users(self.program)

    # -- what is looked for ------------------------------------------------------------------------------------------

    def _cell(self, product: Step) -> _Cell | None:
        concat = product.inputs[0].step
        if len(concat.inputs) != 3 or not all(self._is_plain(s) for s in (concat, product)):
            return None
        axis, whole, out = concat.inputs[2].constant, concat.outputs[0], product.outputs[0]
        if axis is None or int(axis) not in (1, -1) or product.attrs["transpose_a"] or product.attrs["transpose_b"]:
            return None
        read = concat.inputs[0].step
        scatter = self._filled_by(read)
        known = all(raw_shape.is_fully_defined(v.shape) for v in (*concat.inputs[:2], whole, *product.inputs, out))
        if (
            scatter is None
            or not known
            or concat.inputs[1].dtype.is_ref
            or out.dtype.np not in (np.float32, np.float64)
        ):
            return None
        inputs = scatter.inputs[2]
        assert inputs.shape is not None
        size = raw_shape.num_elements((inputs.shape[0], *(out.shape or ())))
        if not size or not raw_shape.num_elements(inputs.shape) or size * out.dtype.np.itemsize > MAX_PRODUCT:
            return None
        matrix = self._before(product.inputs[1])
        return None if matrix is None else _Cell(read, concat, product, scatter, matrix, self._bias(product))

    def _is_plain(self, step: Step) -> bool:
        return step.backend is self.backend and step.guard == self.guard and step in self.members

    def _filled_by(self, read: Step) -> Step | None:
        """Returns the step that filled an array, whose elements a step reads, before the loop."""
        if read.op_type != "TensorArrayReadV3" or not self._is_plain(read):
            return None
        root = self.containers.root(read.inputs[0])
        writers = None if root is None else self.containers.writers(root)
        if root not in self.ready or writers is None or len(writers) != 1:
            return None
        scatter = writers[0]
        if scatter.op_type != "TensorArrayScatterV3" or scatter not in self.ready or scatter.guard != self.step.guard:
            return None
        places, value = scatter.inputs[1].constant, scatter.inputs[2]
        if places is None or not raw_shape.is_fully_defined(value.shape) or value.dtype.is_ref:
            return None
        if len(value.shape or ()) != 3 or not np.array_equal(places, np.arange((value.shape or (0,))[0] or 0)):
            return None
        return scatter

    def _bias(self, product: Step) -> tuple[Step, Value] | None:
        user = self.users.only(product.outputs[0])
        if user is None or not self._is_plain(user) or user.op_type not in {"BiasAdd", "Add", "AddV2"}:
            return None
        if user.inputs[0] is not product.outputs[0] or user.attrs.get("data_format", "NHWC") == "NCHW":
            return None
        bias, size = user.inputs[1], raw_shape.num_elements(user.outputs[0].shape)
        if size is None or size * bias.dtype.np.itemsize > MAX_BIASED:
            return None
        if bias.shape is None or len(bias.shape) != 1 or user.outputs[0].shape != product.outputs[0].shape:
            return None
        before = self._before(bias)
        return None if before is None else (user, before)

    def _before(self, value: Value) -> Value | None:
        """Returns what a value is before the loop, if nothing in the loop changes it."""
        read = value.step
        inside = read in self.members
        if value in self.loop.variables or (inside and read.op_type != "ReadVariableOp"):
            return None
        source = read.inputs[0] if inside else value
        if source.step in self.members or source in self.loop.variables:
            return None
        if self.effects.behind(source) & self.effects.writes[self.step]:
            return None
        if not inside:
            return value
        made = self._made(new_step("ReadVariableOp", read, [source], read.kernel))  # type: ignore[arg-type]
        made.op_def, made.attrs = read.op_def, read.attrs
        return made.add_output(value.dtype, value.shape)

    def _made(self, step: Step) -> Step:
        """Puts a step before the loop."""
        step.guard = self.step.guard
        region = self.program.region.steps
        region.insert(region.index(self.step), step)
        return step

    def _gradient(self, cell: _Cell) -> _Gradient | None:
        whole = cell.concat.outputs[0]
        others = [s for s in self.users.of(whole) if s is not cell.product]
        if len(others) != 1 or others[0].op_type != "StackPushV2" or others[0].guard != self.guard:
            return None
        push = others[0]
        root = self.containers.root(push.inputs[0])
        if root not in self.ready or self.pops[root] != 1 or self.containers.writers(root) != [push]:
            return None
        if self.users.of(push.outputs[0]):
            return None
        pop = next(s for s in self.program.region.walk() if s.op_type == "StackPopV2" and self._root(s) is root)
        add = self.users.only(pop.outputs[0])
        if add is None or add.op_type != "_LoopSumAdd" or len(add.inputs) != 3 or add.inputs[1] is not pop.outputs[0]:
            return None
        make = add.inputs[0].step
        backward = next((s.loop for s in self.program.region.steps if s.loop and add in s.loop.region.steps), None)
        if backward is None or make not in self.program.region.steps or pop not in backward.region.steps:
            return None
        return _Gradient(push, pop, make, add, backward)

    def _root(self, pop: Step) -> Step | None:
        return self.containers.root(pop.inputs[0])

    # -- what is made of it ------------------------------------------------------------------------------------------

    def _split_product(self, cell: _Cell) -> None:
        """Makes the product with h, and adds a row of the product with the inputs."""
        steps, x, out = self.loop.region.steps, cell.inputs, cell.product.outputs[0]
        assert x.shape is not None
        width = x.shape[2] or 0
        multiply = products.product(out.dtype.np, self.program.threads)

        def all_products(x: Any, matrix: Any) -> Any:
            return multiply(x.reshape(-1, width), matrix[:width]).reshape(*x.shape[:2], -1)

        made = self._made(new_step("_LiftedProduct", cell.product, [x, cell.matrix], all_products))
        made.op_def, made.attrs = cell.product.op_def, cell.product.attrs  # the matrix may be a variable
        known = made.add_output(out.dtype, (x.shape[0], *(out.shape or ())))
        last = cell.product
        if cell.bias is not None:
            last, bias = cell.bias
            shifted = self._made(
                new_step("_LiftedBias", last, [known, bias], lambda all_, bias: np.add(all_, bias, all_))
            )
            shifted.op_def, shifted.attrs = last.op_def, last.attrs
            known = shifted.add_output(out.dtype, known.shape)
        inputs = [cell.concat.inputs[1], cell.product.inputs[1], known, cell.read.inputs[1]]
        step = new_step("_RecurrentProduct", cell.product, inputs, self._step_kernel(cell, width))
        step.op_def, step.attrs = cell.product.op_def, cell.product.attrs
        result = last.outputs[0]
        result.step, step.outputs = step, [result]
        steps[steps.index(cell.product)] = step
        if last is not cell.product:
            steps.remove(last)

    def _step_kernel(self, cell: _Cell, width: int) -> Callable[..., Any]:
        dot: Callable[[Any, Any], Any] = np.dot
        if products.is_large([v.shape for v in cell.product.inputs], cell.product.outputs[0].shape):
            dot = products.product(cell.product.outputs[0].dtype.np, self.program.threads)
        add, rest = np.add, slice(width, None)

        def run(h: Any, matrix: Any, known: Any, index: Any) -> Any:
            result = dot(h, matrix[rest])
            return add(result, known[index], result)

        return run

    def _split_gradient(self, cell: _Cell, gradient: _Gradient) -> None:
        """Keeps h and the step's number for the backward loop, instead of the concatenation."""
        push, pop, make, add, backward = gradient
        h, number, x = cell.concat.inputs[1], cell.read.inputs[1], cell.inputs
        limit = self._limit(add, cell)
        push.inputs[1] = h
        push.outputs[0].shape = pop.outputs[0].shape = h.shape
        numbers = new_list(self.step, self.program.region)
        steps = self.loop.region.steps
        pushed = new_step("StackPushV2", push, [numbers, number], list.append)
        pushed.add_output(number.dtype, number.shape)
        steps.insert(steps.index(push), pushed)
        popped = new_step("StackPopV2", pop, [numbers], list.pop)
        index = popped.add_output(dtypes.int32, ())
        backward.region.steps.insert(backward.region.steps.index(pop), popped)
        add.inputs = [add.inputs[0], index, *add.inputs[1:]]
        add.kernel = JoinedSum.add
        product, start = products.product(x.dtype.np, self.program.threads), make.inputs[0]
        known = is_zero(start)
        make.inputs = [start, x]
        make.kernel = lambda start, x: JoinedSum(start, limit, known, product, x)

    @staticmethod
    def _limit(add: Step, cell: _Cell) -> int:
        sizes = [raw_shape.num_elements(v.shape) or 1 for v in (cell.concat.outputs[0], add.inputs[2])]
        return max(1, MAX_BYTES // (sum(sizes) * cell.inputs.dtype.np.itemsize))
