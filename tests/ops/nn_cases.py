"""Activations, biases, normalisation, losses, selections."""

from __future__ import annotations

import numpy as np

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.testing import OpCase, distinct, given, integers, of, positive
from tangraph.testing.basic_cases import FLOATS, NUMBERS, REALS

EVERY_FLOAT = f"{FLOATS} bfloat16"
WIDE = "float32 float64"
X, DY = of(3, 4, low=-7, high=8), of(3, 4)
SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772


def raw(op_type, **attrs):
    return lambda *inputs: make_op(op_type, *inputs, **attrs)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def cross_entropy(x, labels):
    return -(labels * np.log(softmax(x))).sum(-1)


ACTIVATIONS = [
    OpCase(op, call, (X,), reference, types, tolerance=2, gradients=gradients)
    for op, call, reference, types, gradients in [
        ("Relu", tf.nn.relu, lambda x: np.maximum(x, 0), f"{REALS} int8 uint8 bfloat16", 2),
        ("Relu6", tf.nn.relu6, lambda x: np.clip(x, 0, 6), f"{REALS} int8 uint8 bfloat16", 2),
        ("LeakyRelu", tf.nn.leaky_relu, lambda x: np.where(x > 0, x, 0.2 * x), EVERY_FLOAT, 2),
        ("Elu", tf.nn.elu, lambda x: np.where(x < 0, np.expm1(x), x), EVERY_FLOAT, 2),
        ("Selu", tf.nn.selu, lambda x: SCALE * np.where(x < 0, ALPHA * np.expm1(x), x), EVERY_FLOAT, 2),
        ("Softplus", tf.nn.softplus, lambda x: np.logaddexp(x, 0), EVERY_FLOAT, 2),
        ("Softsign", tf.nn.softsign, lambda x: x / (1 + np.abs(x)), EVERY_FLOAT, 1),
    ]
]

#: What an activation contributes to the gradient: of (dy, x), or of (dy, y) for Elu and Selu.
ACTIVATION_GRADIENTS = [
    OpCase(f"{op}Grad", raw(f"{op}Grad"), (DY, X), reference, types, tolerance=2)
    for op, reference, types in [
        ("Relu", lambda dy, x: dy * (x > 0), REALS),
        ("Relu6", lambda dy, x: dy * ((x > 0) & (x < 6)), REALS),
        ("LeakyRelu", lambda dy, x: np.where(x > 0, dy, np.float32(0.2) * dy), EVERY_FLOAT),
        ("Elu", lambda dy, y: np.where(y < 0, (y + 1) * dy, dy), EVERY_FLOAT),
        ("Selu", lambda dy, y: np.where(y < 0, (y + SCALE * ALPHA) * dy, dy * SCALE), EVERY_FLOAT),
        ("Softplus", lambda dy, x: dy / (1 + np.exp(-x)), EVERY_FLOAT),
        ("Softsign", lambda dy, x: dy / (1 + np.abs(x)) ** 2, EVERY_FLOAT),
    ]
]

IMAGE = of(2, 3, 2, 4)


def normalised(x, scale, offset, mean=None, variance=None, epsilon=1e-3):
    """The outputs of a fused batch normalisation: y, the batch's moments, and what the gradient needs."""
    count = x.size // x.shape[-1]
    if mean is None:
        mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
        unbiased = variance * count / (count - 1)
    else:
        unbiased = variance
    return (x - mean) / np.sqrt(variance + epsilon) * scale + offset, mean, unbiased


def normalisation_gradients(dy, x, scale, mean, variance, epsilon=1e-3):
    """With `mean` and `variance` those of the batch."""
    count = x.size // x.shape[-1]
    rate = 1 / np.sqrt(variance + epsilon)
    hat = (x - mean) * rate
    d_scale, d_offset = (dy * hat).sum((0, 1, 2)), dy.sum((0, 1, 2))
    return [scale * rate * (dy - d_offset / count - hat * d_scale / count), d_scale, d_offset]


def gradient_of_batch_norm(op):
    """Feeds the op what the forward op keeps: the batch's mean and variance (CPU kernels of TensorFlow do the same)."""

    def call(dy, x, scale):
        mean, variance = tf.nn.moments(x, [0, 1, 2])
        return make_op(op, dy, x, scale, mean, variance, epsilon=1e-3)[:3]

    def reference(dy, x, scale):
        return normalisation_gradients(dy, x, scale, x.mean((0, 1, 2)), x.var((0, 1, 2)))

    return OpCase(op, call, (IMAGE, IMAGE, positive(4)), reference, tolerance=16, unknown_rank=False)


def local_response(x):
    squares = np.pad(x * x, ((0, 0), (0, 0), (0, 0), (2, 2)))
    near = sum(squares[..., i : i + x.shape[-1]] for i in range(5))
    return x / (1 + 0.5 * near) ** 0.75


NORMALISATION = [
    OpCase("BiasAdd", tf.nn.bias_add, (IMAGE, of(4)), np.add, NUMBERS, "image", unknown_rank=False, gradients=2),
    OpCase(
        "BiasAdd",
        lambda x, b: tf.nn.bias_add(x, b, data_format="NCHW"),
        (of(2, 4, 3, 2), of(4)),
        lambda x, b: x + b[:, None, None],
        WIDE,
        "NCHW",
        unknown_rank=False,
        gradients=2,
    ),
    OpCase("BiasAddV1", raw("BiasAddV1"), (of(3, 4), of(4)), np.add, NUMBERS),
    OpCase("BiasAddGrad", raw("BiasAddGrad"), (of(2, 3, 4),), lambda x: x.sum((0, 1)), WIDE, gradients=2),
    *[
        OpCase(
            op,
            lambda x, s, o, op=op: make_op(
                op, x, s, o, tf.constant([], tf.float32), tf.constant([], tf.float32), epsilon=1e-3
            )[:3],
            (IMAGE, positive(4), of(4)),
            normalised,
            tolerance=16,
        )
        for op in ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
    ],
    OpCase(
        "FusedBatchNormV3",
        lambda *x: tf.nn.fused_batch_norm(*x, is_training=False)[0],
        (IMAGE, positive(4), of(4), of(4), positive(4)),
        lambda *x: normalised(*x)[0],
        label="inference",
        tolerance=16,
    ),
    *[gradient_of_batch_norm(op) for op in ("FusedBatchNormGrad", "FusedBatchNormGradV2")],
    OpCase(
        "FusedBatchNormGradV3",
        lambda x, s, o: tf.gradients(tf.nn.fused_batch_norm(x, s, o)[0] ** 2, [x, s, o]),
        (IMAGE, positive(4), of(4)),
        lambda x, s, o: normalisation_gradients(2 * normalised(x, s, o)[0], x, s, x.mean((0, 1, 2)), x.var((0, 1, 2))),
        tolerance=32,
        unknown_rank=False,
    ),
    OpCase("LRN", lambda x: tf.nn.lrn(x, 2, 1.0, 0.5, 0.75), (of(1, 2, 2, 6),), local_response, "float32", tolerance=4),
    OpCase(
        "LRNGrad",
        lambda x: tf.gradients(tf.nn.lrn(x, 2, 1.0, 0.5, 0.75), x),
        (of(1, 1, 2, 6),),
        lambda x: [_slope(lambda v: local_response(v).sum(), x)],
        "float32",
        tolerance=16,
    ),
    OpCase("L2Loss", tf.nn.l2_loss, (of(3, 4),), lambda x: (x * x).sum() / 2, FLOATS, gradients=2),
]


def _slope(function, x, step=1e-5):
    out = np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        moved = np.zeros_like(x)
        moved[index] = step
        out[index] = (function(x + moved) - function(x - moved)) / (2 * step)
    return out


LOSSES = [
    OpCase(
        "Softmax",
        lambda x: tf.nn.softmax(x, axis=1),
        (of(2, 3, 4),),
        lambda x: softmax(x.swapaxes(1, 2)).swapaxes(1, 2),
        EVERY_FLOAT,
        "axis 1",
        unknown_rank=False,
        gradients=2,
        tolerance=4,
    ),
    OpCase(
        "LogSoftmax",
        tf.nn.log_softmax,
        (of(2, 3, 4),),
        lambda x: np.log(softmax(x)),
        EVERY_FLOAT,
        unknown_rank=False,
        gradients=2,
        tolerance=4,
    ),
    OpCase(
        "SoftmaxCrossEntropyWithLogits",
        lambda x, y: tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=x),
        (of(3, 4), given([[1, 0, 0, 0], [0.5, 0, 0, 0.5], [0, 0, 1, 0]])),
        cross_entropy,
        FLOATS,
        unknown_rank=False,
        tolerance=4,
    ),
    OpCase(
        "SparseSoftmaxCrossEntropyWithLogits",
        lambda x, i: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=i, logits=x),
        (of(2, 3, 4), integers(2, 3, below=4, dtype="int64")),
        lambda x, i: cross_entropy(x, np.eye(4)[i]),
        FLOATS,
        "of rank 3",
        unknown_rank=False,
        tolerance=4,
    ),
    OpCase(
        "Log1p",
        lambda x, y: tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=x),
        (of(3, 4), of(3, 4, low=0, high=1)),
        lambda x, y: np.logaddexp(0, x) - x * y,
        FLOATS,
        "sigmoid cross entropy",
        tolerance=4,
    ),
]

SELECTIONS = [
    OpCase(
        "TopKV2",
        lambda x: tf.nn.top_k(x, 2),
        (distinct(3, 5),),
        lambda x: [np.sort(x)[:, :-3:-1], np.argsort(x)[:, :-3:-1].astype(np.int32)],
        REALS,
    ),
    OpCase(
        "TopKV2",
        lambda x: tf.nn.top_k(x, 3),
        (given([1, 3, 3, 2, 3]),),
        lambda x: [np.array([3, 3, 3]), np.array([1, 2, 4])],
        REALS,
        "equal ones",
        gradients=0,
    ),
    OpCase(
        "TopKV2",
        tf.nn.top_k,
        (distinct(2, 5), given(3, "int32")),
        lambda x, k: [np.sort(x)[:, : -k - 1 : -1], np.argsort(x)[:, : -k - 1 : -1]],
        WIDE,
        "fed",
        known_shape=False,
    ),
    OpCase("NthElement", lambda x: make_op("NthElement", x, 1), (distinct(3, 5),), lambda x: np.sort(x)[:, 1], REALS),
    OpCase(
        "InTopK",
        raw("InTopK", k=2),
        (of(4, 5, dtype="float32"), integers(4, below=5)),
        lambda x, i: np.array([i[n] in np.argsort(x[n])[-2:] for n in range(4)]),
    ),
    OpCase(
        "InTopKV2",
        lambda x, i: tf.nn.in_top_k(x, i, 2),
        (of(4, 5, dtype="float32"), integers(4, below=5)),
        lambda x, i: np.array([i[n] in np.argsort(x[n])[-2:] for n in range(4)]),
    ),
]

CASES = [*ACTIVATIONS, *ACTIVATION_GRADIENTS, *NORMALISATION, *LOSSES, *SELECTIONS]
