"""Programs of a few lines whose graphs, numbers and errors were recorded from TensorFlow 1.15.5.

Each JSON file holds one family: a case has its code, which leaves in `out` what is run (fed with `feed`, after `pre`),
in `wrt` what is differentiated by, and in `check` a function of the session. Graphs are kept as the number of their
nodes and the CRC-32 of the lines "name type inputs ^control_inputs", in the order in which the nodes were made.
`record.py` makes the files.
"""

from __future__ import annotations

import builtins
import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf

HERE = Path(__file__).parent
FAMILIES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("*.json"))}
CASES = {f"{family}-{name}": case for family, cases in FAMILIES.items() for name, case in cases.items()}


def load(path):
    """Returns a module of this folder, which is no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


run = load(HERE / "running.py").run


def assert_same(found, expected):
    assert type(found) is type(expected) or {type(found), type(expected)} <= {int, float, bool}, (found, expected)
    if isinstance(expected, dict):
        assert found.keys() == expected.keys(), (found, expected)
        for key in expected:
            assert_same(found[key], expected[key])
    elif isinstance(expected, list):
        assert len(found) == len(expected), (found, expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=2e-4, abs=1e-5, nan_ok=True)
    else:
        assert found == expected


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_as_recorded(name, tmp_path):
    case = CASES[name]
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1234)
        np.random.seed(0)
        if "error" not in case:
            results = run(case["code"], graph, tmp_path, tf)
            for part in ("nodes", "values", "facts", "gradients"):
                assert_same(results.get(part), case.get(part))
            return
        kind, text = case["error"]
        known = getattr(tf.errors, kind, None) or getattr(builtins, kind)
        with pytest.raises(known, match="^" + re.escape(text[:60])):
            run(case["code"], graph, tmp_path, tf)
