"""What this package provides, by name. Written by tools/index.py: do not edit."""

NAMES: dict[str, str] = {
    "MetaGraphDef": "tangraph_interop.messages:MetaGraphDef",
    "TensorInfo": "tangraph_interop.messages:TensorInfo",
    "graph_util.import_graph_def": "tangraph_interop.import_graph:import_graph_def",
    "import_graph_def": "tangraph_interop.import_graph:import_graph_def",
    "train.BytesList": "tangraph_interop.messages:BytesList",
    "train.Example": "tangraph_interop.messages:Example",
    "train.Feature": "tangraph_interop.messages:Feature",
    "train.FeatureList": "tangraph_interop.messages:FeatureList",
    "train.FeatureLists": "tangraph_interop.messages:FeatureLists",
    "train.Features": "tangraph_interop.messages:Features",
    "train.FloatList": "tangraph_interop.messages:FloatList",
    "train.Int64List": "tangraph_interop.messages:Int64List",
    "train.SequenceExample": "tangraph_interop.messages:SequenceExample",
}

OPS: dict[str, str] = {}

KERNELS: dict[str, str] = {}
