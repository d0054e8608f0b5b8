"""Ops of the array family: schemas, shape functions, gradients and public functions."""
