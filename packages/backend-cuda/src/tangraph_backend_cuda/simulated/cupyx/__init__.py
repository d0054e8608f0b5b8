"""What stands for CuPy's second package, `cupyx`."""
