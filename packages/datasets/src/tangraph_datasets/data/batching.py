"""Datasets of batches, padded batches and windows, and of the rows of batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value, constant_value_as_shape
from tangraph.framework.dimension import Dimension
from tangraph.framework.sparse_tensor import SparseTensor
from tangraph.framework.tensor_conversion import convert_to_tensor, internal_convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape, as_shape
from tangraph.plugin import make_op
from tangraph_datasets.data import nest, structure
from tangraph_datasets.data.dataset import DatasetV2, UnaryDataset
from tangraph_datasets.data.spec import DatasetSpec

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


class BatchDataset(UnaryDataset):
    """Elements put together."""

    def __init__(self, input_dataset: DatasetV2, batch_size: Any, drop_remainder: Any) -> None:
        self._batch_size = convert_to_tensor(batch_size, dtype=dtypes.int64, name="batch_size")
        self._drop_remainder = convert_to_tensor(drop_remainder, dtype=dtypes.bool, name="drop_remainder")
        size = constant_value(self._batch_size) if constant_value(self._drop_remainder) else None
        known = None if size is None else int(size)
        self._structure = nest.map_structure(lambda spec: spec._batch(known), input_dataset.element_spec)
        variant = make_op(
            "BatchDatasetV2",
            input_dataset._variant_tensor,
            self._batch_size,
            self._drop_remainder,
            **self._flat_structure,
        )
        super().__init__(input_dataset, variant)

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


def _shape_tensor(padded_shape: Any, component: TensorShape) -> Tensor:
    """Returns the shape that a component is filled up to as a vector, -1 where it is not known.

    Raises:
      ValueError: it is no shape, or does not fit the component's.
      TypeError: a tensor that is not of int64.
    """
    try:
        shape = as_shape(padded_shape)
        sizes = [-1 if size is None else size for size in shape.as_list()]
        tensor: Tensor = convert_to_tensor(sizes, dtype=dtypes.int64)
    except (TypeError, ValueError):
        tensor = internal_convert_to_tensor(padded_shape, preferred_dtype=dtypes.int64)
        if tensor.shape.dims is not None and len(tensor.shape.dims) != 1:
            raise ValueError(
                f"Padded shape {padded_shape} must be a 1-D tensor of tf.int64 values, but its shape was {tensor.shape}."
            ) from None
        if tensor.dtype is not dtypes.int64:
            raise TypeError(
                f"Padded shape {padded_shape} must be a 1-D tensor of tf.int64 values, but its element type was "
                f"{tensor.dtype.name}."
            ) from None
        shape = constant_value_as_shape(tensor)
    if not _fits(shape, component):
        raise ValueError(
            f"The padded shape {shape} is not compatible with the corresponding input component shape {component}."
        )
    return tensor


def _fits(padded: TensorShape, component: TensorShape) -> bool:
    if padded.ndims is None or component.ndims is None:
        return True
    pairs = zip(padded.as_list(), component.as_list(), strict=False)
    return padded.ndims == component.ndims and all(a is None or b is None or a >= b for a, b in pairs)


def _value_tensor(value: Any, dtype: Any) -> Tensor:
    tensor: Tensor = convert_to_tensor(value, name="padding_value")
    if not tensor.shape.is_compatible_with(TensorShape([])):
        raise ValueError(f"Padding value should be a scalar, but is not: {tensor}")
    if tensor.dtype != dtype:
        raise TypeError(f"Padding value tensor ({tensor}) does not match output type: {dtype}")
    return tensor


def _zero(dtype: Any) -> Any:
    base = dtype.base_dtype
    if base is dtypes.string:
        return ""
    if base is dtypes.variant:
        raise TypeError(
            f"Unable to create padding for field of type 'variant' because t.base_type == dtypes.variant == {base}."
        )
    return np.zeros_like(dtype.as_numpy_dtype())


class PaddedBatchDataset(UnaryDataset):
    """Elements filled up to a common shape and put together."""

    def __init__(
        self,
        input_dataset: DatasetV2,
        batch_size: Any,
        padded_shapes: Any,
        padding_values: Any,
        drop_remainder: Any,
    ) -> None:
        spec = input_dataset.element_spec
        types, input_shapes = structure.legacy_types(spec), structure.legacy_shapes(spec)
        if any(kind is SparseTensor for kind in nest.flatten(structure.legacy_classes(spec))):
            raise TypeError("Batching of padded sparse tensors is not currently supported")
        self._batch_size = convert_to_tensor(batch_size, dtype=dtypes.int64, name="batch_size")
        if padding_values is None:
            padding_values = nest.map_structure(_zero, types)
        pairs = zip(nest.flatten(input_shapes), nest.flatten_up_to(input_shapes, padded_shapes), strict=False)
        shapes = [_shape_tensor(padded, component) for component, padded in pairs]
        values = nest.map_structure_up_to(input_shapes, _value_tensor, padding_values, types)
        self._drop_remainder = convert_to_tensor(drop_remainder, dtype=dtypes.bool, name="drop_remainder")
        drops = constant_value(self._drop_remainder)
        size = constant_value(self._batch_size) if drops else None
        first = TensorShape([None if size is None else int(size)])
        output_shapes = [first.concatenate(constant_value_as_shape(shape)) for shape in shapes]
        self._structure = structure.convert_legacy_structure(
            types, nest.pack_sequence_as(input_shapes, output_shapes), structure.legacy_classes(spec)
        )
        inputs = [input_dataset._variant_tensor, self._batch_size, shapes, nest.flatten(values)]
        flat_shapes = structure.get_flat_tensor_shapes(self._structure)
        variant = make_op("PaddedBatchDatasetV2", *inputs, self._drop_remainder, output_shapes=flat_shapes)
        super().__init__(input_dataset, variant)

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


class WindowDataset(UnaryDataset):
    """Datasets of elements in a row."""

    def __init__(self, input_dataset: DatasetV2, size: Any, shift: Any, stride: Any, drop_remainder: Any) -> None:
        self._size = convert_to_tensor(size, dtype=dtypes.int64, name="size")
        self._shift = convert_to_tensor(shift, dtype=dtypes.int64, name="shift")
        self._stride = convert_to_tensor(stride, dtype=dtypes.int64, name="stride")
        self._drop_remainder = convert_to_tensor(drop_remainder, dtype=dtypes.bool, name="drop_remainder")
        spec = input_dataset.element_spec
        self._structure = nest.pack_sequence_as(spec, [DatasetSpec(component) for component in nest.flatten(spec)])
        variant = make_op(
            "WindowDataset",
            input_dataset._variant_tensor,
            self._size,
            self._shift,
            self._stride,
            self._drop_remainder,
            **self._flat_structure,
        )
        super().__init__(input_dataset, variant)

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


class RestructuredDataset(UnaryDataset):
    """A dataset whose elements are taken for another structure of the same tensors."""

    def __init__(self, dataset: DatasetV2, element_spec: Any) -> None:
        self._structure = element_spec
        super().__init__(dataset, dataset._variant_tensor)

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


class UnbatchDataset(UnaryDataset):
    """The rows of elements."""

    def __init__(self, input_dataset: DatasetV2) -> None:
        shapes = input_dataset._flat_shapes
        if any(shape.ndims == 0 for shape in shapes):
            raise ValueError("Cannot unbatch an input with scalar components.")
        size = Dimension(None)
        for shape in shapes:
            try:
                size = size.merge_with(shape[0])
            except ValueError:
                raise ValueError("Cannot unbatch an input whose components have different batch sizes.") from None
        self._structure = nest.map_structure(lambda spec: spec._unbatch(), input_dataset.element_spec)
        source = input_dataset._variant_tensor
        super().__init__(input_dataset, make_op("UnbatchDataset", source, **self._flat_structure))

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


UnbatchDataset.__name__ = UnbatchDataset.__qualname__ = "_UnbatchDataset"


def unbatch(dataset: DatasetV2) -> UnbatchDataset:
    """Returns the dataset of the rows of elements; SparseTensors are taken apart on the way."""

    def normalize(arg: Any, *rest: Any) -> Any:
        return structure.to_batched_tensor_list(dataset.element_spec, (arg, *rest) if rest else arg)

    return UnbatchDataset(RestructuredDataset(dataset.map(normalize), dataset.element_spec))
