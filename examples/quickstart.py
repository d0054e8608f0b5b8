"""Reads handwritten digits: trains two classifiers, and draws how they learn and what they see.

    python examples/quickstart.py [--epochs N] [--output quickstart.png]

It is a TensorFlow 1 program as it was written then: a graph is built, and a session runs parts of it. Only the data set
comes from Tangraph itself. It needs matplotlib, and scikit-learn for its digits.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

import tangraph as tf
import tangraph_datasets

SEED = 1
PIXELS, CLASSES, HIDDEN = 64, 10, 64
BATCH = 32
LINES = 6  # of progress, for each model


class Result(NamedTuple):
    """What became of one model: the mean loss of each epoch, and what it takes the test images for."""

    name: str
    losses: list[float]
    accuracy: float
    predictions: np.ndarray


def softmax_regression(images: tf.Tensor) -> tf.Tensor:
    """A score for each number: a weighted sum of the pixels."""
    weights = tf.get_variable("weights", [PIXELS, CLASSES], initializer=tf.zeros_initializer())
    biases = tf.get_variable("biases", [CLASSES], initializer=tf.zeros_initializer())
    return tf.matmul(images, weights) + biases


def two_layer_network(images: tf.Tensor) -> tf.Tensor:
    """The same, on features of the pixels that are learnt too."""
    with tf.variable_scope("hidden"):
        weights = tf.get_variable("weights", [PIXELS, HIDDEN])
        biases = tf.get_variable("biases", [HIDDEN], initializer=tf.zeros_initializer())
        features = tf.nn.relu(tf.matmul(images, weights) + biases)
    with tf.variable_scope("output"):
        weights = tf.get_variable("weights", [HIDDEN, CLASSES])
        biases = tf.get_variable("biases", [CLASSES], initializer=tf.zeros_initializer())
    return tf.matmul(features, weights) + biases


def batches(split: tangraph_datasets.Split, random: np.random.RandomState) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields all examples once, in random order and small portions."""
    order = random.permutation(len(split.images))
    for start in range(0, len(order), BATCH):
        chosen = order[start : start + BATCH]
        yield split.images[chosen], split.labels[chosen]


def train(
    name: str,
    model: Callable[[tf.Tensor], tf.Tensor],
    optimizer: Callable[[], tf.train.Optimizer],
    digits: tangraph_datasets.DataSet,
    epochs: int,
) -> Result:
    """Builds a model in a graph of its own, trains it in a session, and tells how it goes."""
    print(f"\n{name}\n   epoch     loss   test accuracy")
    random = np.random.RandomState(SEED)
    losses: list[float] = []
    with tf.Graph().as_default():
        tf.set_random_seed(SEED)
        images = tf.placeholder(tf.float32, [None, PIXELS], name="images")
        labels = tf.placeholder(tf.float32, [None, CLASSES], name="labels")
        scores = model(images)
        prediction = tf.argmax(scores, 1, name="prediction")
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=scores))
        accuracy = tf.reduce_mean(tf.cast(tf.equal(prediction, tf.argmax(labels, 1)), tf.float32))
        step = optimizer().minimize(loss)
        test = {images: digits.test.images, labels: digits.test.labels}
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for epoch in range(1, epochs + 1):
                of_batches = [
                    session.run([loss, step], {images: some_images, labels: some_labels})[0]
                    for some_images, some_labels in batches(digits.train, random)
                ]
                losses.append(float(np.mean(of_batches)))
                if epoch == 1 or epoch % max(1, epochs // (LINES - 1)) == 0:
                    print(f"   {epoch:5}   {losses[-1]:6.4f}   {session.run(accuracy, test):.3f}")
            reached, predictions = session.run([accuracy, prediction], test)
    return Result(name, losses, float(reached), predictions)


def draw(results: list[Result], digits: tangraph_datasets.DataSet, output: Path) -> None:
    """Draws the losses of all models, and test digits with what the last model reads; its mistakes are red."""
    figure = Figure(figsize=(13, 5.4), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[1, 1.35])
    axes = left.subplots()
    for result in results:
        axes.plot(range(1, len(result.losses) + 1), result.losses, label=f"{result.name}: {result.accuracy:.1%} right")
    axes.set(title="Learning", xlabel="epoch", ylabel="cross entropy of the training digits", yscale="log")
    axes.grid(alpha=0.3)
    axes.legend()

    predictions, truth = results[-1].predictions, digits.test.labels.argmax(1)
    wrong, correct = np.flatnonzero(predictions != truth), np.flatnonzero(predictions == truth)
    shown = np.random.RandomState(SEED).permutation(np.concatenate([wrong[:8], correct])[:50])
    right.suptitle(
        f"Test digits, as the {results[-1].name.lower()} reads them\n(mistakes in red, the truth in brackets)"
    )
    for place, example in zip(right.subplots(5, 10).flat, shown, strict=True):
        read, meant = predictions[example], truth[example]
        place.imshow(digits.test.images[example].reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        place.set(xticks=[], yticks=[])
        if read == meant:
            place.set_title(f"{read}")
            continue
        place.set_title(f"{read} ({meant})", color="red")
        for side in place.spines.values():
            side.set(color="red", linewidth=2)
    figure.savefig(output, dpi=100)


def main() -> None:
    """Runs the program."""
    parser = argparse.ArgumentParser(description="Train two classifiers of handwritten digits.")
    parser.add_argument("--epochs", type=int, default=25, help="passes over the training digits (default: 25)")
    parser.add_argument("--output", type=Path, default=Path("quickstart.png"), help="the picture to write")
    options = parser.parse_args()

    digits = tangraph_datasets.load("digits", one_hot=True)
    print(f"Handwritten digits, 8 x 8 pixels: {len(digits.train.images)} to learn, {len(digits.test.images)} to test.")
    results = [
        train(
            "Softmax regression",
            softmax_regression,
            lambda: tf.train.GradientDescentOptimizer(learning_rate=0.5),
            digits,
            options.epochs,
        ),
        train(
            "Two-layer network",
            two_layer_network,
            lambda: tf.train.AdamOptimizer(learning_rate=0.003),
            digits,
            options.epochs,
        ),
    ]
    draw(results, digits, options.output)
    print(f"\nThe losses and some of the digits are drawn in {options.output}.")
    for result in results:
        print(f"Test accuracy of the {result.name.lower()}: {result.accuracy:.3f}")


if __name__ == "__main__":
    main()
