"""Small tables: files of comma-separated values, iris and Boston; `tf.contrib.learn.datasets.base`."""

from __future__ import annotations

import csv
import os
import random
import time
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from tangraph_datasets import downloads
from tangraph_datasets.mnist import Datasets

__all__ = [
    "Dataset",
    "Datasets",
    "load_boston",
    "load_csv_with_header",
    "load_csv_without_header",
    "load_iris",
    "maybe_download",
    "retry",
    "shrink_csv",
]

_BOSTON_URL: Final = "https://raw.githubusercontent.com/tensorflow/tensorflow/v1.15.5/tensorflow/contrib/learn/python/learn/datasets/data/"
_BOSTON: Final = "boston_house_prices.csv"
_BOSTON_SHA256: Final = "5cb8da6bf0c6e8af3d02b27975ea425c885b64bba428bcc40f078346b6b4b0ea"
#: Where the file that TensorFlow comes with, which is that of the UCI repository, differs from Fisher's paper.
_IRIS_OF_UCI: Final = {(34, 3): 0.1, (37, 1): 3.1, (37, 2): 1.5}


class Dataset(NamedTuple):
    """A table.

    Attributes:
      data: one example a row, [n, features].
      target: what is to be predicted, [n].
    """

    data: Any
    target: Any


def load_csv_with_header(filename: Any, target_dtype: Any, features_dtype: Any, target_column: int = -1) -> Dataset:
    """Reads a table whose first line begins with the number of examples and the number of features.

    Args:
      filename: the file.
      target_dtype: the NumPy type of the targets.
      features_dtype: the NumPy type of the features.
      target_column: which column is the target.

    Raises:
      ValueError: the first line has no such numbers, or there are other numbers of lines or columns.
    """
    with open(filename, newline="") as file:  # noqa: PTH123  a path or a number, as TensorFlow's
        rows = csv.reader(file)
        header = next(rows, [])
        try:
            examples, features = int(header[0]), int(header[1])
        except (IndexError, ValueError):
            raise ValueError(
                f"The first line of {filename} must begin with the numbers of examples and features. Received: {header}"
            ) from None
        data, target = np.zeros((examples, features), features_dtype), np.zeros(examples, target_dtype)
        count = 0
        for count, row in enumerate(filter(None, rows), 1):
            if count > examples or len(row) != features + 1:
                break
            target[count - 1] = np.asarray(row.pop(target_column), target_dtype)
            data[count - 1] = np.asarray(row, features_dtype)
        else:
            if count == examples:
                return Dataset(data, target)
    raise ValueError(
        f"{filename} must have {examples} lines of {features + 1} values, as its first line says. "
        f"Line {count + 1} is wrong or missing."
    )


def load_csv_without_header(filename: Any, target_dtype: Any, features_dtype: Any, target_column: int = -1) -> Dataset:
    """Reads a table that has no line of names.

    Args:
      filename: the file.
      target_dtype: the NumPy type of the targets.
      features_dtype: the NumPy type of the features.
      target_column: which column is the target.
    """
    data, target = [], []
    with open(filename, newline="") as file:  # noqa: PTH123  a path or a number, as TensorFlow's
        for row in filter(None, csv.reader(file)):
            target.append(row.pop(target_column))
            data.append(np.asarray(row, features_dtype))
    return Dataset(np.array(data), np.array(target, target_dtype))


def shrink_csv(filename: str, ratio: int) -> None:
    """Writes every line whose number `ratio` divides to a file called `_small`, beside the first."""
    small = Path(filename.replace(".", "_small."))
    with open(filename, newline="") as file, small.open("w", newline="") as out:  # noqa: PTH123  as above
        csv.writer(out).writerows(row for i, row in enumerate(csv.reader(file)) if i % ratio == 0)


def load_iris(data_path: str | None = None) -> Dataset:
    """Returns 150 irises of three kinds (R. Fisher, 1936): [150, 4] float64, and int64 numbers of the kinds.

    Args:
      data_path: a file to read instead of the one that comes with scikit-learn.

    Raises:
      ImportError: scikit-learn is not installed.

    >>> load_iris().data[0].tolist()
    [5.1, 3.5, 1.4, 0.2]
    """
    if data_path is not None:
        return load_csv_with_header(data_path, target_dtype=np.int64, features_dtype=np.float64)
    try:
        from sklearn.datasets import load_iris as load
    except ImportError as error:
        raise ImportError(
            "The data set 'iris' comes with scikit-learn, which cannot be imported: "
            "pip install tangraph-datasets[digits]"
        ) from error
    data, target = load(return_X_y=True)
    for place, value in _IRIS_OF_UCI.items():
        data[place] = value
    return Dataset(data, target.astype(np.int64))


def load_boston(data_path: str | None = None) -> Dataset:
    """Returns 506 prices of houses in Boston (D. Harrison, D. Rubinfeld, 1978): [506, 13] and [506], float64.

    The file is downloaded once. One of its columns was made on an assumption about race that is wrong; use it to run
    old programs, and nothing else.

    Args:
      data_path: a file to read instead.

    Raises:
      ImportError: the file has to be downloaded, and pooch is not installed.
    """
    if data_path is None:
        folder = downloads.cache_folder("boston")
        data_path = str(downloads.fetch(_BOSTON_URL + _BOSTON, _BOSTON, folder, f"sha256:{_BOSTON_SHA256}"))
    return load_csv_with_header(data_path, target_dtype=np.float64, features_dtype=np.float64)


def retry(
    initial_delay: float,
    max_delay: float,
    factor: float = 2.0,
    jitter: float = 0.25,
    is_retriable: Callable[[Exception], bool] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Returns a decorator that calls a function again when it raises, later each time.

    Args:
      initial_delay: the seconds before the second call.
      max_delay: no delay is longer.
      factor: how much longer each delay is.
      jitter: by what share of it a delay is longer or shorter by chance.
      is_retriable: which errors are worth another call; when None all are, without a delay.

    Raises:
      ValueError: `factor` is less than 1, or `jitter` is not.
    """
    if factor < 1:
        raise ValueError(f"factor must be >= 1; was {factor:f}")
    if jitter >= 1:
        raise ValueError(f"jitter must be < 1; was {jitter:f}")

    def delays() -> Iterator[float]:
        delay = initial_delay
        while delay <= max_delay:
            yield delay * random.uniform(1 - jitter, 1 + jitter)  # noqa: S311
            delay *= factor

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            for delay in delays():
                try:
                    return function(*args, **kwargs)
                except Exception as error:
                    if is_retriable is None:
                        continue
                    if not is_retriable(error):
                        raise
                    time.sleep(delay)
            return function(*args, **kwargs)

        return called

    return decorate


def maybe_download(filename: str, work_directory: str, source_url: str) -> str:
    """Returns the path of a file in a folder, downloaded when it is not there.

    Args:
      filename: its name in the folder.
      work_directory: the folder, made when it is not there.
      source_url: where it comes from.

    Raises:
      ImportError: it has to be downloaded, and pooch is not installed.
    """
    path = os.path.join(work_directory, filename)  # noqa: PTH118  as TensorFlow writes it
    if not Path(path).exists():
        Path(work_directory).mkdir(parents=True, exist_ok=True)
        downloads.fetch(source_url, filename, work_directory)
        print("Successfully downloaded", filename, Path(path).stat().st_size, "bytes.")  # noqa: T201  as TensorFlow's
    return path
