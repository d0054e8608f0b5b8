"""Reviews and newswires as lists of word numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import tangraph as tf
from tangraph_keras.datasets.archive import BASE
from tangraph_keras.preprocessing.sequence import remove_long_sequences
from tangraph_keras.utils.download import get_file


def number_of_words(num_words: int | None, others: dict[str, Any]) -> int | None:
    """Returns the argument `num_words`, by its old name `nb_words` too.

    Raises:
      TypeError: another argument.
    """
    if "nb_words" in others:
        tf.logging.warning("The `nb_words` argument in `load_data` has been renamed `num_words`.")
        num_words = others.pop("nb_words")
    if others:
        raise TypeError(f"Unrecognized keyword arguments: {others}")
    return num_words


def shuffled(*arrays: Any) -> list[Any]:
    """Returns arrays of one length in one random order, drawn by NumPy's global generator."""
    order = np.arange(len(arrays[0]))
    np.random.shuffle(order)  # noqa: NPY002  the order that programs have always got
    return [array[order] for array in arrays]


def limited(
    texts: Any,
    labels: Any,
    num_words: int | None,
    skip_top: int,
    maxlen: int | None,
    start_char: int | None,
    oov_char: int | None,
    index_from: int,
) -> tuple[list[Any], Any]:
    """Returns texts with the words that are wanted; see `tf.keras.datasets.imdb.load_data` for the arguments."""
    if start_char is not None:
        texts = [[start_char, *(word + index_from for word in text)] for text in texts]
    elif index_from:
        texts = [[word + index_from for word in text] for text in texts]
    if maxlen:
        texts, labels = remove_long_sequences(maxlen, texts, labels)
        if not texts:
            raise ValueError(
                f"After filtering for sequences shorter than maxlen={maxlen}, no sequence was kept. Increase maxlen."
            )
    if not num_words:
        num_words = max(max(text) for text in texts)
    if oov_char is not None:
        return [[word if skip_top <= word < num_words else oov_char for word in text] for text in texts], labels
    return [[word for word in text if skip_top <= word < num_words] for text in texts], labels


def as_lists(texts: list[Any]) -> Any:
    """Returns an array of lists."""
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array


def word_index(path: str, name: str, checksum: str) -> dict[str, int]:
    """Returns the numbers of words, from a file that is downloaded when it is not there."""
    file = get_file(path, origin=BASE + name, file_hash=checksum)
    found: dict[str, int] = json.loads(Path(file).read_text(encoding="utf-8"))
    return found
