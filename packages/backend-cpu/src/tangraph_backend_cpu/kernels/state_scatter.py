"""Updates of rows and slices of variables in place.

Everything is checked before anything is written, so that an update that fails leaves the variable as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.client.resources import Cell
    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

_UFUNCS: Final = {
    "Add": "add",
    "Sub": "subtract",
    "Mul": "multiply",
    "Div": "divide",
    "Max": "maximum",
    "Min": "minimum",
}


def _invalid(text: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(None, None, text)


def _writer(k: KernelContext, kind: str) -> Callable[[Any, Any, Any, bool], None]:
    """Returns what writes ``live[index] = live[index] <op> updates``; the last argument says whether places repeat."""
    if kind == "Update":
        return _replace
    if kind == "Div" and k.input_dtypes[-1].is_integer:
        return _divide_integers
    ufunc = getattr(k.xp, _UFUNCS[kind])

    def write(live: Any, index: Any, updates: Any, repeated: bool) -> None:
        if repeated:
            ufunc.at(live, index, updates)
        else:
            live[index] = ufunc(live[index], updates)

    return write


def _replace(live: Any, index: Any, updates: Any, _: bool) -> None:
    live[index] = updates


def _divide_integers(live: Any, index: Any, updates: Any, repeated: bool) -> None:
    """Division that rounds towards zero, as C does, in the order of the updates."""
    if not np.all(updates):
        raise _invalid("Integer division by zero")
    coordinates = index if isinstance(index, tuple) else (index,)
    if not repeated:
        live[index] = _truncated(live[index], updates)
        return
    batch = np.broadcast_shapes(*(np.shape(c) for c in coordinates))
    updates = np.broadcast_to(updates, batch + live.shape[len(coordinates) :])
    for place in np.ndindex(*batch):
        at = tuple(c[place] for c in coordinates)
        live[at] = _truncated(live[at], updates[place])


def _truncated(a: Any, b: Any) -> Any:
    quotient = np.floor_divide(a, b)
    return (quotient + ((quotient < 0) & (quotient * b != a))).astype(quotient.dtype)


def _repeats(flat: Any) -> bool:
    """Says whether a place occurs twice; two equal neighbours after sorting."""
    if flat.size < 2:
        return False
    ordered = np.sort(flat, axis=None)
    return bool((ordered[1:] == ordered[:-1]).any())


def _apart(updates: Any, live: Any) -> Any:
    """Updates that may be a view of the buffer itself are copied first."""
    if isinstance(updates, np.ndarray) and np.may_share_memory(updates, live):
        return updates.copy()
    return updates


# -- rows --------------------------------------------------------------------------------------------------------


def _check_rows(live: Any, indices: Any, updates: Any, on_reference: bool) -> None:
    if on_reference and live.ndim == 0:
        raise _invalid("params must be at least 1-D, got shape []")
    shape, given = np.shape(indices), np.shape(updates)
    if given and given != shape + live.shape[1:]:
        texts = [raw_shape.to_str(s) for s in (given, shape, live.shape)]
        if on_reference:
            raise _invalid(
                "Must have updates.shape = indices.shape + params.shape[1:] or updates.shape = [], got updates.shape "
                f"{texts[0]}, indices.shape {texts[1]}, params.shape {texts[2]}"
            )
        if live.ndim:
            raise _invalid(f"shape of indices ({texts[1]}) is not compatible with the shape of updates ({texts[0]})")
    check_rows_in_range(indices, live.shape[0] if live.ndim else 1)


def check_rows_in_range(indices: Any, count: int) -> None:
    """Raises InvalidArgumentError, in TensorFlow's words, for an index that is no row.

    Args:
      indices: an integer array or scalar.
      count: the number of rows.
    """
    if np.size(indices) == 0:
        return
    if np.min(indices) >= 0 and np.max(indices) < count:
        return
    flat = np.ravel(indices)
    bad = int(np.flatnonzero((flat < 0) | (flat >= count))[0])
    place = np.unravel_index(bad, np.shape(indices))
    where = f"[{','.join(str(int(p)) for p in place)}]" if place else ""
    raise _invalid(f"indices{where} = {int(flat[bad])} is not in [0, {count})")


def _rows(kind: str, on_reference: bool) -> Callable[[KernelContext], Callable[..., Any]]:
    def factory(k: KernelContext) -> Callable[..., Any]:
        write = _writer(k, kind)

        def scatter(cell: Cell, indices: Any, updates: Any) -> Cell | None:
            with cell.lock:
                live = cell.value
                _check_rows(live, indices, updates, on_reference)
                if np.size(indices):
                    if not live.ndim:
                        # TensorFlow takes a scalar resource variable for a vector of one row.
                        live = np.array([live], live.dtype)
                        write(live, indices, updates, np.size(indices) > 1)
                        cell.value = live[0]
                    else:
                        repeated = kind != "Update" and _repeats(np.asarray(indices))
                        write(live, indices, _apart(updates, live), repeated)
            return cell if on_reference else None

        return scatter

    return factory


for _kind in (*_UFUNCS, "Update"):
    kernel.add(f"Scatter{_kind}", _rows(_kind, on_reference=True))
    kernel.add(f"ResourceScatter{_kind}", _rows(_kind, on_reference=False))


# -- slices ------------------------------------------------------------------------------------------------------


def check_slices(shape: tuple[int, ...], indices: Any, updates: Any) -> Any:
    """Checks the shapes and indices of ScatterNd and its kind.

    Args:
      shape: of what is updated.
      indices: an integer array of shape [..., K]; a vector stands for K indices of one coordinate.
      updates: an array.

    Returns:
      The indices, with the last dimension K.

    Raises:
      InvalidArgumentError: they do not fit, or an index is out of range; the texts are TensorFlow's.
    """
    given_indices, given = np.shape(indices), np.shape(updates)
    if given_indices and given and given_indices[0] != given[0]:
        raise _invalid(
            "The outermost dimension of updates and indices must match. Got indices.shape "
            f"{raw_shape.to_str(given_indices)}, updates.shape {raw_shape.to_str(given)}"
        )
    depth = given_indices[-1] if len(given_indices) > 1 else 1
    batch = given_indices[:-1] if len(given_indices) > 1 else given_indices
    if depth == 0 and np.size(updates):
        raise _invalid(
            f"Indices and updates specified for empty output.  indices shape: {raw_shape.to_str(given_indices)}"
        )
    if not given_indices or depth > len(shape) or given != batch + shape[depth:]:
        raise _invalid(
            "Must have updates.shape = indices.shape[:batch_dim] + params_shape[slice_dim:], got updates.shape: "
            f"{raw_shape.to_str(given)}, indices.shape: {raw_shape.to_str(given_indices)}, params_shape: "
            f"{raw_shape.to_str(shape)}, slice_dim: {depth}, and batch_dim: {max(len(batch), 1)}"
        )
    if len(given_indices) == 1:
        indices = indices[:, None]
    bounds = np.array(shape[:depth], np.int64)
    outside = ((indices < 0) | (indices >= bounds)).any(axis=-1)
    if outside.any():
        bad = int(np.flatnonzero(outside)[0])
        vector = indices.reshape(-1, depth)[bad].tolist()
        raise _invalid(
            f"indices[{bad}] = [{', '.join(map(str, vector))}] does not index into shape {raw_shape.to_str(shape)}"
        )
    return indices


def _slices(kind: str, on_reference: bool) -> Callable[[KernelContext], Callable[..., Any]]:
    def factory(k: KernelContext) -> Callable[..., Any]:
        write = _writer(k, kind)

        def scatter(cell: Cell, indices: Any, updates: Any) -> Cell | None:
            with cell.lock:
                live = cell.value
                vectors = check_slices(np.shape(live), indices, updates)
                if vectors.size:
                    index = tuple(np.moveaxis(vectors, -1, 0))
                    repeated = kind != "Update" and _repeats(np.ravel_multi_index(index, live.shape[: len(index)]))
                    write(live, index, _apart(updates, live), repeated)
            return cell if on_reference else None

        return scatter

    return factory


for _kind in ("Add", "Sub", "Update"):
    kernel.add(f"ScatterNd{_kind}", _slices(_kind, on_reference=True))
    kernel.add(f"ResourceScatterNd{_kind}", _slices(_kind, on_reference=False))
