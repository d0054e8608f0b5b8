"""What an import brings along: one module under every name, and nothing that was not asked for."""

from __future__ import annotations

import importlib.util

import pytest

from tangraph.facade.providers import CLOSED, OPEN

#: Too slow to load, or a user's own choice: nothing of ours imports these when it is imported.
HEAVY = {
    "cupy", "importlib.metadata", "matplotlib", "numba", "pandas", "PIL", "scipy", "sklearn", "tensorflow", "torch",
}  # fmt: skip
PROBE = """
import sys
before = set(sys.modules)
import {}
print(*sorted(set(sys.modules) - before))
"""


def test_importing_core_imports_nothing_heavy(run_python):
    imported = set(run_python(PROBE.format("tangraph"), alone=False).split())
    assert not imported & {*HEAVY, "numpy", "ml_dtypes", "pluggy", "argparse"}
    assert not [name for name in imported if name.startswith("tangraph_")]


def test_building_a_graph_imports_nothing_heavy(run_python):
    code = PROBE.format("tangraph as tf; tf.constant(1.0) + 2.0")
    imported = set(run_python(code, alone=False).split())
    assert "numpy" in imported
    assert not imported & (HEAVY - {"importlib.metadata"})
    assert not [name for name in imported if name.startswith("tangraph_")]


NAMESPACES = sorted(name for name in OPEN if importlib.util.find_spec(f"tangraph.{name}"))


@pytest.mark.parametrize("name", NAMESPACES)
def test_every_spelling_of_a_namespace_is_one_module(name):
    import tangraph as tf

    module = importlib.import_module(f"tangraph.{name}")
    spec_name = module.__spec__.name
    found = tf
    for part in name.split("."):
        found = getattr(found, part)
    assert found is module
    if not name.startswith("compat"):
        assert importlib.import_module(f"tangraph.compat.v1.{name}") is module
    assert module.__spec__.name == spec_name == module.__name__


def test_compat_v1_is_the_module_itself():
    import tangraph as tf
    import tangraph.compat.v1
    from tangraph.compat import v1

    assert v1 is tf is tangraph.compat.v1 is tf.compat.v1 is tf.compat.v1.compat.v1
    assert tf.__spec__.name == tf.__name__ == "tangraph"


def test_under_the_name_of_tensorflow_too(run_python):
    code = f"""
    import importlib
    import tangraph
    from tangraph import finder
    from tangraph.cli.script import ALIASES
    finder.install(ALIASES)
    import tensorflow
    assert tensorflow is tangraph
    names = {NAMESPACES!r}
    for name in names:
        assert importlib.import_module("tensorflow." + name) is importlib.import_module("tangraph." + name), name
    from tensorflow import errors
    assert errors.NotFoundError is tangraph.errors.NotFoundError
    print(len(names))
    """
    assert run_python(code) == str(len(NAMESPACES))


def test_names_are_the_same_objects_everywhere():
    import tangraph as tf

    assert tf.float32 is tf.dtypes.float32 is tf.compat.v1.float32
    assert tf.errors.OpError is tf.OpError
    assert not set(CLOSED) & OPEN
