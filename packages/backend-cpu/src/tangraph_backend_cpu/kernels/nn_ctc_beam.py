"""The beam search decoder of connectionist temporal classification.

A beam holds the likeliest label sequences (prefixes) so far, each with the log-probabilities of those of its alignments
that end in a blank and of those that end in its last label.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels.nn_ctc import as_sparse, check_inputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

_NEVER = -math.inf


def _either(a: float, b: float) -> float:
    """Returns log(exp(a) + exp(b))."""
    if a == _NEVER:
        return b
    if b == _NEVER:
        return a
    return a + math.log1p(math.exp(b - a)) if a > b else b + math.log1p(math.exp(a - b))


class _Prefix:
    """A label sequence, as a node of the tree of all that were looked at."""

    __slots__ = ("blank", "children", "ending", "label", "old_blank", "old_total", "parent", "total")

    def __init__(self, parent: _Prefix | None, label: int) -> None:
        self.parent, self.label = parent, label
        self.children: dict[int, _Prefix] = {}
        self.drop()
        self.old_total = self.old_blank = _NEVER

    def drop(self) -> None:
        """Takes the prefix out of the beam."""
        self.total = self.blank = self.ending = _NEVER

    def child(self, label: int) -> _Prefix:
        """Returns the prefix that is longer by a label."""
        found = self.children.get(label)
        if found is None:
            found = self.children[label] = _Prefix(self, label)
        return found

    def labels(self, merge_repeated: bool) -> list[int]:
        """Returns the sequence."""
        result: list[int] = []
        node, last = self, -1
        while node.parent is not None:
            if not merge_repeated or node.label != last:
                result.append(node.label)
            last = node.label
            node = node.parent
        return result[::-1]


def _total(prefix: _Prefix) -> float:
    return prefix.total


def _step(beam: list[_Prefix], width: int, scores: list[float]) -> list[_Prefix]:
    """Returns the beam after a time step with these log-probabilities of the classes, the blank last."""
    blank = len(scores) - 1
    branches = sorted(beam, key=_total, reverse=True)
    for b in branches:
        b.old_total, b.old_blank = b.total, b.blank
    for b in branches:
        if b.parent is not None:
            if b.parent.total != _NEVER:
                before = b.parent.old_blank if b.label == b.parent.label else b.parent.old_total
                b.ending = _either(b.ending, before)
            b.ending += scores[b.label]
        b.blank = b.old_total + scores[blank]
        b.total = _either(b.blank, b.ending)
    leaves = list(branches)
    for b in branches:
        worst = min(leaves, key=_total)
        if b.old_total == _NEVER or (len(leaves) >= width and not b.old_total > worst.total):
            continue
        for label in range(blank):
            c = b.child(label)
            if c.total != _NEVER:
                continue
            before = b.old_blank if label == b.label else b.old_total
            score = scores[label] + before
            full = len(leaves) >= width
            if score == _NEVER or (full and not score > worst.total):
                # One that left the beam in this very step is not expanded either.
                c.old_total = c.old_blank = _NEVER
                continue
            if full:
                leaves.remove(worst)
                worst.drop()
            c.blank, c.ending, c.total = _NEVER, score, score
            leaves.append(c)
            worst = min(leaves, key=_total)
    return leaves


@kernel("CTCBeamSearchDecoder")
def ctc_beam_search_decoder(k: KernelContext) -> Callable[..., Any]:
    """The likeliest label sequences."""
    width, count, merge = k.attr("beam_width"), k.attr("top_paths"), k.attr("merge_repeated")
    dtype = k.output_dtypes[-1].np

    def run(inputs: Any, lengths: Any) -> tuple[Any, ...]:
        check_inputs(inputs, lengths, lambda text: errors.FailedPreconditionError(None, None, text))
        if count > width:
            raise errors.InvalidArgumentError(None, None, "requested more paths than the beam width.")
        logits = inputs.astype(np.float64)
        logits -= logits.max(axis=2, keepdims=True)
        logits -= np.log(np.exp(logits).sum(axis=2, keepdims=True))
        paths: list[list[list[int]]] = [[] for _ in range(count)]
        scores = np.zeros((inputs.shape[1], count), dtype)
        for number, length in enumerate(lengths.tolist()):
            root = _Prefix(None, -1)
            root.total = root.blank = 0.0
            beam = [root]
            for row in logits[:length, number].tolist():
                beam = _step(beam, width, row)
            if len(beam) < count:
                raise errors.InvalidArgumentError(None, None, "Less leaves in the beam search than requested.")
            best = sorted(beam, key=_total, reverse=True)[:count]
            for i, prefix in enumerate(best):
                paths[i].append(prefix.labels(merge))
                scores[number, i] = prefix.total
        sparse = [as_sparse(rows) for rows in paths]
        return (*[part for parts in zip(*sparse, strict=True) for part in parts], scores)

    return run
