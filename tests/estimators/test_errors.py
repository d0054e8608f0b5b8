"""What is refused, with TensorFlow 1.15.5's texts."""

from __future__ import annotations

import re

import numpy as np
import pytest

import tangraph as tf

#: expression, class of the error, and how its text begins.
ERRORS = [
    ("S('train', loss=c)", ValueError, "Missing train_op."),
    ("S('train', train_op=tf.no_op())", ValueError, "Missing loss."),
    ("S('eval')", ValueError, "Missing loss."),
    ("S('infer')", ValueError, "Missing predictions."),
    (
        "S('train', loss=tf.constant([1.0, 2.0]), train_op=c)",
        ValueError,
        'Loss must be scalar, given: Tensor("Const_1:0", shape=(2,), dtype=float32)',
    ),
    (
        "S('train', loss=o, train_op=c)",
        ValueError,
        'loss with "Const:0" must be from the default graph. Possible causes of this error include:',
    ),
    ("S('train', loss=c, train_op=3)", TypeError, "train_op must be Operation or Tensor, given: 3"),
    ("S('infer', predictions={'a': 1})", TypeError, "predictions[a] must be Tensor, given: 1"),
    (
        "S('infer', predictions={'a': o})",
        ValueError,
        'prediction values with "a: Const:0" must be from the default graph. Possible causes of this error include:',
    ),
    (
        "S('infer', predictions=o)",
        ValueError,
        'prediction values with "Const:0" must be from the default graph. Possible causes of this error include:',
    ),
    ("S('eval', loss=c, eval_metric_ops=[1])", TypeError, "eval_metric_ops must be a dict, given: [1]"),
    (
        "S('eval', loss=c, eval_metric_ops={'a': c})",
        TypeError,
        'Values of eval_metric_ops must be (metric_value, update_op) tuples, given: Tensor("Const:0", shape=(), dtype=f',
    ),
    (
        "S('eval', loss=c, eval_metric_ops={'a': (o, c)})",
        ValueError,
        'eval_metric_ops with "a: Const:0" must be from the default graph. Possible causes of this error include:',
    ),
    (
        "S('infer', predictions=c, export_outputs={'a': 1})",
        TypeError,
        "Values in export_outputs must be ExportOutput objects. Given: {'a': 1}",
    ),
    ("S('infer', predictions=c, export_outputs=[1])", TypeError, "export_outputs must be dict, given: [1]"),
    (
        "S('infer', predictions=c, export_outputs={'a': E.export.PredictOutput(c), 'b': E.export.PredictOutput(c)})",
        ValueError,
        "Multiple export_outputs were provided, but none of them is specified as the default.  Do this by naming one of",
    ),
    (
        "S('train', loss=c, train_op=c, training_hooks=[1])",
        TypeError,
        "All hooks must be SessionRunHook instances, given: 1",
    ),
    ("S('train', loss=c, train_op=c, scaffold=1)", TypeError, "scaffold must be tf.train.Scaffold. Given: 1"),
    ("S('train', loss=c, train_op=c)._replace(mode='eval')", ValueError, "mode of EstimatorSpec cannot be changed."),
    ('E.RunConfig(model_dir="")', ValueError, "model_dir should be non-empty."),
    ("E.RunConfig(save_summary_steps=-1)", ValueError, "save_summary_steps should be >= 0"),
    (
        "E.RunConfig(save_checkpoints_steps=1, save_checkpoints_secs=2)",
        ValueError,
        "`save_checkpoints_steps` and `save_checkpoints_secs` cannot be both set.",
    ),
    ('E.RunConfig(tf_random_seed="a")', ValueError, "tf_random_seed must be integer."),
    ("E.RunConfig(keep_checkpoint_every_n_hours=0)", ValueError, "keep_checkpoint_every_n_hours should be > 0"),
    ("E.RunConfig(device_fn=3)", ValueError, 'device_fn must be callable with exactly one argument "op".'),
    ('E.RunConfig(protocol="x")', ValueError, "protocol should be grpc or grpc+verbs"),
    ("E.RunConfig(session_config=3)", ValueError, "session_config must be instance of ConfigProto"),
    ("E.RunConfig(log_step_count_steps=0)", ValueError, "log_step_count_steps should be > 0"),
    ("E.RunConfig().replace(foo=1)", ValueError, "Replacing foo is not supported."),
    ("E.Estimator(None)", ValueError, "model_fn must be provided to Estimator."),
    ("E.Estimator(lambda features, x: 1)", ValueError, "model_fn"),
    ("E.Estimator(lambda features: 1, params={})", ValueError, "model_fn"),
    (
        "E.Estimator(lambda features: 1, config=3)",
        ValueError,
        "config must be an instance of `RunConfig`, but provided 3.",
    ),
    (
        "E.Estimator(lambda features: 1, model_dir='x', config=E.RunConfig(model_dir='y'))",
        ValueError,
        "`model_dir` are set both in constructor and `RunConfig`, but with different values. In constructor: 'x', in `R",
    ),
    ("Sub(model_fn)", ValueError, "Subclasses of Estimator cannot override members of Estimator."),
    ("e.get_variable_names()", ValueError, "Could not find trained model in model_dir:"),
    ("e.train(fn, steps=0)", ValueError, "Must specify steps > 0, given: 0"),
    ("e.train(fn, steps=1, max_steps=1)", ValueError, "Can not provide both steps and max_steps."),
    ("e.train(fn, hooks=[1], steps=1)", TypeError, "Hooks must be a SessionRunHook, given: 1"),
    (
        "e.train(fn, saving_listeners=[1], steps=1)",
        TypeError,
        "saving_listeners must be a list of CheckpointSaverListener, given: 1",
    ),
    ("e.evaluate(fn, steps=-1)", ValueError, "Must specify steps > 0, given: -1"),
    ("e.export_savedmodel(folder('x'), srf)", ValueError, "Couldn't find trained model at"),
    ("e.export_savedmodel(folder('x'), None)", ValueError, "An input_receiver_fn must be defined."),
    ("e.train(lambda: (1, 2, 3), steps=1)", ValueError, "input_fn should return (features, labels) as a len 2 tuple."),
    ("list(e.predict(fn, predict_keys=['a']))", ValueError, "pre"),
    (
        "E.Estimator(lambda features: 3, folder('n2')).train(lambda: ({'x': X}, Y), steps=1)",
        ValueError,
        "model_fn does not take labels, but input_fn returns labels.",
    ),
    (
        "E.Estimator(lambda features, labels: 3, folder('n2')).train(lambda: ({'x': X}, Y), steps=1)",
        ValueError,
        "model_fn should return an EstimatorSpec.",
    ),
    (
        "E.Estimator(model_fn, folder('n3'), warm_start_from=3)",
        ValueError,
        "warm_start_from must be a string or a WarmStartSettings, instead got",
    ),
    ("E.WarmStartSettings(None)", ValueError, "`ckpt_to_initialize_from` MUST be set in WarmStartSettings"),
    ("E.TrainSpec(3)", TypeError, "`input_fn` must be callable, given: 3"),
    ("E.TrainSpec(fn, max_steps=0)", ValueError, "Must specify max_steps > 0, given: 0"),
    ("E.EvalSpec(fn, steps=0)", ValueError, "Must specify steps > 0, given: 0"),
    ("E.EvalSpec(fn, name=3)", TypeError, "`name` must be string, given: 3"),
    (
        "E.EvalSpec(fn, exporters=3)",
        TypeError,
        "`exporters` must be an Exporter, an iterable of Exporter, or `None`, found 3.",
    ),
    (
        "E.EvalSpec(fn, exporters=[E.FinalExporter('', srf)])",
        ValueError,
        "An Exporter cannot have a name that is `None` or empty. All exporter names: ['']",
    ),
    (
        "E.EvalSpec(fn, exporters=[E.FinalExporter('a', srf)] * 2)",
        ValueError,
        "`exporters` must have unique names. Such a name cannot be `None`. All exporter names: ['a', 'a']",
    ),
    ("E.EvalSpec(fn, throttle_secs=-1)", ValueError, "Must specify throttle_secs >= 0, given: -1"),
    ("E.train_and_evaluate(e, 1, 2)", TypeError, "`eval_spec` must have type `tf.estimator.EvalSpec`. Got:"),
    (
        "E.train_and_evaluate(1, E.TrainSpec(fn), E.EvalSpec(fn))",
        TypeError,
        "`estimator` must have type `tf.estimator.Estimator`. Got:",
    ),
    ("E.BestExporter(compare_fn=lambda a: 1)", ValueError, "compare_fn"),
    (
        "E.LatestExporter('a', srf, exports_to_keep=0)",
        ValueError,
        "`exports_to_keep`, if provided, must be positive number",
    ),
    (
        "tf.estimator.experimental.make_early_stopping_hook(3, fn)",
        TypeError,
        "`estimator` must have type `tf.estimator.Estimator`. Got:",
    ),
    (
        "tf.estimator.experimental.make_early_stopping_hook(e, fn, 1, 2)",
        ValueError,
        "Only one of `run_every_secs` and `run_every_steps` must be set.",
    ),
    ("tf.estimator.experimental.make_early_stopping_hook(e, 3)", TypeError, "`should_stop_fn` must be callable."),
    (
        "N(X)",
        ValueError,
        "shuffle must be provided and explicitly set as boolean (it is recommended to set it as True for training); got",
    ),
    ("N(3, shuffle=False)()", TypeError, "x must be a dict or array; got int"),
    ("N({}, shuffle=False)()", ValueError, "x cannot be an empty dict"),
    ("N(np.zeros([0]), shuffle=False)()", ValueError, "x cannot be an empty array"),
    ("N({'x': X}, {}, shuffle=False)()", ValueError, "y cannot be empty dict, use None instead."),
    ("N({'x': X}, {'x': Y}, shuffle=False)()", ValueError, "1 duplicate keys are found in both x and y: {'x'}"),
    (
        "N({'x': X}, Y[:3], shuffle=False)()",
        ValueError,
        "Length of tensors in x and y is mismatched. All elements in x and y must have the same length.",
    ),
    (
        "N({'x': X}, {'y': Y[:3]}, shuffle=False)()",
        ValueError,
        "Length of tensors in x and y is mismatched. All elements in x and y must have the same length.",
    ),
    ("R.ServingInputReceiver(None, c)", ValueError, "features must be defined."),
    ("R.ServingInputReceiver({1.5: c}, c)", ValueError, "feature keys must be strings or ints: 1.5."),
    ("R.ServingInputReceiver(c, {1: c})", ValueError, "receiver_tensor keys must be strings: 1."),
    ("R.ServingInputReceiver(3, c)", ValueError, "feature feature must be a Tensor or SparseTensor."),
    ("R.TensorServingInputReceiver(None, c)", ValueError, "features must be defined."),
    ("R.ServingInputReceiver(c, c, 3)", ValueError, "receiver_tensors_alternatives must be a dict: 3."),
    ("R.ClassificationOutput()", ValueError, "At least one of scores and classes must be set."),
    (
        "R.ClassificationOutput(scores=tf.constant(1))",
        ValueError,
        "Classification scores must be a float32 Tensor; got Tensor(",
    ),
    (
        "R.ClassificationOutput(classes=tf.constant(1))",
        ValueError,
        "Classification classes must be a string Tensor; got Tensor(",
    ),
    ("R.RegressionOutput(3)", ValueError, "Regression output value must be a float32 Tensor; got 3"),
    ("R.PredictOutput({'a': 3})", ValueError, "Prediction output value must be a Tensor; got 3."),
    ("R.PredictOutput({3: c})", ValueError, "Prediction output key must be a string; got 3."),
    (
        "T.TPUConfig(iterations_per_loop=0)",
        ValueError,
        "Invalid TPUConfig `iterations_per_loop` value. Value must be positive integer value or time-based value `<N><s",
    ),
    ("T.TPUConfig(num_shards=0)", ValueError, "TPUConfig num_shards must be positive, got 0"),
    ("T.TPUConfig(num_shards='a')", TypeError, "TPUConfig num_shards must be int, got"),
    (
        "T.TPUConfig(num_cores_per_replica=3)",
        ValueError,
        "num_cores_per_replica must be 1, 2, 4, 8, 16, 32, 64, 128; got 3",
    ),
    (
        "T.TPUConfig(input_partition_dims=[1])",
        ValueError,
        "input_partition_dims is only supported in PER_HOST_V2 mode.",
    ),
    (
        "T.TPUConfig(eval_training_input_configuration=3)",
        ValueError,
        "eval_training_input_configuration must be PER_HOST_V1 or SLICED; got 3",
    ),
    ("T.TPUEstimator(model_fn)", ValueError, "`config` must be provided with type `tpu_config.RunConfig`"),
    (
        "T.TPUEstimator(model_fn, config=tf.estimator.RunConfig())",
        ValueError,
        "`config` must be provided with type `tpu_config.RunConfig`",
    ),
    (
        "T.TPUEstimator(model_fn, config=run_config, params={'batch_size': 3})",
        ValueError,
        "['batch_size', 'context'] are reserved keys but existed in params {'batch_size': 3}.",
    ),
    ("T.TPUEstimator(model_fn, config=run_config)", ValueError, "`train_batch_size` cannot be `None`"),
    (
        "T.TPUEstimator(model_fn, config=run_config, train_batch_size=0)",
        ValueError,
        "train_batch_size must be positive, got 0",
    ),
    ("run_config.replace(foo=3)", ValueError, "Replacing foo is not supported."),
    ("T.TPUEstimatorSpec('eval', loss=c, eval_metrics=3)", ValueError, "eval_metrics should be tuple or list"),
    ("T.TPUEstimatorSpec('eval', loss=c, eval_metrics=(3,))", ValueError, "eval_metrics should have two elements."),
    ("T.TPUEstimatorSpec('eval', loss=c, eval_metrics=(3, 4))", TypeError, "eval_metrics[0] should be callable."),
    (
        "T.TPUEstimatorSpec('eval', loss=c, eval_metrics=(lambda: 3, 4))",
        ValueError,
        "eval_metrics[1] should be tuple or list, or dict.",
    ),
    (
        "T.TPUEstimatorSpec('eval', loss=c, eval_metrics=(lambda: 3, [4]))",
        RuntimeError,
        "In TPUEstimatorSpec.eval_metrics, length of tensors 1 does not match method args of the function, which takes",
    ),
    ("T.TPUEstimatorSpec('train', loss=c)", ValueError, "Missing train_op."),
    (
        "T.TPUEstimatorSpec('eval', loss=c, training_hooks=[3])",
        TypeError,
        "All hooks must be SessionRunHook instances, given: 3",
    ),
    ("tf.contrib.cluster_resolver.TPUClusterResolver()", ValueError, "Please provide a TPU Name to connect to."),
]


def model_fn(features, labels, mode):
    w = tf.get_variable("w", [3, 1], initializer=tf.ones_initializer())
    y = tf.matmul(features["x"], w)
    if mode == "infer":
        return tf.estimator.EstimatorSpec(mode, predictions=y)
    loss = tf.reduce_mean(tf.square(y - labels), keepdims=True)
    step = tf.train.GradientDescentOptimizer(0.1).minimize(loss, tf.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=step)


class Sub(tf.estimator.Estimator):
    def train(self):
        pass


@pytest.fixture
def names(tmp_path):
    """What the expressions name."""
    x = np.random.RandomState(0).rand(10, 3).astype(np.float32)
    y = 2 * x.sum(1, keepdims=True)
    with tf.Graph().as_default():
        other = tf.constant(1.0)
    with tf.Graph().as_default():
        E = tf.estimator
        yield {
            "tf": tf,
            "np": np,
            "E": E,
            "S": E.EstimatorSpec,
            "T": tf.contrib.tpu,
            "N": E.inputs.numpy_input_fn,
            "R": E.export,
            "X": x,
            "Y": y,
            "c": tf.constant(1.0),
            "o": other,
            "e": E.Estimator(model_fn, str(tmp_path / "e")),
            "fn": lambda: tf.data.Dataset.from_tensor_slices(({"x": x}, y)).batch(4),
            "srf": E.export.build_raw_serving_input_receiver_fn({"x": tf.placeholder(tf.float32, [None, 3])}),
            "model_fn": model_fn,
            "Sub": Sub,
            "run_config": tf.contrib.tpu.RunConfig(model_dir=str(tmp_path / "r")),
            "folder": lambda name: str(tmp_path / name),
        }


@pytest.mark.parametrize(("expression", "kind", "text"), ERRORS, ids=[row[0] for row in ERRORS])
def test_error(names, expression, kind, text):
    with pytest.raises(kind, match="^" + re.escape(text)):
        eval(expression, names)
