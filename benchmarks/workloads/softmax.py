"""Softmax regression on 784 inputs, batch 100, gradient descent."""

from workloads import data, steps


def graph(tf):
    """The classifier of every first course."""
    xs, labels = data.images()
    x, y = tf.placeholder(tf.float32, [None, 784]), tf.placeholder(tf.float32, [None, 10])
    w, b = tf.Variable(tf.zeros([784, 10])), tf.Variable(tf.zeros([10]))
    logits = tf.matmul(x, w) + b
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=logits))
    train = tf.train.GradientDescentOptimizer(0.01).minimize(loss)
    return steps.training(tf, {x: xs, y: labels}, loss, train)


def torch_():
    """The same in PyTorch."""
    import torch

    xs, labels = map(torch.from_numpy, data.images())
    w, b = torch.zeros(784, 10, requires_grad=True), torch.zeros(10, requires_grad=True)
    cross_entropy = torch.nn.functional.cross_entropy
    return steps.torch_training(lambda: cross_entropy(xs @ w + b, labels), torch.optim.SGD([w, b], lr=0.01))
