"""CIFAR's batches: read without running anything that a pickle may hold."""

from __future__ import annotations

import io
import os
import pickle
import sys
import tarfile
import types
from pathlib import Path

import numpy as np
import pytest

import tangraph_datasets
from tangraph_datasets import cifar

NAMES = (*[f"data_batch_{i}" for i in range(1, 6)], "test_batch")


def _batch(number, images=2, key=b"labels", dtype=np.uint8):
    data = np.random.RandomState(number).randint(0, 256, (images, 3072)).astype(dtype)
    return {b"batch_label": b"some", key: [(number + i) % 10 for i in range(images)], b"data": data}


def _python2(batch):
    """The batch as Python 2 and an old NumPy pickled it: texts are bytes, and the array's functions lie in numpy.core."""
    written = pickle.dumps(batch, protocol=2)
    return written.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


@pytest.fixture
def folder(tmp_path):
    batches = tmp_path / "cifar-10-batches-py"
    batches.mkdir()
    for number, name in enumerate(NAMES):
        (batches / name).write_bytes(_python2(_batch(number)))
    return tmp_path


def test_parts(folder):
    (images, labels), (test_images, test_labels) = cifar.load_cifar10(folder)
    assert (images.shape, images.dtype, labels.shape, labels.dtype) == ((10, 32, 32, 3), np.uint8, (10, 1), np.uint8)
    assert labels[:, 0].tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5]
    assert test_labels.tolist() == [[5], [6]]
    planes = _batch(5)[b"data"].reshape(2, 3, 32, 32)
    np.testing.assert_array_equal(test_images, planes.transpose(0, 2, 3, 1))


def test_by_name(folder):
    data = tangraph_datasets.load("cifar10", folder=folder / "cifar-10-batches-py", one_hot=True)
    assert data.train.images.dtype == np.float32
    np.testing.assert_array_equal(data.test.labels, np.eye(10, dtype=np.float32)[[5, 6]])
    np.testing.assert_allclose(data.test.images[0, 0, 0], _batch(5)[b"data"][0, ::1024] / 255, rtol=1e-6)
    assert tangraph_datasets.load("cifar10", folder=folder).train.labels.dtype == np.int64


def _archive(folder, path):
    with tarfile.open(path, "w:gz") as tar:
        tar.add(folder / "cifar-10-batches-py", "cifar-10-batches-py")


def test_the_archive_is_downloaded_once_and_never_unpacked(folder, tmp_path, monkeypatch):
    calls = []
    cache = tmp_path / "cache"

    def retrieve(url, known_hash, fname, path, progressbar):
        calls.append((url, known_hash, progressbar))
        Path(path).mkdir(parents=True)
        _archive(folder, Path(path) / fname)

    monkeypatch.setitem(sys.modules, "pooch", types.SimpleNamespace(retrieve=retrieve))
    monkeypatch.setenv("TANGRAPH_DATASETS", str(cache))
    for _ in range(2):
        (_, labels), _ = cifar.load_cifar10()
        assert len(labels) == 10
    assert calls == [
        (
            "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
            "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
            True,
        )
    ]
    assert [path.name for path in (cache / "cifar").iterdir()] == ["cifar-10-python.tar.gz"]


def test_without_pooch(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match=r"pip install tangraph-datasets\[download\]"):
        cifar.load_cifar10(tmp_path)


def test_an_archive_without_its_files(tmp_path):
    with tarfile.open(tmp_path / "cifar-10-python.tar.gz", "w:gz"):
        pass
    with pytest.raises(ValueError, match="has no file cifar-10-batches-py/data_batch_1"):
        cifar.load_cifar10(tmp_path)


@pytest.mark.parametrize(("mode", "key"), [("fine", b"fine_labels"), ("coarse", b"coarse_labels")])
def test_a_hundred_classes(tmp_path, mode, key):
    for number, name in enumerate(("train", "test")):
        (tmp_path / name).write_bytes(_python2({**_batch(number, key=b"fine_labels"), **_batch(number, key=key)}))
    (images, labels), _ = cifar.load_cifar100(tmp_path, mode)
    assert (images.shape, labels.tolist()) == ((2, 32, 32, 3), [[0], [1]])


def test_label_mode():
    with pytest.raises(ValueError, match="Received: label_mode='rough'"):
        cifar.load_cifar100("nowhere", "rough")


class _Command:
    def __reduce__(self):
        return os.system, ("touch caught",)


REFUSED = {
    "posix.system|nt.system": pickle.dumps({b"data": _Command()}, protocol=2),
    "builtins.eval|__builtin__.eval": b"c__builtin__\neval\n(S'1'\ntR.",
    "holds a list, not a dictionary": pickle.dumps([1, 2], protocol=2),
    "is no batch of CIFAR images": b"no pickle",
    "Ran out of input|truncated": _python2(_batch(0))[:-2000],
}


@pytest.mark.parametrize("says", REFUSED)
def test_what_is_no_batch_is_refused(says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=says):
        cifar.read_batch(io.BytesIO(REFUSED[says]))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("batch", "says"),
    [
        ({b"data": _batch(0)[b"data"]}, "test_batch is no batch of CIFAR images: it lacks labels"),
        ({}, "it lacks data and labels"),
        (_batch(0, dtype=np.int32), "Received: int32"),
        ({**_batch(0), b"labels": [1]}, "and 1 labels"),
    ],
)
def test_batches_of_another_form(folder, batch, says):
    (folder / "cifar-10-batches-py" / "test_batch").write_bytes(_python2(batch))
    with pytest.raises(ValueError, match=says):
        cifar.load_cifar10(folder)
