"""The golden cases, with every operation that has a GPU kernel on the simulated device."""

from __future__ import annotations

import importlib.util
import json
import shutil
import tomllib
import warnings
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[1] / "golden"
AREAS = sorted(path.stem for path in (GOLDEN / "open").glob("*.json"))


def _checker():
    spec = importlib.util.spec_from_file_location("golden_check_cudasim", GOLDEN / "check.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _not_equal():
    """Returns the committed number and the cases of differs.txt."""
    lines = (Path(__file__).parent / "differs.txt").read_text().splitlines()
    number, *cases = [line for line in lines if not line.startswith("#")]
    return int(number), [line.split()[0] for line in cases]


check = _checker()
NUMBER, DIFFERS = _not_equal()
SKIPS = tomllib.loads((GOLDEN / "skips.toml").read_text())
NOT_EQUAL_ON_THE_HOST = {c for table in SKIPS.values() if isinstance(table, dict) for c in table["cases"]}
FOUND = {c["id"]: c for area in AREAS for c in json.loads((GOLDEN / "open" / f"{area}.json").read_text())}
CASES = {name: case for name, case in FOUND.items() if name not in NOT_EQUAL_ON_THE_HOST}


@pytest.fixture(scope="module")
def tf():
    with warnings.catch_warnings():
        return check.load_module("tangraph")


@pytest.mark.parametrize("case_id", CASES)
def test_case(case_id, tf, tmp_path):
    case = CASES[case_id]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        got = check.run_case(tf, dict(case, want_nodes=case.get("nodes") is not None), str(tmp_path), want_attrs=False)
        differences = {aspect: text for aspect, text in check.compare(tf, case, got).items() if text}
    shutil.rmtree(tmp_path)
    assert bool(differences) == (case_id in DIFFERS), differences or "it is equal now: take it out of differs.txt"


def test_the_list_is_what_it_says():
    assert len(DIFFERS) == NUMBER
    assert set(DIFFERS) <= FOUND.keys()
