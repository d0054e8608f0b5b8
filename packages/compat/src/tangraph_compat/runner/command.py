"""``tangraph run``: runs a TensorFlow 1 program."""

from __future__ import annotations

import argparse
from typing import Final

HELP: Final = "run a TensorFlow 1 program: `import tensorflow` is Tangraph in it and in the processes it starts"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options; everything after the program is the program's own."""
    parser.usage = "tangraph run [-h] [-q] (PROGRAM.py | -m MODULE | --notebook FILE.ipynb | -c CODE) [ARGUMENT ...]"
    parser.add_argument("-q", "--quiet", action="store_true", help="do not list the dropped names that were used")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("-m", dest="kind", action="store_const", const="module", help="run a module, as `python -m` does")
    kind.add_argument("-c", dest="kind", action="store_const", const="code", help="run code, as `python -c` does")
    kind.add_argument(
        "--notebook",
        dest="kind",
        action="store_const",
        const="notebook",
        help="run the code cells of a Jupyter notebook, in the notebook's folder",
    )
    parser.add_argument("program", nargs=argparse.REMAINDER, help="the program and its arguments")
    parser.set_defaults(kind="script", parser=parser)


def run(options: argparse.Namespace) -> int:
    """Runs the program; the exit status is the program's."""
    from tangraph_compat.runner.launch import launch

    program: list[str] = options.program[1:] if options.program[:1] == ["--"] else options.program
    if not program:
        options.parser.error("there is no program to run")
    kind = "notebook" if options.kind == "script" and program[0].endswith(".ipynb") else options.kind
    return launch(kind, program, quiet=options.quiet)
