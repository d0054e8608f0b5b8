"""Layers: values, variables, errors, and what subclasses can do."""

import copy

import numpy as np
import pytest

import tangraph as tf

RNG = np.random.RandomState(0)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def run(*fetches, feed=None):
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        return session.run(fetches, feed)


def test_dense_is_a_product_and_a_bias():
    x = RNG.rand(3, 4).astype(np.float32)
    layer = tf.layers.Dense(2, tf.nn.relu, bias_initializer=tf.constant_initializer(0.5))
    y, kernel = run(layer(x), layer.kernel)
    np.testing.assert_allclose(y, np.maximum(x @ kernel + 0.5, 0), rtol=1e-5)
    assert layer.count_params() == 10
    assert layer.dtype == "float32"


def test_dense_of_sparse():
    x = tf.SparseTensor([[0, 1], [1, 0]], [2.0, 3.0], [2, 2])
    (y,) = run(tf.layers.Dense(1, use_bias=False, kernel_initializer=tf.ones_initializer())(x))
    assert y.tolist() == [[2.0], [3.0]]


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2])
def test_conv2d_slides(padding, stride):
    x = RNG.rand(1, 5, 5, 2).astype(np.float32)
    layer = tf.layers.Conv2D(3, 3, stride, padding, use_bias=False)
    y, kernel = run(layer(x), layer.kernel)
    total = max((int(np.ceil(5 / stride)) - 1) * stride + 3 - 5, 0) if padding == "same" else 0
    padded = np.pad(x, [(0, 0), *[(total // 2, total - total // 2)] * 2, (0, 0)])
    size = (padded.shape[1] - 3) // stride + 1
    expected = np.array(
        [
            [np.einsum("hwc,hwco->o", padded[0, i * stride :, j * stride :][:3, :3], kernel) for j in range(size)]
            for i in range(size)
        ]
    )
    np.testing.assert_allclose(y[0], expected, rtol=1e-4)
    assert layer.compute_output_shape([1, 5, 5, 2]).as_list() == list(y.shape)


def test_causal_convolution_sees_no_later_input():
    x = np.zeros((1, 5, 1), np.float32)
    x[0, 2] = 1
    y = tf.layers.conv1d(x, 1, 2, padding="causal", kernel_initializer=tf.ones_initializer())
    assert run(y)[0][0, :, 0].tolist() == [0, 0, 1, 1, 0]


def test_batch_normalization_normalizes_and_keeps_averages():
    x = RNG.rand(8, 3).astype(np.float32)
    layer = tf.layers.BatchNormalization(momentum=0.9)
    y = layer(x, training=True)
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        value, _ = session.run([y, updates])
        mean, variance = session.run([layer.moving_mean, layer.moving_variance])
    np.testing.assert_allclose(value, (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-3), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(mean, 0.1 * x.mean(0), rtol=1e-4)
    np.testing.assert_allclose(variance, 0.9 + 0.1 * x.var(0), rtol=1e-4)


def test_dropout_only_in_training():
    x = np.ones((4, 5), np.float32)
    training = tf.placeholder(tf.bool, [])
    y = tf.layers.dropout(x, 0.5, training=training)
    dropped, kept = run(y, feed={training: True})[0], run(y, feed={training: False})[0]
    assert set(np.unique(dropped)) == {0.0, 2.0}
    assert kept.tolist() == x.tolist()


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: tf.layers.dense(tf.placeholder(tf.float32, [None, None]), 1),
            "last dimension of the inputs to `Dense`",
        ),
        (lambda: tf.layers.dense(tf.ones([2]), 1), "expected min_ndim=2, found ndim=1"),
        (lambda: tf.layers.conv2d(tf.ones([1, 2]), 1, 1), "expected ndim=4, found ndim=2"),
        (lambda: tf.layers.conv2d(tf.ones([1, 4, 4, 1]), 1, [1, 2, 3]), "`kernel_size` argument must be a tuple of 2"),
        (lambda: tf.layers.conv2d(tf.ones([1, 4, 4, 1]), 1, 2, 2, dilation_rate=2), "strides > 1 not supported"),
        (lambda: tf.layers.conv2d(tf.ones([1, 4, 4, 1]), 1, 2, data_format="NHWC"), "`data_format` argument must be"),
        (lambda: tf.layers.Conv2D(1, 2, padding="causal"), "Causal padding"),
        (lambda: tf.layers.max_pooling2d(tf.ones([1, 4, 4, 1]), 2, None), "`strides` must not be None"),
        (lambda: tf.layers.batch_normalization(tf.ones([2, 3]), axis=5), "Invalid axis: 5"),
        (lambda: tf.layers.BatchNormalization(renorm=True, renorm_clipping={"x": 1}), "contains keys not in"),
        (lambda: tf.layers.Dense(1).scope_name, "No name available for layer scope"),
        (lambda: tf.layers.Dense(1).count_params(), "isn't built"),
    ],
)
def test_errors(make, text):
    with pytest.raises(ValueError, match=text):
        make()


def test_another_number_of_channels_is_an_error():
    layer = tf.layers.Dense(1)
    layer(tf.ones([1, 2]))
    with pytest.raises(ValueError, match="expected axis -1 of input shape to have value 2"):
        layer(tf.ones([1, 3]))


def test_a_call_that_returns_nothing_is_an_error():
    class Nothing(tf.layers.Layer):
        def call(self, inputs):
            return None

    with pytest.raises(ValueError, match="should return a Tensor"):
        Nothing()(tf.ones([1]))


def test_unknown_arguments_are_errors():
    with pytest.raises(TypeError, match="Keyword argument not understood"):
        tf.layers.Dense(1, colour="red")


def test_losses_and_updates_by_inputs():
    a, b = tf.ones([1, 2]), tf.zeros([1, 2])
    layer = tf.layers.Dense(
        1,
        kernel_regularizer=tf.contrib.layers.l2_regularizer(1.0),
        activity_regularizer=tf.contrib.layers.l2_regularizer(1.0),
    )
    layer(a)
    layer(b)
    assert len(layer.losses) == 3
    assert len(layer.get_losses_for(None)) == 1
    assert len(layer.get_losses_for(a)) == 1


def test_weights_can_be_read_and_set():
    layer = tf.layers.Dense(1)
    layer(tf.ones([1, 2]))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        layer.set_weights([np.ones([2, 1]), np.ones([1])])
        assert [w.tolist() for w in layer.get_weights()] == [[[1], [1]], [1]]
        with pytest.raises(ValueError, match="the layer was expecting 2 weights"):
            layer.set_weights([])


def test_frozen_layers_have_nothing_to_train():
    layer = tf.layers.BatchNormalization(trainable=False)
    layer(tf.ones([2, 2]), training=True)
    assert layer.trainable_weights == []
    assert len(layer.non_trainable_weights) == 4
    assert layer.updates == []
    assert tf.trainable_variables() == []


def test_a_copy_makes_variables_of_its_own():
    layer = tf.layers.Dense(1, name="d")
    other = copy.deepcopy(layer)
    layer(tf.ones([1, 2]))
    other(tf.ones([1, 2]))
    assert [v.op.name for v in tf.global_variables()] == ["d/kernel", "d/bias", "d_1/kernel", "d_1/bias"]


def test_keras_style_layers_take_no_scope():
    with tf.layers.experimental.keras_style_scope(), pytest.raises(ValueError, match="scope argument not allowed"):
        tf.layers.dense(tf.ones([1, 2]), 1, name="d")


def test_arg_scope_reaches_slim():
    slim = tf.contrib.slim
    with slim.arg_scope([slim.fully_connected], activation_fn=None, biases_initializer=None):
        slim.fully_connected(tf.ones([1, 2]), 1)
    assert [v.op.name for v in slim.get_model_variables()] == ["fully_connected/weights"]
    assert slim.model_analyzer.analyze_vars(slim.get_model_variables()) == (2, 8)


def test_named_outputs():
    tf.contrib.layers.fully_connected(tf.ones([1, 2]), 1, outputs_collections="ends", scope="f")
    ends = tf.contrib.slim.utils.convert_collection_to_dict("ends")
    assert list(ends) == ["f"]


def test_regularizer_errors():
    for make in (tf.contrib.layers.l1_regularizer, tf.contrib.layers.l2_regularizer):
        with pytest.raises(ValueError, match="cannot be an integer"):
            make(1)
        with pytest.raises(ValueError, match="less than 0"):
            make(-0.1)
        assert make(0.0)(tf.ones([1])) is None
