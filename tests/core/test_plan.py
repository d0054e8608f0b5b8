"""The plan: what it keeps, in which order it runs, what it frees, and what it says when something fails."""

from __future__ import annotations

import linecache

import numpy as np
import pytest

import tangraph as tf


def placeholder(shape=(None, 2)):
    return tf.placeholder(tf.float32, list(shape), name="x")


def body(plan):
    return [line.split("  #")[0].strip() for line in plan.source.splitlines()[1:] if line.strip()]


def test_nothing_that_the_fetches_do_not_need_is_in_the_plan(plan_of):
    x = placeholder()
    tf.add(x, 5.0, name="unused")
    plan, _ = plan_of(tf.add(x, 1.0), [x])
    assert "unused" not in plan.source
    assert len(body(plan)) == 2


def test_pruning_stops_at_a_fed_tensor(plan_of):
    x = placeholder()
    middle = tf.add(x, 1.0)
    plan, _ = plan_of(tf.add(middle, 2.0), [middle])
    assert plan.function(np.zeros((1, 2), np.float32))[0].tolist() == [[2.0, 2.0]]
    assert plan.source.count("= Add_") == 1


def test_equal_steps_run_once_and_constants_are_folded(plan_of):
    x = placeholder()
    three = tf.add(tf.constant(1.0), tf.constant(2.0))
    plan, _ = plan_of(tf.add(tf.add(x, three), tf.add(x, three)), [x])
    assert plan.source.count("= Add_") == 2
    assert plan.function(np.ones((1, 2), np.float32))[0].tolist() == [[8.0, 8.0]]


def test_a_value_is_freed_after_its_last_use(plan_of):
    x = placeholder()
    first = tf.add(x, 1.0)
    plan, _ = plan_of(tf.add(tf.add(first, x), 2.0), [x])
    lines = body(plan)
    assert lines[1].startswith("v2 = ")
    assert lines[2] == "del v1"


def test_a_dying_owned_value_gives_its_memory_where_the_shapes_are_known(plan_of):
    x = placeholder()
    plan, _ = plan_of(tf.add(tf.add(x, 1.0), 2.0), [x], [(5000, 2)])
    assert "out=" in plan.source
    fed = np.zeros((5000, 2), np.float32)
    assert plan.function(fed)[0].max() == 3.0
    assert fed.max() == 0.0


def test_small_results_are_not_written_in_place(plan_of):
    x = placeholder()
    plan, _ = plan_of(tf.add(tf.add(x, 1.0), 2.0), [x], [(2, 2)])
    assert "out=" not in plan.source


def test_a_fetch_is_never_the_feed_or_a_constant_itself(plan_of):
    x = placeholder()
    constant = tf.constant([1.0, 2.0])
    plan, _ = plan_of([x, tf.identity(x), constant], [x])
    fed = np.ones((1, 2), np.float32)
    results = plan.function(fed)
    for result in results:
        result += 1.0
    assert fed.tolist() == [[1.0, 1.0]]
    assert plan.function(fed)[2].tolist() == [1.0, 2.0]


def test_the_source_is_kept_for_debuggers(plan_of):
    x = placeholder()
    plan, _ = plan_of(tf.add(x, 1.0, name="here"), [x])
    assert "# Add 'here'" in linecache.getline(plan.filename, 2)


def test_an_error_names_the_node_the_shapes_and_the_line_of_the_program(plan_of):
    x = placeholder([None])
    y = tf.placeholder(tf.float32, [None])
    total = tf.add(x, y, name="total")
    plan, _ = plan_of(total, [x, y])
    with pytest.raises(ValueError, match="broadcast") as caught:
        plan.function(np.zeros(2, np.float32), np.zeros(3, np.float32))
    error = plan.explain(caught.value)
    assert isinstance(error, tf.errors.InvalidArgumentError)
    assert "Incompatible shapes: [2] vs. [3]" in error.message
    assert error.op.name == "total"
    assert "test_plan.py" in str(error)
    assert "tf.add(x, y" in str(error)


def test_a_kernel_that_is_missing_is_named(plan_of):
    with pytest.raises(tf.errors.UnimplementedError, match=r"'Div'|'RealDiv'.*toy"):
        plan_of(tf.realdiv(placeholder(), 2.0))


def test_control_edges_run_what_they_lead_to(plan_of):
    v = tf.Variable([1.0, 2.0])
    add = tf.assign_add(v, [1.0, 1.0])
    with tf.control_dependencies([add]):
        read = tf.identity(v)
        constant = tf.constant(7.0)
    plan, store = plan_of([read, constant])
    store.variable("", "Variable").store(np.array([1.0, 2.0], np.float32))
    value, seven = plan.function()
    assert value.tolist() == [2.0, 3.0]
    assert seven == 7.0


def test_a_reader_without_a_path_from_the_write_runs_before_it(plan_of):
    v = tf.Variable([1.0, 2.0])
    add = tf.assign_add(v, [1.0, 1.0])
    late = tf.add(tf.identity(v), [10.0, 10.0])
    plan, store = plan_of([add.op, late])
    store.variable("", "Variable").store(np.array([1.0, 2.0], np.float32))
    assert plan.function()[0].tolist() == [11.0, 12.0]


def test_a_long_plan_is_cut_into_functions(plan_of, monkeypatch):
    from tangraph.plan import emit

    monkeypatch.setattr(emit, "MAX_LINES", 10)
    x = placeholder()
    y = x
    for number in range(30):
        y = tf.add(y, float(number))
    total = tf.add(y, x)
    plan, _ = plan_of([total, y], [x])
    assert plan.source.count("def ") > 2
    expected = sum(range(30)) + 1.0
    values = plan.function(np.ones((1, 2), np.float32))
    assert values[1].tolist() == [[expected, expected]]
    assert values[0].tolist() == [[expected + 1, expected + 1]]


def test_a_deep_graph_is_walked_without_recursion(plan_of):
    x = placeholder()
    y = x
    for _ in range(20_000):
        y = tf.identity(y)
    plan, _ = plan_of(tf.add(y, 1.0), [x])
    assert plan.function(np.zeros((1, 2), np.float32))[0].tolist() == [[1.0, 1.0]]
