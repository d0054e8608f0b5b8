"""Fetches: any nested structure of tensors, operations, names and what stands for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tangraph.framework.errors import InaccessibleTensorError
from tangraph.framework.operation import Operation
from tangraph.framework.tensor import Tensor
from tangraph.util import nest

if TYPE_CHECKING:
    from tangraph.framework.graph import Graph

#: Type -> (function from an object to (tensors to fetch, function from their values to the result)).
_expansions: dict[type, Callable[[Any], tuple[list[Any], Callable[[list[Any]], Any]]]] = {}
#: Type -> function from (object, value) to [(tensor, value)], for feeds.
_feed_expansions: dict[type, Callable[[Any, Any], list[tuple[Any, Any]]]] = {}


def register_session_run_conversion_functions(
    tensor_type: type,
    fetch_function: Callable[[Any], tuple[list[Any], Callable[[list[Any]], Any]]],
    feed_function: Callable[[Any, Any], list[tuple[Any, Any]]] | None = None,
    feed_function_for_partial_run: Any = None,
) -> None:
    """Says how objects of a type are fetched, and fed.

    Args:
      tensor_type: the type.
      fetch_function: object -> (tensors, function from the list of their values to the result).
      feed_function: (object, value) -> list of (tensor, value).
      feed_function_for_partial_run: accepted for TensorFlow's signature.

    Raises:
      ValueError: the type, or one of its bases, is registered already.
    """
    del feed_function_for_partial_run
    for known in _expansions:
        if issubclass(tensor_type, known):
            raise ValueError(f"{tensor_type} has already been registered so ignore it.")
    _expansions[tensor_type] = fetch_function
    if feed_function is not None:
        _feed_expansions[tensor_type] = feed_function


def expand_feed(key: Any, value: Any) -> list[tuple[Any, Any]]:
    """Returns the (tensor, value) pairs that one entry of a feed_dict stands for."""
    for cls, function in _feed_expansions.items():
        if isinstance(key, cls):
            return function(key, value)
    return [(key, value)]


def feed_pairs(feed_dict: Any) -> list[tuple[Any, Any]]:
    """Returns the (tensor, value) pairs of a feed_dict; keys that are structures are taken apart, values likewise.

    Raises:
      TypeError: it is no dictionary.
      ValueError: a key is a tuple, and its value another structure.
    """
    if not feed_dict:
        return []
    return [pair for key, value in nest.flatten_dict_items(feed_dict).items() for pair in expand_feed(key, value)]


def nested_key(fetches: Any, feed_dict: Any) -> Any:
    """Returns what the same fetches in the same structure, with the same feeds, have in common; None for no such key."""
    try:
        key = (_structure_key(fetches), tuple(feed_dict or ()))
        hash(key)
    except TypeError:
        return None
    return key


def _structure_key(fetches: Any) -> Any:
    kind = type(fetches)
    if isinstance(fetches, dict):
        return (kind, *fetches, *map(_structure_key, fetches.values()))
    if isinstance(fetches, (list, tuple)):
        return (kind, *map(_structure_key, fetches))
    return fetches


class FetchPlan:
    """A structure of fetches, taken apart.

    Attributes:
      tensors: the tensors to fetch, each once.
      targets: the operations to run, each once.
      build: puts the tensors' values back into the structure.
    """

    def __init__(self, graph: Graph, fetches: Any) -> None:
        self._graph = graph
        self._index: dict[Tensor, int] = {}
        self._targets: dict[Operation, None] = {}
        self.build = self._take_apart(fetches)
        self.tensors = list(self._index)
        self.targets = list(self._targets)

    def _take_apart(self, fetches: Any) -> Callable[[tuple[Any, ...]], Any]:
        if fetches is None:
            raise TypeError(f"Fetch argument {fetches!r} has invalid type {type(fetches)!r}")
        if isinstance(fetches, (list, tuple)):
            return self._sequence(fetches)
        if isinstance(fetches, Mapping):
            keys, parts = list(fetches.keys()), [self._take_apart(v) for v in fetches.values()]
            make: Callable[..., Any] = (
                partial(type(fetches), None) if isinstance(fetches, defaultdict) else type(fetches)
            )
            return lambda values: make((k, p(values)) for k, p in zip(keys, parts, strict=True))
        if hasattr(type(fetches), "__attrs_attrs__"):
            names = [a.name for a in type(fetches).__attrs_attrs__]
            parts = [self._take_apart(getattr(fetches, n)) for n in names]
            return lambda values: type(fetches)(*[p(values) for p in parts])
        for cls, function in _expansions.items():
            if isinstance(fetches, cls):
                tensors, contract = function(fetches)
                leaves = [self._leaf(t) for t in tensors]
                return lambda values: contract([leaf(values) for leaf in leaves])
        return self._leaf(fetches)

    def _sequence(self, fetches: Any) -> Callable[[tuple[Any, ...]], Any]:
        parts = [self._take_apart(f) for f in fetches]
        if isinstance(fetches, list):
            return lambda values: [p(values) for p in parts]
        if hasattr(fetches, "_fields"):
            return lambda values: type(fetches)(*[p(values) for p in parts])
        return lambda values: type(fetches)(p(values) for p in parts)

    def _leaf(self, fetch: Any) -> Callable[[tuple[Any, ...]], Any]:
        try:
            element = self._graph.as_graph_element(fetch, allow_tensor=True, allow_operation=True)
        except TypeError as error:
            raise TypeError(
                f"Fetch argument {fetch!r} has invalid type {type(fetch)!r}, must be a string or Tensor. ({error})"
            ) from None
        except (ValueError, KeyError) as error:
            raise ValueError(f"Fetch argument {fetch!r} cannot be interpreted as a Tensor. ({error})") from None
        if not self._graph.is_fetchable(element):
            op = element.op if isinstance(element, Tensor) else element
            raise InaccessibleTensorError(
                f"Operation {op.name!r} has been marked as not fetchable. Typically this happens when it is defined in "
                "another function or code block. Use return values,explicit Python locals or TensorFlow collections to "
                "access it."
            )
        if isinstance(element, Operation):
            self._targets[element] = None
            return lambda _values: None
        position = self._index.setdefault(element, len(self._index))
        return lambda values: values[position]
