"""`tf.contrib.slim.summaries`: summaries under the names of their tensors."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export


def _name(tensor: Any, name: str | None, prefix: str | None, postfix: str | None = None) -> str:
    name = name or tensor.op.name
    name = f"{prefix}/{name}" if prefix else name
    return f"{name}/{postfix}" if postfix else name


def _collected(made: Any, tensor: Any, name: str, print_summary: bool) -> Any:
    """Returns a summary that is collected already, or one that prints its tensor, and collects that."""
    if not print_summary:
        return made
    printing = tf.Print(made, [tensor], name)
    tf.add_to_collection(tf.GraphKeys.SUMMARIES, printing)
    return printing


@export("contrib.slim.summaries.add_histogram_summary")
def add_histogram_summary(tensor: Any, name: str | None = None, prefix: str | None = None) -> Any:
    """Returns a histogram summary of a tensor.

    Args:
      tensor: the tensor or variable.
      name: the tag; the tensor's name when None.
      prefix: what stands before the tag.
    """
    return tf.summary.histogram(_name(tensor, name, prefix), tensor)


@export("contrib.slim.summaries.add_image_summary")
def add_image_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None, print_summary: bool = False
) -> Any:
    """Returns an image summary of a tensor [batch, height, width, channels]; see `add_scalar_summary`."""
    tag = _name(tensor, name, prefix)
    made = tf.summary.image(name=tag, tensor=tensor, collections=[] if print_summary else None)
    return _collected(made, tensor, tag, print_summary)


@export("contrib.slim.summaries.add_scalar_summary")
def add_scalar_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None, print_summary: bool = False
) -> Any:
    """Returns a scalar summary of a tensor.

    Args:
      tensor: the tensor or variable.
      name: the tag; the tensor's name when None.
      prefix: what stands before the tag.
      print_summary: whether to print the tensor when the summary is computed.
    """
    tag = _name(tensor, name, prefix)
    made = tf.summary.scalar(name=tag, tensor=tensor, collections=[] if print_summary else None)
    return _collected(made, tensor, tag, print_summary)


@export("contrib.slim.summaries.add_zero_fraction_summary")
def add_zero_fraction_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None, print_summary: bool = False
) -> Any:
    """Returns a summary of how large a part of a tensor is zero; see `add_scalar_summary`."""
    tag = _name(tensor, name, prefix, "Fraction_of_Zero_Values")
    return add_scalar_summary(tf.nn.zero_fraction(tensor), tag, print_summary=print_summary)


@export("contrib.slim.summaries.add_histogram_summaries")
def add_histogram_summaries(tensors: Any, prefix: str | None = None) -> list[Any]:
    """Returns histogram summaries of tensors."""
    return [add_histogram_summary(tensor, prefix=prefix) for tensor in tensors]


@export("contrib.slim.summaries.add_image_summaries")
def add_image_summaries(tensors: Any, prefix: str | None = None) -> list[Any]:
    """Returns image summaries of tensors."""
    return [add_image_summary(tensor, prefix=prefix) for tensor in tensors]


@export("contrib.slim.summaries.add_scalar_summaries")
def add_scalar_summaries(tensors: Any, prefix: str | None = None, print_summary: bool = False) -> list[Any]:
    """Returns scalar summaries of tensors."""
    return [add_scalar_summary(tensor, prefix=prefix, print_summary=print_summary) for tensor in tensors]


@export("contrib.slim.summaries.add_zero_fraction_summaries")
def add_zero_fraction_summaries(tensors: Any, prefix: str | None = None) -> list[Any]:
    """Returns summaries of how large a part of each tensor is zero."""
    return [add_zero_fraction_summary(tensor, prefix=prefix) for tensor in tensors]
