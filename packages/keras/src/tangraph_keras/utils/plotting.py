"""Drawings of models, by pydot and Graphviz."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.engine.network import Network
from tangraph_keras.engine.sequential import Sequential


def _pydot() -> Any:
    try:
        import pydot  # type: ignore[import-not-found, unused-ignore]

        pydot.Dot.create(pydot.Dot())
    except (ImportError, OSError) as error:
        raise ImportError(
            "Failed to import pydot. You must install pydot and graphviz for `pydotprint` to work: "
            "pip install tangraph-keras[plot], and Graphviz from your system"
        ) from error
    return pydot


@export("keras.utils.model_to_dot")
def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 96,
    subgraph: bool = False,
) -> Any:
    """Returns a drawing of a model, a `pydot.Dot`.

    Args:
      model: the model.
      show_shapes: whether layers show the shapes of their inputs and outputs.
      show_layer_names: whether they show their names.
      rankdir: "TB" from top to bottom, "LR" from left to right.
      expand_nested: whether models in the model are drawn layer by layer.
      dpi: dots per inch.
      subgraph: whether it is part of another drawing: a `pydot.Cluster`.

    Raises:
      ImportError: pydot or Graphviz is not installed.
    """
    pydot = _pydot()
    if subgraph:
        dot = pydot.Cluster(style="dashed", graph_name=model.name)
        dot.set("label", model.name)
        dot.set("labeljust", "l")
    else:
        dot = pydot.Dot()
        dot.set("rankdir", rankdir)
        dot.set("concentrate", True)
        dot.set("dpi", dpi)
        dot.set_node_defaults(shape="record")
    if not model._is_graph_network:
        dot.add_node(pydot.Node(str(id(model)), label=model.name))
        return dot
    if isinstance(model, Sequential) and not model.built:
        model.build()
    ends: dict[int, tuple[str, str]] = {}
    for layer in model._layers:
        if expand_nested and isinstance(layer, Network):
            nested = model_to_dot(layer, show_shapes, show_layer_names, rankdir, expand_nested, subgraph=True)
            nodes = nested.get_nodes()
            ends[id(layer)] = nodes[0].get_name(), nodes[-1].get_name()
            dot.add_subgraph(nested)
        else:
            dot.add_node(pydot.Node(str(id(layer)), label=_label(layer, show_shapes, show_layer_names)))
    _add_edges(pydot, dot, model, ends)
    return dot


def _label(layer: Any, show_shapes: bool, show_layer_names: bool) -> str:
    name, kind = layer.name, type(layer).__name__
    wrapped = getattr(layer, "layer", None)
    if wrapped is not None and isinstance(layer, tf.keras.layers.Wrapper):
        name, kind = f"{name}({wrapped.name})", f"{kind}({type(wrapped).__name__})"
    label = f"{name}: {kind}" if show_layer_names else kind
    if not show_shapes:
        return label
    return f"{label}\n|{{input:|output:}}|{{{{{_shape(layer, 'input_shape')}}}|{{{_shape(layer, 'output_shape')}}}}}"


def _shape(layer: Any, attribute: str) -> str:
    try:
        return str(getattr(layer, attribute)).replace("None", "?")
    except AttributeError:
        return "?"


def _add_edges(pydot: Any, dot: Any, model: Any, ends: dict[int, tuple[str, str]]) -> None:
    for layer in model._layers:
        target = ends[id(layer)][0] if id(layer) in ends else str(id(layer))
        for number, node in enumerate(layer._inbound_nodes):
            if f"{layer.name}_ib-{number}" not in model._network_nodes:
                continue
            for inbound in tf.nest.flatten(node.inbound_layers):
                source = ends[id(inbound)][1] if id(inbound) in ends else str(id(inbound))
                if not dot.get_edge(source, target):
                    dot.add_edge(pydot.Edge(source, target))


@export("keras.utils.plot_model")
def plot_model(
    model: Any,
    to_file: str = "model.png",
    show_shapes: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 96,
) -> Any:
    """Writes a drawing of a model to a file; see `model_to_dot` for the arguments.

    Returns:
      In IPython, the image; None elsewhere.

    Raises:
      ImportError: pydot or Graphviz is not installed.
    """
    dot = model_to_dot(model, show_shapes, show_layer_names, rankdir, expand_nested, dpi)
    dot.write(to_file, format=Path(to_file).suffix.removeprefix(".") or "png")
    try:
        from IPython.display import Image  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None
    return Image(filename=to_file)
