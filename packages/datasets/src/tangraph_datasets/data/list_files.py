"""The dataset of the names of files."""

from __future__ import annotations

from typing import Any

from tangraph.framework import dtypes
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.identity import identity
from tangraph.ops.array.shape import shape
from tangraph.ops.logging_ops import Assert
from tangraph.ops.math.arithmetic import add
from tangraph.ops.math.comparison import greater
from tangraph.ops.math.extremes import maximum
from tangraph.ops.strings.reduce_join import reduce_join
from tangraph_datasets.data.dataset import Dataset
from tangraph_datasets.files import matching_files


def list_files(file_pattern: Any, shuffle: bool | None, seed: Any) -> Any:
    """Returns the dataset of the names of the files that match patterns; see `Dataset.list_files`."""
    with name_scope("list_files"):
        pattern = convert_to_tensor(file_pattern, dtype=dtypes.string, name="file_pattern")
        found = matching_files(pattern)
        condition = greater(shape(found)[0], 0, name="match_not_empty")
        message = add("No files matched pattern: ", reduce_join(pattern, separator=", "), name="message")
        check = Assert(condition, [message], summarize=1, name="assert_not_empty")
        with control_dependencies([check]):
            found = identity(found)
        dataset = Dataset.from_tensor_slices(found)
        if shuffle is None or shuffle:
            size = maximum(shape(found, out_type=dtypes.int64)[0], 1)
            dataset = dataset.shuffle(size, seed=seed)
        return dataset
