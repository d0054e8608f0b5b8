"""The conjugate transpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.transpose import matrix_transpose

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


@export("linalg.adjoint")
def adjoint(matrix: Any, name: str | None = None) -> Tensor:
    """Returns the conjugates of the transposes of matrices: [..., m, n] -> [..., n, m]."""
    with name_scope(name, "adjoint", [matrix]):
        return matrix_transpose(convert_to_tensor(matrix, name="matrix"), conjugate=True)
