"""The fields that message classes declare: descriptors that check what is assigned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, overload

from tangraph.framework.message_checks import CHECKS, Check, check_int32
from tangraph.framework.message_containers import MessageMap, RepeatedMessage, RepeatedScalar, ScalarMap

if TYPE_CHECKING:
    from tangraph.framework.message import Message

_T = TypeVar("_T")
_K = TypeVar("_K")
_M = TypeVar("_M", bound="Message")
#: A message class, or a function that returns it (one that is defined later).
MessageType: TypeAlias = "type[_M] | Callable[[], type[_M]]"


class Enum:
    """An enum of a message class: its names and numbers.

    >>> level = Enum("Level", L1=0, L0=-1)
    >>> level.Value("L0"), level.Name(0), level.L0
    (-1, 'L1', -1)
    """

    def __init__(self, name: str, **values: int) -> None:
        self.name = name
        self._values = values
        self._names = {number: key for key, number in values.items()}

    def Value(self, name: str) -> int:
        """Returns the number of a name; ValueError when there is none."""
        if name not in self._values:
            raise ValueError(f"Enum {self.name} has no value defined for name {name!r}")
        return self._values[name]

    def Name(self, number: int) -> str:
        """Returns the name of a number; ValueError when it has none."""
        if number not in self._names:
            raise ValueError(f"Enum {self.name} has no name defined for value {number!r}")
        return self._names[number]

    def keys(self) -> list[str]:
        """Returns the names."""
        return list(self._values)

    def values(self) -> list[int]:
        """Returns the numbers."""
        return list(self._values.values())

    def items(self) -> list[tuple[str, int]]:
        """Returns (name, number) of each."""
        return list(self._values.items())

    def text(self, number: int) -> str:
        """Returns the name of a number, or its digits when it has none."""
        return self._names.get(number) or str(number)

    def __getattr__(self, name: str) -> int:
        try:
            return self.__dict__["_values"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(name) from None


class Field:
    """A field of a message class.

    Attributes:
      name: its name.
      number: its number in the wire format.
      kind: "int32", "string", "enum", "message" and so on: the type of the value (of a map: of its values).
      repeated: whether it holds any number of values (maps do).
      is_message: whether it holds one nested message.
      oneof: the oneof that it belongs to, or "".
    """

    repeated = False
    is_message = False

    def __init__(self, number: int, kind: str, oneof: str = "") -> None:
        self.name = ""
        self.number = number
        self.kind = kind
        self.oneof = oneof

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __set__(self, message: Message, value: Any) -> None:
        what = "repeated field" if self.repeated else "field"
        raise AttributeError(f'Assignment not allowed to {what} "{self.name}" in protocol message object.')

    def is_set(self, message: Message) -> bool:
        """Returns whether the field is set."""
        value = message._values.get(self.name)
        return value is not None and self._counts(value)

    def initialize(self, message: Message, value: Any) -> None:
        """Sets or adds to the field what a constructor was given for it, or what another message has in it."""
        self._initialize(message, value)

    def _initialize(self, message: Message, value: Any) -> None:
        raise NotImplementedError

    def plain(self, value: Any) -> Any:
        """Returns a value as the constructor takes it, without containers of ours."""
        if not self.repeated:
            return value
        return dict(value) if isinstance(value, Mapping) else list(value)

    def _counts(self, value: Any) -> bool:
        """Whether a value that is there means that the field is set."""
        return True


class Container(Field):
    """A field with any number of values."""

    repeated = True

    def _counts(self, value: Any) -> bool:
        return len(value) > 0

    def _get(self, message: Message) -> Any:
        value = message._values.get(self.name)
        if value is None:
            value = message._values[self.name] = self._make(message)
        return value

    def _make(self, message: Message) -> Any:
        """Returns the empty container of a message."""
        raise NotImplementedError


class Scalar(Field, Generic[_T]):
    """A field with one number, string or bool."""

    def __init__(self, number: int, kind: str, check: Check, default: _T, oneof: str = "") -> None:
        super().__init__(number, kind, oneof)
        self.check = check
        self.default = default

    @overload
    def __get__(self, message: None, owner: type) -> Scalar[_T]: ...
    @overload
    def __get__(self, message: Message, owner: type) -> _T: ...
    def __get__(self, message: Message | None, owner: type) -> Any:
        return self if message is None else message._values.get(self.name, self.default)

    def __set__(self, message: Message, value: Any) -> None:
        value = self.check(value)
        if self.oneof:
            message._choose(self.name)
            message._values[self.name] = value
        elif value == self.default:
            message._values.pop(self.name, None)
        else:
            message._values[self.name] = value
        message._changed()

    def _initialize(self, message: Message, value: Any) -> None:
        self.__set__(message, value)


class EnumScalar(Scalar[int]):
    """A field with one number of an enum. A constructor takes the name too."""

    def __init__(self, number: int, enum: Enum, oneof: str = "") -> None:
        super().__init__(number, "enum", check_int32, 0, oneof)
        self.enum = enum

    def _initialize(self, message: Message, value: Any) -> None:
        self.__set__(message, self.enum.Value(value) if isinstance(value, str) else value)


class Nested(Field, Generic[_M]):
    """A field with a message in it."""

    is_message = True

    def __init__(self, number: int, message_type: MessageType[_M], oneof: str = "") -> None:
        super().__init__(number, "message", oneof)
        self._message_type = message_type

    @property
    def message_type(self) -> type[_M]:
        """The class of the messages."""
        return _resolve(self._message_type)

    @overload
    def __get__(self, message: None, owner: type) -> Nested[_M]: ...
    @overload
    def __get__(self, message: Message, owner: type) -> _M: ...
    def __get__(self, message: Message | None, owner: type) -> Any:
        return self if message is None else self._get(message)

    def _get(self, message: Message) -> _M:
        nested: _M | None = message._values.get(self.name)
        if nested is None:
            nested = message._values[self.name] = self.message_type()
            nested._parent, nested._name_in_parent = message, self.name
        return nested

    def _counts(self, value: _M) -> bool:
        return value._present

    def _initialize(self, message: Message, value: Any) -> None:
        if isinstance(value, Mapping):
            value = self.message_type(**value)
        self._get(message).MergeFrom(value)


class Repeated(Container, Generic[_T]):
    """A field with any number of numbers or strings."""

    def __init__(self, number: int, kind: str, check: Check, enum: Enum | None = None) -> None:
        super().__init__(number, kind)
        self.check = check
        self.enum = enum

    @overload
    def __get__(self, message: None, owner: type) -> Repeated[_T]: ...
    @overload
    def __get__(self, message: Message, owner: type) -> RepeatedScalar[_T]: ...
    def __get__(self, message: Message | None, owner: type) -> Any:
        return self if message is None else self._get(message)

    def _make(self, message: Message) -> Any:
        return RepeatedScalar(message, self.check)

    def _initialize(self, message: Message, value: Iterable[Any]) -> None:
        self._get(message).extend(value)


class RepeatedNested(Container, Generic[_M]):
    """A field with any number of messages."""

    def __init__(self, number: int, message_type: MessageType[_M]) -> None:
        super().__init__(number, "message")
        self._message_type = message_type

    @property
    def message_type(self) -> type[_M]:
        """The class of the messages."""
        return _resolve(self._message_type)

    @overload
    def __get__(self, message: None, owner: type) -> RepeatedNested[_M]: ...
    @overload
    def __get__(self, message: Message, owner: type) -> RepeatedMessage[_M]: ...
    def __get__(self, message: Message | None, owner: type) -> Any:
        return self if message is None else self._get(message)

    def _make(self, message: Message) -> Any:
        return RepeatedMessage(message, self.message_type)

    def _initialize(self, message: Message, value: Iterable[Any]) -> None:
        values = self._get(message)
        for item in value:
            if isinstance(item, Mapping):
                values.add(**item)
            else:
                values.append(item)


class MapField(Container, Generic[_K, _T]):
    """A map to numbers or strings."""

    def __init__(self, number: int, key: Scalar[_K], value: Scalar[_T]) -> None:
        super().__init__(number, value.kind)
        self.key = key
        self.value = value

    @overload
    def __get__(self, message: None, owner: type) -> MapField[_K, _T]: ...
    @overload
    def __get__(self, message: Message, owner: type) -> ScalarMap[_K, _T]: ...
    def __get__(self, message: Message | None, owner: type) -> Any:
        return self if message is None else self._get(message)

    def _make(self, message: Message) -> Any:
        return ScalarMap(message, self.key.check, self.value.check, self.value.default)

    def _initialize(self, message: Message, value: Mapping[Any, Any]) -> None:
        self._get(message).update(value)


class NestedMapField(Container, Generic[_K, _M]):
    """A map to messages."""

    def __init__(self, number: int, key: Scalar[_K], message_type: MessageType[_M]) -> None:
        super().__init__(number, "message")
        self.key = key
        self._message_type = message_type

    @property
    def message_type(self) -> type[_M]:
        """The class of the messages."""
        return _resolve(self._message_type)

    @overload
    def __get__(self, message: None, owner: type) -> NestedMapField[_K, _M]: ...
    @overload
    def __get__(self, message: Message, owner: type) -> MessageMap[_K, _M]: ...
    def __get__(self, message: Message | None, owner: type) -> Any:
        return self if message is None else self._get(message)

    def _make(self, message: Message) -> Any:
        return MessageMap(message, self.key.check, self.message_type)

    def _initialize(self, message: Message, value: Mapping[Any, Any]) -> None:
        values = self._get(message)
        for key, item in value.items():
            values[key].CopyFrom(item)


def _resolve(message_type: MessageType[_M]) -> type[_M]:
    return message_type if isinstance(message_type, type) else message_type()


def int32(number: int, oneof: str = "") -> Scalar[int]:
    """Declares a field with an int of 32 bits."""
    return Scalar(number, "int32", CHECKS["int32"], 0, oneof)


def int64(number: int, oneof: str = "") -> Scalar[int]:
    """Declares a field with an int of 64 bits."""
    return Scalar(number, "int64", CHECKS["int64"], 0, oneof)


def uint32(number: int, oneof: str = "") -> Scalar[int]:
    """Declares a field with an unsigned int of 32 bits."""
    return Scalar(number, "uint32", CHECKS["uint32"], 0, oneof)


def uint64(number: int, oneof: str = "") -> Scalar[int]:
    """Declares a field with an unsigned int of 64 bits."""
    return Scalar(number, "uint64", CHECKS["uint64"], 0, oneof)


def float32(number: int, oneof: str = "") -> Scalar[float]:
    """Declares a field with a float of 32 bits."""
    return Scalar(number, "float", CHECKS["float"], 0.0, oneof)


def float64(number: int, oneof: str = "") -> Scalar[float]:
    """Declares a field with a float of 64 bits."""
    return Scalar(number, "double", CHECKS["double"], 0.0, oneof)


def boolean(number: int, oneof: str = "") -> Scalar[bool]:
    """Declares a field with a bool."""
    return Scalar(number, "bool", CHECKS["bool"], False, oneof)


def string(number: int, oneof: str = "") -> Scalar[str]:
    """Declares a field with text."""
    return Scalar(number, "string", CHECKS["string"], "", oneof)


def bytestring(number: int, oneof: str = "") -> Scalar[bytes]:
    """Declares a field with bytes."""
    return Scalar(number, "bytes", CHECKS["bytes"], b"", oneof)


def repeated(number: int, kind: str) -> Repeated[Any]:
    """Declares a field with any number of numbers or strings of a kind ("int32", "string", ...)."""
    return Repeated(number, kind, CHECKS[kind])


def repeated_enum(number: int, enum: Enum) -> Repeated[int]:
    """Declares a field with any number of numbers of an enum."""
    return Repeated(number, "enum", check_int32, enum)
