"""What this package provides, by name. Written by tools/index.py: do not edit."""

NAMES: dict[str, str] = {
    "contrib.learn.TaskType": "tangraph_estimators.task:TaskType",
    "estimator.Estimator": "tangraph_estimators.estimator:Estimator",
    "estimator.EstimatorSpec": "tangraph_estimators.spec:EstimatorSpec",
    "estimator.ModeKeys": "tangraph_estimators.mode_keys:ModeKeys",
    "estimator.RunConfig": "tangraph_estimators.run_config:RunConfig",
    "estimator.WarmStartSettings": "tangraph_estimators.warm_start:WarmStartSettings",
    "estimator.experimental.build_raw_supervised_input_receiver_fn": "tangraph_estimators.export.receivers:build_raw_supervised_input_receiver_fn",
    "estimator.export.ClassificationOutput": "tangraph_estimators.export.outputs:ClassificationOutput",
    "estimator.export.ExportOutput": "tangraph_estimators.export.outputs:ExportOutput",
    "estimator.export.PredictOutput": "tangraph_estimators.export.outputs:PredictOutput",
    "estimator.export.RegressionOutput": "tangraph_estimators.export.outputs:RegressionOutput",
    "estimator.export.ServingInputReceiver": "tangraph_estimators.export.receivers:ServingInputReceiver",
    "estimator.export.TensorServingInputReceiver": "tangraph_estimators.export.receivers:TensorServingInputReceiver",
    "estimator.export.build_parsing_serving_input_receiver_fn": "tangraph_estimators.export.receivers:build_parsing_serving_input_receiver_fn",
    "estimator.export.build_raw_serving_input_receiver_fn": "tangraph_estimators.export.receivers:build_raw_serving_input_receiver_fn",
    "estimator.inputs.numpy_input_fn": "tangraph_estimators.inputs.numpy_io:numpy_input_fn",
    "estimator.inputs.pandas_input_fn": "tangraph_estimators.inputs.pandas_io:pandas_input_fn",
}

OPS: dict[str, str] = {}

KERNELS: dict[str, str] = {}
