"""The handwritten digits, and how a data set is found by its name."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import tangraph_datasets
from tangraph import plugin, registry
from tangraph_datasets import digits


@pytest.fixture(scope="module")
def loaded():
    return tangraph_datasets.load("digits")


def test_shapes_and_types(loaded):
    for split, count in ((loaded.train, 1438), (loaded.test, 359)):
        assert split.images.shape == (count, 64)
        assert split.images.dtype == np.float32
        assert split.labels.shape == (count,)
        assert split.labels.dtype == np.int64
        assert split.images.min() == 0.0
        assert split.images.max() == 1.0
        assert np.unique(split.labels).tolist() == list(range(10))


def test_the_parts_are_all_of_it_and_share_nothing(loaded):
    from sklearn.datasets import load_digits

    pixels, numbers = load_digits(return_X_y=True)
    rows = np.concatenate([loaded.train.images, loaded.test.images]) * 16
    labels = np.concatenate([loaded.train.labels, loaded.test.labels])
    ours = sorted(zip(rows.astype(int).tolist(), labels.tolist(), strict=True))
    theirs = sorted(zip(pixels.astype(int).tolist(), numbers.tolist(), strict=True))
    assert ours == theirs


def test_the_same_every_time(loaded):
    again = tangraph_datasets.load("digits")
    assert np.array_equal(loaded.train.images, again.train.images)
    assert np.array_equal(loaded.test.labels, again.test.labels)
    other = tangraph_datasets.load("digits", seed=1)
    assert not np.array_equal(loaded.test.labels, other.test.labels)


def test_one_hot(loaded):
    labels = tangraph_datasets.load("digits", one_hot=True).test.labels
    assert labels.shape == (359, 10)
    assert labels.dtype == np.float32
    assert np.array_equal(labels.argmax(1), loaded.test.labels)
    assert np.array_equal(labels.sum(1), np.ones(359))


def test_the_fraction_of_the_test_examples():
    loaded = digits.load(test_fraction=0.5)
    assert len(loaded.test.images) == 898
    assert len(loaded.train.images) == 899
    for fraction in (0.0, 1.0, -1.0, 0.00001):
        with pytest.raises(ValueError, match=f"Received: test_fraction={fraction}"):
            digits.load(test_fraction=fraction)


def test_without_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r"pip install tangraph-datasets\[digits\]"):
        tangraph_datasets.load("digits")


def test_a_name_that_is_none():
    with pytest.raises(ValueError, match=r"There are: .*digits.*\. Received: name='mnits'"):
        tangraph_datasets.load("mnits")


def test_it_is_in_the_registry():
    assert registry.datasets()["digits"] is digits.load


def test_a_plugin_adds_one():
    class Colours:
        @plugin.hookimpl
        def tangraph_register_datasets(self, registry):
            registry.add("colours", lambda count: ["red", "green", "blue"][:count])

    from tangraph.plugins import manager

    manager.register(Colours(), name="colours")
    try:
        assert tangraph_datasets.load("colours", count=2) == ["red", "green"]
    finally:
        manager.reset()
