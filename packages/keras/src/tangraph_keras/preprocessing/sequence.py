"""Sequences as arrays, and samples of them."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np

from tangraph.export import export
from tangraph_keras.utils.sequences import Sequence


@export("keras.preprocessing.sequence.pad_sequences")
def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> Any:
    """Returns sequences of different lengths as one array.

    Args:
      sequences: a list of sequences.
      maxlen: their length in the array; that of the longest when None.
      dtype: the element type.
      padding: "pre" to put the value before what is shorter, "post" to put it after.
      truncating: "pre" to cut off the beginning of what is longer, "post" to cut off the end.
      value: what to fill up with.

    Raises:
      ValueError: no list of sequences, elements of different shapes, an unknown word.

    >>> pad_sequences([[1], [2, 3, 4]], maxlen=2).tolist()
    [[0, 1], [3, 4]]
    """
    if not hasattr(sequences, "__len__"):
        raise ValueError("`sequences` must be iterable.")
    lengths, shape = [], None
    for sequence in sequences:
        if not hasattr(sequence, "__len__"):
            raise ValueError(f"`sequences` must be a list of iterables. Found non-iterable: {sequence}")
        lengths.append(len(sequence))
        if shape is None and len(sequence):
            shape = np.asarray(sequence).shape[1:]
    shape = shape or ()
    if maxlen is None:
        maxlen = int(np.max(lengths))
    if isinstance(value, str) and dtype is not object and not np.issubdtype(dtype, np.str_):
        raise ValueError(
            f"`dtype` {dtype} is not compatible with `value`'s type: {type(value)}\nYou should set `dtype=object` for "
            "variable length strings."
        )
    padded = np.full((len(sequences), maxlen, *shape), value, dtype=dtype)
    for number, sequence in enumerate(sequences):
        if not len(sequence):
            continue
        row = np.asarray(_cut(sequence, maxlen, truncating), dtype=dtype)
        if row.shape[1:] != shape:
            raise ValueError(
                f"Shape of sample {row.shape[1:]} of sequence at position {number} is different from expected shape "
                f"{shape}"
            )
        if padding == "post":
            padded[number, : len(row)] = row
        elif padding == "pre":
            padded[number, -len(row) :] = row
        else:
            raise ValueError(f'Padding type "{padding}" not understood')
    return padded


def _cut(sequence: Any, length: int, truncating: str) -> Any:
    if truncating == "pre":
        return sequence[-length:]
    if truncating == "post":
        return sequence[:length]
    raise ValueError(f'Truncating type "{truncating}" not understood')


@export("keras.preprocessing.sequence.make_sampling_table")
def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> Any:
    """Returns with what probability the i-th most common word is kept, by Zipf's law.

    Args:
      size: the number of words.
      sampling_factor: the factor of word2vec (Mikolov et al., 2013).
    """
    rank = np.arange(size)
    rank[0] = 1
    inverse = rank * (np.log(rank) + 0.577) + 0.5 - 1.0 / (12.0 * rank)
    kept = sampling_factor * inverse
    return np.minimum(1.0, kept / np.sqrt(kept))


@export("keras.preprocessing.sequence.skipgrams")
def skipgrams(
    sequence: Any,
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Any = None,
    seed: int | None = None,
) -> tuple[list[Any], list[Any]]:
    """Returns pairs of words that stand near each other, and pairs of random words.

    Args:
      sequence: word numbers; 0 is no word.
      vocabulary_size: one more than the largest number.
      window_size: how far apart two words of a pair may be.
      negative_samples: how many random pairs there are for each other one.
      shuffle: whether to shuffle them.
      categorical: whether labels are [0, 1] and [1, 0] instead of 1 and 0.
      sampling_table: with what probability each word is taken.
      seed: for shuffling; Python's generator draws one when None.

    Returns:
      The pairs, and their labels.
    """
    couples: list[Any] = []
    labels: list[Any] = []
    for i, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):  # noqa: S311  samples
            continue
        for j in range(max(0, i - window_size), min(len(sequence), i + window_size + 1)):
            if j != i and sequence[j]:
                couples.append([word, sequence[j]])
                labels.append([0, 1] if categorical else 1)
    if negative_samples > 0:
        count = int(len(labels) * negative_samples)
        words = [couple[0] for couple in couples]
        random.shuffle(words)
        couples += [
            [words[i % len(words)], random.randint(1, vocabulary_size - 1)]  # noqa: S311
            for i in range(count)
        ]
        labels += [[1, 0] if categorical else 0] * count
    if shuffle:
        seed = random.randint(0, 10**7) if seed is None else seed  # noqa: S311
        for values in (couples, labels):
            random.seed(seed)
            random.shuffle(values)
    return couples, labels


def remove_long_sequences(maxlen: int, sequences: Any, labels: Any) -> tuple[list[Any], list[Any]]:
    """Returns the sequences that are shorter than a length, and their labels."""
    kept = [(x, y) for x, y in zip(sequences, labels, strict=True) if len(x) < maxlen]
    return [x for x, _ in kept], [y for _, y in kept]


@export("keras.preprocessing.sequence.TimeseriesGenerator")
class TimeseriesGenerator(Sequence):
    """Batches of pieces of a series, and of what follows them.

    Args:
      data: the series, steps first.
      targets: what belongs to each step.
      length: the length of the pieces.
      sampling_rate: the distance of the steps in a piece.
      stride: the distance of the pieces.
      start_index: from where the series is used.
      end_index: up to where; to the end when None.
      shuffle: whether pieces are drawn at random, by NumPy's global generator.
      reverse: whether pieces run backwards.
      batch_size: the number of pieces in a batch.

    Raises:
      ValueError: data and targets of different lengths, or no piece.
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
    ) -> None:
        if len(data) != len(targets):
            raise ValueError(
                f"Data and targets have to be of same length. Data length is {len(data)} while target length is "
                f"{len(targets)}"
            )
        self.data = data
        self.targets = targets
        self.length = length
        self.sampling_rate = sampling_rate
        self.stride = stride
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle = shuffle
        self.reverse = reverse
        self.batch_size = batch_size
        if self.start_index > self.end_index:
            raise ValueError(
                f"`start_index+length={self.start_index} > end_index={self.end_index}` is disallowed, as no part of the "
                "sequence would be left to be used as current step."
            )

    def __len__(self) -> int:
        step = self.batch_size * self.stride
        return (self.end_index - self.start_index + step) // step

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)  # noqa: NPY002
        else:
            start = self.start_index + self.batch_size * self.stride * index
            rows = np.arange(start, min(start + self.batch_size * self.stride, self.end_index + 1), self.stride)
        samples = np.array([self.data[row - self.length : row : self.sampling_rate] for row in rows])
        targets = np.array([self.targets[row] for row in rows])
        return (samples[:, ::-1, ...] if self.reverse else samples), targets

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments, the data as JSON.

        Raises:
          TypeError: data that JSON does not know.
        """
        config = {"data": _json(self.data, "Data"), "targets": _json(self.targets, "Targets")}
        names = ("length", "sampling_rate", "stride", "start_index", "end_index", "shuffle", "reverse", "batch_size")
        return {**config, **{name: getattr(self, name) for name in names}}

    def to_json(self, **kwargs: Any) -> str:
        """Returns the class name and the config as JSON; `kwargs` are those of `json.dumps`."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


def _json(values: Any, name: str) -> str:
    values = values.tolist() if isinstance(values, np.ndarray) else values
    try:
        return json.dumps(values)
    except TypeError:
        raise TypeError(f"{name} not JSON Serializable:", values) from None
