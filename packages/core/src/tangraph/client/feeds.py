"""Feeds: checks a fed value and makes it an array of the tensor's type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import dtypes, errors, raw_shape
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_shape import TensorShape

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.graph import Graph


class Feed:
    """One fed tensor, prepared.

    Attributes:
      tensor: the tensor.
      convert: from what the user gave to an array; checks type and shape.
    """

    __slots__ = ("_dtype", "_fitting", "_raw", "convert", "tensor")

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor
        self._dtype = tensor.dtype.base.np
        self._raw = tensor.raw_shape
        #: The latest shape that fitted: what is fed next has it nearly always.
        self._fitting: tuple[int, ...] | None = None
        self.convert: Callable[[Any], Any] = self._convert
        if tensor.dtype.base is dtypes.string:
            self.convert = self._convert_string
        elif self._dtype is None or tensor.dtype.base in (dtypes.resource, dtypes.variant):
            self.convert = lambda value: value

    def _convert(self, value: Any) -> Any:
        fits = type(value) is np.ndarray and value.dtype == self._dtype
        array = value if fits else self._to_array(value)
        if array.shape != self._fitting:
            if not raw_shape.compatible(array.shape, self._raw):
                self._raise_shape(array.shape)
            self._fitting = array.shape
        return array

    def _to_array(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            raise TypeError(
                "The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python scalars, "
                f"strings, lists, numpy ndarrays, or TensorHandles. For reference, the tensor object was {value} which "
                "was passed to the feed with key " + str(self.tensor) + "."
            )
        if isinstance(value, int) and not isinstance(value, bool) and self._dtype.kind in "iu":
            info = np.iinfo(self._dtype)
            if not info.min <= value <= info.max:
                self._raise_type(value, self._dtype.type)
        if self._dtype.kind in "iu" and isinstance(value, (float, list, tuple)):
            # NumPy 2 refuses what NumPy 1 truncated: fractions, and numbers in lists that are too large.
            return np.asarray(value).astype(self._dtype)
        with np.errstate(all="ignore"):
            return np.asarray(value, dtype=self._dtype)

    def _convert_string(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            return self._to_array(value)
        if isinstance(value, int):
            self._raise_type(value, object)
        array = np.asarray(value, dtype=object) if not isinstance(value, (str, bytes)) else np.array(value, object)
        flat = [v.encode() if isinstance(v, str) else v for v in array.ravel().tolist()]
        wrong = next((v for v in flat if not isinstance(v, bytes)), b"")
        if wrong != b"":
            raise errors.InternalError(None, None, f"Unsupported object type {type(wrong).__name__}")
        result = np.empty(array.shape, object)
        result.ravel()[:] = flat if array.shape else flat[0]
        if array.shape == ():
            result[()] = flat[0]
        if not raw_shape.compatible(result.shape, self._raw):
            self._raise_shape(result.shape)
        return result

    def as_given(self, value: Any) -> Any:
        """Returns what fetching the fed tensor itself gives: an array of the fed value, strings as they came."""
        return np.array(value, object) if self.tensor.dtype.base is dtypes.string else np.array(self.convert(value))

    def _raise_type(self, value: Any, wanted: type) -> None:
        raise TypeError(
            f"Type of feed value {value} with type {type(value)} is not compatible with Tensor type {wanted}. Try "
            "explicitly setting the type of the feed tensor to a larger type (e.g. int64)."
        )

    def _raise_shape(self, shape: tuple[int, ...]) -> None:
        raise ValueError(
            f"Cannot feed value of shape {shape!r} for Tensor {self.tensor.name!r}, which has shape "
            f"'{TensorShape.from_raw(self._raw)}'"
        )


def resolve_feed(graph: Graph, key: Any) -> Tensor:
    """Returns the tensor that a key of a feed_dict means.

    Raises:
      TypeError: the key can be no tensor of this graph.
      ValueError: the tensor may not be fed.
    """
    try:
        tensor: Tensor = graph.as_graph_element(key, allow_tensor=True, allow_operation=False)
    except (TypeError, ValueError, KeyError) as error:
        raise TypeError(f"Cannot interpret feed_dict key as Tensor: {error.args[0]}") from None
    if not graph.is_feedable(tensor):
        raise ValueError(f"Tensor {tensor} may not be fed.")
    return tensor
