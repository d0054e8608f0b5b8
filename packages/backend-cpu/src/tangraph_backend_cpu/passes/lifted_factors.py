"""What a loop computes of its stacks alone is computed for all iterations at once, before the loop.

The gradient of a recurrent network runs backwards over values that the forward loop has pushed onto stacks. Slopes of
activations, and their products with other such values, depend on nothing that goes round the loop: on the small matrices of
such networks, one call of NumPy for all iterations is cheaper than one in each. What remains in the loop is a product.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from tangraph.framework import dtypes, raw_shape
from tangraph.plan.containers import Containers
from tangraph_backend_cpu.passes.editing import Users, is_product_for, new_step, regions, tidy_loops

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.ir import Loop, Program, Region, Step, Value

#: Larger matrices stay in the loop: there they are in the cache, and the calls do not count.
MAX_BYTES: Final = 1 << 14
#: Gradients of y = f(x) that are a slope of y alone, times the gradient of y.
SLOPES: Final = {"SigmoidGrad": "Sigmoid", "TanhGrad": "Tanh"}


class _Factor(NamedTuple):
    """A factor of which all iterations' values are known before the loop.

    Attributes:
      stacks: the handles of the stacks that it is made of.
      formula: takes an array of [iterations, ...] for each, of which it may write to the first; gives one more.
    """

    stacks: list[Value]
    formula: Callable[..., Any]


def slope(kind: str, y: Any, one: Any, out: Any) -> Any:
    """Writes the slope of an activation at the point where it has the value `y`; `out` may not be `y`."""
    if kind == "Tanh":
        np.multiply(y, y, out)
        return np.subtract(one, out, out)
    np.subtract(one, y, out)
    return np.multiply(out, y, out)


def lift_factors(program: Program, backend: Any) -> None:
    """Takes the slopes of activations, and what they are multiplied with, out of loops."""
    containers, pops = None, Counter[Any]()
    for region, _ in list(regions(program)):
        for step in list(region.steps):
            if step.loop is None or not any(
                s.op_type in SLOPES or s.op_type == "_GatesGrad" for s in step.loop.region.steps
            ):
                continue
            if containers is None:
                containers = Containers(program.region)
                pops.update(containers.root(s.inputs[0]) for s in program.region.walk() if s.op_type == "StackPopV2")
            _Lifting(program, backend, containers, pops, region, step).run()
    if containers is not None:
        tidy_loops(program)


class _Lifting:
    """The factors of one loop."""

    def __init__(
        self, program: Program, backend: Any, containers: Containers, pops: Counter[Any], region: Region, step: Step
    ) -> None:
        assert step.loop is not None
        self.users = Users(program)
        self.backend = backend
        self.containers, self.pops = containers, pops
        self.region, self.step = region, step
        self.loop: Loop = step.loop
        self.members = set(self.loop.region.walk())
        self.guard = ((self.loop.condition, True),)
        self.ready = set(region.steps[: region.steps.index(step)])
        self.lifted = False

    def run(self) -> None:
        """Lifts what can be lifted."""
        steps = self.loop.region.steps
        for step in list(steps):
            if step.backend is self.backend and step.guard == self.guard:
                if step.op_type in SLOPES:
                    self._visit_slope(step)
                elif step.op_type == "_GatesGrad":
                    self._visit_gates(step)
        if self.lifted:
            taken = {v for s in self.loop.region.walk() for v in s.inputs} | set(self.loop.nexts)
            self.loop.region.steps = [
                s for s in steps if self._stack_of(s.outputs[0] if s.outputs else None) is None or s.outputs[0] in taken
            ]

    def _stack_of(self, value: Value | None) -> Value | None:
        """Returns the stack that a small value comes from, if all of its values are there before the loop."""
        if value is None or value.step.op_type != "StackPopV2" or value.step.guard != self.guard:
            return None
        size = raw_shape.num_elements(value.shape)
        if not value.shape or size is None or value.dtype.np not in (np.float32, np.float64):
            return None
        if size * value.dtype.np.itemsize > MAX_BYTES:
            return None
        root = self.containers.root(value.step.inputs[0])
        if root not in self.ready or self.pops[root] != 1:
            return None
        pushes = self.containers.writers(root)
        return root.outputs[0] if pushes and self.members.isdisjoint(pushes) else None

    def _pushed(self, popped: Value) -> Value:
        """Returns what the forward loop pushed onto a stack; the popped value where there are several such places."""
        root = self.containers.root(popped.step.inputs[0])
        pushes = [] if root is None else self.containers.writers(root) or []
        return pushes[0].inputs[1] if len(pushes) == 1 else popped

    def _lift(self, factor: _Factor, like: Step, of: Value) -> Value:
        """Returns the factor's value in an iteration; it has the shape of `of`."""
        formula = factor.formula

        def run(*stacks: list[Any]) -> list[Any]:
            if not stacks[0]:
                return []
            return list(formula(*[np.concatenate(s).reshape(len(s), *s[0].shape) for s in stacks]))

        made = new_step("_LiftedFactor", self.step, factor.stacks, run)
        made.guard, made.origin = self.step.guard, like.origin
        handle = made.add_output(dtypes.resource, ())
        self.region.steps.insert(self.region.steps.index(self.step), made)
        pop = new_step("StackPopV2", like, [handle], list.pop)
        steps = self.loop.region.steps
        steps.insert(steps.index(like), pop)
        self.lifted = True
        return pop.add_output(of.dtype, of.shape)

    def _visit_slope(self, step: Step) -> None:
        """Makes f'(y) dy, or f'(y) (a b) of which b comes off a stack too, a product of two."""
        y, incoming = step.inputs
        stack = self._stack_of(y)
        if stack is None or incoming.shape != y.shape:
            return
        kind, one = SLOPES[step.op_type], y.dtype.np.type(1)
        stacks = [stack]
        inner = incoming.step
        if is_product_for(inner, step, self.users):
            for factor, rest in (inner.inputs, inner.inputs[::-1]):
                other = self._stack_of(factor)
                if other is not None:
                    stacks.append(other)
                    incoming = rest
                    self.loop.region.steps.remove(inner)
                    break

        def formula(y: Any, factor: Any = None) -> Any:
            result = slope(kind, y, one, np.empty_like(y))
            return result if factor is None else np.multiply(result, factor, result)

        lifted = self._lift(_Factor(stacks, formula), step, y)
        self._replace(step, [incoming, lifted], np.multiply)

    def _visit_gates(self, step: Step) -> None:
        """Makes the gradient of gates a product of what goes round the loop with one factor."""
        block, *inputs = step.inputs
        stack = self._stack_of(block)
        if stack is None:
            return
        kinds, stacks, carried = step.attrs["kinds"], [stack], []
        gates = self._pushed(block)
        # For each part: the stack of a factor, or which part of the gates it is (as -1, -2, ...), or None.
        lifted: list[int | None] = []
        at = 0
        for is_product in step.attrs["products"]:
            a, b = inputs[at], inputs[at + 1] if is_product else None
            at += 2 if is_product else 1
            found = None if b is None else next((p for p in ((a, b), (b, a)) if self._stack_of(p[1]) is not None), None)
            if found is None:
                lifted.append(None)
                carried.append([a] if b is None else [a, b])
            else:
                carried.append([found[0]])
                source = self._pushed(found[1])
                if source.step is gates.step:
                    lifted.append(-source.index)
                else:
                    lifted.append(len(stacks))
                    stacks.append(self._stack_of(found[1]))  # type: ignore[arg-type]
        factor = _Factor(stacks, _gates_formula(block, kinds, lifted))
        value = self._lift(factor, step, block)
        self._replace(
            step, [value, *[v for values in carried for v in values]], _gates_kernel([len(c) for c in carried])
        )

    def _replace(self, step: Step, inputs: list[Value], kernel: Callable[..., Any]) -> None:
        made = new_step("_Factored", step, inputs, kernel)
        out = step.outputs[0]
        out.step, made.outputs = made, [out]
        steps = self.loop.region.steps
        steps[steps.index(step)] = made


def _gates_formula(block: Value, kinds: list[str], lifted: list[int | None]) -> Callable[..., Any]:
    assert block.shape is not None
    size = (block.shape[-1] or 0) // len(kinds)
    one = block.dtype.np.type(1)
    parts = [(..., slice(i * size, (i + 1) * size)) for i in range(len(kinds))]

    def formula(y: Any, *factors: Any) -> Any:
        result = slope("Sigmoid", y, one, np.empty_like(y))
        for part, kind, place in zip(parts, kinds, lifted, strict=True):
            if kind == "Tanh":
                slope(kind, y[part], one, result[part])
            if place is not None:
                factor = factors[place - 1] if place > 0 else y[parts[-place - 1]]
                np.multiply(result[part], factor, result[part])
        return result

    return formula


def _gates_kernel(counts: list[int]) -> Callable[..., Any]:
    """The kernel that puts the parts' gradients side by side and multiplies them with the factor."""
    concatenate, multiply = np.concatenate, np.multiply
    if all(count == 1 for count in counts):

        def run(factor: Any, *parts: Any) -> Any:
            whole = concatenate(parts, 1)
            return multiply(whole, factor, whole)

        return run

    def run_products(factor: Any, *given: Any) -> Any:
        values = iter(given)
        parts = [next(values) if count == 1 else multiply(next(values), next(values)) for count in counts]
        whole = concatenate(parts, 1)
        return multiply(whole, factor, whole)

    return run_products
