"""The gradient of one loop: its gradient loop, and the stacks that carry values from the forward loop into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes, stacks
from tangraph.framework.constant_value import constant_value
from tangraph.ops.array.constant import constant
from tangraph.ops.control_flow.frames import control_trigger
from tangraph.ops.control_flow.stack import stack_pop_v2, stack_push_v2, stack_v2
from tangraph.ops.control_flow.switching import switch_ref_or_tensor
from tangraph.ops.control_flow.util import loop_constant_enter, output_context

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor
    from tangraph.ops.control_flow.while_context import WhileContext


class GradLoopState:
    """The state of the gradient of one loop.

    Making it adds a counter to the forward loop, and the gradient loop with the counter that ends it.

    Attributes:
      outer_grad_state: the state of the loop around, or None.
      forward_context, forward_index: the forward loop; the NextIteration of its counter.
      grad_context, grad_index: the gradient loop; the NextIteration of its counter.
      history_map: name of a forward value -> what stands for it in the gradient loop.
      switch_map: Switch of the forward loop -> Merge of the gradient loop.
      forward_loop_exits: the Exits before the counter was added.
      unused_exits, deferred_exits: Exits without a gradient; those that wait until all others have theirs.
      pending_exits_count: how many Exits the gradient has not come to.

    Args:
      forward_context: the forward loop.
      outer_grad_state: the state of the loop around, or None.
    """

    def __init__(self, forward_context: WhileContext, outer_grad_state: GradLoopState | None) -> None:
        self.outer_grad_state = outer_grad_state
        self.history_map: dict[str, Tensor] = {}
        self.switch_map: dict[Operation, Tensor] = {}
        self.unused_exits: list[Tensor] = []
        self.deferred_exits: list[Tensor] = []
        self.forward_loop_exits = list(forward_context.loop_exits)
        self.pending_exits_count = len(forward_context.loop_exits)
        self.forward_context = forward_context
        self._forward_sync: Operation | None = None
        self._grad_sync: Operation | None = None
        outer = forward_context.outer_context if outer_grad_state is None else outer_grad_state.forward_context
        with forward_context._graph.as_default():
            if outer is not None:
                outer.Enter()
            count, self.forward_index = forward_context.AddForwardLoopCounter(outer_grad_state)
            if outer is not None:
                outer.Exit()
        if outer_grad_state is not None:
            # How often a nested loop ran is kept on a stack of the outer one.
            assert outer is not None
            outer.AddName(count.name)
            history = outer_grad_state.AddForwardAccumulator(count)
            around = outer_grad_state.grad_context
        else:
            around = outer
        if around is not None:
            around.Enter()
        self.grad_context: WhileContext = self._make_context(forward_context)
        if outer_grad_state is not None:
            count = outer_grad_state.AddBackpropAccumulatedValue(history, count)
        self.grad_index = self.grad_context.AddBackpropLoopCounter(count, outer_grad_state)
        if around is not None:
            around.Exit()

    def _make_context(self, forward: WhileContext) -> WhileContext:
        from tangraph.ops.control_flow.while_context import WhileContext

        return WhileContext(
            maximum_iterations=forward.maximum_iterations,
            parallel_iterations=forward.parallel_iterations,
            back_prop=forward.back_prop,
            swap_memory=forward.swap_memory,
            name=forward.name,
            grad_state=self,
        )

    @property
    def forward_sync(self) -> Operation:
        """A node at the end of a forward iteration, for pushes that may not happen in every one."""
        if self._forward_sync is None:
            with stacks.get_default_graph().control_dependencies(None):
                self._forward_sync = control_trigger(name="f_sync")
            self._forward_sync._set_control_flow_context(self.forward_context)
            self.forward_index.op._add_control_input(self._forward_sync)
        return self._forward_sync

    @property
    def grad_sync(self) -> Operation:
        """A node at the end of a backward iteration: pops of one iteration come before those of the next."""
        if self._grad_sync is None:
            with stacks.get_default_graph().control_dependencies(None):
                self._grad_sync = control_trigger(name="b_sync")
            self._grad_sync._set_control_flow_context(self.grad_context)
            self.grad_index.op._add_control_input(self._grad_sync)
            if self.grad_context.outer_context is not None:
                self.grad_context.outer_context.AddInnerOp(self._grad_sync)
        return self._grad_sync

    def AddForwardAccumulator(self, value: Tensor, dead_branch: bool = False) -> Tensor:
        """Keeps a value of every forward iteration on a stack.

        Args:
          value: a tensor of the forward loop.
          dead_branch: whether the value is the shape for a branch that is not taken, computed beside its context.

        Returns:
          The stack's handle.

        Raises:
          TypeError: the value is neither in the loop nor in a conditional of the loop.
        """
        graph = stacks.get_default_graph()
        current = graph._get_control_flow_context()
        with graph.control_dependencies(None):
            if current is not None:
                current.Enter()
            with graph.colocate_with(value):
                size = constant(-1, dtypes.int32)
                stack = stack_v2(max_size=size, elem_type=value.dtype.base, name="f_acc")
            if current is not None:
                current.Exit()
            entered = self.forward_context.AddValue(stack)
            push = self._push(entered, value, dead_branch)
            push.op._add_control_input(self.forward_index.op._inputs[0].op)
        return stack

    def _push(self, stack: Tensor, value: Tensor, dead_branch: bool) -> Tensor:
        """Adds the push of a value, in the value's context, before the end of the iteration."""
        context = output_context(value.op)
        inside = context is self.forward_context
        if not inside and not (context is not None and context.IsCondContext()):
            raise TypeError(f"value_ctxt is not a CondContext: {context}")
        where = context.outer_context if dead_branch and not inside else context
        where.Enter()
        push = stack_push_v2(stack, value, swap_memory=self.forward_context.swap_memory)
        where.Exit()
        if inside:
            self.forward_index.op._add_control_input(push.op)
        else:
            if dead_branch:
                push.op._set_control_flow_context(context)
            self.forward_sync._add_control_input(push.op)
        return push

    def AddBackpropAccumulatedValue(self, history_value: Tensor, value: Tensor, dead_branch: bool = False) -> Tensor:
        """Returns, in the gradient loop, what was pushed in the iteration that is undone.

        Args:
          history_value: the stack's handle.
          value: the forward tensor.
          dead_branch: as for `AddForwardAccumulator`.
        """
        branch_context = self._branch_of(value, history_value)
        with stacks.get_default_graph().control_dependencies(None):
            self.grad_context.Enter()
            if branch_context is not None:
                # What was pushed in a branch only is popped in that branch only.
                branch = 1 - branch_context.branch if dead_branch else branch_context.branch
                history_value = switch_ref_or_tensor(history_value, self._kept_predicate(branch_context))[branch]
            pop = stack_pop_v2(history_value, value.dtype.base)
            pop.set_shape(value.raw_shape)
            self.grad_context.Exit()
        if self.grad_context.parallel_iterations > 1:
            self.grad_sync._add_control_input(pop.op)
        return pop

    @staticmethod
    def _branch_of(value: Tensor, history_value: Tensor) -> Any:
        """Returns the branch between a value and its stack, or None."""
        end = history_value.op._control_flow_context
        context = value.op._control_flow_context
        while context is not None and context is not end:
            if context.IsCondContext():
                return context
            context = context.outer_context
        return None

    def _kept_predicate(self, context: Any) -> Tensor:
        state: GradLoopState | None = self
        while state is not None:
            pred = state.history_map.get(context.pred.name)
            if pred is not None:
                return pred
            state = state.outer_grad_state
        found: Tensor = context.pred
        return found

    def GetRealValue(self, value: Tensor) -> Tensor:
        """Returns what stands for a tensor of the forward loop in the gradient loop, which is entered."""
        known = self.history_map.get(value.name)
        if known is None:
            known = self.history_map[value.name] = self._real_value(value)
        return known

    def _real_value(self, value: Tensor) -> Tensor:
        current = value
        state: GradLoopState | None = self
        while True:
            assert state is not None
            op = loop_constant_enter(current)
            if op is None:
                break
            # A loop constant is not kept: its value outside is the value.
            current, state = op._inputs[0], state.outer_grad_state
            if state is None:
                return self.grad_context.AddValue(current)
        if current.op.type == "Const":
            return constant(constant_value(current), dtype=current.dtype)
        self.grad_context.Exit()
        history = state.AddForwardAccumulator(current)
        self.grad_context.Enter()
        real = state.AddBackpropAccumulatedValue(history, current)
        return real if state is self else self.grad_context.AddValue(real)
