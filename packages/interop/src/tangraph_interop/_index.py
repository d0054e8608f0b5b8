"""What this package provides, by name. Written by tools/index.py: do not edit."""

NAMES: dict[str, str] = {
    "MetaGraphDef": "tangraph_interop.messages:MetaGraphDef",
    "TensorInfo": "tangraph_interop.messages:TensorInfo",
    "graph_util.convert_variables_to_constants": "tangraph_interop.graph_util:convert_variables_to_constants",
    "graph_util.extract_sub_graph": "tangraph_interop.graph_util:extract_sub_graph",
    "graph_util.import_graph_def": "tangraph_interop.import_graph:import_graph_def",
    "graph_util.must_run_on_cpu": "tangraph_interop.graph_util:must_run_on_cpu",
    "graph_util.remove_training_nodes": "tangraph_interop.graph_util:remove_training_nodes",
    "graph_util.tensor_shape_from_node_def_name": "tangraph_interop.graph_util:tensor_shape_from_node_def_name",
    "import_graph_def": "tangraph_interop.import_graph:import_graph_def",
    "io.write_graph": "tangraph_interop.write_graph:write_graph",
    "train.BytesList": "tangraph_interop.messages:BytesList",
    "train.CheckpointState": "tangraph_interop.messages:CheckpointState",
    "train.Example": "tangraph_interop.messages:Example",
    "train.Feature": "tangraph_interop.messages:Feature",
    "train.FeatureList": "tangraph_interop.messages:FeatureList",
    "train.FeatureLists": "tangraph_interop.messages:FeatureLists",
    "train.Features": "tangraph_interop.messages:Features",
    "train.FloatList": "tangraph_interop.messages:FloatList",
    "train.Int64List": "tangraph_interop.messages:Int64List",
    "train.NewCheckpointReader": "tangraph_interop.checkpoint.reader:NewCheckpointReader",
    "train.SequenceExample": "tangraph_interop.messages:SequenceExample",
    "train.checkpoint_exists": "tangraph_interop.checkpoint.state:checkpoint_exists",
    "train.export_meta_graph": "tangraph_interop.meta_graph:export_meta_graph",
    "train.generate_checkpoint_state_proto": "tangraph_interop.checkpoint.state:generate_checkpoint_state_proto",
    "train.get_checkpoint_mtimes": "tangraph_interop.checkpoint.state:get_checkpoint_mtimes",
    "train.get_checkpoint_state": "tangraph_interop.checkpoint.state:get_checkpoint_state",
    "train.import_meta_graph": "tangraph_interop.meta_graph:import_meta_graph",
    "train.latest_checkpoint": "tangraph_interop.checkpoint.state:latest_checkpoint",
    "train.list_variables": "tangraph_interop.checkpoint.reader:list_variables",
    "train.load_checkpoint": "tangraph_interop.checkpoint.reader:load_checkpoint",
    "train.load_variable": "tangraph_interop.checkpoint.reader:load_variable",
    "train.remove_checkpoint": "tangraph_interop.checkpoint.state:remove_checkpoint",
    "train.update_checkpoint_state": "tangraph_interop.checkpoint.state:update_checkpoint_state",
    "train.write_graph": "tangraph_interop.write_graph:write_graph",
}

OPS: dict[str, str] = {
    "MergeV2Checkpoints": "tangraph_interop.checkpoint.io_ops:ops",
    "RestoreV2": "tangraph_interop.checkpoint.io_ops:ops",
    "SaveV2": "tangraph_interop.checkpoint.io_ops:ops",
    "ShardedFilename": "tangraph_interop.checkpoint.io_ops:ops",
}

KERNELS: dict[str, str] = {
    "MergeV2Checkpoints": "tangraph_interop.checkpoint.io_ops:kernel",
    "RestoreV2": "tangraph_interop.checkpoint.io_ops:kernel",
    "SaveV2": "tangraph_interop.checkpoint.io_ops:kernel",
    "ShardedFilename": "tangraph_interop.checkpoint.io_ops:kernel",
}
