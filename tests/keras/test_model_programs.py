"""Programs with models and their parts: the graphs and numbers of TensorFlow 1.15.5; see `*_programs.py`."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf

HERE = Path(__file__).parent
FAMILIES = {
    name: runpy.run_path(str(HERE / f"{name}.py"))
    for name in ("model_programs", "part_programs", "application_programs")
}
RECORDED = {
    (family, name): recorded
    for family in FAMILIES
    for name, recorded in json.loads((HERE / f"{family}.json").read_text(encoding="utf-8")).items()
}
RUN, DIGESTS = FAMILIES["model_programs"]["run"], FAMILIES["model_programs"]["digests"]


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


@pytest.mark.parametrize(("family", "name"), RECORDED)
def test_program(family, name):
    value, nodes = RUN(name, tf, np, FAMILIES[family]["PROGRAMS"])
    count, groups = RECORDED[family, name]["nodes"]
    own = DIGESTS(nodes)[1].split()
    parted = next((n for n, (a, b) in enumerate(zip(own, groups.split(), strict=False)) if a != b), None)
    assert parted is None, f"the graph parts among {nodes[parted * 10 : parted * 10 + 10]}"
    assert len(nodes) == count
    assert_close(value, RECORDED[family, name]["value"])
