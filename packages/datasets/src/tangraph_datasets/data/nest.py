"""Nested structures as ``tf.data`` knows them: tuples, namedtuples, dicts and attrs objects.

A list is no structure here: it is taken for a tensor, as an array is. Neither is a SparseTensorValue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tangraph.framework.sparse_tensor import SparseTensorValue
from tangraph.util import nest_base
from tangraph.util.nest import _describe, _difference


def is_sequence(structure: Any) -> bool:
    """Returns whether a value is a structure.

    >>> is_sequence((1, 2)), is_sequence([1, 2])
    (True, False)
    """
    if isinstance(structure, (list, SparseTensorValue)):
        return False
    return nest_base.is_sequence(structure)


def flatten(structure: Any) -> list[Any]:
    """Returns the leaves of a structure, dicts by sorted key.

    >>> flatten({"b": 1, "a": ([2], 3)})
    [[2], 3, 1]
    """
    leaves: list[Any] = []
    _collect(structure, leaves)
    return leaves


def _collect(structure: Any, leaves: list[Any]) -> None:
    if is_sequence(structure):
        for part in nest_base.parts(structure):
            _collect(part, leaves)
    else:
        leaves.append(structure)


def pack_sequence_as(structure: Any, flat_sequence: Any) -> Any:
    """Returns a structure like another with other leaves.

    Raises:
      TypeError: ``flat_sequence`` is no sequence.
      ValueError: the number of leaves is another.
    """
    if not (is_sequence(flat_sequence) or isinstance(flat_sequence, list)):
        raise TypeError(f"flat_sequence must be a sequence. Received: {flat_sequence!r}")
    if not is_sequence(structure):
        if len(flat_sequence) != 1:
            raise ValueError(f"Structure is a scalar but len(flat_sequence) == {len(flat_sequence)} > 1")
        return flat_sequence[0]
    wanted = len(flatten(structure))
    if wanted != len(flat_sequence):
        raise ValueError(
            f"Could not pack sequence. Structure had {wanted} elements, but flat_sequence had {len(flat_sequence)} "
            f"elements.  Structure: {structure}, flat_sequence: {flat_sequence}."
        )
    return _pack(structure, iter(flat_sequence))


def _pack(structure: Any, leaves: Iterator[Any]) -> Any:
    if not is_sequence(structure):
        return next(leaves)
    return nest_base.like(structure, [_pack(part, leaves) for part in nest_base.parts(structure)])


def assert_same_structure(nest1: Any, nest2: Any, check_types: bool = True) -> None:
    """Checks that two structures differ in their leaves only.

    Raises:
      ValueError: one has a leaf, other keys, or another number of parts where the other has a structure.
      TypeError: the types of two structures do not match.
    """
    problem = _difference(nest1, nest2, is_sequence, check_types)
    if problem is not None:
        kind, text = problem
        raise kind(
            "The two structures don't have the same nested structure.\n\n"
            f"First structure: {_describe(nest1)}\n\nSecond structure: {_describe(nest2)}\n\n"
            f"More specifically: {text}"
        )


def map_structure(func: Callable[..., Any], *structure: Any, check_types: bool = True) -> Any:
    """Returns a structure like the first whose leaves are ``func(leaf of each)``.

    Raises:
      TypeError: ``func`` cannot be called, or the types of the structures do not match.
      ValueError: there is no structure, or the structures differ.
    """
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types)
    leaves = [flatten(nest) for nest in structure]
    return pack_sequence_as(structure[0], [func(*found) for found in zip(*leaves, strict=True)])


def assert_shallow_structure(shallow_tree: Any, input_tree: Any, check_types: bool = True) -> None:
    """Checks that one structure is the beginning of another: where it has leaves, the other may go on.

    Raises:
      TypeError: ``input_tree`` ends earlier, or types do not match.
      ValueError: the number of parts or the keys do not match.
    """
    if not is_sequence(shallow_tree):
        return
    if not is_sequence(input_tree):
        raise TypeError(
            f"If shallow structure is a sequence, input must also be a sequence. Input has type: {type(input_tree)}."
        )
    if check_types and not isinstance(input_tree, type(shallow_tree)):
        raise TypeError(
            f"The two structures don't have the same sequence type. Input structure has type {type(input_tree)}, "
            f"while shallow structure has type {type(shallow_tree)}."
        )
    if len(input_tree) != len(shallow_tree):
        raise ValueError(
            "The two structures don't have the same sequence length. Input structure has length "
            f"{len(input_tree)}, while shallow structure has length {len(shallow_tree)}."
        )
    if check_types and isinstance(shallow_tree, Mapping) and set(input_tree) != set(shallow_tree):
        raise ValueError(
            f"The two structures don't have the same keys. Input structure has keys {list(input_tree)}, while "
            f"shallow structure has keys {list(shallow_tree)}."
        )
    for shallow, deep in zip(nest_base.parts(shallow_tree), nest_base.parts(input_tree), strict=True):
        assert_shallow_structure(shallow, deep, check_types)


def _up_to(shallow_tree: Any, input_tree: Any) -> Iterator[Any]:
    if not is_sequence(shallow_tree):
        yield input_tree
        return
    for shallow, deep in zip(nest_base.parts(shallow_tree), nest_base.parts(input_tree), strict=True):
        yield from _up_to(shallow, deep)


def flatten_up_to(shallow_tree: Any, input_tree: Any) -> list[Any]:
    """Returns what ``input_tree`` has where ``shallow_tree`` has leaves.

    Raises:
      TypeError, ValueError: as :func:`assert_shallow_structure`.

    >>> flatten_up_to((0, 0), ((1, 2), 3))
    [(1, 2), 3]
    """
    assert_shallow_structure(shallow_tree, input_tree)
    return list(_up_to(shallow_tree, input_tree))


def map_structure_up_to(shallow_tree: Any, func: Callable[..., Any], *inputs: Any) -> Any:
    """Returns a structure like ``shallow_tree`` of ``func(what each input has there)``.

    Raises:
      ValueError: there are no inputs.
      TypeError, ValueError: as :func:`assert_shallow_structure`.
    """
    if not inputs:
        raise ValueError("Cannot map over no sequences")
    found: list[Iterable[Any]] = [flatten_up_to(shallow_tree, tree) for tree in inputs]
    return pack_sequence_as(shallow_tree, [func(*leaves) for leaves in zip(*found, strict=True)])
