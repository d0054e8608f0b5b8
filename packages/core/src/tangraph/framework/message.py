"""Messages: small classes with the surface that programs use of protocol buffers.

A message class declares its fields, with the numbers and types of TensorFlow's ``.proto`` files::

    class ThreadPoolOptionProto(Message):
        num_threads = int32(1)
        global_name = string(2)

Everything that depends on the wire format (``SerializeToString``, ``ParseFromString``) is done by the codec that
tangraph-interop installs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, TypeVar

from tangraph.framework.message_fields import Field
from tangraph.framework.message_text import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_M = TypeVar("_M", bound="Message")


class Codec(Protocol):
    """What writes and reads the wire format."""

    def serialize(self, message: Message) -> bytes:
        """Returns the message in the wire format."""

    def merge(self, message: Message, data: bytes) -> None:
        """Merges what ``data`` holds into the message."""

    def descriptor(self, message_type: type[Message]) -> Any:
        """Returns what the protobuf library's own functions (text_format) ask of a message class."""


_codec: list[Codec] = []


def set_codec(codec: Codec | None) -> None:
    """Installs what writes and reads the wire format (None: nothing does)."""
    _codec[:] = [] if codec is None else [codec]


def _installed_codec() -> Codec:
    if not _codec:
        from tangraph.plugins import manager

        manager.current()  # whoever installs a codec does so when the plugins are loaded
    if not _codec:
        raise ImportError(
            "Writing and reading serialized protocol buffers is provided by 'tangraph-interop', which is not "
            "installed: pip install tangraph-interop"
        )
    return _codec[0]


class _MessageType(type):
    """Gives message classes no instance dictionary, so that a misspelt field is an AttributeError."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any) -> _MessageType:
        namespace.setdefault("__slots__", ())
        return super().__new__(cls, name, bases, namespace, **kwargs)

    @property
    def DESCRIPTOR(cls) -> Any:
        """The protobuf descriptor of the class, for ``google.protobuf.text_format``; needs tangraph-interop."""
        try:
            return _installed_codec().descriptor(cls)  # type: ignore[arg-type]
        except ImportError as error:
            raise AttributeError(str(error)) from None


class Message(metaclass=_MessageType):
    """The base of all messages.

    A nested message exists as soon as it is read, but belongs to its parent (`HasField`) only when something in it
    is set. A scalar field that has its default value counts as not set, except in a oneof.

    Attributes:
      FIELDS: the fields by name, in the order of their numbers.
      ONEOFS: the names of the fields of each oneof.
      FULL_NAME: the name in the ``.proto`` file, such as "tensorflow.ConfigProto".
    """

    __slots__ = ("__weakref__", "_name_in_parent", "_parent", "_present", "_values")
    __hash__ = None  # type: ignore[assignment]

    FIELDS: ClassVar[dict[str, Field]] = {}
    ONEOFS: ClassVar[dict[str, list[str]]] = {}
    FULL_NAME: ClassVar[str] = ""

    _values: dict[str, Any]
    _parent: Message | None
    _name_in_parent: str
    _present: bool

    def __init_subclass__(cls, full_name: str = "") -> None:
        super().__init_subclass__()
        fields = [value for value in vars(cls).values() if isinstance(value, Field)]
        cls.FIELDS = {field.name: field for field in sorted(fields, key=lambda field: field.number)}
        cls.ONEOFS = {}
        cls.FULL_NAME = full_name or "tensorflow." + cls.__qualname__
        for field in cls.FIELDS.values():
            setattr(cls, f"{field.name.upper()}_FIELD_NUMBER", field.number)
            if field.oneof:
                cls.ONEOFS.setdefault(field.oneof, []).append(field.name)

    @property
    def DESCRIPTOR(self) -> Any:
        """The protobuf descriptor of the class."""
        return type(self).DESCRIPTOR

    def __init__(self, *args: Any, **fields: Any) -> None:
        """Makes a message with the given fields; None leaves a field unset.

        Nested messages may be given as dicts, repeated fields as any iterable, enums as names.

        Raises:
          ValueError: there is no such field, or a number is out of range.
          TypeError: a value has the wrong type.
        """
        if args:
            raise TypeError("No positional arguments allowed")
        self._values = {}
        self._parent = None
        self._name_in_parent = ""
        self._present = False
        for name, value in fields.items():
            field = self.FIELDS.get(name)
            if field is None:
                raise ValueError(f'Protocol message {type(self).__name__} has no "{name}" field.')
            if value is not None:
                field.initialize(self, value)

    @classmethod
    def FromString(cls, data: bytes) -> Self:
        """Returns the message that ``data`` holds."""
        message = cls()
        message.ParseFromString(data)
        return message

    def SerializeToString(self, deterministic: bool | None = None) -> bytes:
        """Returns the message in the wire format (map entries sorted by key).

        Raises:
          ImportError: tangraph-interop is not installed.
        """
        return _installed_codec().serialize(self)

    SerializePartialToString = SerializeToString

    def ParseFromString(self, data: bytes) -> int:
        """Makes the message what ``data`` holds; returns the number of bytes read.

        Raises:
          ImportError: tangraph-interop is not installed.
          ValueError: ``data`` is no such message.
        """
        self.Clear()
        return self.MergeFromString(data)

    def MergeFromString(self, data: bytes) -> int:
        """Merges what ``data`` holds into the message; returns the number of bytes read."""
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"a bytes-like object is required, not '{type(data).__name__}'")
        _installed_codec().merge(self, bytes(data))
        return len(data)

    def ByteSize(self) -> int:
        """Returns how many bytes the message takes in the wire format."""
        return len(self.SerializeToString())

    def IsInitialized(self) -> bool:
        """Returns True: there are no required fields."""
        return True

    def SetInParent(self) -> None:
        """Makes the message present in its parent, even if nothing in it is set."""
        self._changed()

    def HasField(self, name: str) -> bool:
        """Returns whether a nested message or a field of a oneof is set.

        Raises:
          ValueError: there is no such field, or it is one whose presence is not known.
        """
        field = self.FIELDS.get(name)
        if field is None:
            if name in self.ONEOFS:
                return self.WhichOneof(name) is not None
            raise ValueError(f"Protocol message {type(self).__name__} has no field {name}.")
        if field.repeated:
            raise ValueError(f'Protocol message {type(self).__name__} has no singular "{name}" field.')
        if not field.is_message and not field.oneof:
            raise ValueError(
                f'Can\'t test non-optional, non-submessage field "{type(self).__name__}.{name}" for presence in proto3.'
            )
        return field.is_set(self)

    def ClearField(self, name: str) -> None:
        """Unsets a field, or the field of a oneof that is set.

        Raises:
          ValueError: there is no such field.
        """
        if name in self.ONEOFS:
            chosen = self.WhichOneof(name)
            if chosen is None:
                return
            name = chosen
        if name not in self.FIELDS:
            raise ValueError(f'Protocol message has no "{name}" field.')
        self._discard(name)
        self._changed()

    def Clear(self) -> None:
        """Unsets all fields."""
        for name in list(self._values):
            self._discard(name)
        self._changed()

    def WhichOneof(self, oneof: str) -> str | None:
        """Returns the name of the field that is set of a oneof, or None.

        Raises:
          ValueError: there is no such oneof.
        """
        if oneof not in self.ONEOFS:
            raise ValueError(f'Protocol message has no oneof "{oneof}" field.')
        return next((name for name in self.ONEOFS[oneof] if self.FIELDS[name].is_set(self)), None)

    def ListFields(self) -> list[tuple[Any, Any]]:
        """Returns (field, value) for every field that is set, in the order of their numbers.

        With tangraph-interop, the fields are protobuf's descriptors, as `text_format` and `json_format` want them.
        """
        described = getattr(type(self), "DESCRIPTOR", None)
        fields = self.FIELDS if described is None else described.fields_by_name
        return [(fields[field.name], value) for field, value in self._set_fields()]

    def _set_fields(self) -> Iterator[tuple[Field, Any]]:
        return ((field, self._values[name]) for name, field in self.FIELDS.items() if field.is_set(self))

    def MergeFrom(self, other: Message) -> None:
        """Takes over the fields that are set in ``other``: repeated ones are appended, messages merged.

        Raises:
          TypeError: ``other`` is a message of another class.
        """
        if not isinstance(other, Message) and _describes(other, self):
            self.MergeFromString(other.SerializeToString())
            return
        self._check_class(other, "MergeFrom")
        self._changed()
        for field, value in other._set_fields():
            field.initialize(self, value)

    def CopyFrom(self, other: Message) -> None:
        """Makes the message equal to ``other``.

        Raises:
          TypeError: ``other`` is a message of another class.
        """
        if not isinstance(other, Message) and _describes(other, self):
            self.ParseFromString(other.SerializeToString())
            return
        self._check_class(other, "CopyFrom")
        if other is not self:
            self.Clear()
            self.MergeFrom(other)

    def _check_class(self, other: Any, method: str) -> None:
        if type(other) is not type(self):
            got = other.FULL_NAME if isinstance(other, Message) else type(other).__name__
            raise TypeError(
                f"Parameter to {method}() must be instance of same class: expected {self.FULL_NAME} got {got}."
            )

    def _changed(self) -> None:
        """Notes that something was set, here and, the first time, in the parent."""
        if not self._present:
            self._present = True
            if self._parent is not None:
                self._parent._choose(self._name_in_parent)
                self._parent._changed()

    def _choose(self, name: str) -> None:
        """Unsets the other fields of the oneof that a field belongs to."""
        field = self.FIELDS.get(name)
        if field is not None and field.oneof:
            for other in self.ONEOFS[field.oneof]:
                if other != name:
                    self._discard(other)

    def _discard(self, name: str) -> None:
        value = self._values.pop(name, None)
        if isinstance(value, Message):
            value._parent = None

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return list(self._set_fields()) == list(other._set_fields())

    def __str__(self) -> str:
        return to_text(self)

    __repr__ = __str__

    def __copy__(self) -> Self:
        copied = type(self)()
        copied.MergeFrom(self)
        return copied

    def __deepcopy__(self, memo: Any) -> Self:
        return self.__copy__()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), {field.name: field.plain(value) for field, value in self._set_fields()})


def _describes(other: Any, message: Message) -> bool:
    """Whether a message of the protobuf library is of the kind of ours."""
    name: str = getattr(getattr(other, "DESCRIPTOR", None), "full_name", "")
    kind = message.FULL_NAME.removeprefix("tensorflow.")
    return bool(name) and name.partition(".")[2] in {kind, kind.replace(".", "_")}


def _rebuild(cls: type[_M], fields: dict[str, Any]) -> _M:
    return cls(**fields)
