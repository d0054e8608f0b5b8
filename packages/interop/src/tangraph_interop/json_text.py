"""Messages as the dictionaries that protobuf makes of them for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from google.protobuf import json_format

from tangraph_interop.wire import codec, read

if TYPE_CHECKING:
    from tangraph.framework.message import Message

_M = TypeVar("_M", bound="Message")


def to_json(message: Message) -> dict[str, Any]:
    """Returns a message as a dictionary of strings, numbers, lists and dictionaries.

    >>> import tangraph as tf
    >>> to_json(tf.NodeDef(name="x", op="NoOp"))
    {'name': 'x', 'op': 'NoOp'}
    """
    found: dict[str, Any] = json_format.MessageToDict(codec.to_protobuf(message))
    return found


def from_json(message: _M, value: dict[str, Any]) -> _M:
    """Reads what `to_json` returned into a message, and returns that.

    Raises:
      ValueError: it is no such message.
    """
    parsed = codec.protobuf_class(type(message))()
    try:
        json_format.ParseDict(value, parsed)
    except json_format.ParseError as error:
        raise ValueError(f"Error parsing a dictionary as {message.FULL_NAME}: {error}") from None
    read(parsed, message)
    return message
