"""One engine with one workload: prints its first losses, then runs as many steps as each line of input says.

usage: worker.py ENGINE WORKLOAD          ENGINE: tangraph, tf1, tf2, torch
"""

import importlib
import json
import sys
import time


def load(engine):
    """Returns the engine's TensorFlow 1 interface."""
    if engine == "tangraph":
        import tangraph as tf
    elif engine == "tf1":
        import tensorflow as tf

        tf.logging.set_verbosity(tf.logging.ERROR)
    else:
        import tensorflow.compat.v1 as tf

        tf.disable_v2_behavior()
    return tf


def main():
    """Speaks one JSON value a line."""
    engine, name = sys.argv[1:]
    name, *settings = name.split(":")
    workload = importlib.import_module(f"workloads.{name}")
    if engine == "torch" and not hasattr(workload, "torch_"):
        print(json.dumps(None), flush=True)
        return
    losses, run = workload.torch_(*settings) if engine == "torch" else workload.graph(load(engine), *settings)
    run(3)
    if engine in getattr(workload, "OTHER_LOSSES", ()):
        losses = []
    print(json.dumps(losses), flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        run(int(line))
        print(json.dumps(time.perf_counter() - start), flush=True)


if __name__ == "__main__":
    main()
