"""Ops of the control flow family: schemas, shape functions, gradients and public functions."""
