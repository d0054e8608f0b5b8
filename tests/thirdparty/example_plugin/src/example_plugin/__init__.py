"""An example plugin: soft thresholding, and what else a distribution can add."""
