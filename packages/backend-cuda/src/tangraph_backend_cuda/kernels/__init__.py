"""Kernels that are written otherwise for the GPU than for NumPy, one op family a file."""
