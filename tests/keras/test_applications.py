"""What applications refuse, where their weights come from, and what their predictions are called."""

import json

import numpy as np
import pytest

import tangraph as tf

apps = tf.keras.applications


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"weights": "nowhere.h5"}, "The `weights` argument should be either `None`"),
        ({"classes": 5}, "`classes` should be 1000"),
        ({"weights": None, "include_top": False, "input_shape": (16, 16, 3)}, "Input size must be at least 32x32"),
        ({"weights": None, "input_shape": (None, 32, 3)}, "you should specify a static `input_shape`"),
        ({"weights": None, "input_shape": (32, 3)}, "must be a tuple of three integers"),
        ({"input_shape": (32, 32, 3)}, r"`input_shape` should be \(224, 224, 3\)"),
        ({"include_top": False, "input_shape": (32, 32, 1)}, "The input must have 3 channels"),
    ],
)
def test_arguments(arguments, text):
    with tf.Graph().as_default(), pytest.raises(ValueError, match=text):
        apps.VGG16(**arguments)


@pytest.mark.parametrize(
    ("make", "arguments", "text"),
    [
        (apps.MobileNet, {"alpha": 0.3}, "alpha can be one of"),
        (apps.MobileNet, {"depth_multiplier": 2}, "depth multiplier must be 1"),
        (apps.MobileNetV2, {"alpha": 0.3}, "alpha can be one of"),
        (apps.NASNetMobile, {"input_shape": (None, 32, 3)}, "must be static"),
    ],
)
def test_arguments_of_weights(make, arguments, text):
    with tf.Graph().as_default(), pytest.raises(ValueError, match=text):
        make(**arguments)


def test_unusual_channels_warn():
    with tf.Graph().as_default(), pytest.warns(UserWarning, match="1 or 3 input channels"):
        model = apps.VGG16(weights=None, include_top=False, input_shape=(32, 32, 2))
    assert model.input_shape == (None, 32, 32, 2)


def test_other_size_warns(monkeypatch):
    asked = []

    def get_file(name, origin, **kwargs):
        asked.append((name, origin, kwargs))
        raise OSError("no net")

    monkeypatch.setattr("tangraph_keras.applications.request.get_file", get_file)
    with (
        tf.Graph().as_default(),
        pytest.warns(UserWarning, match="224"),
        pytest.raises(OSError, match="no net"),
    ):
        apps.MobileNetV2(include_top=False, input_shape=(40, 40, 3))
    name = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"
    origin = "https://github.com/JonathanCMitchell/mobilenet_v2_keras/releases/download/v1.1/" + name
    assert asked == [(name, origin, {"cache_subdir": "models", "file_hash": None})]


def test_weights_of_a_file(tmp_path):
    path = str(tmp_path / "weights.h5")
    arguments = {"alpha": 0.25, "include_top": False, "input_shape": (32, 32, 3)}
    saved = apps.MobileNet(weights=None, **arguments)
    saved.save_weights(path)
    loaded = apps.MobileNet(weights=path, **arguments)
    for one, other in zip(saved.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_decode_predictions(tmp_path, monkeypatch):
    from tangraph_keras.applications import imagenet_utils

    path = tmp_path / "classes.json"
    path.write_text(json.dumps({str(i): [f"n{i:08}", f"class {i}"] for i in range(1000)}), encoding="utf-8")
    monkeypatch.setattr(imagenet_utils, "get_file", lambda *_args, **_kwargs: str(path))
    imagenet_utils._classes.cache_clear()
    scores = np.zeros([1, 1000], np.float32)
    scores[0, [7, 5, 9]] = 0.5, 0.3, 0.2
    assert apps.vgg16.decode_predictions(scores, top=2) == [
        [("n00000007", "class 7", np.float32(0.5)), ("n00000005", "class 5", np.float32(0.3))]
    ]
    imagenet_utils._classes.cache_clear()
    with pytest.raises(ValueError, match="2D array of shape"):
        apps.vgg16.decode_predictions(scores[:, :10])


def test_unknown_data_format():
    with pytest.raises(ValueError, match="Unknown data_format"):
        apps.imagenet_utils.preprocess_input(np.zeros([2, 2, 3]), "elsewhere")
