"""Writes `packages/compat/src/tangraph_compat/internals/names.txt`: which public names TensorFlow's own modules hold.

Run with a Python that has TensorFlow 1.15:  oracle/tf1/bin/python tools/tensorflow_internals.py > .../names.txt
One line a module: its name below `tensorflow`, a colon, its attributes; `attribute=public.name` where they differ.
Works on Python 3.7, as TensorFlow 1.15 does.
"""

import importlib
import inspect
import os
import pkgutil
import sys
import types
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
warnings.filterwarnings("ignore")

import tensorflow as tf  # noqa: E402

NAMES = os.path.join(os.path.dirname(__file__), "../packages/core/src/tangraph/facade/tensorflow_names.txt")
PLAIN = (bool, int, float, str, bytes, tuple, list, dict, type(None))
# Of tf.contrib, the packages whose inner modules (tf.contrib.<package>.python.*) are served too.
CONTRIB = (
    "feature_column",
    "framework",
    "layers",
    "legacy_seq2seq",
    "losses",
    "metrics",
    "rnn",
    "seq2seq",
    "slim",
    "training",
)
LEFT_OUT = ("autograph", "compiler", "debug", "tools", "tpu", "distribute", "lite", "profiler", "keras")


def look_up(name):
    """Returns the object behind a public name, or None."""
    found = tf
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except Exception:  # noqa: BLE001  what TensorFlow's lazy modules raise
            return None
    return found


def public_names():
    """Returns id -> the public names, those outside of tf.contrib and short ones first; and the objects, kept alive."""
    with open(NAMES) as file:
        lines = [line.strip().partition(":") for line in file]
    names = sorted(
        ("{}.{}".format(namespace, leaf).lstrip(".") for namespace, _, leaves in lines for leaf in leaves.split()),
        key=lambda name: (name.startswith("contrib."), name.startswith("keras."), name.count("."), len(name), name),
    )
    found, objects = {}, []
    for name in names:
        value = look_up(name)
        if value is not None and not isinstance(value, PLAIN + (types.ModuleType,)):
            found.setdefault(id(value), []).append(name)
            objects.append(value)
    return found, objects


def import_all(package):
    """Imports every module below a package that can be imported."""
    module = importlib.import_module(package)
    for info in pkgutil.iter_modules(getattr(module, "__path__", [])):
        if info.name in LEFT_OUT or info.name.endswith(("_test", "test_lib")) or info.name.startswith("_"):
            continue
        name = "{}.{}".format(package, info.name)
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001  needs what is not installed
            continue
        if info.ispkg:
            import_all(name)


def names_of(value, public):
    """Returns the public names of an object; for TensorFlow 2's twin of a function, those of a function called alike."""
    if id(value) in public:
        return public[id(value)]
    names, inner = (), value
    while inspect.isroutine(inner) and not names:
        names = getattr(inner, "__dict__", {}).get("_tf_api_names", ())
        inner = getattr(inner, "__wrapped__", None)
    twins = [twin for twin in map(look_up, names) if inspect.isroutine(twin) and is_called_alike(value, twin)]
    return [name for twin in twins for name in public.get(id(twin), ())]


def is_called_alike(function, twin):
    """Returns whether every call of a function is a call of its twin too."""
    try:
        arguments, others = (list(inspect.signature(one).parameters.values()) for one in (function, twin))
    except ValueError:
        return False
    return len(arguments) <= len(others) and all(
        argument.name == other.name for argument, other in zip(arguments, others[: len(arguments)])
    )


def is_listed(name):
    """Returns whether the table has a line for a module."""
    words = name.split(".")
    if words[1:2] == ["contrib"]:
        return words[2] in CONTRIB and words[3:4] == ["python"] if len(words) > 2 else False
    return name.startswith(("tensorflow.python.", "tensorflow.core.")) and words[2] not in LEFT_OUT


def main():
    """Prints the table."""
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.FATAL)
    public, objects = public_names()
    import_all("tensorflow.python")
    import_all("tensorflow.core")
    for package in CONTRIB:
        import_all("tensorflow.contrib.{}".format(package))
    for name in sorted(sys.modules):
        module = sys.modules[name]
        below = name.partition(".")[2]
        if not is_listed(name):
            continue
        words = []
        home = ".".join(below.split(".")[:2]) if below.startswith("contrib.") else ""
        for attribute in sorted(vars(module)):
            value = vars(module)[attribute]
            names = [] if attribute.startswith("_") or attribute == "xrange" else names_of(value, public)
            if not names:
                continue
            full = min(names, key=lambda n: (n.rpartition(".")[2] != attribute, bool(home) and not n.startswith(home)))
            if home and full.startswith("contrib.") and full.split(".")[1] not in CONTRIB:
                continue
            words.append(attribute if full == attribute else "{}={}".format(attribute, full))
        sys.stdout.write("{}: {}\n".format(below, " ".join(words)).replace(": \n", ":\n"))
    return objects


if __name__ == "__main__":
    main()
