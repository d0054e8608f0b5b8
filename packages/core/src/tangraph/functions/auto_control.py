"""Control edges that make the body of a function run in the order in which it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import dtypes, stacks
from tangraph.framework.indexed_slices import IndexedSlices
from tangraph.framework.sparse_tensor import SparseTensor
from tangraph.ops.array.identity import identity
from tangraph.ops.control_flow.switching import merge
from tangraph.ops.control_flow.tensor_array import TensorArray, build_ta_with_new_flow
from tangraph.ops.control_flow.util import is_in_while_loop

if TYPE_CHECKING:
    from typing import Self

    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

#: Stateful ops that need not run in the order of the program.
_UNORDERED: Final = frozenset(
    {
        "CollectiveGather",
        "CollectiveReduce",
        "CollectiveBcastSend",
        "CollectiveBcastRecv",
        "NcclAllReduce",
        "RandomUniform",
        "RandomUniformInt",
        "RandomStandardNormal",
        "ParameterizedTruncatedNormal",
        "TruncatedNormal",
        "RandomShuffle",
        "Multinomial",
        "RandomGamma",
        "RandomGammaGrad",
        "RandomPoisson",
        "RandomPoissonV2",
    }
)


def has_effects(op: Operation) -> bool:
    """Says whether an operation is stateful in a way that the order of the program matters to."""
    return op._is_stateful and op.type not in _UNORDERED


class AutomaticControlDependencies:
    """A block after which all stateful operations made in it run with its results, those on one resource in order.

    Attributes:
      ops_which_must_run: what has to run whenever the function is called.
    """

    def __init__(self) -> None:
        self.ops_which_must_run: dict[Operation, None] = {}
        self._returned: dict[Tensor, None] = {}
        self._graph: Graph | None = None
        self._first = 0
        self._last_user: dict[Tensor | None, Operation] = {}
        self._merges: dict[Tensor, Operation] = {}
        self._must_run: dict[Operation, None] = {}

    def mark_as_return(self, value: Any) -> Any:
        """Returns a copy of a result, made to wait for everything that must run."""
        if isinstance(value, (IndexedSlices, SparseTensor)):
            values, indices = self._copy(value.values), self._copy(value.indices)
            if isinstance(value, IndexedSlices):
                return IndexedSlices(values, indices, dense_shape=value.dense_shape)
            return SparseTensor(indices, values, dense_shape=value.dense_shape)
        if isinstance(value, TensorArray):
            return build_ta_with_new_flow(value, self._copy(value.flow))
        return self._copy(value)

    def _copy(self, tensor: Any) -> Tensor:
        copied: Tensor = identity(tensor)
        self._returned[copied] = None
        return copied

    def __enter__(self) -> Self:
        self._graph = stacks.get_default_graph()
        self._graph._add_control_dependencies = True
        self._first = len(self._graph._ops)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        assert self._graph is not None
        outer = getattr(self._graph, "outer_graph", None)
        self._graph._add_control_dependencies = outer is not None and outer._add_control_dependencies
        if error is not None:
            return
        if self._graph is not stacks.get_default_graph():
            raise RuntimeError("Graph changed while trying to add control dependencies.")
        for op in self._graph._ops[self._first :]:
            if not is_in_while_loop(op):
                self._order(op)
        self.ops_which_must_run.update(self._must_run)
        for tensor in self._returned:
            context = tensor.op._control_flow_context
            waited_for = [op for op in self.ops_which_must_run if op._control_flow_context is context]
            if waited_for:
                tensor.op._add_control_inputs(waited_for)

    def _order(self, op: Operation) -> None:
        if has_effects(op) or op.graph._is_function(op.type):
            self._must_run[op] = None
        if op.type == "Switch" and op._inputs[0].dtype is dtypes.resource:
            return
        if op.type == "Merge":
            self._close_conditional(op)
            return
        controls: dict[Operation, None] = {}
        resources = dict.fromkeys(t for t in op._inputs if t.dtype is dtypes.resource)
        for resource in resources:
            if resource.op.type == "Switch":
                self._merge_switch(resource.op)
            last = self._last_user.get(resource)
            if last is not None:
                controls[last] = None
            if resource in self._merges:
                self._merges[resource]._add_control_input(op)
            self._last_user[resource] = op
        if has_effects(op) and not resources and op._control_flow_context is None:
            if None in self._last_user:
                op._add_control_input(self._last_user[None])
            self._last_user[None] = op
        context = op._control_flow_context
        found = [c for c in controls if c._control_flow_context is context]
        if found:
            op._add_control_inputs(found)

    def _close_conditional(self, merge_op: Operation) -> None:
        """A Merge runs what its branches must run, and is what must run from there on."""
        for op in self._must_run:
            merge_op._add_control_input(op)
            for tensor in op._inputs:
                if tensor in self._last_user:
                    self._last_user[tensor] = merge_op
        self._must_run = {merge_op: None}

    def _merge_switch(self, switch: Operation) -> None:
        """What uses a resource in the branches of a conditional stands between two users outside."""
        resource = switch._inputs[0]
        if resource.dtype is dtypes.resource and resource.op.type == "Switch":
            self._merge_switch(resource.op)
        if switch.outputs[0] in self._merges:
            return
        joined = merge(switch.outputs, name="artificial_merge")[0].op
        # The gradient of a conditional makes Switches of its own, outside of all contexts.
        context = switch._control_flow_context
        joined._control_flow_context = None if context is None else context.outer_context
        self._must_run[joined] = None
        if resource in self._last_user:
            switch._add_control_input(self._last_user[resource])
        self._last_user[resource] = joined
        if resource in self._merges:
            self._merges[resource]._add_control_input(joined)
        for output in switch.outputs:
            self._merges[output] = joined
