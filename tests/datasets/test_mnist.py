"""MNIST's reader, on small files of its own."""

from __future__ import annotations

import gzip
import importlib
import struct
import sys
import types

import numpy as np
import pytest

import tangraph as tf
from tangraph_datasets import mnist

NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def _idx(array):
    magic = 2051 if array.ndim == 3 else 2049
    return struct.pack(f">I{array.ndim}I", magic, *array.shape) + array.tobytes()


def _arrays():
    images = (np.arange(10)[:, None, None] * 20 + np.arange(6).reshape(2, 3)).astype(np.uint8)
    labels = np.arange(10, dtype=np.uint8)
    return images, labels, images[:4], labels[:4]


@pytest.fixture
def folder(tmp_path):
    for name, array in zip(NAMES, _arrays(), strict=True):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(_idx(array)))
    return tmp_path


def _read(folder, **options):
    return mnist.read_data_sets(str(folder), validation_size=options.pop("validation_size", 2), **options)


def test_where_programs_find_it():
    module = importlib.import_module("tangraph.examples.tutorials.mnist.input_data")
    assert module is mnist
    assert tf.examples.tutorials.mnist.input_data.read_data_sets is mnist.read_data_sets


def test_parts(folder, capsys):
    data = _read(folder)
    assert (data.train.num_examples, data.validation.num_examples, data.test.num_examples) == (8, 2, 4)
    assert data.train.images.shape == (8, 6)
    assert data.train.images.dtype == np.float32
    assert data.train.labels.dtype == np.uint8
    np.testing.assert_array_equal(data.test.images, _arrays()[2].reshape(4, 6) * np.float32(1 / 255))
    assert data.validation.labels.tolist() == [0, 1]
    assert data.train.labels.tolist() == list(range(2, 10))
    assert capsys.readouterr().out.splitlines()[0] == f"Extracting {folder}/{NAMES[0]}.gz"


def test_forms(folder):
    data = _read(folder, one_hot=True, dtype=tf.uint8, reshape=False)
    assert data.test.images.shape == (4, 2, 3, 1)
    assert data.test.images.dtype == np.uint8
    assert data.test.labels.dtype == np.float64
    np.testing.assert_array_equal(data.test.labels, np.eye(10)[:4])


# Measured on TensorFlow 1.15.5: the labels of six batches of three, and what NumPy draws next.
ORDERS = [
    ({"seed": 1}, None, True, [[9, 4, 3], [8, 2, 6], [5, 7, 3], [8, 2, 7], [4, 5, 9], [6, 7, 3]], [1, 0], 907),
    ({}, 7, True, [[4, 7, 2], [8, 5, 3], [6, 9, 8], [3, 9, 5], [2, 7, 4], [6, 3, 5]], [0, 1], 444),
    ({"seed": 5}, 7, True, [[9, 4, 6], [3, 2, 7], [8, 5, 7], [4, 2, 6], [9, 3, 8], [5, 2, 8]], [0, 1], 65),
    ({"seed": 1}, None, False, [[2, 3, 4], [5, 6, 7], [8, 9, 2], [3, 4, 5], [6, 7, 8], [9, 2, 3]], [0, 1], 235),
    ({"seed": 0}, 0, True, [[5, 8, 2], [3, 6, 7], [4, 9, 4], [7, 9, 2], [6, 3, 8], [5, 3, 5]], [0, 1], 261),
]


@pytest.mark.parametrize(("options", "graph_seed", "shuffle", "batches", "validation", "number"), ORDERS)
def test_order_is_tensorflows(folder, options, graph_seed, shuffle, batches, validation, number):
    tf.reset_default_graph()
    if graph_seed is not None:
        tf.set_random_seed(graph_seed)
    data = _read(folder, **options)
    assert [data.train.next_batch(3, shuffle=shuffle)[1].tolist() for _ in range(6)] == batches
    assert data.train.epochs_completed == 2
    assert data.validation.next_batch(2)[1].tolist() == validation
    assert np.random.randint(1000) == number


def test_images_go_with_their_labels(folder):
    data = _read(folder, seed=3)
    for _ in range(7):
        images, labels = data.train.next_batch(3)
        np.testing.assert_allclose(images[:, 0] * 255, labels * 20.0, rtol=1e-6)


def test_fake_data():
    data = mnist.read_data_sets("nowhere", fake_data=True, one_hot=True)
    assert data.train.num_examples == 10000
    images, labels = data.train.next_batch(2, fake_data=True)
    assert images == [[1] * 784] * 2
    assert labels == [[1] + [0] * 9] * 2
    assert mnist.read_data_sets("nowhere", fake_data=True).test.next_batch(1, fake_data=True)[1] == [0]


@pytest.mark.parametrize("dots", [True, False])
def test_files_that_are_not_compressed(tmp_path, dots):
    for name, array in zip(NAMES, _arrays(), strict=True):
        (tmp_path / (name.replace("-idx", ".idx") if dots else name)).write_bytes(_idx(array))
    assert _read(tmp_path).train.num_examples == 8


@pytest.mark.parametrize("size", [-1, 11])
def test_validation_size(folder, size):
    with pytest.raises(ValueError, match=f"Validation size should be between 0 and 10. Received: {size}."):
        _read(folder, validation_size=size)


def test_no_idx_file(folder):
    (folder / f"{NAMES[0]}.gz").write_bytes(gzip.compress(b"\0\0\0\7nonsense"))
    with pytest.raises(ValueError, match="Invalid magic number 7 in MNIST image file"):
        _read(folder)


def test_type_of_images(folder):
    with pytest.raises(TypeError, match="expected uint8 or float32"):
        _read(folder, dtype=tf.float64)


def test_images_and_labels_must_be_as_many():
    with pytest.raises(ValueError, match="images.shape"):
        mnist.DataSet(np.zeros((2, 1, 1, 1)), np.zeros(3))


def test_what_is_missing_is_downloaded_and_checked(folder, monkeypatch, capsys):
    calls = []
    content = (folder / f"{NAMES[3]}.gz").read_bytes()
    (folder / f"{NAMES[3]}.gz").unlink()

    def retrieve(url, known_hash, fname, path, progressbar):
        calls.append((url, known_hash, fname, progressbar))
        (folder / fname).write_bytes(content)

    monkeypatch.setitem(sys.modules, "pooch", types.SimpleNamespace(retrieve=retrieve))
    assert _read(folder).test.num_examples == 4
    ((url, known_hash, fname, progressbar),) = calls
    assert url == f"https://storage.googleapis.com/cvdf-datasets/mnist/{NAMES[3]}.gz"
    assert known_hash.startswith("sha256:f7ae60f92e00")
    assert (fname, progressbar) == (f"{NAMES[3]}.gz", True)
    assert f"Successfully downloaded {NAMES[3]}.gz {len(content)} bytes." in capsys.readouterr().out
    (folder / f"{NAMES[3]}.gz").unlink()
    _read(folder, source_url="https://example.org/fashion/")
    assert calls[1][:2] == (f"https://example.org/fashion/{NAMES[3]}.gz", None)


def test_without_pooch(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match=r"pip install tangraph-datasets\[download\]"):
        _read(tmp_path / "new")
