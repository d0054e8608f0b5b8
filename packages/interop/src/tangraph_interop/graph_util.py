"""`tf.graph_util`: GraphDefs made smaller, and variables in them made constants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.operation import Operation
from tangraph.framework.protos import AttrValue, GraphDef, NodeDef
from tangraph.framework.tensor_proto import make_tensor_proto
from tangraph.util import tf_logging
from tangraph_interop.import_graph import checked_graph_def
from tangraph_interop.node_inputs import parse_input

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tangraph.framework.graph import Graph
    from tangraph.framework.tensor_shape import TensorShape

_VARIABLES = frozenset({"Variable", "VariableV2", "AutoReloadVariable", "VarHandleOp", "ReadVariableOp"})


@export("graph_util.must_run_on_cpu")
def must_run_on_cpu(node: Any, pin_variables_on_cpu: bool = False) -> bool:
    """Returns whether a node (a NodeDef or an Operation) has to be placed on a CPU."""
    if not isinstance(node, (NodeDef, Operation)):
        raise AssertionError(f"node must be a NodeDef or an Operation. Received: {type(node).__name__}")
    node_def = node.node_def if isinstance(node, Operation) else node
    if pin_variables_on_cpu and node_def.op in _VARIABLES:
        return True
    attr = {"Const": "dtype", "DynamicStitch": "T", "ParallelDynamicStitch": "T", "Cast": "SrcT"}.get(node_def.op)
    if attr is None:
        return False
    kinds = {dtypes.int32.as_datatype_enum}
    if node_def.op == "Const":
        kinds.add(dtypes.string.as_datatype_enum)
    return node_def.attr[attr].type in kinds


@export("graph_util.tensor_shape_from_node_def_name")
def tensor_shape_from_node_def_name(graph: Graph, input_name: str) -> TensorShape:
    """Returns the static shape of the tensor that an input of a NodeDef names."""
    name = input_name if ":" in input_name else f"{input_name}:0"
    return graph.get_tensor_by_name(name).get_shape()


@export("graph_util.extract_sub_graph")
def extract_sub_graph(graph_def: Any, dest_nodes: Sequence[str]) -> GraphDef:
    """Returns the part of a GraphDef that some nodes need.

    Raises:
      TypeError: an argument of the wrong type.
      AssertionError: a node is not in the graph.
    """
    try:
        graph_def = checked_graph_def(graph_def)
    except TypeError:
        raise TypeError("graph_def must be a graph_pb2.GraphDef proto.") from None
    if isinstance(dest_nodes, str):
        raise TypeError("dest_nodes must be a list.")
    nodes = {node.name: node for node in graph_def.node}
    for name in dest_nodes:
        if name not in nodes:
            raise AssertionError(f"{name} is not in graph")
    needed = set(dest_nodes)
    pending = list(dest_nodes)
    while pending:
        for text in nodes[pending.pop()].input:
            name, _ = parse_input(text)
            if name not in needed:
                if name not in nodes:
                    raise AssertionError(f"{name} is not in graph")
                needed.add(name)
                pending.append(name)
    result = GraphDef()
    result.node.extend([node for node in graph_def.node if node.name in needed])
    result.library.CopyFrom(graph_def.library)
    result.versions.CopyFrom(graph_def.versions)
    return result


@export("graph_util.remove_training_nodes")
def remove_training_nodes(input_graph: Any, protected_nodes: Iterable[str] | None = None) -> GraphDef:
    """Returns a GraphDef without nodes that only training needs: CheckNumerics, and Identity where nothing else does.

    Args:
      input_graph: the GraphDef.
      protected_nodes: names of nodes that stay.
    """
    protected = set(protected_nodes or ())
    nodes = [
        node for node in checked_graph_def(input_graph).node if node.op != "CheckNumerics" or node.name in protected
    ]
    removed = {
        node.name: node.input[0]
        for node in checked_graph_def(input_graph).node
        if node.op == "CheckNumerics" and node.name not in protected
    }
    controls = {text[1:] for node in nodes for text in node.input if text.startswith("^")}
    spliced = {
        node.name: node.input[0]
        for node in nodes
        if node.op == "Identity"
        and node.name not in protected | controls
        and not any(text.startswith("^") for text in node.input)
    }
    spliced.update(removed)
    result = GraphDef()
    for node in nodes:
        if node.name in spliced:
            continue
        kept = result.node.add()
        kept.CopyFrom(node)
        kept.ClearField("input")
        for text in node.input:
            while parse_input(text)[0] in spliced:
                text = spliced[parse_input(text)[0]]
            kept.input.append(text)
    return result


@export("graph_util.convert_variables_to_constants")
def convert_variables_to_constants(
    sess: Any,
    input_graph_def: Any,
    output_node_names: Sequence[str],
    variable_names_whitelist: Sequence[str] | None = None,
    variable_names_blacklist: Sequence[str] | None = None,
) -> GraphDef:
    """Returns the part of a GraphDef that some nodes need, with the variables' values in the session as constants.

    Args:
      sess: a session that holds the variables.
      input_graph_def: the GraphDef, such as ``sess.graph.as_graph_def()``.
      output_node_names: the nodes that have to be there.
      variable_names_whitelist: the variables to convert; all when None.
      variable_names_blacklist: the variables to leave.

    Raises:
      ValueError: a read of something that is no variable.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default() as g, tf.Session() as sess:
    ...     y = tf.multiply(tf.Variable(2.0, name="w"), 3.0, name="y")
    ...     sess.run(tf.global_variables_initializer())
    ...     frozen = tf.graph_util.convert_variables_to_constants(sess, g.as_graph_def(), ["y"])
    >>> [node.op for node in frozen.node]
    ['Const', 'Identity', 'Const', 'Mul']
    """
    inference = extract_sub_graph(input_graph_def, output_node_names)
    nodes = {node.name: node for node in inference.node}
    chosen = {}
    for node in inference.node:
        if node.op not in {"Variable", "VariableV2", "VarHandleOp"}:
            continue
        if variable_names_whitelist is not None and node.name not in variable_names_whitelist:
            continue
        if variable_names_blacklist is not None and node.name in variable_names_blacklist:
            continue
        chosen[node.name] = f"{node.name}/Read/ReadVariableOp:0" if node.op == "VarHandleOp" else f"{node.name}:0"
    values = dict(zip(chosen, sess.run(list(chosen.values())), strict=True)) if chosen else {}
    tf_logging.info("Froze %d variables.", len(values))
    identities: dict[str, Any] = {}
    for node in inference.node:
        if node.op in {"ReadVariableOp", "ResourceGather"}:
            source = parse_input(node.input[0])[0]
            passed = []
            while nodes[source].op == "Identity":
                passed.append(source)
                source = parse_input(nodes[source].input[0])[0]
            if nodes[source].op != "VarHandleOp":
                raise ValueError("Cannot find the variable that is an input to the ReadVariableOp.")
            if source in values:
                identities.update(dict.fromkeys(passed, nodes[source].attr["dtype"]))
                identities[node.name] = None
    result = GraphDef()
    for node in inference.node:
        if node.name in values:
            result.node.append(_constant(node.name, node.attr["dtype"], values[node.name]))
        elif node.name in identities and node.op == "ReadVariableOp":
            result.node.append(_renamed(node, "Identity", [node.input[0]], {"T": node.attr["dtype"]}))
        elif node.name in identities and node.op == "ResourceGather":
            result.node.extend(_gather(node))
        elif node.name in identities:
            copied = result.node.add()
            copied.CopyFrom(node)
            copied.attr["T"].CopyFrom(identities[node.name])
        else:
            result.node.append(node)
    result.library.CopyFrom(inference.library)
    tf_logging.info("Converted %d variables to const ops.", len(values))
    return result


def _constant(name: str, dtype: AttrValue, value: Any) -> NodeDef:
    node = NodeDef(name=name, op="Const")
    node.attr["dtype"].CopyFrom(dtype)
    node.attr["value"].tensor.CopyFrom(make_tensor_proto(value, dtype=dtype.type))
    return node


def _renamed(node: NodeDef, op: str, inputs: Sequence[str], attrs: dict[str, AttrValue]) -> NodeDef:
    made = NodeDef(name=node.name, op=op, input=inputs)
    for key, value in attrs.items():
        made.attr[key].CopyFrom(value)
    if "_class" in node.attr:
        made.attr["_class"].CopyFrom(node.attr["_class"])
    return made


def _gather(node: NodeDef) -> list[NodeDef]:
    if node.attr["batch_dims"].i != 0:
        raise ValueError("batch_dims != 0 is not supported by freeze_graph.")
    axis = f"{node.name}/axis"
    indices = node.attr["Tindices"]
    attrs = {"Tparams": node.attr["dtype"], "Tindices": indices, "Taxis": indices}
    return [_constant(axis, indices, 0), _renamed(node, "GatherV2", [node.input[0], node.input[1], axis], attrs)]
