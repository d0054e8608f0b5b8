"""Random ops in graphs: the numbers of TensorFlow 1.15.5, run by run."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tangraph as tf

#: (call, values of the first run, values of the second), recorded with graph seed 7.
RECORDED = [
    (
        "tf.random_uniform([5], seed=42)",
        [0.76026666, 0.35236418, 0.0041255951, 0.42790568, 0.70615137],
        [0.37009323, 0.82191539, 0.50349057, 0.20248508, 0.90766907],
    ),
    (
        "tf.random_uniform([2, 2], -1.0, 3.0, seed=42)",
        [2.0410666, 0.40945673, -0.98349762, 0.71162271],
        [-0.64161205, 1.6197286, 2.1059666, 0.76558781],
    ),
    (
        "tf.random_uniform([3], dtype=tf.float64, seed=42)",
        [0.082133599, 0.033004782, 0.64921095],
        [0.85736116, 0.94640256, 0.92088082],
    ),
    (
        "tf.random_uniform([3], dtype=tf.float16, seed=42)",
        [0.10449219, 0.56738281, 0.796875],
        [0.9375, 0.26171875, 0.11621094],
    ),
    (
        "tf.cast(tf.random_uniform([3], dtype=tf.bfloat16, seed=42), tf.float32)",
        [0.8359375, 0.5390625, 0.375],
        [0.5, 0.09375, 0.9296875],
    ),
    ("tf.random_uniform([5], 0, 10, dtype=tf.int32, seed=42)", [5, 7, 2, 1, 9], [1, 8, 9, 0, 0]),
    (
        "tf.random_uniform([3], -5, 2**40, dtype=tf.int64, seed=42)",
        [296978116324, 675046225234, 862302491144],
        [52530211486, 251578287324, 849026419094],
    ),
    (
        "tf.random_uniform([2], -2**31, 2**31 - 1, dtype=tf.int32, seed=42)",
        [-1495183253, -768796091],
        [-411524059, 71039196],
    ),
    (
        "tf.random_normal([5], seed=42)",
        [0.59245479, -0.44403756, 1.4502679, -2.9795656, 0.82530677],
        [-1.2684573, 0.61564338, 1.1196663, 0.34456915, -0.25719345],
    ),
    (
        "tf.random_normal([3], 2.0, 0.5, dtype=tf.float64, seed=42)",
        [2.230167, 3.0939503, 2.3719328],
        [1.9083394, 2.2618136, 2.119553],
    ),
    (
        "tf.random_normal([3], dtype=tf.float16, seed=42)",
        [0.59228516, -0.4440918, 1.4501953],
        [-1.1875, -0.22265625, -0.79101562],
    ),
    (
        "tf.truncated_normal([5], seed=42)",
        [0.59245479, -0.44403756, 1.4502679, 0.82530677, 0.6203956],
        [-1.2684573, 0.61564338, 1.1196663, 0.34456915, 1.0048018],
    ),
    (
        "tf.truncated_normal([5], dtype=tf.float64, seed=42)",
        [0.46033403, 0.7438655, -0.34995968, 0.7789227, 1.262832],
        [0.049399956, 0.27865655, -0.81786944, 0.84177971, -0.77820553],
    ),
    ("tf.random_shuffle(tf.range(7), seed=42)", [5, 4, 1, 2, 3, 0, 6], [4, 5, 1, 0, 2, 6, 3]),
    ("tf.random_shuffle([[1, 2], [3, 4], [5, 6]], seed=42)", [1, 2, 5, 6, 3, 4], [1, 2, 3, 4, 5, 6]),
    ("tf.random_shuffle([b'a', b'b', b'c'], seed=42)", [b"a", b"c", b"b"], [b"a", b"b", b"c"]),
    ("tf.random_shuffle([[1, 2]], seed=42)", [1, 2], [1, 2]),
    (
        "tf.multinomial(tf.log([[0.1, 0.6, 0.3], [0.5, 0.5, 1e-9]]), 5, seed=42)",
        [0, 0, 1, 1, 0, 1, 0, 0, 1, 1],
        [1, 1, 2, 1, 2, 0, 0, 0, 0, 0],
    ),
    (
        "tf.random.categorical([[1.0, 2.0, 3.0]], 6, dtype=tf.int32, seed=42)",
        [0, 0, 2, 2, 0, 2],
        [1, 1, 1, 0, 1, 1],
    ),
    ("tf.multinomial([[1.0, 2.0]], 0, seed=42)", [], []),
    (
        "tf.random_gamma([3], [0.5, 1.0, 2.0], seed=42)",
        [2.3116338, 2.926254, 4.3040948, 0.66444105, 0.23817316, 1.8477862, 0.3509905, 0.028322013, 2.5320325],
        [0.0049550468, 0.22296806, 4.9293642, 0.44747642, 0.64986724, 1.9986558, 1.4325547, 0.58382827, 1.9154874],
    ),
    (
        "tf.random_gamma([2], 3.0, [2.0, 4.0], dtype=tf.float64, seed=42)",
        [4.0363342, 0.31898302, 1.360012, 0.90409941],
        [1.4974993, 1.444706, 1.5740424, 0.7235279],
    ),
    (
        "tf.random_poisson([0.0, 1.5, 12.0, 300.0], [3], seed=42)",
        [0.0, 2.0, 18.0, 276.0, 0.0, 0.0, 9.0, 291.0, 0.0, 0.0, 16.0, 306.0],
        [0.0, 2.0, 11.0, 316.0, 0.0, 1.0, 14.0, 291.0, 0.0, 2.0, 12.0, 295.0],
    ),
    ("tf.random_poisson([3, 40], [2], dtype=tf.int64, seed=42)", [0, 39, 3, 42], [3, 51, 0, 34]),
    ("tf.random_crop(tf.reshape(tf.range(36), [6, 6]), [2, 2], seed=42)", [2, 3, 8, 9], [26, 27, 32, 33]),
    ("tf.random.stateless_uniform([3], [1, 2])", [0.84406042, 0.19204533, 0.99622321], None),
    ("tf.random.stateless_uniform([3], [1, -2], 5, 500, dtype=tf.int64)", [223, 131, 169], None),
    ("tf.random.stateless_normal([3], [2**40, 4], 1.0, 2.0)", [0.14132857, 2.0624952, 4.0090051], None),
    ("tf.random.stateless_truncated_normal([3], [3, 4])", [-0.17393383, 1.6723547, 0.34817016], None),
    ("tf.random.stateless_multinomial([[1.0, 2.0]], 4, [1, 2])", [1, 1, 0, 1], None),
    ("tf.random.stateless_categorical([[1.0, 2.0]], 4, [1, 2], dtype=tf.int32)", [1, 1, 0, 1], None),
]


@pytest.mark.parametrize(("call", "first", "second"), RECORDED, ids=[r[0] for r in RECORDED])
def test_recorded(call, first, second):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(7)
        output = eval(call)
        for expected in (first, first if second is None else second):
            value = session.run(output)
            assert value.dtype == output.dtype.as_numpy_dtype
            if value.dtype.kind == "f":
                np.testing.assert_allclose(value.ravel(), expected, rtol=2e-7 if value.itemsize >= 4 else 1e-3)
            else:
                assert value.ravel().tolist() == expected


#: (call, error, part of the text); recorded too.
BUILD_ERRORS = [
    ("tf.random_uniform(3)", ValueError, "Shape must be rank 1 but is rank 0 for 'random_uniform/RandomUniform'"),
    ("tf.random_uniform([2], dtype=tf.int32)", ValueError, "Must specify maxval for integer dtype tf.int32"),
    ("tf.random_uniform([2], dtype=tf.int8)", ValueError, "Invalid dtype tf.int8"),
    ("tf.random_uniform([2], [3], [5], dtype=tf.int32)", ValueError, "Shape must be rank 0 but is rank 1"),
    ("tf.random_uniform([3], seed=tf.constant(1))", TypeError, "Expected int for argument 'seed2'"),
    ("tf.random_normal([2], dtype=tf.int32)", TypeError, "Expected int32, got 0.0 of type 'float' instead."),
    ("tf.multinomial([1.0], 3)", ValueError, "Shape must be rank 2 but is rank 1"),
    ("tf.multinomial([[1.0]], -1)", ValueError, "given by scalar input 1, must be non-negative but is -1"),
    ("tf.random.stateless_uniform([3], [1, 2, 3])", ValueError, "Dimension must be 2 but is 3"),
]


@pytest.mark.parametrize(("call", "error", "text"), BUILD_ERRORS, ids=[e[0] for e in BUILD_ERRORS])
def test_build_errors(call, error, text):
    with tf.Graph().as_default(), pytest.raises(error) as raised:
        eval(call)
    assert text in str(raised.value)


RUN_ERRORS = [
    ("tf.random_uniform([-1])", "Dimension -1 must be >= 0"),
    ("tf.random_uniform(fed([[2, 3]]))", "shape must be a vector of {int32,int64}, got shape [1,2]"),
    ("tf.random_uniform([2], 3, 1, dtype=tf.int32)", "Need minval < maxval, got 3 >= 1"),
    ("tf.random_uniform([2], fed([3]), 5, dtype=tf.int32)", "minval must be 0-D, got shape [1]"),
    ("tf.random.stateless_normal([3], fed([1, 2, 3]))", "seed must have shape [2], not [3]"),
    ("tf.multinomial(tf.zeros([2, 0]), 3)", "num_classes should be positive, got 0"),
    ("tf.random_crop(tf.range(5), [7])", "Need value.shape >= size, got"),
]


@pytest.mark.parametrize(("call", "text"), RUN_ERRORS, ids=[e[0] for e in RUN_ERRORS])
def test_run_errors(call, text):
    def fed(value):
        return tf.placeholder_with_default(value, None)

    with tf.Graph().as_default(), tf.Session() as session:
        output = eval(call, {"tf": tf, "fed": fed})
        with pytest.raises(tf.errors.InvalidArgumentError) as raised:
            session.run(output)
    assert text in str(raised.value)


def test_no_integers_need_no_range():
    with tf.Graph().as_default(), tf.Session() as session:
        assert session.run(tf.random_uniform([0], 3, 1, dtype=tf.int32)).shape == (0,)


def test_seed_is_the_count_of_nodes():
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        first = tf.random_uniform([2]).op.inputs[0].op.inputs[0].op
        tf.constant(1.0)
        second = tf.random_normal([2]).op.inputs[0].op.inputs[0].op
    assert (first.get_attr("seed"), first.get_attr("seed2")) == (1, 3)
    assert (second.get_attr("seed"), second.get_attr("seed2")) == (1, 11)


def test_get_seed():
    with tf.Graph().as_default():
        assert tf.get_seed(None) == (None, None)
        assert tf.get_seed(5) == (87654321, 5)
        assert tf.get_seed(-1) == (87654321, 2**31 - 2)
        tf.set_random_seed(0)
        assert tf.get_seed(0) == (0, 2**31 - 1)
        tf.set_random_seed(2**31 + 3)
        assert tf.get_seed(2**40) == (4, 2**40 % (2**31 - 1))


def test_sessions_start_anew_and_go_on_by_themselves():
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        x = tf.random_normal([3])
        with tf.Session() as a, tf.Session() as b:
            first, second = a.run(x), a.run(x)
            np.testing.assert_array_equal(b.run(x), first)
            np.testing.assert_array_equal(b.run(x), second)
        assert not np.array_equal(first, second)


def test_the_stream_goes_on_when_the_shape_changes():
    with tf.Graph().as_default(), tf.Session() as session:
        size = tf.placeholder(tf.int32, [1])
        x = tf.random_uniform(size, seed=1)
        y = tf.random_uniform([4], seed=1)
        together = [session.run(x, {size: [4]}), session.run(x, {size: [2]}), session.run(x, {size: [4]})]
        session.run(y)
        np.testing.assert_array_equal(session.run(y)[:2], together[1])
        assert not np.array_equal(together[0], together[2])


def test_without_seeds_nothing_repeats():
    with tf.Graph().as_default(), tf.Session() as a, tf.Session() as b:
        x = tf.random_uniform([4])
        assert not np.array_equal(a.run(x), b.run(x))


def test_threads_never_draw_the_same():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.random_uniform([8], seed=1)
        session.run(x)
        drawn: list[bytes] = []
        threads = [
            threading.Thread(target=lambda: drawn.extend(session.run(x).tobytes() for _ in range(50))) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(drawn)) == 200


def test_gamma_gradient():
    """Samples grow with alpha; beta's gradient is -sample / beta."""
    with tf.Graph().as_default(), tf.Session() as session:
        alpha, beta = tf.constant([0.5, 2.0]), tf.constant(2.0)
        samples = tf.random_gamma([4], alpha, beta, seed=3)
        d_alpha, d_beta = tf.gradients(samples, [alpha, beta])
        values, by_alpha, by_beta = session.run([samples, d_alpha, d_beta])
    assert (by_alpha > 0).all()
    np.testing.assert_allclose(by_beta, -values.sum() / 2, rtol=1e-5)


@pytest.mark.parametrize(("alpha", "sample"), [(0.5, 0.1), (2.0, 1.5), (2.0, 9.0), (50.0, 52.0), (0.3, 4.0)])
def test_gamma_slope_is_that_of_the_quantile(alpha, sample):
    from scipy import special

    from tangraph_backend_cpu.kernels.random_gamma_grad import _of_each

    (found,) = _of_each(np.array([alpha]), np.array([sample]), special.digamma)
    quantile, step = special.gammainc(alpha, sample), 1e-5 * alpha
    up, down = special.gammaincinv(alpha + step, quantile), special.gammaincinv(alpha - step, quantile)
    np.testing.assert_allclose(found, (up - down) / (2 * step), rtol=1e-4)


def test_parameterized_truncated_normal_keeps_to_its_bounds():
    from tangraph.ops.random.normal import parameterized_truncated_normal

    with tf.Graph().as_default(), tf.Session() as session:
        means, lows = [0.0, 1.0, 2.0], [-1.0, 0.0, 5.0]
        values = session.run(parameterized_truncated_normal([3, 50], means, 1.0, lows, 9.0, seed=1))
        far = session.run(parameterized_truncated_normal([200], 0.0, 1.0, 4.0, np.inf, seed=1))
    assert (values >= np.array(lows)[:, None]).all()
    assert (values <= 9).all()
    assert (far >= 4).all()


def test_sizes_that_numpy_2_keeps_small():
    classes = np.uint8(9) + np.uint8(1)  # the number of classes, from labels that are bytes
    assert tf.random.truncated_normal([classes]).shape.as_list() == [10]
    assert tf.reshape(tf.zeros([20]), [np.int8(2), classes]).shape.as_list() == [2, 10]
