"""The convolutional network of the MNIST tutorials: 5x5x32, pool, 5x5x64, pool, 1024, 10, with Adam and without dropout."""

import numpy as np

from workloads import data, steps

SHAPES = [(5, 5, 1, 32), (5, 5, 32, 64), (7 * 7 * 64, 1024), (1024, 10)]


def _parameters():
    """Returns (weights, biases) for each layer."""
    rng = np.random.RandomState(1)
    return [
        (
            (rng.randn(*shape) / np.sqrt(np.prod(shape[:-1]))).astype(np.float32),
            np.full(shape[-1], 0.1, np.float32),
        )
        for shape in SHAPES
    ]


def graph(tf, batch="100"):
    """A training step."""
    xs, labels = data.images(int(batch))
    x, y = tf.placeholder(tf.float32, [None, 784]), tf.placeholder(tf.float32, [None, 10])
    first, second, hidden, last = [(tf.Variable(w), tf.Variable(b)) for w, b in _parameters()]
    layer = tf.reshape(x, [-1, 28, 28, 1])
    for w, b in (first, second):
        layer = tf.nn.relu(tf.nn.conv2d(layer, w, strides=[1, 1, 1, 1], padding="SAME") + b)
        layer = tf.nn.max_pool(layer, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")
    layer = tf.nn.relu(tf.matmul(tf.reshape(layer, [-1, 7 * 7 * 64]), hidden[0]) + hidden[1])
    logits = tf.matmul(layer, last[0]) + last[1]
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=logits))
    return steps.training(tf, {x: xs, y: labels}, loss, tf.train.AdamOptimizer(0.001).minimize(loss))


def torch_(batch="100"):
    """The same in PyTorch, in its own order of dimensions."""
    import torch

    functional = torch.nn.functional
    xs, labels = map(torch.from_numpy, data.images(int(batch)))
    images = xs.reshape(-1, 1, 28, 28)
    (w1, b1), (w2, b2), (w3, b3), (w4, b4) = [[torch.from_numpy(p) for p in pair] for pair in _parameters()]
    w1, w2 = [w.permute(3, 2, 0, 1).contiguous() for w in (w1, w2)]
    # The flattened images have their channels first here.
    w3 = w3.reshape(7, 7, 64, -1).permute(2, 0, 1, 3).reshape(7 * 7 * 64, -1).contiguous()
    parameters = [p.requires_grad_() for p in (w1, b1, w2, b2, w3, b3, w4, b4)]

    def loss():
        layer = images
        for w, b in ((w1, b1), (w2, b2)):
            layer = functional.max_pool2d(torch.relu(functional.conv2d(layer, w, b, padding=2)), 2)
        layer = torch.relu(layer.flatten(1) @ w3 + b3)
        return functional.cross_entropy(layer @ w4 + b4, labels)

    return steps.torch_training(loss, torch.optim.Adam(parameters, lr=0.001))
