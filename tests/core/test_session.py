"""Sessions: fetches of any structure, feeds of any tensor, and what bad input gets."""

from __future__ import annotations

import collections
import threading

import numpy as np
import pytest

import tangraph as tf
from tangraph.framework import stacks

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def doubled():
    x = tf.placeholder(tf.float32, [None], name="x")
    return x, tf.add(x, x, name="y")


def test_the_structure_of_the_fetches_is_kept():
    a, b = tf.constant(1.0, name="a"), tf.constant([2.0, 3.0], name="b")
    pair = collections.namedtuple("pair", "p q")
    with tf.Session() as sess:
        result = sess.run({"x": a, "y": [b, (a, pair(a, b))], "names": ["a:0", a.op, "b"], "empty": []})
    assert result["x"] == 1.0
    assert result["y"][0].tolist() == [2.0, 3.0]
    assert isinstance(result["y"][1], tuple)
    assert type(result["y"][1][1]).__name__ == "pair"
    assert result["names"] == [1.0, None, None]
    assert result["empty"] == []


def test_structures_that_hold_the_same_are_told_apart():
    """A session knows fetches again by what is in them, lists and dictionaries too."""
    a = tf.constant(1.0)
    pair = collections.namedtuple("pair", "p q")
    structures = [{"x": [a, a]}, {"x": (a, a)}, {"x": pair(a, a)}, {"x": {"p": a, "q": a}}]
    with tf.Session() as sess:
        first, second = ([sess.run(fetches) for fetches in structures] for _ in range(2))
        assert len(sess._prepared) == 4
    assert first == second == [{"x": [1.0, 1.0]}, {"x": (1.0, 1.0)}, {"x": pair(1.0, 1.0)}, {"x": {"p": 1.0, "q": 1.0}}]
    assert [type(result["x"]) for result in second] == [list, tuple, pair, dict]


def test_an_ordered_dict_stays_one():
    a = tf.constant(1.0)
    fetches = collections.OrderedDict([("z", a), ("a", a)])
    with tf.Session() as sess:
        result = sess.run(fetches)
    assert type(result) is collections.OrderedDict
    assert list(result) == ["z", "a"]


def test_a_default_dict_stays_one():
    with tf.Session() as sess:
        result = sess.run(collections.defaultdict(int, {"z": tf.constant(1.0)}))
    assert type(result) is collections.defaultdict
    assert result == {"z": 1.0}


def test_scalars_are_numpy_scalars_and_arrays_are_fresh():
    a, b = tf.constant(1.0), tf.constant([1.0])
    with tf.Session() as sess:
        assert type(sess.run(a)) is np.float32
        first = sess.run(b)
        first += 1.0
        assert sess.run(b).tolist() == [1.0]


@pytest.mark.parametrize("nested", [False, True])
def test_a_tuple_of_tensors_is_fed_with_a_tuple_of_values(doubled, nested):
    x, y = doubled
    z = tf.placeholder(tf.float32, [])
    feed = {(x, (z,)): (np.ones(2), (np.array(4.0),))} if nested else {(x, z): (np.ones(2), 4.0)}
    with tf.Session() as sess:
        for _ in range(2):
            assert sess.run([y, z + 0.0], feed)[1] == 4.0
        assert sess.run(y, {(x,): (np.ones(1),)}).tolist() == [2.0]
        with pytest.raises(ValueError, match="Key had 1 elements, but value had 2 elements"):
            sess.run(y, {(x,): (1.0, 2.0)})
        with pytest.raises(TypeError, match="input must be a dictionary"):
            sess.run(y, [1.0])


def test_a_fetched_feed_is_an_array_of_what_was_fed():
    x, s = tf.placeholder(tf.float32, []), tf.placeholder(tf.string, [1])
    fed = np.array(["a"], object)
    with tf.Session() as sess:
        value, text, computed = sess.run([x, s, x + 1.0], {x: 3, s: fed})
    assert (value.shape, value.dtype, value) == ((), np.float32, 3.0)
    assert text.tolist() == ["a"]
    assert not np.shares_memory(text, fed)
    assert type(computed) is np.float32


@pytest.mark.parametrize("key", ["tensor", "name"])
def test_feeding_by_tensor_and_by_name(doubled, key):
    x, y = doubled
    with tf.Session() as sess:
        assert sess.run(y, {x if key == "tensor" else "x:0": [1, 2]}).tolist() == [2.0, 4.0]


def test_any_tensor_can_be_fed(doubled):
    _, y = doubled
    with tf.Session() as sess:
        assert sess.run(tf.add(y, 1.0), {y: np.array([5.0])}).tolist() == [6.0]


def test_an_array_of_another_type_is_converted(doubled):
    x, y = doubled
    with tf.Session() as sess:
        assert sess.run(y, {x: np.array([1, 2], np.int64)}).dtype == np.float32


def test_plans_are_kept_by_fetches_feeds_and_shapes(doubled):
    x, y = doubled
    with tf.Session() as sess:
        for size in (1, 2, 1, 2):
            sess.run(y, {x: np.ones(size)})
            sess.run({"again": y}, {x: np.ones(size)})
        (plans,) = sess._plans.values()
        assert len(plans.by_shape) == 2


def test_after_four_shapes_one_plan_serves_all_others(doubled):
    x, y = doubled
    with tf.Session() as sess:
        for size in range(1, 9):
            assert sess.run(y, {x: np.ones(size)}).shape == (size,)
        (plans,) = sess._plans.values()
        assert len(plans.by_shape) == 4
        assert plans.general is not None


def test_adding_nodes_keeps_the_plans(doubled):
    x, y = doubled
    with tf.Session() as sess:
        sess.run(y, {x: [1.0]})
        (before,) = sess._plans.values()
        plan = next(iter(before.by_shape.values()))
        tf.add(x, 2.0)
        sess.run(y, {x: [1.0]})
        assert next(iter(before.by_shape.values())) is plan


def test_eval_and_run_use_the_default_session(doubled):
    x, y = doubled
    with tf.Session() as sess:
        assert tf.get_default_session() is sess
        assert y.eval({x: [3.0]}).tolist() == [6.0]
        assert y.op.run({x: [3.0]}) is None
    assert tf.get_default_session() is None


def test_an_interactive_session_is_the_default_one(doubled):
    x, y = doubled
    sess = tf.InteractiveSession()
    assert y.eval({x: [3.0]}).tolist() == [6.0]
    sess.close()
    assert tf.get_default_session() is None


def test_interactive_sessions_nest():
    # As under TensorFlow 1.15.5: a session that closes before one that was opened later is told so.
    outer, inner = tf.Graph(), tf.Graph()
    first, second = tf.InteractiveSession(graph=outer), tf.InteractiveSession(graph=inner)
    try:
        with pytest.raises(AssertionError, match="Nesting violated"):
            first.close()
        with tf.Graph().as_default() as graph, outer.as_default(), graph.as_default():
            assert tf.get_default_graph() is graph
        assert tf.get_default_graph() is inner
    finally:
        second.close()
        stacks.graphs.stack.remove(outer)
        stacks.sessions.stack.remove(first)


def test_leaving_a_graph_leaves_only_its_own_place_on_the_stack():
    # An interactive session once made every later graph leave the outermost place that it had on the stack.
    session = tf.InteractiveSession(graph=tf.Graph())
    session.close()
    graph, other = tf.Graph(), tf.Graph()
    with graph.as_default(), other.as_default():
        with graph.as_default():
            pass
        assert stacks.graphs.stack == [graph, other]


def test_make_callable(doubled):
    x, y = doubled
    with tf.Session() as sess:
        function = sess.make_callable(y, [x])
        assert function([1.0]).tolist() == [2.0]
        with pytest.raises(TypeError, match="expected 1 values"):
            function()


def test_several_threads_share_a_session(doubled):
    x, y = doubled
    wrong = []
    with tf.Session() as sess:

        def work(number):
            wrong.extend(number for _ in range(200) if sess.run(y, {x: [number]}) != [2.0 * number])

        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_a_traced_run_says_which_nodes_ran(doubled):
    x, y = doubled
    metadata = tf.RunMetadata()
    with tf.Session() as sess:
        sess.run(y, {x: [1.0]}, tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), metadata)
    assert [n.node_name for d in metadata.step_stats.dev_stats for n in d.node_stats] == ["y"]


# -- bad input ---------------------------------------------------------------------------------------------------


def test_a_missing_feed_names_the_placeholder_and_the_line(doubled):
    _, y = doubled
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError) as caught:
        sess.run(y)
    assert "You must feed a value for placeholder tensor 'x' with dtype float and shape [?]" in str(caught.value)
    assert "test_session.py" in str(caught.value)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (
            np.zeros((2, 3)),
            ValueError,
            r"Cannot feed value of shape \(2, 3\) for Tensor 'x:0', which has shape '\(\?,\)'",
        ),
        ("abc", ValueError, "could not convert"),
        ([[1.0], [2.0, 3.0]], ValueError, "inhomogeneous|setting an array element"),
    ],
)
def test_a_bad_feed(doubled, value, error, text):
    x, y = doubled
    with tf.Session() as sess, pytest.raises(error, match=text):
        sess.run(y, {x: value})


# Recorded from TensorFlow 1.15.5, for feeds of numbers with NumPy 1.
@pytest.mark.parametrize(
    ("dtype", "fed", "expected"),
    [
        (tf.string, ["a", 3], (tf.errors.InternalError, "Unsupported object type int")),
        (tf.string, None, (tf.errors.InternalError, "Unsupported object type NoneType")),
        (tf.string, 3, (TypeError, "Type of feed value 3 with type <class 'int'> is not compatible with Tensor type")),
        (tf.int32, 2**40, (TypeError, "Type of feed value 1099511627776 .* is not compatible with Tensor type")),
        (tf.int32, [2**40, 1], [0, 1]),
        (tf.int32, [1.5, 2], [1, 2]),
        (tf.int8, [300], [44]),
        (tf.float16, 1e9, np.inf),
    ],
)
def test_feeds_of_another_kind(dtype, fed, expected):
    x = tf.placeholder(dtype)
    with tf.Session() as sess:
        if isinstance(expected, tuple):
            with pytest.raises(expected[0], match=expected[1]):
                sess.run(x, {x: fed})
        else:
            np.testing.assert_array_equal(sess.run(x, {x: fed}), expected)


def test_feeding_a_tensor_is_a_type_error(doubled):
    x, y = doubled
    with tf.Session() as sess, pytest.raises(TypeError, match="cannot be a tf.Tensor object"):
        sess.run(y, {x: tf.constant([1.0])})


def test_feeding_what_is_no_tensor_is_a_type_error(doubled):
    _, y = doubled
    with tf.Session() as sess, pytest.raises(TypeError, match="Cannot interpret feed_dict key as Tensor"):
        sess.run(y, {3: 1.0})


@pytest.mark.parametrize("fetch", [None, 3, [None]])
def test_what_cannot_be_fetched(fetch):
    tf.constant(1.0)
    with tf.Session() as sess, pytest.raises(TypeError, match="has invalid type"):
        sess.run(fetch)


def test_a_tensor_of_another_graph_cannot_be_fetched():
    with tf.Graph().as_default():
        foreign = tf.constant(1.0)
    tf.constant(2.0)
    with tf.Session() as sess, pytest.raises(ValueError, match="not an element of this graph"):
        sess.run(foreign)


def test_a_closed_session_does_not_run():
    a = tf.constant(1.0)
    sess = tf.Session()
    sess.run(a)
    sess.close()
    with pytest.raises(RuntimeError, match="closed Session"):
        sess.run(a)


def test_an_empty_graph_does_not_run():
    with tf.Session() as sess, pytest.raises(RuntimeError, match="The Session graph is empty"):
        sess.run("x:0")


def test_a_session_on_a_device_that_is_not_there_fails_for_every_fetch():
    with tf.device("/gpu:0"):
        tf.constant(1.0, name="far")
    near = tf.constant(2.0)
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="Cannot assign a device.*far"):
        sess.run(near)
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as sess:
        assert sess.run(near) == 2.0


def test_the_arguments_of_a_session_are_checked():
    with pytest.raises(TypeError, match="graph must be a tf.Graph"):
        tf.Session(graph=3)
    with pytest.raises(TypeError, match="config must be a tf.ConfigProto"):
        tf.Session(config={})
