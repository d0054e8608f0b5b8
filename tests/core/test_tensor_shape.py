"""Static shapes against what TensorFlow 1.15.5 answers."""

from __future__ import annotations

import copy
import operator
import pickle

import numpy as np
import pytest

from tangraph.framework import raw_shape, tensor_shape
from tangraph.framework.tensor_shape import Dimension, TensorShape


class TestDimension:
    @pytest.mark.parametrize(
        ("value", "size"),
        [(3, 3), (None, None), ("4", 4), (Dimension(3), 3), (np.int32(3), 3), (3.0, 3), (True, 1), (2**70, 2**70)],
    )
    def test_value(self, value, size):
        assert Dimension(value).value == size

    @pytest.mark.parametrize(
        ("value", "error", "text"),
        [
            (-1, ValueError, "Dimension -1 must be >= 0"),
            (3.5, ValueError, "Ambiguous dimension: 3.5"),
            ("a", ValueError, "invalid literal for int"),
            ([1], TypeError, "int\\(\\) argument must be"),
        ],
    )
    def test_bad_value(self, value, error, text):
        with pytest.raises(error, match=text):
            Dimension(value)

    def test_text(self):
        assert (str(Dimension(3)), str(Dimension(None)), repr(Dimension(None))) == ("3", "?", "Dimension(None)")
        assert f"{Dimension(3)} %d" % Dimension(4) == "3 4"

    @pytest.mark.parametrize(
        ("expression", "value"),
        [
            ("D(3) + 1", 4),
            ("1 + D(3)", 4),
            ("D(3) - 1", 2),
            ("5 - D(3)", 2),
            ("D(3) * 2", 6),
            ("2 * D(3)", 6),
            ("D(7) // 2", 3),
            ("7 // D(2)", 3),
            ("D(7) % 4", 3),
            ("7 % D(4)", 3),
            ("D(None) + 1", None),
            ("D(3) + None", None),
            ("D(3) * D(None)", None),
            ("D(7).__div__(2)", 3),
        ],
    )
    def test_arithmetic(self, expression, value):
        result = eval(expression, {"D": Dimension})
        assert type(result) is Dimension
        assert result.value == value

    @pytest.mark.parametrize(
        ("expression", "error", "text"),
        [
            (
                "D(7) / 2",
                TypeError,
                r"unsupported operand type\(s\) for /: 'Dimension' and 'int', please use // instead",
            ),
            (
                "7 / D(2)",
                TypeError,
                r"unsupported operand type\(s\) for /: 'int' and 'Dimension', please use // instead",
            ),
            ("D(3) + 1.5", TypeError, r"unsupported operand type\(s\) for \+: 'Dimension' and 'float'"),
            ("D(3) - 'a'", TypeError, r"unsupported operand type\(s\) for -: 'Dimension' and 'str'"),
            ("D(3) - 5", ValueError, "Dimension -2 must be >= 0"),
            ("D(3) // 0", ZeroDivisionError, "by zero"),
            ("D(3) < 'a'", ValueError, "invalid literal"),
            ("D(3) < 3.5", ValueError, "Ambiguous dimension: 3.5"),
            ("-D(3)", TypeError, "bad operand type for unary -: 'Dimension'"),
            ("int(D(None))", TypeError, "__int__ returned non-int"),
            ("hash(D(3))", TypeError, "unhashable type: 'Dimension'"),
        ],
    )
    def test_bad_arithmetic(self, expression, error, text):
        with pytest.raises(error, match=text):
            eval(expression, {"D": Dimension})

    @pytest.mark.parametrize(
        ("expression", "value"),
        [
            ("D(3) == 3", True),
            ("D(3) == '3'", True),
            ("D(3) == 3.0", True),
            ("D(3) == None", None),
            ("D(None) == D(None)", None),
            ("D(3) == 'a'", False),
            ("D(3) == object()", False),
            ("D(3) != 3", False),
            ("D(3) != 'a'", True),
            ("D(3) != D(None)", None),
            ("D(3) < 4", True),
            ("D(3) <= 2", False),
            ("D(3) > None", None),
            ("D(None) >= 1", None),
        ],
    )
    def test_comparisons(self, expression, value):
        assert eval(expression, {"D": Dimension}) is value

    def test_merge(self):
        assert Dimension(3).merge_with(None).value == 3
        assert Dimension(None).merge_with(4).value == 4
        with pytest.raises(ValueError, match="Dimensions 3 and 4 are not compatible"):
            Dimension(3).merge_with(4)
        assert Dimension(3).is_compatible_with(None)
        assert not Dimension(3).is_compatible_with(4)

    def test_as_index(self):
        assert range(5)[Dimension(3)] == 3
        assert np.zeros([2, Dimension(3)]).shape == (2, 3)
        assert bool(Dimension(0))

    def test_helpers(self):
        three = Dimension(3)
        assert tensor_shape.as_dimension(three) is three
        assert tensor_shape.as_dimension(4).value == 4
        assert tensor_shape.dimension_value(three) == 3
        assert tensor_shape.dimension_value(None) is None
        assert tensor_shape.dimension_value("x") == "x"


class TestMakingShapes:
    @pytest.mark.parametrize(
        ("value", "raw"),
        [
            (None, None),
            ([], ()),
            ([3], (3,)),
            ([None, 3], (None, 3)),
            (3, (3,)),
            (Dimension(None), (None,)),
            ((3, Dimension(4)), (3, 4)),
            (TensorShape([3]), (3,)),
            (np.array([3, 4]), (3, 4)),
            (np.array(3), (3,)),
            (np.array([3.0, 4.0]), (3, 4)),
            (range(3), (0, 1, 2)),
            ([True], (1,)),
            (["3"], (3,)),
            ({1: 2}, (1,)),
        ],
    )
    def test_raw(self, value, raw):
        shape = TensorShape(value)
        assert shape.raw == raw
        assert raw is None or all(size is None or type(size) is int for size in shape.raw)

    @pytest.mark.parametrize(
        ("value", "error", "text"),
        [
            ("12", TypeError, "A string has ambiguous TensorShape, please wrap in a list or convert to an int: 12"),
            (b"1", TypeError, "A string has ambiguous TensorShape"),
            (-1, ValueError, "Dimension -1 must be >= 0"),
            ([-1, 2], ValueError, "Dimension -1 must be >= 0"),
            ([2.5], ValueError, "Ambiguous dimension: 2.5"),
            (2.5, ValueError, "Ambiguous dimension: 2.5"),
            ([[1]], TypeError, "int\\(\\) argument"),
        ],
    )
    def test_bad_shape(self, value, error, text):
        with pytest.raises(error, match=text):
            TensorShape(value)

    def test_proto_round_trip(self):
        assert str(TensorShape([None, 2]).as_proto()) == "dim {\n  size: -1\n}\ndim {\n  size: 2\n}\n"
        assert str(TensorShape(None).as_proto()) == "unknown_rank: true\n"
        for value in ([None, 2], [], None, [3]):
            assert TensorShape(TensorShape(value).as_proto()).raw == TensorShape(value).raw

    def test_short_hands(self):
        assert tensor_shape.scalar().raw == ()
        assert tensor_shape.vector(3).raw == (3,)
        assert tensor_shape.matrix(2, None).raw == (2, None)
        assert tensor_shape.unknown_shape().raw is None
        assert tensor_shape.unknown_shape(2).raw == tensor_shape.unknown_shape(ndims=2).raw == (None, None)
        with pytest.raises(TypeError, match=r"Unknown argument: \{'foo': 2\}"):
            tensor_shape.unknown_shape(3, foo=2)
        shape = TensorShape([1])
        assert tensor_shape.as_shape(shape) is shape

    def test_copies(self):
        shape = TensorShape([1, None])
        assert pickle.loads(pickle.dumps(shape)).raw == copy.deepcopy(shape).raw == (1, None)


class TestReadingShapes:
    def test_text(self):
        shapes = [TensorShape(value) for value in (None, [], [3], [None, 3], [None])]
        assert [str(shape) for shape in shapes] == ["<unknown>", "()", "(3,)", "(?, 3)", "(?,)"]
        assert repr(shapes[0]) == "TensorShape(None)"
        assert repr(shapes[1]) == "TensorShape([])"
        assert repr(shapes[3]) == "TensorShape([Dimension(None), Dimension(3)])"

    def test_rank_and_dims(self):
        shape = TensorShape([None, 3])
        assert (shape.ndims, shape.rank, len(shape)) == (2, 2, 2)
        assert [dim.value for dim in shape.dims] == [None, 3]
        unknown = TensorShape(None)
        assert unknown.dims is unknown.ndims is unknown.rank is None
        with pytest.raises(ValueError, match=r"Cannot take the length of shape with unknown rank\."):
            len(unknown)

    def test_truth(self):
        assert [bool(TensorShape(value)) for value in (None, [], [None])] == [False, True, True]

    def test_as_list(self):
        assert TensorShape([1, None]).as_list() == [1, None]
        with pytest.raises(ValueError, match=r"as_list\(\) is not defined on an unknown TensorShape\."):
            TensorShape(None).as_list()

    def test_iteration_gives_dimensions(self):
        found = list(TensorShape([1, None]))
        assert [type(dim) for dim in found] == [Dimension, Dimension]
        assert [dim.value for dim in found] == [1, None]
        assert 3 in TensorShape([3, 4])
        assert 5 not in TensorShape([None, 4])
        with pytest.raises(ValueError, match=r"Cannot iterate over a shape with unknown rank\."):
            list(TensorShape(None))

    def test_indexing(self):
        shape = TensorShape([1, 2, 3])
        assert (shape[0].value, shape[-1].value, shape[np.int32(1)].value, shape[Dimension(1)].value) == (1, 3, 2, 2)
        assert [shape[1:].raw, shape[:-1].raw, shape[::2].raw] == [(2, 3), (1, 2), (1, 3)]
        with pytest.raises(IndexError, match="list index out of range"):
            shape[3]
        with pytest.raises(TypeError, match="list indices must be integers or slices, not str"):
            shape["a"]

    def test_indexing_unknown_rank(self):
        unknown = TensorShape(None)
        assert unknown[0].value is None
        slices = [unknown[1:], unknown[:2], unknown[1:3], unknown[-2:], unknown[:-1], unknown[3:1]]
        assert [shape.raw for shape in slices] == [None, (None, None), (None, None), None, None, ()]
        with pytest.raises(ValueError, match="Steps are not yet handled"):
            unknown[1:5:2]
        assert tensor_shape.dimension_at_index(unknown, 1).value is None

    def test_num_elements(self):
        assert [TensorShape(value).num_elements() for value in ([2, 3], [], [None, 0], None)] == [6, 1, None, None]

    def test_is_fully_defined(self):
        assert [TensorShape(v).is_fully_defined() for v in ([1, 2], [], [None], None)] == [True, True, False, False]
        with pytest.raises(ValueError, match=r"Shape \(1, \?\) is not fully defined"):
            TensorShape([1, None]).assert_is_fully_defined()
        with pytest.raises(ValueError, match="Shape <unknown> is not fully defined"):
            TensorShape(None).assert_is_fully_defined()

    def test_numpy_takes_a_shape(self):
        assert np.zeros(TensorShape([2, 3])).shape == (2, 3)


class TestCombiningShapes:
    @pytest.mark.parametrize(
        ("a", "b", "merged"),
        [([1, None], [None, 3], (1, 3)), (None, [1], (1,)), ([1], None, (1,)), (None, None, None)],
    )
    def test_merge_with(self, a, b, merged):
        assert TensorShape(a).merge_with(b).raw == merged

    @pytest.mark.parametrize(("b", "shown"), [([1, 3], r"\(1, 3\)"), ([1], r"\(1,\)")])
    def test_merge_contradiction(self, b, shown):
        with pytest.raises(ValueError, match=rf"^Shapes \(1, 2\) and {shown} are not compatible$"):
            TensorShape([1, 2]).merge_with(b)

    def test_concatenate(self):
        assert TensorShape([1, 2]).concatenate([3]).raw == (1, 2, 3)
        assert TensorShape([1]).concatenate(Dimension(3)).raw == (1, 3)
        assert TensorShape([1]).concatenate(None).raw is None
        assert operator.add(TensorShape([1]), [2]).raw == (1, 2)
        assert operator.add([2], TensorShape([1])).raw == (2, 1)

    def test_ranks(self):
        shape, unknown = TensorShape([1, 2]), TensorShape(None)
        assert shape.with_rank(2).raw == (1, 2)
        assert unknown.with_rank(2).raw == (None, None)
        assert unknown.with_rank_at_least(2).raw is None
        assert shape.with_rank_at_most(3).raw == (1, 2)
        for method, text in [
            (shape.with_rank, r"Shape \(1, 2\) must have rank 3"),
            (shape.with_rank_at_least, r"Shape \(1, 2\) must have rank at least 3"),
            (shape.assert_has_rank, r"Shape \(1, 2\) must have rank 3"),
        ]:
            with pytest.raises(ValueError, match=text):
                method(3)
        with pytest.raises(ValueError, match=r"Shape \(1, 2\) must have rank at most 1"):
            shape.with_rank_at_most(1)
        with pytest.raises(ValueError, match=r"Shapes \(1, 2\) and \(3,\) must have the same rank"):
            shape.assert_same_rank([3])
        shape.assert_same_rank(None)
        unknown.assert_has_rank(3)

    def test_compatibility(self):
        shape = TensorShape([1, 2])
        assert [shape.is_compatible_with(v) for v in ([1, None], None, [1], (1, 3))] == [True, True, False, False]
        with pytest.raises(ValueError, match=r"Shapes \(1, 2\) and \[1, 3\] are incompatible"):
            shape.assert_is_compatible_with([1, 3])

    def test_most_specific_compatible_shape(self):
        shape = TensorShape([1, 2])
        found = [shape.most_specific_compatible_shape(v).raw for v in ([1, 3], None, [1], [1, 2])]
        assert found == [(1, None), None, None, (1, 2)]

    def test_equality(self):
        shape = TensorShape([1, 2])
        for other in (TensorShape([1, 2]), [1, 2], (1, 2), np.array([1, 2])):
            assert shape == other
            assert operator.eq(list(other), shape) is True
            assert operator.ne(shape, other) is False
        assert shape == [1, 2]
        assert TensorShape([1]) == 1
        assert TensorShape(None) == None  # noqa: E711
        assert TensorShape(None) == TensorShape(None)
        assert operator.eq(TensorShape([None]), TensorShape([None])) is False
        assert TensorShape([None]) != TensorShape([None])
        assert operator.eq(shape, "a") is False
        assert shape != "a"
        unknown = TensorShape([None, 3])
        assert operator.eq(unknown, unknown)

    @pytest.mark.parametrize(("a", "b"), [(None, None), (None, [1]), ([1], None)])
    def test_inequality_of_unknown_rank(self, a, b):
        with pytest.raises(ValueError, match=r"The inequality of unknown TensorShapes is undefined\."):
            operator.ne(TensorShape(a), TensorShape(b))

    def test_unhashable(self):
        with pytest.raises(TypeError, match="unhashable type: 'TensorShape'"):
            hash(TensorShape([1]))

    def test_broadcast_shape(self):
        assert tensor_shape.broadcast_shape(TensorShape([None, 2]), TensorShape([3, 1])).raw == (3, 2)
        with pytest.raises(ValueError, match=r"Incompatible shapes for broadcasting: \(2,\) and \(3,\)"):
            tensor_shape.broadcast_shape(TensorShape([2]), TensorShape([3]))


class TestRawShape:
    @pytest.mark.parametrize(
        ("a", "b", "result"),
        [
            ((None, 3), (1, None), (None, 3)),
            ((None, 3), (None, 1), (None, 3)),
            ((None, 3), (5, 1), (5, 3)),
            ((0, 3), (None, 1), (None, 3)),
            ((0, 3), (1, 1), (0, 3)),
            ((None, 3), None, None),
            ((None,), (2, 3), (2, 3)),
            ((None,), (2, 1), (2, None)),
            ((), (2,), (2,)),
        ],
    )
    def test_broadcast(self, a, b, result):
        assert raw_shape.broadcast(a, b) == result

    @pytest.mark.parametrize(
        ("a", "b", "text"),
        [
            ((2,), (3,), "Dimensions must be equal, but are 2 and 3"),
            ((2, 3), (3, 4), "Dimensions must be equal, but are 2 and 3"),
            ((5, 2, 3), (3, 3), "Dimensions must be equal, but are 2 and 3"),
            ((None, 3), (3, 4), "Dimensions must be equal, but are 3 and 4"),
        ],
    )
    def test_broadcast_error(self, a, b, text):
        with pytest.raises(ValueError, match=f"^{text}$"):
            raw_shape.broadcast(a, b)

    def test_merge(self):
        assert raw_shape.merge((None, 3), (2, None)) == (2, 3)
        assert raw_shape.merge(None, (2,)) == raw_shape.merge((2,), None) == (2,)
        with pytest.raises(
            ValueError,
            match=r"^Dimension 1 in both shapes must be equal, but are 3 and 4\. Shapes are \[\?,3\] and \[2,4\]\.$",
        ):
            raw_shape.merge((None, 3), (2, 4))
        with pytest.raises(ValueError, match=r"^Shapes must be equal rank, but are 2 and 1$"):
            raw_shape.merge((2, 3), (2,))

    @pytest.mark.parametrize(
        ("function", "raw", "number", "text"),
        [
            (raw_shape.with_rank, (2,), 2, "Shape must be rank 2 but is rank 1"),
            (raw_shape.with_rank_at_least, (), 1, "Shape must be at least rank 1 but is rank 0"),
            (raw_shape.with_rank_at_most, (1, 2), 1, "Shape must be at most rank 1 but is rank 2"),
            (raw_shape.with_dim, 1, 2, "Dimension must be 2 but is 1"),
            (raw_shape.merge_dim, 3, 2, "Dimensions must be equal, but are 3 and 2"),
        ],
    )
    def test_wording_of_shape_functions(self, function, raw, number, text):
        with pytest.raises(ValueError, match=f"^{text}$"):
            function(raw, number)

    def test_unknown_passes(self):
        assert raw_shape.with_rank(None, 2) == (None, None)
        assert raw_shape.with_rank_at_least(None, 2) is None
        assert raw_shape.merge_dim(None, 2) == raw_shape.merge_dim(2, None) == 2
        assert raw_shape.with_dim(None, 2) == 2
        assert raw_shape.concatenate((1,), None) is None

    def test_to_str(self):
        shapes = (None, (), (None, 3))
        assert [raw_shape.to_str(raw) for raw in shapes] == ["?", "[]", "[?,3]"]
        assert [raw_shape.to_text(raw) for raw in shapes] == ["<unknown>", "()", "(?, 3)"]

    def test_from_sizes_takes_minus_one_for_unknown(self):
        assert raw_shape.from_sizes(np.array([-1, 3])) == (None, 3)

    def test_from_raw_shares_the_tuple(self):
        raw = (None, 3)
        assert TensorShape.from_raw(raw).raw is raw
