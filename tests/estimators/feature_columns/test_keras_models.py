"""Keras models that begin with columns; the losses are those of TensorFlow 1.15.5."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf

fc = tf.feature_column


def columns():
    return [
        fc.numeric_column("a"),
        fc.embedding_column(fc.categorical_column_with_identity("c", 3), 2),
        fc.indicator_column(fc.categorical_column_with_hash_bucket("s", 4)),
    ]


def arrays():
    return {"a": np.arange(6, dtype="float32"), "c": np.arange(6) % 3, "s": np.array(list("xyzxyx"))}


def data():
    return tf.data.Dataset.from_tensor_slices((arrays(), np.arange(6, dtype="float32") % 2)).batch(3)


def sequential():
    return tf.keras.Sequential(
        [tf.keras.layers.DenseFeatures(columns()), tf.keras.layers.Dense(1, activation="sigmoid")]
    )


def functional():
    inputs = {
        "a": tf.keras.Input((1,), name="a"),
        "c": tf.keras.Input((1,), dtype="int32", name="c"),
        "s": tf.keras.Input((1,), dtype="string", name="s"),
    }
    features = tf.keras.layers.DenseFeatures(columns())(inputs)
    return tf.keras.Model(inputs, tf.keras.layers.Dense(1, activation="sigmoid")(features))


@pytest.mark.parametrize(
    ("make", "losses", "prediction", "names"),
    [
        (sequential, [1.03858, 1.01279], 0.31610, ["sequential/dense/kernel:0", "sequential/dense/bias:0"]),
        (functional, [1.12726, 1.11361], 0.16751, ["dense/kernel:0", "dense/bias:0"]),
    ],
)
def test_training(make, losses, prediction, names):
    tf.keras.backend.clear_session()
    tf.set_random_seed(1)
    model = make()
    model.compile("sgd", "binary_crossentropy")
    history = model.fit(data(), epochs=2, verbose=0)
    assert history.history["loss"] == pytest.approx(losses, abs=1e-5)
    assert model.predict(data())[0, 0] == pytest.approx(prediction, abs=1e-5)
    assert [v.name for v in model.weights] == ["dense_features/c_embedding/embedding_weights:0", *names]
    model.fit(arrays(), np.arange(6) % 2, batch_size=3, verbose=0)
    tf.keras.backend.clear_session()


def test_a_dictionary_for_another_layer():
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="Passing a dictionary input to a Sequential Model"):
        model.fit(data(), verbose=0)
    tf.keras.backend.clear_session()
