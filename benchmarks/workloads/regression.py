"""Linear regression, batch 8: what a step costs beyond its arithmetic."""

from workloads import data, steps


def graph(tf):
    """Gradient descent on the mean squared error."""
    xs, ys = data.regression()
    x, y = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32, [None, 1])
    w, b = tf.Variable(tf.zeros([3, 1])), tf.Variable(tf.zeros([1]))
    loss = tf.reduce_mean(tf.square(tf.matmul(x, w) + b - y))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    return steps.training(tf, {x: xs, y: ys}, loss, train)


def torch_():
    """The same in PyTorch."""
    import torch

    xs, ys = map(torch.from_numpy, data.regression())
    w, b = torch.zeros(3, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
    return steps.torch_training(lambda: (xs @ w + b - ys).square().mean(), torch.optim.SGD([w, b], lr=0.1))
