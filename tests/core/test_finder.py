"""The finder: an alias is the same module object as its provider, and leaves it as it was."""

from __future__ import annotations

import importlib
import importlib.util
import sys

import pytest

import tangraph as tf
from tangraph import finder

TENSORFLOW = {"tensorflow": "tangraph", "tensorflow.*": "tangraph.*", "tensorflow.made.ops.maths": "math"}


@pytest.fixture
def tensorflow():
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "tensorflow"}
    for name in before:
        del sys.modules[name]
    finder.install(TENSORFLOW)
    yield
    finder.uninstall(TENSORFLOW)
    sys.modules.update(before)


@pytest.mark.parametrize(
    ("alias", "provider"),
    [
        ("tensorflow", "tangraph"),
        ("tensorflow.nn", "tangraph.nn"),
        ("tensorflow.errors", "tangraph.framework.errors"),
        ("tensorflow.framework.errors", "tangraph.framework.errors"),
        ("tensorflow.made.ops.maths", "math"),
        ("tensorflow.compat.v1", "tangraph"),
        ("tensorflow.compat.v1.nn", "tangraph.nn"),
        ("tangraph.compat.v1", "tangraph"),
        ("tangraph.compat.v1.train", "tangraph.train"),
        ("tangraph.compat.v1.framework.errors", "tangraph.framework.errors"),
    ],
)
def test_an_alias_is_its_provider(tensorflow, alias, provider):
    target = importlib.import_module(provider)
    name, spec, loader = target.__name__, target.__spec__, getattr(target, "__loader__", None)
    module = importlib.import_module(alias)
    assert module is target is sys.modules[alias] is sys.modules[provider]
    assert (module.__name__, module.__spec__, getattr(module, "__loader__", None)) == (name, spec, loader)
    assert importlib.import_module(alias) is target


def test_every_spelling_of_an_aliased_import(tensorflow):
    import tensorflow  # noqa: ICN001
    import tensorflow as tensorflow_as  # noqa: ICN001
    import tensorflow.nn
    import tensorflow.nn as nn  # noqa: PLR0402
    from tensorflow import nn as from_nn
    from tensorflow.made.ops import maths

    assert tensorflow is tensorflow_as is tf
    assert nn is from_nn is tensorflow.nn is tf.nn
    assert maths.floor(1.5) == tensorflow.made.ops.maths.floor(1.5) == 1


def test_packages_above_an_alias_are_made(tensorflow):
    import tensorflow.made.ops

    assert tensorflow.made.ops.__name__ == "tensorflow.made.ops"
    assert tensorflow.made.ops.__spec__.name == "tensorflow.made.ops"
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'tensorflow.made.ops.none'"):
        importlib.import_module("tensorflow.made.ops.none")


def test_what_is_missing_says_the_same_under_an_alias(tensorflow, plugins):
    with pytest.raises(ImportError, match=r"^tf.layers is provided by 'tangraph-layers', which is not installed"):
        import tensorflow.layers  # noqa: F401
    with pytest.raises(ImportError, match=r"^tf.layers is provided by 'tangraph-layers', which is not installed"):
        from tensorflow import layers  # noqa: F401
    with pytest.raises(ImportError, match=r"^tf.keras is provided by 'tangraph-keras'"):
        from tensorflow.keras.layers import Dense  # noqa: F401


def test_uninstall_leaves_nothing(tensorflow):
    importlib.import_module("tensorflow.nn")
    importlib.import_module("tensorflow.made.ops.maths")

    assert "tensorflow.nn" in sys.modules
    finder.uninstall(TENSORFLOW)
    assert not [name for name in sys.modules if name.partition(".")[0] == "tensorflow"]
    assert not hasattr(tf, "made")
    assert sys.modules["tangraph.nn"] is tf.nn
    assert finder._finder._line("tensorflow.nn") is None


def test_uninstall_of_one_line_keeps_the_others(tensorflow):
    import tensorflow.made.ops.maths
    import tensorflow.nn

    finder.uninstall({"tensorflow.made.ops.maths": "math"})
    assert "tensorflow.made" not in sys.modules
    assert sys.modules["tensorflow.nn"] is tensorflow.nn is tf.nn


def test_nothing_is_installed_under_tensorflow_by_default(run_python):
    code = """
    import sys
    import tangraph
    print([name for name in sys.modules if name.startswith("tensorflow")], tangraph.finder._finder._line("tensorflow"))
    """
    assert run_python(code) == "[] None"


def test_an_alias_whose_provider_is_missing(tensorflow):
    finder.install({"tensorflow.broken": "there_is_none"})
    try:
        with pytest.raises(ModuleNotFoundError, match=r"No module named 'tensorflow.broken'") as error:
            importlib.import_module("tensorflow.broken")
        assert "there_is_none" in str(error.value.__cause__)
        assert "tensorflow.broken" not in sys.modules
    finally:
        finder.uninstall({"tensorflow.broken": "there_is_none"})


def test_the_finder_leaves_other_modules_alone():
    assert finder._finder.find_spec("json") is None
    assert finder._finder.find_spec("tangraphics") is None
    assert importlib.util.find_spec("tangraph.nn").origin.endswith("nn.py")
    assert importlib.util.find_spec("tangraph.no_such_module") is None
    assert sys.meta_path.count(finder._finder) == 1
