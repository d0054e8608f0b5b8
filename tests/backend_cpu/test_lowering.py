"""Conditionals and loops at run time: what TensorFlow 1.15.5 gave, and what the emitted source looks like."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf
from tangraph.ops.control_flow.switching import merge, switch

#: Recorded from TensorFlow; the keys are those of the golden cases, values are [dtype, nested list].
CASES = json.loads((Path(__file__).parent / "control_flow_values.json").read_text())


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def encoded(value):
    if isinstance(value, (list, tuple)):
        return [encoded(v) for v in value]
    if isinstance(value, dict):
        return {k: encoded(v) for k, v in value.items()}
    if hasattr(value, "tolist"):
        return [str(value.dtype), value.tolist()]
    return value.decode("latin1") if isinstance(value, bytes) else value


def assert_close(found, expected):
    assert type(found) is type(expected) or isinstance(expected, (int, float))
    if isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_close(one, other)
    elif isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key, other in expected.items():
            assert_close(found[key], other)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-4)
    else:
        assert found == expected


@pytest.mark.filterwarnings("ignore:Converting sparse IndexedSlices")
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_values_are_tensorflows(case):
    tf.set_random_seed(1234)
    names = {"tf": tf, "np": np}
    exec("\n".join(case["code"]), names)
    feeds = names.get("feed", {})
    feeds = feeds if isinstance(feeds, list) else [feeds] * names.get("runs", 2)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert_close([encoded(session.run(names["out"], feed)) for feed in feeds], case["values"])
        if "check" in case:
            assert_close(encoded(names["check"](session)), case["check"])


# -- the emitted source ----------------------------------------------------------------------------------------------


def source_of(session, fetches, feeds=None):
    """The source of the plan for some fetches."""
    session.run(fetches, feeds)
    return list(list(session._plans.values())[-1].by_shape.values())[-1].source


def test_a_loop_becomes_a_while(sess):
    source = source_of(sess, tf.while_loop(lambda i: i < 10, lambda i: i + 1, [0]))
    lines = [line.split("  #")[0].rstrip() for line in source.splitlines()]
    assert lines[2:7] == [
        "    while True:",
        "        v1 = Less_1(v0, k1)",
        "        if not v1:",
        "            break",
        "        v2 = AddV2_1(v0, k2)",
    ]


def test_a_conditional_becomes_two_ifs_and_nothing_else_is_run(sess):
    p, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [2])
    source = source_of(sess, tf.cond(p, lambda: x * 2.0, lambda: x - 1.0), {p: True, x: [1.0, 2.0]})
    assert source.count("if v0:") == source.count("if not v0:") == 1
    assert "Switch" not in source.replace("cond/Switch", "")
    assert "Identity" not in source


def test_only_the_branch_that_is_taken_runs(sess):
    ran = []

    def branch(name):
        def function():
            ran.append(name)
            return np.float32(len(ran))

        return lambda: tf.py_func(function, [], tf.float32)

    p = tf.placeholder(tf.bool, [])
    out = tf.cond(p, branch("yes"), branch("no"))
    sess.run(out, {p: True})
    sess.run(out, {p: False})
    assert ran == ["yes", "no"]


def test_what_a_branch_takes_from_outside_runs_anyway(sess):
    ran = []
    outside = tf.py_func(lambda: ran.append(1) or np.float32(1), [], tf.float32)
    p = tf.placeholder(tf.bool, [])
    sess.run(tf.cond(p, lambda: outside, lambda: tf.constant(0.0)), {p: False})
    assert ran == [1]


def test_a_loop_runs_its_body_as_often_as_it_says(sess):
    ran = []

    def count(i):
        ran.append(int(i))
        return np.int32(i + 1)

    shape = [tf.TensorShape(None)]
    loop = tf.while_loop(lambda i: i < 3, lambda i: tf.py_func(count, [i], tf.int32), [0], shape_invariants=shape)
    assert sess.run(loop) == 3
    assert ran == [0, 1, 2]


# -- memory ----------------------------------------------------------------------------------------------------------


def test_what_is_kept_for_the_gradient_is_not_overwritten(sess):
    x = tf.placeholder(tf.float64, [4000])
    y = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, tf.sin(a * a) + a), [0, x])[1]
    values = np.linspace(0.0, 1.0, 4000)
    (found,) = sess.run(tf.gradients(y, [x]), {x: values})
    slope = np.ones(4000)
    for _ in range(3):
        slope *= np.cos(values * values) * 2 * values + 1
        values = np.sin(values * values) + values
    np.testing.assert_allclose(found, slope, rtol=1e-9)


def test_elements_that_were_read_are_not_overwritten(sess):
    x = tf.placeholder(tf.float32, [2, 4000])
    array = tf.TensorArray(tf.float32, 2, clear_after_read=False).unstack(x)
    first = array.read(0)
    fed = np.ones((2, 4000), np.float32)
    results = sess.run([first + 1.0 + 1.0, array.read(0), first * 3.0], {x: fed})
    assert [r.max() for r in results] == [3.0, 1.0, 3.0]
    assert fed.max() == 1.0


def test_a_result_that_no_iteration_changed_is_a_copy(sess):
    x = tf.placeholder(tf.float32, [3])
    fed = np.ones(3, np.float32)
    result = sess.run(tf.while_loop(lambda i, a: i < 0, lambda i, a: (i + 1, a + 1.0), [0, x])[1], {x: fed})
    assert not np.shares_memory(result, fed)


def test_a_snapshot_of_a_variable_outlives_its_updates_in_a_loop(sess):
    v = tf.get_variable("v", initializer=np.ones(3000, np.float32), use_resource=True)
    before = v.read_value()

    def body(i, total):
        with tf.control_dependencies([v.assign_add(tf.ones([3000]))]):
            return i + 1, total + before

    with tf.control_dependencies([before]):
        total = tf.while_loop(lambda i, t: i < 3, body, [0, tf.zeros([3000])])[1]
    sess.run(v.initializer)
    assert sess.run(total).tolist() == [3.0] * 3000
    assert sess.run(v).max() == 4.0


# -- failures --------------------------------------------------------------------------------------------------------


def test_fetching_what_was_not_computed(sess):
    if_false, _ = switch(tf.constant(3.0), tf.placeholder_with_default(True, []))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Retval\[0\] does not have value"):
        sess.run(if_false + 1.0)
    assert sess.run((if_false + 2.0).op) is None


def test_a_merge_tells_which_input_it_took(sess):
    p = tf.placeholder(tf.bool, [])
    if_false, if_true = switch(tf.constant(3.0), p)
    merged = merge([if_false * 2.0, if_true * 5.0])
    assert sess.run(merged, {p: True}) == (15.0, 1)
    assert sess.run(merged, {p: False}) == (6.0, 0)


def test_a_predicate_has_to_be_a_scalar(sess):
    p = tf.placeholder(tf.bool)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"must be a scalar, but it has shape \[2\]"):
        sess.run(tf.cond(p, lambda: tf.constant(1), lambda: tf.constant(2)), {p: [True, False]})


def test_a_loop_variable_keeps_its_type(sess):
    loop = tf.while_loop(lambda i: i < 3, lambda i: tf.cast(i, tf.float32), [tf.constant(0)])
    text = "Input 1 of node while/Merge was passed float from while/NextIteration:0 incompatible with expected int32."
    with pytest.raises(tf.errors.InvalidArgumentError, match=text):
        sess.run(loop)


def test_an_error_in_a_loop_names_the_node_and_the_line(sess):
    loop = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, tf.check_numerics(a / 0.0, "in a loop")), [0, 1.0])
    with pytest.raises(tf.errors.InvalidArgumentError, match="in a loop : Tensor had Inf values") as error:
        sess.run(loop)
    assert error.value.op.name == "while/CheckNumerics"
    assert "test_lowering.py" in str(error.value)


def test_what_is_inside_cannot_be_fetched(sess):
    inside = []
    tf.cond(tf.constant(True), lambda: inside.append(tf.constant(1) + 1) or inside[0], lambda: tf.constant(2))
    with pytest.raises(tf.errors.InaccessibleTensorError, match="has been marked as not fetchable"):
        sess.run(inside[0])


# -- threads ---------------------------------------------------------------------------------------------------------


def test_runs_in_several_threads_do_not_share_stacks(sess):
    n, x = tf.placeholder(tf.int32, []), tf.placeholder(tf.float64, [])
    y = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * x), [0, tf.constant(1.0, tf.float64)])[1]
    (gradient,) = tf.gradients(y, [x])
    results = {}

    def work(number):
        results[number] = [sess.run(gradient, {n: number, x: 2.0}) for _ in range(50)]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(2, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {k: [k * 2.0 ** (k - 1)] * 50 for k in range(2, 6)}
