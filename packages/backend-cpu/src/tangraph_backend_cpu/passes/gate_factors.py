"""What an LSTM's backward loop multiplies by is computed for all steps at once, before the loop.

The gradient of a gate is the product of what comes in, of the gate's slope and of the value that the gate was multiplied
by. Only the first of them depends on the step after; the others are known when the forward loop ends. On the small
matrices of one sequence, the calls of NumPy that this saves cost more than the numbers: a step of the loop is left with
one multiplication for each incoming gradient. The factors are multiplied in another order than in the graph, so that the
last bits of a gradient may differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from tangraph.framework import dtypes, raw_shape
from tangraph.plan.containers import Containers
from tangraph_backend_cpu.passes.editing import Users, new_step, regions

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.ir import Loop, Program, Region, Step, Value

#: Gates of more bytes are worth their calls.
MAX_BYTES: Final = 1 << 14


class _Part(NamedTuple):
    """One gate's gradient: what comes in, and the other factor: a part of the gates themselves, or what a stack holds."""

    incoming: Value
    gate: int | None
    stack: Value | None


class _Slope(NamedTuple):
    """The gradient of the state's tanh: the TanhGrad, the product before it, which gate is in it, and the tanhs."""

    gradient: Step
    product: Step
    incoming: Value
    gate: int
    stack: Value


def hoist_factors(program: Program) -> None:
    """Replaces the gradients of gates in loops."""
    from tangraph.plan.lower import outer_inputs

    changed: list[Step] = []
    for region, _ in list(regions(program)):
        for step in list(region.steps):
            if step.loop is not None:
                gradients = [s for s in step.loop.region.steps if s.op_type == "_GatesGrad"]
                changed += [s for s in gradients if _Hoist(program, region, step, s).replace()]
    if changed:
        for step in reversed(list(program.region.walk())):
            if step.loop is not None:
                step.inputs = outer_inputs(step.loop)


class _Hoist:
    """One loop with one gradient of gates."""

    def __init__(self, program: Program, region: Region, outer: Step, step: Step) -> None:
        assert outer.loop is not None
        self.program = program
        self.users, self.containers = Users(program), Containers(program.region)
        self.region, self.outer, self.step = region, outer, step
        self.loop: Loop = outer.loop
        self.body = self.loop.region
        self.block = step.inputs[0]
        self.gates: Step | None = None

    def replace(self) -> bool:
        """Does it where it can be done; says whether it was."""
        shape = self.block.shape
        if self.step.guard != ((self.loop.condition, True),) or not all(self.step.attrs["products"]):
            return False
        if not raw_shape.is_fully_defined(shape) or not self._pops(self.block):
            return False
        if (raw_shape.num_elements(shape) or 0) * self.block.dtype.np.itemsize > MAX_BYTES:
            return False
        push = self._push(self.block)
        self.gates = None if push is None else push.inputs[1].step
        if self.gates is None or self.gates.op_type != "_Gates" or not self._beside(self.block):
            return False
        parts = self._parts()
        if not parts:
            return False
        self._rewrite(parts, self._slope())
        return True

    # -- what is there -------------------------------------------------------------------------------------------------

    def _pops(self, value: Value) -> bool:
        """Whether a value is taken from a stack that was filled before the loop, one element in each iteration."""
        step = value.step
        return (
            step.op_type == "StackPopV2"
            and step in self.body.steps
            and step.guard == self.step.guard
            and step.inputs[0].step in self.region.steps
        )

    def _push(self, value: Value) -> Step | None:
        """Returns the one step that pushes what a value is popped from."""
        root = self.containers.root(value.step.inputs[0])
        writers = None if root is None else self.containers.writers(root)
        return writers[0] if writers is not None and len(writers) == 1 else None

    def _gate(self, value: Value) -> int | None:
        """Returns which of the gates a popped value is."""
        push = self._push(value)
        if push is None or push.inputs[1].step is not self.gates or push.inputs[1].index < 1:
            return None
        return push.inputs[1].index - 1

    def _beside(self, value: Value) -> bool:
        """Whether a popped value was pushed in the same iterations as the gates."""
        push = self._push(value)
        return push is not None and self.gates is not None and push.guard == self.gates.guard

    def _parts(self) -> list[_Part]:
        found = []
        for a, b in zip(self.step.inputs[1::2], self.step.inputs[2::2], strict=True):
            incoming, factor = (a, b) if self._pops(b) else (b, a)
            if not self._pops(factor) or self._pops(incoming) or not self._beside(factor):
                return []
            index = self._gate(factor)
            found.append(_Part(incoming, index, factor.step.inputs[0] if index is None else None))
        return found

    def _slope(self) -> _Slope | None:
        """Returns the gradient of the state's tanh, if the tanhs are those that a gate is multiplied by."""
        for step in self.body.steps:
            if step.op_type != "TanhGrad" or step.guard != self.step.guard or step.backend is not self.step.backend:
                continue
            tanh, product = step.inputs[0], step.inputs[1].step
            if product.op_type != "Mul" or product.guard != step.guard or self.users.only(step.inputs[1]) is not step:
                continue
            if not self._pops(tanh) or not self._beside(tanh):
                continue
            for incoming, gate in (product.inputs, product.inputs[::-1]):
                index = self._gate(gate) if self._pops(gate) and self._beside(gate) else None
                same = gate.shape == incoming.shape == tanh.shape == step.outputs[0].shape
                if index is not None and same and not self._pops(incoming) and not incoming.dtype.is_ref:
                    return _Slope(step, product, incoming, index, tanh.step.inputs[0])
        return None

    # -- what comes in its place ---------------------------------------------------------------------------------------

    def _rewrite(self, parts: list[_Part], slope: _Slope | None) -> None:
        handle, kinds = self.block.step.inputs[0], self.step.attrs["kinds"]
        pops = {v.step for v in self.step.inputs if self._pops(v)}
        stacks = [p.stack for p in parts if p.stack is not None]
        runs = _runs(parts)
        kernel = _factors(self.block, kinds, [p.gate for p in parts], runs, None if slope is None else slope.gate)
        inputs = [handle, *stacks, *([] if slope is None else [slope.stack])]
        make = new_step("_GateFactors", self.outer, inputs, kernel)
        made = [make.add_output(dtypes.resource, None) for _ in range(1 if slope is None else 2)]
        self.region.steps.insert(self.region.steps.index(self.outer), make)
        factors = self._pop(made[0], self.step, None)
        incoming = [parts[run.start].incoming for run in runs]
        fused = new_step("_GatesGrad", self.step, [factors, *incoming], _gradient(self.block, len(kinds), runs))
        self._put(self.step, fused)
        if slope is not None:
            factor = self._pop(made[1], slope.gradient, slope.gradient.outputs[0])
            product = new_step("Mul", slope.gradient, [slope.incoming, factor], np.multiply)
            product.takes_out = True
            pops |= {v.step for v in (*slope.gradient.inputs, *slope.product.inputs) if self._pops(v)}
            self._put(slope.gradient, product)
            self.body.steps.remove(slope.product)
        self._drop(pops)

    def _drop(self, pops: set[Step]) -> None:
        """Drops what is popped for nobody, and what is pushed onto stacks of which nothing is taken any more."""
        users = Users(self.program)
        unused = {pop for pop in pops if not users.of(pop.outputs[0])}
        self.body.steps = [s for s in self.body.steps if s not in unused]
        users = Users(self.program)
        for handle in [pop.inputs[0] for pop in unused]:
            others = users.of(handle)
            if len(others) == 1 and others[0].op_type == "StackPushV2" and not users.of(others[0].outputs[0]):
                gone = {others[0], handle.step}
                for region, _ in regions(self.program):
                    region.steps = [s for s in region.steps if s not in gone]

    def _pop(self, handle: Value, before: Step, like: Value | None) -> Value:
        pop = new_step("StackPopV2", before, [handle], list.pop)
        self.body.steps.insert(self.body.steps.index(before), pop)
        return pop.add_output(self.block.dtype, None if like is None else like.shape)

    def _put(self, old: Step, new: Step) -> None:
        out = old.outputs[0]
        out.step, new.outputs = new, [out]
        self.body.steps[self.body.steps.index(old)] = new


def _runs(parts: list[_Part]) -> list[slice]:
    """Returns slices of neighbouring parts into which the same comes."""
    ends = [i for i in range(1, len(parts)) if parts[i].incoming is not parts[i - 1].incoming]
    return [slice(start, end) for start, end in zip([0, *ends], [*ends, len(parts)], strict=True)]


def _factors(
    block: Value, kinds: list[str], gates_of: list[int | None], runs: list[slice], slope: int | None
) -> Callable[..., Any]:
    """Takes the lists of gates and of other values, of all steps; returns lists of the factors for each run of parts."""
    shape: Any = block.shape
    rows, count = shape[0], len(kinds)
    size = shape[1] // count
    one = np.array(1, block.dtype.np)
    tanhs = [i for i, kind in enumerate(kinds) if kind == "Tanh"]

    def run(blocks: list[Any], *lists: list[Any]) -> Any:
        steps = len(blocks)
        if not steps:
            return [] if slope is None else ([], [])
        others = iter(lists)
        gates = np.concatenate(blocks).reshape(steps, rows, count, size)
        factors = one - gates
        factors *= gates
        for i in tanhs:
            part = factors[:, :, i]
            np.multiply(gates[:, :, i], gates[:, :, i], part)
            np.subtract(one, part, part)
        for i, other in enumerate(gates_of):
            if other is None:
                factors[:, :, i] *= np.concatenate(next(others)).reshape(steps, rows, size)
            else:
                factors[:, :, i] *= gates[:, :, other]
        found = list(zip(*[factors[:, :, part] for part in runs], strict=True))
        if slope is None:
            return found
        tanh = np.concatenate(next(others)).reshape(steps, rows, size)
        tanh *= tanh
        np.subtract(one, tanh, tanh)
        tanh *= gates[:, :, slope]
        return found, list(tanh)

    return run


def _gradient(block: Value, count: int, runs: list[slice]) -> Callable[..., Any]:
    """Multiplies the factors of a step by what comes in."""
    shape: Any = block.shape
    rows, dtype = shape[0], block.dtype.np
    parts = (rows, count, shape[1] // count)
    everything = slice(None)
    places = [(everything, part) for part in runs]
    column = (rows, 1, parts[2])
    empty, multiply = np.empty, np.multiply

    def run(factors: tuple[Any, ...], *incoming: Any) -> Any:
        result = empty(parts, dtype)
        for factor, gradient, place in zip(factors, incoming, places, strict=True):
            multiply(factor, gradient.reshape(column), result[place])
        return result.reshape(shape)

    return run
