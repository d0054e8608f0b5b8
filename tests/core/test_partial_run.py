"""Session.partial_run: one run in several steps."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import tangraph as tf

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def chain():
    """Two sums that are fed one after another."""
    a, b, c = (tf.placeholder(tf.float32, [], name=name) for name in "abc")
    first = tf.add(a, b, name="first")
    return SimpleNamespace(a=a, b=b, c=c, first=first, second=tf.add(first, c, name="second"))


def refused(message):
    return pytest.raises(tf.errors.InvalidArgumentError, match=message)


def test_a_step_goes_on_where_the_last_one_ended(chain):
    with tf.Session() as sess:
        handle = sess.partial_run_setup([chain.first, chain.second], [chain.a, chain.b, chain.c])
        assert sess.partial_run(handle, chain.first, {chain.a: 1, chain.b: 2}) == 3
        assert sess.partial_run(handle, {"x": [chain.second]}, {chain.c: 5}) == {"x": [8]}


def test_what_has_run_does_not_run_again(chain):
    """The operation that changes a variable runs in the first step that can run it, fetched or not."""
    count = tf.Variable(0.0)
    grown = tf.assign_add(count, chain.first)
    with tf.control_dependencies([grown]):
        last = tf.add(chain.second, grown)
    with tf.Session() as sess:
        sess.run(count.initializer)
        handle = sess.partial_run_setup([chain.first, last, grown.op], [chain.a, chain.b, chain.c])
        sess.partial_run(handle, chain.first, {chain.a: 1, chain.b: 2})
        assert sess.run(count) == 3
        assert sess.partial_run(handle, last, {chain.c: 5}) == 11
        assert sess.run(count) == 3


def test_feeds_may_come_before_what_is_fetched(chain):
    with tf.Session() as sess:
        handle = sess.partial_run_setup([chain.second], [chain.first, chain.c])
        assert sess.partial_run(handle, [], {chain.first: 7}) == []
        assert sess.partial_run(handle, chain.second, {chain.c: 2}) == 9


def test_runs_do_not_touch_each_other(chain):
    with tf.Session() as sess:
        one, two = (sess.partial_run_setup([chain.first, chain.second], [chain.a, chain.b, chain.c]) for _ in "12")
        assert one != two
        sess.partial_run(one, chain.first, {chain.a: 1, chain.b: 1})
        sess.partial_run(two, chain.first, {chain.a: 2, chain.b: 2})
        assert sess.partial_run(one, chain.second, {chain.c: 0}) == 2
        assert sess.partial_run(two, chain.second, {chain.c: 0}) == 4


def test_steps_fetch_and_feed_what_was_set_up(chain):
    other = tf.placeholder(tf.float32, name="other")
    with tf.Session() as sess:
        handle = sess.partial_run_setup([chain.first, chain.second], [chain.a, chain.b, chain.c])
        with refused("The fetch c:0 was not specified in partial_run_setup"):
            sess.partial_run(handle, chain.c, {chain.a: 1})
        with refused("The feed other:0 was not specified in partial_run_setup"):
            sess.partial_run(handle, chain.first, {other: 1})
        sess.partial_run(handle, chain.first, {chain.a: 1, chain.b: 2})
        with refused("The fetch first:0 has already been fetched"):
            sess.partial_run(handle, chain.first)
        with refused("The feed a:0 has already been fed"):
            sess.partial_run(handle, chain.second, {chain.a: 1})


def test_a_step_needs_its_feeds(chain):
    with tf.Session() as sess:
        handle = sess.partial_run_setup([chain.first, chain.second], [chain.a, chain.b, chain.c])
        with refused("can't be computed from the feeds that have been fed so far"):
            sess.partial_run(handle, chain.second, {chain.a: 1, chain.b: 2})


def test_operations_are_run_by_the_set_up_alone(chain):
    with tf.Session() as sess:
        handle = sess.partial_run_setup([chain.first], [chain.a, chain.b])
        with pytest.raises(RuntimeError, match="requires empty target_list"):
            sess.partial_run(handle, chain.first.op)


def test_bad_set_ups(chain):
    sess = tf.Session()
    with refused("first:0 is both fed and fetched"):
        sess.partial_run_setup([chain.first], [chain.first])
    with refused("Must specify at least one target"):
        sess.partial_run_setup([], [chain.a])
    sess.close()
    with pytest.raises(RuntimeError, match="closed Session"):
        sess.partial_run_setup([chain.first], [chain.a])


def test_a_handle_ends_with_its_run(chain):
    with tf.Session() as sess:
        with refused("Must run 'setup' before performing partial runs"):
            sess.partial_run("nonsense", chain.first)
        handle = sess.partial_run_setup([chain.first], [chain.a, chain.b])
        sess.partial_run(handle, chain.first, {chain.a: 1, chain.b: 2})
        with refused("Must run 'setup' before performing partial runs"):
            sess.partial_run(handle, chain.first)
