"""What a program uses of TensorFlow, from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOTS: Final = ("tensorflow", "tangraph")
_FORGIVING: Final = {
    "ImportError",
    "ModuleNotFoundError",
    "AttributeError",
    "TypeError",
    "Exception",
    "BaseException",
}


@dataclass(frozen=True)
class Use:
    """One use of a name.

    Attributes:
      name: the dotted name below `tensorflow`; "" for the package itself.
      file: the file, and the cell of a notebook.
      line: the line in it.
      keywords: the keywords it is called with.
      guarded: whether the program is ready for its absence (it stands in a `try` that catches it, or after a look
        whether it is there).
      instead_of: where it stands in for others, in an `except` or an `else`: the uses that it needs to be missing.
    """

    name: str
    file: str
    line: int
    keywords: tuple[str, ...] = ()
    guarded: bool = False
    instead_of: tuple[Use, ...] = ()


@dataclass(frozen=True)
class Source:
    """A piece of Python: a file or the cell of a notebook."""

    name: str
    text: str


def sources(path: Path) -> list[Source]:
    """Returns the sources of a program: one, or the cells of a notebook.

    Raises:
      OSError: it cannot be read.
      ValueError: it is no notebook, or no text.
    """
    if path.suffix == ".ipynb":
        from tangraph_compat.runner.notebook import read

        return [Source(cell.name, cell.source) for cell in read(path)]
    return [Source(str(path), path.read_text(encoding="utf-8"))]


class Reader(ast.NodeVisitor):
    """Collects the uses in one program; the cells of a notebook share the names that they bind.

    Attributes:
      uses: what was found.
      imported: the other modules that the program imports.
    """

    def __init__(self) -> None:
        self.uses: list[Use] = []
        self.imported: set[str] = set()
        self._bound: dict[str, str] = {}
        self._file = ""
        self._guards = 0
        self._present: list[str] = []
        self._instead_of: tuple[Use, ...] = ()
        self._made: set[str] = set()

    def read(self, source: Source) -> None:
        """Reads one source.

        Raises:
          SyntaxError: it is not Python 3.
        """
        tree = ast.parse(source.text, source.name)
        self._file = source.name
        for node in ast.walk(tree):
            self._bind(node)
        self.visit(tree)

    def _bind(self, node: ast.AST) -> None:
        """Notes the names that stand for something of TensorFlow's: imports, `slim = tf.contrib.slim`; and `tf.mine = 1`."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                root, _, rest = alias.name.partition(".")
                if root in ROOTS:
                    self._bound[alias.asname or root] = rest if alias.asname else ""
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            root, _, rest = node.module.partition(".")
            if root in ROOTS:
                for alias in node.names:
                    self._bound[alias.asname or alias.name] = f"{rest}.{alias.name}".strip(".")
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute):
            target, name = node.targets[0], self._name_of(node.value)
            if isinstance(target, ast.Name) and name:
                self._bound[target.id] = name
        if isinstance(node, ast.Assign):
            attributes = (target for target in node.targets if isinstance(target, ast.Attribute))
            self._made |= {name for target in attributes if (name := self._name_of(target))}

    def _name_of(self, node: ast.AST) -> str | None:
        """Returns the dotted name of `tf.nn.relu`, or None for what does not start with a name of TensorFlow's."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self._bound:
            return None
        return ".".join([*filter(None, [self._bound[node.id]]), *reversed(parts)])

    def _use(self, name: str, node: ast.AST, keywords: tuple[str, ...] = ()) -> None:
        guarded = self._guards > 0 or any(_is_below(name, there) for there in (*self._present, *self._made))
        self.uses.append(Use(name, self._file, getattr(node, "lineno", 0), keywords, guarded, self._instead_of))

    def visit_Try(self, node: ast.Try) -> None:
        """Reads the body as guarded when a handler catches what is missing, and that handler as what stands in."""
        forgiving = any(_catches(handler) & _FORGIVING for handler in node.handlers)
        first = len(self.uses)
        self._guards += forgiving
        for statement in node.body:
            self.visit(statement)
        self._guards -= forgiving
        tried = tuple(self.uses[first:])
        for handler in node.handlers:
            self._visit_instead(tried if _catches(handler) & _FORGIVING else (), [handler])
        for part in (*node.orelse, *node.finalbody):
            self.visit(part)

    def _visit_instead(self, others: tuple[Use, ...], parts: Iterable[ast.AST]) -> None:
        """Reads what is run only where some others are missing; `others` empty: in any case."""
        before = self._instead_of
        self._instead_of = others or before
        for part in parts:
            self.visit(part)
        self._instead_of = before

    def visit_If(self, node: ast.If) -> None:
        """Reads what depends on a look whether a name is there."""
        self.visit(node.test)
        looked_for, negated = self._looked_for(node.test)
        there, not_there = (node.orelse, node.body) if negated else (node.body, node.orelse)
        self._present += looked_for
        for statement in there:
            self.visit(statement)
        del self._present[len(self._present) - len(looked_for) :]
        others = tuple(Use(name, self._file, node.lineno) for name in looked_for)
        self._visit_instead(others, not_there)

    def _looked_for(self, test: ast.expr) -> tuple[list[str], bool]:
        """Returns the names of `hasattr(tf, "name")` or `"name" in dir(tf)`, and whether they must be missing."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            names, negated = self._looked_for(test.operand)
            return names, not negated
        match test:
            case ast.Call(func=ast.Name(id="hasattr"), args=[owner, ast.Constant(value=str(leaf))]):
                return self._below(owner, leaf), False
            case ast.Compare(
                left=ast.Constant(value=str(leaf)),
                ops=[ast.In() | ast.NotIn()],
                comparators=[ast.Call(func=ast.Name(id="dir"), args=[owner])],
            ):
                return self._below(owner, leaf), isinstance(test.ops[0], ast.NotIn)
        return [], False

    def _below(self, owner: ast.expr, leaf: str) -> list[str]:
        name = self._name_of(owner)
        return [] if name is None else [f"{name}.{leaf}".strip(".")]

    def visit_Import(self, node: ast.Import) -> None:
        """Notes modules of TensorFlow's, and others."""
        for alias in node.names:
            root, _, rest = alias.name.partition(".")
            if root not in ROOTS:
                self.imported.add(alias.name)
            elif rest:
                self._use(rest, node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Notes names of TensorFlow's, and other modules."""
        root, _, rest = (node.module or "").partition(".")
        if root not in ROOTS or node.level:
            self.imported |= {node.module} if node.module else {alias.name for alias in node.names}
            return
        for alias in node.names:
            name = rest if alias.name == "*" else f"{rest}.{alias.name}".strip(".")
            if not name.startswith("__") and name:
                self._use(name, node)

    def visit_Call(self, node: ast.Call) -> None:
        """Notes the keywords of a call."""
        name = self._name_of(node.func)
        if name:
            self._use(name, node, tuple(keyword.arg for keyword in node.keywords if keyword.arg))
        else:
            self.visit(node.func)
        for part in (*node.args, *node.keywords):
            self.visit(part)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Notes `tf.nn.relu`."""
        name = self._name_of(node) if isinstance(node.ctx, ast.Load) else None
        if name:
            self._use(name, node)
        else:
            self.generic_visit(node)


def _is_below(name: str, owner: str) -> bool:
    return name == owner or name.startswith(f"{owner}.")


def _catches(handler: ast.ExceptHandler) -> set[str]:
    if handler.type is None:
        return {"Exception"}
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {kind.id for kind in kinds if isinstance(kind, ast.Name)}


def read_program(path: Path) -> list[Use]:
    """Returns what a program and its own modules, those in its folder, use of TensorFlow.

    Raises:
      OSError: the program cannot be read.
      ValueError: it is no notebook, or no text.
      SyntaxError: it is not Python 3.
    """
    uses: list[Use] = []
    pending, seen = [path], set()
    while pending:
        file = pending.pop(0)
        if file.resolve() in seen:
            continue
        seen.add(file.resolve())
        reader = Reader()
        for source in sources(file):
            reader.read(source)
        uses += reader.uses
        pending += _own_modules(path.parent, reader.imported)
    return uses


def _own_modules(folder: Path, imported: set[str]) -> Iterator[Path]:
    for name in sorted(imported):
        place = folder / name.replace(".", "/")
        yield from (file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file())
