"""What the programs of examples/ get: small data in the true formats, and arguments that make them quick."""

from __future__ import annotations

import gzip
import pickle
import shutil
import struct
import zipfile
from pathlib import Path

import numpy as np

NOTES = Path(__file__).resolve().parent.parent.parent / "examples" / "notes"
TRAINING = ["--steps", "21"]
ARGUMENTS: dict[str, list[str]] = {
    "autoencoder_pca": ["--steps", "201"],
    "autoencoder_stacked": ["--steps", "201"],
    "autoencoder_tied": ["--steps", "201"],
    "cifar_cnn": ["--steps", "5", "--every", "4"],
    "estimators": ["--steps", "101"],
    "gan": ["--steps", "201"],
    "milk_production": ["--iterations", "201"],
    "mlp_batch_normalisation": TRAINING,
    "mlp_dropout": TRAINING,
    "mlp_relu": TRAINING,
    "mlp_sigmoid": TRAINING,
    "mnist_cnn": ["--steps", "7", "--every", "3"],
    "mnist_softmax": TRAINING,
    "policy_gradient": ["--episodes", "60"],
    "q_learning": ["--episodes", "200"],
    "rnn_time_series": ["--iterations", "101"],
    "softmax_classifier": TRAINING,
    "wine_layers": ["--steps", "201"],
    "word2vec": ["--steps", "41", "--every", "10", "--vocabulary", "200", "--embedding", "16"],
}
#: Of the training images the first 5,000 are for validation.
MNIST_SIZES = {"train": 5600, "t10k": 200}
CIFAR_NAMES = [*[f"data_batch_{i}" for i in range(1, 6)], "test_batch"]
CLASSES = 10


def write_data(program: str, folder: Path) -> None:
    """Writes the files that a program reads, or that lie beside it."""
    for beside in NOTES.glob("*.csv"):
        if beside.name in program:
            shutil.copy(beside, folder)
    if "MNIST_data" in program:
        _write_mnist(folder / "MNIST_data")
    if "cifar-10-batches-py" in program:
        _write_cifar(folder / "cifar-10-batches-py")
    if "words.zip" in program:
        _write_words(folder / "word2vec_data" / "words")


def _write_mnist(folder: Path) -> None:
    """IDX files of images that are a pattern of their class, moved a little and with some noise."""
    folder.mkdir()
    rng = np.random.RandomState(0)
    patterns = rng.rand(CLASSES, 7, 7).round().repeat(3, 1).repeat(3, 2)
    for part, count in MNIST_SIZES.items():
        labels = rng.randint(0, CLASSES, count)
        images = np.zeros((count, 28, 28), np.uint8)
        for image, label, (down, right) in zip(images, labels, rng.randint(2, 6, (count, 2)), strict=True):
            image[down : down + 21, right : right + 21] = patterns[label] * 200
        # Noise on every seventh column only, since what is random cannot be compressed.
        images[:, :, ::7] += rng.randint(0, 56, (count, 28, 4)).astype(np.uint8)
        _write_idx(folder / f"{part}-images-idx3-ubyte.gz", images)
        _write_idx(folder / f"{part}-labels-idx1-ubyte.gz", labels.astype(np.uint8))


def _write_idx(path: Path, array: np.ndarray) -> None:
    header = struct.pack(f">I{array.ndim}I", 0x800 + array.ndim, *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes(), 1))


def _write_cifar(folder: Path) -> None:
    """Pickled dictionaries, as Python 2 wrote them, of images in the colour of their class."""
    folder.mkdir()
    rng = np.random.RandomState(0)
    colours = rng.randint(0, 200, (CLASSES, 3, 1))
    _write_pickle(folder / "batches.meta", {b"label_names": [b"class %d" % i for i in range(CLASSES)]})
    for name in CIFAR_NAMES:
        labels = rng.randint(0, CLASSES, 100)
        images = colours[labels] + rng.randint(0, 56, (100, 3, 1024))
        batch = {b"labels": labels.tolist(), b"data": images.reshape(100, 3072).astype(np.uint8)}
        _write_pickle(folder / name, batch)


def _write_pickle(path: Path, value: object) -> None:
    path.write_bytes(pickle.dumps(value, protocol=2).replace(b"numpy._core.multiarray", b"numpy.core.multiarray"))


def _write_words(folder: Path) -> None:
    """A text of 20,000 words in which some words follow each other often."""
    folder.mkdir(parents=True)
    rng = np.random.RandomState(0)
    ranks = np.minimum(rng.zipf(1.3, 10000), 300)
    text = " ".join(f"{_word(rank)} {_word(rank * 7 % 300)}" for rank in ranks)
    with zipfile.ZipFile(folder / "words.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("text8", text)


def _word(number: int) -> str:
    high, low = divmod(number, 14)
    return "bdfgklmnprstvz"[low] + "aeiou"[high % 5] + "mnrst"[high // 5]
