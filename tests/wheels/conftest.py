"""Built wheels, and clean environments to install them into."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parent.parent.parent / "tools" / "wheels.py"


@pytest.fixture(scope="session")
def wheelhouse() -> Path:
    """The folder with all wheels; tox builds it."""
    folder = os.environ.get("TANGRAPH_WHEELHOUSE")
    if not folder or not list(Path(folder).glob("tangraph_core-*.whl")):
        pytest.fail(
            "TANGRAPH_WHEELHOUSE names no folder with our wheels: run this as `tox run -e wheels`, or first "
            f"`python tools/wheels.py build FOLDER`. Received: {folder!r}"
        )
    return Path(folder)


class Environment:
    """A virtual environment with what requirements of ours declare and nothing else."""

    def __init__(self, folder: Path, wheelhouse: Path, *requirements: str) -> None:
        self.folder = folder
        self.scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        self.call(sys.executable, "-m", "venv", str(folder / "venv"))
        install = [str(TOOL), "install", str(wheelhouse), "--python", str(self.scripts / "python"), *requirements]
        self.call(sys.executable, *install)

    def call(self, *command: str) -> str:
        """Runs a command outside of the checkout, unaware of the interpreter that runs the tests."""
        hidden = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "TANGRAPH_PLUGINS", "TANGRAPH_DISABLE_PLUGINS")
        environment = {key: value for key, value in os.environ.items() if key not in hidden}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def python(self, code: str) -> str:
        """Runs code on the environment's interpreter, where warnings are errors; returns what it prints."""
        script = self.folder / "snippet.py"
        script.write_text(code)
        return self.call(str(self.scripts / "python"), "-W", "error", str(script)).strip()


@pytest.fixture
def environment(tmp_path, wheelhouse):
    """Makes a clean environment from a requirement: `environment("tangraph-training")`."""

    def make(requirement: str) -> Environment:
        return Environment(tmp_path, wheelhouse, requirement)

    return make


@pytest.fixture(scope="module")
def make_environment(tmp_path_factory, wheelhouse):
    """The same for the tests of a module, of any number of requirements."""

    def make(*requirements: str) -> Environment:
        return Environment(tmp_path_factory.mktemp("environment"), wheelhouse, *requirements)

    return make
