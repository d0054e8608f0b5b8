"""Distributions of somebody else's, built and installed beside our wheels, pass their own tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TOOL = HERE.parent.parent / "tools" / "wheels.py"
EXAMPLES = ("example_backend", "example_plugin")
HIDDEN = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTEST_ADDOPTS", "TANGRAPH_PLUGINS", "TANGRAPH_DISABLE_PLUGINS")


def call(*command: str, cwd: Path, **variables: str) -> str:
    """Runs a command, unaware of the interpreter that runs the tests; returns what it prints."""
    environment = {key: value for key, value in os.environ.items() if key not in HIDDEN} | variables
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


def build(project: Path, wheels: Path) -> None:
    """Builds a project's wheel into a folder."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(wheels)]
    call(*command, cwd=project)


def run_tests(project: Path, scripts: Path, folder: Path) -> None:
    """Runs a project's tests in a folder without its sources, so on what is installed; all must run and pass."""
    shutil.copy(project / "pyproject.toml", folder)
    shutil.copytree(project / "tests", folder / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    printed = call(str(scripts / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=folder)
    assert " passed" in printed
    assert "skipped" not in printed


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """The folder with the executables of a clean environment that has both examples."""
    wheelhouse = os.environ.get("TANGRAPH_WHEELHOUSE", "")
    ours = list(Path(wheelhouse).glob("*.whl")) if wheelhouse else []
    if not ours:
        pytest.fail(
            "TANGRAPH_WHEELHOUSE names no folder with our wheels: run this as `tox run -e thirdparty`, or first "
            f"`python tools/wheels.py build FOLDER`. Received: {wheelhouse!r}"
        )
    folder = tmp_path_factory.mktemp("thirdparty")
    wheels = folder / "wheels"
    wheels.mkdir()
    for wheel in ours:
        shutil.copy(wheel, wheels)
    for example in EXAMPLES:
        build(HERE / example, wheels)
    call(sys.executable, "-m", "venv", str(folder / "venv"), cwd=folder)
    found = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    wanted = ["tangraph-layers", *(f"{example.replace('_', '-')}[test]" for example in EXAMPLES)]
    call(sys.executable, str(TOOL), "install", str(wheels), "--python", str(found / "python"), *wanted, cwd=folder)
    return found


@pytest.mark.parametrize("example", EXAMPLES)
def test_its_own_tests(example, scripts, tmp_path):
    run_tests(HERE / example, scripts, tmp_path)


def test_both_are_listed(scripts, tmp_path):
    printed = call(str(scripts / "tangraph"), "plugins", cwd=tmp_path)
    for name in ("example ", "strict "):
        line = next(line for line in printed.splitlines() if line.startswith(name))
        assert "loaded" in line


def test_the_command(scripts, tmp_path):
    assert "shrink" in call(str(scripts / "tangraph"), "--help", cwd=tmp_path)
    assert call(str(scripts / "tangraph"), "shrink", "0.5", "-2", "0.25", "1", cwd=tmp_path) == "-1.5 0.0 0.5\n"


def test_a_plugin_can_be_left_out(scripts, tmp_path):
    program = tmp_path / "program.py"
    program.write_text("import tangraph as tf\nprint(hasattr(tf.contrib, 'example'))\n")
    python = str(scripts / "python")
    assert call(python, str(program), cwd=tmp_path) == "True\n"
    assert call(python, str(program), cwd=tmp_path, TANGRAPH_DISABLE_PLUGINS="example") == "False\n"


def test_the_page_for_strangers_is_enough(scripts, tmp_path):
    """Its files, as they stand, make a distribution that passes the contract suites."""
    page = (HERE.parent.parent / "docs" / "extending.md").read_text()
    project, wheels, installed = tmp_path / "mine", tmp_path / "wheels", tmp_path / "installed"
    for name, text in re.findall(r"^\*\*`([^`]+)`\*\*\n\n```\w+\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    installed.mkdir()
    build(project, wheels)
    (wheel,) = wheels.iterdir()
    python = str(scripts / "python")
    call(python, "-m", "pip", "install", "--no-index", "--no-deps", str(wheel), cwd=tmp_path)
    try:
        run_tests(project, scripts, installed)
    finally:
        call(python, "-m", "pip", "uninstall", "--yes", "mine", cwd=tmp_path)


@pytest.mark.parametrize("example", EXAMPLES)
def test_they_import_the_one_module_to_extend(example):
    """`tangraph.plugin`; what else they use of Tangraph is the public `tangraph` of every program."""
    for path in (HERE / example / "src").rglob("*.py"):
        for line in path.read_text().splitlines():
            words = line.split()
            if words[:1] in (["from"], ["import"]) and words[1].startswith("tangraph"):
                assert words[1] == "tangraph.plugin" or line.strip() == "import tangraph as tf", f"{path}: {line}"
