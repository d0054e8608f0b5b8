"""The collections of a graph as messages, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tangraph.framework.control_flow_protos import CondContextDef, WhileContextDef
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.message import Message
from tangraph.framework.protos import SaverDef, VariableDef
from tangraph.ops.control_flow.cond_context import CondContext
from tangraph.ops.control_flow.while_context import WhileContext
from tangraph.ops.state.scoped_names import prepend_name_scope, strip_name_scope
from tangraph.ops.state.variable_base import Variable
from tangraph.util import tf_logging
from tangraph_interop.messages import AnyProto, CollectionDef, QueueRunnerDef

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tangraph.framework.graph import Graph


class Converter(NamedTuple):
    """How the items of a collection become messages.

    Attributes:
      message_type: the class of the messages.
      to_proto: item, export_scope=... -> message, or None to leave the item out.
      from_proto: message, import_scope=... -> item.
    """

    message_type: type[Message]
    to_proto: Callable[..., Any]
    from_proto: Callable[..., Any]


def _from_proto_of(name: str) -> Callable[..., Any]:
    """The `from_proto` of a class of `tf.train` that another package provides."""

    def from_proto(message: Message, import_scope: str | None = None) -> Any:
        from tangraph import registry

        return registry.resolve_name("train", name).from_proto(message, import_scope=import_scope)

    return from_proto


def _item_to_proto(item: Any, export_scope: str | None = None) -> Any:
    return item.to_proto(export_scope=export_scope)


_VARIABLES: Final = Converter(VariableDef, _item_to_proto, Variable.from_proto)
_converters: Final[dict[str, Converter]] = {
    GraphKeys.GLOBAL_VARIABLES: _VARIABLES,
    GraphKeys.LOCAL_VARIABLES: _VARIABLES,
    GraphKeys.MODEL_VARIABLES: _VARIABLES,
    GraphKeys.METRIC_VARIABLES: _VARIABLES,
    GraphKeys.MOVING_AVERAGE_VARIABLES: _VARIABLES,
    GraphKeys.TRAINABLE_VARIABLES: _VARIABLES,
    GraphKeys.TRAINABLE_RESOURCE_VARIABLES: _VARIABLES,
    GraphKeys.GLOBAL_STEP: _VARIABLES,
    GraphKeys.SAVERS: Converter(SaverDef, _item_to_proto, _from_proto_of("Saver")),
    GraphKeys.QUEUE_RUNNERS: Converter(QueueRunnerDef, _item_to_proto, _from_proto_of("QueueRunner")),
    GraphKeys.COND_CONTEXT: Converter(CondContextDef, _item_to_proto, CondContext.from_proto),
    GraphKeys.WHILE_CONTEXT: Converter(WhileContextDef, _item_to_proto, WhileContext.from_proto),
}


def register_proto_function(
    collection_name: str,
    proto_type: type[Message],
    to_proto: Callable[..., Any] = _item_to_proto,
    from_proto: Callable[..., Any] | None = None,
) -> None:
    """Says how the items of a collection become messages.

    Raises:
      TypeError: `from_proto` cannot be called.
    """
    if not callable(from_proto):
        raise TypeError("from_proto must be callable.")
    _converters[collection_name] = Converter(proto_type, to_proto, from_proto)


def write_collection(key: str, items: Iterable[Any], scope: str | None) -> CollectionDef | None:
    """Returns a collection as a message; None, with a warning, where it cannot be one."""
    message = CollectionDef()
    try:
        converter = _converters.get(key)
        if converter is not None:
            message.bytes_list.SetInParent()
            for item in items:
                proto = converter.to_proto(item, export_scope=scope)
                if proto is not None:
                    message.bytes_list.value.append(proto.SerializeToString())
            return message
        for item in items:
            _append(message, item, scope)
    except (AttributeError, TypeError, ValueError) as error:
        tf_logging.warning(
            "Issue encountered when serializing %s.\nType is unsupported, or the types of the items don't match field "
            "type in CollectionDef. Note this is a warning and probably safe to ignore.\n%s",
            key,
            error,
        )
        return None
    return message


def _append(message: CollectionDef, item: Any, scope: str | None) -> None:
    kind, value = _kind_of(item, scope)
    present = message.WhichOneof("kind")
    if present not in {None, kind}:
        raise TypeError(f"a collection of items of two kinds: {present} and {kind}")
    if value is not None:
        getattr(message, kind).value.append(value)


def _kind_of(item: Any, scope: str | None) -> tuple[str, Any]:
    if isinstance(item, (str, bytes)):
        return "bytes_list", item.encode() if isinstance(item, str) else item
    if isinstance(item, int):
        return "int64_list", item
    if isinstance(item, float):
        return "float_list", item
    if isinstance(item, AnyProto):
        return "any_list", item
    name = item.name
    if not isinstance(name, str):
        raise TypeError(f"{item!r} has no name")
    if scope is not None and not name.startswith(scope):
        return "node_list", None
    return "node_list", strip_name_scope(name, scope)


def read_collection(graph: Graph, key: str, message: CollectionDef, scope: str, variables: dict[bytes, Any]) -> None:
    """Adds what a message holds to a collection.

    Args:
      graph: the graph that holds the nodes already.
      key: the collection's name.
      message: what it holds.
      scope: the scope in which the nodes are.
      variables: the variables made so far by their messages; one stands in several collections.

    Raises:
      ValueError: a message is malformed, or names a node that the graph does not have.
    """
    kind = message.WhichOneof("kind")
    if kind is None:
        tf_logging.error("Cannot identify data type for collection %s. Skipping.", key)
        return
    converter = _converters.get(key)
    try:
        if kind == "bytes_list" and converter is not None:
            for data in message.bytes_list.value:
                _read_item(graph, key, converter, data, scope, variables)
            return
        for value in getattr(message, kind).value:
            if kind == "node_list":
                value = graph.as_graph_element(prepend_name_scope(value, scope))
            graph.add_to_collection(key, value)
    except KeyError as error:
        raise ValueError(f"Collection '{key}' of the meta graph names what the graph does not have: {error}") from None


def _read_item(
    graph: Graph, key: str, converter: Converter, data: bytes, scope: str, variables: dict[bytes, Any]
) -> None:
    if converter is not _VARIABLES:
        item = converter.from_proto(converter.message_type.FromString(data), import_scope=scope)
    elif data in variables:
        item = variables[data]
    else:
        item = variables[data] = converter.from_proto(VariableDef.FromString(data), import_scope=scope)
    graph.add_to_collection(key, item)


__all__ = ["read_collection", "register_proto_function", "write_collection"]
