"""Runs the programs on one engine and writes what they give.

usage: run.py tangraph|tensorflow OUT.npz

Arrays are kept as `name:number`; the text of an error as `name!`. The syntax is Python 3.7's.
"""

import os
import pathlib
import sys
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from programs import PROGRAMS  # noqa: E402


def load(engine):
    """Returns the engine's module with TensorFlow 1's interface."""
    if engine == "tangraph":
        import tangraph

        return tangraph
    import tensorflow as tf

    if tf.__version__.startswith("1."):
        tf.logging.set_verbosity("ERROR")
        return tf
    tf.compat.v1.disable_v2_behavior()
    return tf.compat.v1


def flat(value):
    """Yields the arrays of a nested result in order."""
    if isinstance(value, (list, tuple)):
        for item in value:
            for array in flat(item):
                yield array
    else:
        yield np.asarray(value)


def results(tf, program):
    """Returns the arrays of a program."""
    with tf.Graph().as_default():
        built = program(tf)
        with tf.Session() as session:
            if callable(built):
                return list(flat(built(session)))
            fetches, feeds, runs = built
            return list(flat([session.run(fetches, feeds) for _ in range(runs)]))


def main():
    """Runs them all."""
    engine, out = sys.argv[1:]
    tf = load(engine)
    found = {}
    for name, (program, _) in PROGRAMS.items():
        try:
            found.update(("{}:{}".format(name, i), array) for i, array in enumerate(results(tf, program)))
        except Exception as error:  # noqa: BLE001  the test tells of it
            found[name + "!"] = np.array("{}: {}".format(type(error).__name__, error))
    np.savez(out, **found)


if __name__ == "__main__":
    main()
