"""How a model leaves its estimator: inputs that it is served with, outputs that it gives, and files."""
