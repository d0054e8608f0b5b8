"""``tf.nest``: functions on nested structures (lists, tuples, namedtuples, dicts, attrs objects).

Dicts are walked by sorted key, so that equal dicts give equal lists whatever order they were filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tangraph.export import export
from tangraph.util.nest_base import (
    flatten,
    is_composite,
    is_namedtuple,
    is_sequence,
    is_sequence_or_composite,
    pack_sequence_as,
    parts,
)
from tangraph.util.nest_up_to import (
    assert_shallow_structure,
    flatten_up_to,
    flatten_with_joined_string_paths,
    flatten_with_tuple_paths,
    flatten_with_tuple_paths_up_to,
    get_traverse_shallow_structure,
    map_structure_up_to,
    map_structure_with_paths,
    map_structure_with_tuple_paths,
    map_structure_with_tuple_paths_up_to,
    same_namedtuples,
    yield_flat_paths,
)

__all__ = [
    "assert_same_structure",
    "assert_shallow_structure",
    "flatten",
    "flatten_dict_items",
    "flatten_up_to",
    "flatten_with_joined_string_paths",
    "flatten_with_tuple_paths",
    "flatten_with_tuple_paths_up_to",
    "get_traverse_shallow_structure",
    "is_composite",
    "is_namedtuple",
    "is_nested",
    "is_sequence",
    "is_sequence_or_composite",
    "map_structure",
    "map_structure_up_to",
    "map_structure_with_paths",
    "map_structure_with_tuple_paths",
    "map_structure_with_tuple_paths_up_to",
    "pack_sequence_as",
    "yield_flat_paths",
]


class _Dot:
    """What stands for a leaf where only the structure is shown."""

    def __repr__(self) -> str:
        return "."


_DOT = _Dot()


@export("nest.is_nested", "contrib.framework.nest.is_nested")
def is_nested(seq: Any) -> bool:
    """Returns whether a value is a structure: a sequence (no string), mapping, view of one, or attrs object.

    >>> is_nested([1]), is_nested({}), is_nested("ab")
    (True, True, False)
    """
    return is_sequence(seq)


@export("nest.assert_same_structure", "contrib.framework.nest.assert_same_structure")
def assert_same_structure(nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False) -> None:
    """Checks that two structures differ in their leaves only.

    Args:
      nest1: a structure or leaf.
      nest2: another.
      check_types: whether the types have to match too (lists match each other, and mappings, whatever their class)
        and the keys of mappings.
      expand_composites: whether values made of several tensors count as structures.

    Raises:
      ValueError: one has a leaf, other keys, or another number of parts where the other has a structure.
      TypeError: the types of two structures do not match.
    """
    is_structure = is_sequence_or_composite if expand_composites else is_sequence
    problem = _difference(nest1, nest2, is_structure, check_types)
    if problem is not None:
        kind, text = problem
        shown = [_shape_of(nest, expand_composites) for nest in (nest1, nest2)]
        raise kind(
            "The two structures don't have the same nested structure.\n\n"
            f"First structure: {_describe(nest1)}\n\nSecond structure: {_describe(nest2)}\n\n"
            f"More specifically: {text}\nEntire first structure:\n{shown[0]}\nEntire second structure:\n{shown[1]}"
        )


def _shape_of(nest: Any, expand_composites: bool) -> str:
    leaves = flatten(nest, expand_composites)
    return str(pack_sequence_as(nest, [_DOT] * len(leaves), expand_composites))


def _describe(nest: Any) -> str:
    return f"type={type(nest).__name__} str={nest}"


def _difference(
    first: Any, second: Any, is_structure: Callable[[Any], bool], check_types: bool
) -> tuple[type[Exception], str] | None:
    """Returns the error and the text for the first difference of two structures, or None."""
    if not (is_structure(first) and is_structure(second)):
        if is_structure(first) == is_structure(second):
            return None
        one, other = (first, second) if is_structure(first) else (second, first)
        return ValueError, (
            f'Substructure "{_describe(one)}" is a sequence, while substructure "{_describe(other)}" is not'
        )
    if check_types:
        problem = _difference_of_types(first, second)
        if problem is not None:
            return problem
    ours, others = list(parts(first)), list(parts(second))
    for one, other in zip(ours, others, strict=False):
        problem = _difference(one, other, is_structure, check_types)
        if problem is not None:
            return problem
    if len(ours) != len(others):
        return ValueError, (
            "The two structures don't have the same number of elements. "
            f"First structure: {_describe(first)}. Second structure: {_describe(second)}"
        )
    return None


def _difference_of_types(first: Any, second: Any) -> tuple[type[Exception], str] | None:
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        if set(first) != set(second):
            return ValueError, (
                "The two dictionaries don't have the same set of keys. First structure has keys "
                f"{_describe(list(first))}, while second structure has keys {_describe(list(second))}"
            )
        return None
    if is_namedtuple(first) and is_namedtuple(second):
        alike = same_namedtuples(first, second)
    else:
        alike = type(first) is type(second) or (isinstance(first, list) and isinstance(second, list))
    if alike:
        return None
    return TypeError, (
        f"The two namedtuples don't have the same sequence type. First structure {_describe(first)} has type "
        f"{type(first).__name__}, while second structure {_describe(second)} has type {type(second).__name__}"
    )


@export("nest.map_structure", "contrib.framework.nest.map_structure")
def map_structure(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """Returns a structure like the first whose leaves are ``func(leaf of each)``.

    Args:
      func: gets one leaf of each structure.
      *structure: structures that differ in their leaves only.
      **kwargs: ``check_types`` and ``expand_composites`` as for :func:`assert_same_structure`.

    Raises:
      TypeError: ``func`` cannot be called, or the types of the structures do not match.
      ValueError: there is no structure, the structures differ, or there is another keyword argument.

    >>> map_structure(lambda x, y: x + y, {"a": [1, 2]}, {"a": [10, 20]})
    {'a': [11, 22]}
    """
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    check_types = kwargs.pop("check_types", True)
    expand_composites = kwargs.pop("expand_composites", False)
    if kwargs:
        raise ValueError(
            f"Only valid keyword arguments are `check_types` and `expand_composites`, not: `{'`, `'.join(kwargs)}`"
        )
    first = structure[0]
    for other in structure[1:]:
        assert_same_structure(first, other, check_types, expand_composites)
    leaves = [flatten(nest, expand_composites) for nest in structure]
    return pack_sequence_as(first, [func(*found) for found in zip(*leaves, strict=True)], expand_composites)


@export("contrib.framework.nest.flatten_dict_items")
def flatten_dict_items(dictionary: Any) -> dict[Any, Any]:
    """Returns a dict in which keys that are structures are taken apart, their values likewise.

    Raises:
      TypeError: the argument is no dictionary.
      ValueError: a key and its value differ in structure, or a key occurs twice.

    >>> flatten_dict_items({("a", "b"): (1, 2), "c": 3})
    {'a': 1, 'b': 2, 'c': 3}
    """
    if not isinstance(dictionary, Mapping):
        raise TypeError("input must be a dictionary")
    flat: dict[Any, Any] = {}
    for key, value in dictionary.items():
        keys, values = (flatten(key), flatten(value)) if is_sequence(key) else ([key], [value])
        if len(keys) != len(values):
            raise ValueError(
                f"Could not flatten dictionary. Key had {len(keys)} elements, but value had {len(values)} elements. "
                f"Key: {keys}, value: {values}."
            )
        for one_key, one_value in zip(keys, values, strict=True):
            if one_key in flat:
                raise ValueError(f"Could not flatten dictionary: key {one_key} is not unique.")
            flat[one_key] = one_value
    return flat
