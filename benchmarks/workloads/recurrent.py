"""Recurrent classifiers of 30 rows of 28 numbers: a cell of 100 units in `dynamic_rnn`, a dense layer on its last output.

`lstm:64` is the workload of that cell with batch 64. Every engine starts from the same weights and trains with Adam.
"""

import numpy as np

from workloads import steps

STEPS, INPUTS, UNITS, CLASSES = 30, 28, 100, 10
GATES = {"rnn": 1, "gru": 3, "lstm": 4}


def _data(batch):
    """Returns sequences of [batch, steps, inputs] and their classes."""
    rng = np.random.RandomState(0)
    sequences = rng.rand(batch, STEPS, INPUTS).astype(np.float32)
    return sequences, rng.randint(0, CLASSES, batch).astype(np.int64)


def _weights(kind):
    """Returns the cell's kernel as TensorFlow lays it out, and the dense layer's."""
    rng = np.random.RandomState(1)
    kernel = rng.randn(INPUTS + UNITS, GATES[kind] * UNITS) / np.sqrt(INPUTS + UNITS)
    return kernel.astype(np.float32), (rng.randn(UNITS, CLASSES) / 10).astype(np.float32)


def graph(tf, kind, batch):
    """Adam on the cross entropy of the last output."""
    sequences, classes = _data(batch)
    kernel, dense = _weights(kind)
    x = tf.placeholder(tf.float32, [None, STEPS, INPUTS])
    y = tf.placeholder(tf.int64, [None])
    cell = {
        "rnn": tf.nn.rnn_cell.BasicRNNCell,
        "gru": tf.nn.rnn_cell.GRUCell,
        "lstm": tf.nn.rnn_cell.BasicLSTMCell,
    }[kind](UNITS)
    outputs, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
    w, b = tf.Variable(dense), tf.Variable(tf.zeros([CLASSES]))
    logits = tf.matmul(outputs[:, -1], w) + b
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    train = tf.train.AdamOptimizer(0.001).minimize(loss)
    kernels = [v for v in cell.weights if "kernel" in v.name]
    parts = [kernel] if len(kernels) == 1 else [kernel[:, : 2 * UNITS], kernel[:, 2 * UNITS :]]
    starts = [tf.assign(v, part) for v, part in zip(kernels, parts)]
    return steps.training(tf, {x: sequences, y: classes}, loss, train, starts)


def torch_(kind, batch):
    """The same with PyTorch's own fused modules; its GRU resets after the product, not before."""
    import torch

    sequences, classes = map(torch.from_numpy, _data(batch))
    kernel, dense = _weights(kind)
    layer = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[kind](INPUTS, UNITS, batch_first=True)
    gates = np.split(kernel, GATES[kind], axis=1)
    if kind == "lstm":  # TensorFlow's order is input, candidate, forget, output
        gates = [gates[0], gates[2], gates[1], gates[3]]
    rows = torch.from_numpy(np.concatenate(gates, axis=1).T.copy())
    with torch.no_grad():
        layer.weight_ih_l0.copy_(rows[:, :INPUTS])
        layer.weight_hh_l0.copy_(rows[:, INPUTS:])
        layer.bias_ih_l0.zero_()
        layer.bias_hh_l0.zero_()
        if kind == "lstm":
            layer.bias_ih_l0[UNITS : 2 * UNITS] = 1.0
        if kind == "gru":
            layer.bias_ih_l0[: 2 * UNITS] = 1.0
    layer.bias_hh_l0.requires_grad_(False)  # one bias, as in TensorFlow
    w, b = torch.from_numpy(dense).requires_grad_(), torch.zeros(CLASSES, requires_grad=True)
    parameters = [p for p in layer.parameters() if p.requires_grad] + [w, b]

    def loss():
        outputs, _ = layer(sequences)
        return torch.nn.functional.cross_entropy(outputs[:, -1] @ w + b, classes)

    return steps.torch_training(loss, torch.optim.Adam(parameters, lr=0.001))
