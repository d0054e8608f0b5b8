"""Datasets that say how a pipeline runs, which an iterator puts around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.plugin import make_op
from tangraph_datasets.data.dataset import DatasetV2, UnaryUnchangedStructureDataset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph_datasets.data.options import Options
    from tangraph_datasets.data.stats import StatsAggregator


class OptionsDataset(UnaryUnchangedStructureDataset):
    """A dataset with options; no operation of its own stands for it."""

    def __init__(self, input_dataset: DatasetV2, options: Options) -> None:
        known = input_dataset.options()
        self._options = known.merge(options) if known else options
        super().__init__(input_dataset, input_dataset._variant_tensor)

    def options(self) -> Options:
        """See `DatasetV2.options`."""
        return self._options


class ModelDataset(UnaryUnchangedStructureDataset):
    """What TensorFlow tunes."""

    def __init__(self, input_dataset: DatasetV2, algorithm: int, cpu_budget: int) -> None:
        source = input_dataset._variant_tensor
        variant = make_op(
            "ModelDataset", source, algorithm=algorithm, cpu_budget=cpu_budget, **input_dataset._flat_structure
        )
        super().__init__(input_dataset, variant)


class OptimizeDataset(UnaryUnchangedStructureDataset):
    """What TensorFlow rewrites."""

    def __init__(self, input_dataset: DatasetV2, optimizations: Sequence[str], configs: Sequence[str]) -> None:
        names = convert_to_tensor(list(optimizations), dtype=dtypes.string, name="optimizations")
        variant = make_op(
            "OptimizeDataset",
            input_dataset._variant_tensor,
            names,
            optimization_configs=list(configs),
            **input_dataset._flat_structure,
        )
        super().__init__(input_dataset, variant)


class SetStatsAggregatorDataset(UnaryUnchangedStructureDataset):
    """What has its statistics collected."""

    def __init__(self, input_dataset: DatasetV2, aggregator: StatsAggregator, prefix: str, counter_prefix: str) -> None:
        variant = make_op(
            "SetStatsAggregatorDataset",
            input_dataset._variant_tensor,
            aggregator._resource,
            prefix,
            counter_prefix,
            **input_dataset._flat_structure,
        )
        super().__init__(input_dataset, variant)


class MaxIntraOpParallelismDataset(UnaryUnchangedStructureDataset):
    """What has a limit of threads for one operation."""

    def __init__(self, input_dataset: DatasetV2, max_intra_op_parallelism: Any) -> None:
        limit = convert_to_tensor(max_intra_op_parallelism, dtype=dtypes.int64, name="max_intra_op_parallelism")
        variant = make_op(
            "MaxIntraOpParallelismDataset",
            input_dataset._variant_tensor,
            limit,
            **input_dataset._flat_structure,
        )
        super().__init__(input_dataset, variant)


class PrivateThreadPoolDataset(UnaryUnchangedStructureDataset):
    """What has threads of its own."""

    def __init__(self, input_dataset: DatasetV2, num_threads: Any) -> None:
        threads = convert_to_tensor(num_threads, dtype=dtypes.int64, name="num_threads")
        variant = make_op(
            "PrivateThreadPoolDataset",
            input_dataset._variant_tensor,
            threads,
            **input_dataset._flat_structure,
        )
        super().__init__(input_dataset, variant)
