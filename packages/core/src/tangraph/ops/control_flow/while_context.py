"""The context of a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import control_dependencies, stacks
from tangraph.ops.array.identity import identity
from tangraph.ops.control_flow import backprop_loops
from tangraph.ops.control_flow.contexts import ControlFlowContext
from tangraph.ops.control_flow.frames import enter
from tangraph.ops.control_flow.util import is_loop_constant_enter, is_loop_exit, output_context, while_context_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

_SHAPE_OPS = frozenset({"Shape", "Size", "Rank"})


class WhileContext(ControlFlowContext):
    """The inside of a `tf.while_loop`, or of the loop that is its gradient.

    Args:
      maximum_iterations: a scalar tensor, or None.
      parallel_iterations: recorded on the Enter nodes.
      back_prop: whether gradients flow through the loop.
      swap_memory: recorded on the stacks of the gradient.
      name: the context's name, made unique; it names the frame.
      grad_state: the state of the gradient that the loop is part of.
      context_def: a WhileContextDef message to read everything from.
      import_scope: the name scope under which the graph was imported.

    Raises:
      ValueError: `parallel_iterations` is no positive int.
    """

    def __init__(
        self,
        maximum_iterations: Tensor | None = None,
        parallel_iterations: int = 10,
        back_prop: bool = True,
        swap_memory: bool = False,
        name: str = "while_context",
        grad_state: Any = None,
        context_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        self._grad_state = grad_state
        self._graph = stacks.get_default_graph()
        self._loop_enters: list[Tensor] = []
        self._loop_exits: list[Tensor] = []
        if context_def is not None:
            from tangraph.ops.control_flow.context_protos import read_while

            super().__init__(context_def.values_def, import_scope)
            read_while(self, context_def, import_scope)
            return
        super().__init__()
        if not isinstance(parallel_iterations, int) or parallel_iterations <= 0:
            raise ValueError(f"`parallel_iterations` must be a positive integer: {parallel_iterations}")
        self._name = self._graph.unique_name(name)
        self._maximum_iterations = maximum_iterations
        self._parallel_iterations = parallel_iterations
        self._back_prop = back_prop
        self._swap_memory = swap_memory
        # The three stages of an iteration, from which operations without inputs hang: the first loop variable before
        # the condition, the LoopCond, and the first loop variable in the body.
        self._pivot_for_pred: Any = None
        self._pivot: Any = None
        self._pivot_for_body: Any = None

    @property
    def maximum_iterations(self) -> Any:
        """A scalar tensor, or None."""
        return self._maximum_iterations

    @property
    def parallel_iterations(self) -> int:
        """What the Enter nodes record."""
        return self._parallel_iterations

    @property
    def back_prop(self) -> bool:
        """Whether gradients flow through."""
        return self._back_prop

    @property
    def swap_memory(self) -> bool:
        """What the stacks of the gradient record."""
        return self._swap_memory

    @property
    def pivot(self) -> Any:
        """The LoopCond's output."""
        return self._pivot

    @property
    def loop_enters(self) -> list[Tensor]:
        """The Enters of the loop variables."""
        return self._loop_enters

    @property
    def loop_exits(self) -> list[Tensor]:
        """The Exits of the loop variables."""
        return self._loop_exits

    @property
    def grad_state(self) -> Any:
        """The state of the gradient that the loop around belongs to, or None."""
        return self._grad_state

    def IsWhileContext(self) -> bool:
        """Whether this is the inside of a loop."""
        return True

    def GetWhileContext(self) -> WhileContext:
        """Returns this loop."""
        return self

    def GetControlPivot(self) -> Any:
        """Returns the tensor that operations without inputs wait for."""
        return self._pivot_for_pred if self._pivot_for_body is None else self._pivot_for_body

    def to_proto(self, export_scope: str | None = None) -> Any:
        """Returns a WhileContextDef message, or None when the context is outside of `export_scope`."""
        from tangraph.ops.control_flow.context_protos import write_while

        return write_while(self, export_scope)

    @staticmethod
    def from_proto(context_def: Any, import_scope: str | None = None) -> WhileContext:
        """Returns the context that a WhileContextDef message describes."""
        from tangraph.ops.control_flow.context_protos import read_nested

        context = WhileContext(context_def=context_def, import_scope=import_scope)
        read_nested(context, context_def, import_scope)
        return context

    # -- what is created inside --------------------------------------------------------------------------------------

    def AddValue(self, val: Tensor) -> Tensor:
        """Returns what stands inside for a tensor of outside, made on first use."""
        if val.name in self._values or val.op._control_flow_context is self:
            return self._external_values.get(val.name, val)
        self._values.add(val.name)
        remembered = self._remembered(val)
        if remembered is not None:
            self._external_values[val.name] = remembered
            return remembered
        result = val if self._outer_context is None else self._outer_context.AddValue(val)
        with stacks.get_default_graph().control_dependencies(None):
            entered: Tensor = enter(result, self._name, is_constant=True, parallel_iterations=self._parallel_iterations)
            entered.graph.prevent_feeding(entered)
            if self._outer_context is not None:
                self._outer_context.AddInnerOp(entered.op)
        self._FixControlInputsAndContext([entered])
        self._values.add(entered.name)
        self._external_values[val.name] = entered
        return entered

    @staticmethod
    def _remembered(val: Tensor) -> Tensor | None:
        """In a gradient loop, a value of the forward loop: it is kept on a stack, and what comes off it stands for it."""
        context = stacks.get_default_graph()._get_control_flow_context()
        loop = None if context is None else context.GetWhileContext()
        if loop is None or loop.grad_state is None:
            return None
        forward = while_context_of(val.op)
        if is_loop_exit(val.op):
            forward = forward.outer_context
            forward = None if forward is None else forward.GetWhileContext()
        if forward is not loop.grad_state.forward_context:
            return None
        result: Tensor = loop.grad_state.GetRealValue(val)
        return result

    def AddOp(self, op: Operation) -> None:
        """Takes in an operation that was created inside."""
        if op.type in _SHAPE_OPS:
            # The shape of a value of the forward loop is taken there, so that the shape is kept and not the value.
            context = stacks.get_default_graph()._get_control_flow_context()
            loop = None if context is None else context.GetWhileContext()
            if loop is not None and loop.grad_state is not None:
                source = op._inputs[0].op
                if while_context_of(source) is loop.grad_state.forward_context:
                    op._set_control_flow_context(source._control_flow_context)
                    source._control_flow_context._AddOpInternal(op)
                    return
        self._AddOpInternal(op)

    def _AddOpInternal(self, op: Operation) -> None:
        if not op._inputs:
            kept, cut = self._RemoveExternalControlEdges(op)
            if not kept:
                op._add_control_input(self.GetControlPivot().op)
        else:
            for index, tensor in enumerate(op._inputs):
                inner = self.AddValue(tensor)
                if inner is not tensor:
                    op._update_input(index, inner)
            _, cut = self._RemoveExternalControlEdges(op)
            self._MaybeAddControlDependency(op)
        self._values.update([output.name for output in op.outputs])
        if cut:
            # An operation of outside is waited for by way of a value of it that enters the loop.
            with stacks.get_default_graph().control_dependencies(None):
                self.Enter()
                waits = [identity(other.outputs[0]).op for other in cut if other.outputs]
                self.Exit()
            op._add_control_inputs(waits)
        self._prevent_fetching(op)
        if self._outer_context is not None or not is_loop_exit(op):
            for output in op.outputs:
                op.graph.prevent_feeding(output)
        if self._outer_context is not None:
            self._outer_context.AddInnerOp(op)

    def _MaybeAddControlDependency(self, op: Operation) -> None:
        """Ties an operation to the iteration when all its inputs are constants of the loop."""
        if op._control_inputs:
            return
        if op.type == "SymbolicGradient" or all(is_loop_constant_enter(t.op) for t in op._inputs):
            op._add_control_input(self.GetControlPivot().op)

    def _FixControlInputsAndContext(self, enters: Iterable[Tensor]) -> None:
        """Gives Enters, made without control inputs, those of outside that they have to wait for."""
        graph = stacks.get_default_graph()
        for entered in enters:
            op = entered.op
            wanted = control_dependencies.control_inputs_for(graph, [op._inputs[0]])
            op._set_control_flow_context(self)
            op._add_control_inputs([other for other in wanted if self._is_outside(other)])
            graph._record_op_seen_by_control_dependencies(op)

    def _is_outside(self, op: Operation) -> bool:
        """Says whether an operation stands around this loop, but not outside of the loop around."""
        context = output_context(op)
        outer = self._outer_context
        end = None if outer is None else outer.GetWhileContext()
        while outer is not context:
            if outer is None or outer is end:
                return False
            outer = outer.outer_context
        return True

    # -- the loop as a whole -----------------------------------------------------------------------------------------

    def BuildLoop(
        self,
        pred: Callable[..., Any],
        body: Callable[..., Any],
        loop_vars: Any,
        shape_invariants: Any,
        return_same_structure: bool,
    ) -> Any:
        """Builds the nodes of a loop; see `tangraph.ops.control_flow.while_loop`."""
        from tangraph.ops.control_flow.loop_building import build_loop

        return build_loop(self, pred, body, loop_vars, shape_invariants, return_same_structure)

    def AddForwardLoopCounter(self, outer_grad_state: Any) -> tuple[Tensor, Tensor]:
        """Adds a variable that counts the iterations; see `backprop_loops`."""
        return backprop_loops.add_forward_counter(self, outer_grad_state)

    def AddBackpropLoopCounter(self, count: Tensor, outer_grad_state: Any) -> Tensor:
        """Adds the variable that makes a gradient loop run `count` times; see `backprop_loops`."""
        return backprop_loops.add_backprop_counter(self, count, outer_grad_state)

    def AddBackpropAccumulator(self, op: Operation, grad: Tensor) -> Tensor:
        """Sums the gradients of a loop constant over the iterations; see `backprop_loops`."""
        return backprop_loops.add_accumulator(self, op, grad)

    def AddBackpropIndexedSlicesAccumulator(self, op: Operation, grad: Any) -> Any:
        """As above, for IndexedSlices; see `backprop_loops`."""
        return backprop_loops.add_indexed_slices_accumulator(self, op, grad)
