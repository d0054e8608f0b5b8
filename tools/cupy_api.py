"""Writes what CuPy has: its functions with their arguments, its ufuncs with their types.

    PYTHON tools/cupy_api.py

PYTHON has CuPy, 14 or newer; a GPU and its libraries are not needed to ask it. The simulated device offers what stands
in the file and no more.
"""

from __future__ import annotations

import importlib
import inspect
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "packages/backend-cuda/src/tangraph_backend_cuda/simulated/cupy_api.txt"
MODULES = ("cupy", "cupy.fft", "cupy.linalg", "cupy.lib.stride_tricks", "cupyx.scipy.linalg", "cupyx.scipy.special")


def main() -> None:
    """Writes the file."""
    cupy = importlib.import_module("cupy")
    TARGET.write_text("\n".join([*header(cupy), *lines(cupy)]) + "\n", encoding="utf-8")
    print(f"wrote {TARGET}")


def header(cupy: Any) -> list[str]:
    """Returns the comment on top."""
    return [
        f"# What CuPy {cupy.__version__} has, by module. Written by tools/cupy_api.py: do not edit.",
        "# name(arguments): a function, with '=' behind what may be left out; '*' and '**' for any, '?' where it does not say.",
        "# name types...: a ufunc, with the types that it is compiled for. name: anything else.",
    ]


def lines(cupy: Any) -> Iterator[str]:
    """Yields a line for each module, and one for each of its names."""
    for name in ("cublas", "cusolver"):
        # `cupyx.scipy.linalg` asks for them at import, and they come with the driver.
        setattr(cupy.cuda, name, types.ModuleType(name))
    for path in MODULES:
        module = importlib.import_module(path)
        yield f"[{path}]"
        for name in sorted(n for n in dir(module) if not n.startswith("_")):
            value = getattr(module, name)
            if not isinstance(value, types.ModuleType) and name != "annotations":
                yield describe(cupy, name, value)


def describe(cupy: Any, name: str, value: Any) -> str:
    """Returns the line of one name.

    >>> describe(types.SimpleNamespace(ufunc=int), "tril", lambda m, k=0: m)
    'tril(m, k=)'
    """
    if isinstance(value, cupy.ufunc):
        return " ".join([name, *value.types])
    if isinstance(value, type) or not callable(value):
        return name
    try:
        parameters = inspect.signature(value).parameters.values()
    except ValueError:
        return f"{name}(?)"
    marks = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    names = [marks.get(p.kind, p.name if p.default is p.empty else f"{p.name}=") for p in parameters]
    return f"{name}({', '.join(names)})"


if __name__ == "__main__":
    main()
