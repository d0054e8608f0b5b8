"""Datasets that are made from tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.dimension import Dimension
from tangraph.framework.sparse_tensor import SparseTensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.plugin import make_op
from tangraph_datasets.data import nest, structure
from tangraph_datasets.data.dataset import DatasetSource

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


class TensorDataset(DatasetSource):
    """One element."""

    def __init__(self, element: Any) -> None:
        element = structure.normalize_element(element)
        self._structure = structure.type_spec_from_value(element)
        self._tensors = structure.to_tensor_list(self._structure, element)
        shapes = structure.get_flat_tensor_shapes(self._structure)
        super().__init__(make_op("TensorDataset", self._tensors, output_shapes=shapes))

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


class TensorSliceDataset(DatasetSource):
    """The rows of tensors."""

    def __init__(self, element: Any) -> None:
        element = structure.normalize_element(element)
        batched = structure.type_spec_from_value(element)
        self._tensors = structure.to_batched_tensor_list(batched, element)
        self._structure = nest.map_structure(lambda spec: spec._unbatch(), batched)
        size = _first_size(self._tensors[0])
        for tensor in self._tensors[1:]:
            size.assert_is_compatible_with(_first_size(tensor))
        shapes = structure.get_flat_tensor_shapes(self._structure)
        super().__init__(make_op("TensorSliceDataset", self._tensors, output_shapes=shapes))

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


def _first_size(tensor: Tensor) -> Dimension:
    size: Any = tensor.get_shape()[0]
    return Dimension(getattr(size, "value", size))


class SparseTensorSliceDataset(DatasetSource):
    """The rows of a SparseTensor."""

    def __init__(self, sparse_tensor: Any) -> None:
        if not isinstance(sparse_tensor, SparseTensor):
            raise TypeError(f"`sparse_tensor` must be a `tf.SparseTensor` object. Was {sparse_tensor}.")
        self._sparse_tensor = sparse_tensor
        columns: Any = sparse_tensor.indices.get_shape()[1] - 1
        rank = columns.merge_with(sparse_tensor.dense_shape.get_shape()[0] - 1)
        self._structure = (
            TensorSpec([None, rank], dtypes.int64),
            TensorSpec([None], sparse_tensor.dtype),
            TensorSpec([rank], dtypes.int64),
        )
        parts = sparse_tensor.indices, sparse_tensor.values, sparse_tensor.dense_shape
        super().__init__(make_op("SparseTensorSliceDataset", *parts))

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


class RangeDataset(DatasetSource):
    """The integers of a range."""

    def __init__(self, *args: Any) -> None:
        if not 1 <= len(args) <= 3:
            raise ValueError(f"Invalid arguments to RangeDataset: {args}")
        start, stop = (0, args[0]) if len(args) == 1 else args[:2]
        numbers = {"start": start, "stop": stop, "step": args[2] if len(args) == 3 else 1}
        tensors = [convert_to_tensor(value, dtype=dtypes.int64, name=name) for name, value in numbers.items()]
        super().__init__(make_op("RangeDataset", *tensors, **self._flat_structure))

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return TensorSpec([], dtypes.int64)
