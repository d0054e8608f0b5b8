"""Checkpoints as files: those of TensorFlow are read, damage is found, what is written is whole or not there."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf
from tangraph_interop.checkpoint.slices import TensorSlice, parse_spec
from tangraph_interop.checkpoint.sstable import read_table, write_table
from tangraph_interop.checkpoint.varint import FormatError, ordered_signed, ordered_string

RECORDED = Path(__file__).parent / "recorded"
NUMBERS = ["bool", "complex64", "float16", "float32", "float64", "int32", "int64", "uint8"]


@pytest.mark.parametrize("name", ["model-3", "sharded"])
def test_a_checkpoint_of_tensorflow(name):
    reader = tf.train.NewCheckpointReader(str(RECORDED / name))
    for dtype in NUMBERS:
        value = reader.get_tensor(f"v_{dtype}")
        np.testing.assert_array_equal(value, np.arange(6).reshape(2, 3).astype(dtype), strict=True)
    assert reader.get_tensor("strings").tolist() == [b"a", b"", b"x" * 200]
    assert reader.get_tensor("p/parts").tolist() == [[0, 0], [0, 0], [2, 2], [2, 2]]
    assert reader.get_variable_to_dtype_map()["strings"] is tf.string
    assert tf.train.list_variables(str(RECORDED / name))[:2] == [("p/parts", [4, 2]), ("resource", [2])]
    assert b"resource (DT_FLOAT) [2]\n" in reader.debug_string()


def test_a_meta_graph_of_tensorflow_is_restored():
    with tf.Graph().as_default() as g, tf.Session() as sess:
        saver = tf.train.import_meta_graph(str(RECORDED / "model-3.meta"))
        saver.restore(sess, str(RECORDED / "model-3"))
        (y,) = tf.get_collection("outputs")
        assert sess.run(y, {"x:0": [[1.0, 0.0, 1.0]]}).tolist() == [[2.0, 8.0]]
        assert sess.run("p/parts/part_1/read:0").tolist() == [[2, 2], [2, 2]]
        assert {v.name for v in tf.global_variables()} >= {"resource:0", "p/parts/part_0:0"}
        assert g.get_tensor_by_name("resource:0").dtype is tf.resource


def read_all(prefix, names):
    reader = tf.train.NewCheckpointReader(str(prefix))
    return [reader.get_tensor(name) for name in names]


@pytest.mark.parametrize("suffix", [".index", ".data-00000-of-00001"])
def test_every_flipped_bit_is_found(tmp_path, suffix):
    for path in RECORDED.glob("model-3.*"):
        shutil.copy(path, tmp_path)
    target = tmp_path / f"model-3{suffix}"
    whole = target.read_bytes()
    names = [name for name, _ in tf.train.list_variables(str(RECORDED / "model-3"))]
    generator = random.Random(0)
    for _ in range(60):
        damaged = bytearray(whole)
        damaged[generator.randrange(len(whole) - 60)] ^= 1 << generator.randrange(8)
        target.write_bytes(damaged)
        with pytest.raises((tf.errors.DataLossError, tf.errors.NotFoundError)):
            read_all(tmp_path / "model-3", names)
    for length in range(0, len(whole), 50):
        target.write_bytes(whole[:length])
        with pytest.raises((tf.errors.DataLossError, tf.errors.NotFoundError)):
            read_all(tmp_path / "model-3", names)


def test_a_torn_checkpoint_gives_way_to_the_one_before_it(tmp_path):
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.Variable([1.0] * 10, name="v")
        sess.run(tf.global_variables_initializer())
        saver = tf.train.Saver()
        first, second = (saver.save(sess, str(tmp_path / "m"), global_step=i) for i in (1, 2))
    assert tf.train.latest_checkpoint(str(tmp_path)) == second
    os.truncate(f"{second}.data-00000-of-00001", 7)
    assert tf.train.latest_checkpoint(str(tmp_path)) == first


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    from tangraph_interop.files import whole_file

    path = tmp_path / "f"
    path.write_bytes(b"old")

    def interrupted():
        with whole_file(path) as file:
            file.write(b"new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [p.name for p in tmp_path.iterdir()] == ["f"]
    assert path.read_bytes() == b"old"


def test_tables_of_many_entries():
    entries = {f"key{i:05d}".encode(): os.urandom(i % 300) for i in range(5000)}
    table = write_table(entries)
    assert read_table(table) == entries
    with pytest.raises(FormatError, match="bad magic number"):
        read_table(b"x" * 100)


def test_numbers_and_strings_that_sort():
    numbers = [-(2**62), -8193, -8192, -65, -64, -1, 0, 1, 63, 64, 8191, 8192, 2**40, 2**62]
    assert sorted(numbers, key=ordered_signed) == numbers
    assert ordered_string(b"a\x00\xff") == b"a\x00\xff\xff\x00\x00\x01"
    assert TensorSlice(((0, 2), (0, -1))).key("w") == b"\x00w\x00\x01\x01\x02\x80\x82\x80\x7f"


@pytest.mark.parametrize("spec", ["x", "4 2", "4 2 0,2", "4 2 0,9:-", "4 2 a,2:-", "-1 0,0"])
def test_slices_that_are_none(spec):
    with pytest.raises(tf.errors.InvalidArgumentError):
        parse_spec(spec)


def test_errors_of_readers(tmp_path):
    missing = str(tmp_path / "none")
    for look in (tf.train.NewCheckpointReader, tf.train.load_checkpoint, tf.train.list_variables):
        with pytest.raises(tf.errors.NotFoundError, match="Failed to find any matching files for"):
            look(missing)
    with pytest.raises(ValueError, match="Couldn't find 'checkpoint' file or checkpoints in given directory"):
        tf.train.load_checkpoint(str(tmp_path))
    with pytest.raises(tf.errors.NotFoundError, match="Key zz not found in checkpoint"):
        tf.train.load_variable(str(RECORDED / "model-3"), "zz")


def test_checkpoint_states(tmp_path):
    folder = str(tmp_path)
    assert tf.train.get_checkpoint_state(folder) is None
    assert tf.train.latest_checkpoint(folder) is None
    tf.train.update_checkpoint_state(folder, "b", ["a"])
    state = tf.train.get_checkpoint_state(folder)
    assert list(state.all_model_checkpoint_paths) == [f"{folder}/a", f"{folder}/b"]
    (tmp_path / "checkpoint").write_text("what is this")
    assert tf.train.get_checkpoint_state(folder) is None
    (tmp_path / "checkpoint").write_text("")
    with pytest.raises(ValueError, match="Invalid checkpoint state loaded from"):
        tf.train.get_checkpoint_state(folder)
    state = tf.train.generate_checkpoint_state_proto("io", "io/a", ["io/b"], [1.0, 2.0])
    assert (state.model_checkpoint_path, list(state.all_model_checkpoint_paths)) == ("a", ["b", "a"])
    with pytest.raises(ValueError, match="Checkpoint timestamps, if provided, must match checkpoint paths"):
        tf.train.generate_checkpoint_state_proto("io", "io/a", [], [1.0, 2.0])


WRITE = """
import numpy as np
with tf.Graph().as_default(), tf.Session() as sess:
    tf.Variable(np.arange(6, dtype=np.float16).reshape(2, 3), name="half")
    tf.Variable([b"a", b""], name="strings")
    tf.get_variable("resource", initializer=[1.0, 2.0], use_resource=True)
    with tf.variable_scope("p", partitioner=tf.fixed_size_partitioner(3)):
        tf.get_variable("parts", [70, 3], initializer=tf.ones_initializer())
    tf.while_loop(lambda i: i < 5, lambda i: i + 1, [tf.constant(0)], name="loop")
    sess.run(tf.global_variables_initializer())
    for sharded in (False, True):
        tf.train.Saver(sharded=sharded).save(sess, "model%d" % sharded)
"""
READ = """
with tf.Graph().as_default(), tf.Session() as sess:
    for sharded in (0, 1):
        print(sorted((name, list(shape)) for name, shape in tf.train.list_variables("./model%d" % sharded)))
    saver = tf.train.import_meta_graph("./model0.meta")
    saver.restore(sess, "./model1")
    names = ["half:0", "strings:0", "resource/Read/ReadVariableOp:0", "p/parts/part_2/read:0", "loop/Exit:0"]
    print([value.tolist() for value in sess.run(names)])
"""


def _tangraph(code, capsys):
    exec(code, {"tf": tf})
    return capsys.readouterr().out


def test_tensorflow_reads_what_is_written_here(tensorflow, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    _tangraph(WRITE, capsys)
    assert tensorflow("import tensorflow as tf" + READ) == _tangraph(READ, capsys)


def test_what_tensorflow_writes_is_read_here(tensorflow, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    tensorflow("import tensorflow as tf" + WRITE)
    assert tensorflow("import tensorflow as tf" + READ) == _tangraph(READ, capsys)
