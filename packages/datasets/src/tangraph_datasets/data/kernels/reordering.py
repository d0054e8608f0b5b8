"""Ops of datasets that have the elements of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.plugin import KernelSet, OpSet
from tangraph_datasets.data.kernels.schemas import SOURCE, dataset
from tangraph_datasets.data.values import reordering
from tangraph_datasets.data.values.grouping import Unique
from tangraph_datasets.data.values.mapping import FilterByLastComponent, IgnoreErrors
from tangraph_datasets.data.values.shuffling import Shuffle, ShuffleAndRepeat
from tangraph_datasets.data.values.stacking import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.plugin import KernelContext

ops = OpSet()
kernel = KernelSet()

#: Ops that change how a pipeline runs in TensorFlow, and nothing here; with what they take besides the dataset.
_PASSING: Final[dict[str, Sequence[str]]] = {
    "ModelDataset": (),
    "MaxIntraOpParallelismDataset": ("max_intra_op_parallelism: int64",),
    "PrivateThreadPoolDataset": ("num_threads: int64",),
    "LatencyStatsDataset": ("tag: string",),
    "BytesProducedStatsDataset": ("tag: string",),
    "NonSerializableDataset": (),
    "SetStatsAggregatorDataset": ("stats_aggregator: resource", "tag: string", "counter_prefix: string"),
    "AssertNextDataset": ("transformations: string",),
    "SleepDataset": ("sleep_microseconds: int64",),
}
dataset(ops, "ModelDataset", [SOURCE], ["algorithm: int = 0", "cpu_budget: int = 0"])
for _prefix in ("", "Experimental"):
    for _name, _inputs in list(_PASSING.items())[1:]:
        dataset(ops, _prefix + _name, [SOURCE, *_inputs], stateful=_name == "SetStatsAggregatorDataset")
    dataset(ops, f"{_prefix}IgnoreErrorsDataset", [SOURCE])
    dataset(ops, f"{_prefix}UniqueDataset", [SOURCE])
dataset(
    ops, "OptimizeDataset", [SOURCE, "optimizations: string"], last=["optimization_configs: list(string) >= 0 = []"]
)
dataset(ops, "RepeatDataset", [SOURCE, "count: int64"])
dataset(ops, "TakeDataset", [SOURCE, "count: int64"])
dataset(ops, "SkipDataset", [SOURCE, "count: int64"])
dataset(
    ops,
    "ShardDataset",
    [SOURCE, "num_shards: int64", "index: int64"],
    ["require_non_empty: bool = false"],
)
dataset(
    ops,
    "PrefetchDataset",
    [SOURCE, "buffer_size: int64"],
    last=["slack_period: int = 0", "legacy_autotune: bool = true"],
)
dataset(
    ops,
    "ShuffleDataset",
    [SOURCE, "buffer_size: int64", "seed: int64", "seed2: int64"],
    ["reshuffle_each_iteration: bool = true"],
)
dataset(
    ops,
    "ShuffleAndRepeatDataset",
    [SOURCE, "buffer_size: int64", "seed: int64", "seed2: int64", "count: int64"],
)
dataset(ops, "ConcatenateDataset", [SOURCE, "another_dataset: variant"])
dataset(ops, "ZipDataset", ["input_datasets: N * variant"], last=["N: int >= 1"])
dataset(ops, "FilterByLastComponentDataset", [SOURCE], output="output")
ops.without_gradient(*ops)


@kernel(
    "ModelDataset",
    *[prefix + name for prefix in ("", "Experimental") for name in list(_PASSING)[1:] if name != "SleepDataset"],
)
def passing(k: KernelContext) -> Callable[..., Any]:
    """The same dataset."""
    del k
    return lambda source, *options: reordering.Passing(source)


@kernel("SleepDataset", "ExperimentalSleepDataset")
def sleep(k: KernelContext) -> Callable[..., Any]:
    """The same elements, later."""
    del k
    return lambda source, microseconds: reordering.Delayed(source, int(microseconds) / 1e6)


@kernel("OptimizeDataset")
def optimize(k: KernelContext) -> Callable[..., Any]:
    """The dataset with TensorFlow's rewrites."""
    del k

    def run(source: Any, optimizations: Any) -> Any:
        return reordering.Optimized(source, frozenset(name.decode() for name in optimizations.tolist()))

    return run


@kernel("PrefetchDataset")
def prefetch(k: KernelContext) -> Callable[..., Any]:
    """The same dataset: its elements are made when they are asked for."""
    del k

    def run(source: Any, buffer_size: Any) -> Any:
        if buffer_size < -1:
            raise invalid("buffer_size must be >= 0 or set buffer_size to be -1 for auto-tuning")
        return reordering.Passing(source) if not buffer_size else reordering.Prefetch(source)

    return run


@kernel("RepeatDataset")
def repeat(k: KernelContext) -> Callable[..., Any]:
    """The elements several times."""
    del k
    return lambda source, count: reordering.Repeat(source, int(count))


@kernel("TakeDataset")
def take(k: KernelContext) -> Callable[..., Any]:
    """The first elements."""
    del k
    return lambda source, count: reordering.Take(source, int(count))


@kernel("SkipDataset")
def skip(k: KernelContext) -> Callable[..., Any]:
    """All but the first elements."""
    del k
    return lambda source, count: reordering.Skip(source, int(count))


@kernel("ShardDataset")
def shard(k: KernelContext) -> Callable[..., Any]:
    """Every n-th element."""
    del k

    def run(source: Any, shards: Any, index: Any) -> Any:
        if shards <= 0:
            raise invalid(f"Number of shards must be greater than zero (currently num_shards = {shards}).")
        if not 0 <= index < shards:
            raise invalid(f"Index must be between 0 and {shards - 1} (currently index = {index}).")
        return reordering.Shard(source, int(shards), int(index))

    return run


def _checked_size(buffer_size: Any) -> int:
    if buffer_size <= 0:
        raise invalid("buffer_size must be greater than zero.")
    return int(buffer_size)


@kernel("ShuffleDataset")
def shuffle(k: KernelContext) -> Callable[..., Any]:
    """The elements in random order."""
    reshuffle = k.attr("reshuffle_each_iteration")

    def run(source: Any, buffer_size: Any, seed: Any, seed2: Any) -> Any:
        return Shuffle(source, _checked_size(buffer_size), int(seed), int(seed2), reshuffle=reshuffle)

    return run


@kernel("ShuffleAndRepeatDataset")
def shuffle_and_repeat(k: KernelContext) -> Callable[..., Any]:
    """The elements several times in random order."""
    del k

    def run(source: Any, buffer_size: Any, seed: Any, seed2: Any, count: Any) -> Any:
        if not count:
            raise invalid("count must be greater than zero or equal to -1.")
        return ShuffleAndRepeat(source, _checked_size(buffer_size), int(seed), int(seed2), int(count))

    return run


@kernel("ConcatenateDataset")
def concatenate(k: KernelContext) -> Callable[..., Any]:
    """The elements of one dataset, then those of another."""
    del k
    return reordering.Concatenate


@kernel("ZipDataset")
def zip_(k: KernelContext) -> Callable[..., Any]:
    """The elements of several datasets side by side."""
    del k
    return lambda *parts: reordering.zipped(list(parts))


@kernel("FilterByLastComponentDataset")
def filter_by_last_component(k: KernelContext) -> Callable[..., Any]:
    """The elements whose last component is true, without it."""
    del k
    return FilterByLastComponent


@kernel("IgnoreErrorsDataset", "ExperimentalIgnoreErrorsDataset")
def ignore_errors(k: KernelContext) -> Callable[..., Any]:
    """The elements that do not raise."""
    del k
    return IgnoreErrors


@kernel("UniqueDataset", "ExperimentalUniqueDataset")
def unique(k: KernelContext) -> Callable[..., Any]:
    """The elements that did not come before."""
    del k
    return Unique
