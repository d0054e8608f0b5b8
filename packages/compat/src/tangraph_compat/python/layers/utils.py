"""`tensorflow.python.layers.utils`: what layers of programs' own use."""

from __future__ import annotations

from typing import Any

from tangraph.ops.control_flow.cond import smart_cond, smart_constant_value
from tangraph_compat.internals import names_of

__getattr__, __dir__ = names_of(__name__)
__all__ = ["smart_cond"]


def constant_value(pred: Any) -> bool | None:
    """Returns the value of a bool, a tensor or a variable when it is known while the graph is built, else None."""
    return None if hasattr(pred, "assign") else smart_constant_value(pred)


def convert_data_format(data_format: str, ndim: int) -> str:
    """Returns "NHWC", "NCHW", ... for "channels_last" or "channels_first".

    Raises:
      ValueError: the number of dimensions is not 3, 4 or 5, or the format is another.
    """
    letters = {3: "W", 4: "HW", 5: "DHW"}.get(ndim)
    if letters is None:
        raise ValueError(f"Input rank not supported: {ndim}")
    if data_format == "channels_last":
        return f"N{letters}C"
    if data_format == "channels_first":
        return f"NC{letters}"
    raise ValueError(f"Invalid data_format: {data_format}")


def normalize_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """Returns n integers from one integer or n of them.

    Raises:
      ValueError: it is neither.
    """
    text = f"The `{name}` argument must be a tuple of {n} integers. Received: {value}"
    if isinstance(value, int):
        return (value,) * n
    try:
        values = tuple(value)
        numbers = tuple(int(one) for one in values)
    except (TypeError, ValueError) as error:
        raise ValueError(text) from error
    if len(values) != n:
        raise ValueError(text)
    return numbers


def normalize_data_format(value: str) -> str:
    """Returns "channels_last" or "channels_first" in lower case.

    Raises:
      ValueError: it is another.
    """
    if value.lower() not in {"channels_first", "channels_last"}:
        raise ValueError(
            f'The `data_format` argument must be one of "channels_first", "channels_last". Received: {value}'
        )
    return value.lower()


def normalize_padding(value: str) -> str:
    """Returns "valid" or "same" in lower case.

    Raises:
      ValueError: it is another.
    """
    if value.lower() not in {"valid", "same"}:
        raise ValueError(f'The `padding` argument must be one of "valid", "same". Received: {value}')
    return value.lower()


def conv_output_length(input_length: Any, filter_size: int, padding: str, stride: int, dilation: int = 1) -> Any:
    """Returns the length that a convolution makes of a length; None for None."""
    if input_length is None:
        return None
    size = filter_size + (filter_size - 1) * (dilation - 1)
    length = {"same": input_length, "valid": input_length - size + 1, "full": input_length + size - 1}[padding]
    return (length + stride - 1) // stride


def deconv_output_length(input_length: Any, filter_size: int, padding: str, stride: int) -> Any:
    """Returns the length that a transposed convolution makes of a length; None for None."""
    if input_length is None:
        return None
    more = {"valid": max(filter_size - stride, 0), "full": -(stride + filter_size - 2)}
    return input_length * stride + more.get(padding, 0)
