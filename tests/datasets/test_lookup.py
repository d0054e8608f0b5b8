"""Lookup tables: vocabularies from files, tables that change, checkpoints, and what goes wrong. The texts of the errors
are those of TensorFlow 1.15.5.
"""

from __future__ import annotations

import re
import threading

import numpy as np
import pytest

import tangraph as tf

lookup = tf.contrib.lookup


@pytest.fixture
def vocabulary(tmp_path):
    """A function that writes a file and returns its path."""

    def write(content):
        path = tmp_path / "vocabulary.txt"
        path.write_bytes(content)
        return str(path)

    return write


def run(fetches, feed=None):
    with tf.Session() as sess:
        sess.run(tf.tables_initializer())
        return sess.run(fetches, feed)


def test_index_table_from_file(vocabulary):
    table = lookup.index_table_from_file(vocabulary(b"a\nb\nc\n"), num_oov_buckets=2)
    found, size = run([table.lookup(tf.constant([["c", "a"], ["zz", "b"]])), table.size()])
    assert found.tolist() == [[2, 0], [3, 1]]
    assert size == 5


def test_vocabulary_size_limits_what_is_read(vocabulary):
    path = vocabulary(b"a\nb\nc\n")
    table = lookup.index_table_from_file(path, vocab_size=2, default_value=-5)
    reverse = lookup.index_to_string_table_from_file(path, vocab_size=3)
    found = run([table.lookup(tf.constant(["c", "a"])), table.size(), reverse.lookup(tf.constant([2, 7], tf.int64))])
    assert [x.tolist() for x in found] == [[-5, 0], 2, [b"c", b"UNK"]]


def test_columns_of_a_file(vocabulary):
    path = vocabulary(b"a\t1.5\nb\t2.5")
    table = tf.lookup.StaticHashTable(tf.lookup.TextFileInitializer(path, tf.string, 0, tf.float32, 1), -1.0)
    assert run(table.lookup(tf.constant(["b", "q"]))).tolist() == [2.5, -1.0]


def test_ids_with_buckets_over_a_file(vocabulary):
    inner = lookup.HashTable(lookup.TextFileIdTableInitializer(vocabulary(b"a\nb\nc\n")), -1)
    table = lookup.IdTableWithHashBuckets(inner, 2)
    assert run([table.lookup(tf.constant(["b", "q"])), table.size()])[0].tolist() == [1, 4]


@pytest.mark.parametrize(
    ("content", "make", "kind", "text"),
    [
        (
            b"a\nb\nc\n",
            lambda path: lookup.index_table_from_file(path, vocab_size=5),
            "InvalidArgumentError",
            "Invalid vocab_size in {path}: expected 5 but got 3",
        ),
        (
            b"a\na\n",
            lookup.index_table_from_file,
            "FailedPreconditionError",
            "HashTable has different value for same key. Key a has 0 and trying to add value 1",
        ),
        (
            b"a\n\nb",
            lookup.index_table_from_file,
            "InvalidArgumentError",
            "Invalid content in {path}: empty line found at position 3.",
        ),
        (
            b"a 1 x\nb 2 y\n",
            lambda path: tf.lookup.StaticHashTable(
                tf.lookup.TextFileInitializer(path, tf.string, 0, tf.int64, 7, delimiter=" "), -1
            ),
            "InvalidArgumentError",
            "Invalid number of columns in {path} line 0 (a 1 x) : expected 7 got 3",
        ),
        (
            b"a 1 x\nb 2 y\n",
            lambda path: tf.lookup.StaticHashTable(
                tf.lookup.TextFileInitializer(path, tf.string, 0, tf.int64, 2, delimiter=" "), -1
            ),
            "InvalidArgumentError",
            "Field x in line 0 is not a valid int64.",
        ),
    ],
)
def test_bad_files(vocabulary, content, make, kind, text):
    path = vocabulary(content)
    table = make(path)
    with pytest.raises(getattr(tf.errors, kind), match="^" + re.escape(text.format(path=path))):
        run(table.size())


def test_missing_file(tmp_path):
    path = str(tmp_path / "none")
    lookup.index_table_from_file(path)
    with tf.Session() as sess, pytest.raises(tf.errors.NotFoundError, match=f"^{re.escape(path)}; No such file"):
        sess.run(tf.tables_initializer())


def test_before_its_initializer():
    table = lookup.index_table_from_tensor(["x"])
    with tf.Session() as sess, pytest.raises(tf.errors.FailedPreconditionError, match="Table not initialized"):
        sess.run(table.lookup(tf.constant(["x"])))


def test_mutable_table():
    table = lookup.MutableHashTable(tf.int64, tf.float32, [0.0, -1.0])
    key = tf.placeholder(tf.int64, [None])
    value = tf.placeholder(tf.float32, [None, 2])
    insert, found, remove = table.insert(key, value), table.lookup(key), table.remove(key)
    assert found.shape.as_list() == [None, 2]
    with tf.Session() as sess:
        sess.run(insert, {key: [1, 2], value: [[1, 2], [3, 4]]})
        sess.run(insert, {key: [2], value: [[5, 6]]})
        assert sess.run(found, {key: [2, 9]}).tolist() == [[5, 6], [0, -1]]
        keys, values = sess.run(list(table.export()))
        assert dict(zip(keys.tolist(), values.tolist(), strict=True)) == {1: [1, 2], 2: [5, 6]}
        sess.run(remove, {key: [1, 7]})
        assert sess.run(table.size()) == 1


def test_sessions_do_not_share_tables():
    table = lookup.MutableHashTable(tf.string, tf.int64, -1)
    insert = table.insert(["a"], tf.constant([1], tf.int64))
    with tf.Session() as one, tf.Session() as other:
        one.run(insert)
        assert [one.run(table.size()), other.run(table.size())] == [1, 0]


def test_a_table_is_saved_and_restored(tmp_path):
    table = lookup.MutableHashTable(tf.string, tf.int64, -1, name="table")
    fill = table.insert(["a", "b"], tf.constant([5, 6], tf.int64))
    empty = table.remove(tf.constant(["a", "b"]))
    saver = tf.train.Saver()
    with tf.Session() as sess:
        sess.run(fill)
        path = saver.save(sess, str(tmp_path / "model"))
        sess.run(empty)
        saver.restore(sess, path)
        assert sess.run(table.lookup(tf.constant(["b", "a", "c"]))).tolist() == [6, 5, -1]
    assert {name for name, _ in tf.train.list_variables(path)} == {"table-keys", "table-values"}


def test_many_threads_insert():
    table = lookup.MutableHashTable(tf.int64, tf.int64, -1)
    key = tf.placeholder(tf.int64, [None])
    insert = table.insert(key, key * 2)
    with tf.Session() as sess:
        threads = [
            threading.Thread(target=lambda i=i: sess.run(insert, {key: np.arange(i * 50, i * 50 + 50)}))
            for i in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sess.run(table.size()) == 400
        assert sess.run(table.lookup(tf.constant([3, 399, 400], tf.int64))).tolist() == [6, 798, -1]
