"""What this package provides, by name. Written by tools/index.py: do not edit."""

NAMES: dict[str, str] = {}

OPS: dict[str, str] = {}

KERNELS: dict[str, str] = {
    "Add": "tangraph_backend_cpu.kernels.elementwise:kernel",
    "AddV2": "tangraph_backend_cpu.kernels.elementwise:kernel",
    "Multinomial": "tangraph_backend_cpu.kernels.random_discrete:kernel",
    "RandomShuffle": "tangraph_backend_cpu.kernels.random_discrete:kernel",
    "RandomStandardNormal": "tangraph_backend_cpu.kernels.random_fill:kernel",
    "RandomUniform": "tangraph_backend_cpu.kernels.random_fill:kernel",
    "RandomUniformInt": "tangraph_backend_cpu.kernels.random_fill:kernel",
    "StatelessMultinomial": "tangraph_backend_cpu.kernels.random_discrete:kernel",
    "StatelessRandomNormal": "tangraph_backend_cpu.kernels.random_fill:kernel",
    "StatelessRandomUniform": "tangraph_backend_cpu.kernels.random_fill:kernel",
    "StatelessRandomUniformInt": "tangraph_backend_cpu.kernels.random_fill:kernel",
    "StatelessTruncatedNormal": "tangraph_backend_cpu.kernels.random_fill:kernel",
    "TruncatedNormal": "tangraph_backend_cpu.kernels.random_fill:kernel",
}
