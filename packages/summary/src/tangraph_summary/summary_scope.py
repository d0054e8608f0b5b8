"""The names and tags of summaries, and the collections that they are added to."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import stacks
from tangraph.framework.scopes import name_scope
from tangraph.util import tf_logging

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ILLEGAL: Final = re.compile(r"[^-/\w\.]")


def clean_tag(name: str | None) -> str | None:
    """Returns a tag as a name that nodes may have.

    >>> clean_tag("/loss (mean)")
    'loss__mean_'
    """
    if name is None:
        return None
    cleaned = _ILLEGAL.sub("_", name).lstrip("/")
    if cleaned != name:
        tf_logging.info("Summary name %s is illegal; using %s instead.", name, cleaned)
    return cleaned


@contextmanager
def summary_scope(
    name: str | None, family: str | None = None, default_name: str | None = None, values: Any = None
) -> Iterator[tuple[str, str]]:
    """Opens the name scope of a summary; yields its tag, which is as unique as the scope, and the scope."""
    name, family = clean_tag(name), clean_tag(family)
    with name_scope(name if family is None else f"{family}/{name}", default_name, values) as scope:
        tag = scope.rstrip("/")
        # The family stands first, whatever scopes are open: it is the tab in TensorBoard.
        yield (tag if family is None else f"{family}/{tag}"), scope


def collect(summary: Any, collections: Iterable[str] | None, default: Iterable[str]) -> None:
    """Adds a summary to collections of the default graph."""
    graph = stacks.get_default_graph()
    for key in default if collections is None else collections:
        graph.add_to_collection(key, summary)
