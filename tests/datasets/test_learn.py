"""`tf.contrib.learn.datasets`; numbers recorded from TensorFlow 1.15.5."""

from __future__ import annotations

import errno
import hashlib
import importlib
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf
from tangraph_datasets import mnist
from tangraph_datasets.learn import base, synthetic

learn = tf.contrib.learn.datasets


def test_where_programs_find_it():
    for name in ("contrib.learn.datasets", "contrib.learn.python.learn.datasets"):
        assert importlib.import_module(f"tangraph.{name}.mnist") is mnist
        assert importlib.import_module(f"tangraph.{name}.base") is base
        assert importlib.import_module(f"tangraph.{name}").load_dataset is learn.load_dataset
    assert learn.mnist.read_data_sets is tf.examples.tutorials.mnist.input_data.read_data_sets
    assert learn.base.Datasets is mnist.Datasets
    assert sorted(learn.DATASETS) == ["boston", "iris", "mnist"]


def test_iris_is_tensorflows():
    pytest.importorskip("sklearn")
    iris = learn.load_dataset("iris")
    assert (iris.data.shape, iris.data.dtype, iris.target.dtype) == ((150, 4), np.float64, np.int64)
    text = "\n".join(
        ",".join([*map(str, row), str(kind)]) for row, kind in zip(*(v.tolist() for v in iris), strict=True)
    )
    # Of the lines of the file that TensorFlow 1.15.5 comes with.
    assert (
        hashlib.sha256(text.encode()).hexdigest() == "ace02694b895795b3b6b49acc7035a4fce860fdbc854c5bea5d3fdf75feb1e1a"
    )


def test_boston_is_downloaded_once(tmp_path, monkeypatch):
    calls = []

    def retrieve(url, known_hash, fname, path, progressbar):
        calls.append((url.rsplit("/", 1)[1], known_hash[:14], progressbar))
        Path(path).mkdir(parents=True)
        (Path(path) / fname).write_text("2,2,a,b\n0.5,1.5,24.0\n2.5,3.5,21.6\n")

    monkeypatch.setitem(sys.modules, "pooch", types.SimpleNamespace(retrieve=retrieve))
    monkeypatch.setenv("TANGRAPH_DATASETS", str(tmp_path / "cache"))
    for _ in range(2):
        boston = learn.load_dataset("boston")
        assert (boston.data.tolist(), boston.target.tolist()) == ([[0.5, 1.5], [2.5, 3.5]], [24.0, 21.6])
    assert calls == [("boston_house_prices.csv", "sha256:5cb8da6", True)]


def test_tables_with_a_header(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("2,3,x,y,z\n1,2,3,0\n4,5,6,1\n")
    table = base.load_csv_with_header(str(path), np.int32, np.float32)
    assert (table.data.dtype, table.data.tolist()) == (np.float32, [[1, 2, 3], [4, 5, 6]])
    assert (table.target.dtype, table.target.tolist()) == (np.int32, [0, 1])
    assert base.load_csv_with_header(str(path), np.int32, np.float32, target_column=0).target.tolist() == [1, 4]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", r"Received: \[\]"),
        ("a,b\n", r"Received: \['a', 'b'\]"),
        ("2,1\n1,2\n", "must have 2 lines of 2 values.*Line 2 is wrong or missing"),
        ("1,1\n1,2\n3,4\n", "must have 1 lines of 2 values.*Line 3"),
        ("1,2\n1,2\n", "must have 1 lines of 3 values.*Line 2"),
    ],
)
def test_tables_that_are_wrong(tmp_path, text, says):
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=says):
        base.load_csv_with_header(str(path), np.int32, np.float32)


def test_tables_without_a_header(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("".join(f"{i},{i}.5,{i % 2}\n" for i in range(7)))
    base.shrink_csv(str(path), 3)
    table = base.load_csv_without_header(str(tmp_path / "table_small.csv"), np.int32, np.float64)
    assert (table.data.tolist(), table.target.tolist()) == ([[0, 0.5], [3, 3.5], [6, 6.5]], [0, 1, 0])
    assert base.load_csv_without_header(str(path), np.int32, str, target_column=0).data[1].tolist() == ["1.5", "1"]


# The sums of the coordinates, the first point, the classes, and what NumPy's generator draws next.
MADE = [
    (
        "circles",
        {"n_samples": 11, "noise": 0.1, "seed": 3, "n_classes": 3, "factor": 0.5},
        [0.14033731546016076, 0.6815194910569289],
        [-0.4002852867347958, -0.25623923205555005],
        "00021022101",
        0.4137186829254843,
    ),
    (
        "spirals",
        {"n_samples": 9, "noise": 0.2, "seed": 1, "mode": "bernoulli", "exp_scale": 0.3},
        [-1.107085771130948, 0.20730361809906017],
        [-0.44386630315588715, 0.936941586216749],
        "011100010",
        0.059243201301563464,
    ),
    (
        "spirals",
        {"n_samples": 9, "mode": "fermat", "n_loops": 1},
        [-1.0, 1.0],
        [0.2886751345948125, -0.707106781186548],
        "100100011",
        0.8661761457749352,
    ),
    (
        "circles",
        {"n_samples": 7},
        [1.0949393660242097, -0.3047454410779833],
        [0.8, 0.0],
        "1000110",
        0.09997491581800289,
    ),
]


@pytest.mark.parametrize(("name", "options", "sums", "first", "classes", "drawn"), MADE)
def test_made_points(name, options, sums, first, classes, drawn):
    made = learn.make_dataset(name, **options)
    np.testing.assert_allclose(made.data.sum(0), sums, atol=1e-12)
    np.testing.assert_allclose(made.data[0], first, atol=1e-12)
    assert made.target.dtype == np.int32
    assert "".join(map(str, made.target)) == classes
    assert np.random.rand() == drawn


def test_names_that_are_none():
    with pytest.raises(ValueError, match="^Name of dataset is not found: roses$"):
        learn.load_dataset("roses")
    with pytest.raises(ValueError, match="^Synthetic dataset not found or not implemeted: squares$"):
        learn.make_dataset("squares")
    with pytest.raises(ValueError, match="^Cannot generate spiral with mode square$"):
        synthetic.spirals(mode="square")


def test_maybe_download(tmp_path, monkeypatch, capsys):
    def retrieve(url, known_hash, fname, path, progressbar):
        assert (url, known_hash) == ("https://example.org/x.bin", None)
        (Path(path) / fname).write_bytes(b"12345")

    monkeypatch.setitem(sys.modules, "pooch", types.SimpleNamespace(retrieve=retrieve))
    folder = str(tmp_path / "new")
    for _ in range(2):
        assert base.maybe_download("x.bin", folder, "https://example.org/x.bin") == f"{folder}/x.bin"
    assert capsys.readouterr().out == "Successfully downloaded x.bin 5 bytes.\n"


def test_retry():
    calls = []

    def fails(count, number):
        calls.append(number)
        if len(calls) < count:
            raise OSError(number, "no")
        return len(calls)

    def timed_out(error):
        return error.errno == errno.ETIMEDOUT

    assert base.retry(1.0, 4.0)(fails)(3, 0) == 3
    calls.clear()
    assert base.retry(1e-4, 1e-3, is_retriable=timed_out)(fails)(3, errno.ETIMEDOUT) == 3
    calls.clear()
    with pytest.raises(OSError, match="no"):
        base.retry(1e-4, 1e-3, is_retriable=timed_out)(fails)(3, errno.ENOENT)
    assert len(calls) == 1
    with pytest.raises(ValueError, match="factor must be >= 1"):
        base.retry(1.0, 2.0, factor=0.5)
    with pytest.raises(ValueError, match="jitter must be < 1"):
        base.retry(1.0, 2.0, jitter=1)
