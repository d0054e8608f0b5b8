"""parse_example and its like. Values and texts are those of TensorFlow 1.15.5."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf

train = tf.train
Fixed, Var, Sparse, Sequence = tf.FixedLenFeature, tf.VarLenFeature, tf.SparseFeature, tf.FixedLenSequenceFeature
BATCH, SINGLE = tf.parse_example, tf.parse_single_example


def feature(values):
    if values is None:
        return train.Feature()
    if values and isinstance(values[0], float):
        return train.Feature(float_list=train.FloatList(value=values))
    if values and isinstance(values[0], bytes):
        return train.Feature(bytes_list=train.BytesList(value=values))
    return train.Feature(int64_list=train.Int64List(value=values))


def features(values):
    return train.Features(feature={k: feature(v) for k, v in values.items()})


def example(**values):
    return train.Example(features=features(values)).SerializeToString()


def sequence(context, **lists):
    found = {k: train.FeatureList(feature=[feature(v) for v in steps]) for k, steps in lists.items()}
    message = train.SequenceExample(context=features(context), feature_lists=train.FeatureLists(feature_list=found))
    return message.SerializeToString()


def plain(value):
    """A fetched value as lists; a sparse one as (indices, values, shape)."""
    if isinstance(value, tf.SparseTensorValue):
        return tuple(part.tolist() for part in value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def run(tensors):
    with tf.Session() as session:
        return plain(session.run(tensors))


A, B, C, NONE = example(i=[1, 2], f=[1.5], s=[b"x", b"y"]), example(i=[3], f=[2.5, 3.5]), example(), example(i=None)
PAIRS, TRIPLES = example(ix=[3, 0], v=[1.0, 2.0]), example(ix=[3, 0], iy=[1, 1], v=[1.0, 2.0])

GOOD = [
    (
        lambda: BATCH([A, B, C], {"i": Var(tf.int64), "s": Var(tf.string)}),
        {
            "i": ([[0, 0], [0, 1], [1, 0]], [1, 2, 3], [3, 2]),
            "s": ([[0, 0], [0, 1]], [b"x", b"y"], [3, 2]),
        },
    ),
    (lambda: BATCH([A, C], {"i": Fixed([2], tf.int64, [7, 8])}), {"i": [[1, 2], [7, 8]]}),
    (lambda: BATCH([A, C], {"s": Fixed([2], tf.string, ["", "q"])}), {"s": [[b"x", b"y"], [b"", b"q"]]}),
    (lambda: BATCH([A, B, C], {"i": Sequence([], tf.int64, True)}), {"i": [[1, 2], [3, 0], [0, 0]]}),
    (
        lambda: BATCH([A, B, C], {"i": Sequence([], tf.int64, True, 9), "s": Sequence([2], tf.string, True)}),
        {"i": [[1, 2], [3, 9], [9, 9]], "s": [[[b"x", b"y"]], [[b"", b""]], [[b"", b""]]]},
    ),
    (lambda: BATCH([PAIRS, C], {"p": Sparse("ix", "v", tf.float32, 5)}), {"p": ([[0, 0], [0, 3]], [2.0, 1.0], [2, 5])}),
    (
        lambda: BATCH([TRIPLES, C], {"p": Sparse(["ix", "iy"], "v", tf.float32, [5, 2])}),
        {"p": ([[0, 0, 1], [0, 3, 1]], [2.0, 1.0], [2, 5, 2])},
    ),
    (lambda: BATCH([NONE], {"i": Fixed([1], tf.int64, [4])}), {"i": [[4]]}),
    (lambda: BATCH(tf.constant([], tf.string), {"f": Fixed([2], tf.float32)}), {"f": []}),
    (
        lambda: SINGLE(A, {"i": Fixed([2], tf.int64), "z": Var(tf.float32), "m": Fixed([], tf.float32, 3.0)}),
        {"i": [1, 2], "z": ([], [], [0]), "m": 3.0},
    ),
    (lambda: SINGLE(A, {"i": Sequence([], tf.int64, True)}), {"i": [1, 2]}),
    (lambda: SINGLE(PAIRS, {"p": Sparse("ix", "v", tf.float32, 5)}), {"p": ([[0], [3]], [2.0, 1.0], [5])}),
    (
        lambda: SINGLE(A, {"i": Fixed([2], tf.int64), "s": Var(tf.string)}, example_names="name"),
        {"i": [1, 2], "s": ([[0], [1]], [b"x", b"y"], [2])},
    ),
]


@pytest.mark.parametrize(("make", "expected"), GOOD)
def test_examples(make, expected):
    assert run(make()) == expected


BAD_RUNS = [
    (
        lambda: BATCH([A, B], {"i": Fixed([2], tf.int64)}, example_names=["n1", "n2"]),
        r"Name: n2, Key: i, Index: 1.  Number of int64 values != expected.  Values size: 1 but output shape: \[2\]",
    ),
    (
        lambda: BATCH([A, C], {"i": Fixed([2], tf.int64)}),
        r"Name: <unknown>, Feature: i \(data type: int64\) is required but could not be found.",
    ),
    (lambda: BATCH([A], {"i": Fixed([2], tf.float32)}), "Data type: int64 but expected type: float"),
    (lambda: BATCH([A], {"i": Var(tf.float32)}), "Expected type: float, Actual type: int64"),
    (
        lambda: BATCH([A, B], {"i": Sequence([2], tf.int64, True)}),
        r"not a multiple of stride length. Saw 1 values but output shape is: \[\?,2\]",
    ),
    (lambda: BATCH([A, b"garbage"], {"i": Var(tf.int64)}), "Could not parse example input, value: 'garbage'"),
    (lambda: SINGLE(b"garbage", {"i": Var(tf.int64)}), "Could not parse example input, value: 'garbage'"),
    (lambda: SINGLE(A, {"i": Fixed([3], tf.int64)}), "Key: i.  Can't parse serialized Example."),
    (lambda: SINGLE(A, {"z": Fixed([3], tf.int64)}), r"Feature: z \(data type: int64\) is required"),
    (lambda: SINGLE(A, {"i": Var(tf.float32)}), "Key: i.  Data types don't match. Expected type: float"),
]


@pytest.mark.parametrize(("make", "text"), BAD_RUNS)
def test_examples_that_do_not_fit(make, text):
    with pytest.raises(tf.errors.InvalidArgumentError, match=text):
        run(make())


BAD = [
    (lambda: BATCH([A], {}), "Missing: features was {}."),
    (lambda: SINGLE(A, None), "Missing features."),
    (lambda: BATCH([A], {"i": 3}), "Invalid feature i:3."),
    (lambda: BATCH([A], {"i": Fixed(None, tf.int64)}), "Missing shape for feature i."),
    (lambda: BATCH([A], {"i": Fixed([None], tf.int64)}), "Consider using FixedLenSequenceFeature"),
    (lambda: BATCH([A], {"i": Fixed([2, None], tf.int64)}), r"need to be known but received \[2, None\]"),
    (lambda: BATCH([A], {"i": Fixed([2], None)}), "Missing type for feature i."),
    (lambda: BATCH([A], {"i": Sequence([], tf.int64)}), "requires allow_missing to be True"),
    (lambda: BATCH([A], {"i": Sparse("", "v", tf.float32, 5)}), "Missing index_key for SparseFeature"),
    (lambda: BATCH(A, {"i": Var(tf.int64)}), "Shape must be rank 1 but is rank 0"),
    (lambda: SINGLE([A], {"i": Var(tf.int64)}), "Shape must be rank 0 but is rank 1"),
    (lambda: tf.parse_single_sequence_example(A), "Missing features."),
    (
        lambda: tf.parse_single_sequence_example(A, {}, {"t": Fixed([2], tf.int64)}),
        "Unsupported FixedLenFeature",
    ),
    (
        lambda: tf.parse_single_sequence_example(A, {}, {"t": Sequence([2], tf.int64, default_value=3)}),
        r"feature_list_dense_defaults\[t\] must be None",
    ),
]


@pytest.mark.parametrize(("make", "text"), BAD)
def test_bad_features(make, text):
    with pytest.raises(ValueError, match=text):
        make()


ONE = sequence({"n": [2], "w": [b"a", b"b"]}, t=[[1, 2], [3, 4], [5, 6]], v=[[1.0], [2.0, 3.0]])
TWO = sequence({"n": [7]}, t=[[9, 9]])
CONTEXT = {"n": Fixed([], tf.int64), "w": Var(tf.string), "m": Fixed([2], tf.float32, [1.0, 2.0])}
STEPS = {"t": Sequence([2], tf.int64), "v": Var(tf.float32)}


def test_a_sequence_example():
    context, steps = run(tf.parse_single_sequence_example(ONE, CONTEXT, STEPS))
    assert context == {"n": 2, "w": ([[0], [1]], [b"a", b"b"], [2]), "m": [1.0, 2.0]}
    assert steps == {"t": [[1, 2], [3, 4], [5, 6]], "v": ([[0, 0], [1, 0], [1, 1]], [1.0, 2.0, 3.0], [2, 2])}
    assert run(tf.parse_single_sequence_example(TWO, {}, {"z": Sequence([2], tf.int64, True)})) == ({}, {"z": []})


def test_a_batch_of_sequence_examples():
    context, steps, lengths = run(tf.io.parse_sequence_example([ONE, TWO], CONTEXT, STEPS))
    assert context == {
        "n": [2, 7],
        "w": ([[0, 0], [0, 1]], [b"a", b"b"], [2, 2]),
        "m": [[1.0, 2.0], [1.0, 2.0]],
    }
    assert steps["t"] == [[[1, 2], [3, 4], [5, 6]], [[9, 9], [0, 0], [0, 0]]]
    assert steps["v"] == ([[0, 0, 0], [0, 1, 0], [0, 1, 1]], [1.0, 2.0, 3.0], [2, 2, 2])
    assert lengths == {"t": [3, 1]}


PS, PM = tf.parse_single_sequence_example, tf.io.parse_sequence_example
BAD_SEQUENCES = [
    (lambda: PS(TWO, {}, {"z": Sequence([2], tf.int64)}), "Feature list 'z' is required but could not be found"),
    (lambda: PS(TWO, {"z": Fixed([], tf.int64)}), "Context feature 'z' is required but could not be found"),
    (
        lambda: PS(TWO, {"n": Fixed([], tf.float32)}),
        "Context feature: n.  Data types don't match. Expected type: float",
    ),
    (lambda: PS(TWO, {}, {"t": Sequence([3], tf.int64)}), r"Key: t, Index: 0.  .*size: 2 but output shape: \[3\]"),
    (lambda: PS(TWO, {}, {"t": Var(tf.float32)}), "Feature List: t, Index: 0.  Data types don't match"),
    (lambda: PS(b"garbage", {"n": Fixed([], tf.int64)}), "Could not parse example input, value: 'garbage'"),
    (lambda: PM([ONE, TWO], {}, {"z": Sequence([2], tf.int64)}), "Missing feature z in example <unknown>"),
    (lambda: PM([ONE], {}, {"t": Sequence([3], tf.int64)}), "Unexpected number of elements in feature t"),
    (lambda: PM([ONE, b"garbage"], CONTEXT, {}, ["1", "2"]), "Invalid protocol message input, example id: 2"),
]


@pytest.mark.parametrize(("make", "text"), BAD_SEQUENCES)
def test_sequence_examples_that_do_not_fit(make, text):
    with pytest.raises(tf.errors.InvalidArgumentError, match=text):
        run(make())
