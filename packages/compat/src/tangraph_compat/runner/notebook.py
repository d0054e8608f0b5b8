"""Runs the code cells of a notebook, as `python -m tangraph_compat.runner.notebook FILE [ARGUMENT ...]`.

The cells share one `__main__` and run in the notebook's folder, as under Jupyter; the value of a cell's last expression
is printed. Shell lines and magics run (`shell.py`), but for what installs and what is for a notebook's eyes only.
"""

from __future__ import annotations

import ast
import json
import linecache
import os
import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any, Final

from tangraph_compat.runner import complaints
from tangraph_compat.runner.shell import Shell

_MAGIC: Final = re.compile(r"^(?P<indent>\s*)(?P<sign>%|!)(?P<rest>.*)$")
_ASSIGNED: Final = re.compile(r"^(?P<left>\s*[\w, ]+=\s*)(?P<sign>[!%])(?P<rest>.*)$")
_ASKING: Final = re.compile(r"^\s*(\?{1,2}[\w.]+|[\w.]+\?{1,2})\s*$")
#: The end of a line that goes on in the next, in a shell line.
_CONTINUED: Final = re.compile(r"(?<=\S)[ \t]*\\\n(?=[^\n]*)")
_BODY_RUNS: Final = {"time", "timeit", "capture", "prun", "python", "python3"}
_STATEMENT: Final = {"time", "timeit", "prun"}


class Cell:
    """One code cell.

    Attributes:
      name: what tracebacks call it.
      source: Python; shell lines and magics are calls of `get_ipython()`.
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.source = text if _parses(text) else self._plain(text)

    def _plain(self, text: str) -> str:
        first, _, body = text.lstrip("\n").partition("\n")
        if first.startswith("%%"):
            name, _, rest = first[2:].strip().partition(" ")
            if name not in _BODY_RUNS:
                return f"get_ipython().run_cell_magic({name!r}, {rest!r}, {body!r})"
            text = f"\n{body}"
        return "\n".join(self._line(line) for line in _CONTINUED.sub(" ", text).split("\n"))

    def _line(self, line: str) -> str:
        if _ASKING.match(line):
            return ""
        if found := _ASSIGNED.match(line):
            return found["left"] + _call("!!" if found["sign"] == "!" else "%", found["rest"])
        found = _MAGIC.match(line)
        if found is None:
            return line
        name, _, rest = found["rest"].partition(" ")
        if found["sign"] == "%" and name in _STATEMENT:
            return f"{found['indent']}{rest.strip()}"
        if found["sign"] == "!" and found["rest"].startswith("!"):
            return f"{found['indent']}{_call('!!', found['rest'][1:])}"
        return f"{found['indent']}{_call(found['sign'], found['rest'])}"

    def code(self) -> Iterator[tuple[CodeType, bool]]:
        """Yields the cell's code: its statements, then the last expression, whose value is shown."""
        tree = ast.parse(self.source, self.name)
        last = tree.body[-1] if tree.body else None
        if isinstance(last, ast.Expr) and not self.source.rstrip().endswith(";"):
            tree.body.pop()
            yield compile(tree, self.name, "exec"), False
            yield compile(ast.Expression(last.value), self.name, "eval"), True
        else:
            yield compile(tree, self.name, "exec"), False


def _call(sign: str, rest: str) -> str:
    """Returns the call that a shell line or a magic stands for."""
    if sign == "!":
        return f"get_ipython().system({rest!r})"
    if sign == "!!":
        return f"get_ipython().getoutput({rest!r})"
    name, _, line = rest.strip().partition(" ")
    return f"get_ipython().run_line_magic({name!r}, {line!r})" if name else "pass"


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def read(path: Path) -> list[Cell]:
    """Returns the code cells of a notebook, of format 3 or 4.

    Raises:
      ValueError: the file is no notebook.
    """
    try:
        notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        sheets = notebook.get("worksheets") or [notebook]
        cells = [cell for sheet in sheets for cell in sheet["cells"] if cell["cell_type"] == "code"]
        texts = [cell["source"] if "source" in cell else cell["input"] for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"'{path}' is not a Jupyter notebook: {type(error).__name__}: {error}") from error
    joined = (text if isinstance(text, str) else "".join(text) for text in texts)
    return [Cell(f"{path.name}, cell {number}", text) for number, text in enumerate(joined, 1)]


def run(path: Path, arguments: Sequence[str]) -> None:
    """Runs a notebook in a new `__main__`.

    Raises:
      Exception: what a cell raises.
    """
    cells = read(path)
    main = ModuleType("__main__")
    shell = Shell(vars(main))
    vars(main).update(display=_display, get_ipython=lambda: shell, __builtins__=__builtins__)
    sys.modules["__main__"] = main
    sys.argv = [str(path), *arguments]
    sys.path[0] = str(path.parent)
    os.environ.setdefault("MPLBACKEND", "Agg")  # figures of a notebook open no windows
    os.chdir(path.parent)
    for cell in cells:
        shell.cell = cell.name
        linecache.cache[cell.name] = (len(cell.source), None, cell.source.splitlines(keepends=True), cell.name)
        for code, shown in cell.code():
            if shown:
                _show(eval(code, vars(main)))  # noqa: S307  the program itself
            else:
                exec(code, vars(main))  # noqa: S102


def _show(value: object) -> None:
    if value is not None:
        print(repr(value))


def _display(*values: object) -> None:
    """IPython's `display`."""
    for value in values:
        print(value if isinstance(value, str) else repr(value))


def _of_cells(trace: TracebackType | None) -> TracebackType | None:
    """Returns a traceback without the frames of this module."""
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return trace


def main() -> int:
    """Runs the notebook that the command line names; an error ends with Python's own traceback and status 1."""
    try:
        run(Path(sys.argv[1]).resolve(), sys.argv[2:])
    except Exception as error:  # noqa: BLE001  shown as Python shows it, without our frames
        show = complaints.hook(traceback.print_exception)  # Python's own hook does not look into linecache
        show(type(error), error, _of_cells(error.__traceback__))
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
