"""`tf.contrib.losses.metric_learning.cluster_loss`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import tangraph as tf
from tangraph.export import export
from tangraph_training.losses.metric_learning import pairwise_distance

if TYPE_CHECKING:
    from collections.abc import Callable

_SCORES: Final = {
    "nmi": "normalized_mutual_info_score",
    "ami": "adjusted_mutual_info_score",
    "ari": "adjusted_rand_score",
    "vmeasure": "v_measure_score",
}
_PAM_ITERATIONS: Final = 5


def _score(labels: Any, predictions: Any, margin_type: str) -> Any:
    """Returns how well clusters agree with labels, by scikit-learn; "const" is whether they are equal.

    Raises:
      ValueError: there is no such score.
    """
    if margin_type == "const":
        same = tf.reduce_sum(tf.cast(tf.equal(labels, predictions), tf.int32))
        return tf.squeeze(tf.cast(tf.equal(same, tf.shape(labels)[0]), tf.float32))
    if margin_type not in _SCORES:
        raise ValueError(f"Unrecognized margin_type: {margin_type}")
    function = getattr(import_module("sklearn.metrics"), _SCORES[margin_type])
    score = tf.cast(tf.py_func(function, [labels, predictions], [tf.float64], name=margin_type), tf.float32)
    return tf.squeeze(score if margin_type == "nmi" else tf.maximum(0.0, score))


def _assignment(distances: Any, centroids: Any) -> Any:
    """Returns the cluster of each point: that of the nearest centroid, and a centroid's own."""
    nearest = tf.argmin(tf.gather(distances, centroids), dimension=0)
    count = tf.shape(distances)[0]
    mask = tf.reduce_any(tf.one_hot(centroids, count, True, False, axis=-1, dtype=tf.bool), axis=0)
    ones = tf.one_hot(
        centroids,
        count,
        tf.constant(1, dtype=tf.int64),
        tf.constant(0, dtype=tf.int64),
        axis=0,
        dtype=tf.int64,
    )
    own = tf.multiply(ones, tf.cast(tf.range(tf.shape(centroids)[0]), tf.int64))
    return tf.where(mask, tf.reduce_sum(tf.transpose(own), axis=0), nearest)


def _energy(distances: Any, centroids: Any) -> Any:
    return -1.0 * tf.reduce_sum(tf.reduce_min(tf.gather(distances, centroids), axis=0))


def _margins(count: Any, score_of: Callable[[Any], Any]) -> Any:
    """Returns one minus the scores of so many candidates, in a loop."""

    def body(n: Any, margins: Any) -> Any:
        score = score_of(n)
        before, after = tf.zeros([n]), tf.zeros([count - 1 - n])
        return n + 1, margins + tf.concat([before, [1.0 - score], after], 0)

    return body


def _best_candidate(
    distances: Any, labels: Any, chosen: Any, candidates: Any, margin_multiplier: Any, margin_type: str
) -> Any:
    """Returns the point that makes the best further centroid."""
    count = tf.shape(candidates)[0]
    of_chosen = tf.gather(distances, chosen)
    of_candidates = tf.gather(distances, candidates)
    tiled = tf.tile(of_chosen, [1, count])
    joined = tf.concat([tiled, tf.reshape(of_candidates, [1, -1])], 0)
    nearest = tf.reshape(tf.reduce_min(joined, axis=0, keepdims=True), [count, -1])
    scores = -1.0 * tf.reduce_sum(nearest, axis=1)
    margins, start = tf.zeros([count]), tf.constant(0)

    def score_of(n: Any) -> Any:
        predictions = _assignment(distances, tf.concat([chosen, [candidates[n]]], 0))
        return _score(labels, predictions, margin_type)

    _, margins = tf.while_loop(lambda n, _: n < count, _margins(count, score_of), [start, margins])
    scores = tf.add(scores, margin_multiplier * margins)
    return candidates[tf.cast(tf.argmax(scores, axis=0), tf.int32)]


def _greedy_centroids(distances: Any, labels: Any, points: Any, margin_multiplier: Any, margin_type: str) -> Any:
    """Returns as many centroids as there are classes, chosen one after the other."""

    def body(n: Any, chosen: Any) -> Any:
        candidates = tf.setdiff1d(points, chosen)[0]
        best = _best_candidate(distances, labels, chosen, candidates, margin_multiplier, margin_type)
        chosen = tf.concat([chosen, [best]], 0)
        return n + 1, chosen

    count = tf.size(tf.unique(labels)[0])
    chosen, start = tf.constant(0, dtype=tf.int32, shape=[0]), tf.constant(0)
    invariants = [start.shape, tf.TensorShape([None])]
    return tf.while_loop(lambda n, _: n < count, body, [start, chosen], shape_invariants=invariants)[1]


def _replaced(vector: Any, index: Any, value: Any) -> Any:
    value = tf.squeeze(value)
    before, after = tf.slice(vector, [0], [index]), tf.slice(vector, [index + 1], [-1])
    return tf.concat([before, [value], after], 0)


def _among(distances: Any, members: Any) -> Any:
    """Returns the distances between members."""
    return tf.transpose(tf.gather(tf.transpose(tf.gather(distances, members)), members))


def _better_medoid(
    distances: Any, labels: Any, chosen: Any, members: Any, cluster: Any, margin_multiplier: Any, margin_type: str
) -> Any:
    """Returns the centroids with the best of one cluster in its place."""
    within = _among(distances, members)

    def score_of(n: Any) -> Any:
        candidate = tf.cast(members[n], tf.int32)
        predictions = _assignment(distances, _replaced(chosen, cluster, candidate))
        return _score(labels, predictions, margin_type)

    scores = -1.0 * tf.reduce_sum(tf.squeeze(within, [1, 2]), axis=0)
    start = tf.constant(0)
    count = tf.size(members)
    margins = tf.zeros([count])
    _, margins = tf.while_loop(lambda n, _: n < count, _margins(count, score_of), [start, margins])
    scores = tf.add(scores, margin_multiplier * margins)
    best = tf.cast(tf.argmax(scores, axis=0), tf.int32)
    return _replaced(chosen, cluster, tf.cast(members[best], tf.int32))


def _better_medoids(
    distances: Any, labels: Any, predictions: Any, chosen: Any, margin_multiplier: Any, margin_type: str
) -> Any:
    """Returns the centroids with each replaced by the best of its cluster."""

    def body(n: Any, chosen: Any) -> Any:
        members = tf.where(tf.equal(tf.cast(predictions, tf.int64), tf.cast(n, tf.int64)))
        chosen = _better_medoid(distances, labels, chosen, members, n, margin_multiplier, margin_type)
        return n + 1, chosen

    count = tf.size(tf.unique(labels)[0])
    return tf.while_loop(lambda n, _: n < count, body, [tf.constant(0), chosen])[1]


def _true_energy(distances: Any, labels: Any) -> Any:
    """Returns the energy of the clusters that the labels make."""
    classes = tf.unique(labels)[0]
    count = tf.size(classes)
    start, energy = tf.constant(0), tf.constant(0.0, dtype=tf.float32)

    def body(n: Any, energy: Any) -> Any:
        members = tf.where(tf.equal(labels, classes[n]))
        within = _among(distances, members)
        score = -1.0 * tf.reduce_min(tf.reduce_sum(within, axis=0))
        return n + 1, energy + score

    return tf.while_loop(lambda n, _: n < count, body, [start, energy])[1]


@export("contrib.losses.metric_learning.cluster_loss")
def cluster_loss(
    labels: Any,
    embeddings: Any,
    margin_multiplier: float,
    enable_pam_finetuning: bool = True,
    margin_type: str = "nmi",
    print_losses: bool = False,
) -> Any:
    """Wants the clusters of the labels better than any other, by how far those agree (Song et al., arXiv:1612.01213).

    Args:
      labels: classes, an int vector.
      embeddings: a matrix of rows of length 1.
      margin_multiplier: the weight of the disagreement.
      enable_pam_finetuning: whether to improve the greedy clusters by swaps.
      margin_type: the score of agreement: "nmi", "ami", "ari", "vmeasure" (these need scikit-learn) or "const".
      print_losses: whether to print the loss.

    Raises:
      ImportError: scikit-learn is not installed.
      ValueError: there is no such score.
    """
    distances = pairwise_distance(embeddings)
    labels = tf.squeeze(labels)
    points = tf.range(tf.shape(embeddings)[0])
    chosen = _greedy_centroids(distances, labels, points, margin_multiplier, margin_type)
    energy = _energy(distances, chosen)
    if enable_pam_finetuning:
        for _ in range(_PAM_ITERATIONS):
            predictions = _assignment(distances, chosen)
            chosen = _better_medoids(distances, labels, predictions, chosen, margin_multiplier, margin_type)
        energy = _energy(distances, chosen)
    score = _score(labels, _assignment(distances, chosen), margin_type)
    true_energy = _true_energy(distances, labels)
    loss = tf.maximum(energy + margin_multiplier * (1.0 - score) - true_energy, 0.0, name="clustering_loss")
    loss.set_shape([])
    if print_losses:
        loss = tf.Print(loss, ["clustering_loss: ", loss, tf.shape(loss)])
    tf.summary.scalar("losses/score_pred", energy)
    tf.summary.scalar(f"losses/{margin_type}", score)
    tf.summary.scalar("losses/score_gt", true_energy)
    return loss
