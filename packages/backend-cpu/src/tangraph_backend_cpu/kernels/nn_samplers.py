"""Candidate samplers, with TensorFlow's draws: one random word after the other from the Philox stream."""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels import philox
from tangraph_backend_cpu.kernels.random_state import generator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tangraph.plan.kernel import KernelContext
    from tangraph_backend_cpu.kernels.philox import Stream

kernel = KernelSet()

#: Words that a run reserves for each class to draw; rejected draws rarely need more.
_WORDS_EACH: Final = 2048
_WORDS_A_BLOCK: Final = 4
_BLOCKS_AT_ONCE: Final = 64
_MAX_INT32: Final = 2**31 - 1


class Words:
    """The 32-bit words of a stream, one by one, and the numbers that are made of them."""

    def __init__(self, at: Stream) -> None:
        self._at = at
        self._words: Iterator[int] = iter(())

    def word(self) -> int:
        """Returns the next word."""
        for word in self._words:
            return word
        words = philox.words(self._at, _BLOCKS_AT_ONCE)
        self._at = self._at._replace(counter=self._at.counter + _BLOCKS_AT_ONCE)
        self._words = iter(words.ravel().tolist())
        return next(self._words)

    def word64(self) -> int:
        """Returns the next two words as one number, the lower half first."""
        low = self.word()
        return self.word() << 32 | low

    def below(self, n: int, bits: int = 32) -> int:
        """Returns a number in [0, n), each equally likely, from words of 32 or 64 bits."""
        draw = self.word if bits == 32 else self.word64
        if n & (n - 1) == 0:
            return draw() & (n - 1)
        # The numbers below `rest` would make small results more likely.
        rest = ((1 << bits) - 1) % n + 1
        number = draw()
        while number < rest:
            number = draw()
        return number % n

    def single(self) -> float:
        """Returns a float32 in [0, 1): 23 bits of a word."""
        return (self.word() & 0x7FFFFF) / float(1 << 23)

    def double(self) -> float:
        """Returns a float64 in [0, 1): 20 bits of a word and all of the next."""
        high = self.word() & 0xFFFFF
        return (high << 32 | self.word()) / float(1 << 52)


class Sampler:
    """Draws classes below `size`."""

    def __init__(self, size: int) -> None:
        self.size = size

    def draw(self, words: Words) -> int:
        """Returns a class."""
        raise NotImplementedError

    def probability(self, classes: Any) -> Any:
        """Returns how likely classes are, float32."""
        raise NotImplementedError

    def learn(self, classes: Any) -> None:
        """Takes notice of classes that were right."""


class Uniform(Sampler):
    """All classes are equally likely."""

    def draw(self, words: Words) -> int:
        """See `Sampler.draw`."""
        return words.below(self.size, 64)

    def probability(self, classes: Any) -> Any:
        """See `Sampler.probability`."""
        return np.full(np.shape(classes), 1.0 / self.size, np.float32)


class LogUniform(Sampler):
    """Class k has probability log((k + 2) / (k + 1)) / log(size + 1)."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._log_size = math.log1p(size)

    def draw(self, words: Words) -> int:
        """See `Sampler.draw`."""
        return (int(math.exp(words.double() * self._log_size)) - 1) % self.size

    def probability(self, classes: Any) -> Any:
        """See `Sampler.probability`."""
        numbers = np.asarray(classes, np.float64)
        return (np.log((numbers + 2.0) / (numbers + 1.0)) / self._log_size).astype(np.float32)


class LearnedUnigram(Sampler):
    """A class is as likely as it was right so often (and once more)."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._counts = np.ones(size, np.int64)
        self._sums = np.cumsum(self._counts)

    def draw(self, words: Words) -> int:
        """See `Sampler.draw`."""
        return int(np.searchsorted(self._sums, words.below(int(self._sums[-1])), side="right"))

    def probability(self, classes: Any) -> Any:
        """See `Sampler.probability`."""
        return self._counts[classes].astype(np.float32) / np.float32(self._sums[-1])

    def learn(self, classes: Any) -> None:
        """See `Sampler.learn`."""
        np.add.at(self._counts, classes.ravel()[: _MAX_INT32 - int(self._sums[-1])], 1)
        self._sums = np.cumsum(self._counts)


class FixedUnigram(Sampler):
    """Classes have given weights; drawn by Walker's alias method."""

    def __init__(self, size: int, weights: list[np.float32]) -> None:
        super().__init__(size)
        self._weights = np.array(weights, np.float32)
        self._total = np.float32(0)
        for weight in self._weights:
            self._total += weight
        self._keep, self._other = _alias_table(self._weights)

    def draw(self, words: Words) -> int:
        """See `Sampler.draw`."""
        number = words.single()
        place = words.below(len(self._keep))
        return place if number < self._keep[place] else self._other[place]

    def probability(self, classes: Any) -> Any:
        """See `Sampler.probability`."""
        inside = (classes >= 0) & (classes < len(self._weights))
        return np.where(inside, self._weights[np.where(inside, classes, 0)] / self._total, np.float32(0))


def _alias_table(weights: Any) -> tuple[list[float], list[int]]:
    """Returns with which probability each place keeps its own class, and the class it gives else."""
    count = len(weights)
    total = sum(map(float, weights))
    shares = [float(np.float32(w * np.float32(count))) / total for w in weights]
    other = [-1] * count
    low = [i for i, share in enumerate(shares) if share < 1.0]
    high = [i for i, share in enumerate(shares) if not share < 1.0]
    while high and low:
        small, large = low.pop(), high.pop()
        other[small] = large
        shares[large] -= 1.0 - shares[small]
        (low if shares[large] < 1.0 else high).append(large)
    keep = [float(np.float32(share)) for share in shares]
    for i in (*high, *low):
        # Rounding alone left these without a partner.
        keep[i], other[i] = 1.0, i
    return keep, other


def _expected(probability: Any, count: int, tries: int) -> Any:
    """Returns how often classes are expected among those drawn, or how likely they are when none is drawn twice."""
    if tries == count:
        return probability * np.float32(count)
    return -np.expm1(np.float32(tries) * np.log1p(-probability))


def _draw(sampler: Sampler, words: Words, count: int, unique: bool) -> tuple[list[int], int]:
    if not unique:
        return [sampler.draw(words) for _ in range(count)], count
    seen: dict[int, None] = {}
    tries = 0
    while len(seen) < count:
        tries += 1
        seen[sampler.draw(words)] = None
    return list(seen), tries


def _check(true_classes: Any, num_true: int) -> None:
    if true_classes.ndim != 2:
        raise errors.InvalidArgumentError(None, None, "true_classes must be a matrix")
    if true_classes.shape[1] != num_true:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"true_classes must have num_true columns, expected: {true_classes.shape[1]} was: {num_true}",
        )


def _unigrams(k: KernelContext) -> list[np.float32]:
    """Returns the weights of a FixedUnigramCandidateSampler: of its shard, reserved classes first."""
    path, unigrams = k.attr("vocab_file"), k.attr("unigrams")
    shards, shard = k.attr("num_shards"), k.attr("shard")
    if not path and not unigrams:
        raise errors.InvalidArgumentError(None, None, "Must provide either vocab_file or unigrams.")
    if path and unigrams:
        raise errors.InvalidArgumentError(None, None, "Must only provide one of vocab_file and unigrams.")
    if path:
        with Path(path).open(encoding="utf-8") as lines:
            unigrams = [_last_field(line.rstrip("\n")) for line in lines]
    power = np.float32(k.attr("distortion"))
    weights = [np.float32(0) for i in range(k.attr("num_reserved_ids")) if i % shards == shard]
    start = len(weights)
    return weights + [
        np.float32(np.power(np.float32(w), power)) for i, w in enumerate(unigrams, start) if i % shards == shard
    ]


def _last_field(line: str) -> float:
    try:
        return float(line.rsplit(",", maxsplit=1)[-1])
    except ValueError:
        raise errors.InvalidArgumentError(None, None, f"Wrong vocabulary format at line: {line}") from None


def _fixed_unigram(k: KernelContext) -> Sampler:
    weights, size = _unigrams(k), k.attr("range_max")
    if len(weights) != size:
        raise errors.InvalidArgumentError(None, None, f"range_max is {size}, but there are {len(weights)} weights")
    return FixedUnigram(size, weights)


_SAMPLERS: Final[dict[str, Callable[[KernelContext], Sampler]]] = {
    "UniformCandidateSampler": lambda k: Uniform(k.attr("range_max")),
    "LogUniformCandidateSampler": lambda k: LogUniform(k.attr("range_max")),
    "LearnedUnigramCandidateSampler": lambda k: LearnedUnigram(k.attr("range_max")),
    "ThreadUnsafeUnigramCandidateSampler": lambda k: LearnedUnigram(k.attr("range_max")),
    "FixedUnigramCandidateSampler": _fixed_unigram,
}


@kernel(*_SAMPLERS)
def sample(k: KernelContext) -> Callable[..., Any]:
    """Classes drawn, and the expected counts of the true classes and of those drawn."""
    num_true, count, unique = k.attr("num_true"), k.attr("num_sampled"), k.attr("unique")
    stream = generator(k)
    # A learning sampler is state of the session, as its generator is.
    store = k.resources
    make = _SAMPLERS[k.op_type]
    sampler = make(k) if store is None else store.get_or_create("candidate_sampler", "", k.name, lambda: make(k))
    lock = threading.Lock()

    def run(true_classes: Any) -> tuple[Any, Any, Any]:
        _check(true_classes, num_true)
        if unique and count > sampler.size:
            raise errors.InvalidArgumentError(None, None, "Sampler's range is too small.")
        with lock:
            words = Words(stream.reserve(-(-_WORDS_EACH * count // _WORDS_A_BLOCK)))
            drawn, tries = _draw(sampler, words, count, unique)
            classes = np.array(drawn, np.int64)
            drawn_count = _expected(sampler.probability(classes), count, tries)
            true_count = _expected(sampler.probability(true_classes), count, tries)
            sampler.learn(true_classes)
        return classes, true_count, drawn_count

    return run


@kernel("AllCandidateSampler")
def sample_all(k: KernelContext) -> Callable[..., Any]:
    """All classes, each expected once."""
    num_true, count = k.attr("num_true"), k.attr("num_sampled")

    def run(true_classes: Any) -> tuple[Any, Any, Any]:
        _check(true_classes, num_true)
        return np.arange(count), np.ones(true_classes.shape, np.float32), np.ones(count, np.float32)

    return run


@kernel("ComputeAccidentalHits")
def compute_accidental_hits(k: KernelContext) -> Callable[..., Any]:
    """Where classes that were drawn are right."""
    num_true = k.attr("num_true")
    lowest = np.finfo(np.float32).min

    def run(true_classes: Any, sampled: Any) -> tuple[Any, Any, Any]:
        if true_classes.ndim != 2 or true_classes.shape[1] != num_true:
            raise errors.InvalidArgumentError(None, None, "true_candidates must be a batch_size * num_true matrix")
        if sampled.ndim != 1:
            raise errors.InvalidArgumentError(
                None, None, "sampled_candidates must be a vector, which is typically the output from CandidateSampler"
            )
        places = {number: place for place, number in enumerate(sampled.tolist())}
        hits = [
            (row, places[number])
            for row, numbers in enumerate(true_classes.tolist())
            for number in numbers
            if number in places
        ]
        found = np.array(hits, np.int64).reshape(-1, 2)
        return found[:, 0].astype(np.int32), found[:, 1].copy(), np.full(len(hits), lowest, np.float32)

    return run
