"""MetaGraphs: a graph with its collections and its Saver, as one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tangraph import registry
from tangraph.export import export
from tangraph.framework import stacks
from tangraph.framework.errors import NotFoundError
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.node_def import to_attr_value
from tangraph.framework.protos import GraphDef, SaverDef
from tangraph.util import tf_logging
from tangraph_interop.collections import read_collection, write_collection
from tangraph_interop.files import write_file
from tangraph_interop.import_graph import checked_graph_def, import_graph_def
from tangraph_interop.messages import MetaGraphDef
from tangraph_interop.node_inputs import CONTROL, parse_input
from tangraph_interop.op_list import op_list
from tangraph_interop.wire import merge_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.graph import Graph

_VERSION: Final = "1.15.5"
_UNBOUND: Final = "$unbound_inputs_"
_UNBOUND_COLLECTION: Final = "unbound_inputs"


@export("train.export_meta_graph")
def export_meta_graph(
    filename: str | None = None,
    meta_info_def: Any = None,
    graph_def: Any = None,
    saver_def: Any = None,
    collection_list: Sequence[str] | None = None,
    as_text: bool = False,
    graph: Graph | None = None,
    export_scope: str | None = None,
    clear_devices: bool = False,
    clear_extraneous_savers: bool = False,
    strip_default_attrs: bool = False,
    save_debug_info: bool = False,
    **kwargs: Any,
) -> MetaGraphDef:
    """Returns the graph with its collections as a MetaGraphDef message, and writes it to a file if asked to.

    Args:
      filename: the file; none is written when None.
      meta_info_def: what to say of the graph's origin.
      graph_def: the GraphDef; that of `graph` when None.
      saver_def: the SaverDef of the Saver that comes with it.
      collection_list: the collections to take; all when None.
      as_text: whether the file is in the text format.
      graph: the graph; the default one when None.
      export_scope: take only what is in this scope, without the scope in its name.
      clear_devices: whether the nodes lose their devices.
      clear_extraneous_savers: whether nodes and collections of other Savers are left out.
      strip_default_attrs: whether attrs that have their default are left out.
      save_debug_info: accepted and not used.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.add_to_collection("inputs", tf.placeholder(tf.float32, name="x"))
    ...     sorted(tf.train.export_meta_graph().collection_def)
    ['inputs']
    """
    del save_debug_info, kwargs
    graph = graph or stacks.get_default_graph()
    message = MetaGraphDef()
    if meta_info_def is not None:
        message.meta_info_def.MergeFrom(meta_info_def)
    message.meta_info_def.tensorflow_version = _VERSION
    message.meta_info_def.tensorflow_git_version = "unknown"
    source = graph.as_graph_def(add_shapes=True) if graph_def is None else checked_graph_def(graph_def)
    scope = export_scope.rstrip("/") if export_scope else None
    unbound: list[str] = []
    message.graph_def.MergeFrom(source if scope is None else _scoped(source, scope, unbound))
    saver_scopes = _saver_scopes(graph, saver_def) if clear_extraneous_savers else set()
    if saver_scopes:
        kept = [node for node in message.graph_def.node if node.name.partition("/")[0] not in saver_scopes]
        del message.graph_def.node[:]
        message.graph_def.node.extend(kept)
    for node in message.graph_def.node:
        if clear_devices:
            node.device = ""
        if strip_default_attrs:
            _strip_defaults(node)
    message.meta_info_def.stripped_default_attrs = strip_default_attrs
    known = _known_schemas(message.graph_def)
    message.meta_info_def.stripped_op_list.MergeFrom(op_list(known))
    for key in graph.get_all_collection_keys() if collection_list is None else collection_list:
        if clear_extraneous_savers and key == GraphKeys.SAVERS:
            if saver_def is not None:
                message.collection_def[key].bytes_list.value.append(saver_def.SerializeToString())
            continue
        written = write_collection(key, graph.get_collection(key), scope)
        if written is not None and written.WhichOneof("kind") is not None:
            message.collection_def[key].CopyFrom(written)
    if unbound:
        message.collection_def[_UNBOUND_COLLECTION].bytes_list.value.extend([name.encode() for name in unbound])
    if saver_def is not None:
        message.saver_def.MergeFrom(saver_def)
    if filename:
        write_file(filename, str(message).encode() if as_text else message.SerializeToString())
    return message


def _scoped(source: GraphDef, scope: str, unbound: list[str]) -> GraphDef:
    """The nodes of a scope, without it; what they take from outside gets a name that says so."""
    result = GraphDef()
    result.versions.CopyFrom(source.versions)
    result.library.CopyFrom(source.library)
    prefix = f"{scope}/"
    for node in source.node:
        if not node.name.startswith(prefix):
            continue
        made = result.node.add()
        made.CopyFrom(node)
        made.name = node.name.removeprefix(prefix)
        made.ClearField("input")
        for text in node.input:
            name, index = parse_input(text)
            caret = "^" if index == CONTROL else ""
            if name.startswith(prefix):
                made.input.append(caret + text.removeprefix("^").removeprefix(prefix))
                continue
            outside = f"{caret}{_UNBOUND}{text.removeprefix('^')}"
            made.input.append(outside)
            if outside not in unbound:
                unbound.append(outside)
        if "_class" in made.attr:
            groups = [g.replace(b"loc:@" + prefix.encode(), b"loc:@", 1) for g in node.attr["_class"].list.s]
            inside = [g for g, old in zip(groups, node.attr["_class"].list.s, strict=True) if g != old]
            made.attr["_class"].CopyFrom(to_attr_value(inside, "list(string)"))
            if not inside:
                del made.attr["_class"]
    return result


def _saver_scopes(graph: Graph, saver_def: Any) -> set[str]:
    """The scopes of the nodes of other Savers than the one that is exported."""
    own = saver_def.restore_op_name.partition("/")[0] if saver_def is not None else None
    scopes = {op.name.partition("/")[0] for op in graph.get_operations() if op.type == "SaveV2" and "/" in op.name}
    return scopes - {own}


def _known_schemas(graph_def: GraphDef) -> list[Any]:
    found = []
    for name in dict.fromkeys(node.op for node in graph_def.node):
        try:
            found.append(registry.op_def(name))
        except NotFoundError:
            tf_logging.debug("Op type %s has no schema.", name)
    return found


def _strip_defaults(node: Any) -> None:
    try:
        op_def = registry.op_def(node.op)
    except NotFoundError:
        return
    for key in list(node.attr):
        if key in op_def.defaults and node.attr[key] == to_attr_value(op_def.defaults[key], op_def.attrs[key].kind):
            del node.attr[key]


@export("train.import_meta_graph")
def import_meta_graph(
    meta_graph_or_file: Any, clear_devices: bool = False, import_scope: str | None = None, **kwargs: Any
) -> Any:
    """Adds the graph of a MetaGraph to the default graph, and fills its collections.

    Args:
      meta_graph_or_file: a MetaGraphDef message, or the file that holds one.
      clear_devices: whether the nodes lose their devices.
      import_scope: the scope for the nodes; none when None.
      **kwargs: `input_map` and `return_elements`, as in `tf.import_graph_def`.

    Returns:
      A Saver of the variables, or None when there are none; with `return_elements`, (Saver, those elements).

    Raises:
      OSError: the file does not exist or holds no MetaGraph.
      ValueError: the MetaGraph is malformed.
    """
    message = _checked(meta_graph_or_file)
    scope, variables, elements = _import(message, clear_devices, import_scope, kwargs)
    saver = _make_saver(message, scope, variables)
    return saver if kwargs.get("return_elements") is None else (saver, elements)


def _import(
    message: MetaGraphDef, clear_devices: bool, import_scope: str | None, options: dict[str, Any]
) -> tuple[str, dict[bytes, Any], Any]:
    unknown = set(options) - {"input_map", "return_elements"}
    if unknown:
        raise TypeError(f"import_meta_graph() got unexpected keyword arguments: {', '.join(sorted(unknown))}")
    graph = stacks.get_default_graph()
    graph_def = message.graph_def
    if clear_devices:
        copied = GraphDef()
        copied.CopyFrom(graph_def)
        for node in copied.node:
            node.device = ""
        graph_def = copied
    input_map = options.get("input_map")
    if _UNBOUND_COLLECTION in message.collection_def:
        needed = {name.decode() for name in message.collection_def[_UNBOUND_COLLECTION].bytes_list.value}
        input_map = {key if key in needed else _UNBOUND + key: value for key, value in (input_map or {}).items()}
        missing = sorted(needed - set(input_map))
        if missing:
            raise ValueError(f"Graph contains unbound inputs: {missing}. Must provide these inputs through input_map.")
    scope = graph.unique_name(import_scope or "", mark_as_used=False)
    elements = import_graph_def(
        graph_def, name=import_scope or scope, input_map=input_map, return_elements=options.get("return_elements")
    )
    variables: dict[bytes, Any] = {}
    for key in sorted(message.collection_def):
        if key != _UNBOUND_COLLECTION:
            read_collection(graph, key, message.collection_def[key], scope, variables)
    return scope, variables, elements


def _make_saver(message: MetaGraphDef, scope: str, variables: dict[bytes, Any]) -> Any:
    if not message.HasField("saver_def") and not variables:
        tf_logging.info("Saver not created because there are no variables in the graph to restore")
        return None
    try:
        saver = registry.resolve_name("train", "Saver")
    except LookupError as error:
        raise ImportError(
            "tf.train.Saver is provided by 'tangraph-training', which is not installed: pip install tangraph-training"
        ) from error
    if message.HasField("saver_def"):
        saver_def = SaverDef()
        saver_def.CopyFrom(message.saver_def)
        return saver(saver_def=saver_def, name=scope)
    return saver()


def _checked(meta_graph_or_file: Any) -> MetaGraphDef:
    if isinstance(meta_graph_or_file, MetaGraphDef):
        return meta_graph_or_file
    if getattr(getattr(meta_graph_or_file, "DESCRIPTOR", None), "name", "") == "MetaGraphDef":
        return MetaGraphDef.FromString(meta_graph_or_file.SerializeToString())
    return read_meta_graph_file(meta_graph_or_file)


def read_meta_graph_file(filename: Any) -> MetaGraphDef:
    """Returns the MetaGraph that a file holds, in the binary or the text format.

    Raises:
      OSError: the file does not exist or holds no MetaGraph.
    """
    path = Path(filename.decode() if isinstance(filename, bytes) else filename)
    if not path.exists():
        raise OSError(f"File {filename} does not exist.")
    data = path.read_bytes()
    try:
        return MetaGraphDef.FromString(data)
    except ValueError:
        message = MetaGraphDef()
    try:
        merge_text(data, message)
    except ValueError as error:
        raise OSError(f"Cannot parse file {filename}: {error}.") from None
    return message
