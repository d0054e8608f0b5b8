"""The same programs on Tangraph and on TensorFlow, each engine in a process of its own, compared number by number.

TensorFlow 2 is that of this environment, or of TANGRAPH_TF2_PYTHON; TensorFlow 1.15 joins in where TANGRAPH_TF1_PYTHON
names a Python that has it.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent


def load_programs():
    spec = importlib.util.spec_from_file_location("oracle_programs", HERE / "programs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.PROGRAMS


PROGRAMS = load_programs()
ENGINES = {"tf2": os.environ.get("TANGRAPH_TF2_PYTHON", sys.executable)}
if os.environ.get("TANGRAPH_TF1_PYTHON"):
    ENGINES["tf1"] = os.environ["TANGRAPH_TF1_PYTHON"]
#: What TensorFlow 2 does otherwise than TensorFlow 1.15, whom Tangraph follows: engine, program -> why.
DIFFERS = {("tf2", "random/graph_seed"): "it adds other nodes before the first random op, and seeds count nodes"}


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    """Engine -> array by name, each engine run at its first use."""
    folder = tmp_path_factory.mktemp("oracle")
    found = {}

    def of(engine):
        if engine not in found:
            out = folder / f"{engine}.npz"
            python = ENGINES.get(engine, sys.executable)
            command = [python, str(HERE / "run.py"), "tangraph" if engine == "tangraph" else "tensorflow", str(out)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
            assert done.returncode == 0, done.stderr
            found[engine] = dict(np.load(out))
        return found[engine]

    return of


def of_program(arrays, name):
    assert f"{name}!" not in arrays, arrays[f"{name}!"]
    return [arrays[key] for key in sorted((k for k in arrays if k.startswith(f"{name}:")), key=number_of)]


def number_of(key):
    return int(key.rpartition(":")[2])


def compare(name, ours, theirs):
    assert [(a.dtype, a.shape) for a in ours] == [(a.dtype, a.shape) for a in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        if PROGRAMS[name][1]:
            np.testing.assert_array_equal(mine, other)
        else:
            limit = {"float16": 2e-3, "float32": 2e-6, "float64": 1e-13}.get(mine.dtype.name, 0)
            np.testing.assert_allclose(mine, other, rtol=limit, atol=limit)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", PROGRAMS)
def test_program(results, name, engine):
    ours, theirs = of_program(results("tangraph"), name), results(engine)
    if (engine, name) in DIFFERS:
        with pytest.raises(AssertionError):
            compare(name, ours, of_program(theirs, name))
    else:
        compare(name, ours, of_program(theirs, name))
