"""What TensorFlow 1.15 wrote, and (where there is one) what it reads of ours: see models.py."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import tangraph as tf

models = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("models.py"))))
RECORDED = Path(__file__).parent / "recorded"
KINDS = [
    (1, "kinds-v1"),
    (1, "kinds-v1-sharded-?????-of-00002"),
    (2, "kinds-v2"),
    (2, "kinds-v2-sharded"),
]


@pytest.mark.parametrize("name", list(models.MODELS))
def test_a_frozen_graph_of_tensorflow_computes_the_same(name):
    expected = np.load(RECORDED / "outputs.npz")[name]
    found = models.run_frozen(tf, (RECORDED / f"{name}.pb").read_bytes(), name)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", list(models.MODELS))
def test_a_graph_frozen_here_computes_the_same(name):
    graph_def, expected = models.frozen(tf, name)
    np.testing.assert_allclose(expected, np.load(RECORDED / "outputs.npz")[name], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(models.run_frozen(tf, graph_def.SerializeToString(), name), expected)
    assert {n.name: n.op for n in graph_def.node} == {
        n.name: n.op for n in tf.GraphDef.FromString((RECORDED / f"{name}.pb").read_bytes()).node
    }


@pytest.mark.parametrize(("version", "name"), KINDS)
def test_checkpoints_of_all_kinds_of_variables(tmp_path, version, name):
    found = models.contents(tf, str(RECORDED / name), version)
    path = models.save(tf, str(tmp_path / "m"), version, "sharded" in name)
    assert models.contents(tf, path, version) == found
    assert dict(found[0])["p/u/part_1"] == [[4.5, 4.5], [4.5, 4.5]]
    assert dict(found[0])["resource"] == [2**40, -1]
    assert tf.train.checkpoint_exists(path)
    assert len(tf.train.get_checkpoint_mtimes([path])) == 1


def test_what_is_written_has_the_bytes_of_tensorflow(tmp_path):
    models.save(tf, str(tmp_path / "kinds-v2"), 2, False)
    for path in tmp_path.glob("kinds*"):
        assert path.read_bytes() == (RECORDED / path.name).read_bytes(), path.name


def test_a_saved_model_of_tensorflow(tmp_path):
    expected = ([[5.0]], "assets/words.txt", ["serving_default", "sparse"], "s/values:0")
    assert models.load_model(tf, str(RECORDED / "model")) == expected
    models.save_model(tf, str(tmp_path / "model"))
    assert models.load_model(tf, str(tmp_path / "model")) == expected


TENSORFLOW = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
import models, numpy as np, pathlib, tensorflow as tf
"""


def test_tensorflow_reads_what_is_written_here(tensorflow, tmp_path):
    paths = [models.save(tf, str(tmp_path / f"m{v}{int(s)}"), v, s) for v in (1, 2) for s in (False, True)]
    outputs = {}
    for name in models.MODELS:
        graph_def, outputs[name] = models.frozen(tf, name)
        (tmp_path / f"{name}.pb").write_bytes(graph_def.SerializeToString())
    models.save_model(tf, str(tmp_path / "model"))
    expected = [models.contents(tf, path, int(Path(path).name[1])) for path in paths]
    code = f"""
for path in {paths}:
    print(models.contents(tf, path, int(path.rpartition("/m")[2][0])))
print(models.load_model(tf, {str(tmp_path / "model")!r}))
np.savez("out.npz", **{{n: models.run_frozen(tf, open(n + ".pb", "rb").read(), n) for n in models.MODELS}})
"""
    printed = tensorflow(TENSORFLOW + code).splitlines()
    assert printed == [*map(str, expected), str(models.load_model(tf, str(tmp_path / "model")))]
    for name, value in np.load(tmp_path / "out.npz").items():
        np.testing.assert_allclose(value, outputs[name], rtol=1e-5, atol=1e-6)


def test_what_tensorflow_writes_is_read_here(tensorflow, tmp_path):
    (tmp_path / "new").mkdir()
    tensorflow(TENSORFLOW + "models.record(pathlib.Path('new'))")
    for version, name in KINDS:
        assert models.contents(tf, str(tmp_path / "new" / name), version) == models.contents(
            tf, str(RECORDED / name), version
        )
    shutil.copytree(tmp_path / "new" / "model", tmp_path / "moved")
    assert models.load_model(tf, str(tmp_path / "moved")) == models.load_model(tf, str(RECORDED / "model"))
