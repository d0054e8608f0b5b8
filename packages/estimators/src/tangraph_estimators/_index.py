"""What this package provides, by name. Written by tools/index.py: do not edit."""

NAMES: dict[str, str] = {
    "contrib.learn.TaskType": "tangraph_estimators.task:TaskType",
    "estimator.BestExporter": "tangraph_estimators.exporters:BestExporter",
    "estimator.Estimator": "tangraph_estimators.estimator:Estimator",
    "estimator.EstimatorSpec": "tangraph_estimators.spec:EstimatorSpec",
    "estimator.EvalSpec": "tangraph_estimators.train_spec:EvalSpec",
    "estimator.Exporter": "tangraph_estimators.exporters:Exporter",
    "estimator.FinalExporter": "tangraph_estimators.exporters:FinalExporter",
    "estimator.LatestExporter": "tangraph_estimators.exporters:LatestExporter",
    "estimator.ModeKeys": "tangraph_estimators.mode_keys:ModeKeys",
    "estimator.RunConfig": "tangraph_estimators.run_config:RunConfig",
    "estimator.TrainSpec": "tangraph_estimators.train_spec:TrainSpec",
    "estimator.WarmStartSettings": "tangraph_estimators.warm_start:WarmStartSettings",
    "estimator.experimental.InMemoryEvaluatorHook": "tangraph_estimators.in_memory:InMemoryEvaluatorHook",
    "estimator.experimental.build_raw_supervised_input_receiver_fn": "tangraph_estimators.export.receivers:build_raw_supervised_input_receiver_fn",
    "estimator.experimental.make_early_stopping_hook": "tangraph_estimators.early_stopping:make_early_stopping_hook",
    "estimator.experimental.stop_if_higher_hook": "tangraph_estimators.early_stopping:stop_if_higher_hook",
    "estimator.experimental.stop_if_lower_hook": "tangraph_estimators.early_stopping:stop_if_lower_hook",
    "estimator.experimental.stop_if_no_decrease_hook": "tangraph_estimators.early_stopping:stop_if_no_decrease_hook",
    "estimator.experimental.stop_if_no_increase_hook": "tangraph_estimators.early_stopping:stop_if_no_increase_hook",
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
    "estimator.train_and_evaluate": "tangraph_estimators.train_and_evaluate:train_and_evaluate",
}

OPS: dict[str, str] = {}

KERNELS: dict[str, str] = {}
