"""Queues and what else holds values between the runs of a session: schemas, kernels and classes."""
