"""Characters of strings: unicode_decode, unicode_encode, unicode_split."""

from __future__ import annotations

from typing import Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import name_scope
from tangraph.ops.array.packing import stack
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.shape import shape
from tangraph.ops.ragged.array import expand_dims
from tangraph.ops.ragged.tensor import RaggedTensor, as_tensor_or_ragged, is_ragged
from tangraph.ops.strings.unicode_ops import UNICODE_DECODE, UNICODE_DECODE_WITH_OFFSETS, UNICODE_ENCODE


@export("strings.unicode_encode")
def unicode_encode(
    input: Any, output_encoding: str, errors: str = "replace", replacement_char: int = 65533, name: str | None = None
) -> Any:
    """Returns strings of characters.

    Args:
      input: code points: int32, a tensor of known rank of at least one, or a RaggedTensor.
      output_encoding: "UTF-8", "UTF-16-BE" or "UTF-32-BE".
      errors: what is done about numbers that are no characters: "replace", "ignore" or "strict".
      replacement_char: what they are replaced by.
      name: the name scope.

    Returns:
      Strings, one for each innermost row.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.strings.unicode_encode([104, 105], "UTF-8"))
    b'hi'
    """
    more = (output_encoding, errors, replacement_char)
    with name_scope(name, "UnicodeEncode", [input]):
        value = as_tensor_or_ragged(input)
        rank = value.shape.ndims
        if rank is None:
            raise ValueError("Rank of input_tensor must be statically known.")
        if is_ragged(value):
            return _encode_ragged(value, *more)
        if rank == 0:
            raise ValueError("input_tensor's rank must be at least 1.")
        if rank == 1:
            # TensorFlow counts the characters in int32.
            splits = stack([0, shape(value, out_type=dtypes.int32)[0]])
            ragged = RaggedTensor.from_row_splits(value, splits, validate=False)
            return reshape(unicode_encode(ragged, *more), [])
        if rank == 2:
            return unicode_encode(RaggedTensor.from_tensor(value), *more)
        rows = reshape(value, stack([-1, shape(value)[-1]]))
        return reshape(unicode_encode(rows, *more), value.shape[:-1])


def _encode_ragged(value: RaggedTensor, output_encoding: str, errors: str, replacement_char: int) -> Any:
    more = (output_encoding, errors, replacement_char)
    if (value.flat_values.shape.ndims or 0) > 1:
        return value.with_flat_values(unicode_encode(value.flat_values, *more))
    if value.ragged_rank > 1:
        return value.with_values(unicode_encode(value.values, *more))
    return make_op(
        UNICODE_ENCODE,
        value.values,
        value.row_splits,
        output_encoding=output_encoding,
        errors=errors,
        replacement_char=replacement_char,
    )


@export("strings.unicode_decode")
def unicode_decode(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 65533,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Any:
    """Returns the characters of strings.

    Args:
      input: strings: a tensor of known rank, or a RaggedTensor.
      input_encoding: "UTF-8", "UTF-16-BE", "US-ASCII", "ISO-8859-1", "SHIFT-JIS", ...
      errors: what is done about bytes that stand for no character: "replace", "ignore" or "strict".
      replacement_char: what they are replaced by.
      replace_control_characters: whether control characters are replaced too.
      name: the name scope.

    Returns:
      Code points, int32: a vector for a scalar, else a RaggedTensor with one more axis.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.strings.unicode_decode("hi", "UTF-8")).tolist()
    [104, 105]
    """
    more = (errors, replacement_char, replace_control_characters)
    with name_scope(name, "UnicodeDecode", [input]):
        return _decoded(input, input_encoding, *more, with_offsets=False)


@export("strings.unicode_decode_with_offsets")
def unicode_decode_with_offsets(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 65533,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Any:
    """As `tf.strings.unicode_decode`; the second result says at which byte each character starts (int64)."""
    more = (errors, replacement_char, replace_control_characters)
    with name_scope(name, "UnicodeDecodeWithOffsets", [input]):
        return _decoded(input, input_encoding, *more, with_offsets=True)


@export("strings.unicode_split")
def unicode_split(
    input: Any, input_encoding: str, errors: str = "replace", replacement_char: int = 65533, name: str | None = None
) -> Any:
    """Splits strings into their characters; the arguments are those of `tf.strings.unicode_decode`."""
    with name_scope(name, "UnicodeSplit", [input]):
        codes = _decoded(input, input_encoding, errors, replacement_char, False, with_offsets=False)
        return _each_encoded(codes, input_encoding, errors, replacement_char)


@export("strings.unicode_split_with_offsets")
def unicode_split_with_offsets(
    input: Any, input_encoding: str, errors: str = "replace", replacement_char: int = 65533, name: str | None = None
) -> Any:
    """As `tf.strings.unicode_split`; the second result says at which byte each character starts (int64)."""
    with name_scope(name, "UnicodeSplitWithOffsets", [input]):
        codes, starts = _decoded(input, input_encoding, errors, replacement_char, False, with_offsets=True)
        return _each_encoded(codes, input_encoding, errors, replacement_char), starts


def _each_encoded(codes: Any, encoding: str, errors: str, replacement_char: int) -> Any:
    return unicode_encode(expand_dims(codes, -1), encoding, errors, replacement_char)


def _decoded(
    input: Any, encoding: str, errors: str, replacement_char: int, replace_controls: bool, *, with_offsets: bool
) -> Any:
    value = as_tensor_or_ragged(input, name="input")
    rank = value.shape.ndims
    if rank is None:
        raise ValueError("Rank of `input` must be statically known.")
    if rank > 1 and not is_ragged(value):
        value = RaggedTensor.from_tensor(value, ragged_rank=rank - 1)
    elif rank > 1 and value.ragged_rank < rank - 1:
        depth = rank - value.ragged_rank + 1
        value = value.with_flat_values(RaggedTensor.from_tensor(value.flat_values, ragged_rank=depth))
    splits, *parts = make_op(
        UNICODE_DECODE_WITH_OFFSETS if with_offsets else UNICODE_DECODE,
        reshape(value.flat_values if is_ragged(value) else value, [-1]),
        input_encoding=encoding,
        errors=errors,
        replacement_char=replacement_char,
        replace_control_characters=replace_controls,
    )
    results = []
    for part in parts:
        result = part if rank == 0 else RaggedTensor.from_row_splits(part, splits, validate=False)
        results.append(value.with_flat_values(result) if rank > 1 else result)
    return tuple(results) if with_offsets else results[0]
