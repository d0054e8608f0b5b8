"""Data sets from small files in the places where Keras keeps them; nothing is downloaded."""

import gzip
import pickle
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf
from tangraph_keras.datasets import archive, cifar10, cifar100, fashion_mnist, sequences
from tangraph_keras.utils import download

# What TensorFlow 1.15.5 makes of the files that the tests write.
BOSTON = [9.0, 3.0, 6.0, 1.0, 0.0, 7.0, 4.0, 8.0, 2.0, 5.0]
IMDB = [[[1, 9], [1, 4, 5, 6], [1, 7, 8]], [0, 0, 1], [[1, 2], [1, 2, 2, 2, 2]]]
REUTERS = [[[1]], [5], [[1, 7, 8]], [4]]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A home of the test's own, where files are taken for what they stand for whatever their checksums say."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(download, "validate_file", lambda *_: True)
    folder = tmp_path / ".keras" / "datasets"
    folder.mkdir(parents=True)
    return folder


def lists(*values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def test_mnist_and_boston(cache):
    parts = {"x_train": np.ones((3, 28, 28), "uint8"), "y_train": np.arange(3, dtype="uint8")}
    np.savez(cache / "mnist.npz", **parts, x_test=np.zeros((1, 28, 28), "uint8"), y_test=np.array([7], "uint8"))
    (images, digits), (_, test_digits) = tf.keras.datasets.mnist.load_data()
    assert (images.shape, images.dtype, digits.tolist(), test_digits.tolist()) == ((3, 28, 28), "uint8", [0, 1, 2], [7])
    np.savez(cache / "boston_housing.npz", x=np.arange(20.0).reshape(10, 2), y=np.arange(10.0))
    (x, y), (_, test_y) = tf.keras.datasets.boston_housing.load_data()
    # The order of TensorFlow 1.15.5.
    assert [*y, *test_y] == BOSTON
    np.testing.assert_array_equal(x[:, 0], y * 2)


def test_imdb_and_reuters(cache):
    train, test = lists([1, 2, 3], [4, 5], [6]), lists([7, 8, 9, 10], [11])
    labels = {"y_train": np.array([0, 1, 0]), "y_test": np.array([1, 0])}
    np.savez(cache / "imdb.npz", x_train=train, x_test=test, **labels)
    (x, y), (test_x, _) = tf.keras.datasets.imdb.load_data(num_words=10)
    assert [x.tolist(), y.tolist(), test_x.tolist()] == IMDB
    np.savez(cache / "reuters.npz", x=train, y=np.array([3, 4, 5]))
    (x, y), (test_x, test_y) = tf.keras.datasets.reuters.load_data(maxlen=4, test_split=0.5, oov_char=None)
    assert [x.tolist(), y.tolist(), test_x.tolist(), test_y.tolist()] == REUTERS
    with pytest.raises(ValueError, match="shorter than maxlen=1, no sequence was kept"):
        tf.keras.datasets.imdb.load_data(maxlen=1)
    with pytest.raises(TypeError, match="Unrecognized keyword arguments"):
        tf.keras.datasets.imdb.load_data(words=3)
    (cache / "imdb_word_index.json").write_text('{"the": 1}')
    assert tf.keras.datasets.imdb.get_word_index() == {"the": 1}


class Danger:
    """What runs code when it is unpickled."""

    def __reduce__(self):
        return Path.touch, (Path("touched"),)


def test_lists_are_read_and_nothing_else_is_run(cache, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    np.savez(cache / "reuters.npz", x=lists(Danger()), y=np.array([1]))
    with pytest.raises(ValueError, match="must be an array of lists of numbers"):
        tf.keras.datasets.reuters.load_data()
    assert not Path("touched").exists()
    np.savez(cache / "reuters.npz", x=lists([1]))
    with pytest.raises(ValueError, match=r"It lacks: y"):
        archive.load_arrays("reuters.npz", "reuters.npz", None, ("x", "y"))


def test_fashion_mnist(cache):
    folder = cache / "fashion-mnist"
    folder.mkdir()
    for part, count in (("train", 3), ("t10k", 2)):
        images, labels = bytes(16) + bytes(range(28)) * 28 * count, bytes(8) + bytes(range(count))
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))
    (x, y), (test_x, _) = fashion_mnist.load_data()
    assert (x.shape, y.tolist(), test_x.shape, x[0, 0, 5]) == ((3, 28, 28), [0, 1, 2], (2, 28, 28), 5)


def test_cifar(cache):
    folder = cache / "cifar-10-batches-py"
    folder.mkdir()
    for number, name in enumerate([*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]):
        batch = {b"data": np.full((2, 3072), number, "uint8"), b"labels": [number, 9]}
        (folder / name).write_bytes(pickle.dumps(batch, protocol=2))
    (cache / "cifar-10-batches-py.tar.gz").write_bytes(b"")
    (x, y), (_, test_y) = cifar10.load_data()
    assert (x.shape, y.shape, y[:4, 0].tolist()) == ((10, 32, 32, 3), (10, 1), [0, 9, 1, 9])
    assert (test_y.tolist(), test_y.dtype) == ([[5], [9]], "uint8")
    folder = cache / "cifar-100-python"
    folder.mkdir()
    for name in ("train", "test"):
        batch = {b"data": np.zeros((2, 3072), "uint8"), b"fine_labels": [98, 99], b"coarse_labels": [18, 19]}
        (folder / name).write_bytes(pickle.dumps(batch, protocol=2))
    (cache / "cifar-100-python.tar.gz").write_bytes(b"")
    assert cifar100.load_data("coarse")[0][1].tolist() == [[18], [19]]
    with pytest.raises(ValueError, match="label_mode"):
        cifar100.load_data("medium")


def test_get_file(tmp_path, capsys):
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "a.txt").write_text("abc")
    arguments = {"origin": "http://nowhere.invalid/a.txt", "cache_dir": str(tmp_path)}
    path = tf.keras.utils.get_file("a.txt", md5_hash="900150983cd24fb0d6963f7d28e17f72", **arguments)
    assert Path(path).read_text() == "abc"
    assert download.validate_file(path, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    fetched = []

    def fetch(url, name, folder, checksum):
        fetched.append((url, name, checksum))
        (Path(folder) / name).write_text("new")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(download, "fetch", fetch)
        tf.keras.utils.get_file("a.txt", md5_hash="0" * 32, **arguments)
    assert fetched == [("http://nowhere.invalid/a.txt", "a.txt", f"md5:{'0' * 32}")]
    assert "will re-download the data." in capsys.readouterr().out


def test_words():
    assert sequences.limited([[1, 9]], [0], 10, 2, None, None, None, 0) == ([[9]], [0])
