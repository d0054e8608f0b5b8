"""The tool that runs public programs under two engines: what it compares, and the data that it makes."""

from __future__ import annotations

import gzip
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf

FOLDER = Path(__file__).parents[2] / "tools" / "programs"


@pytest.fixture
def load(monkeypatch):
    """Returns a function that imports one of the tool's modules, which are no package."""
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.syspath_prepend(str(FOLDER / "shim"))
    names = []

    def module(name):
        names.append(name)
        return importlib.import_module(name)

    yield module
    for name in {path.stem for path in FOLDER.rglob("*.py")}:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("reference", "other", "complete", "equal"),
    [
        ("step 1 loss 0.5000", "step 1 loss 0.5004", True, True),
        ("step 1 loss 0.5000", "step 1 loss 0.5020", True, False),
        ("1 2", "1", True, False),
        ("1\n2\n3.5", "1\n2", False, True),  # one was stopped: its last line may be cut
        ("took 3.5 sec\n1.0", "took 9.5 sec\n1.0", True, True),
        ("[nan inf]", "[nan inf]", True, True),
        ("[nan 1]", "[2 1]", True, False),
        ("conv2d_1 v1.15", "conv2d_2 v2.0", True, True),  # parts of names are no numbers
    ],
)
def test_agreement(load, reference, other, complete, equal):
    assert load("agreement").compare(reference, other, complete=complete).equal is equal


def test_numbers_that_part_later(load):
    agreement = load("agreement")
    found = agreement.compare("0.5\n0.25\n0.125", "0.5000001\n0.2500001\n0.2", complete=True)
    assert (found.equal, found.drifts, found.count) == (False, True, 2)
    assert not agreement.compare("0.5\n0.25", "0.7\n0.25", complete=True).drifts


def test_notebook(load, tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["# no code"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "x = 1\n", "if x:\n", "    !ls\n"]},
        {"cell_type": "code", "source": "from __future__ import division\nprint(x)"},
    ]
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": cells}))
    assert load("notebooks").script(tmp_path / "n.ipynb") == (
        "from __future__ import division\npass  # %matplotlib inline\nx = 1\nif x:\n    pass  # !ls\nprint(x)\n"
    )


def test_synthetic_data(load, tmp_path):
    synthetic = load("synthetic")
    for name in synthetic.MNIST_FILES:
        (tmp_path / name).write_bytes(synthetic.content("https://example.org/mnist/" + name))
    with gzip.open(tmp_path / synthetic.MNIST_FILES[1]) as file:
        labels = file.read()[8:]
    assert len(labels) == 6000
    assert set(labels) == set(range(10))
    assert synthetic.content("spam/smsspamcollection.zip") == synthetic.content("smsspamcollection.zip")
    with pytest.raises(OSError, match="nothing synthetic for 'https://example.org/x'"):
        synthetic.content("https://example.org/x")


def test_a_program_finds_seeds_and_downloads(load, tmp_path):
    code = "import tangraph as tf; print(tf.Graph().seed, tf.keras.datasets.mnist.load_data()[1][1].shape)"
    environment = {**os.environ, "PYTHONPATH": str(load("sandbox").SHIM), "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "1 (600,)"


def test_all_files_of_mnist_are_replaced_or_none(load, tmp_path):
    sandbox, script = load("sandbox"), tmp_path / "program.py"
    script.write_text("mnist = input_data.read_data_sets('data', one_hot=True)")
    (tmp_path / "data").mkdir()
    labels = tmp_path / "data" / load("synthetic").MNIST_FILES[1]
    labels.write_bytes(b"those of other images")
    sandbox._data(script, tmp_path)
    assert len(list((tmp_path / "data").iterdir())) == 4
    assert labels.read_bytes() != b"those of other images"
    labels.write_bytes(b"all are there")
    sandbox._data(script, tmp_path)
    assert labels.read_bytes() == b"all are there"


def test_the_list_of_programs(load):
    programs = load("catalogue").read()
    assert len({program.key for program in programs}) == len(programs)
    assert {p.reference.partition(":")[0] for p in programs} <= {"passes", "fails", ""}
    assert sum(p.reference == "passes" for p in programs) > 200


def test_verdicts(load, tmp_path):
    report, catalogue = load("report"), load("catalogue")
    program = catalogue.Program("P1", "a/b", "0", "x.py", "passes")
    outcome = {"ended": "ok", "reason": "", "output": "loss 0.5", "errors": "", "seconds": 1.0}
    report.save(tmp_path, "tf1", "P1", outcome)
    assert report.verdict(program, tmp_path).kind == "unknown"
    for change, kind in [
        ({}, "passes"),
        ({"output": "loss 0.7"}, "differs"),
        ({"ended": "failed", "reason": "KeyError: 'x'"}, "fails"),
        ({"ended": "failed", "reason": "AttributeError: tf.data is not implemented in Tangraph yet"}, "later"),
    ]:
        report.save(tmp_path, "tangraph", "P1", {**outcome, **change})
        assert report.verdict(program, tmp_path).kind == kind
    report.save(tmp_path, "tangraph", "P1", {**outcome, "output": "loss 0.7"})
    report.save(tmp_path, "tf1-again", "P1", {**outcome, "output": "loss 0.6"})
    assert report.verdict(program, tmp_path).kind == "unseeded"
    assert "| a/b `x.py` | ends, 1 s | ends, 1 s; runs |" in report.table([program], tmp_path)


def outcome(output, ended="ok"):
    return {"ended": ended, "reason": "", "output": output, "errors": "", "seconds": 1.0}


def test_the_control_tells_what_a_seed_leaves_open(load, tmp_path):
    report, catalogue = load("report"), load("catalogue")
    program = catalogue.Program("P1", "a/b", "0", "x.py", "passes")
    losses = "loss 0.51\nloss 0.52\nloss 0.53\n5 of 9 right"
    report.save(tmp_path, "tf1", "P1", outcome(losses))
    report.save(tmp_path, "tangraph", "P1", outcome("loss 0.51\nloss 0.52\nloss 0.55\n9 of 9 right"))
    assert report.verdict(program, tmp_path).kind == "drifts"
    report.save(tmp_path, "tf1-same", "P1", outcome(losses))
    report.save(tmp_path, "tf1-core", "P1", outcome(losses))
    assert report.verdict(program, tmp_path).kind == "drifts"  # TensorFlow is where it was
    report.save(tmp_path, "tf1-start-1", "P1", outcome("loss 0.51\nloss 0.525\nloss 0.53\n5 of 9 right"))
    assert report.verdict(program, tmp_path).kind == "drifts"  # Tangraph is further away than three times that
    report.save(tmp_path, "tf1-steps-1", "P1", outcome("loss 0.51\nloss 0.52\nloss 0.54\n5 of 9 right"))
    assert report.verdict(program, tmp_path) == (
        "undetermined",
        "TensorFlow parts from itself at number 2 (first values moved), by up to 0.01; Tangraph at number 3, by up to 0.02",
    )
    report.save(tmp_path, "tf1-same", "P1", outcome(losses.replace("0.52", "0.62")))
    assert report.verdict(program, tmp_path).kind == "unseeded"


def test_a_run_of_the_control_that_failed_says_nothing(load, tmp_path):
    report, control = load("report"), load("control")
    report.save(tmp_path, "tf1-core", "P1", outcome("loss 0.9", "failed"))
    assert control.control(tmp_path, "P1", outcome("loss 0.5"), outcome("loss 0.6")) is None


def test_the_table_keeps_the_rows_of_what_was_not_run_again(load, tmp_path):
    report, catalogue = load("report"), load("catalogue")
    programs = [catalogue.Program(f"P{i}", "a/b", "0", f"{i}.py", "passes") for i in range(3)]
    for program in programs:
        report.save(tmp_path / "old", "tf1", program.key, outcome("loss 0.5"))
        report.save(tmp_path / "old", "tangraph", program.key, outcome("loss 0.5"))
    old = report.table(programs, tmp_path / "old")
    assert "3 with TensorFlow's numbers" in old
    report.save(tmp_path / "new", "tf1", "P1", outcome("loss 0.5"))
    report.save(tmp_path / "new", "tangraph", "P1", outcome("loss 0.7"))
    new = report.table(programs, tmp_path / "new", old)
    assert "2 with TensorFlow's numbers" in new
    assert "1 with other numbers" in new
    assert [line for line in new.splitlines() if "`2.py`" in line] == [
        line for line in old.splitlines() if "`2.py`" in line
    ]


def test_moving_by_one_unit_in_the_last_place(load):
    nudge = load("nudge").Nudge("start", 1)
    values = np.array([0.0, 1.0, -3.5, 1e-3] * 50, np.float32)
    moved = nudge.moved(values)
    assert moved.dtype == np.float32
    assert (moved[values == 0] == 0).all()
    far = np.abs(moved - values) / np.spacing(np.abs(values))
    assert set(np.round(far[values != 0], 1)) <= {0.0, 0.5, 1.0}
    assert 0.4 < (far > 0).mean() < 0.6


class _Sessions:
    """As much of TensorFlow's module of sessions as the shim wraps, over sessions of Tangraph."""

    def __init__(self):
        self.BaseSession = type("BaseSession", (tf.Session,), {})

    class _FetchHandler:
        def __init__(self, graph, fetches, feeds):
            flat = fetches if isinstance(fetches, list) else [fetches]
            self._fetches = [f for f in flat if not isinstance(f, tf.Operation)]
            self._targets = [f for f in flat if isinstance(f, tf.Operation)]

        def fetches(self):
            return self._fetches

        def targets(self):
            return self._targets


@pytest.mark.parametrize(("mode", "moves"), [("start", 1), ("steps", 4)])
def test_what_is_moved_after_which_run(load, mode, moves):
    class Counting(load("nudge").Nudge):
        count = 0

        def moved(self, values):
            self.count += 1
            return values

    with tf.Graph().as_default():
        w = tf.get_variable("w", [3], initializer=tf.ones_initializer())
        tf.Variable(0.5, trainable=False)  # not moved, as Adam's powers are not
        train = tf.train.AdamOptimizer(0.1).minimize(tf.reduce_sum(w * w))
        nodes = len(tf.get_default_graph().get_operations())
        shim = Counting(mode, 1)
        sessions = _Sessions()
        shim.install(sessions)
        with sessions.BaseSession() as sess:
            sess.run(tf.global_variables_initializer())
            for _ in range(3):
                sess.run([train, w._snapshot])
        assert len(tf.get_default_graph().get_operations()) == nodes + 1  # the initializer's alone
    assert shim.count == moves
