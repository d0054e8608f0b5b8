"""``tangraph plan script.py``: the Python source of every plan that a program compiles."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, TextIO

from tangraph.cli.script import run_script
from tangraph.plugins import manager
from tangraph.plugins.hookspecs import hookimpl

HELP: Final = "run a program and print the source of each plan that it compiles"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument(
        "-o", "--output", type=Path, help="write the plans to a file, apart from what the program prints"
    )
    parser.add_argument("script", type=Path, help="the program; `import tensorflow` is Tangraph in it")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the program's own arguments")


def run(options: argparse.Namespace) -> int:
    """Runs the program; the exit status is the program's."""
    with ExitStack() as stack:
        file = stack.enter_context(options.output.open("w", encoding="utf-8")) if options.output else sys.stdout
        manager.register(Printer(file), name="tangraph plan")
        stack.callback(manager.current().unregister, "tangraph plan")
        return run_script(options.script, options.arguments)


class Printer:
    """Prints plans as they are compiled.

    Attributes:
      count: how many have been printed.
    """

    def __init__(self, file: TextIO) -> None:
        self.count = 0
        self._file = file

    @hookimpl
    def tangraph_plan_compiled(self, plan: Any) -> None:
        """Prints one plan: its name as a comment, and its source."""
        self.count += 1
        print(f"# plan {self.count}: {plan.name}\n{plan.source.rstrip()}\n", file=self._file, flush=True)
