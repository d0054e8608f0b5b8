"""What this package provides, by name. Written by tools/index.py: do not edit."""

NAMES: dict[str, str] = {
    "keras.Input": "tangraph_keras.engine.input_layer:Input",
    "keras.layers.Input": "tangraph_keras.engine.input_layer:Input",
    "keras.layers.InputLayer": "tangraph_keras.engine.input_layer:InputLayer",
}

OPS: dict[str, str] = {}

KERNELS: dict[str, str] = {}
