"""Starts the interpreter that runs the program."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

VARIABLE: Final = (
    "TANGRAPH_RUN"  # told to every process: "report" in the program's own, "quiet" in those that it starts
)
SITE: Final = str(Path(__file__).with_name("site"))
_BEFORE: Final[dict[str, list[str]]] = {
    "script": [],
    "module": ["-m"],
    "code": ["-c"],
    "notebook": ["-m", "tangraph_compat.runner.notebook"],
}
_WITHOUT_SITE: Final = {"-E", "-I", "-S"}  # the interpreter would not read our sitecustomize


def launch(kind: str, program: Sequence[str], *, quiet: bool) -> int:
    """Runs a program and returns its exit status; where the system can, this process becomes the program's.

    Args:
      kind: "script", "module", "code" or "notebook".
      program: the script, module, code or notebook, and its arguments.
      quiet: whether to keep the list of dropped names to ourselves.
    """
    command = [sys.executable, *_flags(), *_BEFORE[kind], *program]
    environment = environment_for(os.environ, quiet=quiet)
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        os.execve(sys.executable, command, environment)  # noqa: S606  it is this very interpreter
    with subprocess.Popen(command, env=environment) as process:  # noqa: S603
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # the program got it too, and decides


def environment_for(environment: Mapping[str, str], *, quiet: bool) -> dict[str, str]:
    """Returns the environment of a process in which `tensorflow` is Tangraph.

    >>> environment_for({"PYTHONPATH": "mine"}, quiet=True)["PYTHONPATH"].endswith("mine")
    True
    """
    others = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path and path != SITE]
    path = os.pathsep.join([SITE, *others])
    return {**environment, "PYTHONPATH": path, VARIABLE: "quiet" if quiet else "report"}


def _flags() -> list[str]:
    """Returns the options that this interpreter was started with (`python -W error -m tangraph run`)."""
    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001  as multiprocessing
    return [flag for flag in flags if flag not in _WITHOUT_SITE]
