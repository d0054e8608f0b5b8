"""Writes `packages/core/src/tangraph/facade/tensorflow_names.txt`: the public names of TensorFlow 1.15.

Run with a Python that has TensorFlow 1.15:  oracle/tf1/bin/python tools/tensorflow_names.py > .../tensorflow_names.txt
One line a namespace: its name, a colon, its leaves. Works on Python 3.7, as TensorFlow 1.15 does.
"""

import os
import sys
import types
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
warnings.filterwarnings("ignore")

import tensorflow as tf  # noqa: E402

# The same names again, or what leaked out of TensorFlow's own modules.
LEFT_OUT = {"compat.v1", "compat.v2", "contrib.quantization", "pywrap_tensorflow"}
LEAKS = {"absolute_import", "division", "print_function", "tf_decorator", "np", "six"}
CONTRIB_DEPTH = 2  # tf.contrib.layers, not what lies below it,
# ... but for these, which belong to several distributions.
DEEPER = {
    "contrib.learn.datasets",
    "contrib.learn.datasets.base",
    "contrib.learn.datasets.mnist",
    "contrib.learn.preprocessing",
}


def walk(module, namespace, found):
    """Collects the public leaves of a namespace and of those below it."""
    leaves = found.setdefault(namespace, [])
    for name in sorted(dir(module)):
        full = "{}.{}".format(namespace, name).lstrip(".")
        if name.startswith("_") or name in LEAKS or full in LEFT_OUT:
            continue
        value = getattr(module, name)
        if not isinstance(value, types.ModuleType):
            leaves.append(name)
        elif value.__name__.startswith("tensorflow") and not (
            namespace.startswith("contrib") and full.count(".") >= CONTRIB_DEPTH and full not in DEEPER
        ):
            walk(value, full, found)
    return found


if __name__ == "__main__":
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.FATAL)
    for namespace, leaves in sorted(walk(tf, "", {}).items()):
        sys.stdout.write("{}: {}\n".format(namespace, " ".join(leaves)).replace(": \n", ":\n"))
