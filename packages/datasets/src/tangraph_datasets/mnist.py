"""MNIST, as the tutorials of TensorFlow 1 read it: `tf.examples.tutorials.mnist.input_data`.

70,000 images of handwritten digits, 28 by 28 grey values each (Y. LeCun, C. Cortes, C. Burges), in IDX files: a magic
number, the sizes, then the bytes. Anything in that format is read, such as Fashion-MNIST
(`source_url=FASHION_SOURCE_URL`).
"""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import numpy as np

from tangraph.framework import dtypes
from tangraph.framework.random_seed import get_seed
from tangraph_datasets import downloads

DEFAULT_SOURCE_URL: Final = "https://storage.googleapis.com/cvdf-datasets/mnist/"
#: Fashion-MNIST, articles of clothing in the same form (H. Xiao, K. Rasul, R. Vollgraf, 2017).
FASHION_SOURCE_URL: Final = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"

_TRAIN_IMAGES: Final = "train-images-idx3-ubyte.gz"
_TRAIN_LABELS: Final = "train-labels-idx1-ubyte.gz"
_TEST_IMAGES: Final = "t10k-images-idx3-ubyte.gz"
_TEST_LABELS: Final = "t10k-labels-idx1-ubyte.gz"
#: What is known of the files by where they come from.
_CHECKSUMS: Final = {
    DEFAULT_SOURCE_URL: {
        _TRAIN_IMAGES: "sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        _TRAIN_LABELS: "sha256:3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        _TEST_IMAGES: "sha256:8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        _TEST_LABELS: "sha256:f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
    FASHION_SOURCE_URL: {
        _TRAIN_IMAGES: "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        _TRAIN_LABELS: "md5:25c81989df183df01b3e8a0aad5dffbe",
        _TEST_IMAGES: "md5:bef4ecab320f06d8554ea6380940ec79",
        _TEST_LABELS: "md5:bb300cfdad3c16e7a12a480ee83cd310",
    },
}
_IMAGES_MAGIC: Final = 2051
_LABELS_MAGIC: Final = 2049
_CLASSES: Final = 10
_PIXELS: Final = 784
_FAKE_EXAMPLES: Final = 10000
_GZIP_START: Final = b"\x1f\x8b"


class Datasets(NamedTuple):
    """The three parts of the data.

    Attributes:
      train, validation, test: a :class:`DataSet` each.
    """

    train: DataSet
    validation: DataSet
    test: DataSet


class DataSet:
    """Examples, and batches of them.

    The order of the batches is that of TensorFlow 1.15, so that a seeded program sees the same examples: it comes from
    NumPy's global generator, which is seeded when a DataSet is made.

    Args:
      images: uint8 of shape [n, rows, columns, 1].
      labels: one label a row.
      fake_data: whether there is no data, and batches are made up.
      one_hot: for fake data: whether labels are one-hot rows.
      dtype: float32 (values in 0..1) or uint8 (in 0..255).
      reshape: whether an image becomes one row.
      seed: what NumPy's generator is seeded from; the graph's seed when None.

    Raises:
      TypeError: another `dtype`.
      ValueError: the numbers of images and labels differ, or images with more than one channel become rows.
    """

    def __init__(
        self,
        images: Any,
        labels: Any,
        fake_data: bool = False,
        one_hot: bool = False,
        dtype: Any = dtypes.float32,
        reshape: bool = True,
        seed: int | None = None,
    ) -> None:
        graph_seed, op_seed = get_seed(seed)
        np.random.seed(graph_seed if seed is None else op_seed)  # noqa: NPY002  the programs' own draws follow from it
        dtype = dtypes.as_dtype(dtype).base_dtype
        if dtype not in (dtypes.uint8, dtypes.float32):
            raise TypeError(f"Invalid image dtype {dtype!r}, expected uint8 or float32")
        if fake_data:
            self._num_examples = _FAKE_EXAMPLES
            self.one_hot = one_hot
        else:
            if images.shape[0] != labels.shape[0]:
                raise ValueError(f"images.shape: {images.shape} labels.shape: {labels.shape}")
            self._num_examples = images.shape[0]
            if reshape:
                if images.shape[3] != 1:
                    raise ValueError(f"Only images with one channel become rows. Received: {images.shape}")
                images = images.reshape(images.shape[0], images.shape[1] * images.shape[2])
            if dtype == dtypes.float32:
                images = images.astype(np.float32)
                images *= np.float32(1.0 / 255.0)
        self._images = images
        self._labels = labels
        self._epochs_completed = 0
        self._index_in_epoch = 0

    @property
    def images(self) -> Any:
        """The images, in the order of the present epoch."""
        return self._images

    @property
    def labels(self) -> Any:
        """The labels, in the order of the present epoch."""
        return self._labels

    @property
    def num_examples(self) -> int:
        """The number of examples."""
        return self._num_examples

    @property
    def epochs_completed(self) -> int:
        """How many times all examples were given out."""
        return self._epochs_completed

    def next_batch(self, batch_size: int, fake_data: bool = False, shuffle: bool = True) -> tuple[Any, Any]:
        """Returns the next images and labels.

        A batch that reaches over the end of an epoch takes the rest from the next one.

        Args:
          batch_size: how many.
          fake_data: whether to return made-up lists of numbers.
          shuffle: whether each epoch has an order of its own.
        """
        if fake_data:
            label: Any = [1, *[0] * (_CLASSES - 1)] if self.one_hot else 0
            image = [1] * _PIXELS
            return [image for _ in range(batch_size)], [label for _ in range(batch_size)]
        start = self._index_in_epoch
        if self._epochs_completed == 0 and start == 0 and shuffle:
            self._shuffle()
        if start + batch_size <= self._num_examples:
            self._index_in_epoch += batch_size
            part = slice(start, self._index_in_epoch)
            return self._images[part], self._labels[part]
        self._epochs_completed += 1
        images, labels = self._images[start:], self._labels[start:]
        if shuffle:
            self._shuffle()
        self._index_in_epoch = batch_size - (self._num_examples - start)
        more = slice(0, self._index_in_epoch)
        return np.concatenate((images, self._images[more])), np.concatenate((labels, self._labels[more]))

    def _shuffle(self) -> None:
        order = np.arange(self._num_examples)
        np.random.shuffle(order)  # noqa: NPY002  see the constructor
        self._images = self._images[order]
        self._labels = self._labels[order]


def _read(f: IO[bytes], magic: int, what: str) -> tuple[list[int], Any]:
    """Returns the sizes and the bytes of an IDX file, which may be compressed."""
    data = f.read()
    if data[:2] == _GZIP_START:
        data = gzip.decompress(data)
    name = getattr(f, "name", what)
    found = int.from_bytes(data[:4], "big")
    if found != magic:
        raise ValueError(f"Invalid magic number {found} in MNIST {what} file: {name}")
    count = magic & 0xFF
    sizes = np.frombuffer(data, ">u4", count, offset=4).astype(int).tolist()
    return sizes, np.frombuffer(data, np.uint8, int(np.prod(sizes)), offset=4 + 4 * count)


def extract_images(f: IO[bytes]) -> Any:
    """Returns the images of an IDX file, compressed or not: uint8 of shape [n, rows, columns, 1].

    Raises:
      ValueError: it is no IDX file of images.
    """
    print("Extracting", getattr(f, "name", f))  # noqa: T201  as TensorFlow's
    sizes, data = _read(f, _IMAGES_MAGIC, "image")
    return data.reshape(*sizes, 1)


def dense_to_one_hot(labels_dense: Any, num_classes: int) -> Any:
    """Returns one row a label, float64, with a single 1.

    >>> dense_to_one_hot(np.array([1, 0]), 3).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    return np.eye(num_classes)[labels_dense.ravel()]


def extract_labels(f: IO[bytes], one_hot: bool = False, num_classes: int = _CLASSES) -> Any:
    """Returns the labels of an IDX file, compressed or not: uint8 of shape [n], or float64 of [n, num_classes].

    Raises:
      ValueError: it is no IDX file of labels.
    """
    print("Extracting", getattr(f, "name", f))  # noqa: T201  as TensorFlow's
    _, labels = _read(f, _LABELS_MAGIC, "label")
    return dense_to_one_hot(labels, num_classes) if one_hot else labels


def _join(folder: str, name: str) -> str:
    """Returns a path as TensorFlow writes it, which a `Path` would normalise."""
    return os.path.join(folder, name)  # noqa: PTH118


def _local_file(name: str, folder: str, source_url: str) -> str:
    """Returns the path of a file: the one that is there, compressed or not, or else a fresh download."""
    plain = name.removesuffix(".gz")
    for candidate in (name, plain, plain.replace("-idx", ".idx")):
        path = _join(folder, candidate)
        if Path(path).exists():
            return path
    return _download(name, folder, source_url)


def _download(name: str, folder: str, source_url: str) -> str:
    downloads.fetch(source_url + name, name, folder, _CHECKSUMS.get(source_url, {}).get(name))
    path = _join(folder, name)
    print("Successfully downloaded", name, Path(path).stat().st_size, "bytes.")  # noqa: T201  as TensorFlow's
    return path


def read_data_sets(
    train_dir: str | Path,
    fake_data: bool = False,
    one_hot: bool = False,
    dtype: Any = dtypes.float32,
    reshape: bool = True,
    validation_size: int = 5000,
    seed: int | None = None,
    source_url: str = DEFAULT_SOURCE_URL,
) -> Datasets:
    """Reads MNIST from a folder; files that are not there are downloaded into it.

    Args:
      train_dir: the folder with the four IDX files, compressed or not.
      fake_data: whether to return data sets that make up their batches.
      one_hot: whether a label is a float64 row of ten with a single 1 instead of a uint8 number.
      dtype: float32 (values in 0..1) or uint8 (in 0..255).
      reshape: whether an image is one row of 784 instead of [28, 28, 1].
      validation_size: how many of the training examples, the first ones, are for validation.
      seed: what NumPy's global generator is seeded from, which the batches are shuffled with; the graph's seed when None.
      source_url: where the files are downloaded from.

    Returns:
      The training, validation and test examples; see :meth:`DataSet.next_batch`.

    Raises:
      ImportError: a file has to be downloaded, and pooch is not installed.
      ValueError: `validation_size` is negative or too large, or a file is of another kind.
    """
    if fake_data:
        fake = [DataSet([], [], fake_data=True, one_hot=one_hot, dtype=dtype, seed=seed) for _ in range(3)]
        return Datasets(*fake)
    folder, url = os.fspath(train_dir), source_url or DEFAULT_SOURCE_URL
    Path(folder).mkdir(parents=True, exist_ok=True)
    arrays = []
    for name in (_TRAIN_IMAGES, _TRAIN_LABELS, _TEST_IMAGES, _TEST_LABELS):
        path = _local_file(name, folder, url)
        with open(path, "rb") as f:  # noqa: PTH123  its name is printed
            arrays.append(extract_images(f) if "images" in name else extract_labels(f, one_hot=one_hot))
    images, labels, test_images, test_labels = arrays
    if not 0 <= validation_size <= len(images):
        raise ValueError(f"Validation size should be between 0 and {len(images)}. Received: {validation_size}.")
    parts = (
        (images[validation_size:], labels[validation_size:]),
        (images[:validation_size], labels[:validation_size]),
        (test_images, test_labels),
    )
    return Datasets(*[DataSet(*part, dtype=dtype, reshape=reshape, seed=seed) for part in parts])


def load_mnist(train_dir: str | Path = "MNIST-data") -> Datasets:
    """Reads MNIST with the defaults of :func:`read_data_sets`."""
    return read_data_sets(train_dir)
