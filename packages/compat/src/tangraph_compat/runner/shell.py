"""What a notebook asks of IPython: shell lines and magics, and `get_ipython()`, behind which they are.

Shell commands run as under Jupyter, and Python programs among them are served as the notebook is. What would install
something is left out: it is for TensorFlow's environment, not for this one.
"""

from __future__ import annotations

import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

_INSTALLER: Final = re.compile(
    r"(?:^|[;&|]\s*)(?:sudo\s+)?"
    r"(?:easy_install|(?:pip[\d.]*|conda|mamba|uv|apt|apt-get|brew|python[\d.]*\s+-m\s+pip)\s[^;&|]*"
    r"\b(?:install|uninstall|update|upgrade|remove))\b"
)
_NAME: Final = re.compile(r"\{([^{}]+)\}|\$(\w+)")
#: Magics about the notebook's own appearance.
_SILENT: Final = frozenset(
    ["autoreload", "config", "load_ext", "matplotlib", "precision", "pylab", "reload_ext", "tensorflow_version"]
)
_SHELLS: Final = {"bash": "bash", "sh": "sh", "script bash": "bash", "system": "sh", "!": "sh"}


class Shell:
    """Stands for IPython's `get_ipython()`.

    Args:
      namespace: the notebook's names, for `!echo {x}`.

    Attributes:
      cell: the cell that runs, for notes.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._namespace = namespace
        self.cell = ""

    def leave_out(self, line: str) -> None:
        """Says that something does not run."""
        print(f"{self.cell}: left out: {line.strip()}", file=sys.stderr)

    def system(self, command: str) -> None:
        """Runs a shell command, as `!command`; what it prints is printed."""
        if _INSTALLER.search(command):
            self.leave_out(f"!{command}")
            return
        sys.stdout.flush()
        subprocess.run(self._expanded(command), shell=True, check=False, env=_with_this_python())  # noqa: S602

    def getoutput(self, command: str) -> list[str]:
        """Returns the lines that a shell command prints, as `x = !command`."""
        if _INSTALLER.search(command):
            self.leave_out(f"!{command}")
            return []
        done = subprocess.run(  # noqa: S602  the notebook's own command
            self._expanded(command),
            shell=True,
            check=False,
            stdout=subprocess.PIPE,
            text=True,
            env=_with_this_python(),
        )
        return done.stdout.splitlines()

    def magic(self, line: str) -> Any:
        """Runs a line magic with its arguments, in IPython's old spelling."""
        name, _, rest = line.strip().removeprefix("%").partition(" ")
        return self.run_line_magic(name, rest)

    def run_line_magic(self, name: str, line: str) -> Any:
        """Runs a line magic: `%cd`, `%env`, `%pwd`, `%run`, `%system`, and those that need nothing done."""
        line = line.strip()
        if name == "cd":
            os.chdir(Path(self._expanded(line) or "~").expanduser())
        elif name in {"env", "set_env"}:
            return _environment(self._expanded(line))
        elif name == "pwd":
            return str(Path.cwd())
        elif name == "run":
            self._run(self._expanded(line))
        elif name in {"system", "sx"}:
            return self.getoutput(line)
        elif name not in _SILENT:
            self.leave_out(f"%{name} {line}")
        return None

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        """Runs a cell magic: `%%writefile`, `%%bash` and its like."""
        line = line.strip()
        shell = _SHELLS.get(f"{name} {line}" if name == "script" else name)
        if name in {"writefile", "file"}:
            *options, path = shlex.split(self._expanded(line))
            with Path(path).open("a" if "-a" in options else "w", encoding="utf-8") as file:
                file.write(cell if cell.endswith("\n") else f"{cell}\n")
        elif shell is not None and not any(_INSTALLER.search(command) for command in cell.splitlines()):
            sys.stdout.flush()
            subprocess.run([shell], input=cell, text=True, check=False, env=_with_this_python())  # noqa: S603
        elif name not in {"html", "javascript", "js", "latex", "markdown", "svg"}:
            self.leave_out(f"%%{name} {line}")

    def _run(self, line: str) -> None:
        path, *arguments = shlex.split(line.removeprefix("-i "))
        before = sys.argv
        sys.argv = [path, *arguments]
        try:
            found = runpy.run_path(path, run_name="__main__")
        finally:
            sys.argv = before
        self._namespace.update({name: value for name, value in found.items() if not name.startswith("__")})

    def _expanded(self, command: str) -> str:
        """Puts the values of the notebook's names for `{x}` and `$x`; what is none is left to the shell."""

        def value(found: re.Match[str]) -> str:
            expression, name = found.groups()
            if name is not None:
                return str(self._namespace[name]) if name in self._namespace else found.group()
            try:
                return str(eval(expression, self._namespace))  # noqa: S307  the notebook's own expression
            except Exception:  # noqa: BLE001  IPython leaves it as it is, too
                return found.group()

        return _NAME.sub(value, command)


def _environment(line: str) -> Any:
    name, _, value = line.replace("=", " ", 1).partition(" ")
    if not value:
        return os.environ.get(name) if name else dict(os.environ)
    os.environ[name] = value.strip()
    return None


def _with_this_python() -> dict[str, str]:
    """Returns the environment with this interpreter as `python`, whatever the shell that started it has."""
    folders = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    return {**os.environ, "PATH": os.pathsep.join(folders)}
