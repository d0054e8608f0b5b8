"""One convolution of stride 1 with SAME padding and both of its gradients.

The setting is SIDExCHANNELSxWINDOWxFILTERS, and xBATCH where that is not 100.
"""

import numpy as np


def _arrays(setting):
    """Returns images, filters and the gradient of the output."""
    side, channels, window, depth, batch = [*map(int, setting.split("x")), 100][:5]
    rng = np.random.RandomState(0)
    shapes = (batch, side, side, channels), (window, window, channels, depth), (batch, side, side, depth)
    return [rng.standard_normal(shape).astype(np.float32) for shape in shapes]


def graph(tf, setting="14x32x5x64"):
    """The three results; the "losses" are their mean squares."""
    images, filters, slopes = map(tf.Variable, _arrays(setting))
    out = tf.nn.conv2d(images, filters, strides=[1, 1, 1, 1], padding="SAME")
    results = [out, *tf.gradients(out, [images, filters], slopes)]
    squares = [tf.reduce_mean(tf.square(r)) for r in results]
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())

    def run(n):
        for _ in range(n):
            sess.run([r.op for r in results])

    return [float(s) for s in sess.run(squares)], run


def torch_(setting="14x32x5x64"):
    """The same in PyTorch, in its own order of dimensions."""
    import torch

    images, filters, slopes = map(torch.from_numpy, _arrays(setting))
    images, slopes = [a.permute(0, 3, 1, 2).contiguous().requires_grad_() for a in (images, slopes)]
    filters = filters.permute(3, 2, 0, 1).contiguous().requires_grad_()

    def step():
        images.grad = filters.grad = None
        out = torch.nn.functional.conv2d(images, filters, padding="same")
        out.backward(slopes)
        return out, images.grad, filters.grad

    def run(n):
        for _ in range(n):
            step()

    return [float(r.detach().square().mean()) for r in step()], run
