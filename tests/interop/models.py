"""Programs that TensorFlow 1.15 and Tangraph run alike: `tf` is either of them.

Run under TensorFlow 1.15 it writes what stands in the folder `recorded`:

    python3.7 models.py recorded
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

NUMBERS = [
    "bool",
    "complex64",
    "complex128",
    "float16",
    "float32",
    "float64",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
]


def cnn(tf):
    """A convolutional network with batch normalisation and dropout, as it is after training."""
    x = tf.placeholder(tf.float32, [None, 8, 8, 1], name="x")
    net = tf.layers.conv2d(x, 4, 3, activation=tf.nn.relu, padding="same")
    net = tf.layers.batch_normalization(net, training=False)
    net = tf.layers.max_pooling2d(net, 2, 2)
    net = tf.layers.dropout(tf.layers.flatten(net), training=False)
    return tf.nn.softmax(tf.layers.dense(net, 3), name="out")


def rnn(tf):
    """Two layers of LSTM cells over sequences of different lengths."""
    x = tf.placeholder(tf.float32, [None, 5, 3], name="x")
    cells = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.LSTMCell(4, use_peepholes=True) for _ in range(2)])
    lengths = tf.cast(tf.reduce_sum(tf.sign(tf.abs(x[:, :, 0])), axis=1), tf.int32)
    outputs, state = tf.nn.dynamic_rnn(cells, x, sequence_length=lengths, dtype=tf.float32)
    return tf.concat([outputs[:, -1], state[1].h], 1, name="out")


def loop(tf):
    """A while_loop whose body chooses by a cond, in which there is another."""
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    w = tf.get_variable("w", initializer=np.float32([[0.5, -1.0], [1.0, 0.25]]))

    def body(i, value):
        small = tf.reduce_sum(value) < 3.0
        odd = tf.equal(i % 2, 1)
        grown = tf.cond(
            small, lambda: tf.cond(odd, lambda: value + 1.0, lambda: tf.matmul(value, w)), lambda: value - w[0]
        )
        return i + 1, grown

    count, value = tf.while_loop(lambda i, value: (i < 7) & (tf.reduce_sum(value) < 50.0), body, [0, x])
    return tf.add(value, tf.cast(count, tf.float32), name="out")


MODELS = {"cnn": cnn, "rnn": rnn, "loop": loop}


def inputs(name):
    """Returns what a model is fed with."""
    shape = {"cnn": (2, 8, 8, 1), "rnn": (2, 5, 3), "loop": (3, 2)}[name]
    x = np.random.RandomState(3).uniform(-1, 1, shape).astype(np.float32)
    if name == "rnn":
        x[1, 3:] = 0
    return x


def frozen(tf, name):
    """Returns a model as a GraphDef without variables, and its output."""
    with tf.Graph().as_default() as g, tf.Session() as sess:
        tf.set_random_seed(1)
        out = MODELS[name](tf)
        sess.run(tf.global_variables_initializer())
        graph_def = tf.graph_util.convert_variables_to_constants(sess, g.as_graph_def(), ["out"])
        if name == "cnn":  # it takes away what nodes of loops are colocated with
            graph_def = tf.graph_util.remove_training_nodes(graph_def)
        return graph_def, sess.run(out, {"x:0": inputs(name)})


def run_frozen(tf, data, name):
    """Returns the output of a frozen model, from its bytes."""
    with tf.Graph().as_default(), tf.Session() as sess:
        (out,) = tf.import_graph_def(tf.GraphDef.FromString(data), return_elements=["out:0"])
        return sess.run(out, {"import/x:0": inputs(name)})


def variables(tf, version):
    """Makes variables of all kinds, in two devices' care."""

    def place(shape, dtype=None, partition_info=None):
        return tf.fill(shape, tf.cast(1.5 + partition_info.var_offset[0], dtype))

    for name in NUMBERS:
        tf.Variable(np.arange(6).reshape(2, 3).astype(name), name=f"v_{name}")
    tf.Variable([b"a", b"", b"x" * 200, b"\xff\x00"], name="strings")
    tf.Variable(7, name="scalar")
    tf.Variable(np.zeros((0, 3), np.float32), name="empty")
    with tf.device("/cpu:0"):
        tf.get_variable("resource", initializer=np.int64([2**40, -1]), use_resource=True)
        with tf.variable_scope("p", partitioner=tf.fixed_size_partitioner(3)):
            tf.get_variable("u", [7, 2], initializer=place)
            tf.get_variable("r", [7], tf.float64, initializer=place, use_resource=True)
    if version == 2:
        tf.Variable(np.arange(4, dtype=np.uint16), name="v_uint16")


def save(tf, prefix, version, sharded):
    """Saves variables of all kinds; returns the name of the checkpoint."""
    with tf.Graph().as_default(), tf.Session() as sess:
        variables(tf, version)
        sess.run(tf.global_variables_initializer())
        return tf.train.Saver(write_version=version, sharded=sharded).save(sess, prefix, write_meta_graph=False)


def contents(tf, path, version):
    """Returns what a Saver restores into variables of all kinds, and the names, shapes and types in the checkpoint."""
    with tf.Graph().as_default(), tf.Session() as sess:
        variables(tf, version)
        tf.train.Saver().restore(sess, path)
        values = [(v.op.name, sess.run(v).tolist()) for v in tf.global_variables()]
    reader = tf.train.NewCheckpointReader(path)
    types = {name: dtype.name for name, dtype in reader.get_variable_to_dtype_map().items()}
    return sorted(values), sorted(reader.get_variable_to_shape_map().items()), sorted(types.items())


def save_model(tf, folder):
    """Writes a SavedModel with a vocabulary, an initialisation and two signatures."""
    vocabulary = Path(folder).parent / "words.txt"
    vocabulary.write_text("a\nb\n")
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        y = tf.matmul(x, tf.get_variable("w", initializer=[[1.0], [2.0]]), name="y")
        path = tf.constant(str(vocabulary), name="path")
        tf.add_to_collection(tf.GraphKeys.ASSET_FILEPATHS, path)
        words = tf.Variable("", name="words", trainable=False, collections=[tf.GraphKeys.LOCAL_VARIABLES])
        sess.run(tf.global_variables_initializer())
        sparse = tf.saved_model.build_tensor_info(tf.sparse_placeholder(tf.float32, name="s"))
        builder = tf.saved_model.Builder(folder)
        builder.add_meta_graph_and_variables(
            sess,
            ["serve"],
            signature_def_map={
                "serving_default": tf.saved_model.predict_signature_def({"x": x}, {"y": y}),
                "sparse": tf.saved_model.build_signature_def({"s": sparse}, method_name="m"),
            },
            assets_collection=tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS),
            main_op=tf.group(tf.assign(words, path), name="start"),
            strip_default_attrs=True,
        )
        builder.save()
    vocabulary.unlink()


def load_model(tf, folder):
    """Returns what a SavedModel computes, where its vocabulary is, and its signatures."""
    with tf.Graph().as_default(), tf.Session() as sess:
        message = tf.saved_model.load(sess, ["serve"], folder)
        sparse = tf.saved_model.get_tensor_from_tensor_info(message.signature_def["sparse"].inputs["s"])
        result = sess.run("y:0", {"x:0": [[1.0, 2.0]]}).tolist()
        path = Path(sess.run("words:0").decode())
        assert path.exists()
        predict = tf.contrib.predictor.from_saved_model(folder)
        assert predict({"x": [[1.0, 2.0]]})["y"].tolist() == result
        return result, str(path.relative_to(folder)), sorted(message.signature_def), sparse.values.name


def record(folder):
    """Writes all of it with TensorFlow."""
    import tensorflow as tf

    outputs = {}
    for name in MODELS:
        graph_def, outputs[name] = frozen(tf, name)
        (folder / f"{name}.pb").write_bytes(graph_def.SerializeToString())
    np.savez(folder / "outputs.npz", **outputs)
    for version in (1, 2):
        for sharded in (False, True):
            save(tf, str(folder / f"kinds-v{version}{'-sharded' * sharded}"), version, sharded)
    (folder / "checkpoint").unlink()
    save_model(tf, str(folder / "model"))


if __name__ == "__main__":
    record(Path(sys.argv[1]))
