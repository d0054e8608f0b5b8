"""import_graph_def: the nodes of a GraphDef into the default graph."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tangraph import registry
from tangraph.export import export
from tangraph.framework import control_dependencies, dtypes, make_op, raw_shape, stacks
from tangraph.framework.attrs import normalise
from tangraph.framework.errors import NotFoundError
from tangraph.framework.node_def import from_attr_value, shape_from_proto
from tangraph.framework.operation import Operation
from tangraph.framework.protos import GraphDef
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph_interop.function_library import FunctionLibrary
from tangraph_interop.functions import inline_functions
from tangraph_interop.node_inputs import CONTROL, Node, TensorId, in_order, is_merge, parse_input, parse_nodes
from tangraph_interop.schema_text import describe, type_name, type_names
from tangraph_interop.wire import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tangraph.framework.dtypes import DType
    from tangraph.framework.graph import Graph
    from tangraph.framework.op_def import OpDef

#: The version of GraphDefs that TensorFlow 1.15 writes and reads.
VERSION: Final = 134
_SHAPES: Final = "_output_shapes"
# Ops of which old versions of TensorFlow wrote wrong shapes.
_SHAPES_MAY_DIFFER: Final = frozenset(
    {
        "Barrier",
        "BarrierIncompleteSize",
        "BarrierReadySize",
        "ConditionalAccumulator",
        "CuckooTable",
        "FIFOQueue",
        "FixedLengthRecordReader",
        "HashTable",
        "IdentityReader",
        "IndexTable",
        "LMDBReader",
        "MutableHashTable",
        "MutableHashTableOfTensors",
        "Mutex",
        "PaddingFIFOQueue",
        "PriorityQueue",
        "QueueSize",
        "RandomShuffleQueue",
        "RefEnter",
        "RefIdentity",
        "RefMerge",
        "RefNextIteration",
        "RefSwitch",
        "SparseConditionalAccumulator",
        "Stack",
        "TFRecordReader",
        "Table",
        "TextLineReader",
        "WholeFileReader",
    }
)
_MOST_OUTPUTS: Final = 2**16
_PYTHON_OPS: Final = frozenset({"PyFunc", "PyFuncStateless", "EagerPyFunc"})
_python_allowed: list[bool] = []


@contextmanager
def python_functions_allowed() -> Iterator[None]:
    """Lets graphs be imported whose nodes call Python functions (`tf.py_func`) of this process."""
    _python_allowed.append(True)
    try:
        yield
    finally:
        _python_allowed.pop()


@export("import_graph_def", "graph_util.import_graph_def")
def import_graph_def(
    graph_def: Any,
    input_map: Mapping[str, Any] | None = None,
    return_elements: Sequence[str] | None = None,
    name: str | None = None,
    op_dict: Any = None,
    producer_op_list: Any = None,
) -> list[Any] | None:
    """Adds the nodes of a GraphDef to the default graph.

    The functions of the GraphDef become functions of the graph. Calls of those whose types the calls give become nodes
    below the name of the call.

    Args:
      graph_def: a GraphDef message, of Tangraph or of the protobuf library.
      input_map: name of an input in the GraphDef ("x:0", "^op" for a control input) -> the tensor of the default graph
        to take in its place.
      return_elements: names of operations ("y") and tensors ("y:0") to return.
      name: the scope for the new nodes; "import" when None, no scope when "".
      op_dict, producer_op_list: accepted and not used.

    Returns:
      The elements that were asked for, or None when `return_elements` is None.

    Raises:
      TypeError: an argument of the wrong type.
      ValueError: the GraphDef is malformed, or a name is not in it. Nothing is added then.
      NotFoundError: it has an op type that is not known.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default() as g:
    ...     y = tf.multiply(tf.placeholder(tf.float32, name="x"), 2.0, name="y")
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     (y,) = tf.import_graph_def(g.as_graph_def(), {"x:0": tf.constant(3.0)}, return_elements=["y:0"])
    ...     y.name, float(sess.run(y))
    ('import/y:0', 6.0)
    """
    del op_dict, producer_op_list
    message = checked_graph_def(graph_def)
    inputs = _checked_input_map(input_map)
    wanted = _checked_return_elements(return_elements)
    graph = stacks.get_default_graph()
    with name_scope(name, "import", list(inputs.values())) as scope:
        inputs = _as_tensors(name, inputs)
        _check_versions(message)
        library = FunctionLibrary(graph, message)
        nodes = inline_functions(message, library.messages)
        library.check(nodes.node)
        importer = Importer(graph, scope.removesuffix("/"), nodes, inputs, library)
        with graph._lock:
            importer.run()
            try:
                library.add(nodes.node)
            except Exception:
                importer.undo()
                raise
            try:
                found = None if wanted is None else [importer.element(text) for text in wanted]
                importer.check_input_map()
            except ValueError:
                importer.undo()
                raise
        return found


def checked_graph_def(graph_def: Any) -> GraphDef:
    """Returns a GraphDef of ours for one of any kind.

    Raises:
      TypeError: it is no GraphDef.
    """
    if isinstance(graph_def, GraphDef):
        return graph_def
    descriptor = getattr(graph_def, "DESCRIPTOR", None)
    if getattr(descriptor, "name", "") != "GraphDef":
        raise TypeError("graph_def must be a GraphDef proto.")
    return GraphDef.FromString(graph_def.SerializeToString())


def _checked_input_map(input_map: Any) -> dict[str, Any]:
    if input_map is None:
        return {}
    if not isinstance(input_map, dict) or not all(isinstance(key, (str, bytes)) for key in input_map):
        raise TypeError("input_map must be a dictionary mapping strings to Tensor objects.")
    return {key.decode() if isinstance(key, bytes) else key: value for key, value in input_map.items()}


def _checked_return_elements(return_elements: Any) -> list[str] | None:
    if return_elements is None:
        return None
    elements = tuple(return_elements)
    if not all(isinstance(element, (str, bytes)) for element in elements):
        raise TypeError("return_elements must be a list of strings.")
    return [element.decode() if isinstance(element, bytes) else element for element in elements]


def _as_tensors(name: str | None, inputs: dict[str, Any]) -> dict[str, Any]:
    """Converts the values of an input map; what stands for a control input may be an operation."""

    def is_ready(key: str, value: Any) -> bool:
        return isinstance(value, Tensor) or (key.startswith("^") and isinstance(value, Operation))

    if all(is_ready(key, value) for key, value in inputs.items()):
        return inputs
    if name == "":
        raise ValueError(
            "tf.import_graph_def() requires a non-empty `name` if `input_map` contains non-Tensor values. Try calling "
            "tf.convert_to_tensor() on `input_map` values before calling tf.import_graph_def()."
        )
    with name_scope("_inputs"):
        return {k: v if is_ready(k, v) else convert_to_tensor(v) for k, v in inputs.items()}


def _check_versions(message: GraphDef) -> None:
    versions = message.versions
    if versions.min_consumer > VERSION:
        raise ValueError(
            f"GraphDef min consumer version {versions.min_consumer} above current version {VERSION} for TensorFlow "
            "1.15.5.  Please upgrade TensorFlow."
        )
    if VERSION in versions.bad_consumers:
        raise ValueError(f"GraphDef disallows consumer version {VERSION}.  Please upgrade TensorFlow.")


class Importer:
    """One import: from the nodes of a GraphDef to operations."""

    def __init__(
        self,
        graph: Graph,
        prefix: str,
        message: GraphDef,
        inputs: Mapping[str, Any],
        library: FunctionLibrary | None = None,
    ) -> None:
        self._graph = graph
        self._library = library
        self._prefix = f"{prefix}/" if prefix else ""
        self._mapped: dict[TensorId, Any] = {parse_input(key): value for key, value in inputs.items()}
        self._nodes = parse_nodes(message.node, self._mapped)
        self._names = {node.proto.name for node in self._nodes}
        self._made: dict[str, Operation] = {}
        self._used: set[TensorId] = set()
        self._loops: list[tuple[Operation, int, TensorId]] = []
        self._constant_bytes = 0
        self._first = len(graph._ops)

    def run(self) -> None:
        """Makes the operations; leaves the graph as it was when that fails."""
        graph = self._graph
        graph._check_not_finalized()
        try:
            with _without_scopes(graph):
                for node in in_order(self._nodes):
                    self._made[node.proto.name] = self._make(node)
            for merge, index, key in self._loops:
                merge._update_input(index, self._tensor(merge.name, key))
            self._enter_scopes()
        except Exception:
            self.undo()
            raise

    def made(self, name: str) -> Operation:
        """Returns the operation that a node has become."""
        return self._made[name]

    def undo(self) -> None:
        """Takes the operations out of the graph again."""
        graph = self._graph
        for op in graph._ops[self._first :]:
            del graph._by_name[op.name]
        del graph._ops[self._first :]
        graph._consumer_index.clear()
        graph._consumers_upto = 0

    # -- one node ------------------------------------------------------------------------------------------------

    def _make(self, node: Node) -> Operation:
        proto, graph = node.proto, self._graph
        op_def = self._op_def(proto)
        name = self._unique_name(proto.name)
        where = f"NodeDef: {{{{node {self._prefix}{proto.name}}}}}"
        attrs = self._attrs(op_def, proto, where)
        data = [key for key in node.inputs if key[1] != CONTROL]
        _check_counts(op_def, attrs, len(data), where)
        expected = _input_types(op_def, attrs)
        inputs, late = self._inputs(node, data)
        if len(expected) != len(data):
            raise ValueError(
                f"NodeDef expected inputs '{type_names(expected)}' do not match {len(data)} inputs specified; "
                f"{describe(op_def)}; {where}"
            )
        for index, (tensor, dtype) in enumerate(zip(inputs, expected, strict=True)):
            if tensor.dtype.base is not dtype.base or (dtype.is_ref and not tensor.dtype.is_ref):
                raise ValueError(
                    f"Input {index} of node {name} was passed {type_name(tensor.dtype)} from {tensor.name} incompatible "
                    f"with expected {type_name(dtype)}."
                )
        types = make_op._output_types(op_def, inputs, attrs)
        shapes: Any = [None, ()] if late else make_op.infer_shapes(op_def, name, inputs, attrs, len(types))
        if _SHAPES in proto.attr:
            shapes = _refined(op_def.name, name, shapes, proto.attr[_SHAPES].list.shape)
        if op_def.name in {"Const", "HostConst"}:
            _check_constant(attrs, types, name)
        op = graph.add_operation(op_def, name, inputs, attrs, types, shapes)
        graph._names_in_use.setdefault(name.lower(), 1)
        self._loops.extend((op, index, data[index]) for index in late)
        controls = dict.fromkeys(self._control(key) for key in node.inputs if key[1] == CONTROL)
        op._control_inputs = list(controls)
        op._set_device(proto.device)
        return op

    def _op_def(self, proto: Any) -> OpDef:
        if proto.op in _PYTHON_OPS and not _python_allowed:
            raise ValueError(
                f"Node '{proto.name}' calls a Python function, which a graph from outside may not. When you trust it: "
                "with tangraph_interop.import_graph.python_functions_allowed(): tf.import_graph_def(...). "
                f"Received op type: '{proto.op}'"
            )
        function = None if self._library is None else self._library.op_def(proto.op)
        if function is not None:
            return function
        try:
            return registry.op_def(proto.op)
        except NotFoundError as error:
            raise NotFoundError(None, None, f"{error.message} It is the op type of node '{proto.name}'.") from error

    def _unique_name(self, name: str) -> str:
        """The prefixed name; one that is taken gets a number, as TensorFlow's importer gives it."""
        full = unique = self._prefix + name
        count = 0
        while unique in self._graph._by_name or (count and unique.removeprefix(self._prefix) in self._names):
            count += 1
            unique = f"{full}_{count}"
        return unique

    def _attrs(self, op_def: OpDef, proto: Any, where: str) -> dict[str, Any]:
        attrs: dict[str, Any] = {}
        for key, value in proto.attr.items():
            if key == _SHAPES:
                continue
            schema = op_def.attrs.get(key)
            if schema is None:
                if not key.startswith("_"):
                    raise ValueError(
                        f"NodeDef mentions attr '{key}' not in {describe(op_def)}; {where}. (Check whether your "
                        "GraphDef-interpreting binary is up to date with your GraphDef-generating binary.)."
                    )
                attrs[key] = self._colocation(value) if key == "_class" else _hidden_attr(value)
                continue
            try:
                if schema.kind == "tensor":
                    self._count_bytes(value.tensor)
                attrs[key] = normalise(op_def.name, schema, _attr_of(value, schema.kind))
            except (TypeError, ValueError, KeyError, OverflowError, MemoryError) as error:
                raise ValueError(f"Value for attr '{key}': {error}\n\t; {where}; {describe(op_def)}") from None
        for key in op_def.attrs:
            if key not in attrs:
                if key not in op_def.defaults:
                    raise ValueError(f"NodeDef missing attr '{key}' from {describe(op_def)}; {where}")
                attrs[key] = op_def.defaults[key]
        return attrs

    def _count_bytes(self, tensor: Any) -> None:
        """Refuses constants that would take more memory than a GraphDef may: a few bytes can stand for any number."""
        sizes = [dim.size for dim in tensor.tensor_shape.dim]
        if min(sizes, default=0) >= 0:
            self._constant_bytes += math.prod(sizes) * dtypes.as_dtype(tensor.dtype).base.np.itemsize
        if self._constant_bytes > MAX_BYTES:
            raise ValueError(
                f"the constants of a GraphDef must take less than 2 GiB. Received: a tensor of shape {sizes}"
            )

    def _colocation(self, value: Any) -> list[bytes]:
        prefix = b"loc:@"
        return [
            prefix + self._new_name(group.removeprefix(prefix).decode()).encode() if group.startswith(prefix) else group
            for group in value.list.s
        ]

    def _new_name(self, name: str) -> str:
        made = self._made.get(name)
        return self._prefix + name if made is None else made.name

    # -- inputs --------------------------------------------------------------------------------------------------

    def _inputs(self, node: Node, keys: list[TensorId]) -> tuple[list[Tensor], list[int]]:
        """The tensors that a node takes, and the indices of those that a loop makes later (another stands there)."""
        late = [
            index
            for index, key in enumerate(keys)
            if is_merge(node) and key not in self._mapped and key[0] not in self._made
        ]
        found = {i: self._tensor(node.proto.name, key) for i, key in enumerate(keys) if i not in late}
        if late and not found:
            raise ValueError(f"Node '{node.proto.name}' merges nothing but what comes after it")
        stand_in = next(iter(found.values())) if late else None
        inputs: list[Any] = [found.get(i, stand_in) for i in range(len(keys))]
        return inputs, late

    def _tensor(self, node_name: str, key: TensorId) -> Tensor:
        if key in self._mapped:
            self._used.add(key)
            value: Tensor = self._mapped[key]
            return value
        outputs = self._made[key[0]].outputs
        if key[1] >= len(outputs):
            raise ValueError(
                f"Node '{node_name}': Connecting to invalid output {key[1]} of source node {key[0]} which has "
                f"{len(outputs)} outputs."
            )
        return outputs[key[1]]

    def _control(self, key: TensorId) -> Operation:
        if key in self._mapped:
            self._used.add(key)
            value = self._mapped[key]
            return value.op if isinstance(value, Tensor) else value
        return self._made[key[0]]

    # -- all nodes -----------------------------------------------------------------------------------------------

    def _enter_scopes(self) -> None:
        """Puts the new operations under the scopes that are open: devices, control dependencies, contexts."""
        graph = self._graph
        colocated = []
        made = list(self._made.values())
        for op in made:
            if "_class" in op.attrs and any(group.startswith(b"loc:@") for group in op.attrs["_class"]):
                op._set_device("")
                colocated.append(op)
            else:
                with graph.device(op.device or None) if op.device else _nothing():
                    for function in reversed(graph._device_stack):
                        if function is None:
                            break
                        function(op)
        for op in colocated:
            names = [group.removeprefix(b"loc:@").decode() for group in op.attrs["_class"]]
            others = [graph._by_name[name] for name in names if name in graph._by_name]
            op._set_device(next((other.device for other in others if other.device), ""))
        for op in made:
            if graph._control_dependencies_stack:
                op._add_control_inputs(control_dependencies.control_inputs_for(graph, op._inputs))
            if graph._uses_contexts:
                graph._enter_context(op, graph._control_flow_context)

    # -- what is returned ----------------------------------------------------------------------------------------

    def element(self, text: str) -> Operation | Tensor:
        """Returns the operation or tensor that a name of the GraphDef now is."""
        if ":" not in text:
            if text not in self._made:
                raise ValueError(f"Requested return node '{text}' not found in graph def")
            return self._made[text]
        name, _, index = text.rpartition(":")
        if not index.isdigit() or not name or ":" in name:
            raise ValueError(f"Cannot convert {text!r} to a tensor name.")
        key = (name, int(index))
        if key in self._mapped:
            self._used.add(key)
            found: Tensor = self._mapped[key]
            return found
        if name not in self._made:
            raise ValueError(f"Requested return tensor '{text}' not found in graph def")
        outputs = self._made[name].outputs
        if key[1] >= len(outputs):
            raise ValueError(f"Invalid return output {index} of node '{name}', which has {len(outputs)} output(s)")
        return outputs[key[1]]

    def check_input_map(self) -> None:
        """Raises ValueError when an input was mapped that the GraphDef does not have."""
        missing = []
        for name, index in self._mapped:
            made = self._made.get(name)
            if (name, index) not in self._used and (made is None or index >= len(made.outputs)):
                missing.append(f"{name}:{index}")
        if missing:
            raise ValueError(f"Attempted to map inputs that were not found in graph_def: [{', '.join(missing)}]")


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def _without_scopes(graph: Graph) -> Iterator[None]:
    """Takes away what would act on the nodes as they are made: `_enter_scopes` applies it when all are there."""
    names = (
        "_device_stack",
        "_colocation_stack",
        "_control_dependencies_stack",
        "_attr_scope_map",
        "_gradient_override_map",
        "_uses_contexts",
        "_container",
    )
    saved = {name: getattr(graph, name) for name in names}
    try:
        for name, value in saved.items():
            setattr(graph, name, type(value)())
        yield
    finally:
        for name, value in saved.items():
            setattr(graph, name, value)


def _attr_of(value: Any, kind: str) -> Any:
    field = value.WhichOneof("value")
    wanted = {"int": "i", "float": "f", "bool": "b", "string": "s"}.get(
        kind, "list" if kind.startswith("list(") else kind
    )
    if field != wanted:
        raise TypeError(f"AttrValue must have value with type '{kind}'. Received: {field!r}")
    if kind == "tensor" and any(dim.size < 0 for dim in value.tensor.tensor_shape.dim):
        raise ValueError(f"Shape {[dim.size for dim in value.tensor.tensor_shape.dim]} is not fully defined")
    found = from_attr_value(value)
    if kind == "float":
        return float(found)
    return found


def _hidden_attr(value: Any) -> Any:
    """An attr whose name begins with "_": nothing is known of it. Strings stay bytes."""
    if value.WhichOneof("value") == "s":
        return bytes(value.s)
    if value.WhichOneof("value") == "list" and len(value.list.s):
        return [bytes(item) for item in value.list.s]
    return from_attr_value(value)


def _refined(op_type: str, name: str, shapes: Sequence[Any], stored: Sequence[Any]) -> list[Any]:
    """Returns shapes with what the GraphDef tells of them: in loops, it alone knows."""
    if len(stored) != len(shapes):
        raise ValueError(
            f"Node '{name}' has {len(shapes)} outputs but the {_SHAPES} attribute specifies shapes for {len(stored)} outputs"
        )
    found = []
    for index, (shape, message) in enumerate(zip(shapes, stored, strict=True)):
        if any(dim.size < -1 for dim in message.dim):
            raise ValueError(f"Node '{name}': Shape {[dim.size for dim in message.dim]} is not valid")
        try:
            found.append(raw_shape.merge(shape, shape_from_proto(message)))
        except ValueError as error:
            if op_type not in _SHAPES_MAY_DIFFER:
                raise ValueError(
                    f"Node '{name}' has an {_SHAPES} attribute inconsistent with the GraphDef for output #{index}: {error}"
                ) from None
            found.append(shape)
    return found


def _check_counts(op_def: OpDef, attrs: Mapping[str, Any], inputs: int, where: str) -> None:
    """Refuses counts of inputs and outputs that no graph has, before there is a list of so many."""
    for args, most in ((op_def.inputs, inputs), (op_def.outputs, _MOST_OUTPUTS)):
        for arg in args:
            if arg.number_attr and attrs[arg.number_attr] > most:
                raise ValueError(
                    f"NodeDef expected {attrs[arg.number_attr]} of '{arg.name}', where there can be {most}; "
                    f"{describe(op_def)}; {where}"
                )


def _input_types(op_def: OpDef, attrs: Mapping[str, Any]) -> list[DType]:
    types: list[DType] = []
    for arg in op_def.inputs:
        if arg.type_list_attr:
            found = list(attrs[arg.type_list_attr])
        else:
            dtype = arg.dtype if arg.dtype is not None else attrs[arg.type_attr]
            found = [dtype] * (attrs[arg.number_attr] if arg.number_attr else 1)
        types.extend(dtype._as_ref if arg.is_ref else dtype for dtype in found)
    return types


def _check_constant(attrs: Mapping[str, Any], types: Sequence[DType], name: str) -> None:
    value = attrs["value"]
    if value.dtype != object and dtypes.as_dtype(value.dtype) is not types[0]:
        raise ValueError(
            f"Node '{name}': the value of a Const must have its dtype {type_name(types[0])}. "
            f"Received: {type_name(dtypes.as_dtype(value.dtype))}"
        )
