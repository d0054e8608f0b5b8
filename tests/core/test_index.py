"""tools/index.py and tangraph.export."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tangraph.export import export, exported_names

TOOL = Path(__file__).resolve().parents[2] / "tools" / "index.py"


@pytest.fixture
def tool():
    spec = importlib.util.spec_from_file_location("index_tool_of_the_test", TOOL)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture
def package(tmp_path, monkeypatch, tool):
    """Makes packages/toy with the given modules; returns what the tool collects from it."""
    root = tmp_path / "packages" / "toy"
    name = f"toy_{tmp_path.name.replace('-', '_')}"
    source = root / "src" / name
    source.mkdir(parents=True)
    (source / "py.typed").touch()
    (source / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(root / "src"))
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr(tool, "PACKAGES", tmp_path / "packages")

    def make(**modules):
        for module, text in modules.items():
            path = source / f"{module.replace('sub_', 'sub/')}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(textwrap.dedent(text).replace("PACKAGE", name))
        importlib.invalidate_caches()
        index = tool.collect(tool.module_names(name))
        for table in (index.names, index.ops, index.kernels):
            table.update({key: entry.replace(name, "toy") for key, entry in table.items()})
        return index

    make.root, make.name = root, name
    yield make
    for module in [m for m in sys.modules if m.partition(".")[0] == name]:
        del sys.modules[module]


def test_export_records_names_in_order():
    @export("b", "a.b")
    def function(): ...

    assert exported_names(function) == ("b", "a.b")
    assert exported_names(export("c")(function)) == ("b", "a.b", "c")
    with pytest.raises(ValueError, match="at least one public name"):
        export()


def test_a_subclass_does_not_inherit_the_names():
    @export("Base")
    class Base: ...

    class Derived(Base): ...

    assert exported_names(Base) == ("Base",)
    assert exported_names(Derived) == ()
    assert exported_names(export("Derived")(Derived)) == ("Derived",)


def test_exports_ops_and_kernels_are_collected(package):
    index = package(
        maths="""
        from tangraph.export import export
        from tangraph.framework.op_def import OpSet
        from tangraph.plan.kernel import KernelSet

        ops = OpSet()
        ops.define("Toy", outputs=["y: float"])
        kernels = KernelSet()

        @kernels("Toy")
        def toy_kernel(k): ...

        @export("toy", "math.toy")
        def toy(): ...

        @export("Toys")
        class Toys: ...

        class Private(Toys): ...

        pi = 3.25
        __tf_values__ = {"math.pi": pi}
        """,
    )
    assert index.problems == []
    assert index.names == {
        "toy": "toy.maths:toy",
        "math.toy": "toy.maths:toy",
        "Toys": "toy.maths:Toys",
        "math.pi": "toy.maths:pi",
    }
    assert index.ops == {"Toy": "toy.maths:ops"}
    assert index.kernels == {"Toy": "toy.maths:kernels"}


def test_what_is_imported_is_not_collected_again(package):
    index = package(
        a="""
        from tangraph.export import export
        from tangraph.framework.op_def import OpSet
        ops = OpSet()
        ops.define("A", outputs=["y: float"])
        @export("f")
        def f(): ...
        """,
        b="from PACKAGE.a import f, ops\nfrom PACKAGE import a\nalias = f\nfrom PACKAGE.a import *",
        sub___init__="from PACKAGE.a import f",
        sub_c="from PACKAGE.a import f as g, ops as more",
    )
    assert index.problems == []
    assert index.names == {"f": "toy.a:f"}
    assert index.ops == {"A": "toy.a:ops"}


def test_functions_that_a_helper_makes_belong_to_the_module_that_assigns_them(package):
    index = package(
        helper="""
        def make(name):
            def made(): ...
            made.__name__ = name
            return made
        """,
        user="""
        from tangraph.export import export
        from PACKAGE.helper import make
        sin = export("sin")(make("sin"))
        for name in ("cos", "tan"):
            globals()[name] = export(name)(make(name))
            globals()[name].__module__ = __name__
        sine = sin
        """,
    )
    assert index.problems == []
    assert index.names == {"sin": "toy.user:sin", "cos": "toy.user:cos", "tan": "toy.user:tan"}


def test_one_name_from_two_modules_is_an_error(package):
    module = "from tangraph.export import export\n@export('f')\ndef f(): ..."
    index = package(a=module, b=module)
    assert len(index.problems) == 1
    assert index.problems[0].startswith("'f' is defined by toy_")


def test_a_module_that_cannot_be_imported_is_reported(package):
    index = package(a="import there_is_none", b="from tangraph.export import export\n@export('f')\ndef f(): ...")
    assert index.names == {"f": "toy.b:f"}
    assert "a cannot be imported" in index.problems[0]
    assert "No module named 'there_is_none'" in index.problems[0]


def test_what_a_module_that_cannot_be_imported_provided_is_kept(package, tool):
    good = "from tangraph.export import export\n@export('{0}')\ndef {0}(): ..."
    package(a=good.format("f"), b=good.format("g"))
    assert tool.main(["toy"]) == 0
    path = package.root / "src" / package.name / "_index.py"
    before = path.read_text()
    for module in ("a", "b"):
        sys.modules.pop(f"{package.name}.{module}", None)
    package(a="import there_is_none")
    assert tool.main(["toy"]) == 1
    assert path.read_text() == before


def test_a_folder_without_init_is_reported(package):
    index = package(sub_c="x = 1")
    assert "sub has no __init__.py" in index.problems[0]


def test_a_value_that_is_no_attribute_is_reported(package):
    index = package(a="__tf_values__ = {'x': object()}")
    assert "the value of tf.x is no attribute of" in index.problems[0]


def test_main_writes_and_checks(package, tool, capsys):
    package(a="from tangraph.export import export\n@export('z.f', 'f')\ndef f(): ...")
    path = package.root / "src" / package.name / "_index.py"
    assert tool.main(["toy", "--check"]) == 1
    assert "_index.py is out of date" in capsys.readouterr().err
    assert not path.exists()
    assert tool.main(["toy"]) == 0
    assert tool.main(["--check"]) == 0
    assert path.read_text() == (
        '"""What this package provides, by name. Written by tools/index.py: do not edit."""\n\n'
        "NAMES: dict[str, str] = {\n"
        f'    "f": "{package.name}.a:f",\n'
        f'    "z.f": "{package.name}.a:f",\n'
        "}\n\nOPS: dict[str, str] = {}\n\nKERNELS: dict[str, str] = {}\n"
    )
    path.write_text(path.read_text().replace("z.f", "z.g"))
    assert tool.main(["--check"]) == 1


def test_the_index_of_core_is_up_to_date():
    done = subprocess.run([sys.executable, str(TOOL), "--check", "core"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_entry_of_cores_index_resolves():
    from tangraph import _index
    from tangraph.plugins.entries import member, resolve_entry

    for name, entry in _index.NAMES.items():
        resolve_entry(entry), name
    for op_type, entry in _index.OPS.items():
        assert member(resolve_entry(entry), op_type).name == op_type
    for op_type, entry in _index.KERNELS.items():
        assert callable(member(resolve_entry(entry), op_type))
