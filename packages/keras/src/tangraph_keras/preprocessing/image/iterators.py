"""Batches of images from arrays."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator as Generator
from pathlib import Path
from typing import Any, Self

import numpy as np

from tangraph.export import export
from tangraph_keras.preprocessing.image.pictures import array_to_img
from tangraph_keras.utils.sequences import Sequence
from tangraph_layers.engine.settings import floatx, image_data_format


@export("keras.preprocessing.image.Iterator")
class Iterator(Sequence):
    """Batches of indices, in order or shuffled by NumPy's global generator, without end.

    Args:
      n: how many elements there are.
      batch_size: how many of them are in a batch.
      shuffle: whether each epoch has an order of its own.
      seed: of NumPy's global generator, for each batch anew.
    """

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None) -> None:
        self.n = n
        self.batch_size = batch_size
        self.seed = seed
        self.shuffle = shuffle
        self.batch_index = 0
        self.total_batches_seen = 0
        self.lock = threading.Lock()
        self.index_array: Any = None
        self.index_generator = self._flow_index()

    def _set_index_array(self) -> None:
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)  # noqa: NPY002

    def _reseed(self) -> None:
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)  # noqa: NPY002

    def __getitem__(self, index: int) -> Any:
        if index >= len(self):
            raise ValueError(f"Asked to retrieve element {index}, but the Sequence has length {len(self)}")
        self._reseed()
        self.total_batches_seen += 1
        if self.index_array is None:
            self._set_index_array()
        return self._get_batches_of_transformed_samples(
            self.index_array[self.batch_size * index : self.batch_size * (index + 1)]
        )

    def __len__(self) -> int:
        return (self.n + self.batch_size - 1) // self.batch_size

    def on_epoch_end(self) -> None:
        """Draws a new order."""
        self._set_index_array()

    def reset(self) -> None:
        """Starts over."""
        self.batch_index = 0

    def _flow_index(self) -> Generator[Any]:
        self.reset()
        while True:
            self._reseed()
            if self.batch_index == 0:
                self._set_index_array()
            start = (self.batch_index * self.batch_size) % self.n if self.n else 0
            self.batch_index = self.batch_index + 1 if self.n > start + self.batch_size else 0
            self.total_batches_seen += 1
            yield self.index_array[start : start + self.batch_size]

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        return self.next()

    def next(self) -> Any:
        """Returns the next batch."""
        with self.lock:
            chosen = next(self.index_generator)
        return self._get_batches_of_transformed_samples(chosen)

    def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
        raise NotImplementedError


def save_batch(batch: Any, chosen: Any, settings: Any, numbers: int) -> None:
    """Writes the images of a batch into the folder `settings.save_to_dir`, under names with a random number."""
    for image, index in zip(batch, chosen, strict=True):
        tag = np.random.randint(numbers)  # noqa: NPY002
        name = f"{settings.save_prefix}_{index}_{tag}.{settings.save_format}"
        array_to_img(image, settings.data_format, scale=True).save(Path(settings.save_to_dir) / name)


@export("keras.preprocessing.image.NumpyArrayIterator")
class NumpyArrayIterator(Iterator):
    """Batches of images from an array, changed by an `ImageDataGenerator`.

    Args:
      x: images, an array of rank 4; or a tuple of it and of other arrays, which come along as they are.
      y: what is true of them.
      image_data_generator: what changes them.
      batch_size, shuffle, seed: see `Iterator`.
      sample_weight: their weights.
      data_format: "channels_last" or "channels_first"; the setting's when None.
      save_to_dir: a folder that gets all images; None for none.
      save_prefix, save_format: the beginnings and the endings of their names.
      subset: "training" or "validation", by the generator's `validation_split`; all when None.
      dtype: the element type; the setting's when None.

    Raises:
      ValueError: arrays of different lengths or another rank, an unknown subset.
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        image_data_generator: Any,
        batch_size: int = 32,
        shuffle: bool = False,
        sample_weight: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        dtype: Any = None,
    ) -> None:
        self.dtype = dtype or floatx()
        self.data_format = data_format or image_data_format()
        self.image_data_generator = image_data_generator
        others: list[Any] = []
        if isinstance(x, tuple | list):
            others = [np.asarray(one) for one in (x[1] if isinstance(x[1], list) else [x[1]])]
            x = x[0]
        _check_lengths(x, y, others, sample_weight)
        if subset is not None:
            x, y, others = self._part(subset, x, y, others)
        self.x = np.asarray(x, dtype=self.dtype)
        self.x_misc = others
        self._check_shape()
        self.y = None if y is None else np.asarray(y)
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)
        self.save_to_dir = save_to_dir
        self.save_prefix = save_prefix
        self.save_format = save_format
        super().__init__(self.x.shape[0], batch_size, shuffle, seed)

    def _part(self, subset: str, x: Any, y: Any, others: list[Any]) -> tuple[Any, Any, list[Any]]:
        if subset not in {"training", "validation"}:
            raise ValueError("Invalid subset name:", subset, '; expected "training" or "validation".')
        split = int(len(x) * self.image_data_generator._validation_split)
        if y is not None and not np.array_equal(np.unique(y[:split]), np.unique(y[split:])):
            raise ValueError(
                "Training and validation subsets have different number of classes after the split. If your numpy arrays "
                "are sorted by the label, you might want to shuffle them."
            )
        rows = slice(None, split) if subset == "validation" else slice(split, None)
        return x[rows], None if y is None else y[rows], [one[rows] for one in others]

    def _check_shape(self) -> None:
        if self.x.ndim != 4:
            raise ValueError(
                "Input data in `NumpyArrayIterator` should have rank 4. You passed an array with shape", self.x.shape
            )
        axis = 3 if self.data_format == "channels_last" else 1
        if self.x.shape[axis] not in {1, 3, 4}:
            warnings.warn(
                f'NumpyArrayIterator is set to use the data format convention "{self.data_format}" (channels on axis '
                f"{axis}), i.e. expected either 1, 3, or 4 channels on axis {axis}. However, it was passed an array "
                f"with shape {self.x.shape} ({self.x.shape[axis]} channels).",
                stacklevel=4,
            )

    def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
        batch = np.zeros((len(index_array), *self.x.shape[1:]), dtype=self.dtype)
        generator = self.image_data_generator
        for row, index in enumerate(index_array):
            image = self.x[index]
            changes = generator.get_random_transform(image.shape)
            image = generator.apply_transform(image.astype(self.dtype), changes)
            batch[row] = generator.standardize(image)
        if self.save_to_dir:
            save_batch(batch, index_array, self, 10**4)
        images: Any = [batch, *(one[index_array] for one in self.x_misc)] if self.x_misc else batch
        if self.y is None:
            return images
        if self.sample_weight is None:
            return images, self.y[index_array]
        return images, self.y[index_array], self.sample_weight[index_array]


def _check_lengths(x: Any, y: Any, others: list[Any], sample_weight: Any) -> None:
    for one in others:
        if len(one) != len(x):
            raise ValueError(
                "All of the arrays in `x` should have the same length. Found a pair with: len(x[0]) = "
                f"{len(x)}, len(x[?]) = {len(one)}"
            )
    for name, values in (("`y` (labels)", y), ("`sample_weight`", sample_weight)):
        if values is not None and len(values) != len(x):
            short = name.split("`")[1]
            raise ValueError(
                f"`x` (images tensor) and {name} should have the same length. Found: x.shape = {np.asarray(x).shape}, "
                f"{short}.shape = {np.asarray(values).shape}"
            )
