"""Losses over many classes that look at the right ones and some that are drawn: NCE and sampled softmax."""

from __future__ import annotations

from typing import Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor


def _sum_rows(x: Tensor) -> Tensor:
    """Returns the sum of each row, as a product with ones."""
    from tangraph.ops.array.fill import ones
    from tangraph.ops.array.packing import stack
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.matmul import matmul

    sizes: Any = shape(x)
    column = ones(stack([sizes[1], 1]), x.dtype)
    return reshape(matmul(x, column), [-1])


def _sampled_logits(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: Any,
    num_classes: int,
    num_true: int,
    sampled_values: Any,
    remove_accidental_hits: bool,
    partition_strategy: str,
    name: str | None,
    seed: int | None = None,
) -> tuple[Tensor, Tensor]:
    """Returns the logits of the true classes and of those drawn, and the labels that go with them."""
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.fill import ones_like, zeros_like
    from tangraph.ops.array.identity import stop_gradient
    from tangraph.ops.array.packing import stack
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape
    from tangraph.ops.array.slicing import slice
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.matmul import matmul
    from tangraph.ops.math.unary import log
    from tangraph.ops.nn.candidate_sampling import log_uniform_candidate_sampler
    from tangraph.ops.nn.embedding import embedding_lookup
    from tangraph.ops.state.partitioned_variable import PartitionedVariable

    parts = list(weights) if isinstance(weights, (PartitionedVariable, list)) else [weights]
    with name_scope(name, "compute_sampled_logits", [*parts, biases, inputs, labels]):
        if labels.dtype != dtypes.int64:
            labels = cast(labels, dtypes.int64)
        flat = reshape(labels, [-1])
        if sampled_values is None:
            sampled_values = log_uniform_candidate_sampler(labels, num_true, num_sampled, True, num_classes, seed)
        sampled, true_count, sampled_count = [stop_gradient(value) for value in sampled_values]
        sampled = cast(sampled, dtypes.int64)
        ids = concat([flat, sampled], 0)

        both = embedding_lookup(parts, ids, partition_strategy=partition_strategy)
        if both.dtype != inputs.dtype:
            both = cast(both, inputs.dtype)
        rows: Any = shape(flat)
        true_w = slice(both, [0, 0], stack([rows[0], -1]))
        rows = shape(flat)
        sampled_w = slice(both, stack([rows[0], 0]), [-1, -1])
        sampled_logits: Any = matmul(inputs, sampled_w, transpose_b=True)

        both_b = embedding_lookup(biases, ids, partition_strategy=partition_strategy)
        if both_b.dtype != inputs.dtype:
            both_b = cast(both_b, inputs.dtype)
        true_b = slice(both_b, [0], shape(flat))
        sampled_b = slice(both_b, shape(flat), [-1])

        true_logits: Any = _true_logits(inputs, true_w, num_true)
        true_logits = true_logits + reshape(true_b, [-1, num_true])
        sampled_logits = sampled_logits + sampled_b
        if remove_accidental_hits:
            sampled_logits = sampled_logits + _without_hits(labels, sampled, num_true, num_sampled, sampled_logits)
        true_logits = true_logits - log(true_count)
        sampled_logits = sampled_logits - log(sampled_count)
        out_logits = concat([true_logits, sampled_logits], 1)
        likely: Any = ones_like(true_logits)
        return out_logits, concat([likely / num_true, zeros_like(sampled_logits)], 1)


def _true_logits(inputs: Any, true_w: Tensor, num_true: int) -> Tensor:
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.reshape import expand_dims, reshape
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.arithmetic import multiply

    whole: Any = shape(true_w)
    width = whole[1:2]
    by_example = concat([[-1, num_true], width], 0)
    products = multiply(expand_dims(inputs, 1), reshape(true_w, by_example))
    matrix = reshape(products, concat([[-1], width], 0))
    return reshape(_sum_rows(matrix), [-1, num_true])


def _without_hits(labels: Tensor, sampled: Tensor, num_true: int, num_sampled: Any, logits: Tensor) -> Tensor:
    """Returns what makes the logits of drawn classes that are right vanish: the lowest number there, 0 elsewhere."""
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.reshape import expand_dims, reshape
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.cast import cast
    from tangraph.ops.nn.candidate_sampling import compute_accidental_hits

    rows, places, lowest = compute_accidental_hits(labels, sampled, num_true=num_true)
    rows = reshape(rows, [-1, 1])
    places = reshape(cast(places, dtypes.int32), [-1, 1])
    indices = concat([rows, places], 1, "sparse_indices")
    whole: Any = shape(labels)
    sizes = concat([whole[:1], expand_dims(num_sampled, 0)], 0)
    if logits.dtype != lowest.dtype:
        lowest = cast(lowest, logits.dtype)
    result: Tensor = make_op("SparseToDense", indices, sizes, lowest, 0.0, validate_indices=False)
    return result


@export("nn.nce_loss")
def nce_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    partition_strategy: str = "mod",
    name: str | None = "nce_loss",
) -> Tensor:
    """The noise-contrastive estimation loss (Gutmann and Hyvarinen, AISTATS 2010).

    Each example tells its right classes from some that are drawn, by logistic regression.

    Args:
      weights: ``[num_classes, dim]``, a tensor, a variable, or a list of their shards.
      biases: ``[num_classes]``.
      labels: integers ``[batch, num_true]``: the right classes.
      inputs: ``[batch, dim]``: what the classes are told from.
      num_sampled: how many classes to draw for the batch.
      num_classes: how many there are.
      num_true: how many are right for each example.
      sampled_values: what a `tf.nn.*_candidate_sampler` returned; drawn log-uniformly when None.
      remove_accidental_hits: whether drawn classes that are right are left out.
      partition_strategy: how classes are spread over shards: "mod" or "div".
      name: the name scope.

    Returns:
      ``[batch]``: the loss of each example.
    """
    from tangraph.ops.nn.logistic_loss import sigmoid_cross_entropy_with_logits

    logits, targets = _sampled_logits(
        weights,
        biases,
        labels,
        inputs,
        num_sampled,
        num_classes,
        num_true,
        sampled_values,
        remove_accidental_hits,
        partition_strategy,
        name,
    )
    losses = sigmoid_cross_entropy_with_logits(labels=targets, logits=logits, name="sampled_losses")
    return _sum_rows(losses)


@export("nn.sampled_softmax_loss")
def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    partition_strategy: str = "mod",
    name: str | None = "sampled_softmax_loss",
    seed: int | None = None,
) -> Tensor:
    """The softmax cross entropy over the right classes and some that are drawn (Jean et al., arXiv:1412.2007).

    Args:
      weights: ``[num_classes, dim]``, a tensor, a variable, or a list of their shards.
      biases: ``[num_classes]``.
      labels: integers ``[batch, num_true]``: the right classes.
      inputs: ``[batch, dim]``: what the classes are told from.
      num_sampled: how many classes to draw for the batch.
      num_classes: how many there are.
      num_true: how many are right for each example.
      sampled_values: what a `tf.nn.*_candidate_sampler` returned; drawn log-uniformly when None.
      remove_accidental_hits: whether drawn classes that are right are left out.
      partition_strategy: how classes are spread over shards: "mod" or "div".
      name: the name scope.
      seed: the seed of the draws.

    Returns:
      ``[batch]``: the loss of each example.
    """
    from tangraph.ops.array.identity import stop_gradient
    from tangraph.ops.nn.cross_entropy import softmax_cross_entropy_with_logits_v2

    logits, targets = _sampled_logits(
        weights,
        biases,
        labels,
        inputs,
        num_sampled,
        num_classes,
        num_true,
        sampled_values,
        remove_accidental_hits,
        partition_strategy,
        name,
        seed,
    )
    targets = stop_gradient(targets, name="labels_stop_gradient")
    return softmax_cross_entropy_with_logits_v2(labels=targets, logits=logits)
