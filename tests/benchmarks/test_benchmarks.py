"""The benchmarks run; nothing here looks at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent.parent / "benchmarks"
ENVIRONMENT = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(BENCHMARKS)}
#: Of these a few steps are quick.
QUICK = ("regression", "rnn")
#: What other workloads are made of, and no workload.
SHARED = ("data", "recurrent", "steps")
SIGNATURES = """
import importlib, inspect, sys
for name in sys.argv[1:]:
    workload = importlib.import_module(f"workloads.{name}")
    inspect.signature(workload.graph).bind("tf")
    if hasattr(workload, "torch_"):
        inspect.signature(workload.torch_).bind()
"""


def python(*words: str, **kwargs: str) -> str:
    command = [sys.executable, *words]
    done = subprocess.run(
        command, cwd=BENCHMARKS, capture_output=True, text=True, env=ENVIRONMENT, timeout=300, check=False, **kwargs
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def compare(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCHMARKS / "compare.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=300, check=False)


def test_every_workload_needs_no_more_than_its_name():
    names = {path.stem for path in (BENCHMARKS / "workloads").glob("*.py")} - {"__init__", *SHARED}
    assert {"regression", "lstm", "cnn", "save"} <= names
    python("-c", SIGNATURES, *sorted(names))


@pytest.mark.parametrize("workload", QUICK)
def test_a_workload_runs(workload):
    losses, seconds = map(json.loads, python("worker.py", "tangraph", workload, input="1\n").splitlines())
    assert len(losses) == 20
    assert losses[-1] < losses[0]
    assert seconds >= 0


def test_a_table_and_its_figures(tmp_path):
    figures = tmp_path / "new" / "figures.json"
    done = compare("regression", "--engines", "tangraph", "--rounds", "1", "--json", str(figures))
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["workload", "regression"]
    assert json.loads(figures.read_text())["workloads"]["regression"]["tangraph"]["rounds"] == 1


@pytest.mark.skipif(os.name == "nt", reason="a script is no program there")
def test_the_interpreter_that_is_named_is_taken(tmp_path):
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho mine >&2\nexit 1\n")
    script.chmod(0o755)
    done = compare("regression", "--engines", "tf2", "--python", f"tf2={script}")
    assert done.returncode != 0
    assert "tf2 ended: mine" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["lstmm"], "there is no such workload; README.md lists them. Received: 'lstmm'"),
        (["--engines", "tf3"], "expected names of tangraph,tf1,tf2,torch. Received: 'tf3'"),
        (["--python", "tf1"], "expected ENGINE=PATH, once for each engine. Received: 'tf1'"),
        (["--python", "tf1=nowhere"], "there is no such program. Received: 'tf1=nowhere'"),
    ],
)
def test_a_wrong_argument(words, says):
    done = compare(*words)
    assert done.returncode == 2
    assert says in done.stderr
