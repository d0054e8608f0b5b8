"""SavedModels: what is refused, and what a builder writes. test_recorded.py has what TensorFlow wrote."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tangraph as tf

RECORDED = Path(__file__).parent / "recorded"


@pytest.fixture
def model(tmp_path):
    """A graph with a session and a builder of a folder."""
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None], name="x")
        y = tf.multiply(x, tf.Variable(3.0, name="v"), name="y")
        sess.run(tf.global_variables_initializer())
        yield sess, tf.saved_model.Builder(tmp_path / "model"), x, y


def test_several_graphs_share_their_variables(model, tmp_path):
    sess, builder, *_ = model
    with pytest.raises(AssertionError, match="has not been saved yet"):
        builder.add_meta_graph(["serve"])
    builder.add_meta_graph_and_variables(sess, ["train"])
    with pytest.raises(AssertionError, match="has already been saved"):
        builder.add_meta_graph_and_variables(sess, ["train"])
    with tf.Graph().as_default():
        z = tf.negative(tf.Variable(0.0, name="v"), name="z")
        signature = tf.saved_model.build_signature_def(outputs={"z": tf.saved_model.build_tensor_info(z)})
        builder.add_meta_graph(["serve", "gpu"], {"negated": signature}, clear_devices=True)
    assert builder.save(as_text=True) == str(tmp_path / "model" / "saved_model.pbtxt").encode()
    for tags, name in ((["train"], "y:0"), ({"gpu", "serve"}, "z:0")):
        with tf.Graph().as_default(), tf.Session() as other:
            message = tf.saved_model.load(other, tags, str(tmp_path / "model"), import_scope="s")
            feeds = {"s/x:0": [1.0]} if name == "y:0" else {}
            assert np.ravel(other.run(f"s/{name}", feeds)).tolist() == ([3.0] if feeds else [-3.0])
            assert list(message.signature_def) == ([] if feeds else ["negated"])
    with tf.Session() as other, pytest.raises(RuntimeError, match=r"tags 'serve' could not be found(.|\n)*'train'"):
        tf.saved_model.load(other, ["serve"], str(tmp_path / "model"))
    with pytest.raises(AssertionError, match="Export directory already exists, and isn't empty"):
        tf.saved_model.Builder(tmp_path / "model")


def info(**fields):
    return tf.saved_model.build_signature_def({"x": tf.TensorInfo(**fields)})


BAD_SIGNATURES = [
    ({"a": info(dtype=1)}, AssertionError, "one of the 'encoding' fields"),
    ({"a": info(name="x:0")}, AssertionError, "the dtype field set"),
    ({"__saved_model_init_op": info(name="x", dtype=1)}, KeyError, "is reserved for initialization"),
    ({"__saved_model_train_op": info(name="x", dtype=1)}, KeyError, "is reserved for the train op"),
]


@pytest.mark.parametrize(("signatures", "error", "message"), BAD_SIGNATURES)
def test_signatures_that_are_refused(model, signatures, error, message):
    sess, builder, *_ = model
    with pytest.raises(error, match=message):
        builder.add_meta_graph_and_variables(sess, ["serve"], signature_def_map=signatures)


BAD_ARGUMENTS = [
    ({"main_op": 5}, TypeError, "main_op needs to be an Operation: 5"),
    ({"assets_collection": ["a"]}, TypeError, "Asset path tensor must be a Tensor."),
    ({"assets_collection": lambda: [tf.constant(1)]}, TypeError, "must be of dtype string"),
    ({"assets_collection": lambda: [tf.constant(["a", "b"])]}, TypeError, "must be a scalar"),
    ({"assets_collection": lambda: [tf.placeholder(tf.string)]}, TypeError, "must be of type constant"),
    ({"assets_collection": lambda: [tf.constant("")]}, ValueError, "Invalid asset filepath tensor"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), BAD_ARGUMENTS)
def test_arguments_that_are_refused(model, arguments, error, message):
    sess, builder, *_ = model
    arguments = {name: value() if callable(value) else value for name, value in arguments.items()}
    with pytest.raises(error, match=message):
        builder.add_meta_graph_and_variables(sess, ["serve"], **arguments)


def test_a_second_main_operation_is_refused(model):
    sess, builder, *_ = model
    tf.add_to_collection("legacy_init_op", tf.no_op())
    with pytest.raises(ValueError, match="already contains one or more main ops under the collection legacy_init_op"):
        builder.add_meta_graph_and_variables(sess, ["serve"], legacy_init_op=tf.saved_model.main_op.main_op())


def test_main_operations():
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable(1.0)
        restored = v.assign(5.0)
        sess.run(tf.saved_model.main_op_with_restore(restored))
        assert sess.run(v) == 5


def test_assets_of_one_name(model, tmp_path):
    sess, builder, *_ = model
    paths = []
    for folder, text in (("a", "1"), ("b", "2"), ("c", "1")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "words").write_text(text)
        paths.append(tf.constant(str(tmp_path / folder / "words")))
    builder.add_meta_graph_and_variables(sess, ["serve"], assets_collection=[*paths, paths[0]])
    builder.save()
    assets = {p.name: p.read_text() for p in (tmp_path / "model" / "assets").iterdir()}
    assert assets == {"words": "1", "words_1": "2"}


def test_an_asset_outside_of_the_model_is_refused(tmp_path):
    from tangraph_interop.messages import AssetFileDef, SavedModel
    from tangraph_interop.saved_model.assets import as_any

    for path in ("../../secret", "/secret"):
        message = SavedModel.FromString((RECORDED / "model" / "saved_model.pb").read_bytes())
        asset = AssetFileDef(filename=path)
        asset.tensor_info.name = "path:0"
        message.meta_graphs[0].collection_def["saved_model_assets"].any_list.value[0].CopyFrom(as_any(asset))
        (tmp_path / "saved_model.pb").write_bytes(message.SerializeToString())
        loader_path = tmp_path / "variables"
        loader_path.mkdir(exist_ok=True)
        for file in (RECORDED / "model" / "variables").iterdir():
            (loader_path / file.name).write_bytes(file.read_bytes())
        with tf.Graph().as_default(), tf.Session() as sess, pytest.raises(ValueError, match="must lie in its folder"):
            tf.saved_model.load(sess, ["serve"], str(tmp_path))


def test_folders_that_are_no_models(tmp_path):
    folder = str(tmp_path)
    assert not tf.saved_model.contains_saved_model(folder)
    with tf.Session() as sess:
        with pytest.raises(OSError, match=r"does not exist at: .*/{saved_model.pbtxt\|saved_model.pb}"):
            tf.saved_model.load(sess, ["serve"], folder)
        for name, data in (("saved_model.pbtxt", b"what"), ("saved_model.pb", b"\xff\xff")):
            (tmp_path / name).write_bytes(data)
            assert tf.saved_model.maybe_saved_model_directory(folder)
            with pytest.raises(OSError, match=f"Cannot parse file .*{name}: "):
                tf.saved_model.load(sess, ["serve"], folder)


STRING, FLOAT, INT = (lambda t=t: tf.placeholder(t) for t in (tf.string, tf.float32, tf.int32))
SIGNATURES = [
    (tf.saved_model.predict_signature_def, ({}, {"y": FLOAT}), "Prediction inputs cannot be None or empty."),
    (tf.saved_model.predict_signature_def, ({"x": FLOAT}, None), "Prediction outputs cannot be None or empty."),
    (tf.saved_model.regression_signature_def, (None, FLOAT), "Regression examples cannot be None."),
    (tf.saved_model.regression_signature_def, (FLOAT, FLOAT), "Regression examples must be a string Tensor."),
    (tf.saved_model.regression_signature_def, (STRING, None), "Regression predictions cannot be None."),
    (tf.saved_model.regression_signature_def, (STRING, INT), "Regression output must be a float Tensor."),
    (tf.saved_model.classification_signature_def, (STRING, None, None), "classes and scores cannot both be None."),
    (tf.saved_model.classification_signature_def, ("a", STRING, None), "examples must be a string Tensor."),
    (tf.saved_model.classification_signature_def, (STRING, INT, None), "classes must be a string Tensor."),
    (tf.saved_model.classification_signature_def, (STRING, STRING, INT), "scores must be a float Tensor."),
]


@pytest.mark.parametrize(("make", "arguments", "message"), SIGNATURES)
def test_signatures_of_wrong_types(make, arguments, message):
    made = [{k: v() for k, v in a.items()} if isinstance(a, dict) else a() if callable(a) else a for a in arguments]
    with pytest.raises(ValueError, match=message):
        make(*made)


def test_signatures_that_can_be_served():
    string, scores = STRING(), FLOAT()
    good = [
        tf.saved_model.predict_signature_def({"x": scores}, {"y": scores}),
        tf.saved_model.regression_signature_def(string, scores),
        tf.saved_model.classification_signature_def(string, string, None),
    ]
    assert all(map(tf.saved_model.is_valid_signature, good))
    del good[0].outputs["y"]
    good[1].inputs["more"].dtype = 1
    good[2].outputs["classes"].dtype = 1
    assert not any(map(tf.saved_model.is_valid_signature, [None, tf.saved_model.build_signature_def(), *good]))


PREDICTORS = [
    ({"signature_def_key": "a", "input_names": {}, "output_names": {}}, "You must specify at most one of"),
    ({"input_names": {}}, "must both be specified or both be unspecified"),
    ({"signature_def_key": "zz"}, 'Got signature_def_key "zz". Available signatures are'),
]


@pytest.mark.parametrize(("arguments", "message"), PREDICTORS)
def test_predictors_that_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        tf.contrib.predictor.from_saved_model(str(RECORDED / "model"), **arguments)


def test_predictors():
    names = {"input_names": {"a": "x:0"}, "output_names": {"b": "y:0"}}
    predict = tf.contrib.predictor.from_saved_model(str(RECORDED / "model"), **names)
    assert predict({"a": [[1.0, 1.0]]})["b"].tolist() == [[3.0]]
    with pytest.raises(ValueError, match="Got unexpected keys in input_dict: {'x'}\nexpected: {'a'}"):
        predict({"x": 1})
    assert predict.session.graph is predict.graph
    assert repr(predict).startswith("SavedModelPredictor with feed tensors {'a': <tf.Tensor")


def test_a_model_without_variables(tmp_path):
    folder = str(tmp_path / "model")
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, name="x")
        tf.saved_model.simple_save(sess, folder, {"x": x}, {"y": tf.negative(x, name="y")})
    with tf.Graph().as_default(), tf.Session() as sess:
        message = tf.saved_model.load(sess, [tf.saved_model.tag_constants.SERVING], folder)
        signature = message.signature_def[tf.saved_model.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY]
        assert signature.method_name == "tensorflow/serving/predict"
        y = tf.saved_model.get_tensor_from_tensor_info(signature.outputs["y"])
        assert sess.run(y, {"x:0": 2.0}) == -2
    with pytest.raises(ValueError, match=r"Invalid TensorInfo.encoding: None"):
        tf.saved_model.get_tensor_from_tensor_info(tf.TensorInfo())
