"""Connectionist temporal classification: the loss by forward and backward variables, and the greedy decoder.

The recursions of A. Graves, "Supervised Sequence Labelling with Recurrent Neural Networks", section 7.3, in
logarithms, for all examples of a batch at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import raw_shape
from tangraph.plugin import KernelSet, errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

Array = Any

_OUT_OF_ORDER: Final = (
    "is out of order. Many sparse ops require sorted indices.\n"
    "    Use `tf.sparse.reorder` to create a correctly ordered copy.\n"
)


def _invalid(text: str) -> errors.OpError:
    return errors.InvalidArgumentError(None, None, text)


def check_inputs(inputs: Array, lengths: Array, failure: Callable[[str], errors.OpError] = _invalid) -> None:
    """Raises an error for inputs and lengths that do not fit each other."""
    if inputs.ndim != 3:
        raise _invalid("inputs is not a 3-Tensor")
    time, batch = inputs.shape[:2]
    if lengths.ndim != 1:
        raise _invalid("sequence_length is not a vector")
    if len(lengths) != batch:
        raise failure(f"len(sequence_length) != batch_size.  len(sequence_length):  {len(lengths)} batch_size: {batch}")
    for number, length in enumerate(lengths.tolist()):
        if length < 0:
            raise _invalid(f"seq_len({number}) < 0")
        if length > time:
            raise failure(f"sequence_length({number}) <= {time}")


def _check_labels(indices: Array, batch: int) -> None:
    bounds = raw_shape.to_str((batch, int(indices[:, 1].max()) + 1 if len(indices) else 0))
    wrong = "label SparseTensor is not valid: indices"
    previous = None
    for number, row in enumerate(map(tuple, indices.tolist())):
        if min(row) < 0 or row[0] >= batch:
            raise _invalid(f"{wrong}[{number}] = {raw_shape.to_str(row)} is out of bounds: need 0 <= index < {bounds}")
        if previous is not None and row <= previous:
            what = "is repeated" if row == previous else _OUT_OF_ORDER
            raise _invalid(f"{wrong}[{number}] = {raw_shape.to_str(row)} {what}")
        previous = row


def _labels(values: list[int], number: int, blank: int, collapse: bool) -> list[int]:
    """Returns the labels of an example: up to the first blank, repeated ones merged if wanted."""
    result: list[int] = []
    ended = False
    for label in values:
        if label < 0:
            text = ",".join(map(str, values))
            raise _invalid(f"All labels must be nonnegative integers, batch: {number} labels: {text}")
        if label >= blank:
            ended = True
        elif ended:
            text, seen = ",".join(map(str, values)), ",".join(map(str, result))
            raise _invalid(
                f"Saw a non-null label (index >= num_classes - 1) following a null label, batch: {number} "
                f"num_classes: {blank + 1} labels: {text} labels seen so far: {seen}"
            )
        elif not (collapse and result and result[-1] == label):
            result.append(label)
    return result


class _Targets:
    """The labels of a batch with blanks around and between them, and the steps that lead from one to the next.

    Attributes:
      states: int ``[batch, states]``: the class that each state gives out; blanks fill up shorter examples.
      counts: how many states each example has.
      stay: log-weights ``[batch, states]`` of staying in a state.
      skip: log-weights of coming from two states before.
    """

    def __init__(self, labels: list[list[int]], blank: int, merge: bool) -> None:
        batch = len(labels)
        self.counts = np.array([2 * len(row) + 1 for row in labels])
        width = int(self.counts.max())
        self.states = np.full((batch, width), blank)
        for number, row in enumerate(labels):
            self.states[number, 1 : 2 * len(row) : 2] = row
        is_label = self.states != blank
        self.stay = np.where(is_label & (not merge), -np.inf, 0.0)
        self.skip = np.full((batch, width), -np.inf)
        same = self.states[:, 2:] == self.states[:, :-2]
        self.skip[:, 2:] = np.where(is_label[:, 2:] & ~(same & merge), 0.0, -np.inf)


def _forward(targets: _Targets, given: Array) -> Array:
    """Returns the log-probabilities of being in each state after each time step, ``[time, batch, states]``."""
    alpha = np.full(given.shape, -np.inf)
    alpha[0, :, :2] = given[0, :, :2]
    for t in range(1, len(given)):
        before = alpha[t - 1]
        total = before + targets.stay
        total[:, 1:] = np.logaddexp(total[:, 1:], before[:, :-1])
        total[:, 2:] = np.logaddexp(total[:, 2:], before[:, :-2] + targets.skip[:, 2:])
        alpha[t] = total + given[t]
    return alpha


def _backward(targets: _Targets, given: Array, lengths: Array) -> Array:
    """Returns the log-probabilities of the rest of the labels after each time step, ``[time, batch, states]``."""
    beta = np.full(given.shape, -np.inf)
    batch = np.arange(len(lengths))
    end = np.full(given.shape[1:], -np.inf)
    end[batch, targets.counts - 1] = 0.0
    end[batch, np.maximum(targets.counts - 2, 0)] = 0.0
    for t in range(len(given) - 1, -1, -1):
        if t + 1 < len(given):
            after = beta[t + 1] + given[t + 1]
            total = after + targets.stay
            total[:, :-1] = np.logaddexp(total[:, :-1], after[:, 1:])
            total[:, :-2] = np.logaddexp(total[:, :-2], after[:, 2:] + targets.skip[:, 2:])
            beta[t] = total
        beta[t] = np.where((lengths == t + 1)[:, None], end, beta[t])
    return beta


@kernel("CTCLoss")
def ctc_loss(k: KernelContext) -> Callable[..., Any]:
    """The loss of each example, and its gradient."""
    collapse, merge = k.attr("preprocess_collapse_repeated"), k.attr("ctc_merge_repeated")
    lenient, dtype = k.attr("ignore_longer_outputs_than_inputs"), k.output_dtypes[0].np

    def run(inputs: Array, indices: Array, values: Array, lengths: Array) -> tuple[Array, Array]:
        check_inputs(inputs, lengths)
        batch, blank = inputs.shape[1], inputs.shape[2] - 1
        _check_labels(indices, batch)
        rows: list[list[int]] = [[] for _ in range(batch)]
        for number, value in zip(indices[:, 0].tolist(), values.tolist(), strict=True):
            rows[number].append(value)
        labels = []
        fits = np.ones(batch, bool)
        for number, row in enumerate(rows):
            if not row:
                raise _invalid(f"Labels length is zero in batch {number}")
            labels.append(_labels(row, number, blank, collapse))
            if len(labels[-1]) > lengths[number]:
                if not lenient:
                    raise _invalid(
                        f"Not enough time for target transition sequence (required: {len(labels[-1])}, available: "
                        f"{lengths[number]}){number}You can turn this error into a warning by using the flag "
                        "ignore_longer_outputs_than_inputs"
                    )
                fits[number] = False
        loss, gradient = np.zeros(batch, dtype), np.zeros(inputs.shape, dtype)
        fits &= lengths > 0
        if fits.any():
            chosen = [row for row, fit in zip(labels, fits.tolist(), strict=True) if fit]
            loss[fits], gradient[:, fits] = _loss(inputs[:, fits], chosen, lengths[fits], merge)
        return loss, gradient

    return run


def _loss(inputs: Array, labels: list[list[int]], lengths: Array, merge: bool) -> tuple[Array, Array]:
    time, _, classes = inputs.shape
    logits = inputs.astype(np.float64)
    logits -= logits.max(axis=2, keepdims=True)
    probabilities = np.exp(logits)
    total = probabilities.sum(axis=2, keepdims=True)
    probabilities /= total
    logits -= np.log(total)
    targets = _Targets(labels, classes - 1, merge)
    given = np.take_along_axis(logits, np.broadcast_to(targets.states, (time, *targets.states.shape)), axis=2)
    paths = _forward(targets, given) + _backward(targets, given, lengths)
    score = np.logaddexp.reduce(paths[0], axis=1)
    possible = np.isfinite(score)
    share = np.exp(paths - np.where(possible, score, 0.0)[:, None])
    gradient: Array = probabilities
    for number, states in enumerate(targets.states):
        _subtract_at(gradient[:, number], states, share[:, number])
    gradient *= (np.arange(time)[:, None] < lengths)[:, :, None]
    return -score, gradient


def _subtract_at(target: Array, columns: Array, amounts: Array) -> None:
    """Subtracts amounts from columns, of which some may come more than once."""
    for state, column in enumerate(columns.tolist()):
        target[:, column] -= amounts[:, state]


@kernel("CTCGreedyDecoder")
def ctc_greedy_decoder(k: KernelContext) -> Callable[..., Any]:
    """The likeliest class of each time step, without blanks."""
    merge, dtype = k.attr("merge_repeated"), k.output_dtypes[3].np

    def run(inputs: Array, lengths: Array) -> tuple[Array, ...]:
        check_inputs(inputs, lengths, _precondition)
        blank = inputs.shape[2] - 1
        best = inputs.argmax(axis=2)
        counted = np.arange(inputs.shape[0])[:, None] < lengths
        score = -np.where(counted, inputs.max(axis=2), 0).sum(axis=0, dtype=dtype)[:, None]
        paths = []
        for number, length in enumerate(lengths.tolist()):
            path = best[:length, number]
            keep = path != blank
            if merge:
                keep[1:] &= path[1:] != path[:-1]
            paths.append(path[keep].tolist())
        return (*as_sparse(paths), score)

    return run


def _precondition(text: str) -> errors.OpError:
    return errors.FailedPreconditionError(None, None, text)


def as_sparse(rows: list[list[int]]) -> tuple[Array, Array, Array]:
    """Returns the indices, values and shape of a sparse matrix with these rows, all int64."""
    indices = [(row, column) for row, values in enumerate(rows) for column in range(len(values))]
    values = [value for row in rows for value in row]
    shape = (len(rows), max(map(len, rows), default=0))
    return (
        np.array(indices, np.int64).reshape(-1, 2),
        np.array(values, np.int64),
        np.array(shape, np.int64),
    )
