"""Assert, Print, tf.print and check_numerics at run time: texts measured on TensorFlow 1.15.5."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest

import tangraph as tf
from tangraph.framework.make_op import make_op


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


#: value -> (what Assert shows, what tf.print shows)
SCALARS = [
    (np.float32(1 / 3), "0.333333343", "0.333333343"),
    (np.float32(1e10), "1e+10", "1e+10"),
    (np.float32(16777216), "16777216", "16777216"),
    (np.float32(1234567), "1234567", "1234567"),
    (np.float32(0.1), "0.1", "0.1"),
    (np.float64(1 / 3), "0.33333333333333331", "0.33333333333333331"),
    (np.float32(np.nan), "nan", "nan"),
    (np.float32(-np.inf), "-inf", "-inf"),
    (np.float16(0.1), "0.0999755859", "0.0999755859"),
    (True, "1", "1"),
    (np.int64(2**40), "1099511627776", "1099511627776"),
    (np.uint8(200), "200", "200"),
    ("a'b\"\\\n\x01é", "a\\'b\\\"\\\\\\n\\001\\303\\251", '"a\\\'b\\"\\\\\\n\\001\\303\\251"'),
    (np.complex64(1 + 2.5j), "?", "[?]"),
    (np.float32(-0.0), "-0", "-0"),
]
#: (value, summarize, what Assert shows, what tf.print shows)
ARRAYS = [
    (np.arange(3), 3, "0 1 2", "[0 1 2]"),
    (np.arange(3), 0, "...", "[ ...]"),
    (np.arange(10), 3, "0 1 2...", "[0 1 2 ... 7 8 9]"),
    (np.arange(10), -1, "0 1 2 3 4 5 6 7 8 9", "[0 1 2 3 4 5 6 7 8 9]"),
    (np.arange(7), 3, "0 1 2...", "[0 1 2 ... 4 5 6]"),
    (np.arange(6), 3, "0 1 2...", "[0 1 2 3 4 5]"),
    (np.arange(6).reshape(2, 3), 3, "[0 1 2]...", "[[0 1 2]\n [3 4 5]]"),
    (np.arange(8).reshape(2, 2, 2), 3, "[[0 1][2...]]...", "[[[0 1]\n  [2 3]]\n\n [[4 5]\n  [6 7]]]"),
    (np.arange(24).reshape(2, 3, 4), 5, "[[0 1 2 3][4...]]...", None),
    (np.array([[1.5, 2], [3, 4]]), 3, "[1.5 2][3...]...", "[[1.5 2]\n [3 4]]"),
    (np.arange(24).reshape(2, 3, 4), 0, "...", "[\n\n ...]"),
    (np.zeros(0), 3, "", "[]"),
    (np.zeros((2, 0)), 3, "", "[\n ...]"),
    (np.zeros((0, 2)), 3, "", "[]"),
    (np.array(["a", "b"]), 3, "a b", '["a" "b"]'),
    (np.array([True, False]), 3, "1 0", "[1 0]"),
]


def failed_assertion(session, value, summarize=3):
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        session.run(make_op("Assert", False, [tf.constant(value)], summarize=summarize))
    return str(error.value).split("\n\t [[")[0]


@pytest.mark.parametrize(("value", "shown", "printed"), SCALARS, ids=[repr(v) for v, _, _ in SCALARS])
def test_scalars(sess, value, shown, printed):
    assert failed_assertion(sess, value) == f"assertion failed: [{shown}]"
    assert sess.run(tf.strings.format("{}", [tf.constant(value)])) == printed.encode()


@pytest.mark.parametrize(("value", "summarize", "shown", "printed"), ARRAYS)
def test_arrays(sess, value, summarize, shown, printed):
    assert failed_assertion(sess, value, summarize) == f"assertion failed: [{shown}]"
    if printed is not None:
        assert sess.run(tf.strings.format("{}", [tf.constant(value)], summarize=summarize)) == printed.encode()


def test_a_failed_check_shows_its_data(sess):
    x = tf.placeholder(tf.int32, name="x")
    with tf.control_dependencies([tf.assert_less(x, 2, message="m", summarize=2)]):
        out = tf.identity(x)
    assert sess.run(out, {x: [1, 0]}).tolist() == [1, 0]
    text = "assertion failed: [m] [Condition x < y did not hold element-wise:] [x (x:0) = ] [1 5...] [y (assert_less/y:0) = ] [2]"
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        sess.run(out, {x: [1, 5, 7]})
    assert text in str(error.value)
    assert error.value.op.name == "assert_less/Assert/Assert"


def test_a_condition_has_to_be_a_scalar(sess):
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"In\[0\] should be a scalar: \[1\]"):
        sess.run(make_op("Assert", [False], ["x"]))


def test_print_writes_a_line_the_first_few_times(sess, capsys):
    data = [tf.constant([1.0, 2.0, 3.0, 4.0]), tf.constant("s"), tf.constant(True)]
    x = tf.Print(tf.constant(1.5), data, "m: ", first_n=2)
    y = x + 1.0
    assert [float(sess.run(x)), float(sess.run(y)), float(sess.run(x))] == [1.5, 2.5, 1.5]
    assert capsys.readouterr().err == "m: [1 2 3...][s][1]\n" * 2


def test_gradients_go_through_print(sess, capsys):
    x = tf.constant(3.0)
    assert sess.run(tf.gradients(tf.Print(x, [x]) * 2.0, [x])) == [2.0]
    assert capsys.readouterr().err == ""


PRINTED = [
    (lambda: tf.print("a", tf.constant([1, 2]), {"k": tf.constant(1), "z": [1, "q"]}, sep="|", end="END\n"), "a|[1 2]|{'k': 1, 'z': [1, 'q']}END\n"),
    (lambda: tf.print(tf.constant("scalar")), "scalar\n"),
    (lambda: tf.print("{}", tf.constant([1.0, 2.0])), "{} [1 2]\n"),
    (lambda: tf.print(tf.range(10), summarize=2, end=""), "[0 1 ... 8 9]"),
    (lambda: tf.print(1, [None, 2.5], "x"), "1 [None, 2.5] x\n"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "text"), PRINTED)
def test_tf_print(sess, capsys, build, text):
    assert sess.run(build()) is None
    assert capsys.readouterr().err == text


def test_tf_print_writes_where_it_is_told(sess, capsys, tmp_path, monkeypatch):
    path = tmp_path / "out.txt"
    to_file = tf.print("x", output_stream=f"file://{path}")
    sess.run(to_file)
    sess.run(to_file)
    assert path.read_text() == "x\nx\n"
    to_stdout = tf.print("y", output_stream=sys.stdout)
    sess.run(to_stdout)
    assert capsys.readouterr().out == "y\n"
    replaced = io.StringIO()
    monkeypatch.setattr(sys, "stdout", replaced)
    sess.run(to_stdout)
    assert replaced.getvalue() == "y\n"


def test_tf_print_logs(sess, caplog):
    with caplog.at_level("INFO", logger="tensorflow"):
        sess.run(tf.print("to the log", output_stream=tf.logging.warning))
    assert "to the log" in caplog.text or caplog.text == ""


@pytest.mark.parametrize(
    ("value", "kind"), [([1.0, np.nan], "NaN"), ([np.inf, 1.0], "Inf"), ([np.nan, -np.inf], "Inf and NaN")]
)
def test_check_numerics(sess, value, kind):
    x = tf.placeholder(tf.float32, [2])
    checked = tf.check_numerics(x, "msg")
    assert sess.run(checked, {x: [1.0, 2.0]}).tolist() == [1.0, 2.0]
    with pytest.raises(tf.errors.InvalidArgumentError, match=f"msg : Tensor had {kind} values"):
        sess.run(checked, {x: value})
    with pytest.raises(tf.errors.InvalidArgumentError, match="again : Tensor had"):
        sess.run(tf.verify_tensor_all_finite(x, "again"), {x: value})


def test_the_gradient_of_a_check_is_checked(sess):
    x = tf.placeholder(tf.float32, [1])
    (gradient,) = tf.gradients(1.0 / tf.check_numerics(x, "root"), [x])
    text = r"Not a number \(NaN\) or infinity \(Inf\) values detected in gradient. root"
    with pytest.raises(tf.errors.InvalidArgumentError, match=text):
        sess.run(gradient, {x: [0.0]})


def test_all_tensors_of_a_graph_are_checked(sess):
    x = tf.placeholder(tf.float32, [1], name="x")
    tf.subtract(x, x * 2.0, name="y")
    check = tf.add_check_numerics_ops()
    sess.run(check, {x: [1.0]})
    with pytest.raises(tf.errors.InvalidArgumentError, match="x:0 : Tensor had NaN values"):
        sess.run(check, {x: [np.nan]})
