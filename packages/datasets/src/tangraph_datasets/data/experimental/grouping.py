"""Transformations that put elements together by a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import dtypes
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.ops.array.constant import constant
from tangraph.ops.array.where import where
from tangraph.ops.check_ops import assert_less
from tangraph.ops.math.comparison import less, less_equal
from tangraph.ops.math.logical import logical_and
from tangraph.ops.math.reductions import reduce_min
from tangraph.plugin import export, make_op
from tangraph_datasets.data import nest, structure
from tangraph_datasets.data.dataset import DatasetV2, UnaryDataset
from tangraph_datasets.data.functions import StructuredFunctionWrapper
from tangraph_datasets.data.reducing import StatefulFunction
from tangraph_datasets.data.spec import DatasetSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Transformation = Callable[[DatasetV2], Any]

_KEY: Final = TensorSpec([], dtypes.int64)


@export("data.experimental.Reducer", "contrib.data.Reducer")
class Reducer:
    """Three functions that make one element of many.

    Args:
      init_func: makes the first state of a key.
      reduce_func: makes the next state of a state and an element.
      finalize_func: makes the element of the last state.
    """

    def __init__(
        self, init_func: Callable[..., Any], reduce_func: Callable[..., Any], finalize_func: Callable[..., Any]
    ) -> None:
        self._init_func, self._reduce_func, self._finalize_func = init_func, reduce_func, finalize_func

    @property
    def init_func(self) -> Callable[..., Any]:
        """Makes the first state of a key."""
        return self._init_func

    @property
    def reduce_func(self) -> Callable[..., Any]:
        """Makes the next state of a state and an element."""
        return self._reduce_func

    @property
    def finalize_func(self) -> Callable[..., Any]:
        """Makes the element of the last state."""
        return self._finalize_func


class _GroupByReducerDataset(UnaryDataset):
    def __init__(self, input_dataset: DatasetV2, key_func: Callable[..., Any], reducer: Reducer) -> None:
        name = "tf.data.experimental.group_by_reducer()"
        key = StructuredFunctionWrapper(key_func, name, dataset=input_dataset)
        if not key.output_structure.is_compatible_with(_KEY):
            raise ValueError(
                f"`key_func` must return a single tf.int64 tensor. Got type={key.output_types} and "
                f"shape={key.output_shapes}"
            )
        init = StructuredFunctionWrapper(reducer.init_func, name, input_structure=_KEY)

        def make(state: Any) -> StructuredFunctionWrapper:
            spec = (state, input_dataset.element_spec)
            return StructuredFunctionWrapper(reducer.reduce_func, name, input_structure=spec, add_to_graph=False)

        found = StatefulFunction(make, init.output_structure)
        found.wrapped.function.add_to_graph(input_dataset._variant_tensor.graph)
        finalize = StructuredFunctionWrapper(reducer.finalize_func, name, input_structure=found.state)
        self._wrapped = [key, init, found.wrapped, finalize]
        functions = [wrapped.function for wrapped in self._wrapped]
        variant = make_op(
            "ExperimentalGroupByReducerDataset",
            input_dataset._variant_tensor,
            *(function.captured_inputs for function in functions),
            **dict(zip(["key_func", "init_func", "reduce_func", "finalize_func"], functions, strict=True)),
            **self._flat_structure,
        )
        super().__init__(input_dataset, variant)

    def _functions(self) -> list[Any]:
        return self._wrapped

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._wrapped[-1].output_structure


@export("data.experimental.group_by_reducer", "contrib.data.group_by_reducer")
def group_by_reducer(key_func: Callable[..., Any], reducer: Reducer) -> Transformation:
    """Returns the transformation to one element for each key, made of all elements that have it.

    Args:
      key_func: makes the key of an element, an int64 scalar.
      reducer: a Reducer.
    """
    return lambda dataset: _GroupByReducerDataset(dataset, key_func, reducer)


class _GroupByWindowDataset(UnaryDataset):
    def __init__(
        self,
        input_dataset: DatasetV2,
        key_func: Callable[..., Any],
        reduce_func: Callable[..., Any],
        window_size_func: Callable[..., Any],
    ) -> None:
        name = "tf.data.experimental.group_by_window()"

        def key_func_wrapper(*args: Any) -> Any:
            return convert_to_tensor(key_func(*args), dtype=dtypes.int64)

        def window_size_func_wrapper(key: Any) -> Any:
            return convert_to_tensor(window_size_func(key), dtype=dtypes.int64)

        key = StructuredFunctionWrapper(key_func_wrapper, name, dataset=input_dataset)
        if not key.output_structure.is_compatible_with(_KEY):
            raise ValueError("`key_func` must return a single tf.int64 scalar tensor.")
        spec = (_KEY, DatasetSpec(input_dataset.element_spec))
        reduce = StructuredFunctionWrapper(reduce_func, name, input_structure=spec)
        if not isinstance(reduce.output_structure, DatasetSpec):
            raise TypeError("`reduce_func` must return a `Dataset` object.")
        self._structure = reduce.output_structure._element_spec
        size = StructuredFunctionWrapper(window_size_func_wrapper, name, input_structure=_KEY)
        if not size.output_structure.is_compatible_with(_KEY):
            raise ValueError("`window_size_func` must return a single tf.int64 scalar tensor.")
        self._wrapped = [key, reduce, size]
        functions = [wrapped.function for wrapped in self._wrapped]
        variant = make_op(
            "GroupByWindowDataset",
            input_dataset._variant_tensor,
            *(function.captured_inputs for function in functions),
            **dict(zip(["key_func", "reduce_func", "window_size_func"], functions, strict=True)),
            **self._flat_structure,
        )
        super().__init__(input_dataset, variant)

    def _functions(self) -> list[Any]:
        return self._wrapped

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


@export("data.experimental.group_by_window", "contrib.data.group_by_window")
def group_by_window(
    key_func: Callable[..., Any],
    reduce_func: Callable[..., Any],
    window_size: Any = None,
    window_size_func: Callable[..., Any] | None = None,
) -> Transformation:
    """Returns the transformation to the elements of datasets, each made of elements with a key in common.

    Args:
      key_func: makes the key of an element, an int64 scalar.
      reduce_func: makes a dataset of a key and the dataset of some elements that have it.
      window_size: how many.
      window_size_func: makes that number of a key.

    Raises:
      ValueError: both of the last, or none.
    """
    if (window_size is not None) == bool(window_size_func):
        raise ValueError("Must pass either window_size or window_size_func.")

    def constant_window_func(unused_key: Any) -> Any:
        del unused_key
        return convert_to_tensor(window_size, dtype=dtypes.int64)

    size_func = window_size_func or constant_window_func
    return lambda dataset: _GroupByWindowDataset(dataset, key_func, reduce_func, size_func)


@export("data.experimental.bucket_by_sequence_length", "contrib.data.bucket_by_sequence_length")
def bucket_by_sequence_length(
    element_length_func: Callable[..., Any],
    bucket_boundaries: Sequence[int],
    bucket_batch_sizes: Sequence[int],
    padded_shapes: Any = None,
    padding_values: Any = None,
    pad_to_bucket_boundary: bool = False,
    no_padding: bool = False,
    drop_remainder: bool = False,
) -> Transformation:
    """Returns the transformation to batches of elements of about the same length.

    Args:
      element_length_func: makes the length of an element, an int32 scalar.
      bucket_boundaries: the lengths at which the next bucket begins.
      bucket_batch_sizes: how many elements a batch has, for each bucket: one more than boundaries.
      padded_shapes, padding_values, drop_remainder: as for `Dataset.padded_batch`; the shapes of the elements when None.
      pad_to_bucket_boundary: whether unknown sizes are filled up to the length below the bucket's end.
      no_padding: whether elements are not filled up.

    Raises:
      ValueError: the numbers of boundaries and sizes do not fit.
    """
    with name_scope("bucket_by_seq_length"):
        if len(bucket_batch_sizes) != len(bucket_boundaries) + 1:
            raise ValueError("len(bucket_batch_sizes) must equal len(bucket_boundaries) + 1")
        batch_sizes = constant(bucket_batch_sizes, dtype=dtypes.int64)

        def element_to_bucket_id(*args: Any) -> Any:
            length = element_length_func(*args)
            boundaries, limits = list(bucket_boundaries), np.iinfo(np.int32)
            inside = logical_and(less_equal([limits.min, *boundaries], length), less(length, [*boundaries, limits.max]))
            return reduce_min(where(inside))

        def window_size_fn(bucket_id: Any) -> Any:
            return batch_sizes[bucket_id]

        def batching_fn(bucket_id: Any, grouped_dataset: Any) -> Any:
            batch_size = window_size_fn(bucket_id)
            if no_padding:
                return grouped_dataset.batch(batch_size, drop_remainder=drop_remainder)
            filler = None
            if pad_to_bucket_boundary:
                filler = _last_length(bucket_id, bucket_boundaries, len(bucket_batch_sizes))
            shapes = _filled(padded_shapes or structure.legacy_shapes(grouped_dataset.element_spec), filler)
            return grouped_dataset.padded_batch(batch_size, shapes, padding_values, drop_remainder=drop_remainder)

        def apply(dataset: DatasetV2) -> Any:
            return dataset.apply(group_by_window(element_to_bucket_id, batching_fn, window_size_func=window_size_fn))

        return apply


def _last_length(bucket_id: Any, bucket_boundaries: Sequence[int], buckets: int) -> Any:
    """Returns the greatest length in a bucket; there is none in the last."""
    check = assert_less(
        bucket_id,
        constant(buckets - 1, dtype=dtypes.int64),
        message="When pad_to_bucket_boundary=True, elements must have length < max(bucket_boundaries).",
    )
    with control_dependencies([check]):
        return constant(bucket_boundaries, dtype=dtypes.int64)[bucket_id] - 1


def _filled(shapes: Any, filler: Any) -> Any:
    """Returns a structure of shapes, with another value for unknown sizes."""
    known = [TensorShape(shape) for shape in nest.flatten(shapes)]
    return nest.pack_sequence_as(shapes, [[filler if d.value is None else d for d in shape] for shape in known])
