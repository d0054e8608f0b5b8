"""Control-flow contexts: what `tf.cond` and `tf.while_loop` do to the operations created inside them.

While a context is entered, every new operation is shown to it (:meth:`ControlFlowContext.AddOp`); inputs that come from
outside are replaced by a Switch or Enter, made once per value. The methods keep TensorFlow's names, since optimizers and
libraries call them through ``op._get_control_flow_context()``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import stacks
from tangraph.ops.control_flow.util import output_context
from tangraph.util import nest

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor


class ControlFlowContext:
    """The inside of a branch or of a loop.

    Args:
      values_def: a ValuesDef message to read the values from, for a context that is imported.
      import_scope: the name scope under which the graph was imported.
    """

    def __init__(self, values_def: Any = None, import_scope: str | None = None) -> None:
        graph = stacks.get_default_graph()
        self._name = ""
        self._nested_contexts: list[ControlFlowContext] = []
        self._outer_context: Any = graph._get_control_flow_context()
        if self._outer_context is not None:
            self._outer_context._nested_contexts.append(self)
        self._context_stack: list[Any] = []
        # Names of the tensors that operations inside may take as they are ...
        self._values: set[str] = set()
        # ... and for those that come from outside, what they are to be replaced by.
        self._external_values: dict[str, Tensor] = {}
        if values_def is not None:
            from tangraph.ops.control_flow.context_protos import read_values

            self._values, self._external_values = read_values(values_def, import_scope)
            for name in self._values - set(self._external_values):
                graph.as_graph_element(name.partition(":")[0])._set_control_flow_context(self)

    @property
    def name(self) -> str:
        """The unique name."""
        return self._name

    @property
    def outer_context(self) -> Any:
        """The context around this one, or None."""
        return self._outer_context

    @property
    def grad_state(self) -> Any:
        """The state of the gradient that the loop belongs to; None for a forward loop."""
        raise NotImplementedError("Abstract method")

    @property
    def back_prop(self) -> bool:
        """Whether gradients flow through the loop."""
        raise NotImplementedError("Abstract method")

    def AddOp(self, op: Operation) -> None:
        """Takes in an operation that was created inside."""
        self._AddOpInternal(op)

    def _AddOpInternal(self, op: Operation) -> None:
        raise NotImplementedError("Abstract method")

    def AddValue(self, val: Tensor) -> Tensor:
        """Returns what stands inside for a tensor of outside."""
        raise NotImplementedError("Abstract method")

    def AddInnerOp(self, op: Operation) -> None:
        """Tells the contexts around this one of an operation inside."""
        if self._outer_context is not None:
            self._outer_context.AddInnerOp(op)

    def AddName(self, name: str) -> None:
        """Lets operations inside take the tensor of that name as it is."""
        self._values.add(name)

    def Enter(self) -> None:
        """Makes this the context of the operations that are created from now on."""
        graph = stacks.get_default_graph()
        self._context_stack.append(graph._get_control_flow_context())
        graph._set_control_flow_context(self)

    def Exit(self) -> None:
        """Goes back to the context before `Enter`."""
        stacks.get_default_graph()._set_control_flow_context(self._context_stack.pop())

    def EnterGradientColocation(self, op: Operation, gradient_uid: Any) -> None:
        """Told when the gradient of an operation begins to be built."""
        if self._outer_context is not None:
            self._outer_context.EnterGradientColocation(op, gradient_uid)

    def ExitGradientColocation(self, op: Operation, gradient_uid: Any) -> None:
        """Told when the gradient of an operation has been built."""
        if self._outer_context is not None:
            self._outer_context.ExitGradientColocation(op, gradient_uid)

    def ExitResult(self, result: Any) -> None:
        """Makes results known to the context around this one."""
        if self._outer_context is not None:
            for tensor in nest.flatten(result, expand_composites=True):
                self._outer_context.AddName(tensor.name)

    def GetWhileContext(self) -> Any:
        """Returns the innermost loop around, this one included, or None."""
        return None if self._outer_context is None else self._outer_context.GetWhileContext()

    def GetControlPivot(self) -> Tensor | None:
        """Returns the tensor that operations without inputs wait for."""
        return None

    def IsWhileContext(self) -> bool:
        """Whether this is the inside of a loop."""
        return False

    def IsCondContext(self) -> bool:
        """Whether this is a branch."""
        return False

    def IsXLAContext(self) -> bool:
        """Whether this is the scope of a compiler; never here."""
        return False

    def _RemoveExternalControlEdges(self, op: Operation) -> tuple[list[Operation], list[Operation]]:
        """Cuts an operation loose from control inputs outside of its loop; returns (those kept, those cut)."""
        loop = self.GetWhileContext()
        before = op.control_inputs
        if loop is None:
            return before, []
        kept = []
        for other in before:
            context = output_context(other)
            if context is not None and context.GetWhileContext() is loop:
                kept.append(other)
        if len(kept) == len(before):
            return kept, []
        op._remove_all_control_inputs()
        op._add_control_inputs(kept)
        return kept, [other for other in before if other not in kept]

    def _prevent_fetching(self, op: Operation) -> None:
        """What is inside is not to be fetched: it may not be computed at all. A result of the outermost loop is."""
        from tangraph.ops.control_flow.util import is_loop_exit

        if self._outer_context is not None or not is_loop_exit(op):
            op.graph.prevent_fetching(op)

    def to_proto(self, export_scope: str | None = None) -> Any:
        """Returns a message that describes the context, or None when it is outside of `export_scope`."""
        raise NotImplementedError("Abstract method")

    def __str__(self) -> str:
        return self.name


class XLAControlFlowContext(ControlFlowContext):
    """A context that changes nothing; for programs that mark what a compiler may take as a whole."""

    def __init__(self) -> None:
        super().__init__()
        self._name = "XLAControlFlowContext"

    def IsXLAContext(self) -> bool:
        """Whether this is the scope of a compiler."""
        return True

    def AddOp(self, op: Operation) -> None:
        """Takes in an operation that was created inside."""
        del op

    def AddValue(self, val: Tensor) -> Tensor:
        """Returns what stands inside for a tensor of outside, made on first use."""
        return val
