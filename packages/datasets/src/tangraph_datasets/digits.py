"""Handwritten digits, small enough to come with scikit-learn: nothing is downloaded.

1,797 images of 8 by 8 grey values: the test set of "Optical Recognition of Handwritten Digits" by E. Alpaydin and
C. Kaynak (UCI Machine Learning Repository, 1998).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from tangraph_datasets.loading import DataSet, Split

CLASSES: Final = 10
_BRIGHTEST: Final = 16.0


def load(*, one_hot: bool = False, test_fraction: float = 0.2, seed: int = 0) -> DataSet:
    """Loads the digits, shuffled and split the same way every time.

    Args:
      one_hot: whether a label is a float32 row of ten with a single 1 instead of an int64 number.
      test_fraction: the share of the examples that goes to `test`.
      seed: the seed of the shuffle that comes before the split.

    Returns:
      The two parts: `images` is float32 of shape [n, 64] in 0..1, the rows of an image one after the other; `labels` is
      int64 of shape [n], or float32 of shape [n, 10] when `one_hot`.

    Raises:
      ImportError: scikit-learn is not installed.
      ValueError: `test_fraction` is not between 0 and 1.

    >>> digits = load()
    >>> float(digits.train.images.max()), digits.test.labels[:4].tolist()
    (1.0, [2, 8, 2, 6])
    """
    if not 0.0 < test_fraction < 1.0:
        raise ValueError(f"test_fraction must be between 0 and 1. Received: test_fraction={test_fraction!r}")
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError(
            "The data set 'digits' comes with scikit-learn, which cannot be imported: "
            "pip install tangraph-datasets[digits]"
        ) from error
    pixels, numbers = load_digits(return_X_y=True)
    images = (pixels / _BRIGHTEST).astype(np.float32)
    labels = np.eye(CLASSES, dtype=np.float32)[numbers] if one_hot else numbers.astype(np.int64)
    order = np.random.RandomState(seed).permutation(len(images))
    test, train = np.split(order, [round(test_fraction * len(images))])
    if not len(test) or not len(train):
        raise ValueError(f"test_fraction leaves one part empty. Received: test_fraction={test_fraction!r}")
    return DataSet(Split(images[train], labels[train]), Split(images[test], labels[test]))
