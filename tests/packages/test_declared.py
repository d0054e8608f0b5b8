"""What a package imports, anywhere in its source, is what it declares: its dependencies and those of its extras."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

PACKAGES = Path(__file__).parents[2] / "packages"
#: Where a project and the module that it installs have different names.
PROJECTS = {
    "cupy": "cupy-cuda12x",
    "absl": "absl-py",
    "google": "protobuf",
    "sklearn": "scikit-learn",
    "PIL": "pillow",
    "tangraph": "tangraph-core",
    "yaml": "pyyaml",
}
#: Used where it is installed, and not missed otherwise.
ONLY_IF_THERE = {
    "tangraph-core": {"threadpoolctl"},
    "tangraph-compat": {"sitecustomize"},
    "tangraph-keras": {"IPython"},
}


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("package", sorted(path.parent.name for path in PACKAGES.glob("*/pyproject.toml")))
def test_everything_imported_is_declared(package):
    project = tomllib.loads((PACKAGES / package / "pyproject.toml").read_text())["project"]
    extras = project.get("optional-dependencies", {}).values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra), project["name"]]
    declared = {re.match(r"[\w-]+", line)[0].replace("_", "-") for line in lines}
    used = {name for path in (PACKAGES / package / "src").rglob("*.py") for name in imports_of(path)}
    used -= sys.stdlib_module_names | ONLY_IF_THERE.get(project["name"], set())
    undeclared = {name for name in used if PROJECTS.get(name, name.replace("_", "-")) not in declared}
    assert undeclared == set()
