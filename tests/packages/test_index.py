"""The generated indices of all packages: up to date, and every entry is there."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from tangraph.plugins.entries import member, resolve_entry

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(path.parent.name for path in ROOT.glob("packages/*/src/*/_index.py"))


def test_every_index_is_up_to_date():
    command = [sys.executable, str(ROOT / "tools" / "index.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_every_entry_resolves(package):
    index = importlib.import_module(f"{package}._index")
    for entry in index.NAMES.values():
        resolve_entry(entry)
    for op_type, entry in index.OPS.items():
        assert member(resolve_entry(entry), op_type).name == op_type
    for op_type, entry in index.KERNELS.items():
        assert callable(member(resolve_entry(entry), op_type))
