"""The parts of `tf.keras.utils` that need no model."""

import numpy as np
import pytest

import tangraph as tf

utils = tf.keras.utils


@pytest.fixture
def file(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = str(tmp_path / "rows.h5")
    with h5py.File(path, "w") as opened:
        opened["rows"] = np.arange(40.0).reshape(10, 4)
    return path


def test_hdf5_matrix(file):
    rows = utils.HDF5Matrix(file, "rows", start=2, end=8)
    assert (len(rows), rows.shape, rows.ndim, rows.size) == (6, (6, 4), 2, 24)
    np.testing.assert_array_equal(rows[0], [8, 9, 10, 11])
    np.testing.assert_array_equal(rows[1:3], [[12, 13, 14, 15], [16, 17, 18, 19]])
    np.testing.assert_array_equal(rows[[0, 2]], [[8, 9, 10, 11], [16, 17, 18, 19]])
    with pytest.raises(IndexError):
        rows[6]


def test_hdf5_matrix_normalizes_and_trains(file):
    rows = utils.HDF5Matrix(file, "rows", normalizer=lambda x: x / 40)
    np.testing.assert_allclose(rows[9], np.arange(36, 40) / 40)
    tf.keras.backend.clear_session()
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones", input_shape=(4,))])
    model.compile("sgd", "mse")
    np.testing.assert_allclose(model.predict(rows, batch_size=4)[:, 0], np.arange(40).reshape(10, 4).sum(1) / 40)


def test_kernels_of_other_engines_are_turned():
    tf.keras.backend.clear_session()
    conv, dense = tf.keras.layers.Conv2D(1, (2, 3), use_bias=False), tf.keras.layers.Dense(2)
    model = tf.keras.Sequential([tf.keras.Input((4, 4, 1)), conv, tf.keras.layers.Flatten(), dense])
    kernel, other = np.arange(6.0).reshape(2, 3, 1, 1), dense.get_weights()
    conv.set_weights([kernel])
    utils.convert_all_kernels_in_model(model)
    np.testing.assert_array_equal(conv.get_weights()[0].ravel(), [5, 4, 3, 2, 1, 0])
    np.testing.assert_array_equal(dense.get_weights()[0], other[0])


def test_source_inputs():
    with tf.Graph().as_default():
        one, other = tf.keras.Input((2,), name="one"), tf.keras.Input((2,), name="other")
        both = tf.keras.layers.Add()([tf.keras.layers.Dense(2)(one), other, one])
        assert [x.name for x in utils.get_source_inputs(both)] == ["one:0", "other:0"]
        assert utils.get_source_inputs(one) == [one]
        alone = tf.zeros([2])
        assert utils.get_source_inputs(alone) is alone
