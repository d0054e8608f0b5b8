"""The CPU backend: kernels on NumPy."""
