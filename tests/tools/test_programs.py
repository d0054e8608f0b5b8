"""The tool that runs public programs under two engines: what it compares, and the data that it makes."""

from __future__ import annotations

import gzip
import importlib
import json
import sys
from pathlib import Path

import pytest

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
        {"cell_type": "code", "source": "print(x)"},
    ]
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": cells}))
    assert load("notebooks").script(tmp_path / "n.ipynb") == (
        "pass  # %matplotlib inline\nx = 1\nif x:\n    pass  # !ls\nprint(x)\n"
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
