"""A pytest plugin for authors of ops and backends: `pip install tangraph-core[testing]`.

It gives three fixtures and one option:

* ``tangraph_backend``: the name of an installed backend. A test that takes it runs once for each of them.
* ``tangraph_graph``: a new graph, the default one for the length of the test.
* ``tangraph_session``: a session for that graph on ``tangraph_backend``.
* ``--tangraph-backend NAME`` (as often as you like) limits tests to these backends, and fails when one is not there.

A test that takes ``op_case`` and is marked ``op_cases(CASES)`` runs once for each case and backend with a kernel for it:

    @pytest.mark.op_cases(CASES)
    def test_op(op_case, tangraph_backend):
        check_op(op_case, tangraph_backend)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tangraph.client.session import Session
    from tangraph.framework.graph import Graph


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds --tangraph-backend."""
    group = parser.getgroup("tangraph", "Tangraph")
    group.addoption(
        "--tangraph-backend",
        action="append",
        default=[],
        metavar="NAME",
        help="run the tests that take a backend on this one only (may be repeated); it must be installed",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker, and looks whether the wanted backends are there."""
    config.addinivalue_line("markers", "op_cases(cases): runs a test that takes `op_case` for each of them")
    wanted: list[str] = config.getoption("--tangraph-backend")
    if not wanted:
        return
    from tangraph import registry

    for name in wanted:
        try:
            registry.backend(name)
        except Exception as error:
            raise pytest.UsageError(f"--tangraph-backend: {error}") from error


def _installed(config: pytest.Config) -> list[str]:
    from tangraph import registry

    wanted: list[str] = config.getoption("--tangraph-backend")
    return wanted or list(registry.backends())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Makes one test a backend, or one an op case and backend that has a kernel for it."""
    names = metafunc.fixturenames
    marker = metafunc.definition.get_closest_marker("op_cases")
    if marker is not None and "op_case" in names:
        from tangraph.testing.checks import backends_for

        backends = _installed(metafunc.config)
        pairs = [(case, backend) for case in marker.args[0] for backend in backends_for(case, backends)]
        ids = [f"{case.id}-{backend}" for case, backend in pairs]
        if "tangraph_backend" in names:
            metafunc.parametrize(("op_case", "tangraph_backend"), pairs, ids=ids)
        else:
            metafunc.parametrize("op_case", list(marker.args[0]), ids=[case.id for case in marker.args[0]])
    elif "tangraph_backend" in names:
        metafunc.parametrize("tangraph_backend", _installed(metafunc.config))


@pytest.fixture
def tangraph_graph() -> Iterator[Graph]:
    """A new graph, the default one for the length of the test."""
    from tangraph.framework.graph import Graph

    graph: Any = Graph()
    with graph.as_default():
        yield graph


@pytest.fixture
def tangraph_session(tangraph_graph: Graph, tangraph_backend: str) -> Iterator[Session]:
    """A session for `tangraph_graph` on `tangraph_backend`."""
    from tangraph.testing.sessions import session_on

    with session_on(tangraph_backend, tangraph_graph) as session:
        yield session
