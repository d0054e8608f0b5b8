"""Data that every engine gets: the same numbers from the same generator."""

import numpy as np


def regression(rows=8):
    """Returns x of [rows, 3] and y of [rows, 1], a noisy linear function."""
    rng = np.random.RandomState(0)
    x = rng.rand(rows, 3).astype(np.float32)
    y = (x @ np.array([[1.0], [-2.0], [0.5]], np.float32) + 0.1).astype(np.float32)
    return x, y


def images(rows=100, classes=10):
    """Returns x of [rows, 784] in [0, 1) and one-hot labels of [rows, classes]."""
    rng = np.random.RandomState(0)
    x = rng.rand(rows, 784).astype(np.float32)
    labels = np.eye(classes, dtype=np.float32)[rng.randint(0, classes, rows)]
    return x, labels


def weights(*sizes):
    """Returns (matrix, bias) for each layer between the sizes."""
    rng = np.random.RandomState(1)
    return [
        ((rng.randn(n, m) / np.sqrt(n)).astype(np.float32), np.zeros(m, np.float32)) for n, m in zip(sizes, sizes[1:])
    ]
