"""The kernels of the ops that make summaries, which are those of every backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from google.protobuf.message import DecodeError

from tangraph.framework.errors import InvalidArgumentError
from tangraph.framework.raw_shape import to_str
from tangraph.plan.kernel import KernelSet
from tangraph_summary import values

if TYPE_CHECKING:
    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("ScalarSummary")
def scalar(k: KernelContext) -> Callable[..., bytes]:
    """One value for each tag."""

    def run(tags: Any, numbers: Any) -> bytes:
        if np.shape(tags) != np.shape(numbers):
            raise _different_shapes(tags, numbers)
        summary = values.new_summary()
        for tag, number in zip(np.ravel(tags).tolist(), np.ravel(numbers), strict=True):
            values.add_scalar(summary, tag, number)
        return summary.SerializeToString()  # type: ignore[no-any-return]

    return run


def _different_shapes(tags: Any, numbers: Any) -> InvalidArgumentError:
    shapes = f"{to_str(np.shape(tags))} != {to_str(np.shape(numbers))}"
    flat = np.ravel(tags).tolist()
    which = f" (tag '{flat[0].decode(errors='replace')}')" if len(flat) == 1 else ""
    return InvalidArgumentError(None, None, f"tags and values not the same shape: {shapes}{which}")


@kernel("HistogramSummary")
def histogram(k: KernelContext) -> Callable[..., bytes]:
    """The distribution of numbers."""
    name = k.name

    def run(tag: Any, numbers: Any) -> bytes:
        summary = values.new_summary()
        values.add_histogram(summary, values.scalar_tag(tag, "tags must be scalar"), np.asarray(numbers), name)
        return summary.SerializeToString()  # type: ignore[no-any-return]

    return run


@kernel("ImageSummary")
def image(k: KernelContext) -> Callable[..., bytes]:
    """Images as PNG files."""
    most, bad_color = k.attr("max_images"), k.attr("bad_color")

    def run(tag: Any, images: Any) -> bytes:
        summary = values.new_summary()
        values.add_images(summary, values.scalar_tag(tag, "Tags must be a scalar"), np.asarray(images), most, bad_color)
        return summary.SerializeToString()  # type: ignore[no-any-return]

    return run


@kernel("AudioSummaryV2")
def audio(k: KernelContext) -> Callable[..., bytes]:
    """Sounds as WAV files."""
    most = k.attr("max_outputs")

    def run(tag: Any, sounds: Any, rate: Any) -> bytes:
        summary = values.new_summary()
        values.add_sounds(summary, values.scalar_tag(tag, "Tag must be a scalar"), np.asarray(sounds), rate, most)
        return summary.SerializeToString()  # type: ignore[no-any-return]

    return run


@kernel("TensorSummary")
def tensor(k: KernelContext) -> Callable[..., bytes]:
    """A tensor, with the node's name in place of a tag."""
    name, dtype = k.name, k.input_dtypes[0]

    def run(array: Any) -> bytes:
        summary = values.new_summary()
        values.add_tensor(summary.value.add(node_name=name), _array(array), dtype)
        return summary.SerializeToString()  # type: ignore[no-any-return]

    return run


@kernel("TensorSummaryV2")
def tensor_v2(k: KernelContext) -> Callable[..., bytes]:
    """A tensor, with what a plugin of TensorBoard is to know."""
    dtype = k.input_dtypes[1]

    def run(tag: Any, array: Any, metadata: Any) -> bytes:
        summary = values.new_summary()
        value = summary.value.add(tag=values.scalar_tag(tag, "tag must be scalar"))
        if np.shape(metadata):
            raise InvalidArgumentError(None, None, "serialized_summary_metadata must be scalar")
        values.add_tensor(value, _array(array), dtype)
        values.add_metadata(value, metadata if isinstance(metadata, bytes) else metadata.item())
        return summary.SerializeToString()  # type: ignore[no-any-return]

    return run


def _array(value: Any) -> Any:
    return np.asarray(value, object) if isinstance(value, bytes) else np.asarray(value)


@kernel("MergeSummary")
def merge(k: KernelContext) -> Callable[..., bytes]:
    """All values of several summaries."""

    def run(*inputs: Any) -> bytes:
        merged, tags = values.new_summary(), set()
        for serialized in (item for given in inputs for item in np.ravel(_array(given)).tolist()):
            try:
                before = len(merged.value)
                merged.MergeFromString(serialized)
            except DecodeError:
                raise InvalidArgumentError(None, None, "Could not parse one of the summary inputs") from None
            for value in merged.value[before:]:
                if value.tag and value.tag in tags:
                    raise InvalidArgumentError(None, None, f"Duplicate tag {value.tag} found in summary inputs")
                tags.add(value.tag)
        return merged.SerializeToString()  # type: ignore[no-any-return]

    return run
