"""Strings as values: raw bytes, CSV, serialized tensors and sparse tensors. Values and texts are TensorFlow 1.15.5's."""

from __future__ import annotations

import gzip
import math
import zlib

import numpy as np
import pytest

import tangraph as tf

INVALID, LOST = tf.errors.InvalidArgumentError, tf.errors.DataLossError


def run(make):
    with tf.Session() as session:
        return session.run(make())


RAW = [
    (lambda: tf.decode_raw([b"ab", b"cd"], tf.uint8), [[97, 98], [99, 100]]),
    (lambda: tf.decode_raw(b"\x01\x02", tf.int16), [513]),
    (lambda: tf.decode_raw(b"\x01\x02", tf.int16, little_endian=False), [258]),
    (lambda: tf.decode_raw(b"\x01\x00", tf.bool), [True, False]),
    (lambda: tf.decode_raw(b"abcd", tf.float16), [816.5, 1123.0]),
    (lambda: tf.decode_raw([b"", b""], tf.int16), [[], []]),
    (lambda: tf.decode_raw(bytes=b"ab", out_type=tf.uint8), [97, 98]),
    (lambda: tf.decode_compressed([zlib.compress(b"abc")], "ZLIB"), [b"abc"]),
    (lambda: tf.decode_compressed(gzip.compress(b"abc"), "GZIP"), b"abc"),
    (lambda: tf.decode_compressed(b"abc"), b"abc"),
]


@pytest.mark.parametrize(("make", "expected"), RAW)
def test_raw_and_compressed(make, expected):
    value = run(make)
    assert (value.tolist() if isinstance(value, np.ndarray) else value) == expected


def test_decoded_numbers_can_be_changed():
    run(lambda: tf.decode_raw(b"ab", tf.uint8))[0] = 1


CSV = [
    (["1,2.5,a", '3,,"b ""q"" , c"'], [[0], [0.5], [""]], {}, [[1, 3], [2.5, 0.5], [b"a", b'b "q" , c']]),
    ([["1", "2"], ["3", "4"]], [[0]], {}, [[[1, 2], [3, 4]]]),
    (" 1 , 2 ", [[0], [0.0]], {}, [1, 2.0]),
    ("a b, c", [[""], [""]], {}, [b"a b", b" c"]),
    ('a"b,c"', [[""], [""]], {"use_quote_delim": False}, [b'a"b', b'c"']),
    ("1;2", [[0], [0]], {"field_delim": ";"}, [1, 2]),
    ("NA,2", [[7], [0]], {"na_value": "NA"}, [7, 2]),
    ("a,b,c,d", [[""], [""]], {"select_cols": [1, 3]}, [b"b", b"d"]),
    (",", [["x"], ["y"]], {}, [b"x", b"y"]),
    ("\na,b", [[""], [""]], {}, [b"a", b"b"]),
    ('"a\nb",c', [[""], [""]], {}, [b"a\nb", b"c"]),
    ('"",b', [["x"], [""]], {}, [b"x", b"b"]),
    ("1e3,inf,-1.5e-3,.5,5.,+5,0x10,1e400", [[0.0]] * 8, {}, [1e3, math.inf, -1.5e-3, 0.5, 5.0, 5.0, 16.0, math.inf]),
    ("-2147483648", [0], {}, [-2147483648]),
    ("5000000000", [np.array([0], np.int64)], {}, [5000000000]),
]


@pytest.mark.parametrize(("lines", "defaults", "options", "expected"), CSV)
def test_csv(lines, defaults, options, expected):
    values = run(lambda: tf.decode_csv(lines, defaults, **options))
    assert [v.tolist() if hasattr(v, "tolist") else v for v in values] == [
        np.float32(e).tolist() if isinstance(e, float) else e for e in expected
    ]


BAD = [
    (lambda: tf.decode_raw([b"ab", b"abc"], tf.uint8), INVALID, "element 1 has size 2 != 3"),
    (lambda: tf.decode_raw(b"abc", tf.int16), INVALID, "length 3 that is not a multiple of 2, the size of int16"),
    (lambda: tf.decode_raw(b"ab"), ValueError, "missing 1 positional argument: 'out_type'"),
    (lambda: tf.decode_raw(b"a", tf.string), TypeError, "has DataType string not in list of allowed values"),
    (lambda: tf.decode_compressed(b"abc", "GZIP"), LOST, "failed with error -3: incorrect header check"),
    (lambda: tf.decode_compressed(zlib.compress(b"abc" * 99)[:-6], "ZLIB"), LOST, "cut off"),
    (lambda: tf.decode_compressed(b"abc", "X"), INVALID, "Only ZLIB, GZIP or NONE are supported"),
    (lambda: tf.decode_csv("1,", [[0], tf.constant([], tf.int32)]), INVALID, "Field 1 is required but missing in rec"),
    (lambda: tf.decode_csv("1", [[0], [0]]), INVALID, "Expect 2 fields but have 1 in record 0"),
    (lambda: tf.decode_csv(["1", "2,3"], [[0]]), INVALID, "Expect 1 fields but have 2 in record 1"),
    (lambda: tf.decode_csv("", [["x"]]), INVALID, "Expect 1 fields but have 0 in record 0"),
    (lambda: tf.decode_csv("1.5", [[0]]), INVALID, "Field 0 in record 0 is not a valid int32: 1.5"),
    (lambda: tf.decode_csv("99999999999", [[0]]), INVALID, "not a valid int32: 99999999999"),
    (lambda: tf.decode_csv("+5", [[0]]), INVALID, r"not a valid int32: \+5"),
    (lambda: tf.decode_csv("1_0", [[0.0]]), INVALID, "not a valid float: 1_0"),
    (lambda: tf.decode_csv('a"b,c', [[""], [""]]), INVALID, "Unquoted fields cannot have quotes/CRLFs inside"),
    (lambda: tf.decode_csv("a,b\r\n", [[""], [""]]), INVALID, "Unquoted fields cannot have quotes/CRLFs inside"),
    (lambda: tf.decode_csv('"a"b,c', [[""], [""]]), INVALID, "has to be escaped by another quote"),
    (lambda: tf.decode_csv('"a,c', [[""], [""]]), INVALID, "Quoted field has to end with quote followed by delim"),
    (lambda: tf.decode_csv("1", [[0]], field_delim=";;"), INVALID, "field_delim should be only 1 char"),
    (lambda: tf.decode_csv("1", [[0, 1]]), ValueError, "must be a length-0 or length-1 vector, or a scalar"),
    (lambda: tf.decode_csv("a", [[""]], select_cols=[2, 1]), ValueError, "select_cols is not strictly increasing"),
    (lambda: tf.decode_csv("a", [[""]], select_cols=[-1]), ValueError, "select_cols contains negative values"),
    (lambda: tf.decode_csv("a", [[""]], select_cols=[0, 1]), ValueError, "Length of select_cols and record_defaults"),
    (lambda: tf.parse_tensor(b"abc", tf.float32), INVALID, "Could not parse `serialized` as TensorProto: 'abc'"),
    (
        lambda: tf.parse_tensor(tf.serialize_tensor([1]), tf.float32),
        INVALID,
        r"parsed tensor \(int32\) and dtype \(float\)",
    ),
    (lambda: tf.parse_tensor([b"abc"], tf.float32), INVALID, r"to be a scalar, got shape: \[1\]"),
    (lambda: tf.decode_json_example("{"), INVALID, "Error while parsing JSON"),
    (lambda: tf.serialize_many_sparse(tf.SparseTensor([[0]], [1], [3])), INVALID, "should be > 1, but saw rank: 1"),
    (lambda: tf.deserialize_many_sparse([["a", "b"]], tf.int32), ValueError, "Dimension must be 3 but is 2"),
]


@pytest.mark.parametrize(("make", "error", "text"), BAD)
def test_what_cannot_be_read(make, error, text):
    with pytest.raises(error, match=text):
        run(make)


TENSORS = [
    (np.float32([[1, 2], [3, 4]]), "0801120812020802120208022210" + "0000803f000000400000404000008040"),
    (np.array([b"a", b"bb"], object), "08071204120208024201614202" + "6262"),
    (np.array(5), "080912002208" + "0500000000000000"),
    (np.array([True, False]), "080a12041202080222020100"),
    (np.zeros([0, 3], np.int64), "0809120612001202" + "0803"),
]


@pytest.mark.parametrize(("array", "data"), TENSORS)
def test_tensors_as_strings(array, data):
    dtype = tf.string if array.dtype == object else tf.as_dtype(array.dtype)
    assert run(lambda: tf.serialize_tensor(array)).hex() == data
    back = run(lambda: tf.parse_tensor(bytes.fromhex(data), dtype))
    assert np.array_equal(back, array)
    assert np.shape(back) == array.shape


def test_sparse_tensors_as_strings():
    sparse = tf.SparseTensor([[0, 1], [2, 0]], [1.0, 2.0], [3, 2])
    many = tf.serialize_many_sparse(sparse)
    back, whole = tf.deserialize_many_sparse(many, tf.float32, rank=2), tf.serialize_sparse(sparse)
    assert back.indices.shape.as_list() == [None, 2]
    with tf.Session() as session:
        value, strings, one = session.run([back, many, whole])
    assert value.indices.tolist() == [[0, 1], [2, 0]]
    assert value.values.tolist() == [1.0, 2.0]
    assert value.dense_shape.tolist() == [3, 2]
    assert strings.shape == (3, 3)
    assert one[1].hex() == "08011204120208022208" + "0000803f00000040"
    with pytest.raises(INVALID, match=r"type int32 but SparseTensor\[0\].values.dtype\(\) == float"):
        run(lambda: tf.deserialize_many_sparse(strings, tf.int32))


def test_examples_as_json():
    text = '{"features":{"feature":{"a":{"int64List":{"value":["1",2]}},"b":{"bytesList":{"value":["YQ=="]}}}}}'
    example = tf.train.Example.FromString(run(lambda: tf.decode_json_example(text)))
    assert example.features.feature["a"].int64_list.value == [1, 2]
    assert example.features.feature["b"].bytes_list.value == [b"a"]
