"""Where a tensor comes from."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.engine.node import history_of


@export("keras.utils.get_source_inputs")
def get_source_inputs(tensor: Any, layer: Any = None, node_index: int | None = None) -> Any:
    """Returns the inputs that a tensor was made of, by layers.

    Args:
      tensor: the tensor.
      layer: the layer that it comes from; the tensor knows when None.
      node_index: which call of the layer.

    Returns:
      A list of tensors; the tensor itself where it comes from no layer.

    >>> with tf.Graph().as_default():
    ...     images = tf.keras.Input([4], name="images")
    ...     [x.name for x in get_source_inputs(tf.keras.layers.Dense(2)(images))]
    ['images:0']
    """
    known = history_of(tensor)
    if known is None:
        return tensor
    if layer is None or node_index:
        layer, node_index, _ = known
    if not layer.inbound_nodes:
        return [tensor]
    node = layer.inbound_nodes[node_index]
    if not node.inbound_layers:
        return tf.nest.flatten(node.input_tensors)
    found: list[Any] = []
    for source, index, _, earlier in node.iterate_inbound():
        found += [x for x in get_source_inputs(earlier, source, index) if all(x is not y for y in found)]
    return found
