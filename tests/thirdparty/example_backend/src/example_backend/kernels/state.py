"""Variables, updated in place: a variable arrives as its cell, whose value is an array on the device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.plugin import KernelSet, errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plugin import KernelContext

kernel = KernelSet()


def _update(sign: int) -> Callable[[KernelContext], Any]:
    def factory(k: KernelContext) -> Any:
        on_reference = bool(k.output_dtypes)

        def run(cell: Any, value: Any) -> Any:
            with cell.lock:
                _check(cell.value, value)
                cell.value += sign * value
            return cell if on_reference else None

        return run

    return factory


for _name, _sign in {"Add": 1, "Sub": -1}.items():
    kernel.add(f"Assign{_name}", _update(_sign))
    kernel.add(f"Assign{_name}VariableOp", _update(_sign))


@kernel("ApplyGradientDescent")
def apply_gradient_descent(k: KernelContext) -> Any:
    """One step down the gradient."""

    def run(cell: Any, rate: Any, gradient: Any) -> Any:
        with cell.lock:
            _check(cell.value, gradient)
            cell.value -= rate * gradient
        return cell

    return run


def _check(live: Any, value: Any) -> None:
    if live.shape != value.shape:
        text = f"The variable has shape {list(live.shape)}, and the value that updates it {list(value.shape)}"
        raise errors.InvalidArgumentError(None, None, text)
