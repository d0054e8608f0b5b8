"""Reuters: 11,228 newswires of 46 topics."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from tangraph.export import export
from tangraph_keras.datasets import sequences
from tangraph_keras.datasets.archive import load_arrays

_CHECKSUM: Final = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
_WORDS_CHECKSUM: Final = "4d44cc38712099c9e383dc6e5f11a921"


@export("keras.datasets.reuters.load_data")
def load_data(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    **kwargs: Any,
) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Returns ``(x_train, y_train), (x_test, y_test)``.

    Args:
      path: what the file is called in ``~/.keras/datasets``.
      test_split: the share of the test set.
      num_words, skip_top, maxlen, seed, start_char, oov_char, index_from: see `tf.keras.datasets.imdb.load_data`.
      **kwargs: `nb_words`, the old name of `num_words`.

    Returns:
      Arrays of lists of word numbers, and the numbers of topics.

    Raises:
      TypeError: another argument.
      ValueError: no newswire is short enough.
    """
    num_words = sequences.number_of_words(num_words, kwargs)
    texts, labels = load_arrays(path, "reuters.npz", _CHECKSUM, ("x", "y"))
    np.random.seed(seed)  # noqa: NPY002
    texts, labels = sequences.shuffled(texts, labels)
    texts, labels = sequences.limited(texts, labels, num_words, skip_top, maxlen, start_char, oov_char, index_from)
    split = int(len(texts) * (1 - test_split))
    train = sequences.as_lists(texts[:split]), np.array(labels[:split])
    return train, (sequences.as_lists(texts[split:]), np.array(labels[split:]))


@export("keras.datasets.reuters.get_word_index")
def get_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """Returns the numbers of words, to which `load_data` adds `index_from`."""
    return sequences.word_index(path, "reuters_word_index.json", _WORDS_CHECKSUM)
