"""The Operation: a node of the graph."""

from __future__ import annotations

import linecache
import sys
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.export import export
from tangraph.framework.dtypes import DType
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_shape import TensorShape

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from tangraph.framework.graph import Graph
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.protos import AttrValue, NodeDef

#: How many frames of the user's program an operation remembers.
TRACEBACK_FRAMES: Final = 6
_own_files: dict[str, bool] = {}


def _is_own(filename: str) -> bool:
    own = _own_files[filename] = any(f"{sep}tangraph{tail}" in filename for sep in "/\\" for tail in ("/", "\\", "_"))
    return own


def user_frames() -> tuple[tuple[CodeType, int], ...]:
    """Returns (code, offset of the instruction) of the innermost frames outside Tangraph's own files."""
    frame: FrameType | None = sys._getframe(2)
    own = _own_files
    found: list[tuple[CodeType, int]] = []
    while frame is not None:
        code = frame.f_code
        filename = code.co_filename
        if not (own[filename] if filename in own else _is_own(filename)):
            found.append((code, frame.f_lasti))
            if len(found) == TRACEBACK_FRAMES:
                break
        frame = frame.f_back
    return tuple(found)


def _line_number(code: CodeType, offset: int) -> int:
    for start, end, line in code.co_lines():
        if start <= offset < end and line is not None:
            return line
    return code.co_firstlineno


@export("Operation")
class Operation:
    """A node of a graph: it takes tensors and produces tensors when a session runs it.

    Attributes:
      name: unique in its graph.
      graph: the graph that holds it.
      op_def: its schema.
      attrs: its attrs by name, in Tangraph's own terms (see `docs/architecture.md`); `get_attr` gives TensorFlow's.
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_control_flow_context",
        "_control_inputs",
        "_device",
        "_frames",
        "_id",
        "_inputs",
        "_original_op",
        "attrs",
        "graph",
        "name",
        "op_def",
        "outputs",
        "type",
    )

    def __init__(self, graph: Graph, op_def: OpDef, name: str, inputs: list[Tensor], attrs: dict[str, Any]) -> None:
        self.graph = graph
        self.op_def = op_def
        self.type = op_def.name
        self.name = name
        self.attrs = attrs
        self._inputs = inputs
        self._control_inputs: list[Operation] = []
        self._device = ""
        self._control_flow_context: Any = None
        self._original_op: Operation | None = None
        self._frames = user_frames()
        self.outputs: list[Tensor] = []
        self._id = 0

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """The tensors that the operation takes."""
        return tuple(self._inputs)

    @property
    def control_inputs(self) -> list[Operation]:
        """The operations that run before this one without giving it a value."""
        return list(self._control_inputs)

    @property
    def _control_outputs(self) -> list[Operation]:
        return [op for op in self.graph.get_operations() if self in op._control_inputs]

    @property
    def device(self) -> str:
        """The device that was asked for, "" when any will do."""
        return self._device

    def _set_device(self, device: Any) -> None:
        self._device = str(device.to_string()) if hasattr(device, "to_string") else str(device or "")

    @property
    def node_def(self) -> NodeDef:
        """A NodeDef message that describes the operation."""
        from tangraph.framework.node_def import to_node_def

        return to_node_def(self)

    @property
    def _node_def(self) -> NodeDef:
        return self.node_def

    @property
    def traceback(self) -> list[tuple[str, int, str, str]]:
        """The user's lines that built the operation, outermost first: (file, line, function, text)."""
        lines = []
        for code, offset in reversed(self._frames):
            number = _line_number(code, offset)
            text = linecache.getline(code.co_filename, number).strip()
            lines.append((code.co_filename, number, code.co_name, text))
        return lines

    def values(self) -> tuple[Tensor, ...]:
        """Returns the outputs."""
        return tuple(self.outputs)

    def get_attr(self, name: str) -> Any:
        """Returns an attr in TensorFlow's terms: bytes, DType, int, float, bool, TensorShapeProto, TensorProto or a list.

        Raises:
          ValueError: the operation has no such attr.
        """
        try:
            value = self.attrs[name]
        except KeyError:
            raise ValueError(f"Operation '{self.name}' has no attr named '{name}'.") from None
        return _public_attr(self.op_def.attrs[name].kind if name in self.op_def.attrs else "", value)

    def _set_attr(self, name: str, value: Any) -> None:
        from tangraph.framework.node_def import from_attr_value

        self.attrs[name] = from_attr_value(value)

    def _set_attr_with_value(self, name: str, value: Any) -> None:
        self.attrs[name] = value

    def _clear_attr(self, name: str) -> None:
        self.attrs.pop(name, None)

    def colocation_groups(self) -> list[bytes]:
        """Returns ``b"loc:@<op>"`` for each group that the operation is placed with."""
        groups = [c for c in self.attrs.get("_class", ()) if c.startswith(b"loc:@")]
        return groups or [f"loc:@{self.name}".encode()]

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Runs the operation in a session (the default one when None)."""
        from tangraph.client.session import run_in_session

        run_in_session(self, feed_dict, session)

    def _get_control_flow_context(self) -> Any:
        return self._control_flow_context

    def _set_control_flow_context(self, context: Any) -> None:
        self._control_flow_context = context

    def _update_input(self, index: int, tensor: Tensor) -> None:
        """Replaces one input; plans compiled before are not used any more."""
        if tensor.graph is not self.graph:
            raise ValueError(f"{tensor} must be from the same graph as {self}.")
        old = self._inputs[index]
        self._inputs[index] = tensor
        self.graph._input_replaced(self, old, tensor)

    def _add_control_input(self, op: Operation) -> None:
        self._add_control_inputs([op])

    def _add_control_inputs(self, ops: Any) -> None:
        for op in ops:
            if not isinstance(op, Operation):
                raise TypeError(f"op must be an Operation: {op}")
            if op not in self._control_inputs:
                self._control_inputs.append(op)
        self.graph._mutated(self)

    def _remove_all_control_inputs(self) -> None:
        self._control_inputs.clear()
        self.graph._mutated(self)

    @property
    def _is_stateful(self) -> bool:
        return self.op_def.stateful

    def __str__(self) -> str:
        return str(self.node_def)

    def __repr__(self) -> str:
        return f"<tf.Operation '{self.name}' type={self.type}>"

    def __copy__(self) -> Operation:
        return self


def _public_attr(kind: str, value: Any) -> Any:
    if isinstance(value, list) or kind.startswith("list("):
        inner = kind[5:-1] if kind.startswith("list(") else ""
        return [_public_attr(inner, v) for v in value]
    if kind == "shape":
        return TensorShape.from_raw(value).as_proto()
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, np.ndarray):
        from tangraph.framework.tensor_proto import make_tensor_proto

        return make_tensor_proto(value, dtype=None if value.dtype != object else "string")
    if isinstance(value, DType):
        return value
    return value


def attr_value(op: Operation, name: str) -> AttrValue:
    """Returns one attr of an operation as an AttrValue message."""
    from tangraph.framework.node_def import to_attr_value

    return to_attr_value(op.attrs[name], op.op_def.attrs[name].kind if name in op.op_def.attrs else "")
