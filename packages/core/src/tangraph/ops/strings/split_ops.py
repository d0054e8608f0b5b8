"""The ops that take strings apart, and that put parts together again: their schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.framework import raw_shape
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def _split_shape(c: ShapeContext) -> list[Raw]:
    raw_shape.with_rank(c.shapes[0], 1)
    raw_shape.with_rank(c.shapes[1], 0)
    return [(None, 2), (None,), (2,)]


def _ngrams_shape(c: ShapeContext) -> list[Raw]:
    raw_shape.with_rank(c.shapes[0], 1)
    return [(None,), raw_shape.with_rank(c.shapes[1], 1)]


STRING_SPLIT = ops.define(
    "StringSplit",
    ["input: string", "delimiter: string"],
    ["indices: int64", "values: string", "shape: int64"],
    ["skip_empty: bool = true"],
    shape=_split_shape,
)
STRING_SPLIT_V2 = ops.define(
    "StringSplitV2",
    ["input: string", "sep: string"],
    ["indices: int64", "values: string", "shape: int64"],
    ["maxsplit: int = -1"],
    shape=_split_shape,
)
STRING_NGRAMS = ops.define(
    "StringNGrams",
    ["data: string", "data_splits: Tsplits"],
    ["ngrams: string", "ngrams_splits: Tsplits"],
    [
        "separator: string",
        "ngram_widths: list(int) >= 0",
        "left_pad: string",
        "right_pad: string",
        "pad_width: int",
        "preserve_short_sequences: bool",
        "Tsplits: {int32, int64} = DT_INT64",
    ],
    shape=_ngrams_shape,
)
ops.not_differentiable("StringSplit")
ops.without_gradient("StringSplitV2", "StringNGrams")
