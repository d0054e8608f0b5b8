"""Tangraph on NVIDIA GPUs; see `tangraph_backend_cuda.plugin`."""
