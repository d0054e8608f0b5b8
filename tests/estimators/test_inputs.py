"""numpy_input_fn and pandas_input_fn: what is fed, in which order."""

from __future__ import annotations

import random

import numpy as np
import pytest

import tangraph as tf
from tangraph_estimators.inputs.feeds import ArraysFeed


def fed(input_fn, count=None):
    """Returns the batches that an input function gives until its end, or `count` of them."""
    with tf.Graph().as_default(), tf.Session() as session:
        tensors = input_fn()
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        batches = []
        try:
            while count is None or len(batches) < count:
                batches.append(session.run(tensors))
        except tf.errors.OutOfRangeError:
            pass
        coordinator.request_stop()
        coordinator.join(threads)
    return batches


def test_epochs_go_on_within_a_batch_and_the_last_one_is_shorter():
    x = np.arange(5)
    batches = fed(tf.estimator.inputs.numpy_input_fn(x, batch_size=3, num_epochs=2, shuffle=False))
    assert [batch.tolist() for batch in batches] == [[0, 1, 2], [3, 4, 0], [1, 2, 3], [4]]


def test_features_and_labels_by_name():
    x, y = {"b": np.arange(4), "a": np.eye(4)}, {"y": np.arange(4) * 2, "z": np.ones(4)}
    ((features, labels),) = fed(tf.estimator.inputs.numpy_input_fn(x, y, batch_size=4, shuffle=False))
    assert list(features) == ["a", "b"]
    assert features["a"].shape == (4, 4)
    assert labels["y"].tolist() == [0, 2, 4, 6]


def test_shuffled_rows_are_the_same_rows():
    x = np.arange(50)
    batches = fed(tf.estimator.inputs.numpy_input_fn(x, batch_size=7, num_epochs=1, shuffle=True))
    rows = np.concatenate(batches)
    assert sorted(rows) == list(range(50))
    assert rows.tolist() != list(range(50))


def test_without_end():
    batches = fed(tf.estimator.inputs.numpy_input_fn(np.arange(3), batch_size=2, num_epochs=None, shuffle=False), 4)
    assert np.concatenate(batches).tolist() == [0, 1, 2, 0, 1, 2, 0, 1]


def test_a_random_start(monkeypatch):
    """A feed asks Python's generator, as TensorFlow does, after it has seeded it from the system."""
    seeds = []
    monkeypatch.setattr(random, "seed", seeds.append)
    monkeypatch.setattr(random, "randrange", lambda length: length - 2)
    feed = ArraysFeed([0, 1], {"x": np.arange(10, 15)}, 4, True, 1)
    assert feed() == {0: [3, 4, 0, 1], 1: pytest.approx(np.array([13, 14, 10, 11]))}
    assert feed()[0] == [2]
    assert seeds == [None]
    with pytest.raises(tf.errors.OutOfRangeError, match="Already emitted 1 epochs"):
        feed()


def test_tables():
    pd = pytest.importorskip("pandas")
    x = pd.DataFrame({"number": [1.5, 2.5], "word": ["one", "two"]}, index=[7, 8])
    y = pd.Series([0, 1], index=[7, 8])
    ((features, labels),) = fed(tf.estimator.inputs.pandas_input_fn(x, y, shuffle=False))
    assert features["number"].tolist() == [1.5, 2.5]
    assert features["word"].tolist() == [b"one", b"two"]
    assert labels.tolist() == [0, 1]
    assert list(x.columns) == ["number", "word"]


def test_tables_with_several_labels():
    pd = pytest.importorskip("pandas")
    x, y = pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [3, 4], "b": [5, 6]})
    ((features, labels),) = fed(tf.estimator.inputs.pandas_input_fn(x, y, shuffle=False))
    assert features["a"].tolist() == [1, 2]
    assert {name: values.tolist() for name, values in labels.items()} == {"a": [3, 4], "b": [5, 6]}


def test_tables_of_other_indices():
    pd = pytest.importorskip("pandas")
    x = pd.DataFrame({"a": [1, 2]})
    with pytest.raises(ValueError, match="^Index for x and y are mismatched"):
        tf.estimator.inputs.pandas_input_fn(x, pd.Series([1, 2], index=[5, 6]), shuffle=False)
    with pytest.raises(ValueError, match="^Cannot use name a for target column"):
        tf.estimator.inputs.pandas_input_fn(x, pd.Series([1, 2]), shuffle=False, target_column="a")
    with pytest.raises(TypeError, match="^target_column must be a string type"):
        tf.estimator.inputs.pandas_input_fn(x, shuffle=False, target_column=3)
    with pytest.raises(ValueError, match="^shuffle must be provided"):
        tf.estimator.inputs.pandas_input_fn(x)


def test_what_is_wrong_with_arrays_reaches_who_reads_them():
    """An error in the thread that feeds ends the run that waits for it."""
    arrays = {"x": np.array([np.zeros(2), np.zeros(2)]), "y": np.array(["a", 1], dtype=object)}
    with tf.Graph().as_default():
        tensors = tf.estimator.inputs.numpy_input_fn(arrays, batch_size=2, shuffle=False)()

        def read():
            with tf.train.MonitoredSession() as session:
                session.run(tensors)

        with pytest.raises(tf.errors.InternalError, match="Unsupported object type int"):
            read()
