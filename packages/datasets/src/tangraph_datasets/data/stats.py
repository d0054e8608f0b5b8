"""StatsAggregator: what would collect the statistics of a pipeline; see `tf.data.experimental.StatsOptions`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.plugin import KernelSet, OpSet, export, make_op

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor
    from tangraph.plugin import KernelContext, ShapeContext

ops = OpSet()
kernel = KernelSet()

_NAMES: Final = ("container: string = ''", "shared_name: string = ''")


def _scalar(c: ShapeContext) -> Raw:
    del c
    return ()


ops.define(
    "ExperimentalStatsAggregatorHandle", outputs=["handle: resource"], attrs=_NAMES, shape=_scalar, stateful=True
)
ops.define(
    "ExperimentalStatsAggregatorSummary", ["iterator: resource"], ["summary: string"], shape=_scalar, stateful=True
)
ops.without_gradient(*ops)


class _Statistics:
    """The statistics of a session's pipelines: none are measured."""


@kernel("StatsAggregatorHandle", "ExperimentalStatsAggregatorHandle")
def _handle(k: KernelContext) -> Callable[[], Any]:
    """Finds the aggregator of this name in the session, or makes it."""
    store, container, name = k.resources, k.attr("container"), k.attr("shared_name") or k.name
    assert store is not None
    return lambda: store.get_or_create("stats_aggregator", container, name, _Statistics)


@kernel("StatsAggregatorSummary", "ExperimentalStatsAggregatorSummary")
def _summary(k: KernelContext) -> Callable[[Any], bytes]:
    """An empty Summary message."""
    del k
    return lambda handle: b""


@export("data.experimental.StatsAggregator", "contrib.data.StatsAggregator")
class StatsAggregator:
    """What collects the statistics of a pipeline, made as TensorFlow makes it.

    A pipeline runs in the thread that asks for its elements, so there are no buffers, threads or latencies to measure:
    the summary is empty.
    """

    def __init__(self) -> None:
        self._resource: Tensor = make_op("StatsAggregatorHandle")

    def get_summary(self) -> Tensor:
        """Returns the string scalar with the Summary message of what was measured: nothing."""
        summary: Tensor = make_op("StatsAggregatorSummary", self._resource)
        return summary
