"""Writes `_index.py`: what each of our packages provides, by name.

Imports every module of a package, and collects the names given by ``tangraph.export``, the OpSets and the KernelSets.
The packages' plugins register these import strings, so that nothing is imported before it is used.

    python tools/index.py              # all packages
    python tools/index.py core         # one of packages/*
    python tools/index.py --check      # exit status 1 when an index on disk is not what would be written
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.util
import inspect
import runpy
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ROOT / "packages"
HEADER = '"""What this package provides, by name. Written by tools/index.py: do not edit."""'
INDEX = "_index"

# Core's plain modules are the facade, which serves what is indexed here; its names live in subpackages.
# The runner's sitecustomize is run by interpreters, and never imported.
LEFT_OUT = frozenset({"tangraph.cli", "tangraph.plugins", "tangraph.testing", "tangraph_compat.runner.site"})


@dataclass
class Index:
    """What was found: name -> import string, for each of the three tables; and what went wrong."""

    names: dict[str, str] = field(default_factory=dict)
    ops: dict[str, str] = field(default_factory=dict)
    kernels: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def add(self, table: dict[str, str], key: str, entry: str) -> None:
        """Adds one entry, or the problem that another module has the same key."""
        if table.setdefault(key, entry) != entry:
            self.problems.append(f"{key!r} is defined by {table[key]} and by {entry}")

    def keep(self, path: Path) -> None:
        """Takes over what an index on disk says of the modules that cannot be imported now."""
        old = runpy.run_path(str(path)) if self.broken and path.exists() else {}
        for title, table in (("NAMES", self.names), ("OPS", self.ops), ("KERNELS", self.kernels)):
            for key, entry in old.get(title, {}).items():
                if entry.partition(":")[0] in self.broken:
                    table.setdefault(key, entry)


def import_name(package: Path) -> str:
    """Returns the top-level import name of packages/<package>, from its src folder."""
    found = [path.parent.name for path in sorted(package.glob("src/*/py.typed"))]
    if len(found) != 1:
        raise SystemExit(f"{package}/src must hold one package with py.typed. Received: {found}")
    return found[0]


def module_names(name: str) -> Iterator[str]:
    """Yields the modules of a package to look into, sorted; of core, those in subpackages."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.submodule_search_locations is None:
        return
    for path in sorted(Path(spec.submodule_search_locations[0]).iterdir()):
        module = f"{name}.{path.stem}"
        if module in LEFT_OUT or path.stem in {INDEX, "__init__", "__main__"}:
            continue
        if any(path.glob("*.py")):
            yield module
            yield from module_names(module)
        elif path.suffix == ".py" and name != "tangraph":
            yield module


def collect(modules: Iterable[str]) -> Index:
    """Imports modules and collects what they define. A module that cannot be imported is a problem."""
    index = Index()
    for name in modules:
        try:
            module = importlib.import_module(name)
        except Exception:  # noqa: BLE001  reported whole
            index.problems.append(f"{name} cannot be imported:\n{traceback.format_exc(limit=-3)}")
            index.broken.add(name)
            continue
        if module.__file__ is None:
            index.problems.append(f"{name} has no __init__.py")
            continue
        collect_module(module, index)
    return index


def collect_module(module: ModuleType, index: Index) -> None:
    """Collects the exports, values, ops and kernels that a module defines itself."""
    from tangraph.export import VALUES_ATTRIBUTE, exported_names

    for attribute, value in defined(module):
        entry = f"{module.__name__}:{attribute}"
        for name in exported_names(value):
            index.add(index.names, name, entry)
        for table, kind in ((index.ops, "OpSet"), (index.kernels, "KernelSet")):
            if is_table(value, kind):
                for key in value:  # type: ignore[attr-defined]
                    index.add(table, str(key), entry)
    values: Mapping[str, object] = vars(module).get(VALUES_ATTRIBUTE, {})
    for name, value in values.items():
        attribute_found = attribute_of(module, name, value)
        if attribute_found is None:
            index.problems.append(f"the value of tf.{name} is no attribute of {module.__name__}")
        else:
            index.add(index.names, name, f"{module.__name__}:{attribute_found}")


def defined(module: ModuleType) -> Iterator[tuple[str, object]]:
    """Yields what a module defines and not only imports; each object once, under its own name where it has that one."""
    bound, from_elsewhere = top_level_names(module)
    attributes: dict[int, str] = {}
    for attribute, value in vars(module).items():
        made_here = getattr(value, "__module__", None) == module.__name__ and attribute not in from_elsewhere
        if (attribute not in bound and not made_here) or has_another_home(value, module):
            continue
        if id(value) not in attributes or attribute == getattr(value, "__name__", None):
            attributes[id(value)] = attribute
    for attribute in sorted(attributes.values()):
        yield attribute, vars(module)[attribute]


def top_level_names(module: ModuleType) -> tuple[set[str], set[str]]:
    """Returns the names that a module's source binds outside of functions: by definition, and by import."""
    bound: set[str] = set()
    from_elsewhere: set[str] = set()
    pending: list[ast.AST] = [ast.parse(inspect.getsource(module))] if has_source(module) else []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            from_elsewhere |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        pending.extend(ast.iter_child_nodes(node))
    return bound, from_elsewhere


def has_source(module: ModuleType) -> bool:
    """Returns whether a module's file has anything in it (inspect raises for an empty one)."""
    return bool(module.__file__) and Path(str(module.__file__)).stat().st_size > 0


def has_another_home(value: object, module: ModuleType) -> bool:
    """Returns whether a function or class can be found under its own name in another module: this one has an alias."""
    if not isinstance(value, (type, FunctionType)):
        return False
    home, name = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if not isinstance(home, str) or not isinstance(name, str) or home == module.__name__:
        return False
    return getattr(sys.modules.get(home), name, None) is value


def is_table(value: object, kind: str) -> bool:
    """Returns whether a value is an OpSet or a KernelSet of ours."""
    return any(base.__name__ == kind and base.__module__.startswith("tangraph.") for base in type(value).__mro__)


def attribute_of(module: ModuleType, name: str, value: object) -> str | None:
    """Returns the attribute of a module that holds a value: the one of the same name, else the first."""
    leaf = name.rpartition(".")[2]
    held = [attribute for attribute, found in vars(module).items() if found is value]
    if leaf in held:
        return leaf
    return held[0] if held else None


def render(index: Index) -> str:
    """Returns the text of `_index.py`, as ruff formats it."""
    parts = [HEADER]
    for title, table in (("NAMES", index.names), ("OPS", index.ops), ("KERNELS", index.kernels)):
        if not table:
            parts.append(f"{title}: dict[str, str] = {{}}")
            continue
        lines = [f'    "{key}": "{table[key]}",' for key in sorted(table)]
        parts.append("\n".join([f"{title}: dict[str, str] = {{", *lines, "}"]))
    return "\n\n".join(parts) + "\n"


def update(package: Path, *, check: bool) -> list[str]:
    """Writes the index of one package, or compares it; returns what is wrong."""
    name = import_name(package)
    index = collect(module_names(name))
    path = package / "src" / name / f"{INDEX}.py"
    index.keep(path)
    text = render(index)
    problems = list(index.problems)
    if check and (not path.exists() or path.read_text(encoding="utf-8") != text):
        problems.append(f"{path.relative_to(ROOT)} is out of date: run python tools/index.py")
    if not check:
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {len(index.names)} names, {len(index.ops)} ops, {len(index.kernels)} kernels")
    return [f"{package.name}: {problem}" for problem in problems]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the tool; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", help="folders of packages/; all of them by default")
    parser.add_argument("--check", action="store_true", help="write nothing, and fail when an index is out of date")
    options = parser.parse_args(arguments)
    every = sorted(path.parent for path in PACKAGES.glob("*/src"))
    sys.path[:0] = [str(path / "src") for path in every]
    chosen = [PACKAGES / name for name in options.packages] or every
    problems = [problem for package in chosen for problem in update(package, check=options.check)]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
