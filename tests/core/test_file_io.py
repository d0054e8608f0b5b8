"""`tf.gfile`: what was seen of TensorFlow 1.15.5 in the same steps."""

from __future__ import annotations

import pytest

import tangraph as tf


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tf.gfile.MakeDirs("a/b")
    with tf.gfile.GFile("a/f.txt", "w") as f:
        f.write("one\ntwo\n")
        assert f.tell() == 8
    return "a/f.txt"


def test_reading(file):
    with tf.gfile.Open(file) as f:
        assert (f.read(3), f.readline(), f.readlines(), f.size(), f.mode) == ("one", "\n", ["two\n"], 8, "r")
        f.seek(2)
        assert f.read() == "e\ntwo\n"
        assert list(f) == []
    with tf.gfile.FastGFile(file, "rb") as f:
        assert f.read(4) == b"one\n"


def test_appending(file):
    with tf.gfile.GFile(file, "a") as f:
        f.write(b"three")
    assert list(tf.gfile.GFile(file)) == ["one\n", "two\n", "three"]


def test_folders(file):
    tf.gfile.MkDir("a")
    assert tf.gfile.ListDirectory("a") == ["b", "f.txt"]
    assert tf.gfile.Glob("a/*") == ["a/b", "a/f.txt"]
    assert tf.gfile.Glob(["a/b", "a/f*"]) == ["a/b", "a/f.txt"]
    assert list(tf.gfile.Walk("a")) == [("a", ["b"], ["f.txt"]), ("a/b", [], [])]
    assert [w[0] for w in tf.io.gfile.walk("a", topdown=False)] == ["a/b", "a"]
    assert tf.gfile.IsDirectory("a")
    assert not tf.gfile.IsDirectory(file)
    assert tf.gfile.Stat(file).length == 8
    tf.gfile.DeleteRecursively("a")
    assert not tf.gfile.Exists("a")


def test_copies_and_renames_do_not_overwrite_unasked(file):
    tf.gfile.Copy(file, "g")
    with pytest.raises(tf.errors.AlreadyExistsError, match="file already exists: g"):
        tf.gfile.Copy(file, "g")
    tf.gfile.Copy(file, "g", overwrite=True)
    with pytest.raises(tf.errors.AlreadyExistsError):
        tf.gfile.Rename("g", file)
    tf.gfile.Rename("g", "h")
    assert not tf.gfile.Exists("g")


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: tf.gfile.GFile("nope").read(), "NotFoundError", "nope; No such file or directory"),
        (lambda: tf.gfile.GFile("a/f.txt", "q"), "InvalidArgumentError", "Received: 'q'"),
        (lambda: tf.gfile.GFile("a/f.txt").write("x"), "PermissionDeniedError", "isn't open for writing"),
        (lambda: tf.gfile.GFile("a/new", "w").read(), "PermissionDeniedError", "isn't open for reading"),
        (lambda: tf.gfile.ListDirectory("nope"), "NotFoundError", "Could not find directory nope"),
        (lambda: tf.gfile.MkDir("x/y"), "NotFoundError", "x/y; No such file"),
        (lambda: tf.gfile.Stat("nope"), "NotFoundError", "nope"),
        (lambda: tf.gfile.Remove("nope"), "NotFoundError", "nope"),
        (lambda: tf.gfile.Remove("a"), "FailedPreconditionError|PermissionDeniedError", "a; "),
        (lambda: tf.gfile.Rename("nope", "x"), "NotFoundError", "nope"),
        (lambda: tf.gfile.DeleteRecursively("nope"), "NotFoundError", "nope not found"),
    ],
)
def test_errors(file, call, error, text):
    classes = tuple(getattr(tf.errors, name) for name in error.split("|"))
    with pytest.raises(classes, match=text):
        call()
