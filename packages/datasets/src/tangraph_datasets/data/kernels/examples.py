"""The op of the dataset of parsed examples, and that of the dataset of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.plugin import KernelSet, OpSet
from tangraph_datasets.data.kernels.schemas import SOURCE, dataset
from tangraph_datasets.data.values.database import Rows
from tangraph_datasets.data.values.files import texts
from tangraph_datasets.data.values.mapping import Applied
from tangraph_datasets.data.values.stacking import invalid
from tangraph_datasets.parsing.examples import ExampleBatch
from tangraph_datasets.parsing.reading import Column

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plugin import KernelContext

ops = OpSet()
kernel = KernelSet()

_TYPES: Final = "{float, int64, string}"
for _prefix in ("", "Experimental"):
    dataset(
        ops,
        f"{_prefix}ParseExampleDataset",
        [SOURCE, "num_parallel_calls: int64", "dense_defaults: Tdense"],
        [
            "sparse_keys: list(string) >= 0",
            "dense_keys: list(string) >= 0",
            f"sparse_types: list({_TYPES}) >= 0",
            f"Tdense: list({_TYPES}) >= 0",
            "dense_shapes: list(shape) >= 0",
        ],
        last=["sloppy: bool = false"],
    )
    dataset(
        ops,
        f"{_prefix}SqlDataset",
        ["driver_name: string", "data_source_name: string", "query: string"],
        stateful=True,
    )
ops.without_gradient(*ops)


@kernel("ParseExampleDataset", "ExperimentalParseExampleDataset")
def parse_example(k: KernelContext) -> Callable[..., Any]:
    """Features of serialized examples, by the order of their keys."""
    sparse = [Column(key, dtype) for key, dtype in zip(k.attr("sparse_keys"), k.attr("sparse_types"), strict=True)]
    dense = list(zip(k.attr("dense_keys"), k.attr("Tdense"), k.attr("dense_shapes"), strict=True))

    def run(source: Any, calls: Any, *defaults: Any) -> Any:
        if calls <= 0:
            raise invalid("num_parallel_calls must be greater than zero.")
        columns = [*sparse, *(Column(*parts, default) for parts, default in zip(dense, defaults, strict=True))]
        columns.sort(key=lambda column: column.key)

        def parsed(serialized: Any) -> tuple[Any, ...]:
            batch = ExampleBatch(texts(serialized), [])
            return tuple([_read(batch, column) for column in columns])

        return Applied(source, parsed, "ParseExample")

    return run


def _read(batch: ExampleBatch, column: Column) -> Any:
    if column.shape is not None:
        return batch.dense(column)
    parts = np.empty(3, object)
    for index, part in enumerate(batch.sparse(column)):
        parts[index] = part
    return parts


@kernel("SqlDataset", "ExperimentalSqlDataset")
def sql(k: KernelContext) -> Callable[..., Any]:
    """The rows that a query finds in a database."""
    types = k.attr("output_types")

    def run(driver: Any, source: Any, query: Any) -> Any:
        (name,), (path,), (text,) = texts(driver), texts(source), texts(query)
        if name != b"sqlite":
            raise invalid(
                f"The database type, {name.decode(errors='replace')}, is not supported by SqlDataset. The set of supported "
                "databases is: {'sqlite'}."
            )
        return Rows(path.decode(), text.decode(), types)

    return run
