"""Updates of rows and slices of variables in place.

Everything is checked before anything is written, so that an update that fails leaves the variable as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.array_gather import on_host, outside
from tangraph_backend_cpu.kernels.unbuffered import unbuffered

if TYPE_CHECKING:
    from tangraph.client.resources import Cell
    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

Write = Callable[[Any, Any, Any], None]
#: Rows that repeat more often are updated one element after the other.
MAX_ROUNDS: Final = 16
_UFUNCS: Final = {
    "Add": "add",
    "Sub": "subtract",
    "Mul": "multiply",
    "Div": "divide",
    "Max": "maximum",
    "Min": "minimum",
}
#: What a GPU can do to elements that others change at the same time.
_ATOMIC: Final = frozenset({"add", "subtract", "maximum", "minimum"})


def _invalid(text: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(None, None, text)


def _writer(k: KernelContext, kind: str) -> Write:
    """Returns what writes ``table[rows] = table[rows] <op> updates`` for rows that may repeat."""
    if kind == "Update":
        return _replace
    xp = k.xp
    if kind == "Div" and k.input_dtypes[-1].is_integer:

        def divide(table: Any, rows: Any, updates: Any) -> None:
            if not updates.all():
                raise _invalid("Integer division by zero")
            _in_rounds(xp, _divide_integers, None, table, rows, updates)

        return divide
    ufunc = getattr(xp, _UFUNCS[kind])
    at = unbuffered(xp, _UFUNCS[kind]) if xp is np or _UFUNCS[kind] in _ATOMIC else None
    return lambda table, rows, updates: _in_rounds(xp, ufunc, at, table, rows, updates)


def _replace(table: Any, rows: Any, updates: Any) -> None:
    table[rows] = updates


def _in_rounds(xp: Any, compute: Any, at: Any, table: Any, rows: Any, updates: Any) -> None:
    """Applies the updates of a row in their order: all first ones, then all second ones, and so on.

    Args:
      xp: the backend's array module.
      compute: (rows, updates) -> new rows.
      at: NumPy's unbuffered form of it, for rows that repeat very often; None when there is none.
      table, rows, updates: see `_writer`.
    """
    if xp is not np and at is not None:
        at(table, rows, updates)  # a look at the rows would make the host wait
        return
    occurrence = _occurrences(xp, rows)
    if occurrence is None:
        table[rows] = compute(table[rows], updates)
        return
    rounds = int(occurrence.max()) + 1
    if rounds > MAX_ROUNDS and at is not None:
        at(table, rows, updates)
        return
    for number in range(rounds):
        chosen = xp.flatnonzero(occurrence == number)
        places = rows[chosen]
        table[places] = compute(table[places], updates[chosen])


def _occurrences(xp: Any, rows: Any) -> Any:
    """Returns for each place in a vector how often its value stood there before; None when nothing repeats."""
    if rows.size < 2:
        return None
    order = xp.argsort(rows, kind="stable")
    ordered = rows[order]
    is_first = xp.ones(rows.size, bool)
    xp.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    if is_first.all():
        return None
    positions = xp.arange(rows.size)
    result = xp.empty_like(positions)
    result[order] = positions - (
        np.maximum.accumulate(np.where(is_first, positions, 0)) if xp is np else xp.searchsorted(ordered, ordered)
    )
    return result


def _divide_integers(a: Any, b: Any) -> Any:
    """Division that rounds towards zero, as C does."""
    quotient = a // b
    return (quotient + ((quotient < 0) & (quotient * b != a))).astype(quotient.dtype)


def _table(cell: Cell, leading: int) -> Any:
    """Returns the live buffer with its first axes made one; writes to the result are writes to the buffer."""
    live = cell.value
    if not live.flags.c_contiguous:
        live = cell.value = live.copy(order="C")
    return live.reshape(-1, *live.shape[leading:])


def _rows_of(xp: Any, updates: Any, count: int, table: Any) -> Any:
    """Returns one update a row; those that may be a view of the buffer itself are copied first."""
    if np.ndim(updates) == 0:
        return xp.broadcast_to(xp.asarray(updates), (count, *table.shape[1:]))
    if xp.may_share_memory(updates, table):
        updates = updates.copy()
    return updates.reshape(count, *table.shape[1:])


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
    """Raises InvalidArgumentError, in TensorFlow's words, for an index that is no row; a device's are not looked at.

    Args:
      indices: an integer array or scalar.
      count: the number of rows.
    """
    if np.size(indices) == 0 or not on_host(indices):
        return
    if indices.min() >= 0 and indices.max() < count:
        return
    flat = indices.ravel()
    bad = int(((flat < 0) | (flat >= count)).nonzero()[0][0])
    place = np.unravel_index(bad, np.shape(indices))
    where = f"[{','.join(str(int(p)) for p in place)}]" if place else ""
    raise _invalid(f"indices{where} = {int(flat[bad])} is not in [0, {count})")


def _rows(kind: str, on_reference: bool) -> Callable[[KernelContext], Callable[..., Any]]:
    def factory(k: KernelContext) -> Callable[..., Any]:
        xp, write = k.xp, _writer(k, kind)

        def scatter(cell: Cell, indices: Any, updates: Any) -> Cell | None:
            with cell.lock:
                live = cell.value
                _check_rows(live, indices, updates, on_reference)
                count = np.size(indices)
                if count and not live.ndim:
                    # TensorFlow takes a scalar resource variable for a vector of one row.
                    table = xp.array([live], live.dtype)
                    write(table, indices.ravel(), _rows_of(xp, updates, count, table))
                    cell.value = table[0]
                elif count:
                    table = _table(cell, 1)
                    write(table, indices.ravel(), _rows_of(xp, updates, count, table))
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
    wrong = outside(indices, shape[:depth]) if depth and on_host(indices) else np.False_
    if wrong.any():
        bad = int(wrong.ravel().nonzero()[0][0])
        vector = indices.reshape(-1, depth)[bad].tolist()
        raise _invalid(
            f"indices[{bad}] = [{', '.join(map(str, vector))}] does not index into shape {raw_shape.to_str(shape)}"
        )
    return indices


def _numbers(vectors: Any, shape: tuple[int, ...]) -> Any:
    """Returns the number that each index vector has in row-major order."""
    number = vectors[..., 0]
    for axis in range(1, len(shape)):
        number = number * shape[axis] + vectors[..., axis]
    return number.ravel()


def _slices(kind: str, on_reference: bool) -> Callable[[KernelContext], Callable[..., Any]]:
    def factory(k: KernelContext) -> Callable[..., Any]:
        xp, write = k.xp, _writer(k, kind)

        def scatter(cell: Cell, indices: Any, updates: Any) -> Cell | None:
            with cell.lock:
                live = cell.value
                vectors = check_slices(np.shape(live), indices, updates)
                depth = vectors.shape[-1]
                if vectors.size:
                    rows = _numbers(vectors, live.shape[:depth])
                    table = _table(cell, depth)
                    write(table, rows, _rows_of(xp, updates, rows.size, table))
            return cell if on_reference else None

        return scatter

    return factory


for _kind in ("Add", "Sub", "Update"):
    kernel.add(f"ScatterNd{_kind}", _slices(_kind, on_reference=True))
    kernel.add(f"ResourceScatterNd{_kind}", _slices(_kind, on_reference=False))
