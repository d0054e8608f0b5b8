"""decode_csv: the fields of lines."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import raw_shape
from tangraph.framework.dtypes import cpp_name, string
from tangraph.plugin import KernelSet, OpSet, export, make_op
from tangraph_datasets.parsing.raw import invalid, texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor
    from tangraph.plugin import KernelContext, ShapeContext

ops = OpSet()
kernel = KernelSet()

_INTEGER: Final = re.compile(rb"\s*-?\d+\s*")
_FLOAT: Final = re.compile(rb"\s*[+-]?(\d+\.?\d*(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?|inf|nan)\s*", re.IGNORECASE)
_HEXADECIMAL: Final = re.compile(rb"\s*[+-]?0x[\da-f]+\s*", re.IGNORECASE)
_QUOTE, _LINE_ENDS = ord('"'), b"\r\n"


def _shape(c: ShapeContext) -> list[Raw]:
    for default in c.shapes[1:]:
        known = raw_shape.with_rank_at_most(default, 1)
        if known and known[0] is not None and known[0] > 1:
            raise ValueError("Shape of a default must be a length-0 or length-1 vector, or a scalar.")
    return [c.shapes[0]] * len(c.attr("OUT_TYPE"))


DECODE_CSV = ops.define(
    "DecodeCSV",
    ["records: string", "record_defaults: OUT_TYPE"],
    ["output: OUT_TYPE"],
    [
        "OUT_TYPE: list({float, double, int32, int64, string}) >= 1",
        "field_delim: string = ','",
        "use_quote_delim: bool = true",
        "na_value: string = ''",
        "select_cols: list(int) = []",
    ],
    shape=_shape,
)
ops.without_gradient("DecodeCSV")


def fields_of(record: bytes, delim: int, *, quotes: bool) -> list[bytes]:
    """Returns the fields of a line.

    Args:
      record: the line.
      delim: the byte between fields.
      quotes: whether `"` around a field lets it hold anything, `""` standing for a quote.

    Raises:
      InvalidArgumentError: quotes or ends of lines are where they must not be.

    >>> fields_of(b'1,"a ""b"", c",', ord(","), quotes=True)
    [b'1', b'a "b", c', b'']
    """
    if not record:
        return []
    if not (quotes and b'"' in record) and b"\n" not in record and b"\r" not in record:
        return record.split(bytes([delim]))
    found = []
    at, size = 0, len(record)
    while at < size:
        if record[at] in _LINE_ENDS:  # at the beginning of a field they are left out
            at += 1
            continue
        if quotes and record[at] == _QUOTE:
            field, at = _quoted(record, at + 1, delim)
        else:
            end = record.find(delim, at)
            end = size if end < 0 else end
            field = record[at:end]
            if (quotes and b'"' in field) or b"\n" in field or b"\r" in field:
                raise invalid("Unquoted fields cannot have quotes/CRLFs inside")
            at = end + 1
        found.append(field)
    if record[-1] == delim:
        found.append(b"")
    return found


def _quoted(record: bytes, at: int, delim: int) -> tuple[bytes, int]:
    """Returns a field from behind its first quote, and where the next one begins."""
    parts = []
    while True:
        end = record.find(_QUOTE, at)
        if end < 0:
            raise invalid("Quoted field has to end with quote followed by delim or end")
        parts.append(record[at:end])
        if end + 1 == len(record) or record[end + 1] == delim:
            return b'"'.join(parts), end + 2
        if record[end + 1] != _QUOTE:
            raise invalid("Quote inside a string has to be escaped by another quote")
        at = end + 2


def _integer(bits: int) -> Callable[[bytes], int | None]:
    limit = 1 << (bits - 1)

    def parse(field: bytes) -> int | None:
        if _INTEGER.fullmatch(field) is None:
            return None
        value = int(field)
        return value if -limit <= value < limit else None

    return parse


def _float(field: bytes) -> float | None:
    if _FLOAT.fullmatch(field) is not None:
        return float(field)
    return float(int(field, 16)) if _HEXADECIMAL.fullmatch(field) is not None else None


_PARSERS: Final[dict[str, Callable[[bytes], Any]]] = {
    "int32": _integer(32),
    "int64": _integer(64),
    "float32": _float,
    "float64": _float,
    "string": lambda field: field,
}


class Column:
    """Reads one column."""

    def __init__(self, dtype: Any, index: int) -> None:
        self.dtype = dtype
        self.index = index
        self._parse = _PARSERS[dtype.name]

    def read(self, field: bytes, default: Any, na_value: bytes, record: str) -> Any:
        """Returns the value of a field; `record`, a number or nothing, says in errors where it stands."""
        if not field or field == na_value:
            if np.size(default) != 1:
                raise invalid(f"Field {self.index} is required but missing in record{record}!")
            return default.item() if isinstance(default, (np.ndarray, np.generic)) else default
        value = self._parse(field)
        if value is None:
            text = field.decode(errors="replace")
            raise invalid(f"Field {self.index} in record{record} is not a valid {cpp_name(self.dtype)}: {text}")
        return value

    def scalar(self, value: Any) -> Any:
        """Returns a value as a scalar of the column's type."""
        return value if self.dtype is string else self.dtype.np.type(value)

    def tensor(self, values: list[Any], shape: tuple[int, ...]) -> Any:
        """Returns the column as a tensor."""
        if not shape:
            return self.scalar(values[0])
        out = np.empty(len(values), self.dtype.np)
        out[:] = values
        return out.reshape(shape)


@kernel("DecodeCSV")
def _decode_csv(k: KernelContext) -> Callable[..., Any]:
    """The columns of lines."""
    delim, quotes = k.attr("field_delim").encode(), k.attr("use_quote_delim")
    if len(delim) != 1:
        raise invalid("field_delim should be only 1 char")
    na_value = k.attr("na_value").encode() if isinstance(k.attr("na_value"), str) else k.attr("na_value")
    columns = [Column(dtype, i) for i, dtype in enumerate(k.output_dtypes)]
    chosen, count = k.attr("select_cols"), len(columns)

    def run(records: Any, *defaults: Any) -> Any:
        items, shape = texts_of(records)
        read: list[list[Any]] = [[] for _ in columns]
        for number, record in enumerate(items):
            fields = fields_of(record, delim[0], quotes=quotes)
            if chosen:
                fields = [fields[i] for i in chosen if i < len(fields)]
            if len(fields) != count:
                raise invalid(f"Expect {count} fields but have {len(fields)} in record {number}")
            for column, field, default, values in zip(columns, fields, defaults, read, strict=True):
                values.append(column.read(field, default, na_value, f" {number}"))
        tensors = tuple([c.tensor(values, shape) for c, values in zip(columns, read, strict=True)])
        return tensors[0] if count == 1 else tensors

    return run


@export("decode_csv", "io.decode_csv")
def decode_csv(
    records: Any,
    record_defaults: Sequence[Any],
    field_delim: str = ",",
    use_quote_delim: bool = True,
    name: str | None = None,
    na_value: str = "",
    select_cols: Sequence[int] | None = None,
) -> list[Tensor]:
    """Returns the columns of CSV lines.

    Args:
      records: strings, a line each.
      record_defaults: for each column a tensor of its type: with one element, which stands for fields that are empty, or
        with none where there has to be a value.
      field_delim: the character between fields.
      use_quote_delim: whether `"` around a field lets it hold anything.
      name: the operation's name.
      na_value: a string that stands for an empty field.
      select_cols: the numbers of the columns that are wanted, ascending; all when None.

    Returns:
      A list of tensors, one a column, in the shape of `records`.

    Raises:
      ValueError: `select_cols` does not ascend, or does not fit `record_defaults`.

    In a run it raises InvalidArgumentError for a line with another number of fields, or a field that is no number.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     count, price = tf.decode_csv(["3,1.5", ",2"], [[0], [0.0]])
    ...     [column.tolist() for column in sess.run([count, price])]
    [[3, 0], [1.5, 2.0]]
    """
    if select_cols is not None:
        if any(a >= b for a, b in itertools.pairwise(select_cols)):
            raise ValueError("select_cols is not strictly increasing.")
        if select_cols[0] < 0:
            raise ValueError("select_cols contains negative values.")
        if len(select_cols) != len(record_defaults):
            raise ValueError("Length of select_cols and record_defaults do not match.")
    columns: list[Tensor] = make_op(
        DECODE_CSV,
        records,
        record_defaults,
        field_delim=field_delim,
        use_quote_delim=use_quote_delim,
        na_value=na_value,
        select_cols=select_cols or [],
        name=name,
    )
    return columns
