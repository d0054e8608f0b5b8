"""Gates: a matrix that is cut into parts, with a sigmoid or tanh of each part, as LSTM cells do it.

The sigmoids of all parts are computed at once, and so are their gradients: on the small matrices of recurrent networks, a
call of NumPy costs more than the numbers. The steps are in their final order by now: a fused step stands where all its
inputs are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from tangraph.framework import raw_shape
from tangraph.plan.containers import Containers
from tangraph_backend_cpu.passes.editing import Users, is_product_for, new_list, new_step, regions, tidy_loops
from tangraph_backend_cpu.passes.lifted_factors import SLOPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.ir import Program, Region, Step, Value

_ACTIVATIONS: Final = frozenset({"Sigmoid", "Tanh"})


class _Part(NamedTuple):
    """One part: its activation, and what is added to the part before."""

    activation: Step
    shift: Step | None
    number: Any


def fuse_gates(program: Program, backend: Any) -> None:
    """Replaces gates and their gradients."""
    users = Users(program)
    kinds: dict[Step, list[str]] = {}
    for region, _ in regions(program):
        for step in list(region.steps):
            if step.op_type == "Split" and step.backend is backend and (parts := _parts(step, users)):
                gates = _replace(region, step, parts)
                kinds[gates] = [p.activation.op_type for p in parts]
    if kinds:
        _Gradients(program, backend, kinds).replace()


# -- forward -----------------------------------------------------------------------------------------------------------


def _parts(split: Step, users: Users) -> list[_Part]:
    """Returns what is computed of each part; nothing where that is not an activation of every part."""
    axis, whole = split.inputs[0].constant, split.inputs[1]
    if axis is None or whole.shape is None or len(whole.shape) != 2 or int(axis) not in (1, -1):
        return []
    if (
        not raw_shape.is_fully_defined(whole.shape)
        or whole.dtype.is_ref
        or whole.dtype.np not in (np.float32, np.float64)
    ):
        return []
    found = []
    for value in split.outputs:
        user, shift, number = users.only(value), None, None
        if user is not None and user.op_type in {"Add", "AddV2"}:
            other = user.inputs[1] if user.inputs[0] is value else user.inputs[0]
            if other.constant is None or other.constant.ndim:
                return []
            shift, number = user, other.constant
            user = users.only(user.outputs[0])
        if user is None or user.op_type not in _ACTIVATIONS or user.guard != split.guard:
            return []
        if shift is not None and shift.guard != split.guard:
            return []
        found.append(_Part(user, shift, number))
    return found if len(found) > 1 and any(p.activation.op_type == "Sigmoid" for p in found) else []


def _replace(region: Region, split: Step, parts: list[_Part]) -> Step:
    whole = split.inputs[1]
    assert whole.shape is not None
    gates = new_step("_Gates", split, [whole], _gates_kernel(whole, parts))
    gates.add_output(whole.dtype, whole.shape)
    for part in parts:
        value = part.activation.outputs[0]
        value.step, value.index = gates, len(gates.outputs)
        gates.outputs.append(value)
    region.steps[region.steps.index(split)] = gates
    gone = {s for p in parts for s in (p.activation, p.shift)}
    region.steps = [s for s in region.steps if s not in gone]
    return gates


def _indices(whole: Value, count: int) -> list[tuple[slice, slice]]:
    assert whole.shape is not None
    size = (whole.shape[1] or 0) // count
    return [(slice(None), slice(i * size, (i + 1) * size)) for i in range(count)]


def _gates_kernel(whole: Value, parts: list[_Part]) -> Callable[..., Any]:
    assert whole.shape is not None
    indices = _indices(whole, len(parts))
    # An array of rank 0 is the quickest number for a ufunc.
    one = np.array(1, whole.dtype.np)
    kinds = [p.activation.op_type for p in parts]
    # What is added to the sigmoids' parts, as one row: (-shift) - z is -(z + shift) to the bit.
    shift = np.zeros((1, whole.shape[1] or 0), whole.dtype.np)
    for i, p, kind in zip(indices, parts, kinds, strict=True):
        if p.number is not None and kind == "Sigmoid":
            shift[i] = -p.number
    others = [
        (i, None if p.number is None else np.array(p.number, whole.dtype.np))
        for i, p, kind in zip(indices, parts, kinds, strict=True)
        if kind == "Tanh"
    ]
    exp, add, subtract = np.exp, np.add, np.subtract
    divide, tanh = np.divide, np.tanh

    def run(z: Any) -> tuple[Any, ...]:
        block = subtract(shift, z)
        exp(block, block)
        add(block, one, block)
        divide(one, block, block)  # quicker than reciprocal
        for index, number in others:
            tanh(z[index] if number is None else add(z[index], number), block[index])
        return (block, *[block[index] for index in indices])

    return run


# -- gradients ---------------------------------------------------------------------------------------------------------


class _Gradients:
    """The gradients of gates: the parts' gradients, put together again."""

    def __init__(self, program: Program, backend: Any, kinds: dict[Step, list[str]]) -> None:
        self.program = program
        self.backend = backend
        self.kinds = kinds
        self.users = Users(program)
        self.containers = Containers(program.region)
        self.region_of = {s: region for region, _ in regions(program) for s in region.steps}

    def replace(self) -> None:
        """Replaces all of them."""
        for region, _ in list(regions(self.program)):
            for step in list(region.steps):
                if step.op_type == "ConcatV2" and step.backend is self.backend:
                    self._visit(region, step)
        tidy_loops(self.program)

    def _visit(self, region: Region, concat: Step) -> None:
        *gradients, axis = concat.inputs
        if axis.constant is None or int(axis.constant) not in (1, -1) or len(gradients) < 2:
            return
        origins = [self._origin(concat, v, i) for i, v in enumerate(gradients)]
        gates = origins[0]
        if gates is None or any(o is not gates for o in origins) or len(gates.outputs) != len(gradients) + 1:
            return
        if concat.outputs[0].shape != gates.outputs[0].shape:
            return
        block = self._block(region, concat, gates, gradients[0].step.inputs[0])
        inputs, products, gone = [block], [], set()
        for value in gradients:
            gone.add(value.step)
            factor = value.step.inputs[1].step
            is_product = factor.backend is self.backend and is_product_for(factor, value.step, self.users)
            products.append(is_product)
            inputs.extend(factor.inputs if is_product else [value.step.inputs[1]])
            if is_product:
                gone.add(factor)
        fused = new_step("_GatesGrad", concat, inputs, _gradient_kernel(block, self.kinds[gates], products))
        fused.attrs = {"kinds": self.kinds[gates], "products": products}
        out = concat.outputs[0]
        out.step, fused.outputs = fused, [out]
        region.steps[region.steps.index(concat)] = fused
        region.steps = [s for s in region.steps if s not in gone]

    def _origin(self, concat: Step, gradient: Value, index: int) -> Step | None:
        """Returns the gates whose part's gradient a value is."""
        step = gradient.step
        kind = SLOPES.get(step.op_type)
        if kind is None or self.users.only(gradient) is not concat or step.guard != concat.guard:
            return None
        part = self._pushed(step.inputs[0], concat)
        gates = part.step
        if gates not in self.kinds or part.index != index + 1 or self.kinds[gates][index] != kind:
            return None
        return gates

    def _pushed(self, value: Value, concat: Step) -> Value:
        """Returns the value that was pushed onto the stack that a value comes from."""
        push = self._push(value)
        if push is None or value.step.guard != concat.guard:
            return value
        return push.inputs[1] if push.guard == push.inputs[1].step.guard else value

    def _push(self, value: Value) -> Step | None:
        if value.step.op_type != "StackPopV2":
            return None
        root = self.containers.root(value.step.inputs[0])
        writers = None if root is None else self.containers.writers(root)
        return writers[0] if writers is not None and len(writers) == 1 else None

    def _block(self, region: Region, concat: Step, gates: Step, part: Value) -> Value:
        """Returns the value of the gates' block where the gradient is: as its parts, it goes by way of a stack."""
        push = self._push(part)
        if push is None:
            return gates.outputs[0]
        stack = self.containers.root(part.step.inputs[0])
        assert stack is not None
        handle = new_list(stack, self.region_of[stack])
        block = gates.outputs[0]
        inner = self.region_of[push].steps
        inner.insert(inner.index(gates) + 1, new_step("StackPushV2", gates, [handle, block], list.append))
        inner[inner.index(gates) + 1].add_output(block.dtype, block.shape)
        pop = new_step("StackPopV2", concat, [handle], list.pop)
        region.steps.insert(region.steps.index(concat), pop)
        return pop.add_output(block.dtype, block.shape)


def _gradient_kernel(block: Value, kinds: list[str], products: list[bool]) -> Callable[..., Any]:
    """The gradient (1 - y) y or 1 - y y of each part, times what comes in: a matrix or the product of two."""
    indices = _indices(block, len(kinds))
    one = np.array(1, block.dtype.np)
    tanhs = [i for i, kind in zip(indices, kinds, strict=True) if kind == "Tanh"]
    places, at = [], 0
    for index, is_product in zip(indices, products, strict=True):
        places.append((index, at, at + 1 if is_product else None))
        at += 2 if is_product else 1
    shape: Any = block.shape
    dtype = block.dtype.np
    empty, multiply, subtract, copyto = np.empty, np.multiply, np.subtract, np.copyto

    def run(y: Any, *factors: Any) -> Any:
        result = empty(shape, dtype)
        for index, a, b in places:
            if b is None:
                copyto(result[index], factors[a])
            else:
                multiply(factors[a], factors[b], result[index])
        slope = subtract(one, y)
        multiply(slope, y, slope)
        for index in tanhs:
            part, own = slope[index], y[index]
            multiply(own, own, part)
            subtract(one, part, part)
        return multiply(slope, result, result)

    return run
