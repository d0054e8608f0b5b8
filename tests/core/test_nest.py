"""tf.nest and its relatives against TensorFlow 1.15.5."""

from __future__ import annotations

from collections import OrderedDict, UserDict, defaultdict, deque, namedtuple

import numpy as np
import pytest

from tangraph.util import nest

Point = namedtuple("Point", "x y")
Twin = namedtuple("Point", "x y")
Other = namedtuple("Other", "x y")


class WithAttrs:
    """Looks like a class made by the attrs library."""

    __attrs_attrs__ = (type("Attribute", (), {"name": "x"}), type("Attribute", (), {"name": "a"}))

    def __init__(self, x, a):
        self.x, self.a = x, a


class Composite:
    """A value made of several tensors, as SparseTensor is."""

    def __init__(self, indices, values):
        self.indices, self.values = indices, values

    def _to_components(self):
        return self.indices, self.values

    def _from_components(self, components):
        return Composite(*components)


@pytest.mark.parametrize(
    ("structure", "leaves"),
    [
        ([1, [2, (3, 4)]], [1, 2, 3, 4]),
        ({"b": 1, "a": [2, 3]}, [2, 3, 1]),
        (OrderedDict([("b", 1), ("a", 2)]), [2, 1]),
        (UserDict(b=1, a=2), [2, 1]),
        (Point(1, [2]), [1, 2]),
        (deque([1, [2]]), [1, 2]),
        (range(3), [0, 1, 2]),
        ({"a": 1}.keys(), ["a"]),
        ({"a": 1}.items(), ["a", 1]),
        (5, [5]),
        ("abc", ["abc"]),
        (b"ab", [b"ab"]),
        (None, [None]),
        ({1, 2}, [{1, 2}]),
        ([], []),
        ([[[[]]], [()], {}], []),
        (WithAttrs(1, [2]), [1, 2]),
    ],
)
def test_flatten(structure, leaves):
    assert nest.flatten(structure) == leaves


def test_flatten_leaves_arrays_whole():
    array = np.array([1, 2])
    assert nest.flatten([array])[0] is array


@pytest.mark.parametrize("keys", [{1: 1, "a": 2}, {None: 1, "a": 2}])
def test_unsortable_keys(keys):
    with pytest.raises(TypeError):
        nest.flatten(keys)
    with pytest.raises(TypeError, match="nest only supports dicts with sortable keys"):
        nest.pack_sequence_as(keys, [1, 2])


def test_is_sequence():
    yes = [[1], (1,), {}, range(2), deque([1]), UserDict(a=1), {}.keys(), bytearray(b"a"), WithAttrs(1, 2)]
    no = ["a", 1, {1}, np.array([1]), None, b"a", slice(1, 2)]
    assert all(map(nest.is_sequence, yes))
    assert not any(map(nest.is_sequence, no))
    assert nest.is_nested([1])
    assert not nest.is_nested(1)


@pytest.mark.parametrize(
    ("structure", "flat", "packed"),
    [
        ([1, [2, (3, 4)]], [10, 20, 30, 40], [10, [20, (30, 40)]]),
        ({"b": 1, "a": [2, 3]}, [10, 20, 30], {"b": 30, "a": [10, 20]}),
        (5, [7], 7),
        (Point(1, [2]), [5, 6], Point(5, [6])),
        ([1, {"z": (2,), "a": []}], ["p", "q"], ["p", {"z": ("q",), "a": []}]),
        ({"a": 1}, (5,), {"a": 5}),
        (range(2), [1, 2], [1, 2]),
        (deque([1, 2]), [3, 4], deque([3, 4])),
        ({"a": 1}.values(), [5], [5]),
        ({}, [], {}),
    ],
)
def test_pack_sequence_as(structure, flat, packed):
    result = nest.pack_sequence_as(structure, flat)
    assert result == packed
    assert type(result) is type(packed)


def test_pack_keeps_kind_and_order_of_mappings():
    packed = nest.pack_sequence_as(OrderedDict([("b", 1), ("a", 2)]), [10, 20])
    assert list(packed.items()) == [("b", 20), ("a", 10)]
    assert isinstance(packed, OrderedDict)
    packed = nest.pack_sequence_as(defaultdict(list, {"b": 1, "a": 2}), [5, 6])
    assert packed == {"b": 6, "a": 5}
    assert packed.default_factory is list
    packed = nest.pack_sequence_as(WithAttrs(1, [2]), [5, 6])
    assert (packed.x, packed.a) == (5, [6])


@pytest.mark.parametrize(
    ("structure", "flat", "error", "text"),
    [
        (5, [7, 8], ValueError, r"Structure is a scalar but len\(flat_sequence\) == 2 > 1"),
        (
            [1, 2],
            [7],
            ValueError,
            (
                r"Could not pack sequence\. Structure had 2 elements, but flat_sequence had 1 elements\.  "
                r"Structure: \[1, 2\], flat_sequence: \[7\]\."
            ),
        ),
        ([1, 2], [7, 8, 9], ValueError, "Structure had 2 elements, but flat_sequence had 3 elements"),
        ([1, 2], 5, TypeError, "flat_sequence must be a sequence"),
        ("a", "b", TypeError, "flat_sequence must be a sequence"),
    ],
)
def test_pack_errors(structure, flat, error, text):
    with pytest.raises(error, match=text):
        nest.pack_sequence_as(structure, flat)


def test_map_structure():
    assert nest.map_structure(lambda x: x + 1, [1, (2, {"a": 3})]) == [2, (3, {"a": 4})]
    assert nest.map_structure(lambda x, y: x + y, {"a": 1, "b": 2}, {"b": 1, "a": 5}) == {"a": 6, "b": 3}
    assert nest.map_structure(lambda x: x + 1, Point(1, 2)) == Point(2, 3)
    assert nest.map_structure(str, "abc") == "abc"
    assert nest.map_structure(lambda *a: a, [1], [2], [3]) == [(1, 2, 3)]
    assert nest.map_structure(lambda x, y: x + y, [1, (2,)], [10, [20]], check_types=False) == [11, (22,)]


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ((5, [1]), TypeError, "func must be callable, got: 5"),
        ((abs,), ValueError, "Must provide at least one structure"),
        ((max, [1, 2], [10]), ValueError, "don't have the same number of elements"),
        ((max, [1, [2]], [3, 4]), ValueError, 'Substructure "type=list str=\\[2\\]" is a sequence, while substructure'),
    ],
)
def test_map_structure_errors(arguments, error, text):
    with pytest.raises(error, match=text):
        nest.map_structure(*arguments)


def test_map_structure_keywords():
    text = "Only valid keyword arguments are `check_types` and `expand_composites`, not: `foo`"
    with pytest.raises(ValueError, match=text):
        nest.map_structure(abs, [1], check_types=True, foo=1)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([1, 2], [3, 4]),
        (1, 5),
        ("ab", "cd"),
        ({"a": 1}, OrderedDict(a=1)),
        (UserDict(a=1), {"a": 1}),
        (Point(1, 2), Twin(3, 4)),
        (type("L", (list,), {})([1]), [1]),
    ],
)
def test_same_structure(first, second):
    nest.assert_same_structure(first, second)


@pytest.mark.parametrize(
    ("first", "second", "error", "text"),
    [
        (
            [1, 2],
            [3],
            ValueError,
            (
                "The two structures don't have the same nested structure.\n\n"
                "First structure: type=list str=[1, 2]\n\nSecond structure: type=list str=[3]\n\n"
                "More specifically: The two structures don't have the same number of elements. "
                "First structure: type=list str=[1, 2]. Second structure: type=list str=[3]\n"
                "Entire first structure:\n[., .]\nEntire second structure:\n[.]"
            ),
        ),
        (
            {"a": 1},
            {"a": 1, "b": 2},
            ValueError,
            (
                "The two structures don't have the same nested structure.\n\n"
                "First structure: type=dict str={'a': 1}\n\nSecond structure: type=dict str={'a': 1, 'b': 2}\n\n"
                "More specifically: The two dictionaries don't have the same set of keys. First structure has keys "
                "type=list str=['a'], while second structure has keys type=list str=['a', 'b']\n"
                "Entire first structure:\n{'a': .}\nEntire second structure:\n{'a': ., 'b': .}"
            ),
        ),
        (
            Point(1, 2),
            Other(1, 2),
            TypeError,
            (
                "The two structures don't have the same nested structure.\n\n"
                "First structure: type=Point str=Point(x=1, y=2)\n\nSecond structure: type=Other str=Other(x=1, y=2)\n\n"
                "More specifically: The two namedtuples don't have the same sequence type. First structure type=Point "
                "str=Point(x=1, y=2) has type Point, while second structure type=Other str=Other(x=1, y=2) has type Other\n"
                "Entire first structure:\nPoint(x=., y=.)\nEntire second structure:\nOther(x=., y=.)"
            ),
        ),
        (
            1,
            [5],
            ValueError,
            (
                "The two structures don't have the same nested structure.\n\n"
                "First structure: type=int str=1\n\nSecond structure: type=list str=[5]\n\n"
                'More specifically: Substructure "type=list str=[5]" is a sequence, while substructure "type=int str=1" '
                "is not\nEntire first structure:\n.\nEntire second structure:\n[.]"
            ),
        ),
    ],
)
def test_different_structure(first, second, error, text):
    with pytest.raises(error) as caught:
        nest.assert_same_structure(first, second)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("first", "second"),
    [([1, 2], (3, 4)), ({"a": 1}, [1]), ([1], range(1)), ((1, 2), Point(1, 2)), (type("T", (tuple,), {})([1]), (1,))],
)
def test_types_differ(first, second):
    with pytest.raises(TypeError, match="have the same sequence type"):
        nest.assert_same_structure(first, second)
    nest.assert_same_structure(first, second, check_types=False)


def test_keys_do_not_matter_without_types():
    nest.assert_same_structure({"a": 1}, {"b": 1}, check_types=False)


def test_flatten_up_to():
    assert nest.flatten_up_to([1, 2], [[3, 4], 5]) == [[3, 4], 5]
    assert nest.flatten_up_to([[1, 2], 3], [[4, 5], [6]]) == [4, 5, [6]]
    assert nest.flatten_up_to(1, [1, 2]) == [[1, 2]]
    assert nest.flatten_up_to({"a": 1, "b": 2}, {"b": [1], "a": 5}) == [5, [1]]
    assert nest.flatten_up_to([1], [1, 2], check_subtrees_length=False) == [1]
    assert nest.flatten_up_to({"a": 1}, {"a": 1, "b": 3}, check_subtrees_length=False) == [1]
    assert nest.flatten_up_to([1, 2], (3, 4), check_types=False) == [3, 4]
    nest.assert_shallow_structure({"a": 1}, OrderedDict(a=1))
    nest.assert_shallow_structure(Point(1, 2), Twin(1, 2))
    nest.assert_shallow_structure((1, 2), Point(1, 2))


@pytest.mark.parametrize(
    ("shallow", "deep", "error", "text"),
    [
        (
            [1, 2],
            [3],
            ValueError,
            (
                "The two structures don't have the same sequence length. Input structure has length 1, while shallow "
                "structure has length 2."
            ),
        ),
        (
            [1, 2],
            5,
            TypeError,
            "If shallow structure is a sequence, input must also be a sequence. Input has type: <class 'int'>.",
        ),
        (
            [1, 2],
            (3, 4),
            TypeError,
            (
                "The two structures don't have the same sequence type. Input structure has type <class 'tuple'>, while "
                "shallow structure has type <class 'list'>."
            ),
        ),
        (
            {"a": {"b": 1}},
            {"a": {"c": 1}},
            ValueError,
            (
                "The shallow_tree's keys are not a subset of the input_tree's keys. The shallow_tree has the following "
                "keys that are not in the input_tree: ['b']."
            ),
        ),
    ],
)
def test_up_to_errors(shallow, deep, error, text):
    with pytest.raises(error) as caught:
        nest.flatten_up_to(shallow, deep)
    assert str(caught.value) == text


def test_too_short_below_a_shallow_tree():
    text = "The input_tree has fewer elements than the shallow_tree. Input structure has length 1, while shallow"
    with pytest.raises(ValueError, match=text):
        nest.flatten_up_to([1, 2], [1], check_subtrees_length=False)


def test_map_structure_up_to():
    assert nest.map_structure_up_to([1, 2], sum, [[3, 4], [5]]) == [7, 5]
    assert nest.map_structure_up_to([1, 2], lambda x, y: (x, y), [[3], 4], ["a", "b"]) == [([3], "a"), (4, "b")]
    with pytest.raises(ValueError, match="Cannot map over no sequences"):
        nest.map_structure_up_to([1, 2], sum)
    assert nest.map_structure_with_tuple_paths_up_to([1, 2], lambda p, x: (p, x), [[3], 4]) == [((0,), [3]), ((1,), 4)]
    assert nest.flatten_with_tuple_paths_up_to([1, 2], [[3], 4]) == [((0,), [3]), ((1,), 4)]


def test_paths():
    tree = {"a": [1, 2], "b": {"c": 3}}
    assert nest.flatten_with_joined_string_paths(tree) == [("a/0", 1), ("a/1", 2), ("b/c", 3)]
    assert nest.flatten_with_joined_string_paths([1, [2]], separator="-") == [("0", 1), ("1-0", 2)]
    assert nest.flatten_with_tuple_paths(tree) == [(("a", 0), 1), (("a", 1), 2), (("b", "c"), 3)]
    assert list(nest.yield_flat_paths(Point(1, [2]))) == [("x",), ("y", 0)]
    assert list(nest.yield_flat_paths(5)) == [()]
    assert nest.map_structure_with_paths(lambda p, x: (p, x), {"a": [1, 2]}) == {"a": [("a/0", 1), ("a/1", 2)]}
    assert nest.map_structure_with_tuple_paths(lambda p, x: p, {"a": [1]}) == {"a": [("a", 0)]}
    with pytest.raises(ValueError, match="Input structure has length 2, while shallow structure has length 1"):
        nest.map_structure_with_paths(lambda p, x, y: 1, [1], [1, 2])


def test_get_traverse_shallow_structure():
    wanted = nest.get_traverse_shallow_structure
    assert wanted(lambda s: isinstance(s, list), [1, [2, (3,)]]) == [False, [False, False]]
    assert wanted(lambda s: [True] if isinstance(s, list) else True, [1]) == [True]
    chosen = {"a": True, "b": False}
    assert wanted(lambda s: chosen if isinstance(s, dict) else True, {"a": 1, "b": [2]}) == chosen
    for answer, text in [
        (3, r"traverse_fn returned a non-bool scalar: 3 for input: \[1\]"),
        ([3], r"traverse_fn didn't return a depth=1 structure of bools\.  saw: \[3\]  for structure: \[1\]"),
    ]:
        with pytest.raises(TypeError, match=text):
            wanted(lambda s, answer=answer: answer, [1])
    with pytest.raises(TypeError, match="traverse_fn returned structure: 3 for non-structure: 1"):
        wanted(lambda s: 3, 1)


def test_flatten_dict_items():
    nested = {(4, 5, (6, 8)): ("a", "b", ("c", "d")), "x": (1, 2)}
    assert nest.flatten_dict_items(nested) == {4: "a", 5: "b", 6: "c", 8: "d", "x": (1, 2)}
    for bad, error, text in [
        ([1], TypeError, "input must be a dictionary"),
        ({("x", "y"): 3}, ValueError, "Key had 2 elements, but value had 1 elements"),
        ({("a", "a"): (1, 2)}, ValueError, "Could not flatten dictionary: key a is not unique"),
    ]:
        with pytest.raises(error, match=text):
            nest.flatten_dict_items(bad)


def test_composites():
    value = [Composite(1, 2), 3]
    assert nest.flatten(value) == value
    assert nest.flatten(value, expand_composites=True) == [1, 2, 3]
    doubled = nest.map_structure(lambda x: x * 2, value, expand_composites=True)
    assert (doubled[0].indices, doubled[0].values, doubled[1]) == (2, 4, 6)
    assert nest.is_sequence_or_composite(value[0])
    assert not nest.is_sequence(value[0])
