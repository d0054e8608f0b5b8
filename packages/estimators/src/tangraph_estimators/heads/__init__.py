"""Heads: what logits mean. Losses, predictions and metrics of regressions and classifications."""
