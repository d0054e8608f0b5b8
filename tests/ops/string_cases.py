"""Strings: text from numbers and back, parts, patterns, hashes, splitting, joining, Unicode; and ragged ops.

What comes out is told by Python's own functions on bytes. Numbers that only TensorFlow can tell (hashes, scripts) were
recorded from TensorFlow 1.15.5.
"""

from __future__ import annotations

import base64
import re

import numpy as np

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.testing import OpCase, given

INTEGERS = "int32 int64 int16 int8"
GREEK = "αβγ"
SOME = given([[" Ab1 c ", "x"], ["", GREEK], ["12\n", "aXbXX"]], "string")


def raw(op_type, **attrs):
    def call(*inputs):
        found = make_op(op_type, *inputs, **attrs)
        return list(found) if isinstance(found, tuple) else found

    return call


def each(function, dtype=object):
    """The reference of an op that acts on single elements."""

    def reference(*arrays):
        arrays = np.broadcast_arrays(*arrays)
        found = np.empty(arrays[0].shape, dtype)
        for where in np.ndindex(found.shape):
            found[where] = function(*(a[where] for a in arrays))
        return found

    return reference


def strings(values):
    found = np.empty(np.shape(values), object)
    found[...] = values
    return found


NUMBERS = [
    OpCase("AsString", tf.as_string, (given([[0, 7], [-3, 100]]),), each(lambda x: b"%d" % x), INTEGERS),
    OpCase(
        "AsString",
        lambda x: tf.as_string(x, precision=3, width=9),
        (given([0.5, -2.25, 1e6]),),
        each(lambda x: b"%9.3f" % x),
        "float32 float64",
        "of floats",
    ),
    OpCase(
        "AsString",
        tf.as_string,
        (given([True, False], "bool"),),
        each(lambda x: str(bool(x)).lower().encode()),
        label="of booleans",
    ),
    OpCase(
        "StringToNumber",
        lambda x: [tf.string_to_number(x), tf.string_to_number(x, tf.float64)],
        (given(["1.5", " -2e3", "7 ", "1e30"], "string"),),
        lambda x: [np.array([1.5, -2000, 7, 1e30], np.float32), np.array([1.5, -2000, 7, 1e30])],
    ),
    OpCase(
        "StringToNumber",
        lambda x: [tf.string_to_number(x, tf.int32), tf.strings.to_number(x, tf.int64)],
        (given([["12"], [" -3"]], "string"),),
        lambda x: [np.array([[12], [-3]], np.int32), np.array([[12], [-3]], np.int64)],
        label="to integers",
    ),
]
ELEMENTWISE = [
    OpCase("EncodeBase64", tf.encode_base64, (SOME,), each(lambda x: base64.urlsafe_b64encode(x).rstrip(b"="))),
    OpCase(
        "EncodeBase64", lambda x: tf.encode_base64(x, pad=True), (SOME,), each(base64.urlsafe_b64encode), label="padded"
    ),
    OpCase("DecodeBase64", lambda x: tf.decode_base64(tf.encode_base64(x)), (SOME,), each(lambda x: x)),
    OpCase("StringLower", tf.strings.lower, (SOME,), each(lambda x: x.lower())),
    OpCase(
        "StringLower",
        lambda x: tf.strings.lower(x, encoding="utf-8"),
        (given(["ΑΒ", "x"], "string"),),
        each(lambda x: x.decode().lower().encode()),
        label="of characters",
    ),
    OpCase("StringUpper", tf.strings.upper, (SOME,), each(lambda x: x.upper())),
    OpCase("StringStrip", tf.string_strip, (SOME,), each(lambda x: x.strip())),
    OpCase("StringLength", tf.strings.length, (SOME,), each(len, np.int32)),
    OpCase(
        "StringLength",
        lambda x: tf.strings.length(x, unit="UTF8_CHAR"),
        (SOME,),
        each(lambda x: len(x.decode()), np.int32),
        label="in characters",
    ),
    OpCase(
        "Substr",
        tf.substr,
        (given([["hello", "world"], ["abcde", "fghij"]], "string"), given([0, -3], "int32"), given([2, 9], "int32")),
        each(lambda x, at, size: x[at:][:size]),
    ),
    OpCase(
        "Substr",
        lambda x: tf.strings.substr(x, 1, 2, unit="UTF8_CHAR"),
        (given(["αβγδ", "xα"], "string"),),
        each(lambda x: x.decode()[1:3].encode()),
        label="in characters",
    ),
    OpCase(
        "RegexReplace",
        tf.strings.regex_replace,
        (SOME, given("[0-9]+|X", "string"), given("#", "string")),
        each(lambda x, pattern, new: re.sub(pattern, new, x)),
    ),
    OpCase(
        "StaticRegexReplace",
        lambda x: tf.regex_replace(x, r"(\w)(\w)", r"<\2\1>", replace_global=False),
        (SOME,),
        each(lambda x: re.sub(rb"([0-9A-Za-z_])([0-9A-Za-z_])", rb"<\2\1>", x, count=1)),
    ),
    OpCase(
        "RegexFullMatch",
        tf.strings.regex_full_match,
        (SOME, given("[a-z]*", "string")),
        each(lambda x, pattern: re.fullmatch(pattern, x) is not None, np.bool_),
    ),
    OpCase(
        "StaticRegexFullMatch",
        lambda x: tf.strings.regex_full_match(x, ".*[Xx].*"),
        (SOME,),
        each(lambda x: re.fullmatch(b".*[Xx].*", x) is not None, np.bool_),
    ),
]
HASHES = [
    OpCase(
        "StringToHashBucketFast",
        lambda x: tf.string_to_hash_bucket_fast(x, 1000),
        (given([["a", "é"]], "string"),),
        lambda x: np.array([[939, 25]]),
    ),
    OpCase(
        "StringToHashBucketStrong",
        lambda x: tf.string_to_hash_bucket_strong(x, 1000, [1, 2]),
        (given([["a", "é"]], "string"),),
        lambda x: np.array([[646, 591]]),
    ),
    OpCase(
        "StringToHashBucket",
        lambda x: tf.string_to_hash_bucket(x, 1000),
        (given([["a", "é"]], "string"),),
        lambda x: np.array([[868, 665]]),
    ),
    OpCase(
        "Fingerprint",
        tf.fingerprint,
        (given(["a", "bcd"], "string"),),
        lambda x: np.array([[227, 117, 223, 182, 101, 66, 69, 179], [240, 104, 216, 35, 146, 188, 98, 198]], np.uint8),
    ),
]
JOINING = [
    OpCase(
        "ReduceJoin",
        lambda x: [tf.reduce_join(x, 0), tf.reduce_join(x, 1, separator="-"), tf.reduce_join(x, [1, 0], keepdims=True)],
        (given([["a", "b"], ["c", "d"]], "string"),),
        lambda x: [strings([b"ac", b"bd"]), strings([b"a-b", b"c-d"]), strings([[b"abcd"]])],
    ),
    OpCase(
        "UnsortedSegmentJoin",
        lambda x, ids: tf.strings.unsorted_segment_join(x, ids, 3, separator=":"),
        (given(["a", "b", "c"], "string"), given([2, 0, 2], "int32")),
        lambda x, ids: strings([b"b", b"", b"a:c"]),
    ),
]
SPLITTING = [
    OpCase(
        "StringSplit",
        raw("StringSplit"),
        (given(["a b  c", "", " x"], "string"), given(" ", "string")),
        lambda x, by: [
            np.array([[0, 0], [0, 1], [0, 2], [2, 0]]),
            strings([b"a", b"b", b"c", b"x"]),
            np.array([3, 3]),
        ],
        known_shape=False,
        unknown_rank=False,
    ),
    OpCase(
        "StringSplitV2",
        raw("StringSplitV2", maxsplit=1),
        (given(["a,b,c", "", ",x"], "string"), given(",", "string")),
        lambda x, by: [
            np.array([[0, 0], [0, 1], [1, 0], [2, 0], [2, 1]]),
            strings([b"a", b"b,c", b"", b"", b"x"]),
            np.array([3, 2]),
        ],
        known_shape=False,
        unknown_rank=False,
    ),
    OpCase(
        "StringNGrams",
        raw(
            "StringNGrams",
            separator="-",
            ngram_widths=[2],
            left_pad="<",
            right_pad=">",
            pad_width=1,
            preserve_short_sequences=False,
        ),
        (given(["a", "b", "c"], "string"), given([0, 2, 2, 3], "int64")),
        lambda x, splits: [strings([b"<-a", b"a-b", b"b->", b"<->", b"<-c", b"c->"]), np.array([0, 3, 4, 6])],
        known_shape=False,
    ),
]
UNICODE = [
    OpCase(
        "UnicodeScript",
        tf.strings.unicode_script,
        (given([[104, 0x3A9, 0x4E00], [-1, 0x110000, 32]], "int32"),),
        lambda x: np.array([[25, 14, 17], [-1, -1, 0]], np.int32),
    ),
    OpCase(
        "UnicodeTranscode",
        lambda x: tf.strings.unicode_transcode(x, "UTF-8", "UTF-16-BE"),
        (given([["hé"], ["α"]], "string"),),
        each(lambda x: x.decode().encode("utf-16-be")),
    ),
    OpCase(
        "UnicodeEncode",
        raw("UnicodeEncode", output_encoding="UTF-8"),
        (given([104, 233, 945], "int32"), given([0, 2, 2, 3], "int64")),
        lambda values, splits: strings(["hé".encode(), b"", "α".encode()]),
    ),
    OpCase(
        "UnicodeDecode",
        raw("UnicodeDecode", input_encoding="UTF-8"),
        (given(["hé", "", "α"], "string"),),
        lambda x: [np.array([0, 2, 2, 3]), np.array([104, 233, 945], np.int32)],
        known_shape=False,
    ),
    OpCase(
        "UnicodeDecodeWithOffsets",
        raw("UnicodeDecodeWithOffsets", input_encoding="UTF-8"),
        (given(["éh", "", "α"], "string"),),
        lambda x: [np.array([0, 2, 2, 3]), np.array([233, 104, 945], np.int32), np.array([0, 2, 0])],
        known_shape=False,
    ),
]
RAGGED = [
    OpCase(
        "RaggedRange",
        raw("RaggedRange"),
        (given([0, 5, 3]), given([3, 1, 3]), given([1, -2, 1])),
        lambda starts, limits, deltas: [np.array([0, 3, 5, 5]), np.array([0, 1, 2, 5, 3]).astype(starts.dtype)],
        "int32 int64 float32 float64",
        known_shape=False,
    ),
    OpCase(
        "RaggedGather",
        lambda splits, values, at: tf.nest.flatten(make_op("RaggedGather", [splits], values, at, OUTPUT_RAGGED_RANK=1)),
        (given([0, 2, 2, 3], "int64"), given([1, 2, 3]), given([2, 0, 1], "int32")),
        lambda splits, values, at: [np.array([0, 1, 3, 3]), np.array([3, 1, 2]).astype(values.dtype)],
        "float32 int32",
        known_shape=False,
    ),
    OpCase(
        "RaggedTensorToSparse",
        lambda splits, values: list(make_op("RaggedTensorToSparse", [splits], values)),
        (given([0, 2, 2, 3], "int64"), given([1, 2, 3])),
        lambda splits, values: [np.array([[0, 0], [0, 1], [2, 0]]), values, np.array([3, 2])],
        "float32 int32",
        known_shape=False,
    ),
]
CASES = [*NUMBERS, *ELEMENTWISE, *HASHES, *JOINING, *SPLITTING, *UNICODE, *RAGGED]
