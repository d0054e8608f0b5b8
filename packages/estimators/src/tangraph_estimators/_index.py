"""What this package provides, by name. Written by tools/index.py: do not edit."""

NAMES: dict[str, str] = {
    "estimator.ModeKeys": "tangraph_estimators.mode_keys:ModeKeys",
}

OPS: dict[str, str] = {}

KERNELS: dict[str, str] = {}
