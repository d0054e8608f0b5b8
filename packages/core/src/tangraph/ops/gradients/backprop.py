"""The walk from results back to sources, operation by operation, that builds the gradient's nodes.

The order is TensorFlow's: an operation is visited once all operations between it and the results that take its outputs
have been, first come, first served. Graphs, names and random seeds depend on it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from tangraph.framework import stacks
from tangraph.framework.scopes import colocate_with, device, name_scope
from tangraph.framework.tensor import Tensor
from tangraph.ops.gradients import reach
from tangraph.ops.gradients.aggregation import aggregate, colocated
from tangraph.ops.gradients.calls import called_function, gradient_of_call, symbolic_gradient
from tangraph.ops.gradients.registry import gradient_function
from tangraph.ops.gradients.zeros import zeros_like_output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation


class Received:
    """The gradients that the outputs of operations have received: a list for each, and one value once it is summed up."""

    def __init__(self) -> None:
        self._by_op: dict[Operation, list[Any]] = {}

    def add(self, tensor: Tensor, gradient: Any) -> None:
        """Adds a gradient of a tensor; one that is summed up already (the Switch of a loop) is replaced."""
        slots = self._by_op.get(tensor.op)
        if slots is None:
            slots = self._by_op[tensor.op] = [[] for _ in tensor.op.outputs]
        index = tensor.value_index
        if isinstance(slots[index], list):
            slots[index].append(gradient)
        else:
            slots[index] = gradient

    def of(self, op: Operation) -> list[Any]:
        """Returns what each output has received, to be changed in place."""
        return self._by_op.get(op) or [[] for _ in op.outputs]

    def final(self, tensor: Tensor) -> tuple[Any, bool]:
        """Returns the gradient of a tensor whose operation was visited, and whether anything has reached that operation."""
        slots = self._by_op.get(tensor.op)
        return (None, False) if slots is None else (slots[tensor.value_index], True)

    def any_for(self, op: Operation) -> bool:
        """Says whether some output has a gradient that is not None."""
        slots = self._by_op.get(op)
        return bool(slots) and any(
            gradient is not None and (not isinstance(gradient, list) or any(g is not None for g in gradient))
            for gradient in slots or ()
        )


class Backprop:
    """One call of `tf.gradients`.

    Args:
      ys: the results.
      xs: the sources.
      stops: the operations of the tensors taken for constant.
      colocate: whether new nodes are placed with the operations that they are the gradients of.
      gate: whether the gradients of one operation's inputs wait for each other.
      method: how several gradients of a tensor are added up.
      graph: the graph that the results are in.
    """

    def __init__(
        self,
        ys: Sequence[Tensor],
        xs: Sequence[Tensor],
        stops: Iterable[Operation],
        *,
        colocate: bool,
        gate: bool,
        method: int,
        graph: Graph,
    ) -> None:
        from tangraph.ops.control_flow.gradient_state import maybe_create_control_flow_state

        self._colocate, self._gate, self._method = colocate, gate, method
        self._result_ops = [t.op for t in ys]
        self._source_ops = [t.op for t in xs]
        self._graph = graph
        self._near = near = reach.Neighbours(graph, xs)
        self._reached = reach.reached_from(self._source_ops, near)
        between = reach.between(self._result_ops, self._reached, near)
        # The state of loops may add exits that nothing has used to what lies between.
        self._loops: Any = maybe_create_control_flow_state(between, set(between), colocate)
        self._pending = reach.pending_counts(between, near)
        self._stops = reach.stop_ops(self._source_ops, stops, self._pending, near)
        self._queue: deque[Operation] = deque()
        self.received = Received()

    def run(self, ys: Sequence[Tensor], initial: Sequence[Any]) -> None:
        """Builds the nodes; afterwards `received` holds the gradients of the sources."""
        for y, gradient in zip(ys, initial, strict=True):
            self.received.add(y, gradient)
        ready = [op for op in dict.fromkeys(self._result_ops) if self._pending[op] == 0 and op in self._reached]
        self._queue.extend(ready)
        if self._loops is not None:
            for tensor in self._loops.ProcessUnusedLoopExits(self._pending, set(ready)):
                if reach.is_trainable(tensor):
                    self.received.add(tensor, self._loops.ZerosLikeForExit(tensor))
                    self._queue.append(tensor.op)
        while self._queue:
            op = self._queue.popleft()
            with colocated(op, self._colocate):
                self._visit(op)
            self._release_inputs(op)

    def finish(self) -> None:
        """Closes the loops that no gradient has closed."""
        if self._loops is not None:
            self._loops.PostProcessing()

    def _visit(self, op: Operation) -> None:
        loops = self._loops
        if loops is None:
            self._differentiate(op, self._summed(op))
            return
        loops.EnterGradWhileContext(op, before=True)
        gradients = self._summed(op)
        loops.ExitGradWhileContext(op, before=True)
        loops.EnterGradWhileContext(op, before=False)
        self._differentiate(op, gradients)
        loops.ExitGradWhileContext(op, before=False)

    def _summed(self, op: Operation) -> list[Any]:
        gradients = self.received.of(op)
        for index, gradient in enumerate(gradients):
            # Only the Switch of a loop is visited twice, with what the first visit has summed up.
            if isinstance(gradient, list):
                gradients[index] = aggregate(gradient, op, self._method)
        return gradients

    def _differentiate(self, op: Operation, gradients: list[Any]) -> None:
        function = None
        called = None
        if op not in self._stops and any(g is not None for g in gradients):
            called = called_function(op, self._graph)
            function = gradient_function(op) if called is None else gradient_of_call(op, called)
        self._refuse_initial_loop_value(op)
        if function is None:
            return
        self._fill_in_zeros(op, gradients, always=function is symbolic_gradient)
        with name_scope(f"{op.name}_grad"), self._graph._original_op(op):
            of_inputs = self._call(function, op, gradients)
        for index, (tensor, gradient) in enumerate(zip(self._near.inputs(op), of_inputs, strict=False)):
            if gradient is not None:
                _set_static_shape(op, index, tensor, gradient)
                self.received.add(tensor, gradient)

    def _call(self, function: Callable[..., Any], op: Operation, gradients: list[Any]) -> list[Any]:
        returned = function(op, *gradients)
        of_inputs = list(returned) if isinstance(returned, (list, tuple)) else [returned]
        if len(of_inputs) != len(op._inputs) and op.type not in {"While", "StatelessWhile"}:
            raise ValueError(
                f"Num gradients {len(of_inputs)} generated for op {op.node_def} do not match num inputs {len(op._inputs)}"
            )
        if self._gate and sum(g is not None for g in of_inputs) > 1:
            from tangraph.ops.control_flow.grouping import tuple_

            with device(None), colocate_with(None, ignore_existing=True):
                of_inputs = list(tuple_(of_inputs))
        return of_inputs

    def _fill_in_zeros(self, op: Operation, gradients: list[Any], *, always: bool) -> None:
        """Replaces missing gradients: nothing depends on that output, so that its gradient is zero."""
        for index, gradient in enumerate(gradients):
            if gradient is None and (always or reach.is_trainable(op.outputs[index])):
                make = zeros_like_output if self._loops is None else self._loops.ZerosLike
                gradients[index] = make(op, index)

    def _refuse_initial_loop_value(self, op: Operation) -> None:
        """Raises ValueError when the walk leaves a loop body that it started in through one of the loop's variables."""
        context = op._control_flow_context
        if (
            context is None
            or op.type not in {"Switch", "RefSwitch"}
            or not context.IsWhileContext()
            or context is not stacks.get_default_graph()._get_control_flow_context()
        ):
            return
        sources = set(self._source_ops)
        seen: set[Operation] = set()
        todo = deque([op])
        while todo:
            behind = todo.popleft()
            if behind in seen:
                continue
            seen.add(behind)
            if behind in sources:
                raise ValueError(
                    f"Cannot compute gradient inside while loop with respect to op '{behind.name}'. We do not support "
                    "taking the gradient wrt or through the initial value of a loop variable. Gradients can be computed "
                    "through loop invariants or wrt the input parameters to the loop body."
                )
            todo.extend(t.op for t in self._near.inputs(behind))

    def _release_inputs(self, op: Operation) -> None:
        """Counts a visited operation off those that its inputs wait for, and queues the ones that are ready."""
        pending = self._pending
        if self._loops is None:
            for tensor in self._near.inputs(op):
                source = tensor.op
                pending[source] -= 1
                if pending[source] == 0:
                    self._queue.append(source)
            return
        from tangraph.ops.control_flow.util import is_loop_exit, is_loop_switch

        for tensor in self._near.inputs(op):
            source = tensor.op
            pending[source] -= 1
            if pending[source] == 0 or (pending[source] > 0 and is_loop_switch(source)):
                if is_loop_exit(source):
                    self._release_exit(tensor)
                else:
                    self._queue.append(source)

    def _release_exit(self, tensor: Tensor) -> None:
        """Defers an exit until all exits of its loop are ready; those without a gradient then get zeros."""
        state = self._loops.GetGradState(tensor.op, before=False)
        state.deferred_exits.append(tensor)
        state.pending_exits_count -= 1
        if state.pending_exits_count:
            return
        found = False
        for deferred in state.deferred_exits:
            if self.received.any_for(deferred.op):
                found = True
                self._queue.append(deferred.op)
            else:
                state.unused_exits.append(deferred)
        for unused in state.unused_exits:
            if found and reach.is_trainable(unused):
                self.received.add(unused, self._loops.ZerosLikeForExit(unused))
            self._queue.append(unused.op)


def _set_static_shape(op: Operation, index: int, tensor: Tensor, gradient: Any) -> None:
    from tangraph.framework import dtypes

    if not isinstance(gradient, Tensor) or tensor.dtype is dtypes.resource:
        return
    try:
        gradient.set_shape(tensor.shape)
    except ValueError:
        raise ValueError(
            "Incompatible shapes between op input and calculated input gradient.  "
            f"Forward operation: {op.name}.  Input index: {index}. Original input shape: {tensor.shape}.  "
            f"Calculated input gradient shape: {gradient.shape}"
        ) from None
