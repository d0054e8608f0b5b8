"""The facade: every spelling of a name that is there, that is not installed, and that never was."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import tangraph as tf
from tangraph._index import NAMES
from tangraph.facade import providers, tensorflow_names
from tangraph.plugin import hookimpl

PACKAGE = Path(tf.__file__).parent
LAYERS = "tf.layers is provided by 'tangraph-layers', which is not installed: pip install tangraph-layers"


class Names:
    """A plugin that registers public names."""

    def __init__(self, **namespaces):
        self.namespaces = namespaces

    @hookimpl
    def tangraph_register_namespaces(self, registry):
        for namespace, names in self.namespaces.items():
            registry.add(namespace.replace("__", "."), names)


def caught(run_python, spelling, **environment):
    """Runs one spelling in a fresh interpreter; returns the error's type and text."""
    code = f"""
    import tangraph as tf
    try:
        {spelling}
    except Exception as error:
        print(type(error).__name__, error, sep="|")
    """
    kind, _, text = run_python(code, **environment).partition("|")
    return kind, text


@pytest.mark.parametrize(
    "spelling",
    [
        "import tangraph.layers",
        "import tangraph.layers as L",
        "from tangraph import layers",
        "from tangraph import layers as L",
        "from tangraph.layers import dense",
        "from tangraph.layers import *",
        "import tangraph.compat.v1.layers",
        "from tangraph.compat.v1 import layers",
        "__import__('importlib').import_module('tangraph.layers')",
    ],
)
def test_a_missing_piece_by_import(run_python, spelling):
    if "*" in spelling:
        spelling = f"exec({spelling!r})"
    assert caught(run_python, spelling) == ("ImportError", LAYERS)


@pytest.mark.parametrize("spelling", ["tf.layers", "tf.layers.dense", "getattr(tf, 'layers')", "tf.compat.v1.layers"])
def test_a_missing_piece_by_attribute(run_python, spelling):
    assert caught(run_python, spelling) == ("AttributeError", LAYERS)


def test_a_missing_piece_is_no_attribute(run_python):
    code = """
    import tangraph as tf
    print(hasattr(tf, "layers"), getattr(tf, "layers", None), "layers" in dir(tf), hasattr(tf.train, "AdamOptimizer"))
    """
    assert run_python(code) == "False None False False"


@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("train.AdamOptimizer", "tangraph-training"),
        ("train.Saver", "tangraph-training"),
        ("train.Example", "tangraph-interop"),
        ("train.batch", "tangraph-datasets"),
        ("nn.rnn_cell", "tangraph-layers"),
        ("nn.dynamic_rnn", "tangraph-layers"),
        ("contrib.rnn", "tangraph-layers"),
        ("contrib.layers", "tangraph-layers"),
        ("contrib.slim", "tangraph-layers"),
        ("keras", "tangraph-keras"),
        ("estimator", "tangraph-estimators"),
        ("feature_column", "tangraph-estimators"),
        ("data", "tangraph-datasets"),
        ("python_io", "tangraph-datasets"),
        ("io.read_file", "tangraph-datasets"),
        ("TextLineReader", "tangraph-datasets"),
        ("summary", "tangraph-summary"),
        ("Summary", "tangraph-summary"),
        ("saved_model", "tangraph-interop"),
        ("losses", "tangraph-training"),
        ("flags", "tangraph-compat"),
    ],
)
def test_a_missing_leaf(plugins, name, distribution):
    namespace, _, leaf = name.rpartition(".")
    text = f"tf.{name} is provided by '{distribution}', which is not installed: pip install {distribution}"
    assert name not in NAMES, "core has it: it belongs in no table"
    module = getattr(tf, namespace) if namespace else tf
    with pytest.raises(AttributeError) as attribute:
        getattr(module, leaf)
    assert str(attribute.value) == text
    with pytest.raises(ImportError) as by_import:
        exec(f"from {module.__name__} import {leaf}")
    assert str(by_import.value) == text


def test_a_missing_namespace_below(run_python):
    text = "tf.keras is provided by 'tangraph-keras', which is not installed: pip install tangraph-keras"
    assert caught(run_python, "from tangraph.keras.layers import Dense") == ("ImportError", text)
    assert caught(run_python, "import tangraph.keras.layers") == ("ImportError", text)
    assert caught(run_python, "tf.keras.layers.Dense") == ("AttributeError", text)


def test_what_tensorflow_has_and_nobody_provides_yet(plugins):
    text = "^tf.lite is not implemented in Tangraph yet$"
    with pytest.raises(AttributeError, match=text):
        tf.lite
    with pytest.raises(ImportError, match=text):
        from tangraph import lite  # noqa: F401
    with pytest.raises(ImportError, match=text):
        import tangraph.lite  # noqa: F401


def test_what_tensorflow_does_not_have(plugins):
    with pytest.raises(
        AttributeError, match=r"^module 'tangraph' has no attribute 'matmull'. Did you mean: tf.matmul\?"
    ):
        tf.matmull
    with pytest.raises(AttributeError, match=r"^module 'tangraph.nn' has no attribute 'gelu'"):
        tf.nn.gelu
    with pytest.raises(AttributeError, match=r"^module 'tangraph' has no attribute 'xqzv'$"):
        tf.xqzv
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'tangraph.xqzv'$"):
        import tangraph.xqzv  # noqa: F401
    with pytest.raises(ImportError, match="cannot import name 'xqzv' from 'tangraph'"):
        from tangraph import xqzv  # noqa: F401


@pytest.mark.parametrize(("old", "new"), [("mul", "multiply"), ("pack", "stack"), ("scalar_summary", "summary.scalar")])
def test_names_from_before_tensorflow_1(plugins, old, new):
    with pytest.raises(AttributeError, match=f"has no attribute '{old}'. TensorFlow 1.15 calls it tf.{new}"):
        getattr(tf, old)
    with pytest.raises(ImportError, match=f"TensorFlow 1.15 calls it tf.{new}"):
        exec(f"from tangraph import {old}")


def test_renamed_leaf(plugins):
    with pytest.raises(
        AttributeError, match=r"module 'tangraph.train' .*TensorFlow 1.15 calls it tf.summary.FileWriter"
    ):
        tf.train.SummaryWriter


def test_renamed_names_are_not_names_of_tensorflow_115():
    for old, new in tensorflow_names.RENAMED.items():
        assert not tensorflow_names.is_known(old), old
        assert tensorflow_names.is_known(new), new


def test_private_names_are_no_names():
    for name in ("__wrapped__", "_private", "__spam__"):
        with pytest.raises(AttributeError, match="has no attribute"):
            getattr(tf.nn, name)


def test_an_installed_piece(plugins):
    plugins.register(Names(layers={"dense": "math:sqrt"}, nn__rnn_cell={"Cell": "math:floor"}), name="layers")
    import math

    import tangraph.layers
    import tangraph.nn.rnn_cell as cells
    from tangraph import layers
    from tangraph.layers import dense
    from tangraph.nn import rnn_cell

    assert dense is math.sqrt is tf.layers.dense
    assert layers is tf.layers is tangraph.layers
    assert rnn_cell is cells is tf.nn.rnn_cell
    assert cells.Cell is math.floor
    assert cells.__name__ == "tangraph.nn.rnn_cell"
    assert {"layers", "nn", "VERSION"} <= set(dir(tf))
    assert {"dense", "__name__"} <= set(dir(tf.layers))
    assert "rnn_cell" in dir(tf.nn)


def test_star_import_of_a_namespace(plugins):
    plugins.register(Names(nn__rnn_cell={"BasicCell": "math:floor", "Wrapper": "math:sqrt"}), name="layers")
    scope: dict[str, object] = {}
    exec("from tangraph.nn.rnn_cell import *", scope)
    assert {"BasicCell", "Wrapper"} == {name for name in scope if not name.startswith("_")}


def test_a_name_of_an_installed_piece_that_it_lacks(plugins):
    plugins.register(Names(layers={"dense": "math:sqrt"}), name="layers")
    with pytest.raises(AttributeError, match=r"has no attribute 'dens'. Did you mean: tf.layers.dense\?"):
        tf.layers.dens


def test_a_plugin_adds_a_namespace_of_its_own(plugins):
    plugins.register(Names(mine={"pi": "math:pi"}, contrib__mine__deep={"tau": "math:tau"}), name="mine")
    import tangraph.contrib.mine.deep
    from tangraph.mine import pi

    assert pi == tf.mine.pi
    assert tf.contrib.mine.deep.tau == tangraph.contrib.mine.deep.tau == 2 * pi
    assert tf.mine.__doc__ == "`tf.mine`."


def test_a_module_may_stand_for_a_namespace(plugins):
    plugins.register(Names(contrib={"maths": "math"}), name="mine")
    import math

    import tangraph.contrib.maths as maths  # noqa: PLR0402  one spelling of several

    assert maths is math is tf.contrib.maths
    assert math.__spec__.name == math.__name__ == "math"


def test_what_was_looked_up_is_forgotten_with_the_plugins(plugins):
    plugins.register(Names(layers={"dense": "math:sqrt"}), name="layers")
    assert tf.layers.dense
    plugins.reset()
    assert not hasattr(tf, "layers")
    with pytest.raises(ImportError):
        import tangraph.layers  # noqa: F401


def test_a_broken_provider_is_named(run_python, tmp_path):
    broken = tmp_path / "tangraph_layers"
    broken.mkdir()
    (broken / "__init__.py").touch()
    (broken / "plugin.py").write_text("raise OSError('torn')")
    environment = {"TANGRAPH_PLUGINS": "tangraph_layers.plugin"}
    text = "tf.layers is provided by 'tangraph-layers', which could not be loaded: OSError: torn"
    assert caught(run_python, "tf.layers", **environment) == ("AttributeError", text)
    assert caught(run_python, "from tangraph.layers import dense", **environment) == ("ImportError", text)
    code = """
    import tangraph as tf
    try:
        tf.layers
    except AttributeError as error:
        print(repr(error.__cause__))
    """
    assert run_python(code, **environment) == "OSError('torn')"


def test_a_disabled_provider_is_named(run_python, tmp_path):
    package = tmp_path / "tangraph_layers"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "plugin.py").touch()
    environment = {"TANGRAPH_PLUGINS": "tangraph_layers.plugin", "TANGRAPH_DISABLE_PLUGINS": "tangraph_layers.plugin"}
    text = "tf.layers is provided by 'tangraph-layers', which is disabled by TANGRAPH_DISABLE_PLUGINS"
    assert caught(run_python, "tf.layers", **environment) == ("AttributeError", text)


def test_names_of_cores_do_not_open_a_namespace_that_is_not_installed(plugins):
    assert any(name.startswith("keras.") for name in NAMES)
    assert not hasattr(tf, "keras")
    assert "keras" not in dir(tf)
    plugins.register(Names(keras={"Model": "math:sqrt"}), name="keras")
    core_has = next(name for name in NAMES if name.startswith("keras."))
    found = tf
    for part in core_has.split("."):
        found = getattr(found, part)
    assert "Model" in dir(tf.keras)


def test_versions():
    assert tf.__version__ == tf.VERSION == tf.version.VERSION == "1.15.5"
    assert tf.__git_version__ == tf.GIT_VERSION == "v1.15.4-39-g3db52be"
    assert tf.GRAPH_DEF_VERSION == tf.version.GRAPH_DEF_VERSION == 134
    assert tf.sysconfig.CXX11_ABI_FLAG == tf.__cxx11_abi_flag__ == 0


def test_our_own_version_is_the_distributions():
    from importlib.metadata import version

    assert tf.__tangraph_version__ == version("tangraph-core")


def test_errors_are_one_module():
    import tangraph.errors
    import tangraph.framework.errors as home
    from tangraph.errors import NotFoundError

    assert tf.errors is tangraph.errors is home
    assert NotFoundError is home.NotFoundError
    assert home.__name__ == home.__spec__.name == "tangraph.framework.errors"


def test_every_reserved_namespace_has_a_module_and_the_other_way_round():
    reserved = {name for name in providers.OPEN | providers.CLOSED.keys() if "." not in name}
    made = {path.stem for path in PACKAGE.glob("*.py") if "facade.namespace(__name__)" in path.read_text()}
    assert made - {"__init__"} == reserved - {"errors"}


def test_tables_know_only_names_of_tensorflow():
    for name in providers.PROVIDERS:
        assert tensorflow_names.is_known(name.removesuffix(".*")), name
    for name in providers.OPEN:
        assert tensorflow_names.is_known(name), name


def test_importing_tangraph_is_light(run_python):
    code = """
    import sys
    before = set(sys.modules)
    import tangraph
    heavy = {"numpy", "scipy", "pandas", "cupy", "pluggy", "importlib.metadata", "tangraph._builtin"}
    print(sorted(heavy & set(sys.modules)))
    """
    assert run_python(code, alone=False) == "[]"


def test_core_names_need_no_plugin(run_python):
    code = """
    import sys
    import tangraph as tf
    tf.float32, tf.VERSION, tf.nn, tf.train, tf.errors
    print("pluggy" in sys.modules)
    """
    assert run_python(code, alone=False) == "False"


def test_each_module_of_core_names_itself():
    for path in PACKAGE.glob("*.py"):
        assert ast.get_docstring(ast.parse(path.read_text())), path
