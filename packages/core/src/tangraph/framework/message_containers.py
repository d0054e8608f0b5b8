"""The containers that repeated and map fields of messages are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, MutableMapping, MutableSequence
from typing import TYPE_CHECKING, Any, Generic, SupportsIndex, TypeVar

if TYPE_CHECKING:
    from tangraph.framework.message import Message

_T = TypeVar("_T")
_K = TypeVar("_K")
_M = TypeVar("_M", bound="Message")


class RepeatedScalar(MutableSequence[_T]):
    """The values of a repeated field of numbers or strings: a list that checks what is put into it."""

    __slots__ = ("_check", "_items", "_owner")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, owner: Message, check: Callable[[Any], Any]) -> None:
        self._owner = owner
        self._check = check
        self._items: list[Any] = []

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: Any) -> Any:
        return self._items[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        self._items[index] = [self._check(v) for v in value] if isinstance(index, slice) else self._check(value)
        self._owner._changed()

    def __delitem__(self, index: Any) -> None:
        del self._items[index]
        self._owner._changed()

    def insert(self, index: int, value: Any) -> None:
        """Inserts a value before an index."""
        self._items.insert(index, self._check(value))
        self._owner._changed()

    def append(self, value: Any) -> None:
        """Adds a value at the end."""
        self._items.append(self._check(value))
        self._owner._changed()

    def extend(self, values: Iterable[Any] | None) -> None:
        """Adds values at the end (None: nothing)."""
        if values is not None:
            self._items.extend([self._check(value) for value in values])
            self._owner._changed()

    MergeFrom = extend

    def sort(self, *, key: Callable[[Any], Any] | None = None, reverse: bool = False) -> None:
        """Sorts the values."""
        self._items.sort(key=key, reverse=reverse)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RepeatedScalar):
            return self._items == other._items
        return self._items == other if isinstance(other, list) else NotImplemented

    def __repr__(self) -> str:
        return repr(self._items)

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (self._items,)

    def __deepcopy__(self, memo: Any) -> list[Any]:
        return list(self._items)


class RepeatedMessage(Generic[_M]):
    """The messages of a repeated field. It holds copies of what is put into it."""

    __slots__ = ("_items", "_owner", "_type")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, owner: Message, message_type: type[_M]) -> None:
        self._owner = owner
        self._type = message_type
        self._items: list[_M] = []

    def add(self, **fields: Any) -> _M:
        """Adds a new message with the given fields at the end, and returns it."""
        message = self._type(**fields)
        self._items.append(message)
        self._owner._changed()
        return message

    def append(self, message: _M) -> None:
        """Adds a copy of a message at the end."""
        self.insert(len(self._items), message)

    def insert(self, index: int, message: _M) -> None:
        """Inserts a copy of a message before an index."""
        copied = self._type()
        copied.MergeFrom(message)
        self._items.insert(index, copied)
        self._owner._changed()

    def extend(self, messages: Iterable[_M] | None) -> None:
        """Adds copies of messages at the end (None: nothing)."""
        for message in [] if messages is None else list(messages):
            self.append(message)

    MergeFrom = extend

    def pop(self, index: SupportsIndex = -1) -> _M:
        """Removes and returns a message."""
        message = self._items.pop(index)
        self._owner._changed()
        return message

    def remove(self, message: _M) -> None:
        """Removes the first message that is equal; ValueError when there is none."""
        self._items.remove(message)
        self._owner._changed()

    def sort(self, *, key: Callable[[_M], Any] | None = None, reverse: bool = False) -> None:
        """Sorts the messages."""
        self._items.sort(key=key, reverse=reverse)  # type: ignore[arg-type]

    def reverse(self) -> None:
        """Reverses the order."""
        self._items.reverse()

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[_M]:
        return iter(self._items)

    def __getitem__(self, index: Any) -> Any:
        try:
            return self._items[index]
        except IndexError:
            raise IndexError(f"list index ({index}) out of range") from None

    def __delitem__(self, index: Any) -> None:
        del self._items[index]
        self._owner._changed()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RepeatedMessage):
            return self._items == other._items
        return self._items == other if isinstance(other, list) else NotImplemented

    def __repr__(self) -> str:
        return repr(self._items)

    def __deepcopy__(self, memo: Any) -> list[_M]:
        return [message.__copy__() for message in self._items]


def _entry_class(entries: Any) -> Any:
    """What makes the entries of a map field, which ``google.protobuf.text_format`` asks for: messages of protobuf's."""
    owner = entries._owner
    name = next(name for name, value in owner._values.items() if value is entries)
    described = owner.DESCRIPTOR.fields_by_name[name].message_type

    def make(**fields: Any) -> Any:
        if fields and described.fields_by_name["value"].message_type is not None:
            entry = described._concrete_class(key=fields["key"])
            entry.value.ParseFromString(fields["value"].SerializeToString())
            return entry
        return described._concrete_class(**fields)

    return make


class ScalarMap(MutableMapping[_K, _T]):
    """The entries of a map to numbers or strings. Reading a key that is not there makes an entry."""

    __slots__ = ("_check_key", "_check_value", "_default", "_entries", "_owner")

    def __init__(
        self, owner: Message, check_key: Callable[[Any], _K], check_value: Callable[[Any], _T], default: _T
    ) -> None:
        self._owner = owner
        self._check_key = check_key
        self._check_value = check_value
        self._default = default
        self._entries: dict[_K, _T] = {}

    def GetEntryClass(self) -> Any:
        """Returns what makes protobuf's message of an entry."""
        return _entry_class(self)

    def __getitem__(self, key: Any) -> _T:
        key = self._check_key(key)
        if key not in self._entries:
            self[key] = self._default
        return self._entries[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._entries[self._check_key(key)] = self._check_value(value)
        self._owner._changed()

    def __delitem__(self, key: Any) -> None:
        del self._entries[self._check_key(key)]
        self._owner._changed()

    def __contains__(self, key: object) -> bool:
        return self._check_key(key) in self._entries

    def get(self, key: Any, default: Any = None) -> Any:
        """Returns the value of a key, ``default`` when there is none; makes no entry."""
        return self._entries.get(self._check_key(key), default)

    def MergeFrom(self, other: ScalarMap[_K, _T]) -> None:
        """Takes over the entries of another map."""
        self.update(other)

    def __iter__(self) -> Iterator[_K]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return repr(self._entries)

    def __deepcopy__(self, memo: Any) -> dict[_K, _T]:
        return dict(self._entries)


class MessageMap(MutableMapping[_K, _M]):
    """The entries of a map to messages. Reading a key that is not there makes an entry; none can be assigned."""

    __slots__ = ("_check_key", "_entries", "_owner", "_type")

    def __init__(self, owner: Message, check_key: Callable[[Any], _K], message_type: type[_M]) -> None:
        self._owner = owner
        self._check_key = check_key
        self._type = message_type
        self._entries: dict[_K, _M] = {}

    def GetEntryClass(self) -> Any:
        """Returns what makes protobuf's message of an entry."""
        return _entry_class(self)

    def __getitem__(self, key: Any) -> _M:
        key = self._check_key(key)
        message = self._entries.get(key)
        if message is None:
            message = self._entries[key] = self._type()
            self._owner._changed()
        return message

    get_or_create = __getitem__

    def __setitem__(self, key: Any, value: Any) -> None:
        raise ValueError("Direct assignment of submessage not allowed")

    def __delitem__(self, key: Any) -> None:
        del self._entries[self._check_key(key)]
        self._owner._changed()

    def __contains__(self, key: object) -> bool:
        return self._check_key(key) in self._entries

    def get(self, key: Any, default: Any = None) -> Any:
        """Returns the message of a key, ``default`` when there is none; makes no entry."""
        return self._entries.get(self._check_key(key), default)

    def MergeFrom(self, other: MessageMap[_K, _M]) -> None:
        """Takes over copies of the entries of another map."""
        for key, message in other.items():
            self[key].CopyFrom(message)

    def __iter__(self) -> Iterator[_K]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return repr(self._entries)

    def __deepcopy__(self, memo: Any) -> dict[_K, _M]:
        return {key: message.__copy__() for key, message in self._entries.items()}
