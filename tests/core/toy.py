"""A backend of ten kernels on NumPy: what core needs to be tested alone."""

from __future__ import annotations

import numpy as np

from tangraph.plugin import KernelSet, hookimpl

kernel = KernelSet()
for _op_type, _function in {
    "Add": np.add,
    "AddV2": np.add,
    "Mul": np.multiply,
    "Sub": np.subtract,
    "Neg": np.negative,
    "Less": np.less,
    "MatMul": np.matmul,
}.items():
    kernel.add(_op_type, lambda k, function=_function: function)


@kernel("Assign")
def _assign(k):
    def assign(cell, value):
        cell.store(np.array(value))
        return cell

    return assign


@kernel("AssignAdd")
def _assign_add(k):
    def assign_add(cell, value):
        with cell.lock:
            cell.store(cell.value + value)
        return cell

    return assign_add


@kernel("Reshape")
def _reshape(k):
    return lambda x, shape: np.reshape(x, tuple(shape))


class ToyBackend:
    """NumPy, and little of it."""

    name = "toy"
    bases = ()
    device_type = "CPU"
    xp = np

    def devices(self):
        return ["/device:CPU:0"]

    def to_device(self, array):
        return array

    def to_host(self, array):
        return array

    def compile_pass(self, program):
        pass

    def synchronize(self):
        pass


class ToyPlugin:
    """Registers the backend."""

    @hookimpl
    def tangraph_register_backends(self, registry):
        registry.add("toy", ToyBackend)

    @hookimpl
    def tangraph_register_kernels(self, registry):
        registry.add_index("toy", dict.fromkeys(kernel, kernel))
