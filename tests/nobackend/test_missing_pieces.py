"""Every reserved name of a piece that is not installed gives its one message, under every spelling."""

from __future__ import annotations

import importlib

import pytest

import tangraph as tf
from tangraph._index import NAMES
from tangraph.facade.providers import CLOSED, OPEN, PROVIDERS

ABSENT = {name: provider for name, provider in PROVIDERS.items() if provider and not name.endswith("*")}
LEAVES = sorted(set(ABSENT) - set(CLOSED))


def first_absent(name):
    """A leaf of a namespace that is not there either: that is what is said."""
    parts = name.split(".")
    return next((p for i in range(len(parts)) if (p := ".".join(parts[: i + 1])) in CLOSED), name)


def text_of(name):
    name = first_absent(name)
    distribution = ABSENT[name].distribution
    return f"tf.{name} is provided by '{distribution}', which is not installed: pip install {distribution}"


def by_attribute(path):
    found = tf
    for part in path.split("."):
        found = getattr(found, part)


def spellings_of(name):
    """Yields (the error's type, a function that spells the name) for each way to ask for it."""
    parent, _, leaf = name.rpartition(".")
    for package in ("tangraph", "tangraph.compat.v1"):
        module = f"{package}.{parent}".rstrip(".")
        yield ImportError, lambda module=module: exec(f"from {module} import {leaf}")
        yield ImportError, lambda module=module: exec(f"from {module} import {leaf} as alias")
    yield AttributeError, lambda: by_attribute(name)
    yield AttributeError, lambda: by_attribute(f"compat.v1.{name}")


@pytest.mark.parametrize("name", LEAVES)
def test_a_leaf(name):
    assert name not in NAMES, "core has it: it belongs in no table"
    for kind, spell in spellings_of(name):
        with pytest.raises(kind) as error:
            spell()
        assert str(error.value) == text_of(name)


@pytest.mark.parametrize("name", sorted(CLOSED))
def test_a_namespace(name):
    for kind, spell in spellings_of(name):
        with pytest.raises(kind) as error:
            spell()
        assert str(error.value) == text_of(name)
    for statement in (
        f"import tangraph.{name}",
        f"import tangraph.{name} as alias",
        f"import tangraph.compat.v1.{name}",
        f"from tangraph.{name} import anything",
        f"from tangraph.{name} import *",
    ):
        with pytest.raises(ImportError) as error:
            exec(statement)
        assert str(error.value) == text_of(name), statement
    with pytest.raises(ImportError) as error:
        importlib.import_module(f"tangraph.{name}")
    assert str(error.value) == text_of(name)


def test_what_is_absent_is_no_attribute():
    for name in CLOSED:
        parent, _, leaf = name.rpartition(".")
        module = importlib.import_module(f"tangraph.{parent}".rstrip("."))
        assert not hasattr(module, leaf)
        assert leaf not in dir(module)


def test_open_namespaces_are_there():
    for name in OPEN:
        assert importlib.import_module(f"tangraph.{name}") is not None
