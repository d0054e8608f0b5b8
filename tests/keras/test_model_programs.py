"""Programs with models: the graphs and numbers of TensorFlow 1.15.5; see `model_programs.py`."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf

HERE = Path(__file__).parent
RECORDED = json.loads((HERE / "model_programs.json").read_text(encoding="utf-8"))
PROGRAMS = runpy.run_path(str(HERE / "model_programs.py"))


def assert_close(found, expected):
    """Compares nested lists and dictionaries, numbers approximately."""
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for key in expected:
            assert_close(found[key], expected[key])
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_close(one, other)
    elif isinstance(expected, float):
        np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-6)
    else:
        assert found == expected


@pytest.mark.parametrize("name", RECORDED)
def test_program(name):
    value, nodes = PROGRAMS["run"](name, tf, np)
    count, groups = RECORDED[name]["nodes"]
    own = PROGRAMS["digests"](nodes)[1].split()
    parted = next((n for n, (a, b) in enumerate(zip(own, groups.split(), strict=False)) if a != b), None)
    assert parted is None, f"the graph parts among {nodes[parted * 10 : parted * 10 + 10]}"
    assert len(nodes) == count
    assert_close(value, RECORDED[name]["value"])
