"""Optimizers, and what else trains a model: schedules, moving averages, gradient clipping."""
