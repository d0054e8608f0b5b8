"""Every op case, on the simulated device; and what its kernel moves by itself."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tangraph.testing import backends_for, check_op
from tangraph.testing.runs import Run, as_fed
from tangraph_backend_cuda import support

OPS = Path(__file__).parents[1] / "ops"


def load(path):
    """Returns a module of a folder that is no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CASES = {
    f"{path.stem.removesuffix('_cases')}-{case.id}": case
    for path in sorted(OPS.glob("*_cases.py"))
    for case in load(path).CASES
    if backends_for(case, ["cuda"])
}


@pytest.mark.parametrize("name", CASES)
def test_op(name):
    check_op(CASES[name], "cuda")


@pytest.mark.parametrize("name", CASES)
def test_what_its_kernels_move_by_themselves(name, transfers):
    case = CASES[name]
    with Run(case, "cuda", case.types.split()[0], as_fed) as run:
        run.run(run.outputs, run.feeds())
        with transfers.counted() as found:
            run.run(run.outputs, run.feeds())
    assert ((found.uploads, found.reads) != (0, 0)) == (case.op in support.WAITS), found
