"""Checks that fail, or hold, while the graph is built; and the nodes of those that have to wait for the run."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf


def types():
    return [op.type for op in tf.get_default_graph().get_operations()]


STATIC_FAILURES = {
    "equal": (lambda: tf.assert_equal([1, 2], [1, 3], message="hey"), "hey\nCondition x == y did not hold element-wise:\nx (assert_equal_1/x:0) = \n[1 2]\ny (assert_equal_1/y:0) = \n[1 3]"),
    "none equal": (lambda: tf.assert_none_equal(1, 1), "Condition x != y did not hold element-wise:"),
    "less": (lambda: tf.assert_less(2, 1), "Condition x < y did not hold element-wise:"),
    "less or equal": (lambda: tf.assert_less_equal(2, 1), "Condition x <= y did not hold element-wise:"),
    "greater": (lambda: tf.assert_greater(1, 2), "Condition x > y did not hold element-wise:"),
    "greater or equal": (lambda: tf.assert_greater_equal(1, 2), "Condition x >= y did not hold element-wise:"),
    "positive": (lambda: tf.assert_positive([1, 0]), "Condition x > 0 did not hold element-wise:"),
    "negative": (lambda: tf.assert_negative(0), "Condition x < 0 did not hold element-wise:"),
    "non-negative": (lambda: tf.assert_non_negative(-1), "Condition x >= 0 did not hold element-wise:"),
    "non-positive": (lambda: tf.assert_non_positive(1), "Condition x <= 0 did not hold element-wise:x ("),
    "data": (lambda: tf.assert_equal(1, 2, data=["mine", tf.constant(7)]), "mine\n7"),
}  # fmt: skip


@pytest.mark.parametrize("name", STATIC_FAILURES)
def test_known_values_are_compared_at_once(name):
    build, text = STATIC_FAILURES[name]
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        build()
    assert text in str(error.value)


def test_a_value_is_equal_to_itself():
    x = tf.placeholder(tf.float32)
    assert tf.assert_equal(x, x).name == "assert_equal/NoOp"


def test_data_on_the_host_need_no_guard():
    x = tf.placeholder(tf.int32)
    assert tf.Assert(x > 3, ["data", x]).name == "Assert/Assert"
    assert types()[-1] == "Assert"


def test_other_data_are_shown_in_a_branch_only():
    x = tf.placeholder(tf.float32, [])
    guarded = tf.Assert(x > 3, ["data", x])
    assert guarded.name == "Assert/AssertGuard/Merge"
    assert guarded.inputs[0].op.type == "Identity"
    assert tf.get_default_graph().get_operation_by_name("Assert/AssertGuard/Assert").attrs["summarize"] == 3


ERRORS = {
    "rank": (lambda: tf.assert_rank(tf.zeros([2, 3]), 3, message="mm"), ValueError, "mm.  Tensor zeros:0 must have rank 3.  Received rank 2, shape (2, 3)"),
    "rank at least": (lambda: tf.assert_rank_at_least(tf.zeros([2, 3]), 3), ValueError, ".  Tensor zeros:0 must have rank at least 3.  Received rank 2, shape (2, 3)"),
    "rank in": (lambda: tf.assert_rank_in(tf.zeros([2, 3]), [3, 1]), ValueError, "must have rank in (array(3, dtype=int32), array(1, dtype=int32)).  Received rank 2"),
    "rank of rank 1": (lambda: tf.assert_rank(tf.zeros([2, 3]), [3]), ValueError, "Rank must be a scalar."),
    "rank of a float": (lambda: tf.assert_rank(tf.zeros([2, 3]), 3.0), TypeError, "must be of type <dtype: 'int32'>"),
    "type": (lambda: tf.assert_type(1, tf.float32, message="z"), TypeError, "z  assert_type/tensor:0 must be of type <dtype: 'float32'>"),
    "integer": (lambda: tf.assert_integer(1.0), TypeError, 'Expected "x" to be integer type.  Found: assert_integer/x:0 of dtype <dtype: \'float32\'>'),
    "scalar": (lambda: tf.assert_scalar([1, 2]), ValueError, "Expected scalar shape for assert_scalar:0, saw shape: (2,)."),
    "float type": (lambda: tf.assert_same_float_dtype([tf.constant(1)]), ValueError, "Expected floating point type, got <dtype: 'int32'>."),
    "one type": (lambda: tf.assert_same_float_dtype([tf.constant(1.0), tf.constant(1)]), ValueError, "must be of the same type (<dtype: 'float32'>) as Const:0."),
    "iterable": (lambda: tf.debugging.assert_proper_iterable("abc"), TypeError, 'Expected argument "values" to be a "proper" iterable'),
    "not iterable": (lambda: tf.debugging.assert_proper_iterable(3), TypeError, 'Expected argument "values" to be iterable'),
    "shape": (lambda: tf.debugging.assert_shapes([(tf.zeros([2, 3]), ("N", 4))]), ValueError, "Specified explicitly.  Tensor zeros:0 dimension 1 must have size 4.  Received size 3, shape (2, 3)"),
    "shapes": (lambda: tf.debugging.assert_shapes([(tf.zeros([2]), ("N",)), (tf.ones([5, 1]), ("N", 1))]), ValueError, "Specified by tensor zeros:0 dimension 0.  Tensor ones:0 dimension 0 must have size 2"),
    "shape in the middle": (lambda: tf.debugging.assert_shapes([(tf.zeros([2]), ("N", "*"))]), ValueError, "is only allowed as the first entry"),
    "shape of nothing": (lambda: tf.debugging.assert_shapes([(tf.zeros([2]), 3)]), ValueError, "Specified shape must be an iterable"),
    "numbers": (lambda: tf.is_strictly_increasing(["a"]), TypeError, "Expected x to be numeric"),
    "both names": (lambda: tf.verify_tensor_all_finite(tf.zeros([1]), "m", x=1), ValueError, "Cannot specify both 't' and 'x'"),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_what_is_known_to_be_wrong(name):
    build, kind, text = ERRORS[name]
    with pytest.raises(kind) as error:
        build()
    assert text in str(error.value)


def test_what_is_known_to_hold():
    x = tf.zeros([2, 3])
    checks = [
        tf.assert_rank(x, 2),
        tf.assert_rank_at_least(x, 1),
        tf.assert_rank_in(x, [1, 2]),
        tf.assert_type(x, tf.float32),
        tf.assert_integer(1),
        tf.debugging.assert_shapes({x: (2, "Q")}),
    ]
    assert {c.type for c in checks} == {"NoOp"}
    assert tf.assert_same_float_dtype([x, None]) is tf.float32
    assert tf.assert_same_float_dtype() is tf.float32
    assert tf.is_numeric_tensor(x)
    assert not tf.is_numeric_tensor(np.zeros(2))
    assert tf.assert_scalar(1.0).shape == ()
    tf.debugging.assert_proper_iterable([1])


def test_numeric_checks_do_not_go_into_branches():
    tf.cond(tf.placeholder(tf.bool, []), lambda: tf.constant(1.0), lambda: tf.constant(2.0))
    with pytest.raises(ValueError, match="not compatible with TensorFlow control flow operations"):
        tf.add_check_numerics_ops()


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: tf.print("a", stream=3), "Unrecognized keyword arguments for tf.print"),
        (lambda: tf.print("a", output_stream=3), "Unsupported output stream, logging level, or file.3"),
        (lambda: tf.strings.format("{} {}", [1]), r"2 placeholder\(s\) in template does not match 1 tensor\(s\) provided as input"),
    ],
)  # fmt: skip
def test_what_cannot_be_printed(build, text):
    with pytest.raises(ValueError, match=text):
        build()


def test_a_placeholder_that_stands_in_the_text_is_not_used():
    tf.print("{}", tf.placeholder(tf.float32, [2]))
    attrs = tf.get_default_graph().get_operation_by_name("StringFormat").attrs
    assert attrs["placeholder"] == "{}9"
    assert attrs["template"] == "{} {}9"
