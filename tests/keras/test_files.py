"""Files of models: those of TensorFlow 1.15.5 are read, and what is written has their layout."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf

h5py = pytest.importorskip("h5py")

HERE = Path(__file__).parent
FILES = HERE / "files"
EXPECTED = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))
PROGRAM = runpy.run_path(str(HERE / "files_programs.py"))


@pytest.fixture(autouse=True)
def _fresh():
    tf.keras.backend.clear_session()
    yield
    tf.keras.backend.clear_session()


@pytest.fixture
def xy():
    return PROGRAM["data"](np)


def assert_as_recorded(model, xy):
    np.testing.assert_allclose(model.predict(xy[0]), EXPECTED["predictions"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.evaluate(*xy, verbose=0), EXPECTED["evaluated"], rtol=1e-5)


def test_model_goes_on_training_where_tensorflow_stopped(xy):
    model = tf.keras.models.load_model(str(FILES / "model.h5"))
    assert_as_recorded(model, xy)
    losses = model.fit(*xy, epochs=3, batch_size=5, shuffle=False, verbose=0).history["loss"]
    np.testing.assert_allclose(losses, EXPECTED["next losses"], rtol=1e-4)


@pytest.mark.parametrize("name", ["weights.h5", "weights"])
def test_weights(xy, name):
    model = PROGRAM["model"](tf)
    model.load_weights(str(FILES / name))
    assert_as_recorded(model, xy)


def test_weights_by_name(xy):
    model = PROGRAM["model"](tf)
    model.load_weights(str(FILES / "weights.h5"), by_name=True)
    assert_as_recorded(model, xy)


def test_description():
    model = PROGRAM["model"](tf)
    assert json.loads(model.to_json()) == EXPECTED["json"]
    assert json.loads(tf.keras.models.model_from_json(model.to_json()).to_json()) == EXPECTED["json"]
    assert tf.keras.Model.from_config(model.get_config()).get_config() == model.get_config()


def test_what_is_written_has_the_layout_of_tensorflow(tmp_path, xy):
    model = tf.keras.models.load_model(str(FILES / "model.h5"))
    model.save(str(tmp_path / "model.h5"))
    model.save_weights(str(tmp_path / "weights.h5"))
    for name, layout in EXPECTED["layouts"].items():
        assert json.loads(json.dumps(PROGRAM["layout"](h5py, str(tmp_path / name)))) == layout
    tf.keras.backend.clear_session()
    assert_as_recorded(tf.keras.models.load_model(str(tmp_path / "model.h5")), xy)


def test_checkpoint_has_the_variables_of_tensorflow(tmp_path):
    model = tf.keras.models.load_model(str(FILES / "model.h5"))
    model.save_weights(str(tmp_path / "weights"), save_format="tf")
    assert sorted(name for name, _ in tf.train.list_variables(str(tmp_path / "weights"))) == EXPECTED["variables"]


def test_other_weights_are_refused(tmp_path):
    model = tf.keras.Sequential([tf.keras.layers.Dense(3, input_shape=(4,))])
    with pytest.raises(
        ValueError, match="You are trying to load a weight file containing 3 layers into a model with 1"
    ):
        model.load_weights(str(FILES / "weights.h5"))
