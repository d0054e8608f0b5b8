"""Runs one case under the TensorFlow at hand: Tangraph, or TensorFlow 1.15.5 on its Python 3.7."""

import os
import zlib

import numpy as np


def plain(value, tf):
    """Returns the value of a run as the JSON files write it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return {"b": value.decode("latin1")}
    if isinstance(value, dict):
        return {str(key): plain(item, tf) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, tf) for item in value]
    if isinstance(value, tf.ragged.RaggedTensorValue):
        return {"values": plain(value.values, tf), "row_splits": plain(value.row_splits, tf)}
    array = np.asarray(value)
    shape = list(array.shape)
    if array.dtype == object:
        texts = [
            item.decode("latin1") if isinstance(item, bytes) else plain(item, tf) for item in array.ravel().tolist()
        ]
        return {"texts": texts, "shape": shape}
    if array.dtype.kind == "c":
        return {
            "complex": [[x.real, x.imag] for x in array.ravel().tolist()],
            "shape": shape,
            "dtype": str(array.dtype),
        }
    return {"array": array.ravel().tolist(), "shape": shape, "dtype": str(array.dtype)}


def gradients(out, wrt, tf):
    outputs = [
        x for x in tf.nest.flatten(out) if isinstance(x, tf.Tensor) and (x.dtype.is_floating or x.dtype.is_complex)
    ]
    return tf.gradients(outputs, wrt)


def run(code, graph, directory, tf):
    """Returns what a case leaves: its values, its facts and its gradients."""
    names = {"tf": tf, "np": np, "os": os, "tmp": str(directory)}
    exec(code, names)
    results = {}
    out, feed = names.get("out"), names.get("feed")
    derived = gradients(out, names["wrt"], tf) if "wrt" in names else None
    nodes = [
        " ".join([op.name, op.type, *(x.name for x in op.inputs), *sorted(f"^{c.name}" for c in op.control_inputs)])
        for op in graph.get_operations()
    ]
    results["nodes"] = [len(nodes), zlib.crc32("\n".join(nodes).encode())]
    with tf.Session() as sess:
        if tf.global_variables():
            sess.run(tf.global_variables_initializer())
        if tf.get_collection(tf.GraphKeys.TABLE_INITIALIZERS):
            sess.run(tf.tables_initializer())
        if "pre" in names:
            sess.run(names["pre"])
        if "check" in names:
            results["facts"] = plain(names["check"](sess), tf)
        if out is not None:
            results["values"] = plain(sess.run(out, feed), tf)
        if derived is not None:
            results["gradients"] = [None if x is None else plain(sess.run(x, feed), tf) for x in derived]
    return results
