"""What CuPy has, and how it may be called: the table that `tools/cupy_api.py` wrote down from CuPy itself."""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_TABLE: Final = "cupy_api.txt"
#: What CuPy's ufuncs take beside their operands.
_UFUNC_OPTIONS: Final = frozenset({"out", "dtype", "casting"})


class Entry(NamedTuple):
    """One name of CuPy's.

    Attributes:
      name: with its module.
      arguments: of a function, an optional one with "=" behind it; None where it is none, or does not say.
      loops: of a ufunc, the types that it is compiled for, ("ff->f", "dd->d").
    """

    name: str
    arguments: tuple[str, ...] | None
    loops: tuple[str, ...]

    def check_call(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        """Refuses a call that CuPy would refuse, or would not understand as NumPy does.

        Raises:
          TypeError: it has no such argument, or no default for one that is missing.
        """
        if self.loops:
            wrong = kwargs.keys() - _UFUNC_OPTIONS
            if wrong:
                raise TypeError(f"CuPy's {self.name} takes {sorted(_UFUNC_OPTIONS)}. Received: {sorted(wrong)}")
        if self.arguments is None or "*" in self.arguments:
            return
        names = [a.removesuffix("=") for a in self.arguments]
        needed = [a for a in self.arguments[len(args) :] if a[-1] not in "=*" and a not in kwargs]
        unknown = [] if "**" in names else [k for k in kwargs if k not in names]
        if unknown or needed or len(args) > len(names):
            raise TypeError(
                f"CuPy has {self.name}({', '.join(self.arguments)}). Received: {len(args)} positional arguments and "
                f"{sorted(kwargs)}"
            )

    def check_types(self, dtypes: Iterable[np.dtype[Any] | None]) -> None:
        """Refuses types that a ufunc is not compiled for.

        Args:
          dtypes: the operands' types; None for Python's numbers, which take on any.

        Raises:
          TypeError: there is no loop that they can be cast to.
        """
        given = tuple(dtypes)
        for loop in self.loops:
            wanted = loop.partition("->")[0]
            pairs = zip(given, wanted, strict=False)
            if all(dtype is None or np.can_cast(dtype, np.dtype(char), "safe") for dtype, char in pairs):
                return
        raise TypeError(f"CuPy's {self.name} is made for {' '.join(self.loops)}. Received: {[str(d) for d in given]}")


def find(name: str) -> Entry:
    """Returns the entry of a name.

    Raises:
      AttributeError: CuPy has none.

    >>> find("cupy.argsort").arguments
    ('a', 'axis=', 'kind=')
    """
    entry = table().get(name)
    if entry is None:
        raise AttributeError(f"CuPy has no '{name}'")
    return entry


@functools.cache
def table() -> Mapping[str, Entry]:
    """Returns name, with its module -> entry."""
    found, module = {}, ""
    for line in files(__package__).joinpath(_TABLE).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            module = line.strip("[]")
        elif not line.startswith("#"):
            left, opened, right = line.partition("(")
            words = left.split()
            inner = right.removesuffix(")")
            arguments = None if not opened or inner == "?" else tuple(inner.split(", ")) if inner else ()
            name = f"{module}.{words[0]}"
            # "E" is CuPy's bfloat16, for which NumPy has no letter.
            found[name] = Entry(name, arguments, tuple([loop for loop in words[1:] if "E" not in loop]))
    return found
