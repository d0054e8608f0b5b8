"""Programs that Tangraph, TensorFlow 2's compat.v1 and TensorFlow 1.15 run alike.

Each takes the engine's module and builds a graph; it returns (fetches, feeds, how many runs), or a function of the
session. The syntax is Python 3.7's, which TensorFlow 1.15 needs; random ops have seeds of their own, since the engines
count their nodes differently.
"""

import numpy as np

#: name -> (program, whether all engines must give the same bits).
PROGRAMS = {}


def program(name, exact=False):
    """Adds a program to the table."""

    def add(function):
        assert name not in PROGRAMS
        PROGRAMS[name] = (function, exact)
        return function

    return add


def numbers(*shape, dtype="float32", seed=0, low=-2.0, high=2.0):
    """Returns numbers that are the same everywhere."""
    return np.random.RandomState(seed).uniform(low, high, shape).astype(dtype)


# -- random numbers ----------------------------------------------------------------------------------------------

_DRAWS = {
    "uniform": lambda tf, dtype: tf.random_uniform([3, 7], -1, 2, dtype, seed=5),
    "normal": lambda tf, dtype: tf.random_normal([3, 7], 1, 2, dtype, seed=5),
    "truncated_normal": lambda tf, dtype: tf.truncated_normal([41], 0, 0.5, dtype, seed=5),
    "gamma": lambda tf, dtype: tf.random_gamma([5], [0.5, 2.0], dtype=dtype, seed=5),
    "stateless_uniform": lambda tf, dtype: tf.random.stateless_uniform([9], [3, 4], dtype=dtype),
    "stateless_normal": lambda tf, dtype: tf.random.stateless_normal([9], [3, 4], dtype=dtype),
    "stateless_truncated_normal": lambda tf, dtype: tf.random.stateless_truncated_normal([9], [3, 4], dtype=dtype),
}
for _name, _draw in _DRAWS.items():
    for _dtype in ("float16", "float32", "float64"):
        # The logarithms and sines of double precision come from other libraries.
        _exact = "uniform" in _name or _dtype == "float16"
        program("random/{}-{}".format(_name, _dtype), exact=_exact)(
            lambda tf, draw=_draw, dtype=_dtype: (draw(tf, dtype), {}, 3)
        )


@program("random/integers", exact=True)
def _(tf):
    return [tf.random_uniform([50], -7, 1000, t, seed=3) for t in (tf.int32, tf.int64)], {}, 2


@program("random/shuffle", exact=True)
def _(tf):
    return tf.random_shuffle(tf.range(23), seed=2), {}, 3


@program("random/multinomial", exact=True)
def _(tf):
    return tf.multinomial(tf.log([[0.1, 0.2, 0.7], [0.5, 0.4, 0.1]]), 40, seed=9), {}, 2


@program("random/graph_seed", exact=True)
def _(tf):
    tf.set_random_seed(11)
    return tf.random_uniform([6]), {}, 2


@program("random/initializers", exact=True)
def _(tf):
    made = [
        tf.glorot_uniform_initializer(seed=1)([5, 4]),
        tf.random_uniform_initializer(-1, 1, seed=1)([5, 4]),
        tf.variance_scaling_initializer(2.0, mode="fan_in", distribution="uniform", seed=1)([5, 4]),
    ]
    return made, {}, 1


# -- arithmetic and its gradients -----------------------------------------------------------------------------

_EXACT = {
    "abs": lambda tf, x, y: tf.abs(x),
    "add": lambda tf, x, y: x + y,
    "floor": lambda tf, x, y: tf.floor(x * 3.0),
    "maximum": lambda tf, x, y: tf.maximum(x, y),
    "multiply": lambda tf, x, y: x * y,
    "divide": lambda tf, x, y: x / y,
    "floormod": lambda tf, x, y: tf.floormod(x, y),
    "round": lambda tf, x, y: tf.round(x * 4.0),
    "square": lambda tf, x, y: tf.square(x),
    "relu": lambda tf, x, y: tf.nn.relu(x),
    "relu6": lambda tf, x, y: tf.nn.relu6(x * 5.0),
    "clip": lambda tf, x, y: tf.clip_by_value(x, -0.5, 0.5),
    "where": lambda tf, x, y: tf.where(x > y, x, y),
    "transpose": lambda tf, x, y: tf.transpose(x, [1, 0]) * 2.0,
    "concat": lambda tf, x, y: tf.concat([x, y], 1) * 3.0,
    "pad": lambda tf, x, y: tf.pad(x, [[1, 0], [0, 2]], constant_values=4.0),
    "gather": lambda tf, x, y: tf.gather(x, [2, 0, 2]),
    "strided_slice": lambda tf, x, y: x[::-1, 1:4:2] + y[:, :2],
    "reduce_max": lambda tf, x, y: tf.reduce_max(x, 1),
    "max_pool": lambda tf, x, y: tf.nn.max_pool(tf.reshape(x, [1, 3, 4, 1]), [1, 2, 2, 1], [1, 1, 1, 1], "SAME"),
}
_CLOSE = {
    "sqrt": lambda tf, x, y: tf.sqrt(tf.abs(x) + 1.0),
    "exp": lambda tf, x, y: tf.exp(x),
    "log": lambda tf, x, y: tf.log(tf.abs(x) + 0.1),
    "pow": lambda tf, x, y: tf.pow(tf.abs(x) + 0.1, y),
    "sigmoid": lambda tf, x, y: tf.sigmoid(x),
    "tanh": lambda tf, x, y: tf.tanh(x),
    "erf": lambda tf, x, y: tf.erf(x),
    "lgamma": lambda tf, x, y: tf.lgamma(tf.abs(x) + 0.2),
    "softplus": lambda tf, x, y: tf.nn.softplus(x),
    "elu": lambda tf, x, y: tf.nn.elu(x),
    "matmul": lambda tf, x, y: tf.matmul(x, y, transpose_b=True),
    "reduce_mean": lambda tf, x, y: tf.reduce_mean(x * y, 0),
    "logsumexp": lambda tf, x, y: tf.reduce_logsumexp(x, 1),
    "cumsum": lambda tf, x, y: tf.cumsum(x, 1, reverse=True),
    "softmax": lambda tf, x, y: tf.nn.softmax(x),
    "cross_entropy": lambda tf, x, y: tf.nn.softmax_cross_entropy_with_logits_v2(labels=tf.nn.softmax(y), logits=x),
    "sigmoid_cross_entropy": lambda tf, x, y: tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=x),
    "l2_normalize": lambda tf, x, y: tf.nn.l2_normalize(x, 1),
    "moments": lambda tf, x, y: tf.stack(tf.nn.moments(x, [0])),
    "lrn": lambda tf, x, y: tf.nn.lrn(tf.reshape(x, [1, 1, 3, 4]), 2),
    "conv2d": lambda tf, x, y: tf.nn.conv2d(
        tf.reshape(x, [1, 3, 4, 1]), tf.reshape(y[:2, :2], [2, 2, 1, 1]), [1, 1, 1, 1], "SAME"
    ),
    "avg_pool": lambda tf, x, y: tf.nn.avg_pool(tf.reshape(x, [1, 3, 4, 1]), [1, 2, 2, 1], [1, 2, 2, 1], "SAME"),
    "segment_sum": lambda tf, x, y: tf.segment_sum(x, [0, 0, 2]),
    "einsum": lambda tf, x, y: tf.einsum("ij,kj->ik", x, y),
    "cond": lambda tf, x, y: tf.cond(tf.reduce_sum(x) > 0.0, lambda: x * y, lambda: tf.sin(x)),
    "while": lambda tf, x, y: tf.while_loop(lambda i, _: i < 4, lambda i, t: (i + 1, tf.sin(t) * y), [0, x])[1],
    "scan": lambda tf, x, y: tf.scan(lambda a, b: a * 0.5 + b, x),
}


def _with_gradients(tf, make):
    x, y = (tf.placeholder(tf.float32, [3, 4], name) for name in "xy")
    result = make(tf, x, y)
    gradients = [g for g in tf.gradients(result, [x, y]) if g is not None]
    gradients = [tf.convert_to_tensor(g) for g in gradients]
    return [result, *gradients], {x: numbers(3, 4), y: numbers(3, 4, seed=1)}, 1


for _table, _exact in ((_EXACT, True), (_CLOSE, False)):
    for _name, _make in _table.items():
        program("math/" + _name, exact=_exact)(lambda tf, make=_make: _with_gradients(tf, make))


# -- training ------------------------------------------------------------------------------------------------------

_OPTIMIZERS = {
    "gradient_descent": (True, lambda train: train.GradientDescentOptimizer(0.1)),
    "momentum": (True, lambda train: train.MomentumOptimizer(0.1, 0.9)),
    "nesterov": (False, lambda train: train.MomentumOptimizer(0.1, 0.9, use_nesterov=True)),
    "adagrad": (False, lambda train: train.AdagradOptimizer(0.1)),
    "adadelta": (False, lambda train: train.AdadeltaOptimizer(0.1)),
    "adam": (False, lambda train: train.AdamOptimizer(0.01)),
    "rmsprop": (False, lambda train: train.RMSPropOptimizer(0.01, momentum=0.5)),
    "centered_rmsprop": (False, lambda train: train.RMSPropOptimizer(0.01, centered=True)),
    "ftrl": (False, lambda train: train.FtrlOptimizer(0.1, l1_regularization_strength=0.01)),
    "proximal_adagrad": (False, lambda train: train.ProximalAdagradOptimizer(0.1)),
    "proximal_gradient_descent": (False, lambda train: train.ProximalGradientDescentOptimizer(0.1)),
}


def _training(tf, make, use_resource, sparse):
    start = numbers(5, 3, seed=2)
    w = tf.get_variable("w", initializer=start, use_resource=use_resource)
    value = tf.gather(w, [1, 3, 1]) if sparse else w
    step = make(tf.train).minimize(tf.reduce_sum(tf.square(value) * 0.5))

    def run(session):
        session.run(tf.global_variables_initializer())
        seen = []
        for _ in range(4):
            session.run(step)
            seen.append(session.run(w))
        return seen

    return run


for _name, (_exact, _make) in _OPTIMIZERS.items():
    for _resource in (False, True):
        for _sparse in (False, True):
            _kind = ("resource" if _resource else "ref") + ("-sparse" if _sparse else "")
            program("train/{}-{}".format(_name, _kind), exact=_exact)(
                lambda tf, m=_make, r=_resource, s=_sparse: _training(tf, m, r, s)
            )


@program("train/mlp")
def _(tf):
    x, t = tf.placeholder(tf.float32, [None, 6]), tf.placeholder(tf.int32, [None])
    w1 = tf.get_variable("w1", [6, 8], initializer=tf.random_normal_initializer(0, 0.3, seed=1))
    b1 = tf.get_variable("b1", [8], initializer=tf.zeros_initializer())
    w2 = tf.get_variable("w2", [8, 3], initializer=tf.random_normal_initializer(0, 0.3, seed=2))
    logits = tf.matmul(tf.nn.relu(tf.matmul(x, w1) + b1), w2)
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=t, logits=logits))
    step = tf.train.AdamOptimizer(0.05).minimize(loss)

    def run(session):
        session.run(tf.global_variables_initializer())
        feed = {x: numbers(12, 6), t: np.arange(12) % 3}
        return [session.run([loss, step], feed)[0] for _ in range(10)]

    return run


@program("train/moving_average", exact=True)
def _(tf):
    v = tf.get_variable("v", initializer=numbers(4))
    average = tf.train.ExponentialMovingAverage(0.5)
    move = average.apply([v])
    double = tf.assign(v, v * 2.0)

    def run(session):
        session.run(tf.global_variables_initializer())
        seen = []
        for _ in range(3):
            session.run(double)
            session.run(move)
            seen.append(session.run(average.average(v)))
        return seen

    return run


@program("train/clipping")
def _(tf):
    x = tf.constant(numbers(3, 4))
    clipped, norm = tf.clip_by_global_norm([x, x * 2.0], 1.0)
    return [*clipped, norm, tf.clip_by_norm(x, 0.5)], {}, 1


@program("train/decays")
def _(tf):
    step = tf.placeholder(tf.int32, [])
    decays = [
        tf.train.exponential_decay(0.1, step, 3, 0.5),
        tf.train.exponential_decay(0.1, step, 3, 0.5, staircase=True),
        tf.train.polynomial_decay(0.1, step, 10, power=2.0),
        tf.train.inverse_time_decay(0.1, step, 3, 0.5),
        tf.train.cosine_decay(0.1, step, 10),
        tf.train.piecewise_constant(step, [2, 5], [1.0, 0.5, 0.1]),
    ]
    return decays, {step: 4}, 1
