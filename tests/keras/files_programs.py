"""Writes the model files in `files/`; run with the Python of TensorFlow 1.15.5 (needs h5py) from anywhere."""

from __future__ import print_function

import json
import os

FILES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files")


def data(np):
    """Returns inputs and targets."""
    x = np.linspace(-1, 1, 40).reshape(10, 4).astype("float32")
    return x, np.stack([x.sum(1), x[:, 0] * x[:, 1]], 1)


def model(tf):
    """Returns a compiled model with two layers, one of them shared, and a layer without weights."""
    layers = tf.keras.layers
    inputs = layers.Input((4,), name="x")
    shared = layers.Dense(4, activation="tanh", name="shared")
    hidden = layers.BatchNormalization(name="norm")(shared(shared(inputs)))
    outputs = layers.Dense(2, kernel_regularizer=tf.keras.regularizers.l2(0.01), name="y")(layers.Flatten()(hidden))
    made = tf.keras.Model(inputs, outputs, name="small")
    made.compile(tf.keras.optimizers.Adam(0.05), "mse", metrics=["mae"])
    return made


def layout(h5py, path):
    """Returns what an HDF5 file holds: names with shapes and types, and the attributes of groups."""
    found = {}
    with h5py.File(path, "r") as file:

        def visit(name, item):
            shape = [list(item.shape), str(item.dtype)] if hasattr(item, "shape") else None
            found[name] = [shape, sorted(item.attrs)]

        visit("/", file)
        file.visititems(visit)
    return found


if __name__ == "__main__":
    import h5py
    import numpy as np
    import tensorflow as tf

    tf.set_random_seed(4)
    x, y = data(np)
    made = model(tf)
    made.fit(x, y, epochs=3, batch_size=5, shuffle=False, verbose=0)
    made.save(os.path.join(FILES, "model.h5"))
    made.save_weights(os.path.join(FILES, "weights.h5"))
    made.save_weights(os.path.join(FILES, "weights"), save_format="tf")
    expected = {
        "predictions": made.predict(x).tolist(),
        "evaluated": [float(value) for value in made.evaluate(x, y, verbose=0)],
        "layouts": {name: layout(h5py, os.path.join(FILES, name)) for name in ("model.h5", "weights.h5")},
        "variables": sorted(name for name, _ in tf.train.list_variables(os.path.join(FILES, "weights"))),
        "json": json.loads(made.to_json()),
    }
    next_losses = made.fit(x, y, epochs=3, batch_size=5, shuffle=False, verbose=0).history["loss"]
    expected["next losses"] = [float(value) for value in next_losses]
    with open(os.path.join(FILES, "expected.json"), "w") as file:
        json.dump(expected, file, indent=0, sort_keys=True)
