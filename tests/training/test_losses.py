"""Losses: values and errors."""

import numpy as np
import pytest

import tangraph as tf

Y, P = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.0, 2.0], [5.0, 4.5]])
R = tf.losses.Reduction


def value(make):
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(make())


@pytest.mark.parametrize(
    ("loss", "elementwise"),
    [
        ("mean_squared_error", lambda p, y: (p - y) ** 2),
        ("absolute_difference", lambda p, y: abs(p - y)),
        ("huber_loss", lambda p, y: np.where(abs(p - y) <= 1, (p - y) ** 2 / 2, abs(p - y) - 0.5)),
        ("hinge_loss", lambda p, y: np.maximum(0, 1 - (2 * y - 1) * p)),
    ],
)
@pytest.mark.parametrize("weights", [1.0, 0.5, [[1.0], [0.0]], [[1.0, 2.0], [0.0, 3.0]]])
def test_reductions(loss, elementwise, weights):
    losses, w = elementwise(P, Y) * weights, np.broadcast_to(weights, Y.shape)
    expected = {
        R.NONE: losses,
        R.SUM: losses.sum(),
        R.MEAN: losses.sum() / w.sum(),
        R.SUM_OVER_BATCH_SIZE: losses.mean(),
        R.SUM_BY_NONZERO_WEIGHTS: losses.sum() / (w != 0).sum(),
    }
    function = getattr(tf.losses, loss)
    for reduction, number in expected.items():
        got = value(lambda r=reduction: function(Y, tf.constant(P), weights, reduction=r))
        np.testing.assert_allclose(got, number, rtol=1e-5)


def test_cross_entropies():
    logits = np.array([[1.0, 2.0, 0.5]], np.float32)
    log_softmax = logits - np.log(np.exp(logits).sum())
    sparse = value(lambda: tf.losses.sparse_softmax_cross_entropy([1], tf.constant(logits)))
    dense = value(lambda: tf.losses.softmax_cross_entropy([[0, 1, 0]], tf.constant(logits)))
    np.testing.assert_allclose([sparse, dense], -log_softmax[0, 1], rtol=1e-5)
    smooth = value(lambda: tf.losses.softmax_cross_entropy([[0, 1, 0]], tf.constant(logits), label_smoothing=0.3))
    np.testing.assert_allclose(smooth, -(log_softmax * [[0.1, 0.8, 0.1]]).sum(), rtol=1e-5)


def test_weights_of_zero_give_zero():
    assert value(lambda: tf.losses.mean_squared_error(Y, tf.constant(P), 0.0)) == 0


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: tf.losses.mean_squared_error(None, Y), "labels must not be None"),
        (lambda: tf.losses.mean_squared_error(Y, None), "predictions must not be None"),
        (lambda: tf.losses.mean_squared_error(tf.ones([2]), tf.ones([3])), "are incompatible"),
        (lambda: tf.losses.mean_squared_error(Y, P, weights=[1.0, 2.0]), "weights can not be broadcast to values"),
        (lambda: tf.losses.mean_squared_error(Y, P, weights=[[1.0, 2.0, 3.0]]), "Mismatch at dim 1"),
        (lambda: tf.losses.mean_squared_error(Y, P, reduction="all"), "Invalid Reduction Key all"),
        (lambda: tf.losses.cosine_distance(Y, P), "You must specify 'axis'"),
    ],
)
def test_errors(make, text):
    with tf.Graph().as_default(), pytest.raises(ValueError, match=text):
        make()


def test_weights_are_checked_when_the_graph_runs():
    with tf.Graph().as_default(), tf.Session() as session:
        weights = tf.placeholder(tf.float32)
        loss = tf.losses.mean_squared_error(Y, P, weights)
        np.testing.assert_allclose(session.run(loss, {weights: [[1.0], [1.0]]}), ((Y - P) ** 2).mean(), rtol=1e-5)
        with pytest.raises(tf.errors.InvalidArgumentError, match="weights can not be broadcast to values"):
            session.run(loss, {weights: [1.0, 1.0, 1.0]})


def test_collections():
    with tf.Graph().as_default(), tf.Session() as session:
        tf.losses.mean_squared_error([1.0], [3.0], scope="a")
        tf.losses.absolute_difference([1.0], [4.0], loss_collection=None)
        tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, tf.constant(10.0))
        assert len(tf.losses.get_losses()) == len(tf.losses.get_losses("a")) == 1
        assert session.run(tf.losses.get_total_loss()) == 14
        assert session.run(tf.losses.get_total_loss(add_regularization_losses=False)) == 4


def test_hparams():
    hparams = tf.contrib.training.HParams(rate=0.1, layers=[1, 2], name="x", on=False)
    hparams.parse("rate=0.5,layers=[3,4],name=y,on=true")
    assert hparams.values() == {"rate": 0.5, "layers": [3, 4], "name": "y", "on": True}
    assert "rate" in hparams
    assert hparams.get("missing", 3) == 3
    assert hparams.override_from_dict({"rate": 2}).rate == 2.0
    with pytest.raises(ValueError, match="Unknown hyperparameter type for other"):
        hparams.parse("other=1")
    with pytest.raises(ValueError, match="Could not parse hparam 'rate'"):
        hparams.parse("rate=fast")
    with pytest.raises(ValueError, match="Must pass a list"):
        hparams.set_hparam("layers", 1)
    with pytest.raises(ValueError, match="is reserved"):
        hparams.add_hparam("rate", 1)
