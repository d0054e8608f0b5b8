"""A network 784-512-128-10 with relu, batch 100, Adam."""

from workloads import data, steps


def graph(tf):
    """Three dense layers by hand."""
    xs, labels = data.images()
    x, y = tf.placeholder(tf.float32, [None, 784]), tf.placeholder(tf.float32, [None, 10])
    layer = x
    layers = data.weights(784, 512, 128, 10)
    for number, (matrix, bias) in enumerate(layers):
        layer = tf.matmul(layer, tf.Variable(matrix)) + tf.Variable(bias)
        if number < len(layers) - 1:
            layer = tf.nn.relu(layer)
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=layer))
    train = tf.train.AdamOptimizer(0.001).minimize(loss)
    return steps.training(tf, {x: xs, y: labels}, loss, train)


def torch_():
    """The same in PyTorch."""
    import torch

    xs, labels = map(torch.from_numpy, data.images())
    parameters = [torch.from_numpy(p).requires_grad_() for pair in data.weights(784, 512, 128, 10) for p in pair]

    def loss():
        layer = xs
        for i in range(0, len(parameters), 2):
            layer = layer @ parameters[i] + parameters[i + 1]
            if i < len(parameters) - 2:
                layer = torch.relu(layer)
        return torch.nn.functional.cross_entropy(layer, labels)

    return steps.torch_training(loss, torch.optim.Adam(parameters, lr=0.001))
