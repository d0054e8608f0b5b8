"""Messages in the wire format and as text, by the protobuf library.

The descriptors are made from the fields that the message classes declare, in a descriptor pool of their own: nothing
is registered under TensorFlow's names, so a real TensorFlow may be loaded in the same process.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf import message as protobuf

from tangraph.framework.message import Message

#: What one serialized message may take; protobuf's sizes are ints of 32 bits.
MAX_BYTES: Final = 2**31 - 1
_PACKAGE: Final = "tensorflow"
_Field = descriptor_pb2.FieldDescriptorProto
_TYPES: Final = {
    "double": _Field.TYPE_DOUBLE,
    "float": _Field.TYPE_FLOAT,
    "int32": _Field.TYPE_INT32,
    "int64": _Field.TYPE_INT64,
    "uint32": _Field.TYPE_UINT32,
    "uint64": _Field.TYPE_UINT64,
    "fixed32": _Field.TYPE_FIXED32,
    "fixed64": _Field.TYPE_FIXED64,
    "sint64": _Field.TYPE_SINT64,
    "bool": _Field.TYPE_BOOL,
    "string": _Field.TYPE_STRING,
    "bytes": _Field.TYPE_BYTES,
    "enum": _Field.TYPE_ENUM,
    "message": _Field.TYPE_MESSAGE,
}


if TYPE_CHECKING:

    class _ProtobufDecodeError(Exception):
        """What protobuf raises, which is not typed."""

else:
    _ProtobufDecodeError = protobuf.DecodeError


class DecodeError(_ProtobufDecodeError, ValueError):
    """Bytes that are no message of the kind that was asked for."""


class WireCodec:
    """Serializes and parses the messages of `tangraph.framework.message`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._pool = descriptor_pool.DescriptorPool()
        self._files: dict[str, str] = {}
        self._nested: dict[type[Message], list[Any]] = {}
        self._classes: dict[type[Message], Any] = {}

    def serialize(self, message: Message) -> bytes:
        """Returns the message in the wire format, map entries sorted by key.

        Raises:
          ValueError: it takes 2 GiB or more.
        """
        try:
            data: bytes = self.to_protobuf(message).SerializeToString(deterministic=True)
        except protobuf.EncodeError as error:
            raise ValueError(f"Cannot serialize a {message.FULL_NAME} that takes 2 GiB or more: {error}") from None
        if len(data) > MAX_BYTES:
            raise ValueError(
                f"Cannot serialize a {message.FULL_NAME} that takes 2 GiB or more. Received: {len(data)} bytes."
            )
        return data

    def merge(self, message: Message, data: bytes) -> None:
        """Merges what ``data`` holds into the message.

        Raises:
          DecodeError: ``data`` is no such message (a ValueError too).
        """
        read(self.parse(type(message), data), message)

    def parse(self, message_type: type[Message], data: bytes) -> Any:
        """Returns a protobuf message with the fields of a message class; it is lighter where a field holds millions.

        Raises:
          DecodeError: ``data`` is no such message (a ValueError too).
        """
        if len(data) > MAX_BYTES:
            raise DecodeError(f"A {message_type.FULL_NAME} cannot take 2 GiB or more. Received: {len(data)} bytes.")
        parsed = self.protobuf_class(message_type)()
        try:
            parsed.ParseFromString(data)
        except protobuf.DecodeError as error:
            raise DecodeError(f"Error parsing message as {message_type.FULL_NAME}: {error}") from None
        return parsed

    def descriptor(self, message_type: type[Message]) -> Any:
        """Returns the protobuf descriptor of a message class."""
        return self.protobuf_class(message_type).DESCRIPTOR

    def to_protobuf(self, message: Message) -> Any:
        """Returns a protobuf message that holds the same."""
        written = self.protobuf_class(type(message))()
        write(message, written)
        return written

    def protobuf_class(self, message_type: type[Message]) -> Any:
        """Returns the protobuf class with the fields of a message class, made on first use."""
        found = self._classes.get(message_type)
        if found is None:
            with self._lock:
                self._declare(message_type)
                descriptor = self._pool.FindMessageTypeByName(f"{_PACKAGE}.{_flat_name(message_type)}")
                found = self._classes[message_type] = message_factory.GetMessageClass(descriptor)
                # `text_format` asks descriptors for the classes of entries, which live as long as somebody has them.
                nested = [f.message_type for f in descriptor.fields if f.message_type is not None]
                self._nested[message_type] = [message_factory.GetMessageClass(d) for d in nested]
        return found

    def _declare(self, message_type: type[Message]) -> None:
        """Adds a file to the pool with the class and all that it needs and that is not there yet."""
        if _flat_name(message_type) in self._files:
            return
        file = descriptor_pb2.FileDescriptorProto(
            name=f"tangraph/{_flat_name(message_type)}.proto", package=_PACKAGE, syntax="proto3"
        )
        pending = [message_type]
        dependencies = set()
        while pending:
            current = pending.pop()
            name = _flat_name(current)
            home = self._files.setdefault(name, file.name)
            if home != file.name:
                dependencies.add(home)
            elif all(declared.name != name for declared in file.message_type):
                pending.extend(_describe(current, file.message_type.add(name=name)))
        file.dependency.extend(sorted(dependencies))
        self._pool.Add(file)


def _flat_name(message_type: type[Message]) -> str:
    """The name in the pool; nested messages stand beside their parents there."""
    return message_type.FULL_NAME.removeprefix("tensorflow.").replace(".", "_")


def _describe(message_type: type[Message], target: Any) -> list[type[Message]]:
    """Writes the fields of a class into a DescriptorProto; returns the classes that it refers to."""
    needed: list[type[Message]] = []
    for oneof in message_type.ONEOFS:
        target.oneof_decl.add(name=oneof)
    oneofs = list(message_type.ONEOFS)
    for field in message_type.FIELDS.values():
        described = target.field.add(name=field.name, number=field.number)
        described.label = _Field.LABEL_REPEATED if field.repeated else _Field.LABEL_OPTIONAL
        if field.oneof:
            described.oneof_index = oneofs.index(field.oneof)
        kind: Any = field
        if hasattr(field, "key"):
            entry = target.nested_type.add(name=f"{field.name.title().replace('_', '')}Entry")
            entry.options.map_entry = True
            entry.field.add(name="key", number=1, label=_Field.LABEL_OPTIONAL, type=_TYPES[field.key.kind])
            described.type = _Field.TYPE_MESSAGE
            described.type_name = f".{_PACKAGE}.{target.name}.{entry.name}"
            described = entry.field.add(name="value", number=2, label=_Field.LABEL_OPTIONAL)
            kind = getattr(field, "value", field)
        described.type = _TYPES[kind.kind]
        if kind.kind == "message":
            needed.append(kind.message_type)
            described.type_name = f".{_PACKAGE}.{_flat_name(kind.message_type)}"
        elif kind.kind == "enum":
            described.type_name = f".{_PACKAGE}.{target.name}.{_describe_enum(kind.enum, target)}"
    return needed


def _describe_enum(enum: Any, target: Any) -> str:
    """Writes an enum into a message of its own inside the target, since its names must be unique where it stands."""
    holder = f"In{enum.name}"
    if all(nested.name != holder for nested in target.nested_type):
        described = target.nested_type.add(name=holder).enum_type.add(name=enum.name)
        items = sorted(enum.items(), key=lambda item: item[1] != 0)
        if len({number for _, number in items}) < len(items):
            described.options.allow_alias = True
        for name, number in items:
            described.value.add(name=name, number=number)
    return f"{holder}.{enum.name}"


def write(message: Message, target: Any) -> None:
    """Writes what is set in a message into a protobuf message."""
    for field, value in message._set_fields():
        name = field.name
        if hasattr(field, "key"):
            entries = getattr(target, name)
            for key in value:
                if field.kind == "message":
                    write(value[key], entries[key])
                else:
                    entries[key] = value[key]
        elif field.kind == "message":
            nested = getattr(target, name)
            if field.repeated:
                for item in value:
                    write(item, nested.add())
            else:
                nested.SetInParent()
                write(value, nested)
        elif field.repeated:
            getattr(target, name).extend(value)
        else:
            setattr(target, name, value)


def read(source: Any, message: Message) -> None:
    """Merges what is set in a protobuf message into a message."""
    fields = message.FIELDS
    for descriptor, value in source.ListFields():
        field: Any = fields[descriptor.name]
        if hasattr(field, "key"):
            entries = field._get(message)
            for key in value:
                if field.kind == "message":
                    read(value[key], entries[key])
                else:
                    entries[key] = value[key]
        elif field.kind == "message":
            if field.repeated:
                items = field._get(message)
                for item in value:
                    read(item, items.add())
            else:
                nested = field._get(message)
                nested.SetInParent()
                read(value, nested)
        elif field.repeated:
            field._get(message).extend(value)
        else:
            field.__set__(message, value)


def merge_text(text: str | bytes, message: Message) -> None:
    """Merges a message in the text format into a message.

    Raises:
      ValueError: the text is no such message.
    """
    parsed = codec.protobuf_class(type(message))()
    try:
        text_format.Merge(text, parsed)
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise ValueError(f"Error parsing text as {message.FULL_NAME}: {error}") from None
    read(parsed, message)


codec: Final = WireCodec()
