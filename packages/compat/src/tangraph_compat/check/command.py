"""``tangraph check``: says what of TensorFlow programs need that is not here."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tangraph_compat.check.missing import Missing, missing
from tangraph_compat.check.uses import Use, read_program
from tangraph_compat.runner.complaints import syntax_message

HELP: Final = "say which names and arguments of TensorFlow programs need that are not here, without running them"
_SHOWN: Final = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments."""
    parser.add_argument("program", nargs="+", type=Path, help="a script (.py) or a notebook (.ipynb)")


def run(options: argparse.Namespace) -> int:
    """Prints what is missing; the exit status is 1 when something is, and 2 when a program cannot be read."""
    uses: list[Use] = []
    for path in options.program:
        try:
            uses += read_program(path)
        except SyntaxError as error:
            text = syntax_message(error) or f"{error.filename}, line {error.lineno}: {error.msg}"
            print(f"tangraph check: {text}", file=sys.stderr)
            return 2
        except (OSError, ValueError) as error:
            print(f"tangraph check: {error}", file=sys.stderr)
            return 2
    found = missing(uses)
    for line in _lines(found):
        print(line)
    print(_summary(uses, found))
    return 1 if found else 0


def _lines(found: list[Missing]) -> Iterator[str]:
    """Yields a line for each reason, with all that is missing for it."""
    reasons: dict[tuple[str, str], list[Missing]] = {}
    for one in found:
        own = one.what if one.what.endswith("=)") else ""  # of an argument, the reason does not name the function
        reasons.setdefault((one.why, own), []).append(one)
    for together in reasons.values():
        names = ", ".join(one.what for one in together)
        yield f"{names}: {together[0].why} ({_places(use for one in together for use in one.uses)})"


def _places(uses: Iterable[Use]) -> str:
    places = list(dict.fromkeys(f"{_shorter(use.file)}:{use.line}" for use in uses))
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return f"{', '.join(places[:_SHOWN])}{more}"


def _shorter(file: str) -> str:
    """Returns a file's name as seen from here, where that is shorter."""
    try:
        return min(file, os.path.relpath(file), key=len)
    except ValueError:  # another drive
        return file


def _summary(uses: list[Use], found: list[Missing]) -> str:
    count = len({use.name for use in uses})
    if not found:
        return f"Nothing is missing: {count} names of TensorFlow are used."
    text = f"{len(found)} missing, {count} names of TensorFlow are used."
    wanted = sorted({one.distribution for one in found} - {""})
    return f"{text} To install: pip install {' '.join(wanted)}" if wanted else text
