"""Steps that only pass a value on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tangraph.plan.ir import Step, Value

_PASS_ON: Final = frozenset(
    {
        "Identity",
        "StopGradient",
        "PreventGradient",
        "_Alias",
        "GuaranteeConst",
        "RefIdentity",
        "PlaceholderWithDefault",
        "EnsureShapeKnown",
    }
)


def forward(step: Step) -> list[Value] | None:
    """Identity and its kind give their input."""
    if step.op_type in _PASS_ON:
        return [step.inputs[0]]
    if step.op_type == "IdentityN":
        return list(step.inputs)
    return None
