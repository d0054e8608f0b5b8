"""What a sub-command of ``tangraph`` looks like."""

from __future__ import annotations

import argparse
from typing import Protocol


class Command(Protocol):
    """A sub-command: a module, usually, with these three names.

    Attributes:
      HELP: one line for ``tangraph --help``.
    """

    HELP: str

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Adds the command's options and arguments."""

    def run(self, options: argparse.Namespace) -> int:
        """Runs the command and returns the exit status."""


class BrokenCommand:
    """Stands in for a command that cannot be imported, and raises its error when it is asked for."""

    def __init__(self, error: Exception) -> None:
        self.HELP = f"cannot be loaded: {type(error).__name__}: {error}".replace("%", "%%")
        self._error = error

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Takes any arguments, since those of the command are not known."""
        parser.add_argument("arguments", nargs="*")

    def run(self, options: argparse.Namespace) -> int:
        """Raises the error."""
        raise self._error
