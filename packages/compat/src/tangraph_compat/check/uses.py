"""What a program uses of TensorFlow, from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOTS: Final = ("tensorflow", "tangraph")
_FORGIVING: Final = {"ImportError", "ModuleNotFoundError", "AttributeError", "Exception", "BaseException"}


@dataclass(frozen=True)
class Use:
    """One use of a name.

    Attributes:
      name: the dotted name below `tensorflow`; "" for the package itself.
      file: the file, and the cell of a notebook.
      line: the line in it.
      keywords: the keywords it is called with.
      guarded: whether the program is ready for its absence (it stands in a `try` that catches it).
    """

    name: str
    file: str
    line: int
    keywords: tuple[str, ...] = ()
    guarded: bool = False


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
        """Notes the names that stand for something of TensorFlow's: imports, and `slim = tf.contrib.slim`."""
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
        self.uses.append(Use(name, self._file, getattr(node, "lineno", 0), keywords, self._guards > 0))

    def visit_Try(self, node: ast.Try) -> None:
        """Reads the body as guarded when a handler catches what is missing."""
        forgiving = any(_catches(handler) & _FORGIVING for handler in node.handlers)
        self._guards += forgiving
        for statement in node.body:
            self.visit(statement)
        self._guards -= forgiving
        for part in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(part)

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
