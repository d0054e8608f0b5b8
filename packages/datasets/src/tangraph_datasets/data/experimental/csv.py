"""Datasets of CSV files."""

from __future__ import annotations

import csv
import gzip
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor, internal_convert_n_to_tensor
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.ops.array.constant import constant
from tangraph.plugin import export, make_op
from tangraph.util import file_io
from tangraph_datasets.data.dataset import AUTOTUNE, Dataset, DatasetSource, DatasetV1Adapter
from tangraph_datasets.data.experimental.transforms import ignore_errors as without_errors
from tangraph_datasets.data.experimental.transforms import parallel_interleave, shuffle_and_repeat
from tangraph_datasets.data.mapping import MapDataset
from tangraph_datasets.data.options import Options
from tangraph_datasets.data.readers import optional_tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_TYPES: Final = (dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64, dtypes.string)
_BUFFER_SIZE: Final = 4 * 1024 * 1024


def _default(value: Any) -> Any:
    """Returns a default; a type stands for none."""
    if isinstance(value, (Tensor, np.ndarray, list, tuple)):
        return value
    return constant([], dtype=value) if value in _TYPES else value


class _Csv(DatasetSource):
    def __init__(
        self,
        filenames: Any,
        record_defaults: Sequence[Any],
        compression_type: Any,
        buffer_size: Any,
        header: Any,
        field_delim: Any,
        use_quote_delim: Any,
        na_value: Any,
        select_cols: Any,
    ) -> None:
        names = convert_to_tensor(filenames, dtype=dtypes.string, name="filenames")
        compression = optional_tensor("compression_type", compression_type, "", dtypes.string)
        defaults = internal_convert_n_to_tensor([_default(x) for x in record_defaults], name="record_defaults")
        size = optional_tensor("buffer_size", buffer_size, _BUFFER_SIZE)
        inputs = [
            convert_to_tensor(header, dtype=dtypes.bool, name="header"),
            convert_to_tensor(field_delim, dtype=dtypes.string, name="field_delim"),
            convert_to_tensor(use_quote_delim, dtype=dtypes.bool, name="use_quote_delim"),
            convert_to_tensor(na_value, dtype=dtypes.string, name="na_value"),
            optional_tensor("select_cols", select_cols, []),
        ]
        self._structure = tuple(TensorSpec([], default.dtype) for default in defaults)
        shapes = self._flat_shapes
        super().__init__(make_op("CSVDataset", names, compression, size, *inputs, defaults, output_shapes=shapes))

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


@export("data.experimental.CsvDataset", "contrib.data.CsvDataset")
class CsvDataset(DatasetV1Adapter):
    """The columns of CSV files, a tuple of scalars a line.

    Args:
      filenames: the names of the files.
      record_defaults: for each column that is wanted its type, where there has to be a value, or a tensor with what
        stands for an empty field.
      compression_type: "", "ZLIB" or "GZIP".
      buffer_size: how many bytes TensorFlow reads at once.
      header: whether the first line of a file is left out.
      field_delim: the character between fields.
      use_quote_delim: whether `"` around a field lets it hold anything.
      na_value: a string that stands for an empty field.
      select_cols: the numbers of the columns that are wanted, ascending; all when None.

    In a run it raises InvalidArgumentError for a line with another number of fields, or a field that is no number.
    """

    def __init__(
        self,
        filenames: Any,
        record_defaults: Sequence[Any],
        compression_type: Any = None,
        buffer_size: Any = None,
        header: Any = False,
        field_delim: Any = ",",
        use_quote_delim: Any = True,
        na_value: Any = "",
        select_cols: Any = None,
    ) -> None:
        files = filenames, record_defaults, compression_type, buffer_size
        super().__init__(_Csv(*files, header, field_delim, use_quote_delim, na_value, select_cols))


CsvDataset.__name__ = CsvDataset.__qualname__ = "CsvDatasetV1"


# -- make_csv_dataset --------------------------------------------------------------------------------------------------


class _Dialect:
    """How the files are read for the names and types of their columns."""

    def __init__(self, field_delim: str, use_quote_delim: bool, opened: Callable[[str], Any]) -> None:
        quoting = csv.QUOTE_MINIMAL if use_quote_delim else csv.QUOTE_NONE
        self._options: dict[str, Any] = {"delimiter": field_delim, "quoting": quoting}
        self.opened = opened

    def rows(self, file: Any) -> Iterator[list[str]]:
        """Goes over the lines of a file."""
        return csv.reader(file, **self._options)

    def names(self, filenames: Sequence[str]) -> list[str]:
        """Returns the names of the columns, which all files have to have."""
        names: list[str] | None = None
        for filename in filenames:
            with self.opened(filename) as file:
                found = next(self.rows(file), None)
            if found is None:
                raise ValueError(f"Received StopIteration when reading the header line of {filenames[0]}.  Empty file?")
            if names is not None and found != names:
                raise ValueError("Files have different column names in the header row.")
            names = found
        return names or []

    def first_rows(self, filenames: Sequence[str], columns: int, header: bool) -> Iterator[list[str]]:
        """Goes over the lines of all files."""
        for filename in filenames:
            with self.opened(filename) as file:
                rows = self.rows(file)
                if header:
                    next(rows)
                for row in rows:
                    if len(row) != columns:
                        raise ValueError(
                            "Problem inferring types: CSV row has different number of fields than expected."
                        )
                    yield row


def _is_int(text: str, dtype: Any) -> bool:
    try:
        return bool(dtype(text) == np.int64(text))
    except (ValueError, OverflowError):
        return False


def _is_float(text: str, dtype: Any) -> bool:
    try:
        return bool(dtype(text) < np.inf)
    except ValueError:
        return False


_CANDIDATES: Final[list[tuple[Any, Callable[[str], bool]]]] = [
    (dtypes.int32, lambda text: _is_int(text, np.int32)),
    (dtypes.int64, lambda text: _is_int(text, np.int64)),
    (dtypes.float32, lambda text: _is_float(text, np.float32)),
    (dtypes.float64, lambda text: _is_float(text, np.float64)),
    (dtypes.string, lambda text: True),
]


def _inferred(text: str, na_value: str, known: Any) -> Any:
    """Returns the first type that a field and all before it can have."""
    if text in {"", na_value}:
        return known
    before = []
    for dtype, fits in _CANDIDATES:
        before.append(dtype)
        if fits(text) and (known is None or known in before):
            return dtype
    return dtypes.string


def _column_defaults(
    dialect: _Dialect,
    filenames: Sequence[str],
    columns: int,
    header: bool,
    na_value: str,
    rows: int | None,
    select: Sequence[int] | None,
) -> list[Any]:
    chosen = range(columns) if select is None else select
    found: list[Any] = [None] * len(chosen)
    for number, row in enumerate(dialect.first_rows(filenames, columns, header)):
        if rows is not None and number >= rows:
            break
        found = [_inferred(row[index], na_value, known) for index, known in zip(chosen, found, strict=True)]
    types = [dtype or dtypes.string for dtype in found]
    return [constant(["" if dtype is dtypes.string else 0], dtype=dtype) for dtype in types]


def _column_indices(select: list[Any], names: Sequence[str]) -> list[int]:
    """Returns the numbers of columns that are given by name or number, ascending."""
    by_name = {name: index for index, name in enumerate(names)}
    for place, column in enumerate(select):
        if isinstance(column, int):
            if not 0 <= column < len(names):
                raise ValueError(f"Column index {column} specified in select_columns out of valid range.")
            continue
        if column not in by_name:
            raise ValueError(f"Value '{column}' specified in select_columns not a valid column index or name.")
        select[place] = by_name[column]
    result = sorted(set(select))
    if len(result) != len(select):
        raise ValueError("select_columns contains duplicate columns")
    return result


def _opener(compression_type: Any) -> Callable[[str], Any]:
    kind = "" if compression_type is None else constant_value(convert_to_tensor(compression_type))
    text = None if kind is None else str(np.asarray(kind).item().decode() if not isinstance(kind, str) else kind)
    if text is None:
        raise ValueError("Received unkown compression_type")
    if text == "GZIP":
        return lambda filename: gzip.open(filename, "rt")
    if text == "ZLIB":
        raise ValueError(f"compression_type ({compression_type}) is not supported for probing columns")
    if text:
        raise ValueError(f"compression_type ({compression_type}) is not supported")
    return lambda filename: Path(filename).open(newline="")


def file_names(file_pattern: Any) -> list[str]:
    """Returns the names of the files that match a pattern, or several.

    Raises:
      ValueError: none does.
    """
    if isinstance(file_pattern, list) and not file_pattern:
        raise ValueError("File pattern is empty.")
    patterns = file_pattern if isinstance(file_pattern, list) else [file_pattern]
    names = [name for pattern in patterns for name in file_io.glob(pattern)]
    if not names:
        raise ValueError(f"No files match {file_pattern}.")
    return sorted(names)


def shuffled_and_repeated(dataset: Any, num_epochs: Any, shuffle: bool, buffer_size: Any, seed: Any) -> Any:
    """Returns the dataset shuffled, repeated, or both."""
    if num_epochs != 1 and shuffle:
        return dataset.apply(shuffle_and_repeat(buffer_size, num_epochs, seed))
    if shuffle:
        return dataset.shuffle(buffer_size, seed)
    return dataset.repeat(num_epochs) if num_epochs != 1 else dataset


@export("data.experimental.make_csv_dataset", "contrib.data.make_csv_dataset")
def make_csv_dataset(
    file_pattern: Any,
    batch_size: Any,
    column_names: Any = None,
    column_defaults: Any = None,
    label_name: str | None = None,
    select_columns: Any = None,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    na_value: str = "",
    header: bool = True,
    num_epochs: Any = None,
    shuffle: bool = True,
    shuffle_buffer_size: Any = 10000,
    shuffle_seed: Any = None,
    prefetch_buffer_size: Any = None,
    num_parallel_reads: Any = None,
    sloppy: bool = False,
    num_rows_for_inference: int | None = 100,
    compression_type: Any = None,
    ignore_errors: bool = False,
) -> Any:
    """Returns the dataset of batches of the columns of CSV files, by name.

    Args:
      file_pattern: a pattern, or a list of them.
      batch_size: how many lines a batch has.
      column_names: the names of the columns; those of the header when None.
      column_defaults: as `record_defaults` of CsvDataset; found from the first lines when None.
      label_name: the column that is the label: elements are pairs then.
      select_columns: the names or numbers of the columns that are wanted; all when None.
      field_delim, use_quote_delim, na_value, header, compression_type: as for CsvDataset.
      num_epochs: how many times; without end when None.
      shuffle, shuffle_buffer_size, shuffle_seed: whether, and how, lines are shuffled.
      prefetch_buffer_size, num_parallel_reads, sloppy: how TensorFlow reads ahead; from how many files in turn.
      num_rows_for_inference: how many lines are read for the types; all when None.
      ignore_errors: whether lines that cannot be read are left out.

    Raises:
      ValueError: no file matches, or columns that do not exist, or twice.
    """
    reads = 1 if num_parallel_reads is None else num_parallel_reads
    filenames = file_names(file_pattern)
    dataset = Dataset.from_tensor_slices(filenames)
    if shuffle:
        dataset = dataset.shuffle(len(filenames), shuffle_seed)
    opened: Any = _opener(compression_type) if column_names is None or column_defaults is None else None
    dialect = _Dialect(field_delim, use_quote_delim, opened)
    if column_names is None:
        if not header:
            raise ValueError("Cannot infer column names without a header line.")
        column_names = dialect.names(filenames)
    if len(column_names) != len(set(column_names)):
        raise ValueError("Cannot have duplicate column names.")
    if select_columns is not None:
        select_columns = _column_indices(select_columns, column_names)
    if column_defaults is not None:
        column_defaults = [_default(value) for value in column_defaults]
    else:
        rows = num_rows_for_inference
        column_defaults = _column_defaults(
            dialect, filenames, len(column_names), header, na_value, rows, select_columns
        )
    if select_columns is not None and len(column_defaults) != len(select_columns):
        raise ValueError("If specified, column_defaults and select_columns must have same length.")
    if select_columns is not None and len(column_names) > len(select_columns):
        column_names = [column_names[index] for index in select_columns]
    if label_name is not None and label_name not in column_names:
        raise ValueError("`label_name` provided must be one of the columns.")

    def filename_to_dataset(filename: Any) -> Any:
        one = CsvDataset(
            filename,
            record_defaults=column_defaults,
            field_delim=field_delim,
            use_quote_delim=use_quote_delim,
            na_value=na_value,
            select_cols=select_columns,
            header=header,
            compression_type=compression_type,
        )
        return one.apply(without_errors()) if ignore_errors else one

    def map_fn(*columns: Any) -> Any:
        features = OrderedDict(zip(column_names, columns, strict=True))
        if label_name is not None:
            return features, features.pop(label_name)
        return features

    if reads == AUTOTUNE:
        dataset = dataset.interleave(filename_to_dataset, num_parallel_calls=reads)
        options = Options()
        options.experimental_deterministic = not sloppy
        dataset = dataset.with_options(options)
    else:
        dataset = dataset.apply(parallel_interleave(filename_to_dataset, cycle_length=reads, sloppy=sloppy))
    dataset = shuffled_and_repeated(dataset, num_epochs, shuffle, shuffle_buffer_size, shuffle_seed)
    dataset = dataset.batch(batch_size=batch_size, drop_remainder=num_epochs is None)
    mapped = MapDataset(dataset, map_fn, use_inter_op_parallelism=False)
    return DatasetV1Adapter(mapped.prefetch(AUTOTUNE if prefetch_buffer_size is None else prefetch_buffer_size))
