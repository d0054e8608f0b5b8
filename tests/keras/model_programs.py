"""Programs with models, which tests run here and which `PYTHON model_programs.py` runs under TensorFlow 1.15.5.

What they return, and the nodes of their graphs, stand in `model_programs.json`. Written for the Python 3.7 of TensorFlow
1.15 as well.
"""

import collections
import hashlib
import json
import os
import re
import sys


def layer_classes(tf):
    """A layer of the program's own, with what `tf.keras.layers.Dense` has."""

    class Dense(tf.keras.layers.Layer):
        def __init__(self, units, activation=None, kernel_regularizer=None, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.activation = tf.keras.activations.get(activation)
            self.kernel_regularizer = tf.keras.regularizers.get(kernel_regularizer)

        def build(self, input_shape):
            size = tf.TensorShape(input_shape)[-1].value
            self.kernel = self.add_weight("kernel", [size, self.units], regularizer=self.kernel_regularizer)
            self.bias = self.add_weight("bias", [self.units], initializer="zeros")
            self.built = True

        def call(self, inputs):
            return self.activation(tf.matmul(inputs, self.kernel) + self.bias)

        def get_config(self):
            config = super().get_config()
            config.update(units=self.units, activation=tf.keras.activations.serialize(self.activation))
            return config

    return Dense


def data(np):
    x = np.random.RandomState(0).rand(30, 3).astype("float32")
    return x, (x.sum(1, keepdims=True) > 1.5).astype("float32")


def history(model):
    return {key: [float(value) for value in values] for key, values in model.history.history.items()}


def sequential(tf, np, Dense):
    x, y = data(np)
    model = tf.keras.Sequential([Dense(4, "tanh", input_shape=(3,)), Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy", "mse"])
    model.fit(x, y, epochs=3, batch_size=8, verbose=0, validation_split=0.2)
    return [history(model), model.metrics_names, np.asarray(model.evaluate(x, y, verbose=0)), model.predict(x[:3])]


def functional(tf, np, Dense):
    x, y = data(np)
    first, second = tf.keras.Input((3,)), tf.keras.Input((2,), name="second")
    h = Dense(3, "relu", kernel_regularizer="l2")(first) + Dense(3)(second)
    outputs = [Dense(1, name="a")(h), Dense(3, "softmax", name="b")(tf.nn.relu(h))]
    model = tf.keras.Model([first, second], outputs)
    losses = {"a": "mse", "b": "sparse_categorical_crossentropy"}
    model.compile("adam", losses, loss_weights=[1.0, 0.5], metrics={"a": "mae", "b": ["accuracy"]})
    inputs, targets = [x, x[:, :2]], [y, y * 2]
    model.fit(inputs, targets, epochs=2, verbose=0, batch_size=16, validation_data=(inputs, targets))
    return [
        history(model),
        model.metrics_names,
        model.output_names,
        json.loads(model.to_json())["config"]["layers"][:2],
    ]


def weights_of_samples(tf, np, Dense):
    x, y = data(np)
    model = tf.keras.Sequential([Dense(1, input_shape=(3,))])
    model.compile("rmsprop", "mse", metrics=["mae"], weighted_metrics=["mae"])
    model.fit(x, y, epochs=1, verbose=0)
    before = history(model)
    model.fit(x, y, epochs=2, verbose=0, sample_weight=np.arange(30) / 30.0, class_weight={0: 1.0, 1: 2.0})
    batches = [model.train_on_batch(x[:4], y[:4]), model.test_on_batch(x[:4], y[:4])]
    return [before, history(model), np.asarray(batches), model.predict_on_batch(x[:2])]


def subclass(tf, np, Dense):
    class Two(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.parts = [Dense(4, "relu"), Dense(1)]

        def call(self, inputs, training=None):
            for part in self.parts:
                inputs = part(inputs)
            return inputs

    x, y = data(np)
    model = Two()
    model.compile(tf.train.AdamOptimizer(0.01), "mse")
    model.fit(x, y, epochs=2, verbose=0)
    return [history(model), [w.name for w in model.weights], model.name, model.predict(x[:2])]


def added(tf, np, Dense):
    x, y = data(np)
    inputs = tf.keras.Input((3,))
    hidden = Dense(2, activity_regularizer=tf.keras.regularizers.l1(0.01))(inputs)
    outputs = Dense(1)(hidden)
    model = tf.keras.Model(inputs, outputs)
    model.add_loss(tf.reduce_mean(tf.abs(hidden)))
    model.add_metric(tf.reduce_max(outputs), name="largest", aggregation="mean")
    model.compile("adagrad", "mae")
    model.fit(x, y, epochs=2, verbose=0)
    copy = tf.keras.models.clone_model(model)
    return [history(model), [layer.name for layer in copy.layers], len(copy.losses), model.metrics_names]


def masks(tf, np, Dense):
    class Masked(tf.keras.layers.Layer):
        def call(self, inputs):
            return inputs * 2.0

        def compute_mask(self, inputs, mask=None):
            return tf.reduce_any(tf.not_equal(inputs, 0.0), axis=-1)

    x = np.random.RandomState(1).rand(8, 4, 2).astype("float32")
    x[2:5, 2:] = 0.0
    model = tf.keras.Sequential([Masked(input_shape=(4, 2)), tf.keras.layers.GRU(3, return_sequences=True)])
    model.compile("sgd", "mse", metrics=["mse"])
    model.fit(x, np.ones((8, 4, 3)), epochs=2, verbose=0, batch_size=4)
    return [history(model), model.predict(x[1:3])]


def recurrent(tf, np, Dense):
    keras = tf.keras.layers
    x = tf.constant(np.arange(16).reshape(2, 4, 2) % 7 / 7.0, tf.float32)
    layers = [
        keras.SimpleRNN(3, dropout=0.2, recurrent_dropout=0.1),
        keras.GRU(3, return_state=True, reset_after=True, implementation=2),
        keras.LSTM(3, unroll=True, go_backwards=True),
        keras.RNN([keras.GRUCell(2), keras.LSTMCell(3)], return_sequences=True),
        keras.Bidirectional(keras.LSTM(2, return_sequences=True), merge_mode="ave"),
        keras.TimeDistributed(Dense(2)),
    ]
    outputs = [layer(x) for layer in layers]
    gradients = [tf.gradients(output, x)[0] for output in outputs]
    session = tf.keras.backend.get_session()
    shapes = [[str(shape) for shape in tf.nest.flatten(layer.compute_output_shape((2, 4, 2)))] for layer in layers[:5]]
    names = [[weight.name for weight in layer.weights] for layer in layers]
    values = session.run([outputs, gradients], {tf.keras.backend.learning_phase(): False})
    return [shapes, names, [np.asarray(value) for value in tf.nest.flatten(values)]]


def stateful(tf, np, Dense):
    x = np.random.RandomState(1).rand(4, 3, 2).astype("float32")
    model = tf.keras.Sequential([tf.keras.layers.LSTM(2, stateful=True, batch_input_shape=(2, 3, 2))])
    first, second = model.predict(x, batch_size=2), model.predict(x, batch_size=2)
    model.reset_states()
    return [first, second, model.predict(x, batch_size=2)]


def generators(tf, np, Dense):
    x, y = data(np)

    def batches():
        while True:
            for start in range(0, 30, 10):
                yield x[start : start + 10], y[start : start + 10]

    model = tf.keras.Sequential([Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit_generator(batches(), steps_per_epoch=3, epochs=2, verbose=0, validation_data=(x, y))
    values = [model.evaluate_generator(batches(), 3), model.predict_generator(batches(), 2).shape]
    return [history(model), np.asarray(values[0]), list(values[1])]


def from_tensors(tf, np, Dense):
    inputs = tf.keras.Input(tensor=tf.constant(np.ones((4, 3), "float32")))
    model = tf.keras.Model(inputs, Dense(1)(inputs))
    model.compile("sgd", "mse", target_tensors=[tf.ones([4, 1])])
    model.fit(epochs=2, steps_per_epoch=3, verbose=0)
    return [history(model), model.predict(steps=2) if False else model.weights[0].name]


def mixed(tf, np, Dense):
    x, y = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32, [None, 1])
    output = Dense(1)(tf.nn.relu(Dense(4, kernel_regularizer="l1")(x)))
    loss = tf.reduce_mean(tf.square(output - y))
    step = tf.train.AdamOptimizer(0.01).minimize(loss)
    values = data(np)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        losses = [session.run([loss, step], dict(zip((x, y), values)))[0] for _ in range(4)]
    return [np.asarray(losses), [v.name for v in tf.trainable_variables()]]


PROGRAMS = collections.OrderedDict(
    (function.__name__, function)
    for function in (
        sequential,
        functional,
        weights_of_samples,
        subclass,
        added,
        masks,
        recurrent,
        stateful,
        generators,
        from_tensors,
        mixed,
    )
)


def plain(value, np):
    """Returns what JSON can hold."""
    if isinstance(value, dict):
        return {key: plain(item, np) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, np) for item in value]
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def run(name, tf, np, programs=None):
    """Runs a program in a graph of its own; returns what it returned, and the nodes.

    The order in which Keras initialises variables differs from run to run under TensorFlow.
    """
    tf.keras.backend.clear_session()
    tf.set_random_seed(1234)
    np.random.seed(0)
    value = plain((programs or PROGRAMS)[name](tf, np, layer_classes(tf)), np)
    nodes = [
        " ".join([op.name, op.type] + [x.name for x in op.inputs] + sorted("^" + c.name for c in op.control_inputs))
        for op in tf.get_default_graph().get_operations()
    ]
    unordered = re.compile(r"(VarIsInitializedOp|init)(_\d+)? ")
    return value, [unordered.match(node).group() if unordered.match(node) else node for node in nodes]


def digests(nodes):
    """Returns the number of nodes, and what tells them from others, ten by ten."""
    groups = ["\n".join(nodes[start : start + 10]) for start in range(0, len(nodes), 10)]
    return [len(nodes), " ".join(hashlib.md5(group.encode("utf-8")).hexdigest()[:6] for group in groups)]


def record(programs, file):
    """Runs all programs under TensorFlow 1.15.5, and writes what they return beside a file."""
    import numpy
    import tensorflow

    recorded = collections.OrderedDict()
    for program in programs:
        found, made = run(program, tensorflow, numpy, programs)
        recorded[program] = {"value": found, "nodes": digests(made)}
    path = os.path.splitext(os.path.abspath(file))[0] + ".json"
    with open(path, "w") as opened:
        json.dump(recorded, opened, indent=0)
    sys.stdout.write("%s: %d programs\n" % (path, len(recorded)))


if __name__ == "__main__":
    record(PROGRAMS, __file__)
