"""Functions that make a layer and call it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tangraph_layers.base import Layer


def apply_new(layer_class: type[Layer], arguments: dict[str, Any], **call: Any) -> Any:
    """Makes a layer and calls it.

    Args:
      layer_class: the layer's class.
      arguments: those of the function: `inputs`, and those of the class; `reuse`, if it has one, shares the variables in
        the scope `name`.
      **call: what to call the layer with besides the inputs.
    """
    options = dict(arguments)
    inputs = options.pop("inputs")
    if "reuse" in options:
        options.update(_reuse=options.pop("reuse"), _scope=options["name"])
    return layer_class(**options).apply(inputs, **call)
