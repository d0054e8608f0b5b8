"""Saving a model of 1,024 MiB by a Saver (`save:1024`), and by numpy.savez (`save:1024:savez`).

`save:1024:restore` reads it again, `save:1024:load` by numpy.load. One step is one checkpoint. Tangraph's Saver has the
disk confirm that it has the bytes (fsync), as `save:1024:synced` has it do after each of TensorFlow's, or of numpy.savez
with `save:1024:savez_synced`.
"""

import atexit
import os
import shutil
import tempfile

import numpy as np


def arrays(mebibytes):
    """A model's arrays: two thirds in matrices of 16 MiB, the rest in those of 1 MiB, and 100 small ones."""
    shapes = [(2048, 2048)] * (mebibytes // 24) + [(512, 512)] * (mebibytes - 16 * (mebibytes // 24)) + [(1000,)] * 100
    return {f"v{i}": np.full(shape, i, np.float32) for i, shape in enumerate(shapes)}


def synced(path):
    """Waits until the disk has a file."""
    handle = os.open(path, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def graph(tf, mebibytes=64, how="save"):
    """Writes to a new name each time and keeps one, as programs that train do."""
    folder = tempfile.mkdtemp(dir=os.environ.get("BENCHMARK_FOLDER"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    values = arrays(int(mebibytes))
    path = f"{folder}/model"
    if how in {"savez", "savez_synced", "load"}:
        step = _numpy(path + ".npz", values, how)
    else:
        step = _saver(tf, path, values, how)
    size = sum(value.nbytes for value in values.values())

    def run(n):
        for _ in range(n):
            step()

    return [size], run


def _numpy(path, values, how):
    np.savez(path, **values)

    def save():
        np.savez(path, **values)
        if how == "savez_synced":
            synced(path)

    def load():
        with np.load(path) as stored:
            return [stored[name] for name in stored.files]

    return load if how == "load" else save


def _saver(tf, path, values, how):
    for name, value in values.items():
        tf.get_variable(name, value.shape, initializer=tf.random_uniform_initializer(seed=1))
    saver = tf.train.Saver(max_to_keep=1)
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    first = saver.save(session, path, global_step=0, write_meta_graph=False)
    count = [0]

    def save():
        count[0] += 1
        written = saver.save(session, path, global_step=count[0], write_meta_graph=False)
        if how == "synced" and "tangraph" not in tf.__name__:
            synced(written + ".data-00000-of-00001")

    return (lambda: saver.restore(session, first)) if how == "restore" else save
