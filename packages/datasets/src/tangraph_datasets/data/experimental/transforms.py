"""Transformations for `Dataset.apply`: functions that return a function from a dataset to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value
from tangraph.framework.sparse_spec import SparseTensorSpec
from tangraph.framework.tensor_conversion import convert_to_tensor, internal_convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape, as_shape
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.plugin import export, make_op
from tangraph_datasets.data import nest, structure
from tangraph_datasets.data.dataset import DatasetV2, UnaryDataset, UnaryUnchangedStructureDataset
from tangraph_datasets.data.functions import StructuredFunctionWrapper
from tangraph_datasets.data.readers import ParallelInterleaveDataset
from tangraph_datasets.data.reducing import StatefulFunction
from tangraph_datasets.data.seeds import get_seed

if TYPE_CHECKING:
    from collections.abc import Callable

    Transformation = Callable[[DatasetV2], Any]


class _Passing(UnaryUnchangedStructureDataset):
    """The elements of a dataset behind an operation that takes nothing but it and some tensors."""

    def __init__(self, op_type: str, input_dataset: DatasetV2, *inputs: Any) -> None:
        source = input_dataset._variant_tensor
        super().__init__(input_dataset, make_op(op_type, source, *inputs, **input_dataset._flat_structure))


@export("data.experimental.unbatch", "contrib.data.unbatch")
def unbatch() -> Transformation:
    """Returns the transformation to the rows of elements; see `Dataset.unbatch`."""
    return lambda dataset: dataset.unbatch()


@export("data.experimental.enumerate_dataset", "contrib.data.enumerate_dataset")
def enumerate_dataset(start: Any = 0) -> Transformation:
    """Returns the transformation to pairs of a number and an element; see `Dataset.enumerate`."""
    return lambda dataset: dataset.enumerate(start)


@export("data.experimental.ignore_errors", "contrib.data.ignore_errors")
def ignore_errors() -> Transformation:
    """Returns the transformation that leaves out elements which raise."""
    return lambda dataset: _Passing("IgnoreErrorsDataset", dataset)


@export("data.experimental.unique", "contrib.data.unique")
def unique() -> Transformation:
    """Returns the transformation that leaves out elements which came before.

    Raises (when it is applied):
      TypeError: elements are not one int32, int64 or string scalar.
    """

    def apply(dataset: DatasetV2) -> DatasetV2:
        if structure.legacy_types(dataset.element_spec) not in (dtypes.int32, dtypes.int64, dtypes.string):
            raise TypeError(
                "`tf.data.experimental.unique()` only supports inputs with a single `tf.int32`, `tf.int64`, or `tf.string` "
                "component."
            )
        return _Passing("UniqueDataset", dataset)

    return apply


@export("data.experimental.latency_stats", "contrib.data.latency_stats")
def latency_stats(tag: Any) -> Transformation:
    """Returns the transformation that would measure how long elements take; see `StatsAggregator`."""
    return lambda dataset: _Passing("LatencyStatsDataset", dataset, convert_to_tensor(tag, dtype=dtypes.string))


@export("data.experimental.bytes_produced_stats", "contrib.data.bytes_produced_stats")
def bytes_produced_stats(tag: Any) -> Transformation:
    """Returns the transformation that would count the bytes of elements; see `StatsAggregator`."""
    return lambda dataset: _Passing("BytesProducedStatsDataset", dataset, convert_to_tensor(tag, dtype=dtypes.string))


@export("data.experimental.shuffle_and_repeat", "contrib.data.shuffle_and_repeat")
def shuffle_and_repeat(buffer_size: Any, count: Any = None, seed: Any = None) -> Transformation:
    """Returns the transformation that shuffles and repeats in one: the next iteration fills the buffer early.

    Args:
      buffer_size, seed: as for `Dataset.shuffle`.
      count: as for `Dataset.repeat`.
    """

    def apply(dataset: DatasetV2) -> DatasetV2:
        size = convert_to_tensor(buffer_size, dtype=dtypes.int64, name="buffer_size")
        times = convert_to_tensor(-1 if count is None else count, dtype=dtypes.int64, name="count")
        return _Passing("ShuffleAndRepeatDataset", dataset, size, *get_seed(seed), times)

    return apply


@export("data.experimental.parallel_interleave", "contrib.data.parallel_interleave")
def parallel_interleave(
    map_func: Callable[..., Any],
    cycle_length: Any,
    block_length: Any = 1,
    sloppy: Any = False,
    buffer_output_elements: Any = None,
    prefetch_input_elements: Any = None,
) -> Transformation:
    """Returns the transformation to the elements of several datasets in turn; see `Dataset.interleave`.

    Args:
      map_func, cycle_length, block_length: as for `Dataset.interleave`.
      sloppy: whether TensorFlow may leave out the turn of a dataset that is late. Nothing is late here.
      buffer_output_elements, prefetch_input_elements: how far TensorFlow reads ahead.
    """

    def apply(dataset: DatasetV2) -> DatasetV2:
        ahead = buffer_output_elements, prefetch_input_elements
        return ParallelInterleaveDataset(dataset, map_func, cycle_length, block_length, sloppy, *ahead)

    return apply


@export("contrib.data.sloppy_interleave")
def sloppy_interleave(map_func: Callable[..., Any], cycle_length: Any, block_length: Any = 1) -> Transformation:
    """As :func:`parallel_interleave` with `sloppy`."""
    return parallel_interleave(map_func, cycle_length, block_length, sloppy=True)


class _MapAndBatchDataset(UnaryDataset):
    def __init__(
        self,
        input_dataset: DatasetV2,
        map_func: Callable[..., Any],
        batch_size: Any,
        num_parallel_calls: Any,
        drop_remainder: Any,
        use_legacy_function: bool,
    ) -> None:
        self._map_func = StructuredFunctionWrapper(
            map_func,
            "tf.data.experimental.map_and_batch()",
            dataset=input_dataset,
            use_legacy_function=use_legacy_function,
        )
        size = convert_to_tensor(batch_size, dtype=dtypes.int64, name="batch_size")
        calls = convert_to_tensor(num_parallel_calls, dtype=dtypes.int64, name="num_parallel_calls")
        drops = convert_to_tensor(drop_remainder, dtype=dtypes.bool, name="drop_remainder")
        known = constant_value(size) if constant_value(drops) else None
        rows = None if known is None else int(known)
        self._structure = nest.map_structure(lambda spec: spec._batch(rows), self._map_func.output_structure)
        function = self._map_func.function
        variant = make_op(
            "MapAndBatchDataset",
            input_dataset._variant_tensor,
            function.captured_inputs,
            size,
            calls,
            drops,
            f=function,
            preserve_cardinality=True,
            **self._flat_structure,
        )
        super().__init__(input_dataset, variant)

    def _functions(self) -> list[Any]:
        return [self._map_func]

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


def _calls(batch_size: Any, batches: Any, calls: Any) -> Any:
    if batches is not None and calls is not None:
        raise ValueError("The `num_parallel_batches` and `num_parallel_calls` arguments are mutually exclusive.")
    if calls is not None:
        return calls
    return batch_size if batches is None else batch_size * batches


@export("data.experimental.map_and_batch", "contrib.data.map_and_batch")
def map_and_batch(
    map_func: Callable[..., Any],
    batch_size: Any,
    num_parallel_batches: Any = None,
    drop_remainder: Any = False,
    num_parallel_calls: Any = None,
) -> Transformation:
    """Returns the transformation to batches of what a function makes: `Dataset.map`, then `Dataset.batch`.

    Args:
      map_func, num_parallel_calls: as for `Dataset.map`.
      batch_size, drop_remainder: as for `Dataset.batch`.
      num_parallel_batches: how many batches TensorFlow makes at once.

    Raises:
      ValueError: both `num_parallel_batches` and `num_parallel_calls` are given.
    """
    calls = _calls(batch_size, num_parallel_batches, num_parallel_calls)
    return lambda dataset: _MapAndBatchDataset(dataset, map_func, batch_size, calls, drop_remainder, False)


@export("data.experimental.map_and_batch_with_legacy_function")
def map_and_batch_with_legacy_function(
    map_func: Callable[..., Any],
    batch_size: Any,
    num_parallel_batches: Any = None,
    drop_remainder: Any = False,
    num_parallel_calls: Any = None,
) -> Transformation:
    """As :func:`map_and_batch`, with a function as `Defun` makes it."""
    calls = _calls(batch_size, num_parallel_batches, num_parallel_calls)
    return lambda dataset: _MapAndBatchDataset(dataset, map_func, batch_size, calls, drop_remainder, True)


class _DenseToSparseBatchDataset(UnaryDataset):
    def __init__(self, input_dataset: DatasetV2, batch_size: Any, row_shape: Any) -> None:
        dtype = structure.legacy_types(input_dataset.element_spec)
        if not isinstance(dtype, dtypes.DType):
            raise TypeError(
                "DenseToSparseDataset requires an input whose elements have a single component, whereas the input has "
                f"{dtype!r}."
            )
        self._structure = SparseTensorSpec(TensorShape([None]).concatenate(row_shape), dtype)
        variant = make_op(
            "DenseToSparseBatchDataset",
            input_dataset._variant_tensor,
            batch_size,
            _partial_shape(row_shape),
            **self._flat_structure,
        )
        super().__init__(input_dataset, variant)

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


def _partial_shape(shape: Any) -> Any:
    """Returns a shape as an int64 vector, -1 where a size is not known."""
    try:
        sizes = [-1 if size is None else size for size in as_shape(shape).as_list()]
        return convert_to_tensor(sizes, dtype=dtypes.int64)
    except (TypeError, ValueError):
        tensor = internal_convert_to_tensor(shape, preferred_dtype=dtypes.int64)
    if tensor.shape.dims is not None and len(tensor.shape.dims) != 1:
        raise ValueError(
            f"The given shape {shape} must be a 1-D tensor of tf.int64 values, but the shape was {tensor.shape}."
        )
    if tensor.dtype is not dtypes.int64:
        raise TypeError(
            f"The given shape {shape} must be a 1-D tensor of tf.int64 values, but the element type was "
            f"{tensor.dtype.name}."
        )
    return tensor


@export("data.experimental.dense_to_sparse_batch", "contrib.data.dense_to_sparse_batch")
def dense_to_sparse_batch(batch_size: Any, row_shape: Any) -> Transformation:
    """Returns the transformation to batches as SparseTensors, of elements that may differ in size.

    Args:
      batch_size: how many.
      row_shape: the shape that an element fits into, None where it is that of the largest.
    """
    return lambda dataset: _DenseToSparseBatchDataset(dataset, batch_size, row_shape)


class _ScanDataset(UnaryDataset):
    def __init__(self, input_dataset: DatasetV2, initial_state: Any, scan_func: Callable[..., Any]) -> None:
        initial_state = structure.normalize_element(initial_state)

        def make(state: Any) -> StructuredFunctionWrapper:
            wrapped = StructuredFunctionWrapper(
                scan_func,
                "tf.data.experimental.scan()",
                input_structure=(state, input_dataset.element_spec),
                add_to_graph=False,
            )
            made = wrapped.output_structure
            if not (isinstance(made, tuple) and len(made) == 2):
                raise TypeError("The scan function must return a pair comprising the new state and the output value.")
            return wrapped

        found = StatefulFunction(make, structure.type_spec_from_value(initial_state), lambda made: made[0])
        self._scan_func = found.wrapped
        function = self._scan_func.function
        function.add_to_graph(input_dataset._variant_tensor.graph)
        variant = make_op(
            "ScanDataset",
            input_dataset._variant_tensor,
            structure.to_tensor_list(found.state, initial_state),
            function.captured_inputs,
            f=function,
            preserve_cardinality=True,
            **self._flat_structure,
        )
        super().__init__(input_dataset, variant)

    def _functions(self) -> list[Any]:
        return [self._scan_func]

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._scan_func.output_structure[1]


@export("data.experimental.scan", "contrib.data.scan")
def scan(initial_state: Any, scan_func: Callable[..., Any]) -> Transformation:
    """Returns the transformation to what a function makes of each element and of a state.

    Args:
      initial_state: a structure of tensors.
      scan_func: takes a state and an element, returns a state and an element.
    """
    return lambda dataset: _ScanDataset(dataset, initial_state, scan_func)


class _TakeWhileDataset(UnaryUnchangedStructureDataset):
    def __init__(self, input_dataset: DatasetV2, predicate: Callable[..., Any]) -> None:
        self._predicate = StructuredFunctionWrapper(
            predicate, "tf.data.experimental.take_while()", dataset=input_dataset
        )
        if not self._predicate.output_structure.is_compatible_with(TensorSpec([], dtypes.bool)):
            raise ValueError("`predicate` must return a scalar boolean tensor.")
        function = self._predicate.function
        variant = make_op(
            "TakeWhileDataset",
            input_dataset._variant_tensor,
            function.captured_inputs,
            predicate=function,
            **input_dataset._flat_structure,
        )
        super().__init__(input_dataset, variant)

    def _functions(self) -> list[Any]:
        return [self._predicate]


@export("data.experimental.take_while")
def take_while(predicate: Callable[..., Any]) -> Transformation:
    """Returns the transformation to the elements before the first for which a function returns a false scalar."""
    return lambda dataset: _TakeWhileDataset(dataset, predicate)
