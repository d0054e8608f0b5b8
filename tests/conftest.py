"""What all tests share."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-backends",
        default="",
        metavar="NAMES",
        help="comma-separated backends that must be there: without one of them the run fails instead of skipping",
    )


def pytest_configure(config: pytest.Config) -> None:
    required = [name.strip() for name in config.getoption("--require-backends").split(",") if name.strip()]
    if not required:
        return
    from tangraph import registry

    for name in required:
        try:
            registry.backend(name)
        except Exception as error:
            raise pytest.UsageError(f"--require-backends: {error}") from error


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if GOLDEN in item.path.parents:
            item.add_marker(pytest.mark.smoke)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many golden cases are equal, and what the others wait for."""
    stats = terminalreporter.stats
    equal = sum("test_goldens.py::test_case[" in report.nodeid for report in stats.get("passed", ()))
    waiting = Counter(
        dict(getattr(report, "user_properties", ())).get("golden skip") for report in stats.get("skipped", ())
    )
    del waiting[None]
    if equal or waiting:
        capabilities = ", ".join(f"{name} {count}" for name, count in sorted(waiting.items()))
        terminalreporter.section("golden cases")
        terminalreporter.write_line(f"{equal} equal, {waiting.total()} not equal yet, by capability: {capabilities}")


@pytest.fixture(autouse=True)
def _new_default_graph() -> None:
    from tangraph.framework.stacks import graphs

    graphs.reset()
