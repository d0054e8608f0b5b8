"""What this package provides, by name. Written by tools/index.py: do not edit."""

NAMES: dict[str, str] = {
    "keras.layers.InputSpec": "tangraph_layers.input_spec:InputSpec",
    "layers.Dense": "tangraph_layers.dense:Dense",
    "layers.Dropout": "tangraph_layers.dropout:Dropout",
    "layers.Flatten": "tangraph_layers.flatten:Flatten",
    "layers.InputSpec": "tangraph_layers.input_spec:InputSpec",
    "layers.Layer": "tangraph_layers.base:Layer",
    "layers.dense": "tangraph_layers.dense:dense",
    "layers.dropout": "tangraph_layers.dropout:dropout",
    "layers.experimental.keras_style_scope": "tangraph_layers.base:keras_style_scope",
    "layers.experimental.set_keras_style": "tangraph_layers.base:set_keras_style",
    "layers.flatten": "tangraph_layers.flatten:flatten",
}

OPS: dict[str, str] = {}

KERNELS: dict[str, str] = {}
