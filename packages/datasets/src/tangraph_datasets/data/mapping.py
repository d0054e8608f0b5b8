"""Datasets whose elements functions make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.plugin import make_op
from tangraph_datasets.data.dataset import DatasetV2, UnaryDataset, UnaryUnchangedStructureDataset
from tangraph_datasets.data.functions import StructuredFunctionWrapper
from tangraph_datasets.data.spec import DatasetSpec

if TYPE_CHECKING:
    from collections.abc import Callable


class MapDataset(UnaryDataset):
    """What a function makes of each element."""

    def __init__(
        self,
        input_dataset: DatasetV2,
        map_func: Callable[..., Any],
        use_inter_op_parallelism: bool = True,
        preserve_cardinality: bool = False,
        use_legacy_function: bool = False,
    ) -> None:
        self._map_func = StructuredFunctionWrapper(
            map_func, "Dataset.map()", dataset=input_dataset, use_legacy_function=use_legacy_function
        )
        function = self._map_func.function
        variant = make_op(
            "MapDataset",
            input_dataset._variant_tensor,
            function.captured_inputs,
            f=function,
            use_inter_op_parallelism=use_inter_op_parallelism,
            preserve_cardinality=preserve_cardinality,
            **self._flat_structure,
        )
        super().__init__(input_dataset, variant)

    def _functions(self) -> list[Any]:
        return [self._map_func]

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._map_func.output_structure


class ParallelMapDataset(UnaryDataset):
    """What a function makes of each element; of several at once in TensorFlow."""

    def __init__(
        self,
        input_dataset: DatasetV2,
        map_func: Callable[..., Any],
        num_parallel_calls: Any,
        use_inter_op_parallelism: bool = True,
        preserve_cardinality: bool = False,
        use_legacy_function: bool = False,
    ) -> None:
        self._map_func = StructuredFunctionWrapper(
            map_func, "Dataset.map()", dataset=input_dataset, use_legacy_function=use_legacy_function
        )
        function = self._map_func.function
        self._num_parallel_calls = convert_to_tensor(num_parallel_calls, dtype=dtypes.int32, name="num_parallel_calls")
        variant = make_op(
            "ParallelMapDataset",
            input_dataset._variant_tensor,
            function.captured_inputs,
            self._num_parallel_calls,
            f=function,
            use_inter_op_parallelism=use_inter_op_parallelism,
            preserve_cardinality=preserve_cardinality,
            **self._flat_structure,
        )
        super().__init__(input_dataset, variant)

    def _functions(self) -> list[Any]:
        return [self._map_func]

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._map_func.output_structure


class OfDatasets(UnaryDataset):
    """A dataset of the elements of the datasets that a function makes of each element.

    Args:
      input_dataset: the dataset.
      map_func: the function.
      transformation_name: what it is for.
      wrong: begins the error about a function that makes no dataset, and ends it where it has no place for a type.

    Raises:
      TypeError: the function makes no dataset.
    """

    def __init__(
        self,
        input_dataset: DatasetV2,
        map_func: Callable[..., Any],
        transformation_name: str,
        wrong: str = "`map_func` must return a `Dataset` object. Got {}",
    ) -> None:
        self._map_func = StructuredFunctionWrapper(map_func, transformation_name, dataset=input_dataset)
        made = self._map_func.output_structure
        if not isinstance(made, DatasetSpec):
            raise TypeError(wrong.format(type(made)))
        self._structure = made._element_spec

    def _finish(self, op_type: str, input_dataset: DatasetV2, *inputs: Any) -> None:
        function = self._map_func.function
        variant = make_op(
            op_type,
            input_dataset._variant_tensor,
            function.captured_inputs,
            *inputs,
            f=function,
            **self._flat_structure,
        )
        UnaryDataset.__init__(self, input_dataset, variant)

    def _functions(self) -> list[Any]:
        return [self._map_func]

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


class FlatMapDataset(OfDatasets):
    """The elements of the datasets that a function makes, one after the other."""

    def __init__(self, input_dataset: DatasetV2, map_func: Callable[..., Any]) -> None:
        super().__init__(input_dataset, map_func, "Dataset.flat_map()")
        self._finish("FlatMapDataset", input_dataset)


class InterleaveDataset(OfDatasets):
    """The elements of the datasets that a function makes, in turn."""

    def __init__(
        self, input_dataset: DatasetV2, map_func: Callable[..., Any], cycle_length: Any, block_length: Any
    ) -> None:
        super().__init__(input_dataset, map_func, "Dataset.interleave()")
        self._cycle_length = convert_to_tensor(cycle_length, dtype=dtypes.int64, name="cycle_length")
        self._block_length = convert_to_tensor(block_length, dtype=dtypes.int64, name="block_length")
        self._finish("InterleaveDataset", input_dataset, self._cycle_length, self._block_length)


class ParallelInterleaveDataset(OfDatasets):
    """As InterleaveDataset; several at once in TensorFlow."""

    def __init__(
        self,
        input_dataset: DatasetV2,
        map_func: Callable[..., Any],
        cycle_length: Any,
        block_length: Any,
        num_parallel_calls: Any,
    ) -> None:
        super().__init__(input_dataset, map_func, "Dataset.interleave()")
        self._cycle_length = convert_to_tensor(cycle_length, dtype=dtypes.int64, name="cycle_length")
        self._block_length = convert_to_tensor(block_length, dtype=dtypes.int64, name="block_length")
        self._num_parallel_calls = convert_to_tensor(num_parallel_calls, dtype=dtypes.int64, name="num_parallel_calls")
        sizes = self._cycle_length, self._block_length, self._num_parallel_calls
        self._finish("ParallelInterleaveDatasetV2", input_dataset, *sizes)


class FilterDataset(UnaryUnchangedStructureDataset):
    """The elements for which a function says so."""

    def __init__(
        self, input_dataset: DatasetV2, predicate: Callable[..., Any], use_legacy_function: bool = False
    ) -> None:
        self._predicate = StructuredFunctionWrapper(
            predicate, "Dataset.filter()", dataset=input_dataset, use_legacy_function=use_legacy_function
        )
        made = self._predicate.output_structure
        if not getattr(made, "is_compatible_with", lambda _: False)(TensorSpec([], dtypes.bool)):
            raise ValueError(f"`predicate` return type must be convertible to a scalar boolean tensor. Was {made}.")
        function = self._predicate.function
        variant = make_op(
            "FilterDataset",
            input_dataset._variant_tensor,
            function.captured_inputs,
            predicate=function,
            **input_dataset._flat_structure,
        )
        super().__init__(input_dataset, variant)

    def _functions(self) -> list[Any]:
        return [self._predicate]
