"""Writes which operations have a GPU kernel in TensorFlow 1.15, in which types, and what it keeps on the host.

usage: python tools/tensorflow_gpu_kernels.py > packages/backend-cuda/src/tangraph_backend_cuda/gpu_kernels.txt

Run it with a Python 3.7 that has tensorflow-gpu 1.15.5; it needs no GPU, since the kernels are registered without one.
A line is `Op attr=types ... | arguments in host memory`; an op has a line for each set of such arguments.
"""

import collections

from tensorflow.python.framework import dtypes, kernels

HEAD = """\
# Operations with a GPU kernel in TensorFlow 1.15.5: `Op attr=types ... | arguments that it has in host memory`.
# An attr that is not there may be any type. Written by tools/tensorflow_gpu_kernels.py: do not edit.
"""


def constraint_of(kernel):
    """Returns {attr: types} of a kernel."""
    allowed = [(c.name, c.allowed_values.list) for c in kernel.constraint]
    return {name: frozenset(dtypes.as_dtype(t).name for t in values.type) for name, values in allowed if values.type}


def merged(constraints):
    """Returns fewer constraints that allow the same: two that differ in one attr become one."""
    merging = True
    while merging:
        merging = False
        for one in constraints:
            for other in constraints:
                differ = [name for name in one if one[name] != other.get(name)]
                if one is other or one.keys() != other.keys() or len(differ) > 1:
                    continue
                constraints = [c for c in constraints if c is not one and c is not other]
                constraints.append({name: types | other[name] for name, types in one.items()})
                merging = True
                break
            if merging:
                break
    return constraints


def main():
    """Prints the table."""
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for kernel in kernels.get_all_registered_kernels().kernel:
        if kernel.device_type in ("GPU", "DEFAULT") and not kernel.label and not kernel.op.startswith("_"):
            found[kernel.op][tuple(sorted(set(kernel.host_memory_arg)))].append(constraint_of(kernel))
    print(HEAD, end="")
    for op in sorted(found):
        for host, constraints in sorted(found[op].items()):
            for constraint in sorted(merged(constraints), key=str):
                types = ["{}={}".format(name, ",".join(sorted(c))) for name, c in sorted(constraint.items())]
                print(" ".join([op] + types + (["|"] + list(host) if host else [])))


if __name__ == "__main__":
    main()
