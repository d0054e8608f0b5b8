"""The command: `tangraph shrink 0.5 -2 0.3 1`."""

from __future__ import annotations

import argparse
import sys
from typing import Final

HELP: Final = "move numbers towards zero"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments."""
    parser.add_argument("threshold", type=float)
    parser.add_argument("numbers", type=float, nargs="+")


def run(options: argparse.Namespace) -> int:
    """Prints the numbers; the exit status is 2 for a threshold that is none."""
    import tangraph as tf
    from example_plugin.shrink import soft_shrink

    with tf.Graph().as_default(), tf.Session() as session:
        try:
            shrunk = soft_shrink(tf.constant(options.numbers, tf.float64), options.threshold)
        except ValueError as error:
            print(error, file=sys.stderr)
            return 2
        print(*session.run(shrunk))
    return 0
