"""Datasets of what files hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import dtypes
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.ops.array.reshape import reshape
from tangraph.plugin import export, make_op
from tangraph_datasets.data import structure
from tangraph_datasets.data.dataset import AUTOTUNE, DatasetSource, DatasetV1Adapter, DatasetV2
from tangraph_datasets.data.mapping import OfDatasets

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.tensor import Tensor

_BUFFER_SIZE: Final = 256 * 1024


def optional_tensor(name: str, value: Any, default: Any = 0, dtype: Any = dtypes.int64) -> Tensor:
    """Returns an argument as a tensor, or what stands for one that was left out."""
    tensor: Tensor = convert_to_tensor(default if value is None else value, dtype=dtype, name=name)
    return tensor


def _filenames_dataset(filenames: Any) -> Any:
    """Returns the dataset of names of files for a tensor of names.

    Raises:
      TypeError: it is a dataset of something else.
    """
    if isinstance(filenames, DatasetV2):
        spec = filenames.element_spec
        if structure.legacy_types(spec) != dtypes.string:
            raise TypeError("`filenames` must be a `tf.data.Dataset` of `tf.string` elements.")
        if not structure.legacy_shapes(spec).is_compatible_with(TensorShape([])):
            raise TypeError("`filenames` must be a `tf.data.Dataset` of scalar `tf.string` elements.")
        return filenames
    names = convert_to_tensor(filenames, dtype=dtypes.string)
    return DatasetV2.from_tensor_slices(reshape(names, [-1], name="flat_filenames"))


def _read(make: Callable[[Any], DatasetV2], filenames: Any, num_parallel_reads: Any = None) -> Any:
    """Returns the dataset of what the files of a dataset of names hold."""

    def read_one_file(filename: Any) -> DatasetV2:
        return make(convert_to_tensor(filename, dtype=dtypes.string, name="filename"))

    if num_parallel_reads is None:
        return filenames.flat_map(read_one_file)
    if num_parallel_reads == AUTOTUNE:
        return filenames.interleave(read_one_file, num_parallel_calls=num_parallel_reads)
    return ParallelInterleaveDataset(filenames, read_one_file, num_parallel_reads, 1, False, None, None)


class _Strings(DatasetSource):
    """A dataset of string scalars."""

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return TensorSpec([], dtypes.string)


class ParallelInterleaveDataset(OfDatasets):
    """The elements of the datasets that a function makes, in turn; read by threads in TensorFlow."""

    def __init__(
        self,
        input_dataset: DatasetV2,
        map_func: Callable[..., Any],
        cycle_length: Any,
        block_length: Any,
        sloppy: Any,
        buffer_output_elements: Any,
        prefetch_input_elements: Any,
    ) -> None:
        name = "tf.data.experimental.parallel_interleave()"
        super().__init__(input_dataset, map_func, name, "`map_func` must return a `Dataset` object.")
        inputs = [
            convert_to_tensor(cycle_length, dtype=dtypes.int64, name="cycle_length"),
            convert_to_tensor(block_length, dtype=dtypes.int64, name="block_length"),
            convert_to_tensor(sloppy, dtype=dtypes.bool, name="sloppy"),
            optional_tensor("buffer_output_elements", buffer_output_elements, 2 * block_length),
            optional_tensor("prefetch_input_elements", prefetch_input_elements, 2 * cycle_length),
        ]
        self._finish("ParallelInterleaveDataset", input_dataset, *inputs)


class _FileReader(_Strings):
    """A dataset of the files of a dataset of names.

    Args:
      filenames: the names, or a dataset of names.
      make: makes the dataset of one file.
      num_parallel_reads: how many files are read in turn; one after the other when None.
    """

    def __init__(self, filenames: Any, make: Callable[[Any], DatasetV2], num_parallel_reads: Any) -> None:
        self._filenames = _filenames_dataset(filenames)
        self._impl = _read(make, self._filenames, num_parallel_reads)
        super().__init__(self._impl._variant_tensor)

    def _inputs(self) -> list[DatasetV2]:
        return []


class _OneTextFile(_Strings):
    def __init__(self, filenames: Any, compression_type: Any, buffer_size: Any) -> None:
        compression = optional_tensor("compression_type", compression_type, "", dtypes.string)
        size = optional_tensor("buffer_size", buffer_size, _BUFFER_SIZE)
        super().__init__(make_op("TextLineDataset", filenames, compression, size))


class _OneRecordFile(_Strings):
    def __init__(self, filenames: Any, compression_type: Any, buffer_size: Any) -> None:
        compression = optional_tensor("compression_type", compression_type, "", dtypes.string)
        size = optional_tensor("buffer_size", buffer_size, _BUFFER_SIZE)
        super().__init__(make_op("TFRecordDataset", filenames, compression, size))


class _OneFixedLengthFile(_Strings):
    def __init__(
        self,
        filenames: Any,
        record_bytes: Any,
        header_bytes: Any,
        footer_bytes: Any,
        buffer_size: Any,
        compression_type: Any,
    ) -> None:
        record = convert_to_tensor(record_bytes, dtype=dtypes.int64, name="record_bytes")
        header = optional_tensor("header_bytes", header_bytes)
        footer = optional_tensor("footer_bytes", footer_bytes)
        size = optional_tensor("buffer_size", buffer_size, _BUFFER_SIZE)
        compression = optional_tensor("compression_type", compression_type, "", dtypes.string)
        inputs = filenames, header, record, footer, size, compression
        super().__init__(make_op("FixedLengthRecordDatasetV2", *inputs))


class _V1Reader(DatasetV1Adapter):
    """A reader with the methods of `tf.data.Dataset`."""

    @property
    def _filenames(self) -> Any:
        return self._dataset._filenames  # type: ignore[attr-defined]


@export("data.TextLineDataset", "contrib.data.TextLineDataset")
class TextLineDataset(_V1Reader):
    """The lines of text files, without what ends them.

    Args:
      filenames: the names of the files: strings, or a dataset of them.
      compression_type: "", "ZLIB" or "GZIP".
      buffer_size: how many bytes TensorFlow reads at once.
      num_parallel_reads: from how many files lines come in turn; one file after the other when None.

    In a run it raises NotFoundError for a file that is not there.
    """

    def __init__(
        self,
        filenames: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        def make(filename: Any) -> DatasetV2:
            return _OneTextFile(filename, compression_type, buffer_size)

        super().__init__(_FileReader(filenames, make, num_parallel_reads))


class _RecordReader(_FileReader):
    """The records of files; options reach them from the names."""

    def _inputs(self) -> list[DatasetV2]:
        inputs: list[DatasetV2] = self._impl._inputs()
        return inputs


@export("data.TFRecordDataset", "contrib.data.TFRecordDataset")
class TFRecordDataset(_V1Reader):
    """The records of TFRecord files.

    Args:
      filenames: the names of the files: strings, or a dataset of them.
      compression_type: "", "ZLIB" or "GZIP".
      buffer_size: how many bytes TensorFlow reads at once.
      num_parallel_reads: from how many files records come in turn; one file after the other when None.

    In a run it raises NotFoundError for a file that is not there, DataLossError for one that is damaged.
    """

    def __init__(
        self,
        filenames: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        def make(filename: Any) -> DatasetV2:
            return _OneRecordFile(filename, compression_type, buffer_size)

        super().__init__(_RecordReader(filenames, make, num_parallel_reads))


@export("data.FixedLengthRecordDataset", "contrib.data.FixedLengthRecordDataset")
class FixedLengthRecordDataset(_V1Reader):
    """Pieces of binary files that are all of the same length.

    Args:
      filenames: the names of the files: strings, or a dataset of them.
      record_bytes: the length of a piece.
      header_bytes: how many bytes are left out at the beginning of a file.
      footer_bytes: how many are left out at its end.
      buffer_size: how many bytes TensorFlow reads at once.
      compression_type: "", "ZLIB" or "GZIP".
      num_parallel_reads: from how many files pieces come in turn; one file after the other when None.

    In a run it raises InvalidArgumentError for a file that is no whole number of pieces.
    """

    def __init__(
        self,
        filenames: Any,
        record_bytes: Any,
        header_bytes: Any = None,
        footer_bytes: Any = None,
        buffer_size: Any = None,
        compression_type: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        def make(filename: Any) -> DatasetV2:
            lengths = record_bytes, header_bytes, footer_bytes
            return _OneFixedLengthFile(filename, *lengths, buffer_size, compression_type)

        super().__init__(_FileReader(filenames, make, num_parallel_reads))


for _kind in (TextLineDataset, TFRecordDataset, FixedLengthRecordDataset):
    _kind.__name__ = _kind.__qualname__ = f"{_kind.__name__}V1"
