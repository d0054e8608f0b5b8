"""What the arguments of layers stand for: activations, regularizers and constraints by name; sizes; formats."""

from __future__ import annotations

import math
from typing import Any

import tangraph as tf
from tangraph_layers import activations
from tangraph_layers.engine.settings import image_data_format


def activation(identifier: Any) -> Any:
    """Returns the function that a name or a function stands for: for None, one that returns its argument.

    Raises:
      ValueError: an unknown name.
      TypeError: neither.
    """
    if identifier is None:
        return activations.linear
    if callable(identifier):
        return identifier
    if not isinstance(identifier, str):
        raise TypeError(f"Could not interpret activation function identifier: {identifier!r}")
    if identifier not in activations.FUNCTIONS:
        raise ValueError(f"Unknown activation function:{identifier}")
    return activations.FUNCTIONS[identifier]


def initializer(identifier: Any) -> Any:
    """Returns the initializer that a name, a dictionary or a function stands for; None for None."""
    return tf.keras.initializers.get(identifier)


def regularizer(identifier: Any) -> Any:
    """Returns the regularizer that a name or a function stands for; None for None."""
    return identifier if identifier is None or callable(identifier) else tf.keras.regularizers.get(identifier)


def constraint(identifier: Any) -> Any:
    """Returns the constraint that a name or a function stands for; None for None."""
    return identifier if identifier is None or callable(identifier) else tf.keras.constraints.get(identifier)


def serialized(value: Any) -> Any:
    """Returns an object's class name and config, or a function's name; None for None.

    Raises:
      ValueError: it has neither.
    """
    if value is None:
        return None
    if hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    if hasattr(value, "__name__"):
        return "softmax" if value.__name__ == "softmax_v2" else value.__name__
    raise ValueError("Cannot serialize", value)


def config_of(layer: Any, names: str) -> dict[str, Any]:
    """Returns attributes of a layer as a config: functions and other objects by their names and configs."""
    found = {}
    for name in names.split():
        value = getattr(layer, name)
        is_object = name.endswith(("initializer", "regularizer", "constraint", "activation"))
        found[name] = serialized(value) if is_object else value
    return found


def sizes(value: Any, n: int, name: str) -> tuple[int, ...]:
    """Returns n integers from one integer or n of them.

    Raises:
      ValueError: it is neither.
    """
    if isinstance(value, int):
        return (value,) * n
    text = f"The `{name}` argument must be a tuple of {n} integers. Received: {value}"
    try:
        values = tuple(value)
    except TypeError:
        raise ValueError(text) from None
    if len(values) != n:
        raise ValueError(text)
    for one in values:
        try:
            int(one)
        except (ValueError, TypeError):
            raise ValueError(f"{text} including element {one} of type {type(one)}") from None
    return values


def data_format(value: str | None) -> str:
    """Returns "channels_last" or "channels_first" from such a word in any case; Keras' setting for None.

    Raises:
      ValueError: it is another word.
    """
    found = image_data_format() if value is None else value.lower()
    if found not in {"channels_first", "channels_last"}:
        raise ValueError(
            f'The `data_format` argument must be one of "channels_first", "channels_last". Received: {value}'
        )
    return found


def padding(value: Any) -> Any:
    """Returns "valid", "same" or "causal" from such a word in any case; a list as it is.

    Raises:
      ValueError: it is another word.
    """
    if isinstance(value, list | tuple):
        return value
    found = value.lower()
    if found not in {"valid", "same", "causal"}:
        raise ValueError(
            'The `padding` argument must be a list/tuple or one of "valid", "same" (or "causal", only for `Conv1D). '
            f"Received: {found}"
        )
    return found


def letters(channels: str, ndim: int) -> str:
    """Returns the format of ops for that of layers.

    >>> letters("channels_first", 4), letters("channels_last", 5)
    ('NCHW', 'NDHWC')
    """
    spatial = {3: "W", 4: "HW", 5: "DHW"}.get(ndim)
    if spatial is None:
        raise ValueError("Input rank not supported:", ndim)
    return f"N{spatial}C" if channels == "channels_last" else f"NC{spatial}"


def windows(length: int | None, size: int, pad: str, stride: int, dilation: int = 1) -> int | None:
    """Returns how many windows fit along an axis: what a convolution or a pooling leaves of it."""
    if length is None:
        return None
    if pad == "valid":
        length -= (size - 1) * dilation
    return (length + stride - 1) // stride


def spread(length: Any, size: int, pad: str, stride: int, output_padding: int | None = None, dilation: int = 1) -> Any:
    """Returns what a transposed convolution makes of an axis: a number, a tensor for a tensor, None for None."""
    if length is None:
        return None
    size += (size - 1) * (dilation - 1)
    if output_padding is None:
        return length * stride + max(size - stride, 0) if pad == "valid" else length * stride
    cut = size // 2 if pad == "same" else 0
    return (length - 1) * stride + size - 2 * cut + output_padding


def product(shape: Any) -> int:
    """Returns the product of known sizes."""
    return math.prod(int(size) for size in shape)
