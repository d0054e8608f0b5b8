"""``tangraph doctor``: what is installed, what it runs on, what is fast here, and what is not and why."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from tangraph.plugins import manager
from tangraph.plugins.registries import BackendRegistry

HELP: Final = "show versions, backends, devices and threads: what is fast here, and what falls back and why"

_LIBRARIES: Final = (
    "numpy",
    "scipy",
    "ml_dtypes",
    "pandas",
    "scikit-learn",
    "pillow",
    "tensorboard",
    "numba",
    "cupy",
    "cupy-cuda12x",
    "cupy-cuda13x",
)
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds no options."""


def run(options: argparse.Namespace) -> int:
    """Prints the report; the exit status is 1 when a plugin is broken or no backend works."""
    plugins = manager.current()
    working = _backends(plugins.registries.backends)
    for title, lines in (
        ("Python", _python()),
        ("Libraries", _libraries()),
        ("Packages", _packages()),
        ("Backends", _backend_lines(plugins.registries.backends)),
        ("Processor", _processor()),
        ("Speed", _speed(working)),
    ):
        print(title)
        for line in lines:
            print(f"  {line}")
    for plugin in plugins.broken:
        print(f"Plugin '{plugin.name}' is broken: {type(plugin.error).__name__}: {plugin.error}")
    return 1 if plugins.broken or not working else 0


def _python() -> Iterator[str]:
    yield f"{platform.python_implementation()} {platform.python_version()}, {sys.executable}"
    yield platform.platform()


def _libraries() -> Iterator[str]:
    for name in _LIBRARIES:
        found = _version(name)
        if found:
            yield f"{name} {found}"


def _packages() -> Iterator[str]:
    for plugin in manager.current().plugins.values():
        yield f"{plugin.distribution or plugin.module}: {plugin.state}"


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def _backends(registry: BackendRegistry) -> dict[str, Any]:
    made = {name: registry.make(name) for name in sorted(registry.entries)}
    return {name: backend for name, backend in made.items() if backend is not None}


def _backend_lines(registry: BackendRegistry) -> Iterator[str]:
    working = _backends(registry)
    for name in sorted(registry.entries):
        if name in working:
            yield f"{name}: {', '.join(working[name].devices())}"
        else:
            error = registry.failures[name]
            yield f"{name}: does not work here: {type(error).__name__}: {error}"
    if not registry.entries:
        yield "none: pip install tangraph-backend-cpu"


def _processor() -> Iterator[str]:
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield f"{available} of {os.cpu_count()} cores available to this process"
    yield from _blas()
    for name in _THREADS:
        if name in os.environ:
            yield f"{name}={os.environ[name]}"


def _blas() -> Iterator[str]:
    """Says which BLAS multiplies matrices, and with how many threads."""
    import numpy as np

    built: Any = np.show_config(mode="dicts")
    found = built.get("Build Dependencies", {}).get("blas", {}) if isinstance(built, dict) else {}
    yield f"BLAS: {found.get('name', 'unknown')} {found.get('version', '')}".rstrip()
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return
    for pool in threadpool_info():
        yield f"{pool['internal_api']} {pool['version'] or ''}: {pool['num_threads']} threads"


def _described(backend: Any) -> list[str]:
    """Returns what a backend says of itself; one that fails at it is no reason to say nothing of the others."""
    if not hasattr(backend, "describe"):
        return []
    try:
        return list(backend.describe())
    except Exception as error:  # noqa: BLE001  somebody else's code
        return [f"describe() failed: {type(error).__name__}: {error}"]


def _speed(working: dict[str, Any]) -> Iterator[str]:
    """Lists what a backend has to say of itself (its optional `describe()`), and what is missing."""
    for name, backend in working.items():
        lines = _described(backend)
        for line in lines or ["kernels on " + getattr(backend.xp, "__name__", "its array library")]:
            yield f"{name}: {line}"
    if not any(backend.device_type == "GPU" for backend in working.values()):
        yield "GPU: no backend for GPUs is installed or works: every op runs on the CPU"
