"""Fixtures for core's tests: fresh interpreters, and distributions that exist for one test."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

# Nothing but core is installed: what a test finds is what it made itself.
ALONE = "import importlib.metadata as _m; _points = _m.entry_points; _m.entry_points = lambda **_: ()\n"


@pytest.fixture
def run_python(tmp_path):
    """Runs code in a fresh interpreter and returns what it printed; `alone` hides all installed plugins."""

    def run(code: str, *, alone: bool = True, status: int = 0, **environment: str) -> str:
        script = tmp_path / "code_of_the_test.py"
        script.write_text((ALONE if alone else "") + textwrap.dedent(code))
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("TANGRAPH_")}
        path = os.pathsep.join([str(tmp_path), inherited.get("PYTHONPATH", "")])
        done = subprocess.run(
            [sys.executable, str(script)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**inherited, "PYTHONPATH": path, **environment},
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout.strip() if status == 0 else (done.stdout + done.stderr).strip()

    return run


@pytest.fixture
def plugins(monkeypatch):
    """The plugin manager's module, with only core installed, before anything is loaded; reset afterwards."""
    import importlib.metadata

    from tangraph.plugins import manager

    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: ())
    monkeypatch.delenv("TANGRAPH_DISABLE_PLUGINS", raising=False)
    monkeypatch.delenv("TANGRAPH_PLUGINS", raising=False)
    manager.reset()
    yield manager
    monkeypatch.undo()
    manager.reset()


@pytest.fixture
def install(plugins, monkeypatch, tmp_path):
    """Installs a distribution for the length of a test: `install(name, source)` has the entry point `name`."""
    import importlib.metadata

    points: list[importlib.metadata.EntryPoint] = []
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: tuple(points))

    def add(name: str, source: str, distribution: str | None = None) -> str:
        module = f"plugin_{name}_{len(points)}_{site.parent.name.replace('-', '_')}"
        (site / f"{module}.py").write_text(textwrap.dedent(source))
        info = _write_distribution(site, distribution or f"tangraph-{name}")
        (info / "entry_points.txt").write_text(f"[tangraph]\n{name} = {module}\n")
        points.extend(importlib.metadata.PathDistribution(info).entry_points)
        importlib.invalidate_caches()
        return module

    yield add
    for module in [m for m in sys.modules if m.startswith("plugin_") and site.parent.name.replace("-", "_") in m]:
        del sys.modules[module]


def _write_distribution(site: Path, name: str) -> Path:
    info = site / f"{name.replace('-', '_')}-1.2.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    return info


@pytest.fixture
def toy(plugins):
    """The toy backend, and no other."""
    from tests.core.toy import ToyPlugin

    plugins.register(ToyPlugin(), name="toy")


@pytest.fixture
def plan_of(toy):
    """Compiles what a session would: `plan_of(fetches, feeds=(), shapes=None)` -> (Plan, ResourceStore)."""
    from tangraph import registry
    from tangraph.client.fetches import FetchPlan
    from tangraph.client.resources import ResourceStore
    from tangraph.framework.stacks import get_default_graph
    from tangraph.plan.compile import compile_plan
    from tangraph.plan.place import Devices

    def compile_one(fetches, feeds=(), shapes=None):
        graph = get_default_graph()
        taken = FetchPlan(graph, fetches)
        devices = Devices(registry.backends(), soft=False)
        store = ResourceStore()
        return compile_plan(graph, taken.tensors, taken.targets, list(feeds), shapes, devices, store), store

    return compile_one
