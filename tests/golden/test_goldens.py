"""The golden cases: what TensorFlow 1.15.5 made of short programs, and what Tangraph makes of them.

A case that is not equal yet stands in skips.toml, under the capability that lifts it. It runs all the same: once it is
equal it must leave the list, so that the list only ever says what is true. ``tools/golden_skips.py`` rewrites it.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import tomllib
import warnings
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def _checker():
    spec = importlib.util.spec_from_file_location("golden_check", HERE / "check.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check = _checker()
SKIPS = tomllib.loads((HERE / "skips.toml").read_text())
CAPABILITIES = {name: table for name, table in SKIPS.items() if isinstance(table, dict)}
CAPABILITY_OF = {case: name for name, table in CAPABILITIES.items() for case in table["cases"]}
CASES = {case["id"]: case for path in sorted(HERE.glob("open/*.json")) for case in json.loads(path.read_text())}


@pytest.fixture(scope="module")
def tf():
    with warnings.catch_warnings():
        return check.load_module("tangraph")


@pytest.mark.parametrize("case_id", CASES)
def test_case(case_id, tf, tmp_path, request):
    case = CASES[case_id]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # programs of that time use what NumPy and Python have deprecated since
        got = check.run_case(tf, dict(case, want_nodes=case.get("nodes") is not None), str(tmp_path), want_attrs=False)
        differences = {aspect: text for aspect, text in check.compare(tf, case, got).items() if text}
    shutil.rmtree(tmp_path)
    capability = CAPABILITY_OF.get(case_id)
    if not differences:
        if capability:
            pytest.fail(f"{case_id} is equal now: take it out of skips.toml, [{capability}] (tools/golden_skips.py)")
        return
    if capability:
        request.node.user_properties.append(("golden skip", capability))
        pytest.skip(f"{capability}: {CAPABILITIES[capability]['reason']}")
    report = "\n".join(f"{aspect}: {text}" for aspect, text in differences.items())
    pytest.fail(f"{case_id} differs from TensorFlow 1.15.5\n{case['code']}\n\n{report}", pytrace=False)


def test_the_number_of_skips_is_the_committed_one():
    listed = len(CAPABILITY_OF)
    assert listed <= SKIPS["max"], "more cases are skipped than before: a change made equal cases unequal"
    assert listed == SKIPS["max"], "fewer cases are skipped than before: lower `max` in skips.toml to their number"


def test_skips_name_each_case_once_and_only_cases_that_exist():
    listed = Counter(case for table in CAPABILITIES.values() for case in table["cases"])
    assert [case for case, times in listed.items() if times > 1] == []
    assert listed.keys() - CASES.keys() == set()
    assert [name for name, table in CAPABILITIES.items() if not table["cases"]] == []
