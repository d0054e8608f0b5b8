"""What this package provides, by name. Written by tools/index.py: do not edit."""

NAMES: dict[str, str] = {
    "train.AdadeltaOptimizer": "tangraph_training.adadelta:AdadeltaOptimizer",
    "train.AdagradDAOptimizer": "tangraph_training.adagrad_da:AdagradDAOptimizer",
    "train.AdagradOptimizer": "tangraph_training.adagrad:AdagradOptimizer",
    "train.AdamOptimizer": "tangraph_training.adam:AdamOptimizer",
    "train.ExponentialMovingAverage": "tangraph_training.moving_averages:ExponentialMovingAverage",
    "train.FtrlOptimizer": "tangraph_training.ftrl:FtrlOptimizer",
    "train.GradientDescentOptimizer": "tangraph_training.gradient_descent:GradientDescentOptimizer",
    "train.MomentumOptimizer": "tangraph_training.momentum:MomentumOptimizer",
    "train.Optimizer": "tangraph_training.optimizer:Optimizer",
    "train.ProximalAdagradOptimizer": "tangraph_training.proximal:ProximalAdagradOptimizer",
    "train.ProximalGradientDescentOptimizer": "tangraph_training.proximal:ProximalGradientDescentOptimizer",
    "train.RMSPropOptimizer": "tangraph_training.rmsprop:RMSPropOptimizer",
    "train.assert_global_step": "tangraph_training.global_step:assert_global_step",
    "train.cosine_decay": "tangraph_training.schedules.cosine:cosine_decay",
    "train.cosine_decay_restarts": "tangraph_training.schedules.cosine:cosine_decay_restarts",
    "train.create_global_step": "tangraph_training.global_step:create_global_step",
    "train.exponential_decay": "tangraph_training.schedules.exponential:exponential_decay",
    "train.get_global_step": "tangraph_training.global_step:get_global_step",
    "train.get_or_create_global_step": "tangraph_training.global_step:get_or_create_global_step",
    "train.global_step": "tangraph_training.global_step:global_step",
    "train.inverse_time_decay": "tangraph_training.schedules.exponential:inverse_time_decay",
    "train.linear_cosine_decay": "tangraph_training.schedules.cosine:linear_cosine_decay",
    "train.natural_exp_decay": "tangraph_training.schedules.exponential:natural_exp_decay",
    "train.noisy_linear_cosine_decay": "tangraph_training.schedules.cosine:noisy_linear_cosine_decay",
    "train.piecewise_constant": "tangraph_training.schedules.piecewise:piecewise_constant",
    "train.piecewise_constant_decay": "tangraph_training.schedules.piecewise:piecewise_constant",
    "train.polynomial_decay": "tangraph_training.schedules.polynomial:polynomial_decay",
}

OPS: dict[str, str] = {}

KERNELS: dict[str, str] = {}
