"""`tf.contrib.deprecated`: summaries as they were before TensorFlow 1.0, with tags that are no names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph_summary import schemas
from tangraph_summary.summary_scope import collect

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tangraph.framework.tensor import Tensor


@export("contrib.deprecated.scalar_summary")
def scalar_summary(tags: Any, values: Any, collections: Iterable[str] | None = None, name: str | None = None) -> Tensor:
    """Returns a summary of numbers; use `tf.summary.scalar`.

    Args:
      tags: strings.
      values: real numbers, in the same shape.
      collections: the collections that the summary is added to; SUMMARIES when None.
      name: the operation's name.
    """
    with name_scope(name, "ScalarSummary", [tags, values]) as scope:
        summary: Tensor = make_op(schemas.SCALAR, tags, values, name=scope)
        collect(summary, collections, [GraphKeys.SUMMARIES])
    return summary


@export("contrib.deprecated.histogram_summary")
def histogram_summary(
    tag: Any, values: Any, collections: Iterable[str] | None = None, name: str | None = None
) -> Tensor:
    """Returns a summary of how numbers are distributed; use `tf.summary.histogram`.

    Args:
      tag: a string, shape [].
      values: real numbers of any shape.
      collections: the collections that the summary is added to; SUMMARIES when None.
      name: the operation's name.
    """
    with name_scope(name, "HistogramSummary", [tag, values]) as scope:
        summary: Tensor = make_op(schemas.HISTOGRAM, tag, values, name=scope)
        collect(summary, collections, [GraphKeys.SUMMARIES])
    return summary


@export("contrib.deprecated.image_summary")
def image_summary(
    tag: Any, tensor: Any, max_images: int = 3, collections: Iterable[str] | None = None, name: str | None = None
) -> Tensor:
    """Returns a summary of images; use `tf.summary.image`.

    Args:
      tag: a string, shape [].
      tensor: [batch, height, width, channels], uint8 or floats.
      max_images: how many images of the batch are shown.
      collections: the collections that the summary is added to; SUMMARIES when None.
      name: the operation's name.
    """
    with name_scope(name, "ImageSummary", [tag, tensor]) as scope:
        summary: Tensor = make_op(schemas.IMAGE, tag, tensor, max_images=max_images, name=scope)
        collect(summary, collections, [GraphKeys.SUMMARIES])
    return summary


@export("contrib.deprecated.audio_summary")
def audio_summary(
    tag: Any,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Iterable[str] | None = None,
    name: str | None = None,
) -> Tensor:
    """Returns a summary of sounds; use `tf.summary.audio`.

    Args:
      tag: a string, shape [].
      tensor: float32 between -1 and 1, [batch, frames, channels] or [batch, frames].
      sample_rate: frames a second.
      max_outputs: how many sounds of the batch are kept.
      collections: the collections that the summary is added to; SUMMARIES when None.
      name: the operation's name.
    """
    with name_scope(name, "AudioSummary", [tag, tensor]) as scope:
        rate = convert_to_tensor(sample_rate, dtypes.float32, name="sample_rate")
        summary: Tensor = make_op(schemas.AUDIO, tag, tensor, rate, max_outputs=max_outputs, name=scope)
        collect(summary, collections, [GraphKeys.SUMMARIES])
    return summary


@export("contrib.deprecated.merge_summary")
def merge_summary(inputs: Sequence[Any], collections: Iterable[str] | None = None, name: str | None = None) -> Tensor:
    """Returns one summary with all values of several; use `tf.summary.merge`."""
    with name_scope(name, "MergeSummary", inputs):
        summary: Tensor = make_op(schemas.MERGE, inputs, name=name)
        collect(summary, collections, [])
    return summary


@export("contrib.deprecated.merge_all_summaries")
def merge_all_summaries(key: str = GraphKeys.SUMMARIES) -> Tensor | None:
    """Returns one summary with those of a collection, or None if it is empty; use `tf.summary.merge_all`."""
    summaries = stacks.get_default_graph().get_collection(key)
    return merge_summary(summaries) if summaries else None
