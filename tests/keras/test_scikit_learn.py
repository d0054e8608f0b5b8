"""Models as scikit-learn's estimators; the numbers are those of TensorFlow 1.15.5."""

import numpy as np
import pytest

import tangraph as tf

keras, wrappers = tf.keras, tf.keras.wrappers.scikit_learn
X = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.5]])
Y = np.array([0.5, 1.0, 2.0, -1.0])
FIT = {"batch_size": 4, "shuffle": False, "verbose": 0}


def build(units=3, loss="mse", metric=None, activation=None):
    layer = keras.layers.Dense(units, activation=activation, kernel_initializer="zeros", input_shape=(2,))
    model = keras.Sequential([layer])
    model.compile(keras.optimizers.SGD(0.5), loss, metrics=metric and [metric])
    return model


def classes(loss):
    return lambda: build(3, loss, "accuracy", "softmax")


def two_classes():
    return build(1, "binary_crossentropy", None, "sigmoid")


@pytest.fixture(autouse=True)
def fresh():
    keras.backend.clear_session()


def test_regressor():
    regressor = wrappers.KerasRegressor(build, units=1, epochs=3, **FIT)
    losses = regressor.fit(X, Y).history["loss"]
    np.testing.assert_allclose(losses, [1.5625, 1.01562, 0.71449], atol=1e-5)
    np.testing.assert_allclose(regressor.predict(X), [0.62207, 1.2832, 1.71191, 0.40771], atol=1e-5)
    assert regressor.score(X, Y) == pytest.approx(-0.53994, abs=1e-5)
    assert sorted(regressor.get_params()) == ["batch_size", "build_fn", "epochs", "shuffle", "units", "verbose"]


@pytest.mark.parametrize(
    ("loss", "labels", "names"),
    [
        ("sparse_categorical_crossentropy", np.array(["a", "c", "b", "a"]), ["a", "b", "c"]),
        ("categorical_crossentropy", np.eye(3)[[0, 2, 1, 0]], [0, 1, 2]),
    ],
)
def test_classifier(loss, labels, names):
    classifier = wrappers.KerasClassifier(classes(loss), epochs=4, **FIT)
    losses = classifier.fit(X, labels).history["loss"]
    np.testing.assert_allclose(losses, [1.09861, 1.02439, 0.96279, 0.9096], atol=1e-5)
    assert classifier.classes_.tolist() == names
    assert classifier.predict(X).tolist() == [names[0], names[2], names[0], names[0]]
    assert classifier.score(X, labels) == 0.75
    first = [0.51589, 0.28869, 0.19543]
    np.testing.assert_allclose(classifier.predict_proba(X)[0], first, atol=1e-5)


def test_two_classes_have_two_probabilities():
    classifier = wrappers.KerasClassifier(two_classes, epochs=4, **FIT)
    classifier.fit(X, [0, 1, 1, 0])
    assert classifier.predict(X).tolist() == [[0], [1], [1], [0]]
    expected = [[0.53986, 0.46014], [0.39296, 0.60704], [0.42494, 0.57506], [0.52338, 0.47662]]
    np.testing.assert_allclose(classifier.predict_proba(X), expected, atol=1e-5)
    with pytest.raises(ValueError, match="not configured to compute accuracy"):
        classifier.score(X, [0, 1, 1, 0])
    with pytest.raises(ValueError, match=r"Invalid shape for y: \(4, 2, 2\)"):
        classifier.fit(X, np.zeros([4, 2, 2]))


def test_parameters():
    with pytest.raises(ValueError, match="foo is not a legal parameter"):
        wrappers.KerasRegressor(build, foo=1)
    regressor = wrappers.KerasRegressor(build, epochs=4, **FIT).set_params(epochs=2, units=1)
    assert regressor.filter_sk_params(keras.Sequential.fit) == {"epochs": 2, **FIT}
    assert regressor.filter_sk_params(keras.Sequential.predict, {"steps": 3}) == {
        "verbose": 0,
        "batch_size": 4,
        "steps": 3,
    }
    with pytest.raises(ValueError, match="bar is not a legal parameter"):
        regressor.set_params(bar=2)


class Own(wrappers.KerasRegressor):
    """A regressor that makes its model itself."""

    def __call__(self, units=1):
        return build(units)


class Builder:
    """An object that makes models."""

    def __call__(self, units=1):
        return build(units)


@pytest.mark.parametrize("make", [Own, lambda **kwargs: wrappers.KerasRegressor(Builder(), **kwargs)])
def test_what_makes_the_model(make):
    assert make(units=1, epochs=1, **FIT).fit(X, Y).history["loss"] == pytest.approx([1.5625])
