"""Messages as text, in the format that ``print(config)`` shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tangraph.framework.message import Message
    from tangraph.framework.message_fields import Field

_ESCAPES: Final = {"\n": r"\n", "\r": r"\r", "\t": r"\t", '"': r"\"", "'": r"\'", "\\": r"\\"}


def to_text(message: Message) -> str:
    """Returns the fields of a message that are set, one a line, nested messages indented."""
    return "".join([line + "\n" for line in _message_lines(message, "")])


def _message_lines(message: Message, indent: str) -> Iterator[str]:
    for field, value in message._set_fields():
        if hasattr(field, "key"):
            for key in sorted(value):
                yield f"{indent}{field.name} {{"
                yield from _value_lines("key", field.key, key, indent + "  ")
                yield from _value_lines("value", getattr(field, "value", field), value[key], indent + "  ")
                yield f"{indent}}}"
        else:
            for item in value if field.repeated else [value]:
                yield from _value_lines(field.name, field, item, indent)


def _value_lines(name: str, field: Field, value: Any, indent: str) -> Iterator[str]:
    if field.kind == "message":
        yield f"{indent}{name} {{"
        yield from _message_lines(value, indent + "  ")
        yield f"{indent}}}"
    else:
        yield f"{indent}{name}: {_scalar_text(field, value)}"


def _scalar_text(field: Field, value: Any) -> str:
    if field.kind == "enum":
        return field.enum.text(value)  # type: ignore[attr-defined, no-any-return]
    if field.kind == "bool":
        return "true" if value else "false"
    if field.kind in ("string", "bytes"):
        return f'"{_escape(value)}"'
    return repr(value)


def _escape(value: str | bytes) -> str:
    data = value.encode() if isinstance(value, str) else value
    characters = map(chr, data)
    return "".join([_ESCAPES.get(c) or (c if " " <= c <= "~" else f"\\{ord(c):03o}") for c in characters])
