"""Stage 1b: calls of functions become the steps of their bodies.

The steps of a body are those that a session would run for its results, and whatever has effects. They carry the call's
name in front of their own, so that errors name both and each call has its own random counters. `If`, `Case` and `While`
become Switch, Merge and the frames of loops (`tangraph.plan.branches`), which the next stage lowers as any others. A
function that calls itself stays a call, of a plan of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import errors
from tangraph.functions.library import find_function
from tangraph.plan.effects import VARIABLES
from tangraph.plan.ir import Step, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor
    from tangraph.plan.ir import Program

_CALLS: Final = frozenset({"PartitionedCall", "StatefulPartitionedCall", "RemoteCall"})
_BRANCHES: Final = frozenset({"If", "StatelessIf", "Case"})
_LOOPS: Final = frozenset({"While", "StatelessWhile"})
FUNCTIONAL: Final = _CALLS | _BRANCHES | _LOOPS | {"SymbolicGradient", "For"}
#: Steps that bodies may become; a longer chain of calls is left to run as calls.
MAX_STEPS: Final = 200_000
_CONTROL_FLOW: Final = frozenset({"Switch", "RefSwitch", "Enter", "RefEnter"})


@dataclass(slots=True)
class Body:
    """The steps of one call of a function.

    Attributes:
      outputs: the values of its results.
      extra: the values of other tensors of the body that were asked for.
      effects: the steps that run for their effect.
    """

    outputs: list[Value]
    extra: list[Value]
    effects: list[Step]


def is_call(step: Step) -> bool:
    """Says whether a step is a call of a function, or made of some."""
    if step.op_type in FUNCTIONAL:
        return True
    return step.origin is not None and find_function(step.origin.graph, step.op_type) is not None


def expand_calls(program: Program) -> None:
    """Replaces the calls of a program by what they call.

    Raises:
      NotFoundError: a function is not in the graph's library.
    """
    if not program.graph._functions or not any(is_call(step) for step in program.region.steps):
        return
    expansion = Expansion(program.region.steps)
    program.region.steps = expansion.run()
    for place, step in enumerate(program.region.steps):
        step.order = place
    program.substitute(expansion.results)


class Expansion:
    """The steps while calls are replaced.

    Attributes:
      results: the value of a call -> the value inside of the body that it is.
    """

    def __init__(self, steps: list[Step]) -> None:
        self._source = steps
        self._made: list[Step] = []
        self._count = 0
        self._chains: dict[Step, tuple[str, ...]] = {}
        self.results: dict[Value, Value] = {}
        # Without control flow a step needs nobody to tell it whether it runs.
        self._guarded = any(step.op_type in _CONTROL_FLOW for step in steps)

    def run(self) -> list[Step]:
        """Returns the steps of the program, with those of bodies where their calls were."""
        todo = list(reversed(self._source))
        while todo:
            step = todo.pop()
            before = len(self._made)
            if not is_call(step) or not self._expand(step):
                self._made.append(step)
                continue
            added = self._made[before:]
            del self._made[before:]
            todo.extend(reversed([*added, step]))
        return self._made

    def _expand(self, step: Step) -> bool:
        """Adds the steps that a call becomes, and makes the call itself one that waits for them; False to leave it."""
        from tangraph.plan import branches

        if len(self._made) > MAX_STEPS:
            return self._leave(step)
        if step.op_type in _BRANCHES:
            branches.expand_branches(self, step)
        elif step.op_type in _LOOPS:
            branches.expand_while(self, step)
        elif step.op_type == "For":
            branches.expand_for(self, step)
        elif step.op_type == "SymbolicGradient":
            self._expand_gradient(step)
        else:
            function = self.find(step, step.attrs["f"] if step.op_type in _CALLS else step.op_type)
            if function.name in self._chains.get(step, ()):
                return self._leave(step)
            inputs = step.inputs[1:] if step.op_type == "RemoteCall" else step.inputs
            body = self.body(step, function, inputs, self.entry(step))
            self.finish(step, body.outputs, [*body.effects, *(v.step for v in body.outputs)])
        return True

    def _expand_gradient(self, step: Step) -> None:
        """The gradient of a function runs the function once more, and then backwards."""
        from tangraph.functions.symbolic import backward_of

        function = self.find(step, step.attrs["f"])
        entry = self.entry(step)
        if function.grad_func is not None:
            body = self.body(step, function.grad_func, step.inputs, entry)
        else:
            backward, captured = backward_of(function)
            count = len(function.inputs)
            forward = self.body(step, function, step.inputs[:count], entry, extra=captured)
            body = self.body(step, backward, [*step.inputs[count:], *forward.extra], entry, "gradient/")
            body.effects = [*forward.effects, *body.effects]
        self.finish(step, body.outputs, [*body.effects, *(v.step for v in body.outputs)])

    @staticmethod
    def find(step: Step, reference: Any) -> Any:
        """Returns the function that an attr of a step names.

        Raises:
          NotFoundError: there is none.
        """
        name = reference if isinstance(reference, str) else reference.name
        function = find_function(graph_of(step), name)
        if function is None:
            raise errors.NotFoundError(
                None if step.origin is None else step.origin.node_def,
                step.origin,
                f"Function {name} is not defined.\n\t [[node {step.label}]]",
            )
        return function

    def _leave(self, step: Step) -> bool:
        """A function that calls itself: it is called when the step runs."""
        if step.op_type in _CALLS or step.op_type not in FUNCTIONAL:
            name = step.attrs["f"].name if step.op_type in _CALLS else step.op_type
            step.attrs = {**step.attrs, "_function": name, "_skip": int(step.op_type == "RemoteCall")}
            step.op_type = "_Call"
            return False
        raise errors.ResourceExhaustedError(
            None,
            None,
            f"The functions that node {step.label} calls call each other without end.",
        )

    # -- what branches and loops are built with ------------------------------------------------------------------

    def entry(self, step: Step) -> list[Step]:
        """Returns steps that run whenever a call does: what has no inputs in its body waits for them."""
        controls = list(step.controls)
        if not self._guarded and step not in self._chains:
            return controls
        values = [value for value in step.inputs if not value.dtype.is_ref]
        return controls + [self.add(step, "Identity", [value], [(value.dtype, value.shape)]) for value in values]

    def add(
        self,
        call: Step,
        op_type: str,
        inputs: Sequence[Value],
        outputs: Sequence[tuple[Any, Any]],
        controls: Sequence[Step] = (),
        attrs: dict[str, Any] | None = None,
    ) -> Step:
        """Adds a step of the plan's own.

        Args:
          call: the call that it belongs to.
          op_type: its type.
          inputs: its inputs.
          outputs: the (type, shape) of each output.
          controls: what it waits for.
          attrs: its attrs.
        """
        step = Step(op_type, None, attrs or {}, call.origin, call.order)
        step.scope, step.device = call.scope, call.device
        step.inputs, step.controls = list(inputs), list(controls)
        for dtype, shape in outputs:
            step.add_output(dtype.base, shape)
        self._made.append(step)
        if op_type in _CONTROL_FLOW:
            self._guarded = True
        return step

    def body(
        self,
        call: Step,
        function: Any,
        inputs: Sequence[Value],
        entry: Sequence[Step],
        name: str = "",
        extra: Sequence[Tensor] = (),
    ) -> Body:
        """Adds the steps of a function's body.

        Args:
          call: the step that calls it.
          function: the function.
          inputs: the values of its arguments.
          entry: what steps with effects wait for.
          name: what distinguishes it from other bodies of the same step.
          extra: tensors of the body whose values are wanted, beside the results.

        Raises:
          InvalidArgumentError: the number of arguments is wrong.
        """
        if len(inputs) != len(function.inputs):
            raise errors.InvalidArgumentError(
                None if call.origin is None else call.origin.node_def,
                call.origin,
                f"Node {call.label}: function {function.name} takes {len(function.inputs)} arguments, {len(inputs)} are "
                "given.",
            )
        shared = function.attrs.get("_noinline")
        scope = f"{function.name}/" if shared else f"{call.label}/{name}"
        chain = (*self._chains.get(call, ()), function.name)
        ops, effects = needed_operations(function, extra)
        steps = {op: Step(op.type, op.op_def, op.attrs, op, call.order) for op in ops}
        values: dict[Tensor, Value] = dict(zip(function.inputs, inputs, strict=True))
        prefix = self.unique("")
        for op, step in steps.items():
            step.scope, step.device = scope, op.device or call.device
            if "frame_name" in step.attrs:  # every call has loops of its own
                step.attrs = {**step.attrs, "frame_name": prefix + step.attrs["frame_name"]}
            if is_call(step):
                self._chains[step] = chain
            for tensor in op.outputs:
                if tensor not in values:
                    values[tensor] = step.add_output(tensor.dtype, tensor.raw_shape)
        for op, step in steps.items():
            step.inputs = [values[t] for t in op._inputs]
            step.controls = [steps[c] for c in op._control_inputs if c in steps]
            if step.stateful and step.op_type not in VARIABLES:
                step.controls.extend(entry)
        self._made.extend(steps.values())
        return Body([values[t] for t in function.outputs], [values[t] for t in extra], [steps[op] for op in effects])

    def unique(self, name: str) -> str:
        """Returns a name for a frame that no other has."""
        self._count += 1
        return f"{self._count}/{name}"

    def done(self, call: Step, entry: Sequence[Step], waits_for: Sequence[Step]) -> Step:
        """Adds a step that runs once a body has run, and under the condition of its call alone."""
        return self.add(call, "_Done", [], [], waits_for, {"entry": list(entry)})

    def finish(self, call: Step, outputs: Sequence[Value], waits_for: Sequence[Step]) -> None:
        """Gives the outputs of a call their values; what waited for the call waits for other steps."""
        for mine, inside in zip(call.outputs, outputs, strict=True):
            self.results[mine] = inside
        call.op_type, call.op_def, call.attrs = "_Done", None, {"entry": list(call.controls)}
        call.outputs = []
        call.controls = list(dict.fromkeys(waits_for))


def graph_of(step: Step) -> Graph:
    """Returns the graph in whose library the functions of a step are."""
    assert step.origin is not None
    return step.origin.graph


def needed_operations(function: Any, extra: Sequence[Tensor] = ()) -> tuple[list[Operation], list[Operation]]:
    """Returns the operations of a body that run, in the order of their creation, and those that run for their effect."""
    arguments = {tensor.op for tensor in function.inputs}
    effects = list(dict.fromkeys([*function.control_outputs, *function.effect_ops]))
    needed: set[Operation] = set()
    todo = [t.op for t in (*function.outputs, *extra)] + effects
    while todo:
        op = todo.pop()
        if op in needed or op in arguments:
            continue
        needed.add(op)
        todo.extend(t.op for t in op._inputs)
        todo.extend(op._control_inputs)
    return sorted(needed, key=lambda op: op._id), [op for op in effects if op in needed]
