"""`tf.app`: starts a program's `main` with its flags parsed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from absl import app as absl_app
from absl import flags as absl_flags

from tangraph.export import export


@export("app.run")
def run(main: Callable[[Sequence[str]], Any] | None = None, argv: Sequence[str] | None = None) -> None:
    """Parses the flags, calls `main` with what is left of the command line, and exits with what it returns.

    Args:
      main: called with a list of strings, the program's name first; the function `main` of `__main__` by default.
      argv: the command line; `sys.argv` by default. Flags that are not known are left to `main`.

    Raises:
      SystemExit: always, with the value that `main` returns.
    """
    main = main or vars(sys.modules["__main__"])["main"]
    absl_app.run(main=main, argv=None if argv is None else list(argv), flags_parser=_parse)


def _parse(arguments: Sequence[str]) -> list[str]:
    rest: list[str] = absl_flags.FLAGS(sys.argv if arguments is None else arguments, known_only=True)
    return rest
