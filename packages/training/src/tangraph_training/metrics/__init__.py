"""Metrics, accumulated over many steps."""
