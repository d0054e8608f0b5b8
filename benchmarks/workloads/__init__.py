"""The workloads: each module has `graph(tf)` for engines with TensorFlow 1's interface, and `torch_()` where it has a twin.

Both take what follows the name after a colon (`lstm:64`) and return (losses of the first 20 steps, function that runs n steps).
"""
