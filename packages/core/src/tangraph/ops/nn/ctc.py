"""Connectionist temporal classification: the loss and two decoders (Graves et al., ICML 2006)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.sparse_tensor import SparseTensor

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _loss_shape(c: ShapeContext) -> list[Raw]:
    inputs = c.with_rank(0, 3)
    raw_shape.merge_dim(c.with_rank(1, 2)[0], c.with_rank(2, 1)[0])
    batch = raw_shape.merge_dim(inputs[1], c.with_rank(3, 1)[0])
    return [(batch,), (inputs[0], batch, inputs[2])]


def _batch(c: ShapeContext) -> int | None:
    return raw_shape.merge_dim(c.with_rank(0, 3)[1], c.with_rank(1, 1)[0])


def _greedy_shape(c: ShapeContext) -> list[Raw]:
    return [(None, 2), (None,), (2,), (_batch(c), 1)]


def _beam_shape(c: ShapeContext) -> list[Raw]:
    batch, paths = _batch(c), c.attr("top_paths")
    return [*[(None, 2)] * paths, *[(None,)] * paths, *[(2,)] * paths, (batch, paths)]


_TYPES = "T: {float, double} = DT_FLOAT"
CTC_LOSS = ops.define(
    "CTCLoss",
    ["inputs: T", "labels_indices: int64", "labels_values: int32", "sequence_length: int32"],
    ["loss: T", "gradient: T"],
    [
        "preprocess_collapse_repeated: bool = false",
        "ctc_merge_repeated: bool = true",
        "ignore_longer_outputs_than_inputs: bool = false",
        _TYPES,
    ],
    shape=_loss_shape,
)
CTC_GREEDY_DECODER = ops.define(
    "CTCGreedyDecoder",
    ["inputs: T", "sequence_length: int32"],
    ["decoded_indices: int64", "decoded_values: int64", "decoded_shape: int64", "log_probability: T"],
    ["merge_repeated: bool = false", _TYPES],
    shape=_greedy_shape,
)
CTC_BEAM_SEARCH_DECODER = ops.define(
    "CTCBeamSearchDecoder",
    ["inputs: T", "sequence_length: int32"],
    [
        "decoded_indices: top_paths * int64",
        "decoded_values: top_paths * int64",
        "decoded_shape: top_paths * int64",
        "log_probability: T",
    ],
    ["beam_width: int >= 1", "top_paths: int >= 1", "merge_repeated: bool = true", _TYPES],
    shape=_beam_shape,
)
ops.not_differentiable("CTCGreedyDecoder", "CTCBeamSearchDecoder")


@ops.gradient("CTCLoss")
def _ctc_loss_grad(op: Operation, grad: Tensor, _: Any) -> list[Any]:
    from tangraph.ops.array.reshape import expand_dims

    # The loss comes with its gradient, which is no differentiable function of the graph.
    inner: Any = make_op(
        "PreventGradient",
        op.outputs[1],
        message="Currently there is no way to take the second  derivative of ctc_loss due to the fused implementation's "
        "interaction  with tf.gradients()",
    )
    return [expand_dims(grad, -1) * inner, None, None, None]


@export("nn.ctc_loss")
def ctc_loss(
    labels: Any,
    inputs: Any = None,
    sequence_length: Any = None,
    preprocess_collapse_repeated: bool = False,
    ctc_merge_repeated: bool = True,
    ignore_longer_outputs_than_inputs: bool = False,
    time_major: bool = True,
    logits: Any = None,
) -> Tensor:
    """The negative log-probability of label sequences, summed over all ways to align them with the inputs.

    Args:
      labels: an int32 SparseTensor ``[batch, max_labels]``; classes below ``num_classes - 1``, which is the blank.
      inputs: ``[time, batch, num_classes]``, logits, float32 or float64.
      sequence_length: int32 ``[batch]``: how many time steps count.
      preprocess_collapse_repeated: whether repeated labels are merged first.
      ctc_merge_repeated: whether repeated classes without a blank between them are one label.
      ignore_longer_outputs_than_inputs: whether examples with more labels than time steps give 0 instead of an error.
      time_major: whether time is the first dimension of `inputs`, not the second.
      logits: the newer name of `inputs`.

    Returns:
      ``[batch]``: the loss of each example.

    Raises:
      TypeError: `labels` is no SparseTensor.
    """
    if not isinstance(labels, SparseTensor):
        raise TypeError("Expected labels (first argument) to be a SparseTensor")
    inputs = deprecated_argument_lookup("logits", logits, "inputs", inputs)
    if not time_major:
        from tangraph.ops.array.transpose import transpose

        inputs = transpose(inputs, [1, 0, 2])
    loss, _ = make_op(
        CTC_LOSS,
        inputs,
        labels.indices,
        labels.values,
        sequence_length,
        preprocess_collapse_repeated=preprocess_collapse_repeated,
        ctc_merge_repeated=ctc_merge_repeated,
        ignore_longer_outputs_than_inputs=ignore_longer_outputs_than_inputs,
    )
    result: Tensor = loss
    return result


@export("nn.ctc_greedy_decoder")
def ctc_greedy_decoder(
    inputs: Any, sequence_length: Any, merge_repeated: bool = True
) -> tuple[list[SparseTensor], Tensor]:
    """Takes the likeliest class of each time step, without the blanks.

    Args:
      inputs: ``[time, batch, num_classes]``, logits; the last class is the blank.
      sequence_length: int32 ``[batch]``: how many time steps count.
      merge_repeated: whether repeated classes without a blank between them are one label.

    Returns:
      A list with one SparseTensor of labels, and ``[batch, 1]``: the negated sum of the largest logits.
    """
    indices, values, shape, score = make_op(CTC_GREEDY_DECODER, inputs, sequence_length, merge_repeated=merge_repeated)
    return [SparseTensor(indices, values, shape)], score


@export("nn.ctc_beam_search_decoder")
def ctc_beam_search_decoder(
    inputs: Any, sequence_length: Any, beam_width: int = 100, top_paths: int = 1, merge_repeated: bool = True
) -> tuple[list[SparseTensor], Tensor]:
    """Finds likely label sequences by beam search.

    Args:
      inputs: ``[time, batch, num_classes]``, logits; the last class is the blank.
      sequence_length: int32 ``[batch]``: how many time steps count.
      beam_width: how many prefixes are kept from step to step.
      top_paths: how many sequences to return, at most `beam_width`.
      merge_repeated: whether repeated labels of a result are merged (even those that a blank parted).

    Returns:
      A list with a SparseTensor of labels for each path, best first, and ``[batch, top_paths]``: log-probabilities.
    """
    indices, values, shapes, scores = make_op(
        CTC_BEAM_SEARCH_DECODER,
        inputs,
        sequence_length,
        beam_width=beam_width,
        top_paths=top_paths,
        merge_repeated=merge_repeated,
    )
    return [SparseTensor(*parts) for parts in zip(indices, values, shapes, strict=True)], scores


@export("nn.ctc_beam_search_decoder_v2")
def ctc_beam_search_decoder_v2(
    inputs: Any, sequence_length: Any, beam_width: int = 100, top_paths: int = 1
) -> tuple[list[SparseTensor], Tensor]:
    """As `tf.nn.ctc_beam_search_decoder`, with repeated labels as they are."""
    return ctc_beam_search_decoder(inputs, sequence_length, beam_width, top_paths, merge_repeated=False)
