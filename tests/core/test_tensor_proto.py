"""Values that become constants, against what TensorFlow 1.15.5 makes of them."""

from __future__ import annotations

import array
import fractions
from collections import namedtuple
from types import SimpleNamespace

import ml_dtypes
import numpy as np
import pytest

from tangraph.framework import dtypes
from tangraph.framework.tensor_proto import make_ndarray, make_tensor_proto, to_ndarray
from tangraph.framework.tensor_shape import Dimension, TensorShape

Pair = namedtuple("Pair", "x y")


def check(result, dtype, values):
    expected = np.array(values, object if dtype == "object" else dtype)
    assert result.dtype == np.dtype(dtype)
    assert result.shape == expected.shape
    assert result.tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("value", "dtype", "result"),
    [
        (5, "int32", 5),
        (2**31 - 1, "int32", 2**31 - 1),
        (2**31, "int64", 2**31),
        (-(2**31) - 1, "int64", -(2**31) - 1),
        (2**63, "uint64", 2**63),
        (2.5, "float32", 2.5),
        (1e300, "float32", np.inf),
        (True, "bool", True),
        (1 + 2j, "complex128", 1 + 2j),
        ("é", "object", b"\xc3\xa9"),
        (b"a\0", "object", b"a\0"),
        ([1, 2], "int32", [1, 2]),
        ([1, 2**40], "int64", [1, 2**40]),
        ([2**63, -1], "float32", [2.0**63, -1.0]),
        ([[1.5, 2], [3, 4]], "float32", [[1.5, 2], [3, 4]]),
        ([1, True], "int32", [1, 1]),
        ([True, 1.5], "float32", [1, 1.5]),
        ([1, 1 + 2j], "complex128", [1, 1 + 2j]),
        ([], "float32", []),
        ([[], []], "float32", [[], []]),
        ([("a", b"b")], "object", [[b"a", b"b"]]),
        (["a\0", "b"], "object", [b"a\0", b"b"]),
        ([(1, 2), [3, 4]], "int32", [[1, 2], [3, 4]]),
        (Pair(1, 2), "int32", [1, 2]),
    ],
)
def test_python_values(value, dtype, result):
    check(to_ndarray(value), dtype, result)


@pytest.mark.parametrize(
    ("value", "dtype", "result"),
    [
        (np.float64(2), "float64", 2),
        (np.float32(2), "float32", 2),
        (np.int64(2), "int64", 2),
        (np.bool_(True), "bool", True),
        (np.array([1.0, 2.0]), "float64", [1, 2]),
        (np.array([1], np.uint16), "uint16", [1]),
        (np.array([1], ">i4"), "int32", [1]),
        (np.array(["a", "bc"]), "object", [b"a", b"bc"]),
        (np.array([b"a", b"bc"]), "object", [b"a", b"bc"]),
        (np.array(["a", b"b"], object), "object", [b"a", b"b"]),
        (np.str_("abc"), "object", b"abc"),
        (array.array("d", [1, 2]), "float64", [1, 2]),
        (bytearray(b"ab"), "uint8", [97, 98]),
        # In lists, NumPy scalars are values like others: 64 bits become 32.
        ([np.float64(2), 3.5], "float32", [2, 3.5]),
        ([np.int64(2), 3], "int32", [2, 3]),
        ([np.int64(2**40)], "int64", [2**40]),
        ([np.uint8(3)], "uint8", [3]),
        ([np.float16(3)], "float16", [3]),
        ([np.int64(1), np.uint64(3)], "float32", [1, 3]),
        ([np.bool_(True)], "bool", [True]),
        ([np.str_("abc")], "object", [b"abc"]),
    ],
)
def test_numpy_values(value, dtype, result):
    check(to_ndarray(value), dtype, result)


@pytest.mark.parametrize(
    ("value", "dtype", "result"),
    [
        (2**40, "int32", 0),
        ([2**40, 1], "int32", [0, 1]),
        (2**31, "int32", -(2**31)),
        (300, "uint8", 44),
        (-1, "uint8", 255),
        (-1, "uint64", 2**64 - 1),
        (2**63, "uint64", 2**63),
        ([2**63, -1], "uint64", [2**63, 2**64 - 1]),
        (2**63, "uint32", 0),
        (200, "int8", -56),
        (True, "int32", 1),
        (True, "float32", 1),
        (1, "complex64", 1),
        (1, "float16", 1),
        (70000.0, "float16", np.inf),
        (2**200, "float32", np.inf),
        (1e300, "float16", np.inf),
        # A Python int becomes a double first; an int64 array does not.
        (2**60 + 2**36 + 1, "float32", 2.0**60),
        (np.array([2**60 + 2**36 + 1]), "float32", [2.0**60 + 2.0**37]),
        (fractions.Fraction(1, 2), "float32", 0.5),
        ([Dimension(3), 4], "int32", [3, 4]),
        ([[]], "int32", [[]]),
        ([1, 2.5], "float64", [1, 2.5]),
        ([np.int64(2)], "float32", [2]),
        (np.array([1.5, -2.5]), "int32", [1, -2]),
        (np.array([1, 0]), "bool", [True, False]),
        (np.array([1, 2], object), "int32", [1, 2]),
        (np.int64(2**40), "int32", 0),
        (np.float64(1e300), "float32", np.inf),
    ],
)
def test_asking_for_a_dtype(value, dtype, result):
    check(to_ndarray(value, dtype), dtype, result)


def test_asking_for_bfloat16_and_refs():
    assert to_ndarray([1.5, 2.5], dtypes.bfloat16).dtype == ml_dtypes.bfloat16
    assert to_ndarray(1, "float32_ref").dtype == np.float32
    assert to_ndarray(1, float).dtype == np.float32


def test_quantized():
    assert to_ndarray((1,), dtypes.qint8).tolist() == (1,)
    assert to_ndarray([(1,), (2,)], dtypes.qint8).dtype == dtypes.qint8.np
    assert to_ndarray(np.array([1, 2]), dtypes.qint8).tolist() == [(1,), (2,)]
    with pytest.raises(TypeError, match=r"Expected quint8, got 1 of type 'int' instead."):
        to_ndarray([1, 2], dtypes.quint8)


@pytest.mark.parametrize(
    ("value", "dtype", "shown"),
    [
        ("a", "float32", "'a' of type 'str'"),
        (["a"], "float32", "'a' of type 'str'"),
        ("a", "bfloat16", "'a' of type 'str'"),
        ("1.5", "uint32", "'1.5' of type 'str'"),
        (1.0, "int32", "1.0 of type 'float'"),
        ([1, 2.0], "int32", "2.0 of type 'float'"),
        (float("nan"), "int32", "nan of type 'float'"),
        ([np.float64(2.5)], "int32", "2.5 of type 'float64'"),
        (1, "string", "1 of type 'int'"),
        (["a", 1], "string", "1 of type 'int'"),
        (1, "bool", "1 of type 'int'"),
        ([[True, False], [False, 1]], "bool", "1 of type 'int'"),
        (1j, "float32", "1j of type 'complex'"),
        ([1.0, None], "float32", "None of type 'NoneType'"),
        ([np.array([1.0, 2.0])], "float32", "array([1., 2.]) of type 'ndarray'"),
        (TensorShape([1]), "int32", "TensorShape([Dimension(1)]) of type 'TensorShape'"),
    ],
)
def test_wrong_kind(value, dtype, shown):
    with pytest.raises(TypeError) as error:
        to_ndarray(value, dtype)
    assert str(error.value) == f"Expected {dtype}, got {shown} instead."


@pytest.mark.parametrize(
    ("value", "dtype", "got", "wanted"),
    [
        ([[1, 2], [3]], None, [2], [2, 2]),
        ([[1], [2, 3]], None, [2], [2, 1]),
        ([[1], 2], None, [2], [2, 1]),
        ([[], [1]], None, [2], [2, 0]),
        ([["a"], ["b", "c"]], None, [2], [2, 1]),
        ([["a", "b"], ["cd"]], "string", [2], [2, 2]),
        ([[[1, 2], [3]], [[1, 2], [3, 4]]], None, [2, 2], [2, 2, 2]),
        (range(3), None, [3], []),
        (range(3), "int32", [3], []),
        ([np.array([1, 2]), np.array([3, 4])], None, [2, 2], [2]),
    ],
)
def test_ragged(value, dtype, got, wanted):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the text is compared whole
        to_ndarray(value, dtype)
    assert str(error.value) == f"Argument must be a dense tensor: {value} - got shape {got}, but wanted {wanted}."


def test_ragged_with_a_dtype():
    with pytest.raises(ValueError, match="setting an array element with a sequence"):
        to_ndarray([[1, 2], [3]], "float32")


@pytest.mark.parametrize(
    "value",
    [object(), {1: 2}, {1, 2}, [1, "a"], ["a", 1.5], ["a", None], [None], [1, [2]], 2**64, [1.0, 10**30], Dimension(3)],
)
def test_nothing_to_make_a_tensor_of(value):
    with pytest.raises(TypeError) as error:
        to_ndarray(value)
    assert str(error.value) == (
        f"Failed to convert object of type {type(value)} to Tensor. Contents: {value}. "
        "Consider casting elements to a supported type."
    )


@pytest.mark.parametrize(
    ("value", "dtype", "error", "text"),
    [
        (None, None, ValueError, r"None values not supported\."),
        (None, "float32", ValueError, r"None values not supported\."),
        (2**64, "int64", OverflowError, "Python int too large to convert to C long"),
        (2**63, "int32", OverflowError, "Python int too large to convert to C long"),
        (2**64, "uint64", OverflowError, "Python int too large to convert to C long"),
        (10**400, "float32", OverflowError, "int too large to convert to float"),
        (np.array([1, 2]), "string", TypeError, "Expected binary or unicode string, got 1"),
        (np.array(["a"]), "float32", ValueError, "could not convert string to float"),
        (
            np.array([1, 2]),
            "resource",
            TypeError,
            r"Incompatible types: <dtype: 'resource'> vs\. int64\. Value is \[1 2\]",
        ),
        (1, "variant", TypeError, r"Incompatible types: <dtype: 'variant'> vs\. int64\. Value is 1"),
        (np.array(["2000-01-01"], "M8[D]"), None, TypeError, "to a TensorFlow DType"),
        ([1, 2], int, TypeError, "Cannot convert value <class 'int'> to a TensorFlow DType."),
        ("\ud800", None, UnicodeEncodeError, "surrogates not allowed"),
    ],
)
def test_other_errors(value, dtype, error, text):
    with pytest.raises(error, match=text):
        to_ndarray(value, dtype)


def test_variables_are_not_looked_into():
    class Variable:
        graph, dtype = "the graph", dtypes.float32

        def __getitem__(self, index):
            raise AssertionError("NumPy walked over a variable")

    with pytest.raises(TypeError, match="Failed to convert object of type <class 'list'> to Tensor"):
        to_ndarray([[Variable()]])


class TestShape:
    @pytest.mark.parametrize(
        ("value", "shape", "dtype", "result"),
        [
            ([1, 2], [5], "int32", [1, 2, 2, 2, 2]),
            (7, [2, 2], "int32", [[7, 7], [7, 7]]),
            ("a", [2], "object", [b"a", b"a"]),
            (["a", "b"], (3,), "object", [b"a", b"b", b"b"]),
            ([], [3], "float32", [0, 0, 0]),
            ([1, 2, 3, 4], TensorShape([2, 2]), "int32", [[1, 2], [3, 4]]),
            (np.array([[1, 2], [3, 4]]), [4], "int64", [1, 2, 3, 4]),
            (np.array([True, False]), np.array([3]), "bool", [True, False, False]),
            ([1], [], "int32", 1),
            # With no elements asked for, Python values are not looked at.
            ([1, 2], [0], "float32", []),
            (object(), [0], "float32", []),
        ],
    )
    def test_repeats_the_last_value(self, value, shape, dtype, result):
        check(to_ndarray(value, shape=shape), dtype, result)

    def test_empty_strings(self):
        assert to_ndarray([], "string", shape=[2]).tolist() == [b"", b""]

    @pytest.mark.parametrize(
        ("value", "shape", "needed", "got"),
        [([1, 2, 3], [2], 2, 3), ([1, 2], [], 1, 2), ([1, 2], [-1], -1, 2), (np.array([1, 2]), [0], 0, 2)],
    )
    def test_too_many(self, value, shape, needed, got):
        text = f"^Too many elements provided. Needed at most {needed}, but received {got}$"
        with pytest.raises(ValueError, match=text):
            to_ndarray(value, shape=shape)

    @pytest.mark.parametrize(
        ("value", "shape", "wanted", "got"),
        [([1, 2, 3], [2, 2], "(2, 2)", "(3,)"), (1, [1], "(1,)", "()"), (np.array([1, 2]), [2, 1], "(2, 1)", "(2,)")],
    )
    def test_verify_shape(self, value, shape, wanted, got):
        with pytest.raises(TypeError) as error:
            to_ndarray(value, shape=shape, verify_shape=True)
        assert str(error.value) == f"Expected Tensor's shape: {wanted}, got {got}."
        check(to_ndarray([1, 2], shape=[2], verify_shape=True), "int32", [1, 2])

    def test_allow_broadcast(self):
        check(to_ndarray([3], shape=[2], allow_broadcast=True), "int32", [3, 3])
        with pytest.raises(TypeError, match=r"Expected Tensor's shape: \(4,\), got \(2,\)\."):
            to_ndarray([3, 4], shape=[4], allow_broadcast=True)

    @pytest.mark.parametrize("shape", [[None, 2], 4])
    def test_shape_must_be_known_sizes(self, shape):
        with pytest.raises(TypeError):
            to_ndarray([1, 2], shape=shape)


def test_the_result_is_a_copy():
    source = np.array([1.0, 2.0])
    result = to_ndarray(source)
    source[0] = 7
    assert result.tolist() == [1, 2]
    transposed = np.arange(6).reshape(2, 3).T
    assert to_ndarray(transposed).flags.c_contiguous
    assert type(to_ndarray(np.ma.array([1, 2]))) is np.ndarray


class TestTensorProto:
    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ((5,), "dtype: DT_INT32\ntensor_shape {\n}\nint_val: 5\n"),
            (
                ([1, 2],),
                (
                    "dtype: DT_INT32\ntensor_shape {\n  dim {\n    size: 2\n  }\n}\n"
                    'tensor_content: "\\001\\000\\000\\000\\002\\000\\000\\000"\n'
                ),
            ),
            (("hi",), 'dtype: DT_STRING\ntensor_shape {\n}\nstring_val: "hi"\n'),
            (
                ([1 + 2j, 3], "complex64"),
                (
                    "dtype: DT_COMPLEX64\ntensor_shape {\n  dim {\n    size: 2\n  }\n}\n"
                    "scomplex_val: 1.0\nscomplex_val: 2.0\nscomplex_val: 3.0\nscomplex_val: 0.0\n"
                ),
            ),
            ((1.5, "bfloat16"), "dtype: DT_BFLOAT16\ntensor_shape {\n}\nhalf_val: 16320\n"),
            ((1.5, "float16"), "dtype: DT_HALF\ntensor_shape {\n}\nhalf_val: 15872\n"),
            ((-1, "uint8"), "dtype: DT_UINT8\ntensor_shape {\n}\nint_val: 255\n"),
            (
                (np.array([True, False]),),
                "dtype: DT_BOOL\ntensor_shape {\n  dim {\n    size: 2\n  }\n}\nbool_val: true\nbool_val: false\n",
            ),
            (
                ([(1,), (2,)], "qint8"),
                'dtype: DT_QINT8\ntensor_shape {\n  dim {\n    size: 2\n  }\n}\ntensor_content: "\\001\\002"\n',
            ),
            (
                ([1, 2], None, [5]),
                "dtype: DT_INT32\ntensor_shape {\n  dim {\n    size: 5\n  }\n}\nint_val: 1\nint_val: 2\n",
            ),
            (([], None, [3]), "dtype: DT_FLOAT\ntensor_shape {\n  dim {\n    size: 3\n  }\n}\n"),
        ],
    )
    def test_text(self, arguments, text):
        assert str(make_tensor_proto(*arguments)) == text

    def test_a_proto_is_returned_as_it_is(self):
        proto = make_tensor_proto(3)
        assert make_tensor_proto(proto) is proto

    @pytest.mark.parametrize(
        "name",
        [
            *(
                "float16",
                "float32",
                "float64",
                "bfloat16",
                "complex64",
                "complex128",
                "int8",
                "int16",
                "int32",
                "int64",
            ),
            *("uint8", "uint16", "uint32", "uint64", "bool"),
        ],
    )
    @pytest.mark.parametrize("shape", [(), (1,), (2, 2), (0, 3)])
    def test_round_trip(self, name, shape):
        values = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtypes.as_dtype(name).np)
        result = make_ndarray(make_tensor_proto(values))
        assert result.dtype == values.dtype
        assert result.shape == shape
        assert result.tolist() == values.tolist()
        assert result.flags.writeable

    def test_round_trip_of_repeated_values(self):
        assert make_ndarray(make_tensor_proto(["a", "b"], shape=[3])).tolist() == [b"a", b"b", b"b"]
        assert make_ndarray(make_tensor_proto(1 + 2j, shape=[2])).tolist() == [1 + 2j, 1 + 2j]
        assert make_ndarray(make_tensor_proto(-1, "uint8", shape=[2])).tolist() == [255, 255]
        assert make_ndarray(make_tensor_proto((1,), "qint8")).tolist() == (1,)

    def test_messages_of_the_protobuf_library_serve_too(self):
        shape = SimpleNamespace(dim=[SimpleNamespace(size=2)])
        proto = SimpleNamespace(dtype=1, tensor_shape=shape, tensor_content=b"", float_val=[1.5])
        assert make_ndarray(proto).tolist() == [1.5, 1.5]

    def test_no_dtype(self):
        with pytest.raises(TypeError, match=r"Cannot convert value 0 to a TensorFlow DType."):
            make_ndarray(type(make_tensor_proto(1))())
