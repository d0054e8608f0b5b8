"""Each package imported in a fresh interpreter: it brings none of the others along, and nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = sorted(path.parent.name for path in Path(__file__).parents[2].glob("packages/*/src/tangraph_*/plugin.py"))
HEAVY = {"cupy", "matplotlib", "numba", "pandas", "PIL", "scipy", "sklearn", "tensorflow", "torch"}
PROBE = "import sys; before = set(sys.modules); import {}; print(*(set(sys.modules) - before))"


@pytest.mark.parametrize("module", ["{}", "{}.plugin"])
@pytest.mark.parametrize("package", PACKAGES)
def test_it_imports_no_other_package_and_nothing_heavy(package, module):
    command = [sys.executable, "-W", "error", "-c", PROBE.format(module.format(package))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    imported = {name.partition(".")[0] for name in done.stdout.split()}
    assert not imported & HEAVY
    assert {name for name in imported if name.startswith("tangraph_")} == {package}


@pytest.mark.parametrize("package", PACKAGES)
def test_its_plugin_is_loaded(package):
    from tangraph.plugins import manager

    (plugin,) = [plugin for plugin in manager.current().plugins.values() if plugin.package == package]
    assert plugin.state == "loaded", plugin.traceback
    assert plugin.module == f"{package}.plugin"
    assert plugin.provides
