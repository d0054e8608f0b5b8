"""What nested structures are: which values count as structures, their parts, and how to build one like another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, MappingView, Sequence
from typing import Any

from tangraph.export import export

# (how to get there, the part)
Step = tuple[Any, Any]


@export("contrib.framework.nest.is_sequence")
def is_sequence(structure: Any) -> bool:
    """Returns whether a value is a structure: a sequence, mapping, view of one, or attrs object; strings are not.

    >>> is_sequence([1]), is_sequence({}), is_sequence("ab"), is_sequence({1, 2})
    (True, True, False, False)
    """
    if type(structure) in (list, tuple, dict):
        return True
    if isinstance(structure, (str, bytes)):
        return False
    return isinstance(structure, (Sequence, Mapping, MappingView)) or is_attrs(structure)


def is_mapping(structure: Any) -> bool:
    """Returns whether a value is a dict or the like."""
    return isinstance(structure, Mapping)


def is_namedtuple(structure: Any) -> bool:
    """Returns whether a value is an instance of a class made by ``namedtuple``."""
    fields = getattr(structure, "_fields", None)
    return isinstance(structure, tuple) and isinstance(fields, tuple) and all(isinstance(f, str) for f in fields)


def is_attrs(structure: Any) -> bool:
    """Returns whether a value is an instance of a class made by the attrs library."""
    return hasattr(type(structure), "__attrs_attrs__")


def is_composite(structure: Any) -> bool:
    """Returns whether a value is made of several tensors, as a SparseTensor is.

    Such a class has a method ``_to_components()`` that returns a tuple, and ``_from_components(components)``.
    """
    kind = type(structure)
    return hasattr(kind, "_to_components") and hasattr(kind, "_from_components")


@export("contrib.framework.nest.is_sequence_or_composite")
def is_sequence_or_composite(structure: Any) -> bool:
    """Returns whether a value is a structure or is made of several tensors."""
    return is_sequence(structure) or is_composite(structure)


def sorted_keys(mapping: Mapping[Any, Any]) -> list[Any]:
    """Returns the keys of a mapping in the order that structures are walked in.

    Raises:
      TypeError: they cannot be sorted.
    """
    try:
        return sorted(mapping)
    except TypeError:
        raise TypeError("nest only supports dicts with sortable keys.") from None


def steps(structure: Any) -> Iterator[Step]:
    """Yields (key, index or name; part) for each part of a structure, those of mappings sorted by key."""
    if isinstance(structure, Mapping):
        for key in sorted_keys(structure):
            yield key, structure[key]
    elif is_namedtuple(structure):
        yield from zip(structure._fields, structure, strict=True)
    elif is_attrs(structure):
        for attribute in type(structure).__attrs_attrs__:
            yield attribute.name, getattr(structure, attribute.name)
    elif is_composite(structure):
        yield from enumerate(structure._to_components())
    else:
        yield from enumerate(structure)


def parts(structure: Any) -> Iterable[Any]:
    """Returns the parts of a structure, those of mappings sorted by key."""
    if type(structure) in (list, tuple):
        return structure  # type: ignore[no-any-return]
    return [part for _, part in steps(structure)]


def like(structure: Any, values: Iterable[Any]) -> Any:
    """Returns a structure of the type of another, with other parts (in the order of :func:`parts`)."""
    if isinstance(structure, Mapping):
        by_key = dict(zip(sorted_keys(structure), values, strict=True))
        in_order = [(key, by_key[key]) for key in structure]
        if isinstance(structure, defaultdict):
            return defaultdict(structure.default_factory, in_order)
        return type(structure)(in_order)  # type: ignore[call-arg]
    if isinstance(structure, (MappingView, range)):
        return list(values)
    if is_namedtuple(structure) or is_attrs(structure):
        return type(structure)(*values)
    if is_composite(structure):
        return structure._from_components(tuple(values))
    return type(structure)(values)


@export("nest.flatten", "contrib.framework.nest.flatten")
def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """Returns the leaves of a structure, dicts by sorted key.

    Args:
      structure: any nesting of lists, tuples, namedtuples, dicts and attrs objects; or a single leaf.
      expand_composites: whether values made of several tensors count as structures.

    Raises:
      TypeError: the keys of a dict cannot be sorted.

    >>> flatten({"b": 1, "a": [2, (3,)]})
    [2, 3, 1]
    """
    leaves: list[Any] = []
    _collect(structure, is_sequence_or_composite if expand_composites else is_sequence, leaves)
    return leaves


def _collect(structure: Any, is_structure: Any, leaves: list[Any]) -> None:
    if is_structure(structure):
        for part in parts(structure):
            _collect(part, is_structure, leaves)
    else:
        leaves.append(structure)


@export("nest.pack_sequence_as", "contrib.framework.nest.pack_sequence_as")
def pack_sequence_as(structure: Any, flat_sequence: Any, expand_composites: bool = False) -> Any:
    """Returns a structure like another with other leaves: the inverse of :func:`flatten`.

    Raises:
      TypeError: ``flat_sequence`` is no structure.
      ValueError: the number of leaves is another.

    >>> pack_sequence_as({"b": 0, "a": [0, (0,)]}, [1, 2, 3])
    {'b': 3, 'a': [1, (2,)]}
    """
    is_structure = is_sequence_or_composite if expand_composites else is_sequence
    if not is_structure(flat_sequence) or isinstance(flat_sequence, Mapping):
        raise TypeError("flat_sequence must be a sequence")
    if not is_structure(structure):
        if len(flat_sequence) != 1:
            raise ValueError(f"Structure is a scalar but len(flat_sequence) == {len(flat_sequence)} > 1")
        return flat_sequence[0]
    wanted = len(flatten(structure, expand_composites))
    if wanted != len(flat_sequence):
        raise ValueError(
            f"Could not pack sequence. Structure had {wanted} elements, but flat_sequence had {len(flat_sequence)} "
            f"elements.  Structure: {structure}, flat_sequence: {flat_sequence}."
        )
    return _pack(structure, is_structure, iter(flat_sequence))


def _pack(structure: Any, is_structure: Any, leaves: Iterator[Any]) -> Any:
    packed = [_pack(part, is_structure, leaves) if is_structure(part) else next(leaves) for part in parts(structure)]
    return like(structure, packed)
