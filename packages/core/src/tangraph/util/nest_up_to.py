"""Structures compared with shallower ones, and the paths to their leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tangraph.export import export
from tangraph.util.nest_base import (
    Step,
    is_namedtuple,
    is_sequence,
    is_sequence_or_composite,
    like,
    pack_sequence_as,
    parts,
    steps,
)


def same_namedtuples(first: Any, second: Any) -> bool:
    """Returns whether two namedtuples have a class of the same name and the same fields."""
    return type(first).__name__ == type(second).__name__ and first._fields == second._fields


@export("contrib.framework.nest.assert_shallow_structure")
def assert_shallow_structure(
    shallow_tree: Any,
    input_tree: Any,
    check_types: bool = True,
    expand_composites: bool = False,
    check_subtrees_length: bool = True,
) -> None:
    """Checks that one structure is the beginning of another: where it has leaves, the other may go on.

    Args:
      shallow_tree: the one that ends earlier.
      input_tree: the one that may go on.
      check_types: whether the types of the structures have to match (mappings match each other).
      expand_composites: whether values made of several tensors count as structures.
      check_subtrees_length: whether they must have the same number of parts as far as ``shallow_tree`` goes.

    Raises:
      TypeError: ``input_tree`` ends earlier, or types do not match.
      ValueError: the number of parts or the keys do not match.
    """
    is_structure = is_sequence_or_composite if expand_composites else is_sequence
    if not is_structure(shallow_tree):
        return
    if not is_structure(input_tree):
        raise TypeError(
            f"If shallow structure is a sequence, input must also be a sequence. Input has type: {type(input_tree)}."
        )
    if check_types and not _types_match(shallow_tree, input_tree):
        raise TypeError(
            f"The two structures don't have the same sequence type. Input structure has type {type(input_tree)}, "
            f"while shallow structure has type {type(shallow_tree)}."
        )
    _check_length(shallow_tree, input_tree, check_subtrees_length)
    for shallow, deep in _pairs(shallow_tree, input_tree):
        assert_shallow_structure(shallow, deep, check_types, expand_composites, check_subtrees_length)


def _types_match(shallow: Any, deep: Any) -> bool:
    if is_namedtuple(shallow) and is_namedtuple(deep):
        return same_namedtuples(shallow, deep)
    return isinstance(deep, type(shallow)) or (isinstance(shallow, Mapping) and isinstance(deep, Mapping))


def _length(structure: Any) -> int:
    return len(list(parts(structure)))


def _check_length(shallow: Any, deep: Any, same: bool) -> None:
    wanted, got = _length(shallow), _length(deep)
    if same and wanted != got:
        raise ValueError(
            f"The two structures don't have the same sequence length. Input structure has length {got}, while shallow "
            f"structure has length {wanted}."
        )
    if got < wanted:
        raise ValueError(
            f"The input_tree has fewer elements than the shallow_tree. Input structure has length {got}, while "
            f"shallow structure has length {wanted}."
        )
    if isinstance(shallow, Mapping):
        absent = [key for key in shallow if key not in deep]
        if absent:
            raise ValueError(
                "The shallow_tree's keys are not a subset of the input_tree's keys. The shallow_tree has the following "
                f"keys that are not in the input_tree: {sorted(absent)}."
            )


def _pairs(shallow: Any, deep: Any) -> Iterator[tuple[Any, Any]]:
    """Yields the parts that stand in the same place of two structures."""
    if isinstance(shallow, Mapping) and isinstance(deep, Mapping):
        for key, part in steps(shallow):
            yield part, deep[key]
    else:
        yield from zip(parts(shallow), parts(deep), strict=False)


def _walk(shallow: Any, deep: Any, is_structure: Callable[[Any], bool], path: tuple[Any, ...]) -> Iterator[Step]:
    """Yields (path, what ``deep`` has there) for each leaf of ``shallow``."""
    if not is_structure(shallow):
        yield path, deep
        return
    for (key, part), (_, other) in zip(steps(shallow), _pairs(shallow, deep), strict=False):
        yield from _walk(part, other, is_structure, (*path, key))


@export("contrib.framework.nest.flatten_with_tuple_paths_up_to")
def flatten_with_tuple_paths_up_to(
    shallow_tree: Any,
    input_tree: Any,
    check_types: bool = True,
    expand_composites: bool = False,
    check_subtrees_length: bool = True,
) -> list[Step]:
    """Returns (path, what ``input_tree`` has there) for each leaf of ``shallow_tree``.

    >>> flatten_with_tuple_paths_up_to([0, 0], [[1, 2], 3])
    [((0,), [1, 2]), ((1,), 3)]
    """
    assert_shallow_structure(shallow_tree, input_tree, check_types, expand_composites, check_subtrees_length)
    is_structure = is_sequence_or_composite if expand_composites else is_sequence
    return list(_walk(shallow_tree, input_tree, is_structure, ()))


@export("contrib.framework.nest.flatten_up_to")
def flatten_up_to(
    shallow_tree: Any,
    input_tree: Any,
    check_types: bool = True,
    expand_composites: bool = False,
    check_subtrees_length: bool = True,
) -> list[Any]:
    """Returns what ``input_tree`` has where ``shallow_tree`` has leaves.

    Raises:
      TypeError: ``input_tree`` ends earlier, or types do not match.
      ValueError: the number of parts or the keys do not match.

    >>> flatten_up_to([0, [0]], [[1, 2], [3]])
    [[1, 2], 3]
    """
    found = flatten_with_tuple_paths_up_to(
        shallow_tree, input_tree, check_types, expand_composites, check_subtrees_length
    )
    return [part for _, part in found]


@export("contrib.framework.nest.map_structure_with_tuple_paths_up_to")
def map_structure_with_tuple_paths_up_to(
    shallow_tree: Any, func: Callable[..., Any], *inputs: Any, **kwargs: Any
) -> Any:
    """Returns a structure like ``shallow_tree`` of ``func(path, part of each input)``.

    Args:
      shallow_tree: decides where the inputs are taken apart.
      func: gets the path as a tuple of keys and indices, and what each input has there.
      *inputs: structures that ``shallow_tree`` is the beginning of.
      **kwargs: ``check_types``, ``expand_composites`` and ``check_subtrees_length`` as for :func:`flatten_up_to`;
        others go to ``func``.

    Raises:
      ValueError: there are no inputs, or their number of parts or keys do not match.
      TypeError: the types do not match.
    """
    if not inputs:
        raise ValueError("Cannot map over no sequences")
    check_types = kwargs.pop("check_types", True)
    expand_composites = kwargs.pop("expand_composites", False)
    same_length = kwargs.pop("check_subtrees_length", True)
    flat = [
        flatten_with_tuple_paths_up_to(shallow_tree, tree, check_types, expand_composites, same_length)
        for tree in inputs
    ]
    results = [func(found[0][0], *[part for _, part in found], **kwargs) for found in zip(*flat, strict=True)]
    return pack_sequence_as(shallow_tree, results, expand_composites)


@export("contrib.framework.nest.map_structure_up_to")
def map_structure_up_to(shallow_tree: Any, func: Callable[..., Any], *inputs: Any, **kwargs: Any) -> Any:
    """Returns a structure like ``shallow_tree`` of ``func(part of each input)``.

    >>> map_structure_up_to([0, 0], sum, [[1, 2], [3]])
    [3, 3]
    """
    return map_structure_with_tuple_paths_up_to(
        shallow_tree, lambda _, *values, **others: func(*values, **others), *inputs, **kwargs
    )


@export("contrib.framework.nest.map_structure_with_tuple_paths")
def map_structure_with_tuple_paths(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """Returns a structure like the first of ``func(path, leaf of each)``; a path is a tuple of keys and indices.

    >>> map_structure_with_tuple_paths(lambda path, x: path, {"a": [1, 2]})
    {'a': [('a', 0), ('a', 1)]}
    """
    return map_structure_with_tuple_paths_up_to(structure[0], func, *structure, **kwargs)


@export("contrib.framework.nest.map_structure_with_paths")
def map_structure_with_paths(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """Returns a structure like the first of ``func(path, leaf of each)``; a path is text such as "a/0".

    >>> map_structure_with_paths(lambda path, x: path, {"a": [1, 2]})
    {'a': ['a/0', 'a/1']}
    """

    def with_text(path: tuple[Any, ...], *values: Any, **others: Any) -> Any:
        return func("/".join(map(str, path)), *values, **others)

    return map_structure_with_tuple_paths_up_to(structure[0], with_text, *structure, **kwargs)


@export("contrib.framework.nest.yield_flat_paths")
def yield_flat_paths(nest: Any, expand_composites: bool = False) -> Iterator[tuple[Any, ...]]:
    """Yields the path to each leaf, a tuple of keys and indices, in the order of `flatten`.

    >>> list(yield_flat_paths({"a": [1, 2]}))
    [('a', 0), ('a', 1)]
    """
    is_structure = is_sequence_or_composite if expand_composites else is_sequence
    for path, _ in _walk(nest, nest, is_structure, ()):
        yield path


@export("contrib.framework.nest.flatten_with_tuple_paths")
def flatten_with_tuple_paths(structure: Any, expand_composites: bool = False) -> list[Step]:
    """Returns (path, leaf) for each leaf; a path is a tuple of keys and indices."""
    return list(_walk(structure, structure, is_sequence_or_composite if expand_composites else is_sequence, ()))


@export("contrib.framework.nest.flatten_with_joined_string_paths")
def flatten_with_joined_string_paths(
    structure: Any, separator: str = "/", expand_composites: bool = False
) -> list[tuple[str, Any]]:
    """Returns (path, leaf) for each leaf; a path is text such as "a/0".

    >>> flatten_with_joined_string_paths({"a": [1, 2]})
    [('a/0', 1), ('a/1', 2)]
    """
    found = flatten_with_tuple_paths(structure, expand_composites)
    return [(separator.join(map(str, path)), leaf) for path, leaf in found]


@export("contrib.framework.nest.get_traverse_shallow_structure")
def get_traverse_shallow_structure(
    traverse_fn: Callable[[Any], Any], structure: Any, expand_composites: bool = False
) -> Any:
    """Returns the beginning of a structure that ``traverse_fn`` wants to be taken apart, with bools as leaves.

    Args:
      traverse_fn: returns for a structure whether to go on in it: a bool, or a structure of bools for its parts. For
        a leaf it returns a bool.
      structure: what to take apart.
      expand_composites: whether values made of several tensors count as structures.

    Raises:
      TypeError: ``traverse_fn`` returned something else.
    """
    is_structure = is_sequence_or_composite if expand_composites else is_sequence
    wanted = traverse_fn(structure)
    if not is_structure(structure):
        if not isinstance(wanted, bool):
            raise TypeError(f"traverse_fn returned structure: {wanted} for non-structure: {structure}")
        return wanted
    if isinstance(wanted, bool):
        if not wanted:
            return False
        chosen = [(True, part) for part in parts(structure)]
    elif not is_structure(wanted):
        raise TypeError(f"traverse_fn returned a non-bool scalar: {wanted} for input: {structure}")
    else:
        assert_shallow_structure(wanted, structure, expand_composites=expand_composites)
        chosen = list(_pairs(wanted, structure))
    for go_on, _ in chosen:
        if not isinstance(go_on, bool):
            raise TypeError(
                f"traverse_fn didn't return a depth=1 structure of bools.  saw: {wanted}  for structure: {structure}"
            )
    found = [go_on and get_traverse_shallow_structure(traverse_fn, part, expand_composites) for go_on, part in chosen]
    return like(structure, found)
