"""Keys and values from the lines of a text file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from tangraph.framework.dtypes import DType
from tangraph.plugin import errors
from tangraph_datasets.lookup.storage import invalid

WHOLE_LINE: Final = -2
LINE_NUMBER: Final = -1


def pairs(
    filename: str,
    key: tuple[int, DType],
    value: tuple[int, DType],
    vocab_size: int,
    delimiter: bytes,
) -> Iterator[tuple[Any, Any]]:
    """Yields the keys and values that the lines of a file give.

    Args:
      filename: the file.
      key: the column with the keys (WHOLE_LINE, LINE_NUMBER, or from 0 on) and their type.
      value: the same of the values.
      vocab_size: how many lines are read; all of them when -1.
      delimiter: what separates columns.

    Raises:
      NotFoundError: there is no such file.
      InvalidArgumentError: the file has fewer lines, a line is empty or has too few columns, a column is no number.
    """
    read_key, read_value = _reader(*key), _reader(*value)
    columns = max(key[0], value[0])
    count = 0
    for number, line in enumerate(_lines(filename)):
        if number == vocab_size:
            return
        count += 1
        parts = [line] if columns < 0 else line.split(delimiter)
        if columns >= len(parts):
            raise invalid(
                f"Invalid number of columns in {filename} line {number} ({line.decode(errors='replace')}) : "
                f"expected {columns} got {len(parts)}"
            )
        yield read_key(line, parts, number), read_value(line, parts, number)
    if vocab_size > count:
        raise invalid(f"Invalid vocab_size in {filename}: expected {vocab_size} but got {count}")


def _lines(filename: str) -> Iterator[bytes]:
    try:
        with Path(filename).open("rb") as file:
            position = 0
            for line in file:
                position += len(line)
                text = line.removesuffix(b"\n").replace(b"\r", b"")
                if not text:
                    raise invalid(f"Invalid content in {filename}: empty line found at position {position}.")
                yield text
    except FileNotFoundError:
        raise errors.NotFoundError(None, None, f"{filename}; No such file or directory") from None
    except OSError as error:
        raise errors.FailedPreconditionError(None, None, f"{filename}; {error.strerror}") from None


def _reader(column: int, dtype: DType) -> Callable[[bytes, list[bytes], int], Any]:
    """Returns a function of a line, its columns and its number that gives the key or value in it."""
    if column == LINE_NUMBER:
        return lambda _line, _parts, number: number
    convert = _converter(dtype)
    if column == WHOLE_LINE:
        return lambda line, _parts, number: convert(line, number)
    return lambda _line, parts, number: convert(parts[column], number)


def _converter(dtype: DType) -> Callable[[bytes, int], Any]:
    if dtype.name == "string":
        return lambda text, _number: text
    name = {"float32": "float", "float64": "double"}.get(dtype.name, dtype.name)
    if name not in {"int32", "int64", "float", "double"}:
        raise invalid(f"Data type {dtype.name} not supported.")

    def convert(text: bytes, number: int) -> Any:
        value = _number(text, dtype)
        if value is None:
            raise invalid(f"Field {text.decode(errors='replace')} in line {number} is not a valid {name}.")
        return value

    return convert


def _number(text: bytes, dtype: DType) -> Any:
    """Returns the number that a text stands for, None when it is none of the type."""
    try:
        value = int(text) if dtype.is_integer else float(text)
    except ValueError:
        return None
    if b"_" in text or (dtype.is_integer and not dtype.min <= value <= dtype.max):
        return None
    return dtype.np.type(value).item()
