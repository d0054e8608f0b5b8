"""These tests need an environment with nothing but tangraph-core: `tox run -e nobackend` makes one."""

from __future__ import annotations

from importlib.metadata import distributions

import pytest


def pytest_collection_finish(session: pytest.Session) -> None:
    others = {d.name for d in distributions() if d.name.startswith("tangraph")} - {"tangraph-core"}
    if others:
        raise pytest.UsageError(
            f"tests/nobackend is for an environment with nothing but tangraph-core (tox run -e nobackend); "
            f"found: {', '.join(sorted(others))}"
        )
