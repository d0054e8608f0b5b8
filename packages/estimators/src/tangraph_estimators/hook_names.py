"""The hooks of `tf.train`, which `tf.estimator` shows too."""

from __future__ import annotations

import tangraph as tf

CheckpointSaverHook = tf.train.CheckpointSaverHook
CheckpointSaverListener = tf.train.CheckpointSaverListener
FeedFnHook = tf.train.FeedFnHook
FinalOpsHook = tf.train.FinalOpsHook
GlobalStepWaiterHook = tf.train.GlobalStepWaiterHook
LoggingTensorHook = tf.train.LoggingTensorHook
NanLossDuringTrainingError = tf.train.NanLossDuringTrainingError
NanTensorHook = tf.train.NanTensorHook
ProfilerHook = tf.train.ProfilerHook
SecondOrStepTimer = tf.train.SecondOrStepTimer
SessionRunArgs = tf.train.SessionRunArgs
SessionRunContext = tf.train.SessionRunContext
SessionRunHook = tf.train.SessionRunHook
SessionRunValues = tf.train.SessionRunValues
StepCounterHook = tf.train.StepCounterHook
StopAtStepHook = tf.train.StopAtStepHook
SummarySaverHook = tf.train.SummarySaverHook

__tf_values__ = {
    "estimator.CheckpointSaverHook": CheckpointSaverHook,
    "estimator.CheckpointSaverListener": CheckpointSaverListener,
    "estimator.FeedFnHook": FeedFnHook,
    "estimator.FinalOpsHook": FinalOpsHook,
    "estimator.GlobalStepWaiterHook": GlobalStepWaiterHook,
    "estimator.LoggingTensorHook": LoggingTensorHook,
    "estimator.NanLossDuringTrainingError": NanLossDuringTrainingError,
    "estimator.NanTensorHook": NanTensorHook,
    "estimator.ProfilerHook": ProfilerHook,
    "estimator.SecondOrStepTimer": SecondOrStepTimer,
    "estimator.SessionRunArgs": SessionRunArgs,
    "estimator.SessionRunContext": SessionRunContext,
    "estimator.SessionRunHook": SessionRunHook,
    "estimator.SessionRunValues": SessionRunValues,
    "estimator.StepCounterHook": StepCounterHook,
    "estimator.StopAtStepHook": StopAtStepHook,
    "estimator.SummarySaverHook": SummarySaverHook,
}
