"""Ops of datasets whose elements functions of the graph make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.plugin import KernelSet, OpSet
from tangraph_datasets.data.kernels.batching import checked_size
from tangraph_datasets.data.kernels.schemas import ELEMENTS, OTHER_TYPES, OTHERS, SOURCE, dataset, of_elements
from tangraph_datasets.data.values import flattening, grouping, mapping
from tangraph_datasets.data.values.base import IterationContext
from tangraph_datasets.data.values.batching import Batch
from tangraph_datasets.data.values.functions import Function, IterationStore
from tangraph_datasets.data.values.generators import Generator
from tangraph_datasets.data.values.stacking import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.plugin import KernelContext

ops = OpSet()
kernel = KernelSet()

_F: Final = ("f: func", OTHER_TYPES)
_PREDICATE: Final = ("predicate: func", OTHER_TYPES)
_INTER_OP: Final = "use_inter_op_parallelism: bool = true"
_CARDINALITY: Final = "preserve_cardinality: bool = false"
_SLOPPY: Final = "sloppy: bool = false"
_CYCLE: Final = (SOURCE, OTHERS, "cycle_length: int64", "block_length: int64")


def _with_functions(
    name: str, source: Sequence[str], functions: Sequence[str], prefix: str = "", **options: Any
) -> None:
    """Defines an op with several functions, each with captured values of its own."""
    dataset(
        ops,
        prefix + name,
        [*source, *(f"{function}_other_arguments: T{function}_other_arguments" for function in functions)],
        [
            *(f"{function}: func" for function in functions),
            *(f"T{function}_other_arguments: list(type) >= 0" for function in functions),
        ],
        **options,
    )


dataset(ops, "MapDataset", [SOURCE, OTHERS], _F, last=[_INTER_OP, _CARDINALITY])
dataset(
    ops,
    "ParallelMapDataset",
    [SOURCE, OTHERS, "num_parallel_calls: int32"],
    _F,
    last=[_INTER_OP, _SLOPPY, _CARDINALITY],
)
dataset(ops, "FlatMapDataset", [SOURCE, OTHERS], _F)
dataset(ops, "InterleaveDataset", _CYCLE, _F)
dataset(ops, "ParallelInterleaveDatasetV2", [*_CYCLE, "num_parallel_calls: int64"], _F, last=[_SLOPPY])
dataset(ops, "FilterDataset", [SOURCE, OTHERS], _PREDICATE)
dataset(
    ops,
    "GeneratorDataset",
    [f"{name}_func_other_args: T{name}_func_args" for name in ("init", "next", "finalize")],
    [
        *(f"{name}_func: func" for name in ("init", "next", "finalize")),
        *(f"T{name}_func_args: list(type) >= 0" for name in ("init", "next", "finalize")),
    ],
    stateful=True,
)
ops.define(
    "ReduceDataset",
    [SOURCE, "initial_state: Tstate", OTHERS],
    ["components: output_types"],
    ["f: func", "Tstate: list(type) >= 1", OTHER_TYPES, *ELEMENTS, _INTER_OP],
    shape=of_elements,
    stateful=True,
)
_KEY: Final = "key_func"
for _prefix in ("", "Experimental"):
    dataset(
        ops,
        f"{_prefix}MapAndBatchDataset",
        [SOURCE, OTHERS, "batch_size: int64", "num_parallel_calls: int64", "drop_remainder: bool"],
        _F,
        last=[_CARDINALITY],
    )
    dataset(
        ops,
        f"{_prefix}ParallelInterleaveDataset",
        [*_CYCLE, "sloppy: bool", "buffer_output_elements: int64", "prefetch_input_elements: int64"],
        _F,
    )
    dataset(
        ops,
        f"{_prefix}ScanDataset",
        [SOURCE, "initial_state: Tstate", OTHERS],
        ["f: func", "Tstate: list(type) >= 1", OTHER_TYPES],
        last=[_CARDINALITY],
    )
    dataset(ops, f"{_prefix}TakeWhileDataset", [SOURCE, OTHERS], _PREDICATE)
    dataset(
        ops,
        f"{_prefix}DirectedInterleaveDataset",
        ["selector_input_dataset: variant", "data_input_datasets: N * variant"],
        last=["N: int >= 1"],
    )
    _with_functions("GroupByWindowDataset", [SOURCE], [_KEY, "reduce_func", "window_size_func"], _prefix)
    _with_functions(
        "GroupByReducerDataset",
        [SOURCE],
        [_KEY, "init_func", "reduce_func", "finalize_func"],
        _prefix,
        stateful=True,
    )
ops.not_differentiable("ReduceDataset")
ops.without_gradient(*(op_type for op_type in ops if op_type != "ReduceDataset"))


@kernel("MapDataset")
def map_(k: KernelContext) -> Callable[..., Any]:
    """What a function makes of each element."""
    function, preserve = Function(k, "f"), k.attr("preserve_cardinality")
    return lambda source, *others: mapping.Map(source, function(others), preserve=preserve)


@kernel("ParallelMapDataset")
def parallel_map(k: KernelContext) -> Callable[..., Any]:
    """What a function makes of each element; here one after the other."""
    function, preserve = Function(k, "f"), k.attr("preserve_cardinality")

    def run(source: Any, *rest: Any) -> Any:
        *others, calls = rest
        if calls <= 0 and calls != -1:
            raise invalid("num_parallel_calls must be greater than zero.")
        return mapping.Map(source, function(others), preserve=preserve)

    return run


@kernel("MapAndBatchDataset", "ExperimentalMapAndBatchDataset")
def map_and_batch(k: KernelContext) -> Callable[..., Any]:
    """Batches of what a function makes of each element."""
    function, preserve = Function(k, "f"), k.attr("preserve_cardinality")

    def run(source: Any, *rest: Any) -> Any:
        *others, batch_size, calls, drop_remainder = rest
        if batch_size <= 0:
            raise invalid("batch_size must be greater than zero.")
        if calls <= 0 and calls != -1:
            raise invalid("num_parallel_calls must be greater than zero.")
        mapped = mapping.Map(source, function(others), preserve=preserve)
        return Batch(mapped, checked_size(batch_size), drop_remainder=bool(drop_remainder))

    return run


@kernel("FlatMapDataset")
def flat_map(k: KernelContext) -> Callable[..., Any]:
    """The elements of the datasets that a function makes."""
    function = Function(k, "f")
    return lambda source, *others: flattening.FlatMap(source, function(others))


def _interleaved(source: Any, captured: Any, cycle: Any, block: Any) -> Any:
    if cycle <= 0 and cycle != -1:
        raise invalid("cycle_length must be greater than zero.")
    if block <= 0:
        raise invalid("block_length must be greater than zero.")
    return flattening.Interleave(source, captured, int(cycle), int(block))


@kernel("InterleaveDataset")
def interleave(k: KernelContext) -> Callable[..., Any]:
    """The elements of the datasets that a function makes, in turn."""
    function = Function(k, "f")

    def run(source: Any, *rest: Any) -> Any:
        *others, cycle, block = rest
        return _interleaved(source, function(others), cycle, block)

    return run


@kernel("ParallelInterleaveDatasetV2")
def parallel_interleave(k: KernelContext) -> Callable[..., Any]:
    """As `interleave`, one after the other here."""
    function = Function(k, "f")

    def run(source: Any, *rest: Any) -> Any:
        *others, cycle, block, calls = rest
        if calls <= 0 and calls != -1:
            raise invalid("num_parallel_calls must be greater than zero.")
        return _interleaved(source, function(others), cycle, block)

    return run


@kernel("ParallelInterleaveDataset", "ExperimentalParallelInterleaveDataset")
def parallel_interleave_v1(k: KernelContext) -> Callable[..., Any]:
    """As `interleave`, in the order that it has when nothing is late."""
    function = Function(k, "f")

    def run(source: Any, *rest: Any) -> Any:
        *others, cycle, block, _, outputs, inputs = rest
        if cycle <= 0:
            raise invalid("`cycle_length` must be > 0")
        if block <= 0:
            raise invalid("`block_length` must be > 0")
        if outputs <= 0:
            raise invalid("`buffer_output_elements` must be > 0")
        if inputs < 0:
            raise invalid("`prefetch_input_elements` must be >= 0")
        return flattening.Interleave(source, function(others), int(cycle), int(block))

    return run


@kernel("FilterDataset")
def filter_(k: KernelContext) -> Callable[..., Any]:
    """The elements for which a function says so."""
    function = Function(k, "predicate")
    return lambda source, *others: mapping.Filter(source, function(others))


@kernel("TakeWhileDataset", "ExperimentalTakeWhileDataset")
def take_while(k: KernelContext) -> Callable[..., Any]:
    """The elements before the first for which a function says no."""
    function = Function(k, "predicate")
    return lambda source, *others: mapping.TakeWhile(source, function(others))


@kernel("ScanDataset", "ExperimentalScanDataset")
def scan(k: KernelContext) -> Callable[..., Any]:
    """What a function makes of each element and of a state."""
    function, count = Function(k, "f"), len(k.attr("Tstate"))

    def run(source: Any, *rest: Any) -> Any:
        return mapping.Scan(source, rest[:count], function(rest[count:]))

    return run


@kernel("ReduceDataset")
def reduce(k: KernelContext) -> Callable[..., Any]:
    """The last state of a function of states and elements."""
    function, count, store = Function(k, "f"), len(k.attr("Tstate")), k.resources
    assert store is not None

    def run(source: Any, *rest: Any) -> Any:
        context = IterationContext(IterationStore(store))
        state = mapping.reduced(source, rest[:count], function(rest[count:]), context)
        return state if count > 1 else state[0]

    return run


@kernel("GeneratorDataset")
def generator(k: KernelContext) -> Callable[..., Any]:
    """What a function makes of a state that another one made, until it raises OutOfRangeError."""
    functions = [Function(k, f"{name}_func") for name in ("init", "next", "finalize")]
    counts = [len(k.attr(f"T{name}_func_args")) for name in ("init", "next", "finalize")]

    def run(*rest: Any) -> Any:
        left, captured = rest, []
        for function, count in zip(functions, counts, strict=True):
            captured.append(function(left[:count]))
            left = left[count:]
        return Generator(*captured)

    return run


def _several(k: KernelContext, names: Sequence[str]) -> Callable[..., list[Any]]:
    functions = [Function(k, name) for name in names]
    counts = [len(k.attr(f"T{name}_other_arguments")) for name in names]

    def captured(*rest: Any) -> list[Any]:
        result = []
        for function, count in zip(functions, counts, strict=True):
            result.append(function(rest[:count]))
            rest = rest[count:]
        return result

    return captured


@kernel("GroupByWindowDataset", "ExperimentalGroupByWindowDataset")
def group_by_window(k: KernelContext) -> Callable[..., Any]:
    """The elements of the datasets that a function makes of elements with a key in common."""
    captured = _several(k, ["key_func", "reduce_func", "window_size_func"])
    return lambda source, *rest: grouping.GroupByWindow(source, *captured(*rest))


@kernel("GroupByReducerDataset", "ExperimentalGroupByReducerDataset")
def group_by_reducer(k: KernelContext) -> Callable[..., Any]:
    """What functions make of the elements of each key."""
    captured = _several(k, ["key_func", "init_func", "reduce_func", "finalize_func"])
    return lambda source, *rest: grouping.GroupByReducer(source, *captured(*rest))


@kernel("DirectedInterleaveDataset", "ExperimentalDirectedInterleaveDataset")
def directed_interleave(k: KernelContext) -> Callable[..., Any]:
    """Elements of several datasets, as another dataset says."""
    del k
    return lambda selector, *parts: flattening.DirectedInterleave(selector, parts)
