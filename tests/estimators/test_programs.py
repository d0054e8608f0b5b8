"""Programs with estimators: graphs, numbers, files and logs of TensorFlow 1.15.5; see `programs.py`."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf

HERE = Path(__file__).parent
PROGRAMS = runpy.run_path(str(HERE / "programs.py"))
RECORDED = json.loads((HERE / "programs.json").read_text(encoding="utf-8"))


def assert_close(found, expected, where="value"):
    """Compares nested lists and dictionaries, numbers approximately."""
    if isinstance(expected, dict):
        assert list(found) == list(expected), where
        for key in expected:
            assert_close(found[key], expected[key], f"{where}[{key!r}]")
    elif isinstance(expected, list):
        assert len(found) == len(expected), where
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            assert_close(one, other, f"{where}[{number}]")
    elif isinstance(expected, float):
        np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-6, err_msg=where)
    else:
        assert found == expected, where


def test_every_program_is_recorded():
    assert set(RECORDED) == set(PROGRAMS["PROGRAMS"])


@pytest.mark.parametrize("name", RECORDED)
def test_program(name):
    value, graphs, log = PROGRAMS["run"](name, tf, np)
    assert len(graphs) == len(RECORDED[name]["graphs"])
    for nodes, (count, groups) in zip(graphs, RECORDED[name]["graphs"], strict=True):
        own = PROGRAMS["digests"](nodes)[1].split()
        parted = next((n for n, (a, b) in enumerate(zip(own, groups.split(), strict=False)) if a != b), None)
        assert parted is None, f"the graph parts among {nodes[parted * 10 : parted * 10 + 10]}"
        assert len(nodes) == count
    assert_close(value, RECORDED[name]["value"])
    assert log == RECORDED[name]["log"]
