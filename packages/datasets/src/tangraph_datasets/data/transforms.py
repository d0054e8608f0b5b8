"""Datasets that have the elements of another one."""

from __future__ import annotations

from typing import Any

from tangraph.framework import dtypes
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.plugin import make_op
from tangraph_datasets.data import nest, structure
from tangraph_datasets.data.dataset import DatasetV2, UnaryUnchangedStructureDataset
from tangraph_datasets.data.seeds import get_seed


class ZipDataset(DatasetV2):
    """The elements of several datasets side by side."""

    def __init__(self, datasets: Any) -> None:
        for dataset in nest.flatten(datasets):
            if not isinstance(dataset, DatasetV2):
                text = "The argument to `Dataset.zip()` must be a nested structure of `Dataset` objects."
                if isinstance(dataset, list):
                    text += " Nested structures do not support Python lists; please use a tuple instead."
                raise TypeError(text)
        self._datasets = datasets
        specs = [dataset.element_spec for dataset in nest.flatten(datasets)]
        self._structure = nest.pack_sequence_as(datasets, specs)
        variants = [dataset._variant_tensor for dataset in nest.flatten(datasets)]
        super().__init__(make_op("ZipDataset", variants, **self._flat_structure))

    def _inputs(self) -> list[DatasetV2]:
        return nest.flatten(self._datasets)

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


class ConcatenateDataset(DatasetV2):
    """The elements of one dataset, then those of another."""

    def __init__(self, input_dataset: DatasetV2, dataset_to_concatenate: DatasetV2) -> None:
        self._input_datasets = [input_dataset, dataset_to_concatenate]
        first, second = input_dataset.element_spec, dataset_to_concatenate.element_spec
        types, classes = structure.legacy_types(first), structure.legacy_classes(first)
        for what, known, other in (
            ("types", types, structure.legacy_types(second)),
            ("classes", classes, structure.legacy_classes(second)),
        ):
            if known != other:
                raise TypeError(f"Two datasets to concatenate have different {what} {known} and {other}")
        shapes = structure.legacy_shapes(first)
        pairs = zip(nest.flatten(shapes), nest.flatten(structure.legacy_shapes(second)), strict=False)
        common = nest.pack_sequence_as(shapes, [one.most_specific_compatible_shape(other) for one, other in pairs])
        self._structure = structure.convert_legacy_structure(types, common, classes)
        variants = [dataset._variant_tensor for dataset in self._input_datasets]
        super().__init__(make_op("ConcatenateDataset", *variants, **self._flat_structure))

    def _inputs(self) -> list[DatasetV2]:
        return self._input_datasets

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


class RepeatDataset(UnaryUnchangedStructureDataset):
    """The elements several times."""

    def __init__(self, input_dataset: DatasetV2, count: Any) -> None:
        self._count = convert_to_tensor(-1 if count is None else count, dtype=dtypes.int64, name="count")
        source = input_dataset._variant_tensor
        super().__init__(input_dataset, make_op("RepeatDataset", source, self._count, **input_dataset._flat_structure))


class CacheDataset(UnaryUnchangedStructureDataset):
    """The elements, which are kept."""

    def __init__(self, input_dataset: DatasetV2, filename: Any) -> None:
        self._filename = convert_to_tensor(filename, dtype=dtypes.string, name="filename")
        source = input_dataset._variant_tensor
        super().__init__(
            input_dataset, make_op("CacheDataset", source, self._filename, **input_dataset._flat_structure)
        )


class ShuffleDataset(UnaryUnchangedStructureDataset):
    """The elements in random order."""

    def __init__(
        self,
        input_dataset: DatasetV2,
        buffer_size: Any,
        seed: Any = None,
        reshuffle_each_iteration: bool | None = None,
    ) -> None:
        self._buffer_size = convert_to_tensor(buffer_size, dtype=dtypes.int64, name="buffer_size")
        self._seed, self._seed2 = get_seed(seed)
        variant = make_op(
            "ShuffleDataset",
            input_dataset._variant_tensor,
            self._buffer_size,
            self._seed,
            self._seed2,
            reshuffle_each_iteration=True if reshuffle_each_iteration is None else reshuffle_each_iteration,
            **input_dataset._flat_structure,
        )
        super().__init__(input_dataset, variant)


class TakeDataset(UnaryUnchangedStructureDataset):
    """The first elements."""

    def __init__(self, input_dataset: DatasetV2, count: Any) -> None:
        self._count = convert_to_tensor(count, dtype=dtypes.int64, name="count")
        source = input_dataset._variant_tensor
        super().__init__(input_dataset, make_op("TakeDataset", source, self._count, **input_dataset._flat_structure))


class SkipDataset(UnaryUnchangedStructureDataset):
    """All but the first elements."""

    def __init__(self, input_dataset: DatasetV2, count: Any) -> None:
        self._count = convert_to_tensor(count, dtype=dtypes.int64, name="count")
        source = input_dataset._variant_tensor
        super().__init__(input_dataset, make_op("SkipDataset", source, self._count, **input_dataset._flat_structure))


class ShardDataset(UnaryUnchangedStructureDataset):
    """Every n-th element."""

    def __init__(self, input_dataset: DatasetV2, num_shards: Any, index: Any) -> None:
        self._num_shards = convert_to_tensor(num_shards, dtype=dtypes.int64, name="num_shards")
        self._index = convert_to_tensor(index, dtype=dtypes.int64, name="index")
        variant = make_op(
            "ShardDataset",
            input_dataset._variant_tensor,
            self._num_shards,
            self._index,
            **input_dataset._flat_structure,
        )
        super().__init__(input_dataset, variant)


class PrefetchDataset(UnaryUnchangedStructureDataset):
    """The elements, made ahead of time in TensorFlow."""

    def __init__(self, input_dataset: DatasetV2, buffer_size: Any) -> None:
        size = -1 if buffer_size is None else buffer_size
        self._buffer_size = convert_to_tensor(size, dtype=dtypes.int64, name="buffer_size")
        source = input_dataset._variant_tensor
        super().__init__(
            input_dataset, make_op("PrefetchDataset", source, self._buffer_size, **input_dataset._flat_structure)
        )
