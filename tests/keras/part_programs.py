"""Programs with the parts of Keras, one family each; see `model_programs.py`, by which they are run and recorded."""

import collections
import runpy
from pathlib import Path

HELPERS = runpy.run_path(str(Path(__file__).resolve().parent / "model_programs.py"))


def values(tf, np, tensors, feed=None, updates=()):
    """Returns each tensor's name, shape and first numbers, once all variables are initialized and updates have run."""
    session = tf.keras.backend.get_session()
    session.run(tf.global_variables_initializer())
    for update in updates:
        session.run(update, feed)
    found = []
    for tensor in tensors:
        value = np.asarray(session.run(tensor, feed))
        found.append([tensor.name, list(value.shape), [float(x) for x in value.astype("float64").ravel()[:12]]])
    return found


def error(function):
    """Returns the class and the text of the error that a function raises."""
    try:
        function()
    except Exception as raised:  # noqa: BLE001  whatever it is
        return [type(raised).__name__, [str(part) for part in raised.args]]
    return None


def backend(tf, np, _):
    K = tf.keras.backend
    x, y = K.variable(np.arange(24).reshape(2, 3, 4) * 0.1, name="x"), K.variable(np.ones((4, 5)))
    p = K.placeholder((None, 3, 4))
    tensors = [
        K.dot(x, y),
        K.dot(p, y),
        K.batch_dot(x, K.permute_dimensions(x, [0, 2, 1])),
        K.batch_dot(x, x, axes=2),
        K.batch_dot(K.ones((2, 3)), K.ones((2, 3)), axes=1),
        K.sqrt(x),
        K.clip(x, 0.2, 0.5),
        K.clip(x, 0.2, None),
        K.var(x),
        K.std(x, axis=1),
        K.mean(K.greater(x, 0.4)),
        K.any(x, axis=-1),
        K.all(x),
        K.relu(x - 1.0, alpha=0.1),
        K.relu(x, max_value=1.0),
        K.relu(x, max_value=6),
        K.relu(x - 1.0, alpha=0.2, max_value=0.5, threshold=0.1),
        K.elu(x - 1.0, 2.0),
        K.hard_sigmoid(x),
        K.concatenate([x, x]),
        K.repeat_elements(x, 2, 1),
        K.repeat_elements(p, 2, 0),
        K.repeat(K.flatten(x)[None, :], 3),
        K.arange(0, 4, 2, "float32"),
        K.tile(x, [1, 2, 1]),
        K.batch_flatten(x),
        K.temporal_padding(x),
        K.one_hot(K.constant([1, 2], dtype="int32"), 4),
        K.reverse(x, 1),
        K.switch(K.greater(K.sum(x), 3.0), x, x * 2),
        K.switch(K.greater(x[:, :, 0], 0.5), x, x * 2),
        K.random_normal((2, 2)),
        K.random_binomial((4,), 0.5),
        K.truncated_normal((3,)),
        K.random_uniform_variable((2,), 0, 1),
        K.dropout(x, 0.4),
        K.in_train_phase(x, x * 2),
        K.categorical_crossentropy(K.softmax(x), K.softmax(x)),
        K.categorical_crossentropy(K.softmax(x), K.softmax(x) * 0.5),
        K.sparse_categorical_crossentropy(K.ones((2, 4)), x, from_logits=True, axis=1),
        K.binary_crossentropy(x * 0.1, x * 0.1),
        K.eye(3),
        K.gradients(K.sum(x * x), [x])[0],
        K.map_fn(lambda t: t * 2, x),
        K.foldl(lambda a, b: a + b, x),
    ]
    found = values(tf, np, tensors, {p: np.ones((2, 3, 4))})
    run = K.function([p], [K.sum(p * 2, axis=[1, 2]), K.learning_phase()], updates=[(x, x + 1.0)])
    found.append([np.asarray(value) for value in run([np.ones((2, 3, 4))])])
    K.set_value(y, np.ones((4, 5)) * 3)
    return [*found, K.get_value(x).sum(), K.batch_get_value([y[0], x[0]]), K.eval(y * 2).sum(), K.get_uid("a")]


def backend_images(tf, np, _):
    K = tf.keras.backend
    r = np.random.RandomState(0)
    images, kernel = K.variable(r.rand(2, 6, 6, 3)), K.variable(r.rand(3, 3, 3, 4))
    first = K.permute_dimensions(images, [0, 3, 1, 2])
    volumes = K.variable(r.rand(1, 4, 4, 4, 2))
    three, zeros = K.ones((3,)), K.zeros((3,))
    tensors = [
        K.conv2d(images, kernel),
        K.conv2d(images, kernel, padding="same", strides=(2, 2)),
        K.conv2d(images, kernel, dilation_rate=(2, 2)),
        K.conv2d(first, kernel, data_format="channels_first"),
        K.conv1d(images[:, 0], kernel[0], padding="causal", dilation_rate=2),
        K.pool2d(images, (2, 2), (2, 2), "same", pool_mode="avg"),
        K.pool2d(first, (2, 2), data_format="channels_first"),
        K.conv2d_transpose(images, K.variable(r.rand(3, 3, 4, 3)), (None, 12, 12, 4), (2, 2), "same"),
        K.separable_conv2d(images, K.variable(r.rand(3, 3, 3, 2)), K.variable(r.rand(1, 1, 6, 4))),
        K.bias_add(images, three),
        K.bias_add(images, K.ones((6, 6, 3))),
        K.bias_add(first, three, data_format="channels_first"),
        K.normalize_batch_in_training(images, three, zeros, [0, 1, 2])[0],
        K.normalize_batch_in_training(images[:, 0], three, zeros, [0, 1])[0],
        K.normalize_batch_in_training(first, three, zeros, [0, 2, 3])[0],
        K.batch_normalization(images, three, three, None, None),
        K.local_conv2d(images, K.variable(r.rand(9, 12, 2)), (2, 2), (2, 2), (3, 3)),
        K.spatial_2d_padding(images),
        K.conv3d(volumes, K.variable(r.rand(2, 2, 2, 2, 3))),
        K.pool3d(volumes, (2, 2, 2)),
        K.resize_volumes(volumes, 2, 2, 2, "channels_last"),
    ]
    return values(tf, np, tensors)


def backend_loops(tf, np, _):
    K = tf.keras.backend
    r = np.random.RandomState(0)
    x, w, u = K.variable(r.rand(2, 5, 3)), K.variable(r.rand(3, 4)), K.variable(r.rand(4, 4))

    def step(inputs, states):
        output = K.tanh(K.dot(inputs, w) + K.dot(states[0], u))
        return output, [output]

    mask = K.constant([[1, 1, 1, 0, 0], [1, 0, 1, 1, 1]])
    start = [K.zeros_like(K.dot(x[:, 0], w))]
    tensors = []
    for options in (
        {},
        {"unroll": True},
        {"mask": mask},
        {"mask": mask, "unroll": True},
        {"mask": mask, "zero_output_for_mask": True},
        {"go_backwards": True},
        {"go_backwards": True, "unroll": True, "mask": mask, "zero_output_for_mask": True},
    ):
        last, outputs, states = K.rnn(step, x, start, **options)
        tensors += [last, outputs, *states]
    probabilities = K.softmax(K.variable(r.rand(2, 6, 5)))
    labels = K.constant([[1, 2, 3], [2, 1, 0]], dtype="int32")
    lengths = K.constant([[6], [5]], dtype="int32"), K.constant([[3], [2]], dtype="int32")
    tensors.append(K.ctc_batch_cost(labels, probabilities, *lengths))
    decoded, scores = K.ctc_decode(probabilities, K.constant([6, 5], dtype="int32"))
    return values(tf, np, [*tensors, *decoded, scores])


def losses(tf, np, _):
    L = tf.keras.losses
    t, p = tf.placeholder(tf.float32, (None, 3)), tf.placeholder(tf.float32, (None, 3))
    u = tf.placeholder(tf.float32)
    feed = {t: [[0, 1, 0], [1, 0, 0]], p: [[0.2, 0.5, 0.3], [0.9, 0.05, 0.05]], u: [[0.2, 0.5, 0.3], [0.9, 0.05, 0.05]]}
    names = "mse mae mape msle kld hinge squared_hinge categorical_hinge logcosh categorical_crossentropy "
    names += "binary_crossentropy poisson cosine_proximity MSE huber_loss"
    tensors = [L.get(name)(t, p) for name in names.split()]
    classes = (
        "MeanSquaredError BinaryCrossentropy CategoricalCrossentropy Hinge LogCosh KLDivergence Huber CosineSimilarity"
    )
    configs = []
    for name in classes.split():
        make = getattr(L, name)
        weights = tf.placeholder_with_default([[1.0], [3.0]], (None, 1))
        tensors += [make()(t, p), make(reduction="sum")(t, p, sample_weight=[1.0, 2.0])]
        tensors.append(make(reduction="none")(t, p, sample_weight=weights))
        configs.append(sorted(L.serialize(L.deserialize(L.serialize(make())))["config"].items(), key=str))
    tensors += [
        L.BinaryCrossentropy(from_logits=True, label_smoothing=0.1)(t, p),
        L.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2)(t, p),
        L.categorical_crossentropy(t, tf.nn.softmax(p)),
        L.SparseCategoricalCrossentropy()([1, 0], p),
        L.MeanSquaredError()(t, u, sample_weight=u[:, 0]),
    ]
    wrong = [lambda: L.get("nope"), lambda: L.get(3), lambda: L.Loss("what"), lambda: L.get("cosine")]
    return [values(tf, np, tensors, feed), configs, [error(function) for function in wrong]]


def regularizers_constraints_activations(tf, np, _):
    R, C, A = tf.keras.regularizers, tf.keras.constraints, tf.keras.activations
    w = tf.keras.backend.variable(np.arange(12).reshape(3, 4) - 5.0)
    regularizers = [
        R.l1(0.1),
        R.l2(0.2),
        R.get("l1_l2"),
        R.L1L2(),
        R.get({"class_name": "L1L2", "config": {"l1": 0.5}}),
    ]
    constraints = [C.MaxNorm(), C.get("non_neg"), C.unit_norm(axis=1), C.MinMaxNorm(0.1, 0.5, 0.9)]
    tensors = [tf.convert_to_tensor(f(w)) for f in regularizers] + [f(w) for f in constraints]
    tensors.append(C.RadialConstraint()(tf.constant(np.random.RandomState(0).rand(3, 3, 2, 2).astype("f"))))
    names = [
        "elu",
        "selu",
        "relu",
        "softplus",
        "softsign",
        "tanh",
        "sigmoid",
        "exponential",
        "hard_sigmoid",
        "linear",
        "softmax",
    ]
    tensors += [tf.identity(A.get(name)(w * 0.1)) for name in names]
    tensors.append(A.softmax(tf.ones((2, 3, 4))))
    configs = [sorted(R.serialize(f)["config"].items()) for f in regularizers]
    configs += [sorted(C.serialize(f)["config"].items()) for f in constraints]
    wrong = [
        lambda: A.get("nope"),
        lambda: A.get(3),
        lambda: R.get("nope"),
        lambda: C.get(3),
        lambda: A.softmax(tf.ones(3)),
    ]
    with tf.keras.utils.custom_object_scope({"mine": A.relu}):
        own = A.serialize(A.get("mine"))
    return [values(tf, np, tensors), configs, [error(f) for f in wrong], own, [A.serialize(A.get(n)) for n in names]]


def metrics(tf, np, _):
    M = tf.keras.metrics
    t, p = tf.placeholder(tf.float32, (None, 3)), tf.placeholder(tf.float32, (None, 3))
    feed = {t: [[0, 1, 0], [1, 0, 0]], p: [[0.2, 0.5, 0.3], [0.9, 0.05, 0.05]]}
    weights = np.array([1.0, 3.0])
    names = "BinaryAccuracy CategoricalAccuracy BinaryCrossentropy CategoricalCrossentropy CosineSimilarity Hinge "
    names += "KLDivergence LogCoshError MeanAbsoluteError RootMeanSquaredError FalseNegatives FalsePositives "
    names += "TrueNegatives TruePositives Precision Recall AUC"
    calls = [(getattr(M, name)(), (t, p), {"sample_weight": weights}) for name in names.split()]
    calls += [
        (M.TopKCategoricalAccuracy(k=2), (t, p), {}),
        (M.SparseTopKCategoricalAccuracy(k=2), (tf.constant([[1.0], [2.0]]), p), {}),
        (M.SparseCategoricalAccuracy(), ([1.0, 2.0], p), {"sample_weight": weights}),
        (M.Mean(), ([[1.0, 2.0], [3.0, 4.0]],), {"sample_weight": [1.0, 2.0]}),
        (M.Mean(dtype="float64"), (tf.ones((2, 3, 4)),), {"sample_weight": tf.ones((2,))}),
        (M.Sum(), ([1.0, 2.0],), {"sample_weight": [0.5, 1.0]}),
        (M.MeanRelativeError([1.0, 2.0, 3.0]), ([1.0, 2.0, 3.0], [1.5, 2.5, 3.0]), {}),
        (M.MeanTensor(), ([[1.0, 2.0], [3.0, 5.0]],), {"sample_weight": [[2.0], [1.0]]}),
        (M.MeanIoU(2), ([0, 1, 1], [0, 1, 0]), {}),
        (M.SensitivityAtSpecificity(0.5), (t, p), {}),
        (M.SpecificityAtSensitivity(0.5, num_thresholds=3), (t, p), {}),
        (M.AUC(num_thresholds=5, curve="PR"), (t, p), {}),
        (M.AUC(thresholds=[0.3, 0.6], summation_method="majoring"), (t, p), {}),
        (M.Precision(thresholds=[0.1, 0.6]), (t, p), {}),
        (M.Recall(top_k=2), (t, p), {}),
        (M.Precision(top_k=2, class_id=1), (t, p), {}),
    ]
    updates = [metric.update_state(*args, **kwargs) for metric, args, kwargs in calls]
    results = [metric.result() for metric, _, _ in calls]
    names = [[metric.name, [v.name for v in metric.variables]] for metric, _, _ in calls]
    session = tf.keras.backend.get_session()
    for update in updates * 2:
        session.run(update, feed)
    found = [np.asarray(session.run(result)).astype("float64") for result in results]
    calls[0][0].reset_states()
    wrong = [
        lambda: M.AUC(num_thresholds=1),
        lambda: M.Precision(thresholds=[2.0]),
        lambda: M.SensitivityAtSpecificity(2),
        lambda: M.MeanTensor().result(),
        lambda: M.get("zz"),
    ]
    return [found, names, float(session.run(results[0])), [error(function) for function in wrong]]


def minimized(tf, np, optimizer, name, sparse=False, constraint=None):
    K = tf.keras.backend
    w = K.variable(np.arange(8).reshape(4, 2) * 0.1 + 0.1, name="w" + name, constraint=constraint)
    b = K.variable([0.5, 0.6], name="b" + name)
    y = tf.gather(w, [0, 2, 0]) + b if sparse else w * b
    return [w, b], optimizer.get_updates(tf.reduce_sum(tf.square(y)), [w, b])


def optimizers(tf, np, _):
    O = tf.keras.optimizers
    cases = [
        ("SGD", {}),
        ("SGD", {"momentum": 0.9, "nesterov": True, "decay": 0.1}),
        ("Adam", {"clipnorm": 0.5}),
        ("Adam", {"amsgrad": True, "name": "mine"}),
        ("Adamax", {}),
        ("Nadam", {}),
        ("RMSprop", {}),
        ("RMSprop", {"centered": True}),
        ("RMSprop", {"centered": True, "momentum": 0.5}),
        ("Adagrad", {}),
        ("Adadelta", {"learning_rate": 1.0}),
        ("Ftrl", {"l1_regularization_strength": 0.1, "l2_shrinkage_regularization_strength": 0.1}),
    ]
    made = []
    for name, options in cases:
        for sparse in (False, True):
            optimizer = getattr(O, name)(**options)
            made.append((optimizer, *minimized(tf, np, optimizer, str(len(made)), sparse)))
    held = O.Adam()
    made.append((held, *minimized(tf, np, held, "c", constraint=tf.keras.constraints.NonNeg())))
    session = tf.keras.backend.get_session()
    found = []
    for optimizer, variables, updates in made:
        for _ in range(3):
            session.run(updates)
        names = [v.name for v in optimizer.weights]
        found.append([session.run(variables), names, optimizer.get_slot_names(), optimizer.get_weights()])
    optimizer = made[4][0]
    optimizer.lr = 0.25
    rate = float(tf.keras.backend.get_value(optimizer.learning_rate))
    wrong = [
        lambda: O.get("foo"),
        lambda: O.SGD(foo=2),
        lambda: O.SGD(clipnorm=-1),
        lambda: O.SGD(momentum=2),
        lambda: O.Ftrl(learning_rate_power=1.0),
        lambda: O.SGD().get_updates(tf.constant(1.0), [made[0][1][0]]).__class__,
    ]
    config = O.deserialize({"class_name": "RMSProp", "config": {"lr": 0.5}}).get_config()
    return [found, rate, sorted(config), [error(function)[0] for function in wrong]]


def schedules(tf, np, _):
    S, E, K = tf.keras.optimizers.schedules, tf.keras.experimental, tf.keras.backend
    step = K.variable(3, dtype="int64")
    made = [
        S.ExponentialDecay(0.1, 2, 0.5),
        S.ExponentialDecay(0.1, 2, 0.5, staircase=True),
        S.PiecewiseConstantDecay([1, 2], [0.1, 0.2, 0.3]),
        S.PolynomialDecay(0.1, 4),
        S.PolynomialDecay(0.1, 2, cycle=True, power=2.0),
        S.InverseTimeDecay(0.1, 2, 0.3, staircase=True, name="x"),
        E.CosineDecay(0.1, 4),
        E.CosineDecayRestarts(0.1, 2),
        E.LinearCosineDecay(0.1, 4),
        E.NoisyLinearCosineDecay(0.1, 4),
    ]
    kinds = [type(S.deserialize(S.serialize(schedule))).__name__ for schedule in made]
    return [values(tf, np, [schedule(step) for schedule in made]), kinds]


def called(tf, np, layers):
    """Calls layers on inputs of their own; returns names, weights, configs, shapes and numbers."""
    r = np.random.RandomState(0)
    inputs = {
        "im": tf.placeholder(tf.float32, (None, 8, 8, 3)),
        "line": tf.placeholder(tf.float32, (None, 8, 3)),
        "vec": tf.placeholder(tf.float32, (None, 5)),
        "vol": tf.placeholder(tf.float32, (None, 4, 4, 4, 2)),
        "ids": tf.placeholder(tf.int32, (None, 4)),
    }
    feed = {inputs[key]: r.rand(2, *inputs[key].shape.as_list()[1:]) - 0.3 for key in ("im", "line", "vec", "vol")}
    feed[inputs["ids"]] = [[1, 2, 0, 0], [3, 1, 1, 0]]
    tensors, described = [], []
    for layer, names, options in layers:
        x = [inputs[name] for name in names.split()]
        x = x if len(x) > 1 else x[0]
        tensors.append(layer(x, **options))
        config = layer.get_config()
        config.pop("function", None)
        same = True
        if not isinstance(layer, tf.keras.layers.Lambda):  # whose module is none here
            same = sorted(type(layer).from_config(layer.get_config()).get_config()) == sorted(layer.get_config())
        shape = layer.compute_output_shape([one.shape for one in x] if isinstance(x, list) else x.shape)
        described.append([layer.name, [w.name for w in layer.weights], len(layer.losses), len(layer.updates), same])
        described[-1] += [tf.TensorShape(shape).as_list(), sorted(config)]
    floats = [inputs[key] for key in ("im", "line", "vec", "vol")]
    gradients = tf.gradients([tf.reduce_sum(x) for x in tensors], floats)
    return [values(tf, np, tensors + [g for g in gradients if g is not None], feed), described]


def layers_core(tf, np, _):
    L = tf.keras.layers
    made = [
        (L.Dense(3, activation="relu", kernel_regularizer="l2", activity_regularizer="l1"), "vec", {}),
        (L.Dense(2, use_bias=False, kernel_constraint="non_neg"), "line", {}),
        (L.Dropout(0.3), "vec", {}),
        (L.Dropout(0.3, seed=3, noise_shape=(None, 1)), "vec", {"training": True}),
        (L.SpatialDropout1D(0.3), "line", {"training": True}),
        (L.SpatialDropout2D(0.3), "im", {"training": True}),
        (L.Flatten(), "im", {}),
        (L.Flatten(data_format="channels_first"), "im", {}),
        (L.Reshape((4, -1)), "im", {}),
        (L.Permute((2, 1)), "line", {}),
        (L.RepeatVector(3), "vec", {}),
        (L.Lambda(lambda x: x * 2 + 1), "vec", {}),
        (L.Masking(), "line", {}),
        (L.ActivityRegularization(0.1, 0.2), "vec", {}),
        (L.Activation("selu"), "vec", {}),
        (L.LeakyReLU(), "vec", {}),
        (L.PReLU(shared_axes=[1, 2]), "im", {}),
        (L.ELU(0.5), "vec", {}),
        (L.ThresholdedReLU(0.1), "vec", {}),
        (L.Softmax(), "vec", {}),
        (L.ReLU(6.0, 0.1, 0.2), "vec", {}),
        (L.GaussianNoise(0.1), "vec", {}),
        (L.GaussianDropout(0.2), "vec", {"training": True}),
        (L.AlphaDropout(0.2, seed=1), "vec", {"training": 1}),
        (L.Embedding(5, 3, mask_zero=True, input_length=4), "ids", {}),
        (L.BatchNormalization(), "im", {}),
        (L.BatchNormalization(axis=1), "line", {"training": True}),
        (L.BatchNormalization(renorm=True), "vec", {"training": True}),
        (L.LayerNormalization(axis=[1, 2], scale=False), "im", {}),
    ]
    wrong = [
        lambda: L.Dense(2)(tf.placeholder(tf.float32, (None, None))),
        lambda: L.Permute((1, 1)),
        lambda: L.Reshape((7, 7)).compute_output_shape((None, 5)),
        lambda: L.ReLU(-1.0),
        lambda: L.LayerNormalization(axis="a"),
        lambda: L.Dense(2, foo=3),
    ]
    return [called(tf, np, made), [error(function) for function in wrong]]


def layers_space(tf, np, _):
    L = tf.keras.layers
    made = [
        (L.Conv2D(4, (3, 2), strides=2, padding="same", activation="relu"), "im", {}),
        (L.Conv2D(4, 3, dilation_rate=2), "im", {}),
        (L.Conv1D(4, 3, padding="causal", dilation_rate=2), "line", {}),
        (L.Conv3D(3, 2), "vol", {}),
        (L.Conv2DTranspose(4, 3, strides=2, padding="same", output_padding=1), "im", {}),
        (L.Conv3DTranspose(2, 2, strides=2), "vol", {}),
        (L.SeparableConv2D(4, 3, depth_multiplier=2), "im", {}),
        (L.SeparableConv1D(4, 3), "line", {}),
        (L.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False), "im", {}),
        (L.MaxPooling1D(), "line", {}),
        (L.AveragePooling2D(2, strides=1, padding="same"), "im", {}),
        (L.MaxPool3D(), "vol", {}),
        (L.GlobalAveragePooling1D(), "line", {}),
        (L.GlobalMaxPooling2D(), "im", {}),
        (L.GlobalAvgPool3D(), "vol", {}),
        (L.ZeroPadding2D(((1, 2), (0, 3))), "im", {}),
        (L.Cropping2D(((1, 0), (2, 1))), "im", {}),
        (L.ZeroPadding1D((2, 0)), "line", {}),
        (L.Cropping3D(), "vol", {}),
        (L.UpSampling1D(), "line", {}),
        (L.UpSampling3D(), "vol", {}),
        (L.LocallyConnected1D(2, 3, implementation=2, padding="same"), "line", {}),
        (L.LocallyConnected1D(2, 3, implementation=3), "line", {}),
        (L.LocallyConnected2D(2, 3, strides=2), "im", {}),
    ]
    wrong = [
        lambda: L.Conv2D(2, (3, 3, 3)),
        lambda: L.Conv2D(2, 3, padding="causal"),
        lambda: L.ZeroPadding2D((1, 2, 3)),
        lambda: L.Cropping2D(3.5),
        lambda: L.UpSampling2D(interpolation="x"),
        lambda: L.LocallyConnected1D(2, 3, padding="same"),
        lambda: L.Conv2DTranspose(2, 3, strides=1, output_padding=1),
    ]
    return [called(tf, np, made), [error(function) for function in wrong]]


def layers_merge(tf, np, _):
    L = tf.keras.layers
    made = [
        (getattr(L, name)(), "line line", {})
        for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
    ]
    made += [
        (L.Concatenate(axis=1), "line line", {}),
        (L.Dot(1), "vec vec", {}),
        (L.Dot((2, 2), normalize=True), "line line", {}),
        (L.Concatenate(), "im im", {}),
    ]
    line = tf.constant(np.arange(12).reshape(2, 3, 2) * 0.1, tf.float32)
    mask = [tf.ones((2, 3), tf.bool), tf.constant([[True, True, False]] * 2)]
    attended = [
        L.Attention()([line, line]),
        L.Attention(use_scale=True, causal=True)([line, line, line]),
        L.AdditiveAttention()([line, line]),
        L.Attention()([line, line], mask=mask),
        L.add([line, line, line]),
        L.Add()([line, tf.ones((2, 2))]),
    ]
    wrong = [
        lambda: L.Add()(line),
        lambda: L.Add()([line]),
        lambda: L.Concatenate(axis=1)([line, line[:, :, :1]]),
        lambda: L.Dot("a"),
        lambda: L.Attention()(line),
    ]
    return [called(tf, np, made), values(tf, np, attended), [error(function) for function in wrong]]


def texts_and_sequences(tf, np, _):
    import random

    text, sequence, utils = tf.keras.preprocessing.text, tf.keras.preprocessing.sequence, tf.keras.utils
    texts = ["The cat sat, on the mat.", "The dog; the dog!", ["a", "Dog"]]
    tokenizer = text.Tokenizer(num_words=5, oov_token="?")
    tokenizer.fit_on_texts(texts)
    numbers = tokenizer.texts_to_sequences([*texts, "bird the"])
    random.seed(3)
    pairs = sequence.skipgrams([1, 2, 3, 0, 4], 5, window_size=2, seed=1)
    series = sequence.TimeseriesGenerator(np.arange(20), np.arange(20) * 2, 4, sampling_rate=2, stride=3, batch_size=2)
    return [
        numbers,
        tokenizer.sequences_to_texts(numbers),
        [tokenizer.texts_to_matrix(texts, mode) for mode in ("binary", "count", "freq", "tfidf")],
        sorted(tokenizer.word_index.items()),
        text.hashing_trick("cat dog cat", 10, "md5"),
        text.text_to_word_sequence("One, two", lower=False, split=","),
        [np.asarray(x) for x in pairs],
        sequence.make_sampling_table(6),
        sequence.pad_sequences([[1], [2, 3, 4]]),
        sequence.pad_sequences(
            [[1], [2, 3, 4]], maxlen=2, padding="post", truncating="post", value=9.0, dtype="float32"
        ),
        [list(map(np.asarray, series[i])) for i in range(len(series))],
        utils.to_categorical([[0], [2]], 4),
        utils.to_categorical([[0, 1], [1, 1]]),
        utils.normalize(np.arange(6.0).reshape(2, 3)),
        [error(lambda: sequence.pad_sequences([1])), error(lambda: text.Tokenizer().texts_to_matrix(["a"]))],
    ]


PROGRAMS = collections.OrderedDict(
    (program.__name__, program)
    for program in (
        backend,
        backend_images,
        backend_loops,
        losses,
        regularizers_constraints_activations,
        metrics,
        optimizers,
        schedules,
        layers_core,
        layers_space,
        layers_merge,
        texts_and_sequences,
    )
)


if __name__ == "__main__":
    HELPERS["record"](PROGRAMS, __file__)
