"""The context of one branch of a conditional."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.operation import Operation
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.control_flow.contexts import ControlFlowContext
from tangraph.ops.control_flow.switching import switch_ref_or_tensor
from tangraph.ops.control_flow.util import op_in_context
from tangraph.util import nest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.tensor import Tensor


class CondContext(ControlFlowContext):
    """One branch of a `tf.cond`.

    Args:
      pred: the predicate.
      pivot: a tensor that is computed only when the branch is taken.
      branch: 1 for the branch of a true predicate, 0 for the other.
      name: the context's name, made unique.
      context_def: a CondContextDef message to read everything from.
      import_scope: the name scope under which the graph was imported.
    """

    def __init__(
        self,
        pred: Tensor | None = None,
        pivot: Tensor | None = None,
        branch: int | None = None,
        name: str = "cond_text",
        context_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        unique = stacks.get_default_graph().unique_name(name)
        if context_def is not None:
            from tangraph.ops.control_flow.context_protos import read_cond

            super().__init__(context_def.values_def, import_scope)
            read_cond(self, context_def, import_scope)
            return
        super().__init__()
        assert pred is not None
        assert pivot is not None
        assert branch is not None
        self._name = unique
        self._pred = pred
        self._pivot = pivot
        self._branch = branch
        # The predicate is looked at outside; the pivot's own Switch stands outside too.
        self._values.update((pred.name, pivot.name))
        self._external_values[pred.name] = pred
        pivot.op._set_control_flow_context(self)

    @property
    def pred(self) -> Tensor:
        """The predicate."""
        return self._pred

    @property
    def pivot(self) -> Tensor:
        """What operations without inputs wait for."""
        return self._pivot

    @property
    def branch(self) -> int:
        """1 or 0: for which value of the predicate the branch runs."""
        return self._branch

    @property
    def grad_state(self) -> Any:
        """The state of the gradient that the loop around belongs to, or None."""
        loop = self.GetWhileContext()
        return None if loop is None else loop.grad_state

    @property
    def back_prop(self) -> bool:
        """Whether gradients flow through."""
        return False

    def GetControlPivot(self) -> Tensor:
        """Returns the tensor that operations without inputs wait for."""
        return self._pivot

    def IsCondContext(self) -> bool:
        """Whether this is a branch."""
        return True

    def to_proto(self, export_scope: str | None = None) -> Any:
        """Returns a CondContextDef message, or None when the context is outside of `export_scope`."""
        from tangraph.ops.control_flow.context_protos import write_cond

        return write_cond(self, export_scope)

    @staticmethod
    def from_proto(context_def: Any, import_scope: str | None = None) -> CondContext:
        """Returns the context that a CondContextDef message describes."""
        from tangraph.ops.control_flow.context_protos import read_nested

        context = CondContext(context_def=context_def, import_scope=import_scope)
        read_nested(context, context_def, import_scope)
        return context

    # -- what is created inside --------------------------------------------------------------------------------------

    def AddValue(self, val: Tensor) -> Tensor:
        """Returns what stands inside for a tensor of outside, made on first use."""
        if val.name in self._values:
            return self._external_values.get(val.name, val)
        self._values.add(val.name)
        result: Tensor = val
        if self._outer_context is not None:
            result = self._outer_context.AddValue(val)
            self._values.add(result.name)
            self._external_values[result.name] = result
        with stacks.get_default_graph().control_dependencies(None):
            result = switch_ref_or_tensor(result, self._pred)[self._branch]
            if self._outer_context is not None:
                self._outer_context.AddInnerOp(result.op)
        result.op.graph.prevent_fetching(result.op)
        result.op._set_control_flow_context(self)
        self._add_to_all([result.name])
        self._external_values[val.name] = result
        return result

    def _add_to_all(self, names: list[str]) -> None:
        """Marks names as known here and in every context around."""
        context: Any = self
        while context is not None:
            context._values.update(names)
            context = context._outer_context

    def _AddOpInternal(self, op: Operation) -> None:
        if not op._inputs:
            self._RemoveExternalControlEdges(op)
            if not any(op_in_context(other, self) for other in op._control_inputs):
                op._add_control_input(self._pivot.op)
        else:
            for index, tensor in enumerate(op._inputs):
                # The edge that closes a nested loop is no value of outside.
                if op.type == "Merge" and tensor.op.type == "NextIteration":
                    continue
                inner = self.AddValue(tensor)
                if inner is not tensor:
                    op._update_input(index, inner)
            self._RemoveExternalControlEdges(op)
            if op.type == "SymbolicGradient":
                op._add_control_input(self._pivot.op)
        self._add_to_all([output.name for output in op.outputs])
        self._prevent_fetching(op)
        if self._outer_context is not None:
            self._outer_context.AddInnerOp(op)

    # -- the branch as a whole ---------------------------------------------------------------------------------------

    def BuildCondBranch(self, fn: Callable[[], Any]) -> tuple[Any, Any]:
        """Runs a branch function inside the context.

        Returns:
          (what the function returned, the same as tensors of the branch; a list unless it was a list or tuple).
        """
        graph = stacks.get_default_graph()
        known = graph.get_collection(GraphKeys._SUMMARY_COLLECTION)
        original = fn()
        new = graph.get_collection(GraphKeys._SUMMARY_COLLECTION)[len(known) :]
        if new:
            from tangraph.ops.array.identity import identity, no_op

            # A summary in a branch is written when the branch runs, not with all the others.
            graph.get_collection_ref(GraphKeys._SUMMARY_COLLECTION)[:] = known
            with graph.control_dependencies(new):
                if original is None:
                    return no_op(), None
                original = nest.map_structure(identity, original, expand_composites=True)
        if original is None:
            return None, None
        result = nest.map_structure(self._BuildCondTensor, original, expand_composites=True)
        return original, result if isinstance(result, (list, tuple)) else [result]

    def _BuildCondTensor(self, value: Any) -> Tensor:
        if isinstance(value, Operation):
            from tangraph.ops.control_flow.grouping import with_dependencies

            # An operation has no value: the pivot's, once the operation is done, stands for it.
            result: Tensor = with_dependencies([value], self._pivot)
            return result
        from tangraph.ops.control_flow.tensor_array import flow_of

        return self._ProcessOutputTensor(convert_to_tensor(flow_of(value)))

    def _ProcessOutputTensor(self, val: Tensor) -> Tensor:
        """Returns the tensor of the branch for one that is returned: a value of outside goes through a Switch."""
        if val.name in self._values:
            return self._external_values.get(val.name, val)
        result: Tensor = val
        self._values.add(val.name)
        if self._outer_context is not None:
            result = self._outer_context.AddValue(val)
            self._values.add(result.name)
            self._external_values[result.name] = result
        result = switch_ref_or_tensor(result, self._pred)[self._branch]
        self._external_values[val.name] = result
        return result
