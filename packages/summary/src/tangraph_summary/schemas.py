"""The ops that make summaries: their schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()

#: The types of real numbers, in the order in which errors name them.
REAL: Final = "{float, double, int32, uint8, int16, int8, int64, bfloat16, uint16, half, uint32, uint64}"
_SUMMARY: Final = ["summary: string"]


def _scalar(_: ShapeContext) -> Raw:
    return ()


SCALAR = ops.define("ScalarSummary", ["tags: string", "values: T"], _SUMMARY, [f"T: {REAL}"], shape=_scalar)
HISTOGRAM = ops.define(
    "HistogramSummary", ["tag: string", "values: T"], _SUMMARY, [f"T: {REAL} = DT_FLOAT"], shape=_scalar
)
IMAGE = ops.define(
    "ImageSummary",
    ["tag: string", "tensor: T"],
    _SUMMARY,
    [
        "max_images: int >= 1 = 3",
        "T: {uint8, float, half, double} = DT_FLOAT",
        "bad_color: tensor = uint8[255, 0, 0, 255]",
    ],
    shape=_scalar,
)
AUDIO = ops.define(
    "AudioSummaryV2",
    ["tag: string", "tensor: float32", "sample_rate: float32"],
    _SUMMARY,
    ["max_outputs: int >= 1 = 3"],
    shape=_scalar,
)
TENSOR = ops.define(
    "TensorSummary",
    ["tensor: T"],
    _SUMMARY,
    ["T: type", "description: string = ''", "labels: list(string) = []", "display_name: string = ''"],
    shape=_scalar,
)
TENSOR_V2 = ops.define(
    "TensorSummaryV2",
    ["tag: string", "tensor: T", "serialized_summary_metadata: string"],
    _SUMMARY,
    ["T: type"],
    shape=_scalar,
)
MERGE = ops.define("MergeSummary", ["inputs: N * string"], _SUMMARY, ["N: int >= 1"], shape=_scalar)
ops.not_differentiable(*ops)
