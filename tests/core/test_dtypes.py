"""DType against what TensorFlow 1.15.5 answers."""

from __future__ import annotations

import copy
import operator
import pickle

import ml_dtypes
import numpy as np
import pytest

from tangraph.framework import dtypes

BASE_NAMES = [
    *("float32", "float64", "int32", "uint8", "int16", "int8", "string", "complex64", "int64", "bool", "qint8"),
    *("quint8", "qint32", "bfloat16", "qint16", "quint16", "uint16", "complex128", "float16", "resource", "variant"),
    *("uint32", "uint64"),
]


@pytest.mark.parametrize(("enum", "name"), list(enumerate(BASE_NAMES, start=1)))
def test_number_and_name(enum, name):
    dtype = dtypes.as_dtype(name)
    assert dtype.as_datatype_enum == enum == dtype._type_enum == hash(dtype)
    assert dtypes.as_dtype(enum) is dtype is dtypes.DType(enum) is getattr(dtypes, name)
    assert (dtype.name, repr(dtype), str(dtype)) == (name, f"tf.{name}", f"<dtype: '{name}'>")
    assert dtype.base_dtype is dtype.base is dtype
    assert not dtype.is_ref


@pytest.mark.parametrize("name", BASE_NAMES)
def test_ref_twin(name):
    dtype = dtypes.as_dtype(name)
    ref = dtype._as_ref
    assert ref is dtypes.as_dtype(f"{name}_ref") is getattr(dtypes, f"{name}_ref")
    assert ref.as_datatype_enum == dtype.as_datatype_enum + 100
    assert ref.is_ref
    assert ref._is_ref_dtype
    assert ref._as_ref is ref
    assert ref.base is ref.base_dtype is dtype
    assert ref.np == dtype.np
    assert ref != dtype
    assert dtype.is_compatible_with(ref)
    assert not ref.is_compatible_with(dtype)
    assert str(ref) == f"<dtype: '{name}_ref'>"


KINDS = {
    "is_floating": {"float16", "float32", "float64", "bfloat16"},
    "is_integer": {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"},
    "is_unsigned": {"uint8", "uint16", "uint32", "uint64"},
    "is_complex": {"complex64", "complex128"},
    "is_bool": {"bool"},
    "is_quantized": {"qint8", "qint16", "qint32", "quint8", "quint16"},
    "is_numpy_compatible": set(BASE_NAMES) - {"resource", "variant"},
}


@pytest.mark.parametrize("attribute", KINDS)
def test_kinds(attribute):
    found = {name for name in BASE_NAMES if getattr(dtypes.as_dtype(name), attribute)}
    assert found == KINDS[attribute]


@pytest.mark.parametrize(
    ("name", "numpy_type", "size"),
    [
        ("float16", np.float16, 2),
        ("float32", np.float32, 4),
        ("float64", np.float64, 8),
        ("bfloat16", ml_dtypes.bfloat16, 2),
        ("complex128", np.complex128, 16),
        ("uint64", np.uint64, 8),
        ("bool", bool, 1),
        ("string", object, 8),
        ("qint32", np.dtype([("qint32", np.int32)]), 4),
    ],
)
def test_numpy_type_and_size(name, numpy_type, size):
    dtype = dtypes.as_dtype(name)
    assert dtype.as_numpy_dtype is numpy_type or dtype.as_numpy_dtype == numpy_type
    assert dtype.np == np.dtype(numpy_type)
    assert dtype.size == size


@pytest.mark.parametrize("name", ["resource", "variant"])
def test_handles_have_no_numpy_type(name):
    dtype = dtypes.as_dtype(name)
    assert dtype.size == 1
    assert dtype.np == np.dtype(object)
    with pytest.raises(KeyError, match=str(dtype.as_datatype_enum)):
        dtype.as_numpy_dtype


@pytest.mark.parametrize(
    ("name", "low", "high", "limits"),
    [
        ("int8", -128, 127, (0, 127)),
        ("uint16", 0, 65535, (0, 65535)),
        ("uint64", 0, 18446744073709551615, (0, 18446744073709551615)),
        ("float32", np.float32(-3.4028235e38), np.float32(3.4028235e38), (0, 1)),
        ("float64_ref", np.finfo(np.float64).min, np.finfo(np.float64).max, (0, 1)),
    ],
)
def test_range(name, low, high, limits):
    dtype = dtypes.as_dtype(name)
    assert (dtype.min, dtype.max, dtype.limits) == (low, high, limits)
    assert type(dtype.max) is (int if dtype.is_integer else dtype.np.type)


def test_range_of_bfloat16_and_float16():
    assert float(dtypes.bfloat16.max) == pytest.approx(3.38953139e38)
    assert type(dtypes.bfloat16.min) is ml_dtypes.bfloat16
    assert float(dtypes.float16.min) == -65504.0
    with pytest.raises(KeyError, match="float16"):
        dtypes.float16.limits


@pytest.mark.parametrize("name", ["bool", "string", "complex64", "qint8", "resource"])
def test_no_range(name):
    dtype = dtypes.as_dtype(name)
    with pytest.raises(TypeError, match=f"Cannot find minimum value of <dtype: '{name}'>."):
        dtype.min
    with pytest.raises(TypeError, match=f"Cannot find maximum value of <dtype: '{name}'>."):
        dtype.max


@pytest.mark.parametrize(
    ("name", "real"),
    [
        ("complex64", "float32"),
        ("complex128", "float64"),
        ("complex64_ref", "float32"),
        ("int32", "int32"),
        ("int32_ref", "int32_ref"),
    ],
)
def test_real_dtype(name, real):
    assert dtypes.as_dtype(name).real_dtype is dtypes.as_dtype(real)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (np.float32, "float32"),
        (np.dtype("float32"), "float32"),
        (np.dtype(">f4"), "float32"),
        (float, "float32"),
        ("float", "float32"),
        ("half", "float16"),
        ("double", "float64"),
        ("double_ref", "float64_ref"),
        (bool, "bool"),
        (np.bool_, "bool"),
        (object, "string"),
        (np.object_, "string"),
        (np.str_, "string"),
        (np.bytes_, "string"),
        (np.dtype("S3"), "string"),
        (np.dtype("U3"), "string"),
        (np.longlong, "int64"),
        (np.ulonglong, "uint64"),
        (np.intc, "int32"),
        (ml_dtypes.bfloat16, "bfloat16"),
        (np.dtype([("quint8", np.uint8)]), "quint8"),
        (dtypes.int64, "int64"),
        (103, "int32_ref"),
    ],
)
def test_as_dtype(value, name):
    assert dtypes.as_dtype(value).name == name


@pytest.mark.parametrize(
    "value",
    ["foo", "int", None, 0, 24, 999, int, str, bytes, complex, type(None), np.longdouble, np.dtype("M8[s]"), object()],
)
def test_as_dtype_refuses(value):
    with pytest.raises(TypeError) as error:
        dtypes.as_dtype(value)
    assert str(error.value) == f"Cannot convert value {value!r} to a TensorFlow DType."


@pytest.mark.parametrize("value", [[1], {}, np.array([1.0])])
def test_as_dtype_refuses_unhashable(value):
    with pytest.raises(TypeError, match="unhashable"):
        dtypes.as_dtype(value)


def test_no_such_number():
    with pytest.raises(TypeError, match=r"type_enum is not a valid types_pb2.DataType: 500"):
        dtypes.DType(500)


@pytest.mark.parametrize("other", [np.float32, "float32", 1, float, np.dtype("float32"), dtypes.DType(1)])
def test_equal(other):
    assert dtypes.float32 == other
    assert operator.ne(dtypes.float32, other) is False


@pytest.mark.parametrize("other", ["foo", None, object(), dtypes.float32._as_ref, [1], np.float64, "float32_ref"])
def test_not_equal(other):
    assert dtypes.float32 != other
    assert operator.eq(dtypes.float32, other) is False


def test_is_compatible_with():
    assert dtypes.float32.is_compatible_with("float32_ref")
    assert not dtypes.float32.is_compatible_with(np.int32)
    with pytest.raises(TypeError, match=r"Cannot convert value 'foo' to a TensorFlow DType."):
        dtypes.float32.is_compatible_with("foo")


@pytest.mark.parametrize("name", ["float32", "string_ref", "bfloat16", "variant"])
def test_copies_are_the_object_itself(name):
    dtype = dtypes.as_dtype(name)
    assert pickle.loads(pickle.dumps(dtype)) is dtype
    assert copy.copy(dtype) is dtype
    assert copy.deepcopy([dtype])[0] is dtype


def test_quantized_dtypes():
    assert len(dtypes.QUANTIZED_DTYPES) == 10
    assert dtypes.quint16_ref in dtypes.QUANTIZED_DTYPES
    assert dtypes.uint16 not in dtypes.QUANTIZED_DTYPES


def test_tables():
    assert dtypes.BY_NUMPY[np.dtype(np.int64)] is dtypes.int64
    assert dtypes.BY_ENUM[101] is dtypes.float32_ref
    assert len(dtypes.BY_ENUM) == 2 * len(BASE_NAMES)


def test_numpy_does_not_take_a_dtype():
    with pytest.raises(TypeError):
        np.zeros(2, dtypes.float32)
