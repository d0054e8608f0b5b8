"""Strings taken apart: string_split, strings.split, bytes_split, ngrams."""

from __future__ import annotations

from typing import Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import name_scope
from tangraph.framework.sparse_tensor import SparseTensor
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.packing import stack
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.shape import shape
from tangraph.ops.ragged.tensor import RaggedTensor, as_tensor_or_ragged
from tangraph.ops.strings.split_ops import STRING_NGRAMS, STRING_SPLIT, STRING_SPLIT_V2


def _sparse(parts: Any) -> SparseTensor:
    indices, values, dense_shape = parts
    indices.set_shape([None, 2])
    values.set_shape([None])
    dense_shape.set_shape([2])
    return SparseTensor(indices, values, dense_shape)


def _ragged(values: Tensor, indices: Tensor, rows: Tensor) -> RaggedTensor:
    return RaggedTensor.from_value_rowids(values, indices[:, 0], nrows=rows[0], validate=False)


@export("string_split")
def string_split(
    source: Any,
    sep: Any = None,
    skip_empty: bool = True,
    delimiter: Any = None,
    result_type: str = "SparseTensor",
    name: str | None = None,
) -> Any:
    """Splits strings at characters.

    Args:
      source: a vector of strings.
      sep: the characters, each of which separates, as a string; a space when None. At "", every byte is split off.
      skip_empty: whether empty parts are left out.
      delimiter: the old name of `sep`.
      result_type: "SparseTensor" or "RaggedTensor".
      name: the name scope.

    Returns:
      A SparseTensor of rank two with the parts of each string in a row; or a RaggedTensor.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.string_split(["a b", "c"])).values.tolist()
    [b'a', b'b', b'c']
    """
    with name_scope(name, "StringSplit", [source]):
        delimiter = deprecated_argument_lookup("sep", sep, "delimiter", delimiter)
        delimiter = convert_to_tensor(" " if delimiter is None else delimiter, dtype=dtypes.string)
        source = convert_to_tensor(source, dtype=dtypes.string)
        sparse = _sparse(make_op(STRING_SPLIT, source, delimiter, skip_empty=skip_empty))
        if result_type == "SparseTensor":
            return sparse
        if result_type == "RaggedTensor":
            return _ragged(sparse.values, sparse.indices, sparse.dense_shape)
        raise ValueError("result_type must be 'RaggedTensor' or 'SparseTensor'.")


def _split_sparse(source: Any, sep: Any, maxsplit: int) -> SparseTensor:
    sep = convert_to_tensor("" if sep is None else sep, dtype=dtypes.string)
    source = convert_to_tensor(source, dtype=dtypes.string)
    return _sparse(make_op(STRING_SPLIT_V2, source, sep, maxsplit=maxsplit))


@export("compat.v2.strings.split")
def split_v2(input: Any, sep: Any = None, maxsplit: int = -1, name: str | None = None) -> Any:
    """As `tf.strings.split`, with a RaggedTensor for result."""
    with name_scope(name, "StringSplit", [input]):
        value = as_tensor_or_ragged(input, dtype=dtypes.string, name="input")
        if isinstance(value, RaggedTensor):
            return value.with_flat_values(split_v2(value.flat_values, sep, maxsplit))
        rank = value.shape.ndims
        if rank == 0:
            return split_v2(stack([value]), sep, maxsplit)[0]
        if rank is None or rank == 1:
            sparse = _split_sparse(value, sep, maxsplit)
            return _ragged(sparse.values, sparse.indices, sparse.dense_shape)
        return split_v2(RaggedTensor.from_tensor(value), sep, maxsplit)


@export("strings.split")
def split(
    input: Any = None,
    sep: Any = None,
    maxsplit: int = -1,
    result_type: str = "SparseTensor",
    source: Any = None,
    name: str | None = None,
) -> Any:
    """Splits strings at a separator, as Python's `str.split` does.

    Args:
      input: strings: a tensor or RaggedTensor.
      sep: the separator; runs of white space when None.
      maxsplit: how often each string is split at most; as often as possible when negative.
      result_type: "SparseTensor" or "RaggedTensor".
      source: the old name of `input`.
      name: the name scope.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.strings.split(["a b c", "d"], result_type="RaggedTensor")).to_list()
    [[b'a', b'b', b'c'], [b'd']]
    """
    input = deprecated_argument_lookup("input", input, "source", source)
    with name_scope(name, "StringSplit", [input]):
        value = as_tensor_or_ragged(input, dtype=dtypes.string, name="input")
        if result_type == "SparseTensor" and value.shape.ndims == 1:
            return _split_sparse(value, sep, maxsplit)
        ragged = split_v2(value, sep=sep, maxsplit=maxsplit)
        if result_type == "SparseTensor":
            return ragged.to_sparse()
        if result_type == "RaggedTensor":
            return ragged
        raise ValueError("result_type must be 'RaggedTensor' or 'SparseTensor'.")


@export("strings.bytes_split")
def bytes_split(input: Any, name: str | None = None) -> Any:
    """Splits strings into their bytes.

    Args:
      input: strings: a tensor of known rank, or a RaggedTensor.
      name: the name scope.

    Returns:
      A RaggedTensor with one more axis; of a scalar, a vector.
    """
    with name_scope(name, "StringsByteSplit", [input]):
        value = as_tensor_or_ragged(input, name="input")
        if isinstance(value, RaggedTensor):
            return value.with_flat_values(bytes_split(value.flat_values))
        rank = value.shape.ndims
        if rank is None:
            raise ValueError("input must have a statically-known rank.")
        if rank == 0:
            return bytes_split(stack([value]))[0]
        if rank == 1:
            indices, values, rows = make_op(STRING_SPLIT, value, "", skip_empty=False)
            return _ragged(values, indices, rows)
        return bytes_split(RaggedTensor.from_tensor(value))


@export("strings.ngrams")
def ngrams(
    data: Any,
    ngram_width: Any,
    separator: str = " ",
    pad_values: Any = None,
    padding_width: int | None = None,
    preserve_short_sequences: bool = False,
    name: str | None = None,
) -> Any:
    """Joins neighbouring strings of each row.

    Args:
      data: strings: a tensor of known rank of at least one, or a RaggedTensor.
      ngram_width: how many are joined, or a list of such numbers.
      separator: what stands between them.
      pad_values: what is put in front of and behind each row: a string or a pair of them; nothing when None.
      padding_width: how often, at most; so often that every string is the first of an n-gram, and the last, when None.
      preserve_short_sequences: whether rows that are too short for any n-gram become one.
      name: the name scope.

    Raises:
      TypeError: `pad_values` is none of these.
      ValueError: a width below one, or a `padding_width` without `pad_values`.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.strings.ngrams(["a", "b", "c"], 2)).tolist()
    [b'a b', b'b c']
    """
    with name_scope(name, "StringNGrams", [data]):
        left, right = _pads(pad_values)
        if padding_width is not None and padding_width < 1:
            raise ValueError("padding_width must be greater than 0.")
        if padding_width is not None and pad_values is None:
            raise ValueError("pad_values must be provided if padding_width is set.")
        value = as_tensor_or_ragged(data, name="data", dtype=dtypes.string)
        more = (ngram_width, separator, pad_values, padding_width, preserve_short_sequences, name)
        dense_shape: Any = None
        if isinstance(value, Tensor):
            dense_shape = concat([shape(value)[:-1], [-1]], axis=0)
            rank = value.shape.ndims
            if rank is None:
                raise ValueError("Rank of data must be known.")
            if rank == 0:
                raise ValueError("Data must have rank>0")
            if rank == 1:
                rows = RaggedTensor.from_row_starts(value, [0], validate=False)
                return ngrams(rows, *more)[0]
            value = RaggedTensor.from_tensor(value, ragged_rank=rank - 1)
        if value.ragged_rank > 1:
            result = value.with_values(ngrams(value.values, *more))
        else:
            width = 0 if pad_values is None else -1 if padding_width is None else padding_width
            result = _joined(value, ngram_width, separator, left, right, width, preserve_short_sequences)
        return result if dense_shape is None else reshape(result.flat_values, dense_shape)


def _pads(pad_values: Any) -> tuple[Any, Any]:
    if pad_values is None:
        return "", ""
    pads = pad_values if isinstance(pad_values, (list, tuple)) else (pad_values, pad_values)
    if not isinstance(pads[0], (str, bytes)) or not isinstance(pads[1], (str, bytes)):
        raise TypeError("pad_values must be a string, tuple of strings, or None.")
    return pads[0], pads[1]


def _joined(
    rows: RaggedTensor, ngram_width: Any, separator: str, left: Any, right: Any, padding: int, keep_short: bool
) -> RaggedTensor:
    widths = ngram_width if isinstance(ngram_width, (list, tuple)) else [ngram_width]
    if any(width < 1 for width in widths):
        raise ValueError(f"All ngram_widths must be greater than 0. Got {ngram_width}")
    grams, splits = make_op(
        STRING_NGRAMS,
        rows.flat_values,
        rows.row_splits,
        separator=separator,
        ngram_widths=list(widths),
        left_pad=left,
        right_pad=right,
        pad_width=padding,
        preserve_short_sequences=keep_short,
    )
    return RaggedTensor.from_row_splits(grams, splits, validate=False)
