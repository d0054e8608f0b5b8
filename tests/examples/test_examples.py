"""The programs of examples/: what they print, against what TensorFlow 1.15.5 printed (record.py)."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
RECORDED = json.loads(Path(__file__).with_name("recorded.json").read_text())
PROGRAMS = runpy.run_path(str(Path(__file__).with_name("programs.py")))
NUMBER = re.compile(r"(?<![\w.])-?\d+\.?\d*(?:e[-+]?\d+)?")
#: NumPy 2 shows a scalar in a list as np.float32(1.0).
SCALAR = re.compile(r"np\.\w+\(([^()]*)\)")
#: Programs of which only the first numbers are compared. This one's step is too long for data that nobody scaled:
#: rounding decides where it jumps to, in TensorFlow as well, where 1e-7 more in a weight changes the lines that follow.
FIRST = {"logistic_regression": 7}
#: The share of the test images that may lie so near to a border between classes that rounding decides.
BORDER = {"cifar_cnn": 0.02, "mnist_cnn": 0.01}
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def run(tmp_path):
    """Runs a program of examples/ in an empty folder and returns what it printed."""

    def run_program(name: str, *arguments: str, library: str = "") -> str:
        program = EXAMPLES / name
        text = program.read_text()
        PROGRAMS["write_data"](text, tmp_path)
        if library:
            program = tmp_path / program.name
            text = text.replace(NATIVE, f"import {library} as tf")
            program.write_text(text)
        runner = ["-m", "tangraph", "run", "--quiet"] if "import tensorflow" in text else []
        command = [sys.executable, *runner, str(program), *arguments]
        environment = {
            **os.environ,
            "PYTHONWARNINGS": "error",
            "OPENBLAS_NUM_THREADS": "1",  # several tests at a time would wait for each other's threads
            "MPLBACKEND": "Agg",
            "MPLCONFIGDIR": str(tmp_path / "matplotlib"),
        }
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run_program


def words(text: str) -> list[str]:
    """The text without its numbers and without spaces, which depend on the numbers' widths."""
    return NUMBER.sub("#", SCALAR.sub(r"\1", text)).replace(" ", "").split("\n")


def numbers(text: str) -> list[float]:
    return [float(number) for number in NUMBER.findall(SCALAR.sub(r"\1", text))]


def absolute_bounds(text: str, border: float) -> list[float]:
    """How far each number may be off: by the border where the words before it say that it is an accuracy."""
    bounds, is_accuracy = [], False
    for line in text.split("\n"):
        is_accuracy = is_accuracy if NUMBER.fullmatch(line) else "accuracy" in line.lower()
        bounds += [border if is_accuracy else 1e-6 for _ in numbers(line)]
    return bounds


NATIVE = "import tangraph as tf"
PLACES = {
    path.stem: path.relative_to(EXAMPLES) for path in [*EXAMPLES.glob("notes/*.py"), *EXAMPLES.glob("models/*.py")]
}


def test_every_program_is_recorded():
    assert sorted(PLACES) == sorted(RECORDED)


def assert_as_recorded(name: str, printed: str) -> None:
    expected = "\n".join(RECORDED[name]).rstrip("\n")
    printed = printed.rstrip("\n")
    assert words(printed) == words(expected)
    compared = slice(FIRST.get(name))
    bounds = absolute_bounds(expected, BORDER.get(name, 1e-6))[compared]
    near = [pytest.approx(n, rel=1e-3, abs=b) for n, b in zip(numbers(expected)[compared], bounds, strict=True)]
    assert numbers(printed)[compared] == near


@pytest.mark.parametrize("name", RECORDED)
def test_programs_print_what_tensorflow_printed(run, name):
    assert_as_recorded(name, run(str(PLACES[name]), *PROGRAMS["ARGUMENTS"].get(name, [])))


@pytest.mark.parametrize("name", [name for name, path in PLACES.items() if NATIVE in (EXAMPLES / path).read_text()])
def test_so_do_those_that_import_tangraph_when_they_import_tensorflow(run, name):
    """As the notes have them, under `tangraph run`."""
    assert_as_recorded(name, run(str(PLACES[name]), library="tensorflow"))


def test_logistic_regression_learns(run):
    accuracy = [float(share) for share in re.findall(r"accuracy: (.*)%", run("notes/logistic_regression.py"))]
    assert accuracy[0] < 50
    assert accuracy[-1] > 85


def test_quickstart(run, tmp_path):
    printed = run("quickstart.py", "--epochs", "12", "--output", "digits.png")
    losses = [float(line.split()[1]) for line in printed.splitlines() if re.match(r" +\d+ ", line)]
    half = len(losses) // 2
    for curve in (losses[:half], losses[half:]):
        assert curve == sorted(curve, reverse=True)
        assert curve[-1] < curve[0] / 3
    name, accuracy = printed.splitlines()[-1].rsplit(" ", 1)
    assert name == "Test accuracy of the two-layer network:"
    assert float(accuracy) > 0.95
    assert (tmp_path / "digits.png").read_bytes().startswith(PNG)


def test_quickstart_gives_the_same_every_time(run):
    assert run("quickstart.py", "--epochs", "2") == run("quickstart.py", "--epochs", "2")
