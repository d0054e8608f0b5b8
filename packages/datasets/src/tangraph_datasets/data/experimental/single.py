"""Elements and numbers outside of iterators, files of records, and small sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.plugin import export, make_op
from tangraph_datasets.data import nest, structure
from tangraph_datasets.data.dataset import Dataset, DatasetSource, DatasetV1Adapter, DatasetV2
from tangraph_datasets.data.experimental.transforms import scan
from tangraph_datasets.data.readers import optional_tensor
from tangraph_datasets.data.values.base import INFINITE, UNKNOWN

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor
    from tangraph_datasets.data.experimental.grouping import Reducer

__tf_values__ = {
    "data.experimental.INFINITE_CARDINALITY": INFINITE,
    "data.experimental.UNKNOWN_CARDINALITY": UNKNOWN,
}


@export("data.experimental.get_single_element", "contrib.data.get_single_element")
def get_single_element(dataset: DatasetV2) -> Any:
    """Returns the only element of a dataset, as tensors.

    Raises:
      TypeError: it is no dataset.

    In a run it raises InvalidArgumentError where the dataset has another number of elements.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     batch = tf.data.experimental.get_single_element(tf.data.Dataset.range(3).batch(3))
    ...     sess.run(batch).tolist()
    [0, 1, 2]
    """
    if not isinstance(dataset, DatasetV2):
        raise TypeError("`dataset` must be a `tf.data.Dataset` object.")
    tensors = make_op("DatasetToSingleElement", dataset._variant_tensor, **dataset._flat_structure)
    return structure.from_compatible_tensor_list(dataset.element_spec, tensors)


@export("contrib.data.reduce_dataset")
def reduce_dataset(dataset: Any, reducer: Reducer) -> Any:
    """Returns the last of the states that a reducer makes of the elements; see `Dataset.reduce`.

    Raises:
      TypeError: it is no dataset.
    """
    if not isinstance(dataset, Dataset):
        raise TypeError("`dataset` must be a `tf.data.Dataset` object.")
    return dataset.reduce(reducer.init_func(np.int64(0)), reducer.reduce_func)


@export("data.experimental.cardinality")
def cardinality(dataset: DatasetV2) -> Tensor:
    """Returns the number of elements, an int64 scalar: INFINITE_CARDINALITY or UNKNOWN_CARDINALITY where it is not known."""
    number: Tensor = make_op("DatasetCardinality", dataset._variant_tensor)
    return number


@export("data.experimental.Counter", "contrib.data.Counter")
def Counter(start: Any = 0, step: Any = 1, dtype: Any = dtypes.int64) -> Any:
    """Returns the dataset of the numbers from `start` on, without end, `step` apart."""
    with name_scope("counter"):
        start = convert_to_tensor(start, dtype=dtype, name="start")
        step = convert_to_tensor(step, dtype=dtype, name="step")
        ones = Dataset.from_tensors(0).repeat(None)
        return DatasetV1Adapter(ones.apply(scan(start, lambda state, _: (state + step, state))))


@export("data.experimental.TFRecordWriter", "contrib.data.TFRecordWriter")
class TFRecordWriter:
    """Writes the elements of a dataset, strings, as the records of a file.

    Args:
      filename: the name of the file.
      compression_type: "", "ZLIB" or "GZIP".
    """

    def __init__(self, filename: Any, compression_type: Any = None) -> None:
        self._filename = convert_to_tensor(filename, dtype=dtypes.string, name="filename")
        self._compression_type = optional_tensor("compression_type", compression_type, "", dtypes.string)

    def write(self, dataset: DatasetV2) -> Operation:
        """Returns the operation that writes a dataset.

        Raises:
          TypeError: it is no dataset, or not of string scalars.
        """
        if not isinstance(dataset, DatasetV2):
            raise TypeError("`dataset` must be a `tf.data.Dataset` object.")
        spec = dataset.element_spec
        if not structure.are_compatible(spec, TensorSpec([], dtypes.string)):
            raise TypeError(
                "`dataset` must produce scalar `DT_STRING` tensors whereas it produces shape "
                f"{structure.legacy_shapes(spec)} and types {structure.legacy_types(spec)}"
            )
        inputs = dataset._variant_tensor, self._filename, self._compression_type
        operation: Operation = make_op("DatasetToTFRecord", *inputs)
        return operation


class _Sql(DatasetSource):
    def __init__(self, driver_name: Any, data_source_name: Any, query: Any, output_types: Any) -> None:
        self._structure = nest.map_structure(lambda dtype: TensorSpec([], dtype), output_types)
        names = {"driver_name": driver_name, "data_source_name": data_source_name, "query": query}
        inputs = [convert_to_tensor(value, dtype=dtypes.string, name=name) for name, value in names.items()]
        super().__init__(make_op("SqlDataset", *inputs, **self._flat_structure))

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


@export("data.experimental.SqlDataset", "contrib.data.SqlDataset")
class SqlDataset(DatasetV1Adapter):
    """The rows that a query finds in a database.

    Args:
      driver_name: "sqlite".
      data_source_name: the database: the name of a file.
      query: the query.
      output_types: a tuple of the types of its columns.
    """

    def __init__(self, driver_name: Any, data_source_name: Any, query: Any, output_types: Any) -> None:
        super().__init__(_Sql(driver_name, data_source_name, query, output_types))


SqlDataset.__name__ = SqlDataset.__qualname__ = "SqlDatasetV1"
