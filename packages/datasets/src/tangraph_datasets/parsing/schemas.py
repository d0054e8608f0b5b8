"""The operations that read examples: schemas and shape functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tangraph.framework import raw_shape
from tangraph.plugin import OpSet

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.plugin import ShapeContext

ops = OpSet()

_TYPES: Final = "list({float, int64, string}) >= 0"


def _sparse_shapes(count: int, rank: int) -> list[Raw]:
    """The shapes of the indices, values and shapes of so many SparseTensors."""
    return [(None, rank)] * count + [(None,)] * count + [(rank,)] * count


def _batch(shapes: list[Raw], *outer: int | None) -> list[Raw]:
    return [raw_shape.concatenate(outer, shape) for shape in shapes]


def _example_shape(c: ShapeContext) -> list[Raw]:
    (count,) = raw_shape.with_rank(c.shapes[0], 1)
    raw_shape.with_rank(c.shapes[1], 1)
    return _sparse_shapes(c.attr("Nsparse"), 2) + _batch(c.attr("dense_shapes"), count)


def _single_shape(c: ShapeContext) -> list[Raw]:
    raw_shape.with_rank(c.shapes[0], 0)
    return _sparse_shapes(c.attr("num_sparse"), 1) + list(c.attr("dense_shapes"))


def _sequence_shape(c: ShapeContext) -> list[Raw]:
    (count,) = raw_shape.with_rank(c.shapes[0], 1)
    return [
        *_sparse_shapes(c.attr("Ncontext_sparse"), 2),
        *_batch(c.attr("context_dense_shapes"), count),
        *_sparse_shapes(c.attr("Nfeature_list_sparse"), 3),
        *_batch(c.attr("feature_list_dense_shapes"), count, None),
        *[(count,)] * c.attr("Nfeature_list_dense"),
    ]


def _single_sequence_shape(c: ShapeContext) -> list[Raw]:
    raw_shape.with_rank(c.shapes[0], 0)
    return [
        *_sparse_shapes(c.attr("Ncontext_sparse"), 1),
        *c.attr("context_dense_shapes"),
        *_sparse_shapes(c.attr("Nfeature_list_sparse"), 2),
        *_batch(c.attr("feature_list_dense_shapes"), None),
    ]


PARSE_EXAMPLE = ops.define(
    "ParseExample",
    [
        "serialized: string",
        "names: string",
        "sparse_keys: Nsparse * string",
        "dense_keys: Ndense * string",
        "dense_defaults: Tdense",
    ],
    [
        "sparse_indices: Nsparse * int64",
        "sparse_values: sparse_types",
        "sparse_shapes: Nsparse * int64",
        "dense_values: Tdense",
    ],
    [
        "Nsparse: int >= 0",
        "Ndense: int >= 0",
        f"sparse_types: {_TYPES}",
        f"Tdense: {_TYPES}",
        "dense_shapes: list(shape) >= 0",
    ],
    shape=_example_shape,
)
PARSE_SINGLE_EXAMPLE = ops.define(
    "ParseSingleExample",
    ["serialized: string", "dense_defaults: Tdense"],
    [
        "sparse_indices: num_sparse * int64",
        "sparse_values: sparse_types",
        "sparse_shapes: num_sparse * int64",
        "dense_values: Tdense",
    ],
    [
        "num_sparse: int >= 0",
        "sparse_keys: list(string) >= 0",
        "dense_keys: list(string) >= 0",
        f"sparse_types: {_TYPES}",
        f"Tdense: {_TYPES}",
        "dense_shapes: list(shape) >= 0",
    ],
    shape=_single_shape,
)
_SEQUENCE_OUTPUTS: Final = (
    "context_sparse_indices: Ncontext_sparse * int64",
    "context_sparse_values: context_sparse_types",
    "context_sparse_shapes: Ncontext_sparse * int64",
    "context_dense_values: Tcontext_dense",
    "feature_list_sparse_indices: Nfeature_list_sparse * int64",
    "feature_list_sparse_values: feature_list_sparse_types",
    "feature_list_sparse_shapes: Nfeature_list_sparse * int64",
    "feature_list_dense_values: feature_list_dense_types",
)
_SEQUENCE_ATTRS: Final = (
    "Ncontext_sparse: int >= 0 = 0",
    "Ncontext_dense: int >= 0 = 0",
    "Nfeature_list_sparse: int >= 0 = 0",
    "Nfeature_list_dense: int >= 0 = 0",
    f"context_sparse_types: {_TYPES} = []",
    f"Tcontext_dense: {_TYPES} = []",
    f"feature_list_dense_types: {_TYPES} = []",
    "context_dense_shapes: list(shape) >= 0 = []",
    f"feature_list_sparse_types: {_TYPES} = []",
    "feature_list_dense_shapes: list(shape) >= 0 = []",
)
PARSE_SEQUENCE_EXAMPLE = ops.define(
    "ParseSequenceExample",
    ["serialized: string", "debug_name: string", "context_dense_defaults: Tcontext_dense"],
    [*_SEQUENCE_OUTPUTS, "feature_list_dense_lengths: Nfeature_list_dense * int64"],
    [
        "feature_list_dense_missing_assumed_empty: list(string) >= 0",
        "context_sparse_keys: list(string) >= 0",
        "context_dense_keys: list(string) >= 0",
        "feature_list_sparse_keys: list(string) >= 0",
        "feature_list_dense_keys: list(string) >= 0",
        *_SEQUENCE_ATTRS,
    ],
    shape=_sequence_shape,
)
PARSE_SINGLE_SEQUENCE_EXAMPLE = ops.define(
    "ParseSingleSequenceExample",
    [
        "serialized: string",
        "feature_list_dense_missing_assumed_empty: string",
        "context_sparse_keys: Ncontext_sparse * string",
        "context_dense_keys: Ncontext_dense * string",
        "feature_list_sparse_keys: Nfeature_list_sparse * string",
        "feature_list_dense_keys: Nfeature_list_dense * string",
        "context_dense_defaults: Tcontext_dense",
        "debug_name: string",
    ],
    _SEQUENCE_OUTPUTS,
    _SEQUENCE_ATTRS,
    shape=_single_sequence_shape,
)
ops.without_gradient(*ops)
