"""Ops of datasets of what files hold."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from tangraph.plugin import KernelSet, OpSet
from tangraph_datasets.data.kernels.schemas import SOURCE, dataset, nothing
from tangraph_datasets.data.values import files
from tangraph_datasets.data.values.base import IterationContext
from tangraph_datasets.data.values.caching import FileCache, MemoryCache
from tangraph_datasets.data.values.functions import IterationStore
from tangraph_datasets.data.values.stacking import invalid
from tangraph_datasets.parsing.csv import Column

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plugin import KernelContext

ops = OpSet()
kernel = KernelSet()

_LENGTHS: Final = ("filenames: string", "header_bytes: int64", "record_bytes: int64", "footer_bytes: int64")
_CSV: Final = (
    "filenames: string",
    "compression_type: string",
    "buffer_size: int64",
    "header: bool",
    "field_delim: string",
    "use_quote_delim: bool",
    "na_value: string",
    "select_cols: int64",
    "record_defaults: output_types",
)
_CSV_TYPES: Final = (
    "output_types: list({float, double, int32, int64, string}) >= 1",
    "output_shapes: list(shape) >= 1",
)

for _name in ("TextLineDataset", "TFRecordDataset"):
    dataset(
        ops,
        _name,
        ["filenames: string", "compression_type: string", "buffer_size: int64"],
        elements=(),
        stateful=True,
    )
dataset(ops, "FixedLengthRecordDataset", [*_LENGTHS, "buffer_size: int64"], elements=(), stateful=True)
dataset(
    ops,
    "FixedLengthRecordDatasetV2",
    [*_LENGTHS, "buffer_size: int64", "compression_type: string"],
    elements=(),
    stateful=True,
)
dataset(ops, "CacheDataset", [SOURCE, "filename: string"])
for _prefix in ("", "Experimental"):
    dataset(ops, f"{_prefix}CSVDataset", _CSV, elements=_CSV_TYPES, stateful=True)
    dataset(ops, f"{_prefix}MatchingFilesDataset", ["patterns: string"], elements=(), stateful=True)
    ops.define(
        f"{_prefix}DatasetToTFRecord",
        [SOURCE, "filename: string", "compression_type: string"],
        shape=nothing,
        stateful=True,
    )
ops.without_gradient(*ops)


def _text(value: Any) -> str:
    (item,) = files.texts(value)
    return item.decode()


@kernel("TextLineDataset")
def text_lines(k: KernelContext) -> Callable[..., Any]:
    """The lines of files."""
    del k

    def run(filenames: Any, compression: Any, buffer_size: Any) -> Any:
        del buffer_size
        return files.TextLines(files.texts(filenames), _text(compression))

    return run


@kernel("TFRecordDataset")
def records(k: KernelContext) -> Callable[..., Any]:
    """The records of files."""
    del k

    def run(filenames: Any, compression: Any, buffer_size: Any) -> Any:
        del buffer_size
        return files.Records(files.texts(filenames), _text(compression))

    return run


@kernel("FixedLengthRecordDataset", "FixedLengthRecordDatasetV2")
def fixed_length_records(k: KernelContext) -> Callable[..., Any]:
    """Pieces of files."""
    del k

    def run(filenames: Any, header: Any, record: Any, footer: Any, buffer_size: Any, compression: Any = b"") -> Any:
        del buffer_size
        names = files.texts(filenames)
        return files.FixedLengthRecords(names, int(header), int(record), int(footer), _text(compression))

    return run


@kernel("CSVDataset", "ExperimentalCSVDataset")
def csv(k: KernelContext) -> Callable[..., Any]:
    """The columns of CSV files."""
    columns = [Column(dtype, index) for index, dtype in enumerate(k.attr("output_types"))]

    def run(
        filenames: Any,
        compression: Any,
        buffer_size: Any,
        header: Any,
        delim: Any,
        quotes: Any,
        na_value: Any,
        select: Any,
        *defaults: Any,
    ) -> Any:
        del buffer_size
        between = _text(delim).encode()
        if len(between) != 1:
            raise invalid("field_delim should be only 1 char")
        chosen = select.tolist()
        if chosen and (chosen[0] < 0 or any(a >= b for a, b in itertools.pairwise(chosen))):
            raise invalid("select_cols should be strictly increasing indices")
        return files.CsvLines(
            files.texts(filenames),
            list(zip(columns, defaults, strict=True)),
            delim=between[0],
            quotes=bool(quotes),
            na_value=files.texts(na_value)[0],
            header=bool(header),
            select=chosen,
            compression=_text(compression),
        )

    return run


@kernel("MatchingFilesDataset", "ExperimentalMatchingFilesDataset")
def matching_files(k: KernelContext) -> Callable[..., Any]:
    """The names of files."""
    del k
    return lambda patterns: files.MatchingFiles(files.texts(patterns))


@kernel("CacheDataset")
def cache(k: KernelContext) -> Callable[..., Any]:
    """The elements, kept in memory or in a file."""
    types = k.attr("output_types")

    def run(source: Any, filename: Any) -> Any:
        path = _text(filename)
        return FileCache(source, path, types) if path else MemoryCache(source)

    return run


@kernel("DatasetToTFRecord", "ExperimentalDatasetToTFRecord")
def to_records(k: KernelContext) -> Callable[..., None]:
    """Writes the elements, strings, as the records of a file."""
    store = k.resources
    assert store is not None

    def run(source: Any, filename: Any, compression: Any) -> None:
        from tangraph_datasets.records.writing import TFRecordWriter

        options = _text(compression)
        if options not in files.COMPRESSIONS:
            raise invalid("Unsupported compression_type.")
        with TFRecordWriter(_text(filename), options) as writer:
            for (record,) in source.iterate(IterationContext(IterationStore(store)), "ToTFRecordOpIterator"):
                writer.write(record)

    return run
