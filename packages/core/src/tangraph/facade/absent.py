"""What an import of one of our packages says where its distribution is not installed.

A package that was installed without what it declares meets this in the middle of its work, wherever it imports the
other one.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

from tangraph.facade.providers import PROVIDERS

_DISTRIBUTIONS: Final = {p.package: p.distribution for p in PROVIDERS.values() if p is not None}


class _Finder:
    """The last to be asked for a module: what comes here has been found by nobody."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raises ModuleNotFoundError for a package of ours; leaves every other module alone."""
        if fullname in _DISTRIBUTIONS and path is None:  # test runners ask finder after finder, with folders
            raise ModuleNotFoundError(f"{fullname} is in {advice(_DISTRIBUTIONS[fullname])}", name=fullname)
        return None


_FINDER: Final = _Finder()


def install() -> None:
    """Puts the finder behind all others."""
    if _FINDER not in sys.meta_path:
        sys.meta_path.append(_FINDER)


def distribution_of(error: ModuleNotFoundError) -> str | None:
    """Returns the distribution that an import has missed, or None when it is none of ours."""
    return _DISTRIBUTIONS.get(error.name or "")


def advice(distribution: str) -> str:
    """Returns what to say of a distribution that is not there.

    >>> advice("tangraph-interop")
    "'tangraph-interop', which is not installed: pip install tangraph-interop"
    """
    return f"'{distribution}', which is not installed: pip install {distribution}"
