"""``tf.data.Dataset``: what datasets share, and the methods that make one of another."""

from __future__ import annotations

import warnings
from collections import deque
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import stacks
from tangraph.plugin import export
from tangraph.util import tf_logging
from tangraph_datasets.data import nest, structure
from tangraph_datasets.data.options import Options
from tangraph_datasets.data.spec import DatasetSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.dtypes import DType
    from tangraph.framework.graph import Graph
    from tangraph.framework.tensor import Tensor
    from tangraph.framework.tensor_shape import TensorShape
    from tangraph_datasets.data.iterator import Iterator

AUTOTUNE: Final = -1
__tf_values__ = {"data.experimental.AUTOTUNE": AUTOTUNE, "contrib.data.AUTOTUNE": AUTOTUNE}


class DatasetV2:
    """A sequence of elements, each of the same structure of tensors.

    Args:
      variant_tensor: the tensor that stands for the dataset.
    """

    def __init__(self, variant_tensor: Tensor) -> None:
        self._variant_tensor_attr = variant_tensor
        self._graph_attr = stacks.get_default_graph()

    @property
    def _variant_tensor(self) -> Tensor:
        return self._variant_tensor_attr

    @property
    def _graph(self) -> Graph:
        return self._graph_attr

    @classmethod
    def _made(cls, dataset: DatasetV2) -> Any:
        """Returns a new dataset as the methods of this class return it."""
        return dataset

    # -- what it is ------------------------------------------------------------------------------------------------

    def _inputs(self) -> list[DatasetV2]:
        """Returns the datasets that it is made from."""
        raise NotImplementedError("Dataset._inputs")

    def _functions(self) -> list[Any]:
        """Returns the functions that make its elements."""
        return []

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        raise NotImplementedError("Dataset.element_spec")

    @property
    def _type_spec(self) -> DatasetSpec:
        return DatasetSpec(self.element_spec)

    @property
    def _flat_shapes(self) -> list[TensorShape]:
        return structure.get_flat_tensor_shapes(self.element_spec)

    @property
    def _flat_types(self) -> list[DType]:
        return structure.get_flat_tensor_types(self.element_spec)

    @property
    def _flat_structure(self) -> dict[str, Any]:
        return {"output_shapes": self._flat_shapes, "output_types": self._flat_types}

    def _has_captured_ref(self) -> bool:
        """Says whether a function has captured a reference variable, or what was computed from one."""
        captured = [tensor for function in self._functions() for tensor in function.function.captured_inputs]
        return any(map(_comes_from_ref, captured)) or any(source._has_captured_ref() for source in self._inputs())

    def __repr__(self) -> str:
        shapes = str(nest.map_structure(str, structure.legacy_shapes(self.element_spec))).replace("'", "")
        types = str(nest.map_structure(repr, structure.legacy_types(self.element_spec))).replace("'", "")
        return f"<{type(self).__name__} shapes: {shapes}, types: {types}>"

    def __iter__(self) -> Any:
        raise RuntimeError("__iter__() is only supported inside of tf.function or when eager execution is enabled.")

    # -- options ---------------------------------------------------------------------------------------------------

    def options(self) -> Options:
        """Returns the options of the dataset and of all that it is made from."""
        options = Options()
        for source in self._inputs():
            found = source.options()
            if found is not None:
                options = options.merge(found)
        return options

    def with_options(self, options: Options) -> Any:
        """Returns the dataset with options; see `tf.data.Options`.

        Raises:
          ValueError: they contradict those that it has.
        """
        from tangraph_datasets.data.wrapping import OptionsDataset

        return self._made(OptionsDataset(self, options))

    def _apply_options(self) -> DatasetV2:
        """Returns the dataset as an iterator takes it."""
        from tangraph_datasets.data import wrapping

        options = self.options()
        dataset: DatasetV2 = self
        threading = options.experimental_threading
        if threading.max_intra_op_parallelism is not None:
            dataset = wrapping.MaxIntraOpParallelismDataset(dataset, threading.max_intra_op_parallelism)
        if threading.private_threadpool_size is not None:
            dataset = wrapping.PrivateThreadPoolDataset(dataset, threading.private_threadpool_size)
        rewrites = options._static_optimizations()
        if rewrites and self._has_captured_ref():
            warnings.warn(
                "tf.data static optimizations are not compatible with tf.Variable. The following optimizations will be "
                f"disabled: {', '.join(rewrites)}. To enable optimizations, use resource variables instead by calling "
                "`tf.enable_resource_variables()` at the start of the program.",
                stacklevel=2,
            )
        elif rewrites:
            dataset = wrapping.OptimizeDataset(dataset, rewrites, options._static_optimization_configs())
        optimization = options.experimental_optimization
        if optimization.autotune is not False:
            algorithm, budget = optimization.autotune_algorithm, optimization.autotune_cpu_budget
            dataset = wrapping.ModelDataset(dataset, algorithm or 0, budget or 0)
        stats = options.experimental_stats
        if stats and stats.aggregator:
            dataset = wrapping.SetStatsAggregatorDataset(dataset, stats.aggregator, stats.prefix, stats.counter_prefix)
        return dataset

    # -- sources ---------------------------------------------------------------------------------------------------

    @classmethod
    def from_tensors(cls, tensors: Any) -> Any:
        """Returns the dataset of one element.

        Args:
          tensors: tensors, SparseTensors, or what becomes one, in tuples, namedtuples and dicts.

        >>> import tangraph as tf
        >>> with tf.Graph().as_default():
        ...     tf.data.Dataset.from_tensors([1, 2])
        <DatasetV1Adapter shapes: (2,), types: tf.int32>
        """
        from tangraph_datasets.data.sources import TensorDataset

        return cls._made(TensorDataset(tensors))

    @classmethod
    def from_tensor_slices(cls, tensors: Any) -> Any:
        """Returns the dataset of the rows of tensors.

        Args:
          tensors: as for `from_tensors`, all with the same size in the first dimension.

        Raises:
          ValueError: they have not.

        >>> import tangraph as tf
        >>> with tf.Graph().as_default(), tf.Session() as sess:
        ...     dataset = tf.data.Dataset.from_tensor_slices([1, 2])
        ...     element = dataset.make_one_shot_iterator().get_next()
        ...     int(sess.run(element)), int(sess.run(element))
        (1, 2)
        """
        from tangraph_datasets.data.sources import TensorSliceDataset

        return cls._made(TensorSliceDataset(tensors))

    @classmethod
    def from_generator(
        cls, generator: Callable[..., Any], output_types: Any, output_shapes: Any = None, args: Any = None
    ) -> Any:
        """Returns the dataset of what a Python generator yields.

        Args:
          generator: called without arguments, or with the values of `args`, for each iteration; returns an iterable.
          output_types: the structure of types of its elements.
          output_shapes: the structure of their shapes; unknown ones when None.
          args: tensors whose values `generator` gets.

        Raises:
          TypeError: `generator` cannot be called.

        In a run it raises InvalidArgumentError where an element is of another structure, type or shape.
        """
        from tangraph_datasets.data.generator import from_generator

        return cls._made(from_generator(generator, output_types, output_shapes, args))

    @classmethod
    def range(cls, *args: Any) -> Any:
        """Returns the dataset of the int64 numbers of a range, with `start`, `stop` and `step` as Python's.

        Raises:
          ValueError: no argument, or more than three.
        """
        from tangraph_datasets.data.sources import RangeDataset

        return cls._made(RangeDataset(*args))

    @classmethod
    def zip(cls, datasets: Any) -> Any:
        """Returns the dataset whose elements are structures of those of several datasets; it ends with the first.

        Args:
          datasets: datasets, in tuples, namedtuples and dicts.

        Raises:
          TypeError: something else is among them.
        """
        from tangraph_datasets.data.transforms import ZipDataset

        return cls._made(ZipDataset(datasets))

    @classmethod
    def list_files(cls, file_pattern: Any, shuffle: bool | None = None, seed: Any = None) -> Any:
        """Returns the dataset of the names of the files that match patterns.

        Args:
          file_pattern: a string or several, with `*`, `?` and `[...]`.
          shuffle: whether they come in random order; True when None.
          seed: of the order.

        In a run it raises InvalidArgumentError when no file matches.
        """
        from tangraph_datasets.data.list_files import list_files

        return cls._made(list_files(file_pattern, shuffle, seed))

    # -- one dataset of another ------------------------------------------------------------------------------------

    def concatenate(self, dataset: DatasetV2) -> Any:
        """Returns the dataset of the elements of this one, then those of another.

        Raises:
          TypeError: their elements are of different types.
        """
        from tangraph_datasets.data.transforms import ConcatenateDataset

        return self._made(ConcatenateDataset(self, dataset))

    def prefetch(self, buffer_size: Any) -> Any:
        """Returns the dataset, which TensorFlow prepares ahead of time.

        Args:
          buffer_size: how many elements; -1 leaves it to the runtime.
        """
        from tangraph_datasets.data.transforms import PrefetchDataset

        return self._made(PrefetchDataset(self, buffer_size))

    def repeat(self, count: Any = None) -> Any:
        """Returns the dataset of the elements so many times; without end when None or -1."""
        from tangraph_datasets.data.transforms import RepeatDataset

        return self._made(RepeatDataset(self, count))

    def enumerate(self, start: Any = 0) -> Any:
        """Returns the dataset of pairs of a number, from `start` on, and an element."""
        return Dataset.zip((Dataset.range(start, np.iinfo(np.int64).max), self))

    def shuffle(self, buffer_size: Any, seed: Any = None, reshuffle_each_iteration: bool | None = None) -> Any:
        """Returns the dataset of the elements in random order, in TensorFlow's own for a seed.

        Args:
          buffer_size: from how many elements the next is drawn.
          seed: as for other random operations.
          reshuffle_each_iteration: whether each iteration has an order of its own; True when None.
        """
        from tangraph_datasets.data.transforms import ShuffleDataset

        return self._made(ShuffleDataset(self, buffer_size, seed, reshuffle_each_iteration))

    def cache(self, filename: Any = "") -> Any:
        """Returns the dataset, whose elements are kept when all were read: in memory, or in files of that name."""
        from tangraph_datasets.data.transforms import CacheDataset

        return self._made(CacheDataset(self, filename))

    def take(self, count: Any) -> Any:
        """Returns the dataset of at most so many first elements; of all when `count` is -1."""
        from tangraph_datasets.data.transforms import TakeDataset

        return self._made(TakeDataset(self, count))

    def skip(self, count: Any) -> Any:
        """Returns the dataset without so many first elements; without all when `count` is -1."""
        from tangraph_datasets.data.transforms import SkipDataset

        return self._made(SkipDataset(self, count))

    def shard(self, num_shards: Any, index: Any) -> Any:
        """Returns the dataset of one of `num_shards` parts: the elements whose number leaves the rest `index`."""
        from tangraph_datasets.data.transforms import ShardDataset

        return self._made(ShardDataset(self, num_shards, index))

    def batch(self, batch_size: Any, drop_remainder: Any = False) -> Any:
        """Returns the dataset of batches: elements put together along a new first axis.

        Args:
          batch_size: how many.
          drop_remainder: whether the last elements, too few for a batch, are dropped; then the size is in the shape.

        In a run it raises InvalidArgumentError where shapes differ.
        """
        from tangraph_datasets.data.batching import BatchDataset

        return self._made(BatchDataset(self, batch_size, drop_remainder))

    def padded_batch(
        self, batch_size: Any, padded_shapes: Any, padding_values: Any = None, drop_remainder: Any = False
    ) -> Any:
        """Returns the dataset of batches of elements that are filled up to a common shape.

        Args:
          batch_size: how many.
          padded_shapes: the structure of shapes; None or -1 in one stands for the largest size in the batch.
          padding_values: the structure of scalars to fill up with; zeros and empty strings when None.
          drop_remainder: as for `batch`.
        """
        from tangraph_datasets.data.batching import PaddedBatchDataset

        return self._made(PaddedBatchDataset(self, batch_size, padded_shapes, padding_values, drop_remainder))

    def map(self, map_func: Callable[..., Any], num_parallel_calls: Any = None) -> Any:
        """Returns the dataset of what a function makes of each element.

        Args:
          map_func: takes an element (its parts, where it is a tuple), returns a structure of tensors.
          num_parallel_calls: how many elements TensorFlow makes at once; the order stays.
        """
        from tangraph_datasets.data.mapping import MapDataset, ParallelMapDataset

        if num_parallel_calls is None:
            return MapDataset(self, map_func, preserve_cardinality=True)
        return ParallelMapDataset(self, map_func, num_parallel_calls, preserve_cardinality=True)

    def flat_map(self, map_func: Callable[..., Any]) -> Any:
        """Returns the dataset of the elements of the datasets that a function makes of each element.

        Raises:
          TypeError: it does not return a dataset.
        """
        from tangraph_datasets.data.mapping import FlatMapDataset

        return self._made(FlatMapDataset(self, map_func))

    def interleave(
        self,
        map_func: Callable[..., Any],
        cycle_length: Any = AUTOTUNE,
        block_length: Any = 1,
        num_parallel_calls: Any = None,
    ) -> Any:
        """Returns the dataset of the elements of several such datasets in turn.

        Args:
          map_func: makes a dataset of an element.
          cycle_length: how many datasets take turns; as many as there are cores for -1.
          block_length: how many elements each gives in its turn.
          num_parallel_calls: how many datasets TensorFlow reads at once; the order stays.

        Raises:
          TypeError: `map_func` does not return a dataset.
        """
        from tangraph_datasets.data.mapping import InterleaveDataset, ParallelInterleaveDataset

        if num_parallel_calls is None:
            return self._made(InterleaveDataset(self, map_func, cycle_length, block_length))
        return self._made(ParallelInterleaveDataset(self, map_func, cycle_length, block_length, num_parallel_calls))

    def filter(self, predicate: Callable[..., Any]) -> Any:
        """Returns the dataset of the elements for which a function returns a true scalar.

        Raises:
          ValueError: it returns something else than a boolean scalar.
        """
        from tangraph_datasets.data.mapping import FilterDataset

        return self._made(FilterDataset(self, predicate))

    def apply(self, transformation_func: Callable[[Any], Any]) -> Any:
        """Returns what a function makes of the dataset.

        Raises:
          TypeError: that is no dataset.
        """
        dataset = transformation_func(self)
        if not isinstance(dataset, DatasetV2):
            raise TypeError(f"`transformation_func` must return a Dataset. Got {dataset}.")
        return self._made(dataset)

    def window(self, size: Any, shift: Any = None, stride: Any = 1, drop_remainder: Any = False) -> Any:
        """Returns the dataset of windows: for each component a dataset of elements in a row.

        Args:
          size: how many elements a window has.
          shift: how far the next window starts behind; `size` when None.
          stride: every how manieth element is in a window.
          drop_remainder: whether windows with fewer elements are left out.
        """
        from tangraph_datasets.data.batching import WindowDataset

        return self._made(WindowDataset(self, size, size if shift is None else shift, stride, drop_remainder))

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
        """Returns the last of the states that a function makes of a state and an element, as tensors.

        Args:
          initial_state: a structure of tensors.
          reduce_func: takes a state and an element, returns a state.

        Raises:
          TypeError: the function's states are of other types than the first.
        """
        from tangraph_datasets.data.reducing import reduce

        return reduce(self, initial_state, reduce_func)

    def unbatch(self) -> Any:
        """Returns the dataset of the rows of elements.

        Raises:
          ValueError: components are scalars, or differ in their first size.
        """
        from tangraph_datasets.data.batching import unbatch

        return unbatch(self)


def _comes_from_ref(tensor: Any) -> bool:
    seen, todo = set(), [tensor]
    while todo:
        current = todo.pop()
        if current.dtype._is_ref_dtype:
            return True
        if current.op not in seen:
            seen.add(current.op)
            todo.extend(current.op.inputs)
    return False


@export("data.Dataset")
class DatasetV1(DatasetV2):
    """A sequence of elements, each of the same structure of tensors, which an iterator brings into the graph.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     dataset = tf.data.Dataset.range(10).map(lambda x: x * x).batch(4)
    ...     element = dataset.make_one_shot_iterator().get_next()
    ...     sess.run(element).tolist()
    [0, 1, 4, 9]
    """

    def __init__(self) -> None:
        super().__init__(self._as_variant_tensor())

    def _as_variant_tensor(self) -> Tensor:
        raise NotImplementedError("Dataset._as_variant_tensor")

    @classmethod
    def _made(cls, dataset: DatasetV2) -> DatasetV1Adapter:
        return DatasetV1Adapter(dataset)

    @property
    def output_classes(self) -> Any:
        """The structure of classes of its elements: Tensor, SparseTensor."""
        return structure.legacy_classes(self.element_spec)

    @property
    def output_shapes(self) -> Any:
        """The structure of shapes of its elements."""
        return structure.legacy_shapes(self.element_spec)

    @property
    def output_types(self) -> Any:
        """The structure of types of its elements."""
        return structure.legacy_types(self.element_spec)

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return structure.convert_legacy_structure(self.output_types, self.output_shapes, self.output_classes)

    @classmethod
    def from_sparse_tensor_slices(cls, sparse_tensor: Any) -> Any:
        """Returns the dataset of the rows of a SparseTensor, each as a tuple of indices, values and dense shape.

        Raises:
          TypeError: it is no SparseTensor.
        """
        from tangraph_datasets.data.sources import SparseTensorSliceDataset

        return cls._made(SparseTensorSliceDataset(sparse_tensor))

    def map(self, map_func: Callable[..., Any], num_parallel_calls: Any = None) -> Any:
        """See `DatasetV2.map`."""
        from tangraph_datasets.data.mapping import MapDataset, ParallelMapDataset

        if num_parallel_calls is None:
            return self._made(MapDataset(self, map_func))
        return self._made(ParallelMapDataset(self, map_func, num_parallel_calls))

    map.__doc__ = DatasetV2.map.__doc__

    def map_with_legacy_function(self, map_func: Callable[..., Any], num_parallel_calls: Any = None) -> Any:
        """As `map`, with a function as `Defun` makes it."""
        from tangraph_datasets.data.mapping import MapDataset, ParallelMapDataset

        if num_parallel_calls is None:
            return self._made(MapDataset(self, map_func, use_legacy_function=True))
        return self._made(ParallelMapDataset(self, map_func, num_parallel_calls, use_legacy_function=True))

    def filter_with_legacy_function(self, predicate: Callable[..., Any]) -> Any:
        """As `filter`, with a function as `Defun` makes it."""
        from tangraph_datasets.data.mapping import FilterDataset

        return FilterDataset(self, predicate, use_legacy_function=True)

    def make_one_shot_iterator(self) -> Iterator:
        """Returns an iterator that needs no initializer and goes over the elements once.

        Raises:
          ValueError: the dataset depends on a variable or table: `make_initializable_iterator` allows that.
        """
        return self._make_one_shot_iterator()

    def _make_one_shot_iterator(self) -> Iterator:
        from tangraph_datasets.data.making import one_shot_iterator

        return one_shot_iterator(self)

    def make_initializable_iterator(self, shared_name: str | None = None) -> Iterator:
        """Returns an iterator whose `initializer` puts it at the beginning, each time that it runs.

        Args:
          shared_name: a name under which sessions of a server share it.
        """
        return self._make_initializable_iterator(shared_name)

    def _make_initializable_iterator(self, shared_name: str | None = None) -> Iterator:
        from tangraph_datasets.data.making import initializable_iterator

        return initializable_iterator(self, shared_name)


class DatasetV1Adapter(DatasetV1):
    """A dataset with the methods of `tf.data.Dataset`."""

    def __init__(self, dataset: DatasetV2) -> None:
        self._dataset = dataset
        super().__init__()

    def _as_variant_tensor(self) -> Tensor:
        return self._dataset._variant_tensor

    def _has_captured_ref(self) -> bool:
        return self._dataset._has_captured_ref()

    def _inputs(self) -> list[DatasetV2]:
        return self._dataset._inputs()

    def _functions(self) -> list[Any]:
        return self._dataset._functions()

    def options(self) -> Options:
        """See `DatasetV2.options`."""
        return self._dataset.options()

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._dataset.element_spec


Dataset = DatasetV1


class VariantDataset(DatasetV2):
    """The dataset for which a tensor stands: an element of another dataset, an argument of a function."""

    def __init__(self, dataset_variant: Tensor, element_spec: Any) -> None:
        self._structure = element_spec
        super().__init__(dataset_variant)

    def _inputs(self) -> list[DatasetV2]:
        return []

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


VariantDataset.__name__ = VariantDataset.__qualname__ = "_VariantDataset"


class DatasetSource(DatasetV2):
    """A dataset that is made from no other."""

    def _inputs(self) -> list[DatasetV2]:
        return []


class UnaryDataset(DatasetV2):
    """A dataset that is made from another."""

    def __init__(self, input_dataset: DatasetV2, variant_tensor: Tensor) -> None:
        self._input_dataset = input_dataset
        super().__init__(variant_tensor)

    def _inputs(self) -> list[DatasetV2]:
        return [self._input_dataset]


class UnaryUnchangedStructureDataset(UnaryDataset):
    """A dataset with elements like those of another."""

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._input_dataset.element_spec


def ensure_same_graph(dataset: DatasetV2) -> None:
    """Warns where a dataset that an iterator is made for is of another graph."""
    current, todo, visited = stacks.get_default_graph(), deque([dataset]), []
    while todo:
        one = todo.popleft()
        visited.append(one)
        if one._graph is not current:
            tf_logging.warning(
                f"The graph ({current}) of the iterator is different from the graph ({one._graph}) the dataset: "
                f"{one._variant_tensor} was  created in. If you are using the Estimator API, make sure that no part of the "
                "dataset returned by the `input_fn` function is defined outside the `input_fn` function. Please ensure that "
                "all datasets in the pipeline are created in the same graph as the iterator. NOTE: This warning will "
                "become an error in future versions of TensorFlow."
            )
        todo.extend(source for source in one._inputs() if source not in visited)
