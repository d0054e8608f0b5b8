"""What ``tf.contrib.data`` has and ``tf.data.experimental`` has not, and old names of specs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.sparse_spec import SparseTensorSpec
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import as_shape
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.plugin import export, make_op
from tangraph_datasets.data import nest, structure
from tangraph_datasets.data.batching import RestructuredDataset
from tangraph_datasets.data.dataset import DatasetV2, UnaryDataset

if TYPE_CHECKING:
    from collections.abc import Callable

    Transformation = Callable[[DatasetV2], Any]


@export("contrib.data.batch_and_drop_remainder")
def batch_and_drop_remainder(batch_size: Any) -> Transformation:
    """Returns the transformation to batches that are all of the same size; see `Dataset.batch`."""
    return lambda dataset: dataset.batch(batch_size, drop_remainder=True)


@export("contrib.data.padded_batch_and_drop_remainder")
def padded_batch_and_drop_remainder(batch_size: Any, padded_shapes: Any, padding_values: Any = None) -> Transformation:
    """Returns the transformation to filled-up batches that are all of the same size; see `Dataset.padded_batch`."""
    return lambda dataset: dataset.padded_batch(
        batch_size, padded_shapes=padded_shapes, padding_values=padding_values, drop_remainder=True
    )


@export("contrib.data.assert_element_shape")
def assert_element_shape(expected_shapes: Any) -> Transformation:
    """Returns the transformation that checks the shapes of elements and then knows them.

    Args:
      expected_shapes: the structure of shapes.

    Raises (when it is applied):
      ValueError: the shapes contradict what is known.
    """

    def _check_shape(*elements: Any) -> Any:
        pairs = zip(nest.flatten(expected_shapes), nest.flatten(elements), strict=True)
        return nest.pack_sequence_as(elements, [_with_shape(shape, t) if shape else t for shape, t in pairs])

    def apply(dataset: DatasetV2) -> DatasetV2:
        spec = dataset.element_spec
        shapes = structure.legacy_shapes(spec)
        pairs = zip(nest.flatten(shapes), nest.flatten_up_to(shapes, expected_shapes), strict=True)
        merged = nest.pack_sequence_as(shapes, [known.merge_with(as_shape(new)) for known, new in pairs])
        types, classes = structure.legacy_types(spec), structure.legacy_classes(spec)
        return RestructuredDataset(
            dataset.map(_check_shape), structure.convert_legacy_structure(types, merged, classes)
        )

    return apply


def _with_shape(shape: Any, tensor: Any) -> Any:
    """Returns a tensor that is known to have a shape.

    Raises:
      ValueError: it has another.
    """
    wanted = as_shape(shape)
    if not tensor.shape.is_compatible_with(wanted):
        raise ValueError(f"Tensor {tensor.name}: expected shape {wanted}. Received: {tensor.shape}")
    tensor.set_shape(wanted)
    return tensor


class _SlideDataset(UnaryDataset):
    def __init__(self, input_dataset: DatasetV2, size: Any, shift: Any, stride: Any) -> None:
        # TensorFlow calls two of the constants so.
        inputs = [
            convert_to_tensor(size, dtype=dtypes.int64, name="window_stride"),
            convert_to_tensor(stride, dtype=dtypes.int64, name="window_stride"),
            convert_to_tensor(shift, dtype=dtypes.int64, name="window_shift"),
        ]
        self._structure = nest.map_structure(lambda spec: spec._batch(None), input_dataset.element_spec)
        source = input_dataset._variant_tensor
        ordered = source, inputs[0], inputs[2], inputs[1]
        super().__init__(input_dataset, make_op("SlidingWindowDataset", *ordered, **self._flat_structure))

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


@export("contrib.data.sliding_window_batch")
def sliding_window_batch(
    window_size: Any, stride: Any = None, window_shift: Any = None, window_stride: Any = 1
) -> Transformation:
    """Returns the transformation to batches of elements in a row.

    Args:
      window_size: how many elements a batch has.
      stride: the old name of `window_shift`.
      window_shift: how far the next window starts behind; 1 when None.
      window_stride: every how manieth element is in it.

    Raises:
      ValueError: both `stride` and `window_shift` are given.
    """
    if stride is not None and window_shift is not None:
        raise ValueError("Cannot specify both `stride` and `window_shift`")
    shift = next((given for given in (stride, window_shift) if given is not None), 1)
    return lambda dataset: _SlideDataset(dataset, window_size, shift, window_stride)


@export("data.experimental.TensorStructure")
def TensorStructure(dtype: Any, shape: Any) -> TensorSpec:
    """Returns a TensorSpec."""
    return TensorSpec(shape, dtype)


@export("data.experimental.SparseTensorStructure")
def SparseTensorStructure(dtype: Any, shape: Any) -> SparseTensorSpec:
    """Returns a SparseTensorSpec."""
    return SparseTensorSpec(shape, dtype)
