"""Every op type that core defines, from the tables in this folder, on every installed backend."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path

import pytest

import tangraph as tf
from tangraph import _index
from tangraph.framework.make_op import make_op
from tangraph.testing import backends_for, check_op

HERE = Path(__file__).parent


def load(path):
    """Returns a module of this folder, which is no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TABLES = {path.stem: load(path) for path in sorted(HERE.glob("*_cases.py"))}
CASES = [case for table in TABLES.values() for case in table.CASES]
ELSEWHERE = load(HERE / "elsewhere.py").ELSEWHERE
RUNS = {
    f"{name.removesuffix('_cases')}-{case.id}-{backend}": (case, backend)
    for name, table in TABLES.items()
    for case in table.CASES
    for backend in backends_for(case)
}


@pytest.mark.parametrize(("case", "backend"), RUNS.values(), ids=list(RUNS))
def test_op(case, backend):
    check_op(case, backend)


def test_no_two_cases_have_one_name():
    for name, table in TABLES.items():
        names = Counter(case.id for case in table.CASES)
        assert names.most_common(1)[0][1] == 1, f"{name}: {names.most_common(3)}"


def test_every_op_type_of_core_has_a_case():
    """A new op type needs a line in a table here, or in elsewhere.py with the file that tests it."""
    missing = sorted(set(_index.OPS) - {case.op for case in CASES} - set(ELSEWHERE))
    assert missing == []


def test_what_is_tested_elsewhere_is_tested_there():
    for op_type, (file, sign) in ELSEWHERE.items():
        assert op_type in _index.OPS, f"{op_type} is no op type of core"
        assert sign in (HERE.parent / file).read_text(), f"{file} does not test {op_type}"


def test_abort_ends_the_run():
    abort = make_op("Abort", error_msg="enough")
    with tf.Session() as session, pytest.raises(tf.errors.AbortedError, match="enough"):
        session.run(abort)
