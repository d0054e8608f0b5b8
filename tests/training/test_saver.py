"""tf.train.Saver and init_from_checkpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tangraph as tf


def variables():
    return tf.Variable([1.0, 2.0], name="v"), tf.Variable(3, name="w")


BUILD_ERRORS = [
    (lambda v, w: tf.train.Saver([v, v]), ValueError, "At least two variables have the same name: v"),
    (lambda v, w: tf.train.Saver({"a": v, "b": v}), ValueError, "The same saveable will be restored with two names: b"),
    (lambda v, w: tf.train.Saver({"a": 5}), TypeError, "Not a variable"),
    (lambda v, w: tf.train.Saver({5: v}), TypeError, "Name is not a string: 5"),
    (lambda v, w: tf.train.Saver(5), TypeError, "Variables to save should be passed in a dict or a list: 5"),
    (lambda v, w: tf.train.Saver([tf.constant(1.0)]), TypeError, "Variable to save is not a Variable: Tensor"),
    (lambda v, w: tf.train.Saver([v], defer_build=True), ValueError, "then build cannot be deferred"),
    (lambda v, w: tf.train.Saver(saver_def=5), ValueError, "saver_def must be a saver_pb2.SaverDef: 5"),
    (lambda v, w: tf.train.Saver([]), ValueError, "No variables to save"),
]


@pytest.mark.parametrize(("build", "error", "message"), BUILD_ERRORS)
def test_what_cannot_be_saved(build, error, message):
    with tf.Graph().as_default(), pytest.raises(error, match=message):
        build(*variables())


def test_arguments_of_save_and_restore(tmp_path):
    with tf.Graph().as_default(), tf.Session() as sess:
        variables()
        saver = tf.train.Saver()
        path = str(tmp_path / "m")
        with pytest.raises(TypeError, match="'sess' must be a Session; 5"):
            saver.save(5, path)
        with pytest.raises(ValueError, match="'latest_filename' must not contain path components"):
            saver.save(sess, path, latest_filename="a/b")
        with pytest.raises(ValueError, match="collides with 'save_path'"):
            saver.save(sess, str(tmp_path / "checkpoint"))
        with pytest.raises(ValueError, match="Parent directory of /nowhere/x doesn't exist, can't save."):
            saver.save(sess, "/nowhere/x")
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v"):
            saver.save(sess, path)
        with pytest.raises(ValueError, match="The passed save_path is not a valid checkpoint: "):
            saver.restore(sess, path)
        with pytest.raises(RuntimeError, match="should be called before save if defer_build==True"):
            tf.train.Saver(defer_build=True).save(sess, path)
        empty = tf.train.Saver([], allow_empty=True)
        assert empty.save(sess, path) is None
        assert empty.restore(sess, path) is None


def test_names_steps_and_what_is_kept(tmp_path):
    with tf.Graph().as_default(), tf.Session() as sess:
        step = tf.Variable(7, name="step")
        sess.run(tf.global_variables_initializer())
        saver = tf.train.Saver(max_to_keep=2, pad_step_number=True, save_relative_paths=True)
        for number in (1, np.int64(2), step):
            path = saver.save(sess, str(tmp_path / "m"), global_step=number, write_meta_graph=False)
        assert Path(path).name == "m-00000007"
        assert [Path(p).name for p in saver.last_checkpoints] == ["m-00000002", "m-00000007"]
        assert not list(tmp_path.glob("m-00000001*"))
        assert (tmp_path / "checkpoint").read_text().splitlines()[0] == 'model_checkpoint_path: "m-00000007"'
        other = tf.train.Saver(max_to_keep=1)
        other.recover_last_checkpoints([*saver.last_checkpoints, str(tmp_path / "gone")])
        assert other.last_checkpoints == saver.last_checkpoints
        keeper = tf.train.Saver(max_to_keep=1, keep_checkpoint_every_n_hours=0.0)
        for number in (1, 2, 3):
            keeper.save(sess, str(tmp_path / "k"), global_step=number)
        assert len(list(tmp_path.glob("k-*.index"))) == 3


@pytest.mark.parametrize("sharded", [False, True])
def test_all_kinds_of_variables_come_back(tmp_path, sharded):
    with tf.Graph().as_default(), tf.Session() as sess:
        with tf.device("/cpu:0"):
            first = tf.Variable(np.arange(6).reshape(2, 3), name="i")
        tf.Variable([b"a", b""], name="s")
        tf.get_variable("r", initializer=[1.0, 2.0], use_resource=True)
        with tf.variable_scope("p", partitioner=tf.fixed_size_partitioner(3)):
            tf.get_variable("u", [7, 2])
            tf.get_variable("q", [7, 2], use_resource=True)
        saver = tf.train.Saver(sharded=sharded)
        sess.run(tf.global_variables_initializer())
        before = sess.run(tf.global_variables())
        path = saver.save(sess, str(tmp_path / "m"))
        with tf.Session() as other:
            saver.restore(other, path)
            for old, new in zip(before, other.run(tf.global_variables()), strict=True):
                np.testing.assert_array_equal(old, new, strict=True)
            assert other.run(first)[1, 2] == 5
        assert sorted(p.name.rpartition("-of-")[0] for p in tmp_path.glob("*data*")) == [
            f"m.data-0000{i}" for i in range(2 if sharded else 1)
        ]
        assert not [p for p in tmp_path.iterdir() if "temp" in p.name]


def test_a_partitioned_variable_restores_into_another_partition(tmp_path):
    values = []
    for parts in (3, 2, 1):
        with tf.Graph().as_default(), tf.Session() as sess:
            with tf.variable_scope("p", partitioner=tf.fixed_size_partitioner(parts) if parts > 1 else None):
                u = tf.get_variable("u", [7, 2])
            saver = tf.train.Saver()
            if values:
                saver.restore(sess, str(tmp_path / "m"))
            else:
                sess.run(tf.global_variables_initializer())
                saver.save(sess, str(tmp_path / "m"))
            values.append(sess.run(tf.convert_to_tensor(u)))
    assert all((value == values[0]).all() for value in values)


MISMATCHES = [
    ({"v": [1.0, 2.0, 3.0]}, tf.errors.InvalidArgumentError, r"lhs shape= \[3\] rhs shape= \[2\]"),
    ({"w": 1.0}, tf.errors.InvalidArgumentError, "tensor_name = w; expected dtype float does not equal original dtype"),
    ({"q": 1.0}, tf.errors.NotFoundError, "missing from the checkpoint(.|\n)*Key q not found in checkpoint"),
]


@pytest.mark.parametrize(("given", "error", "message"), MISMATCHES)
def test_checkpoints_that_do_not_fit(tmp_path, given, error, message):
    with tf.Graph().as_default(), tf.Session() as sess:
        variables()
        sess.run(tf.global_variables_initializer())
        path = tf.train.Saver().save(sess, str(tmp_path / "m"))
    with tf.Graph().as_default(), tf.Session() as sess:
        saver = tf.train.Saver({name: tf.Variable(value) for name, value in given.items()})
        with pytest.raises(error, match=message) as caught:
            saver.restore(sess, path)
        assert "Restoring from checkpoint failed. This is most likely due to " in str(caught.value)


def test_reshape(tmp_path):
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.Variable([1.0, 2.0], name="v")
        sess.run(tf.global_variables_initializer())
        path = tf.train.Saver().save(sess, str(tmp_path / "m"))
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable([[0.0], [0.0]], name="v")
        tf.train.Saver(reshape=True).restore(sess, path)
        assert sess.run(v).tolist() == [[1.0], [2.0]]


def test_meta_graphs(tmp_path):
    with tf.Graph().as_default(), tf.Session() as sess:
        with tf.variable_scope("net"):
            w = tf.get_variable("w", initializer=2.0)
            x = tf.placeholder(tf.float32, name="x")
            y = tf.cond(x > 0, lambda: x * w, lambda: x - w)
        tf.add_to_collection("y", y)
        tf.add_to_collection("text", "hello")
        tf.add_to_collection("number", 3)
        sess.run(tf.global_variables_initializer())
        path = tf.train.Saver().save(sess, str(tmp_path / "m"))
    for scope in (None, "other"):
        with tf.Graph().as_default(), tf.Session() as sess:
            saver = tf.train.import_meta_graph(f"{path}.meta", import_scope=scope)
            saver.restore(sess, path)
            (y,) = tf.get_collection("y")
            prefix = f"{scope}/" if scope else ""
            assert [sess.run(y, {f"{prefix}net/x:0": value}) for value in (3.0, -3.0)] == [6.0, -5.0]
            assert tf.get_collection("text") == [b"hello"]
            assert tf.get_collection("number") == [3]
            assert tf.trainable_variables() == tf.global_variables()
            assert tf.global_variables()[0].name == f"{prefix}net/w:0"
    with pytest.raises(OSError, match="does not exist"):
        tf.train.import_meta_graph("nowhere.meta")
    (tmp_path / "bad").write_bytes(b"\xff\xff")
    with pytest.raises(OSError, match="Cannot parse file"):
        tf.train.import_meta_graph(str(tmp_path / "bad"))


INIT_ERRORS = [
    ({"zz": "b/v"}, "Tensor zz is not found in .* checkpoint"),
    ({"a/v": "nope"}, "Should be 'scope/': 'other_scope/'"),
    ({"a/m": "b/v"}, "doesn't match with shape of tensor a/m"),
    ({"a": "b/"}, "Should be 'scope/': 'other_scope/'"),
]


def test_init_from_checkpoint(tmp_path):
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.Variable([1.0, 2.0], name="a/v")
        tf.Variable(np.arange(8.0, dtype=np.float32).reshape(4, 2), name="a/m")
        sess.run(tf.global_variables_initializer())
        path = tf.train.Saver().save(sess, str(tmp_path / "m"))
    with tf.Graph().as_default(), tf.Session() as sess:
        with tf.variable_scope("b"):
            v = tf.get_variable("v", [2])
            m = tf.get_variable("m", [4, 2], partitioner=tf.fixed_size_partitioner(2))
        r = tf.get_variable("r", [2], use_resource=True)
        for assignment, message in INIT_ERRORS:
            with pytest.raises(ValueError, match=message):
                tf.train.init_from_checkpoint(path, assignment)
        tf.train.init_from_checkpoint(str(tmp_path), {"a/": "b/", "a/v": r})
        sess.run(tf.global_variables_initializer())
        assert sess.run(v).tolist() == sess.run(r).tolist() == [1.0, 2.0]
        assert sess.run(tf.convert_to_tensor(m)).tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]


def nodes_of(build):
    with tf.Graph().as_default() as g:
        variables()
        with tf.variable_scope("p", partitioner=tf.fixed_size_partitioner(2)), tf.device("/cpu:0"):
            tf.get_variable("r", [2], use_resource=True)
        before = len(g.get_operations())
        build()
        return [op.name for op in g.get_operations()[before:] if op.type not in {"Const", "Identity"}]


def test_the_nodes_of_the_first_format():
    # As TensorFlow 1.15.5 builds them.
    assert nodes_of(lambda: tf.train.Saver(write_version=tf.train.SaverDef.V1)) == [
        *("save/filename", "save/Const", "save/Read/ReadVariableOp", "save/Read_1/ReadVariableOp", "save/save"),
        *("save/RestoreV2", "save/AssignVariableOp", "save/AssignVariableOp_1", "save/Assign", "save/Assign_1"),
        *("save/restore_all/NoOp", "save/restore_all/NoOp_1", "save/restore_all"),
    ]
    sharded = nodes_of(lambda: tf.train.Saver(write_version=tf.train.SaverDef.V1, sharded=True))
    assert [name for name in sharded if "Shard" in name or "save/save" in name] == [
        *("save/ShardedFilename", "save/save", "save/ShardedFilename_1", "save/save_1", "save/ShardedFilespec")
    ]


@pytest.mark.parametrize("sharded", [False, True])
def test_the_first_format(tmp_path, sharded):
    with tf.Graph().as_default(), tf.Session() as sess:
        v, _ = variables()
        saver = tf.train.Saver(write_version=tf.train.SaverDef.V1, sharded=sharded, max_to_keep=1)
        sess.run(tf.global_variables_initializer())
        path = [saver.save(sess, str(tmp_path / "m"), global_step=step) for step in (1, 2)][-1]
        suffix = "-?????-of-00001" if sharded else ""
        assert path == str(tmp_path / f"m-2{suffix}")
        names = sorted(p.name for p in tmp_path.iterdir())
        assert names == ["checkpoint", "m-2" + suffix.replace("?????", "00000"), "m-2.meta"]
        assert tf.train.latest_checkpoint(str(tmp_path)) == path
        assert saver.saver_def.version == tf.train.SaverDef.V1
        sess.run(v.assign([0.0, 0.0]))
        saver.restore(sess, path)
        assert sess.run(v).tolist() == [1.0, 2.0]
        with pytest.raises(ValueError, match="Parent directory of .*/no/m doesn't exist, can't save."):
            saver.save(sess, str(tmp_path / "no" / "m"))
        with pytest.raises(RuntimeError, match="Unexpected write_version: 0"):
            tf.train.Saver(write_version=tf.train.SaverDef.LEGACY)


def test_ops_of_the_first_format(tmp_path):
    text = """
        node { name: "c" op: "Const" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "value" value { tensor {
          dtype: DT_FLOAT tensor_shape { dim { size: 4 } } float_val: [1, 2, 3, 4] } } } }
        node { name: "f" op: "Const" attr { key: "dtype" value { type: DT_STRING } } attr { key: "value" value { tensor {
          dtype: DT_STRING tensor_shape { } string_val: "PATH" } } } }
        node { name: "n" op: "Const" attr { key: "dtype" value { type: DT_STRING } } attr { key: "value" value { tensor {
          dtype: DT_STRING tensor_shape { } string_val: "v" } } } }
        node { name: "ns" op: "Const" attr { key: "dtype" value { type: DT_STRING } } attr { key: "value" value { tensor {
          dtype: DT_STRING tensor_shape { dim { size: 1 } } string_val: "v" } } } }
        node { name: "p" op: "Const" attr { key: "dtype" value { type: DT_STRING } } attr { key: "value" value { tensor {
          dtype: DT_STRING tensor_shape { } string_val: "4 1,2" } } } }
        node { name: "save" op: "Save" input: ["f", "ns", "c"] attr { key: "T" value { list { type: DT_FLOAT } } } }
        node { name: "whole" op: "Restore" input: ["f", "n", "^save"] attr { key: "dt" value { type: DT_FLOAT } } }
        node { name: "part" op: "RestoreSlice" input: ["f", "n", "p", "^save"]
          attr { key: "dt" value { type: DT_FLOAT } } }
    """
    from tangraph_interop.wire import merge_text

    message = tf.GraphDef()
    merge_text(text.replace("PATH", str(tmp_path / "old")), message)
    with tf.Graph().as_default() as g, tf.Session() as sess:
        tf.import_graph_def(message, name="")
        assert [x.tolist() for x in sess.run(["whole:0", "part:0"])] == [[1, 2, 3, 4], [2, 3]]
        assert g.get_tensor_by_name("part:0").shape == [2]


def test_a_folder_that_does_not_exist_is_made(tmp_path):
    with tf.Graph().as_default(), tf.Session() as sess:
        variables()
        sess.run(tf.global_variables_initializer())
        path = tf.train.Saver().save(sess, str(tmp_path / "a" / "b" / "m"))
        assert tf.train.latest_checkpoint(str(tmp_path / "a" / "b")) == path


def test_a_checkpoint_of_objects(tmp_path):
    with tf.Graph().as_default(), tf.Session() as sess:
        v, w = variables()
        sess.run(tf.global_variables_initializer())
        path = tf.train.Checkpoint(a=v, b=w).save(str(tmp_path / "m"), sess)
    with tf.Graph().as_default() as g, tf.Session() as sess:
        v, w = variables()
        saver = tf.train.Saver()
        saver.restore(sess, path)
        size = len(g.get_operations())
        saver.restore(sess, path)
        assert sess.run(v).tolist() == [1.0, 2.0]
        assert sess.run(w) == 3
        assert len(g.get_operations()) == size
        other = tf.train.Saver({"v": v, "other": w})
        with pytest.raises(tf.errors.NotFoundError, match=r"not in the checkpoint: other(.|\n)*don't exist now: .*w"):
            other.restore(sess, path)
