"""tf.train.Checkpoint and tf.train.CheckpointManager."""

from __future__ import annotations

from pathlib import Path

import pytest

import tangraph as tf


def model():
    v = tf.Variable([1.0, 2.0], name="v", use_resource=True)
    w = tf.Variable(3.0, name="w")
    return v, w


# Recorded from TensorFlow 1.15.5: the nodes (name, type, inputs, device) of a save and a restore.
NODES = """
save_counter/Initializer/initial_value Const -
save_counter VarHandleOp /device:CPU:0
save_counter/IsInitialized/VarIsInitializedOp VarIsInitializedOp save_counter /device:CPU:0
save_counter/Assign AssignVariableOp save_counter save_counter/Initializer/initial_value /device:CPU:0
save_counter/Read/ReadVariableOp ReadVariableOp save_counter /device:CPU:0
Const Const /device:CPU:0
AssignAddVariableOp AssignAddVariableOp save_counter Const /device:CPU:0
ReadVariableOp ReadVariableOp save_counter ^AssignAddVariableOp /device:CPU:0
Const_1 Const /device:CPU:0
Const_2 Const /device:CPU:0
StringJoin/inputs_1 Const /device:CPU:0
StringJoin StringJoin Const_2 StringJoin/inputs_1 /device:CPU:0
num_shards Const -
ShardedFilename/shard Const /device:CPU:0
ShardedFilename ShardedFilename StringJoin ShardedFilename/shard num_shards /device:CPU:0
SaveV2/tensor_names Const /device:CPU:0
SaveV2/shape_and_slices Const /device:CPU:0
SaveV2 SaveV2 ShardedFilename SaveV2/tensor_names SaveV2/shape_and_slices v/Read/ReadVariableOp w /device:CPU:0
ShardedFilename_1/shard Const /device:CPU:0
ShardedFilename_1 ShardedFilename StringJoin ShardedFilename_1/shard num_shards /device:CPU:0
SaveV2_1/tensor_names Const /device:CPU:0
SaveV2_1/shape_and_slices Const /device:CPU:0
SaveV2_1 SaveV2 ShardedFilename_1 SaveV2_1/tensor_names SaveV2_1/shape_and_slices save_counter/Read/ReadVariableOp Const_1 /device:CPU:0
MergeV2Checkpoints/checkpoint_prefixes Pack ShardedFilename ShardedFilename_1 ^SaveV2 ^SaveV2_1 /device:CPU:0
MergeV2Checkpoints MergeV2Checkpoints MergeV2Checkpoints/checkpoint_prefixes Const_2 /device:CPU:0
Identity Identity Const_2 ^MergeV2Checkpoints /device:CPU:0
Const_3 Const /device:CPU:0
RestoreV2/tensor_names Const /device:CPU:0
RestoreV2/shape_and_slices Const /device:CPU:0
RestoreV2 RestoreV2 Const_3 RestoreV2/tensor_names RestoreV2/shape_and_slices /device:CPU:0
Identity_1 Identity RestoreV2 -
AssignVariableOp AssignVariableOp v Identity_1 -
Assign Assign w RestoreV2:1 -
RestoreV2_1/tensor_names Const /device:CPU:0
RestoreV2_1/shape_and_slices Const /device:CPU:0
RestoreV2_1 RestoreV2 Const_3 RestoreV2_1/tensor_names RestoreV2_1/shape_and_slices /device:CPU:0
Identity_2 Identity RestoreV2_1 /device:CPU:0
AssignVariableOp_1 AssignVariableOp save_counter Identity_2 /device:CPU:0
"""


def test_the_nodes(tmp_path):
    v, w = model()
    checkpoint = tf.train.Checkpoint(v=v, w=w)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        before = len(tf.get_default_graph().get_operations())
        checkpoint.restore(checkpoint.save(str(tmp_path / "ck"), session=session))
    added = tf.get_default_graph().as_graph_def().node[before:]
    assert [" ".join([node.name, node.op, *node.input, node.device or "-"]) for node in added] == NODES.split("\n")[
        1:-1
    ]


def test_save_and_restore(tmp_path):
    v, w = model()
    checkpoint = tf.train.Checkpoint(v=v, w=w)
    prefix = str(tmp_path / "ck")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert checkpoint.save(prefix, session=session) == prefix + "-1"
        path = checkpoint.save(prefix, session=session)
        size = len(tf.get_default_graph().get_operations())
        assert checkpoint.write(str(tmp_path / "exact"), session=session) == str(tmp_path / "exact")
        assert len(tf.get_default_graph().get_operations()) == size  # the nodes are made once
    assert tf.train.latest_checkpoint(str(tmp_path)) == path
    assert tf.train.list_variables(path) == [
        ("_CHECKPOINTABLE_OBJECT_GRAPH", []),
        ("save_counter/.ATTRIBUTES/VARIABLE_VALUE", []),
        ("v/.ATTRIBUTES/VARIABLE_VALUE", [2]),
        ("w/.ATTRIBUTES/VARIABLE_VALUE", []),
    ]
    with tf.Graph().as_default(), tf.Session() as session:
        renamed = tf.train.Checkpoint(v=tf.Variable([0.0, 0.0], name="other"), w=tf.Variable(0.0))
        status = renamed.restore(path).assert_consumed().assert_existing_objects_matched().assert_nontrivial_match()
        status.run_restore_ops()
        assert session.run(renamed.v).tolist() == [1.0, 2.0]
        assert session.run([renamed.w, renamed.save_counter]) == [3.0, 2]


def test_manager(tmp_path):
    v, _ = model()
    checkpoint = tf.train.Checkpoint(v=v)
    with pytest.raises(ValueError, match="Expected a positive integer or `None`"):
        tf.train.CheckpointManager(checkpoint, str(tmp_path), 0)
    manager = tf.train.CheckpointManager(checkpoint, str(tmp_path), max_to_keep=2)
    assert manager.latest_checkpoint is None
    with tf.Session() as session:
        session.run(v.initializer)
        for _ in range(3):
            manager.save()
        manager.save(checkpoint_number=9)
    assert [Path(path).name for path in manager.checkpoints] == ["ckpt-3", "ckpt-9"]
    assert sorted(path.stem for path in tmp_path.glob("*.index")) == ["ckpt-3", "ckpt-9"]
    again = tf.train.CheckpointManager(checkpoint, str(tmp_path), max_to_keep=2)
    assert again.latest_checkpoint == str(tmp_path / "ckpt-9")
    assert [Path(path).name for path in again.checkpoints] == ["ckpt-3", "ckpt-9"]
