"""TensorFlow's files: serialized messages, GraphDefs, MetaGraphs and checkpoints."""
