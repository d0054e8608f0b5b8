"""IMDB: 50,000 reviews of films, good or bad (Maas et al., 2011)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from tangraph.export import export
from tangraph_keras.datasets import sequences
from tangraph_keras.datasets.archive import load_arrays

_CHECKSUM: Final = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
_WORDS_CHECKSUM: Final = "bfafd718b763782e994055a2d397834f"


@export("keras.datasets.imdb.load_data")
def load_data(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    **kwargs: Any,
) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Returns ``(x_train, y_train), (x_test, y_test)``.

    Args:
      path: what the file is called in ``~/.keras/datasets``.
      num_words: words with numbers from here on are not used; all are when None.
      skip_top: how many of the most common words are not used.
      maxlen: reviews that are as long or longer are left out; None for none.
      seed: of the shuffle; it is that of NumPy's global generator, as in TensorFlow.
      start_char: the number at the start of each review; None for none.
      oov_char: the number of words that are not used; they are left out when None.
      index_from: what is added to the numbers of words.
      **kwargs: `nb_words`, the old name of `num_words`.

    Returns:
      Arrays of lists of word numbers, and 1 for good and 0 for bad reviews: 25,000 of each.

    Raises:
      TypeError: another argument.
      ValueError: no review is short enough.
    """
    num_words = sequences.number_of_words(num_words, kwargs)
    keys = ("x_train", "y_train", "x_test", "y_test")
    x_train, y_train, x_test, y_test = load_arrays(path, "imdb.npz", _CHECKSUM, keys)
    np.random.seed(seed)  # noqa: NPY002
    x_train, y_train = sequences.shuffled(x_train, y_train)
    x_test, y_test = sequences.shuffled(x_test, y_test)
    texts, labels = sequences.limited(
        np.concatenate([x_train, x_test]),
        np.concatenate([y_train, y_test]),
        num_words,
        skip_top,
        maxlen,
        start_char,
        oov_char,
        index_from,
    )
    split = len(x_train)
    train = sequences.as_lists(texts[:split]), np.array(labels[:split])
    return train, (sequences.as_lists(texts[split:]), np.array(labels[split:]))


@export("keras.datasets.imdb.get_word_index")
def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """Returns the numbers of words, to which `load_data` adds `index_from`."""
    return sequences.word_index(path, "imdb_word_index.json", _WORDS_CHECKSUM)
