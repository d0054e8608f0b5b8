"""``tf.data.Options``, and the groups of options in it.

Most say how TensorFlow's runtime spends its threads. Those change nothing here but the nodes that carry them.
"""

from __future__ import annotations

from typing import Any

from tangraph.plugin import export
from tangraph_datasets.data.option_base import OptionsBase, create_option, merge_options
from tangraph_datasets.data.stats import StatsAggregator


@export("data.experimental.MapVectorizationOptions")
class MapVectorizationOptions(OptionsBase):
    """Whether `map` runs on batches; changes no result."""

    enabled = create_option("enabled", bool, "Whether to vectorize map transformations; False where None.")
    use_choose_fastest = create_option("use_choose_fastest", bool, "Whether to measure first; False where None.")

    def _static_optimizations(self) -> list[str]:
        return ["map_vectorization"] if self.enabled else []

    def _static_optimization_configs(self) -> list[str]:
        return [f"map_vectorization:use_choose_fastest:{'true' if self.use_choose_fastest else 'false'}"]


_DEFAULT_OPTIMIZATIONS = ("map_and_batch_fusion", "noop_elimination", "shuffle_and_repeat_fusion")
_OPTIONAL_OPTIMIZATIONS = (
    "filter_fusion",
    "filter_with_random_uniform_fusion",
    "hoist_random_uniform",
    "map_and_filter_fusion",
    "map_parallelization",
    "map_fusion",
    "parallel_batch",
)


@export("data.experimental.OptimizationOptions")
class OptimizationOptions(OptionsBase):
    """Which rewrites a pipeline gets when an iterator is made."""

    apply_default_optimizations = create_option(
        "apply_default_optimizations", bool, "Whether rewrites that are not asked for are made; True where None."
    )
    autotune = create_option("autotune", bool, "Whether a ModelDataset is put in; True where None.")
    autotune_algorithm = create_option("autotune_algorithm", int, "The algorithm of autotuning.")
    autotune_buffers = create_option("autotune_buffers", bool, "Whether to tune the sizes of buffers.")
    autotune_cpu_budget = create_option("autotune_cpu_budget", int, "How many cores autotuning may use.")
    filter_fusion = create_option("filter_fusion", bool, "Whether to fuse filters; False where None.")
    filter_with_random_uniform_fusion = create_option(
        "filter_with_random_uniform_fusion", bool, "Whether to fuse filters that draw; False where None."
    )
    hoist_random_uniform = create_option("hoist_random_uniform", bool, "Whether to draw outside of maps.")
    map_and_batch_fusion = create_option(
        "map_and_batch_fusion", bool, "Whether to fuse map and batch; True where None."
    )
    map_and_filter_fusion = create_option("map_and_filter_fusion", bool, "Whether to fuse map and filter.")
    map_fusion = create_option("map_fusion", bool, "Whether to fuse maps; False where None.")
    map_parallelization = create_option("map_parallelization", bool, "Whether to parallelize stateless maps.")
    map_vectorization = create_option(
        "map_vectorization", MapVectorizationOptions, "Whether maps run on batches.", MapVectorizationOptions
    )
    noop_elimination = create_option("noop_elimination", bool, "Whether to drop what does nothing; True where None.")
    parallel_batch = create_option("parallel_batch", bool, "Whether to copy in parallel; False where None.")
    shuffle_and_repeat_fusion = create_option(
        "shuffle_and_repeat_fusion", bool, "Whether to fuse shuffle and repeat; True where None."
    )

    def _static_optimizations(self) -> list[str]:
        chosen = {name for name in (*_OPTIONAL_OPTIMIZATIONS, *_DEFAULT_OPTIMIZATIONS) if getattr(self, name)}
        if self.apply_default_optimizations is not False:
            chosen.update(name for name in _DEFAULT_OPTIMIZATIONS if getattr(self, name) is not False)
        if self.map_vectorization is not None:
            chosen.update(self.map_vectorization._static_optimizations())
        if self.autotune is not False and self.autotune_buffers:
            chosen.add("inject_prefetch")
        return sorted(chosen)

    def _static_optimization_configs(self) -> list[str]:
        configs: list[str] = []
        if self.map_vectorization is not None:
            configs = self.map_vectorization._static_optimization_configs()
        return configs


@export("data.experimental.ThreadingOptions")
class ThreadingOptions(OptionsBase):
    """How many threads a pipeline may use."""

    max_intra_op_parallelism = create_option("max_intra_op_parallelism", int, "How many threads one operation may use.")
    private_threadpool_size = create_option("private_threadpool_size", int, "How many threads the pipeline has.")


@export("data.experimental.StatsOptions")
class StatsOptions(OptionsBase):
    """Where a pipeline's statistics go."""

    aggregator = create_option("aggregator", StatsAggregator, "What collects the statistics.")
    prefix = create_option("prefix", str, "Stands before their names.", str)
    counter_prefix = create_option("counter_prefix", str, "Stands before the names of counters.", str)
    latency_all_edges = create_option("latency_all_edges", bool, "Whether to measure the latency of every step.")


@export("data.experimental.DistributeOptions")
class DistributeOptions(OptionsBase):
    """How a pipeline is split over workers."""

    auto_shard = create_option("auto_shard", bool, "Whether each worker reads its part; True.", lambda: True)
    _make_stateless = create_option("_make_stateless", bool, "Whether the pipeline must hold no state.")
    num_devices = create_option("num_devices", int, "How many devices are fed.")


@export("data.Options")
class Options(OptionsBase):
    """Options of a dataset and of all that are made from it; see `Dataset.with_options`.

    >>> import tangraph as tf
    >>> options = tf.data.Options()
    >>> options.experimental_deterministic = False
    >>> options.experimental_optimization.map_fusion = True
    """

    experimental_deterministic = create_option(
        "experimental_deterministic", bool, "Whether elements come in a fixed order, which they always do here."
    )
    experimental_distribute = create_option(
        "experimental_distribute", DistributeOptions, "How the pipeline is split over workers.", DistributeOptions
    )
    experimental_optimization = create_option(
        "experimental_optimization", OptimizationOptions, "Which rewrites are made.", OptimizationOptions
    )
    experimental_slack = create_option("experimental_slack", bool, "Whether the last prefetch leaves some slack.")
    experimental_stats = create_option("experimental_stats", StatsOptions, "Where statistics go.", StatsOptions)
    experimental_threading = create_option("experimental_threading", ThreadingOptions, "Threads.", ThreadingOptions)
    experimental_stateful_whitelist = create_option(
        "experimental_stateful_whitelist", list, "Stateful operations that do not keep an iterator from being saved."
    )

    def _static_optimizations(self) -> list[str]:
        chosen: list[str] = self.experimental_optimization._static_optimizations()
        if self.experimental_deterministic is False:
            chosen.append("make_sloppy")
        if self.experimental_stats and self.experimental_stats.latency_all_edges:
            chosen.append("latency_all_edges")
        if self.experimental_slack:
            chosen.append("slack")
        if self.experimental_distribute and self.experimental_distribute._make_stateless:
            chosen.append("make_stateless")
        return chosen

    def _static_optimization_configs(self) -> list[str]:
        configs: list[str] = []
        if self.experimental_optimization:
            configs.extend(self.experimental_optimization._static_optimization_configs())
        if self.experimental_slack:
            devices = self.experimental_distribute.num_devices
            configs.append(f"slack:slack_period:{1 if devices is None else devices}")
        return configs

    def merge(self, options: Any) -> Options:
        """Returns options that have what is set in either.

        Raises:
          ValueError: both set an option, to different values.
        """
        merged: Options = merge_options(self, options)
        return merged
