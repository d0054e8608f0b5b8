"""What this package provides, by name. Written by tools/index.py: do not edit."""

NAMES: dict[str, str] = {
    "train.AdadeltaOptimizer": "tangraph_training.adadelta:AdadeltaOptimizer",
    "train.AdagradDAOptimizer": "tangraph_training.adagrad_da:AdagradDAOptimizer",
    "train.AdagradOptimizer": "tangraph_training.adagrad:AdagradOptimizer",
    "train.AdamOptimizer": "tangraph_training.adam:AdamOptimizer",
    "train.FtrlOptimizer": "tangraph_training.ftrl:FtrlOptimizer",
    "train.GradientDescentOptimizer": "tangraph_training.gradient_descent:GradientDescentOptimizer",
    "train.MomentumOptimizer": "tangraph_training.momentum:MomentumOptimizer",
    "train.Optimizer": "tangraph_training.optimizer:Optimizer",
    "train.ProximalAdagradOptimizer": "tangraph_training.proximal:ProximalAdagradOptimizer",
    "train.ProximalGradientDescentOptimizer": "tangraph_training.proximal:ProximalGradientDescentOptimizer",
    "train.RMSPropOptimizer": "tangraph_training.rmsprop:RMSPropOptimizer",
}

OPS: dict[str, str] = {}

KERNELS: dict[str, str] = {}
