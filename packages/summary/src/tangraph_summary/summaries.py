"""`tf.summary.scalar` and its like: operations that make summaries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph_summary import schemas
from tangraph_summary.messages import SummaryDescription, SummaryMetadata
from tangraph_summary.summary_scope import clean_tag, collect, summary_scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tangraph.framework.protos import NodeDef
    from tangraph.framework.tensor import Tensor


@export("summary.scalar")
def scalar(name: str, tensor: Any, collections: Iterable[str] | None = None, family: str | None = None) -> Tensor:
    """Returns a summary of one number: a string scalar, which holds a `tf.Summary`.

    Args:
      name: the operation's name; with the scopes around it, it is the summary's tag.
      tensor: a number of any real type, shape [].
      collections: the collections that the summary is added to; SUMMARIES when None.
      family: put in front of the tag, so that TensorBoard shows the summary in that tab.

    Raises:
      TypeError: `tensor` is no real number.
      InvalidArgumentError: in a run, when `tensor` is no scalar.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     summary = tf.Summary.FromString(session.run(tf.summary.scalar("loss", 0.5)))
    >>> [(value.tag, value.simple_value) for value in summary.value]
    [('loss', 0.5)]
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        summary: Tensor = make_op(schemas.SCALAR, tag, tensor, name=scope)
        collect(summary, collections, [GraphKeys.SUMMARIES])
    return summary


@export("summary.image")
def image(
    name: str,
    tensor: Any,
    max_outputs: int = 3,
    collections: Iterable[str] | None = None,
    family: str | None = None,
) -> Tensor:
    """Returns a summary of images: a string scalar, which holds a `tf.Summary`.

    Floats are scaled, each image by itself: so that the largest is 255, or, where there are negative ones, so that 0 is
    128 and the one farthest from it just fits. Pixels that are not finite become red.

    Args:
      name: the operation's name; the tags are ``<name>/image/0`` and so on, or ``<name>/image`` if there is only one.
      tensor: [batch, height, width, channels] with 1 (grey), 3 (RGB) or 4 (RGBA) channels; uint8 or floats.
      max_outputs: how many images of the batch are shown.
      collections: the collections that the summary is added to; SUMMARIES when None.
      family: put in front of the tag.

    Raises:
      InvalidArgumentError: in a run, when `tensor` has another shape.
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        summary: Tensor = make_op(schemas.IMAGE, tag, tensor, max_images=max_outputs, name=scope)
        collect(summary, collections, [GraphKeys.SUMMARIES])
    return summary


@export("summary.histogram")
def histogram(name: str, values: Any, collections: Iterable[str] | None = None, family: str | None = None) -> Tensor:
    """Returns a summary of how numbers are distributed: a string scalar, which holds a `tf.Summary`.

    Args:
      name: the operation's name; with the scopes around it, it is the summary's tag.
      values: real numbers of any shape.
      collections: the collections that the summary is added to; SUMMARIES when None.
      family: put in front of the tag.

    Raises:
      InvalidArgumentError: in a run, when a value is NaN or infinite.
    """
    with summary_scope(name, family, "HistogramSummary", values=[values]) as (tag, scope):
        summary: Tensor = make_op(schemas.HISTOGRAM, tag, values, name=scope)
        collect(summary, collections, [GraphKeys.SUMMARIES])
    return summary


@export("summary.audio")
def audio(
    name: str,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Iterable[str] | None = None,
    family: str | None = None,
) -> Tensor:
    """Returns a summary of sounds: a string scalar, which holds a `tf.Summary` with WAV files.

    Args:
      name: the operation's name; the tags are ``<name>/audio/0`` and so on, or ``<name>/audio`` if there is only one.
      tensor: float32 between -1 and 1, [batch, frames, channels] or [batch, frames].
      sample_rate: frames a second, float32, shape [].
      max_outputs: how many sounds of the batch are kept.
      collections: the collections that the summary is added to; SUMMARIES when None.
      family: put in front of the tag.

    Raises:
      InvalidArgumentError: in a run, when `tensor` has another rank or the rate is not positive.
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        rate = convert_to_tensor(sample_rate, dtypes.float32, name="sample_rate")
        summary: Tensor = make_op(schemas.AUDIO, tag, tensor, rate, max_outputs=max_outputs, name=scope)
        collect(summary, collections, [GraphKeys.SUMMARIES])
    return summary


@export("summary.text")
def text(name: str, tensor: Tensor, collections: Iterable[str] | None = None) -> Tensor:
    """Returns a summary of texts, which TensorBoard shows as Markdown (and in tables): a string scalar.

    Args:
      name: the operation's name; with the scopes around it, it is the summary's tag.
      tensor: strings of any shape.
      collections: the collections that the summary is added to; SUMMARIES when None.

    Raises:
      ValueError: `tensor` holds no strings.
    """
    if tensor.dtype != dtypes.string:
        raise ValueError(f"Expected tensor {tensor.name} to have dtype string, got {tensor.dtype!s}")
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
    return tensor_summary(name, tensor, summary_metadata=metadata, collections=collections)


@export("summary.tensor_summary")
def tensor_summary(
    name: str,
    tensor: Any,
    summary_description: str | None = None,
    collections: Iterable[str] | None = None,
    summary_metadata: SummaryMetadata | None = None,
    family: str | None = None,
    display_name: str | None = None,
) -> Tensor:
    """Returns a summary of any tensor, for a plugin of TensorBoard to show: a string scalar.

    Args:
      name: the operation's name; with the scopes around it, it is the summary's tag.
      tensor: of any type and shape.
      summary_description: a description, in Markdown.
      collections: the collections that the summary is added to; SUMMARIES when None.
      summary_metadata: says which plugin shows the summary; what the other arguments say is written into it.
      family: put in front of the tag.
      display_name: what TensorBoard shows in place of the tag.
    """
    metadata = SummaryMetadata() if summary_metadata is None else summary_metadata
    if summary_description is not None:
        metadata.summary_description = summary_description
    if display_name is not None:
        metadata.display_name = display_name
    serialized = metadata.SerializeToString()
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        summary: Tensor = make_op(schemas.TENSOR_V2, tag, tensor, serialized, name=scope)
        collect(summary, collections, [GraphKeys.SUMMARIES])
    return summary


@export("summary.merge")
def merge(inputs: Sequence[Any], collections: Iterable[str] | None = None, name: str | None = None) -> Tensor:
    """Returns one summary with all values of several: a string scalar.

    Args:
      inputs: strings, each of which holds a `tf.Summary`.
      collections: the collections that the merged summary is added to; none when None.
      name: the operation's name.

    Raises:
      InvalidArgumentError: in a run, when two values have the same tag, or a string holds no summary.
    """
    name = clean_tag(name)
    with name_scope(name, "Merge", inputs):
        summary: Tensor = make_op(schemas.MERGE, inputs, name=name)
        collect(summary, collections, [])
    return summary


@export("summary.merge_all")
def merge_all(key: str = GraphKeys.SUMMARIES, scope: str | None = None, name: str | None = None) -> Tensor | None:
    """Returns one summary with those of a collection, or None if it is empty.

    Args:
      key: the collection.
      scope: only summaries whose name begins with what this regular expression matches.
      name: the operation's name.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     summaries = [tf.summary.scalar("loss", 0.5), tf.summary.histogram("weights", [1.0, 2.0])]
    ...     tf.summary.merge_all().name
    'Merge/MergeSummary:0'
    """
    summaries = stacks.get_default_graph().get_collection(key, scope)
    return merge(summaries, name=name) if summaries else None


@export("summary.get_summary_description")
def get_summary_description(node_def: NodeDef) -> SummaryDescription:
    """Returns the description that a TensorSummary node has, which holds it as JSON.

    Raises:
      ValueError: the node is of another type, or its description is no such JSON.
    """
    if node_def.op != "TensorSummary":
        raise ValueError(f"Can't get_summary_description on {node_def.op}")
    found = json.loads(node_def.attr["description"].s)
    if not isinstance(found, dict) or not found.keys() <= {"type_hint", "typeHint"}:
        raise ValueError(f"Expected the JSON of a SummaryDescription in node '{node_def.name}'. Received: {found!r}")
    return SummaryDescription(type_hint=next(iter(found.values()), None))
