"""The library's functions, also by the names that NumPy has for them: with these, many of the CPU's kernels serve."""

from __future__ import annotations

import array_api_strict
from array_api_strict import *  # noqa: F403

true_divide = array_api_strict.divide
absolute = array_api_strict.abs
conjugate = array_api_strict.conj
dot = array_api_strict.matmul
