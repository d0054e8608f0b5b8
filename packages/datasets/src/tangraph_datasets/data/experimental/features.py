"""Datasets of serialized examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import dtypes
from tangraph.framework.sparse_tensor import SparseTensor
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.plugin import export, make_op
from tangraph_datasets.data import structure
from tangraph_datasets.data.dataset import AUTOTUNE, Dataset, DatasetV1Adapter, DatasetV2, UnaryDataset
from tangraph_datasets.data.experimental.csv import shuffled_and_repeated
from tangraph_datasets.data.experimental.transforms import parallel_interleave
from tangraph_datasets.data.making import make_one_shot_iterator
from tangraph_datasets.data.mapping import MapDataset
from tangraph_datasets.data.options import Options
from tangraph_datasets.data.readers import TFRecordDataset
from tangraph_datasets.parsing.features import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    SparseFeature,
    VarLenFeature,
    raw_features,
    with_length_dimension,
    with_sparse_features,
)
from tangraph_datasets.readers.base import ReaderBase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_KINDS: Final = (VarLenFeature, SparseFeature, FixedLenFeature, FixedLenSequenceFeature)


class _ParseExampleDataset(UnaryDataset):
    def __init__(self, input_dataset: DatasetV2, features: Mapping[str, Any], num_parallel_calls: Any) -> None:
        if not structure.are_compatible(input_dataset.element_spec, TensorSpec([None], dtypes.string)):
            raise TypeError("Input dataset should be a dataset of vectors of strings")
        raw = raw_features(with_length_dimension(features), _KINDS)
        defaults = raw.default_tensors()
        raw.check()
        rows = structure.legacy_shapes(input_dataset.element_spec)
        dense = [rows.concatenate(shape) for shape in raw.dense_shapes]
        sparse = [rows.concatenate([None]) for _ in raw.sparse_keys]
        keys = [*raw.dense_keys, *raw.sparse_keys]
        classes = [Tensor] * len(dense) + [SparseTensor] * len(sparse)
        self._structure = structure.convert_legacy_structure(
            dict(zip(keys, [*raw.dense_types, *raw.sparse_types], strict=True)),
            dict(zip(keys, [*dense, *sparse], strict=True)),
            dict(zip(keys, classes, strict=True)),
        )
        variant = make_op(
            "ParseExampleDataset",
            input_dataset._variant_tensor,
            num_parallel_calls,
            defaults,
            sparse_keys=raw.sparse_keys,
            dense_keys=raw.dense_keys,
            sparse_types=raw.sparse_types,
            dense_shapes=raw.dense_shapes,
            **self._flat_structure,
        )
        super().__init__(input_dataset, variant)

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


@export("data.experimental.parse_example_dataset", "contrib.data.parse_example_dataset")
def parse_example_dataset(features: Mapping[str, Any], num_parallel_calls: Any = 1) -> Callable[[DatasetV2], Any]:
    """Returns the transformation from vectors of serialized examples to dicts of their features.

    Args:
      features: see `tf.parse_example`.
      num_parallel_calls: how many vectors TensorFlow reads at once.

    Raises:
      ValueError: `features` is None.
    """
    if features is None:
        raise ValueError(f"Missing: features was {features}.")

    def apply(dataset: DatasetV2) -> Any:
        parsed: Any = _ParseExampleDataset(dataset, features, num_parallel_calls)
        if any(isinstance(feature, SparseFeature) for feature in features.values()):
            parsed = parsed.map(lambda x: with_sparse_features(features, x), num_parallel_calls=num_parallel_calls)
        return parsed

    return apply


@export("data.experimental.make_batched_features_dataset", "contrib.data.make_batched_features_dataset")
def make_batched_features_dataset(
    file_pattern: Any,
    batch_size: Any,
    features: Mapping[str, Any],
    reader: Any = TFRecordDataset,
    label_key: str | None = None,
    reader_args: Sequence[Any] | None = None,
    num_epochs: Any = None,
    shuffle: bool = True,
    shuffle_buffer_size: Any = 10000,
    shuffle_seed: Any = None,
    prefetch_buffer_size: Any = None,
    reader_num_threads: Any = None,
    parser_num_threads: Any = None,
    sloppy_ordering: bool = False,
    drop_final_batch: bool = False,
) -> Any:
    """Returns the dataset of batches of the features of examples in files.

    Args:
      file_pattern: as for `Dataset.list_files`.
      batch_size: how many examples a batch has.
      features: see `tf.parse_example`.
      reader: makes the dataset of serialized examples of one file, or of pairs of a key and one.
      label_key: the feature that is the label: elements are pairs then.
      reader_args: more arguments for `reader`.
      num_epochs: how many times; without end when None.
      shuffle, shuffle_buffer_size, shuffle_seed: whether, and how, files and examples are shuffled.
      prefetch_buffer_size, parser_num_threads, sloppy_ordering: how TensorFlow reads ahead.
      reader_num_threads: from how many files in turn.
      drop_final_batch: whether the last examples, too few for a batch, are dropped.

    Raises:
      TypeError: `reader` is one of the readers of queues.
      ValueError: `label_key` is none of `features`.
    """
    reads = 1 if reader_num_threads is None else reader_num_threads
    dataset = Dataset.list_files(file_pattern, shuffle=shuffle, seed=shuffle_seed)
    if isinstance(reader, type) and issubclass(reader, ReaderBase):
        raise TypeError(
            "The `reader` argument must return a `Dataset` object. `tf.ReaderBase` subclasses are not supported. For "
            "example, pass `tf.data.TFRecordDataset` instead of `tf.TFRecordReader`."
        )
    args = reader_args or []
    if reads == AUTOTUNE:
        dataset = dataset.interleave(lambda filename: reader(filename, *args), num_parallel_calls=reads)
        options = Options()
        options.experimental_deterministic = not sloppy_ordering
        dataset = dataset.with_options(options)
    else:
        dataset = dataset.apply(
            parallel_interleave(lambda filename: reader(filename, *args), cycle_length=reads, sloppy=sloppy_ordering)
        )
    if structure.legacy_types(dataset.element_spec) == (dtypes.string, dtypes.string):
        dataset = MapDataset(dataset, lambda _, v: v, use_inter_op_parallelism=False)
    dataset = shuffled_and_repeated(dataset, num_epochs, shuffle, shuffle_buffer_size, shuffle_seed)
    dataset = dataset.batch(batch_size, drop_remainder=drop_final_batch or num_epochs is None)
    calls = 2 if parser_num_threads is None else parser_num_threads
    dataset = dataset.apply(parse_example_dataset(features, num_parallel_calls=calls))
    if label_key:
        if label_key not in features:
            raise ValueError(f"The `label_key` provided ({label_key!r}) must be one of the `features` keys.")
        dataset = dataset.map(lambda x: (x, x.pop(label_key)))
    prefetched = dataset.prefetch(AUTOTUNE if prefetch_buffer_size is None else prefetch_buffer_size)
    return DatasetV1Adapter(prefetched)


@export("contrib.data.read_batch_features")
def read_batch_features(
    file_pattern: Any,
    batch_size: Any,
    features: Mapping[str, Any],
    reader: Any = TFRecordDataset,
    reader_args: Sequence[Any] | None = None,
    randomize_input: bool = True,
    num_epochs: Any = None,
    capacity: Any = 10000,
) -> Any:
    """Returns the features of the next batch of examples in files; see :func:`make_batched_features_dataset`.

    Args:
      file_pattern, batch_size, features, reader, reader_args, num_epochs: see there.
      randomize_input: whether examples are shuffled.
      capacity: from how many the next is drawn.
    """
    dataset = make_batched_features_dataset(
        file_pattern,
        batch_size,
        features,
        reader=reader,
        reader_args=reader_args,
        shuffle=randomize_input,
        num_epochs=num_epochs,
        shuffle_buffer_size=capacity,
    )
    return make_one_shot_iterator(dataset).get_next()
