"""Samplers of candidate classes, for losses that look at few of many classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from tangraph.export import export, named
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.random.seeding import SEEDS, seeds

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()

_Sample = tuple[Any, Any, Any]


def _sampler_shape(c: ShapeContext) -> list[Raw]:
    (batch, _), count = c.with_rank(0, 2), c.attr("num_sampled")
    return [(count,), (batch, c.attr("num_true")), (count,)]


def _hits_shape(c: ShapeContext) -> list[Raw]:
    raw_shape.with_dim(c.with_rank(0, 2)[1], c.attr("num_true"))
    c.with_rank(1, 1)
    return [(None,)] * 3


_COUNTS = ["num_true: int >= 1", "num_sampled: int >= 1", "unique: bool"]
_RANGE = "range_max: int >= 1"
_UNIGRAMS = [
    "vocab_file: string = ''",
    "distortion: float = 1",
    "num_reserved_ids: int = 0",
    "num_shards: int >= 1 = 1",
    "shard: int >= 0 = 0",
    "unigrams: list(float) = []",
]


def _define(name: str, *attrs: str) -> OpDef:
    return ops.define(
        name,
        ["true_classes: int64"],
        ["sampled_candidates: int64", "true_expected_count: float", "sampled_expected_count: float"],
        [*_COUNTS, *attrs, *SEEDS],
        shape=_sampler_shape,
        stateful=True,
    )


UNIFORM = _define("UniformCandidateSampler", _RANGE)
LOG_UNIFORM = _define("LogUniformCandidateSampler", _RANGE)
LEARNED_UNIGRAM = _define("LearnedUnigramCandidateSampler", _RANGE)
_define("ThreadUnsafeUnigramCandidateSampler", _RANGE)
FIXED_UNIGRAM = _define("FixedUnigramCandidateSampler", _RANGE, *_UNIGRAMS)
ALL = _define("AllCandidateSampler")
COMPUTE_ACCIDENTAL_HITS = ops.define(
    "ComputeAccidentalHits",
    ["true_classes: int64", "sampled_candidates: int64"],
    ["indices: int32", "ids: int64", "weights: float"],
    ["num_true: int", *SEEDS],
    shape=_hits_shape,
)
ops.without_gradient(*ops)


_ARGUMENTS: Final = """Args:
  true_classes: int64 ``[batch, num_true]``: the classes that are right.
  num_true: how many are right for each example.
  num_sampled: how many to draw.
  unique: whether no class is drawn twice.
  range_max: the number of classes.
  seed: with the graph's seed, determines the draws; see `tf.set_random_seed`.
  name: the operation's name.
"""
_RETURNS: Final = """Returns:
  The classes drawn, and the expected counts of the true classes and of those drawn; see
  `tf.random.uniform_candidate_sampler`.
"""


def _sample(op: OpDef, true_classes: Any, seed: int | None, name: str | None, **attrs: Any) -> _Sample:
    result: _Sample = make_op(op, true_classes, **attrs, **seeds(seed), name=name)
    return result


class _Sampler(Protocol):
    """A sampler of the first so many classes."""

    def __call__(
        self,
        true_classes: Any,
        num_true: int,
        num_sampled: int,
        unique: bool,
        range_max: int,
        seed: int | None = None,
        name: str | None = None,
    ) -> _Sample:
        """Returns the classes drawn, and the expected counts of the true classes and of those drawn."""
        ...


def _sampler(op: OpDef, kind: str, doc: str, returns: str = _RETURNS) -> _Sampler:
    def sample(
        true_classes: Any,
        num_true: int,
        num_sampled: int,
        unique: bool,
        range_max: int,
        seed: int | None = None,
        name: str | None = None,
    ) -> _Sample:
        counts = {"num_true": num_true, "num_sampled": num_sampled, "unique": unique, "range_max": range_max}
        return _sample(op, true_classes, seed, name, **counts)

    name = f"{kind}_candidate_sampler"
    return export(f"random.{name}", f"nn.{name}")(named(name, f"{doc}\n\n{_ARGUMENTS}\n{returns}")(sample))


uniform_candidate_sampler = _sampler(
    UNIFORM,
    "uniform",
    "Draws classes, all with the same probability.",
    """Returns:
  The classes drawn, int64 ``[num_sampled]``; how often each true class is expected among them, float32
  ``[batch, num_true]``; and the same for each class drawn, float32 ``[num_sampled]``.
""",
)
log_uniform_candidate_sampler = _sampler(
    LOG_UNIFORM,
    "log_uniform",
    """Draws class k with probability ``log((k + 2) / (k + 1)) / log(range_max + 1)``.

That suits classes that are numbered by how frequent they are (Zipf's law).""",
)
learned_unigram_candidate_sampler = _sampler(
    LEARNED_UNIGRAM,
    "learned_unigram",
    "Draws classes as often as they were right in this session so far (each counts once to begin with).",
)


@export("random.fixed_unigram_candidate_sampler", "nn.fixed_unigram_candidate_sampler")
def fixed_unigram_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    vocab_file: str = "",
    distortion: float = 1.0,
    num_reserved_ids: int = 0,
    num_shards: int = 1,
    shard: int = 0,
    unigrams: Any = (),
    seed: int | None = None,
    name: str | None = None,
) -> _Sample:
    """Draws classes with given weights.

    Args:
      true_classes: int64 ``[batch, num_true]``: the classes that are right.
      num_true: how many are right for each example.
      num_sampled: how many to draw.
      unique: whether no class is drawn twice.
      range_max: the number of classes.
      vocab_file: a file with a line a class, whose last comma-separated field is the weight.
      distortion: the power to which the weights are raised.
      num_reserved_ids: so many classes come before the given ones and are never drawn.
      num_shards: the classes are spread over so many samplers, ...
      shard: ... of which this is one.
      unigrams: the weights, if no file has them.
      seed: with the graph's seed, determines the draws; see `tf.set_random_seed`.
      name: the operation's name.

    Returns:
      The classes drawn, and the expected counts of the true classes and of those drawn; see
      `tf.random.uniform_candidate_sampler`.
    """
    return _sample(
        FIXED_UNIGRAM,
        true_classes,
        seed,
        name,
        num_true=num_true,
        num_sampled=num_sampled,
        unique=unique,
        range_max=range_max,
        vocab_file=vocab_file,
        distortion=distortion,
        num_reserved_ids=num_reserved_ids,
        num_shards=num_shards,
        shard=shard,
        unigrams=list(unigrams),
    )


@export("random.all_candidate_sampler", "nn.all_candidate_sampler")
def all_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    seed: int | None = None,
    name: str | None = None,
) -> _Sample:
    """Returns all classes, each expected once: a sampler to test losses with.

    Args:
      true_classes: int64 ``[batch, num_true]``: the classes that are right.
      num_true: how many are right for each example.
      num_sampled: the number of classes.
      unique: of no effect.
      seed: of no effect.
      name: the operation's name.

    Returns:
      The classes, and the expected counts of the true classes and of all; see `tf.random.uniform_candidate_sampler`.
    """
    return _sample(ALL, true_classes, seed, name, num_true=num_true, num_sampled=num_sampled, unique=unique)


@export("nn.compute_accidental_hits")
def compute_accidental_hits(
    true_classes: Any, sampled_candidates: Any, num_true: int, seed: int | None = None, name: str | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Finds the classes drawn that are among the right ones.

    Args:
      true_classes: int64 ``[batch, num_true]``: the classes that are right.
      sampled_candidates: int64 ``[num_sampled]``: the classes drawn.
      num_true: how many are right for each example.
      seed: of no effect.
      name: the operation's name.

    Returns:
      For each hit: the row of `true_classes` (int32), the place in `sampled_candidates` (int64), and the lowest float,
      to be added to its logit.
    """
    result: tuple[Tensor, Tensor, Tensor] = make_op(
        COMPUTE_ACCIDENTAL_HITS, true_classes, sampled_candidates, num_true=num_true, **seeds(seed), name=name
    )
    return result
