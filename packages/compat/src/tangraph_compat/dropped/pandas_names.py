"""Names that pandas has dropped, most of them in 1.0 and 2.0."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from tangraph_compat.dropped import answer, asked_by_library, constant, gone, used


def _append(frame: Any, other: Any, ignore_index: bool = False, verify_integrity: bool = False, **_: Any) -> Any:
    pandas = import_module("pandas")
    others = list(other) if isinstance(other, list | tuple) else [other]
    parts = [pandas.DataFrame([part]) if _is_row(frame, part) else part for part in others]
    return pandas.concat([frame, *parts], ignore_index=ignore_index, verify_integrity=verify_integrity)


def _is_row(frame: Any, part: Any) -> bool:
    return frame.ndim == 2 and (isinstance(part, dict) or getattr(part, "ndim", 2) == 1)


def _sort(frame: Any, columns: Any = None, axis: int = 0, ascending: Any = True, inplace: bool = False) -> Any:
    if columns is None:
        return frame.sort_index(axis=axis, ascending=ascending, inplace=inplace)
    return frame.sort_values(columns, axis=axis, ascending=ascending, inplace=inplace)


class _Ix:
    """`frame.ix[rows, columns]`: by label, and by position where the axis has no whole numbers for labels."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def _by_position(self, key: Any, axis: int) -> bool:
        keys = [key.start, key.stop] if isinstance(key, slice) else key if isinstance(key, list) else [key]
        whole = all(isinstance(k, int) and not isinstance(k, bool) for k in keys if k is not None)
        return whole and self._frame.axes[axis].inferred_type != "integer"

    def _labels(self, key: Any) -> Any:
        if not isinstance(key, tuple):
            return self._label(key, 0)
        return tuple(self._label(k, axis) for axis, k in enumerate(key))

    def _label(self, key: Any, axis: int) -> Any:
        if not self._by_position(key, axis):
            return key
        found = self._frame.axes[axis][key]
        return list(found) if isinstance(key, slice | list) else found

    def __getitem__(self, key: Any) -> Any:
        return self._frame.loc[self._labels(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._frame.loc[self._labels(key)] = value


# Attribute of frames and series -> a function of the object: a property, or what returns a method.
_ATTRIBUTES: Final[dict[str, Callable[[Any], Any]]] = {
    "as_matrix": lambda o: lambda columns=None: (o if columns is None else o[columns]).to_numpy(),
    "get_values": lambda o: o.to_numpy,
    "append": lambda o: lambda *args, **kwargs: _append(o, *args, **kwargs),
    "iteritems": lambda o: o.items,
    "ix": _Ix,
    "sort": lambda o: lambda *args, **kwargs: _sort(o, *args, **kwargs),
    "order": lambda o: o.sort_values,
    "get_value": lambda o: lambda *key: o.at[key if len(key) > 1 else key[0]],
    "set_value": lambda o: lambda *args: _set_value(o, *args),
    "applymap": lambda o: o.map,
    "ravel": lambda o: o.to_numpy().ravel,
    "nonzero": lambda o: o.to_numpy().nonzero,
    "convert_objects": lambda o: lambda **_: o.infer_objects(),
    "mad": lambda o: lambda *args, **kwargs: (o - o.mean(*args, **kwargs)).abs().mean(*args, **kwargs),
}


def _set_value(frame: Any, *args: Any) -> Any:
    *key, value = args
    frame.at[tuple(key) if len(key) > 1 else key[0]] = value
    return frame


# Arguments of read_csv that are gone -> a function of the value: the arguments to use for it, none where it has no effect.
_READ_CSV: Final[dict[str, Callable[[Any], dict[str, Any]]]] = {
    "error_bad_lines": lambda value: {} if value else {"on_bad_lines": "skip"},
    "warn_bad_lines": lambda _: {},
    "mangle_dupe_cols": lambda _: {},
    "infer_datetime_format": lambda _: {},
    "delim_whitespace": lambda value: {"sep": r"\s+"} if value else {},
    "tupleize_cols": lambda _: {},
}


def complete(module: ModuleType) -> None:
    """Has `pandas`, its frames and its series answer."""
    names: dict[str, Callable[[], Any]] = {
        "np": lambda: import_module("numpy"),
        "datetime": lambda: import_module("datetime").datetime,
        "scatter_matrix": lambda: module.plotting.scatter_matrix,
        "tools": lambda: import_module("pandas.tools"),
        "TimeGrouper": lambda: module.Grouper,
        "Panel": gone("pd.Panel is gone from pandas: use a DataFrame with a MultiIndex, or xarray"),
        "value_counts": constant(lambda values, *args, **kwargs: module.Series(values).value_counts(*args, **kwargs)),
        **{
            f"rolling_{name}": constant(
                lambda values, window, name=name, **kwargs: getattr(values.rolling(window, **kwargs), name)()
            )
            for name in ("mean", "std", "sum", "min", "max", "median", "var")
        },
    }
    answer(module, names, "pd")
    for owner in (module.DataFrame, module.Series):
        _complete_class(owner)
    for reader in ("read_csv", "read_table"):
        setattr(module, reader, _reader(getattr(module, reader)))


def _complete_class(owner: Any) -> None:
    own = owner.__getattr__

    def get_attribute(self: Any, name: str) -> Any:
        try:
            return own(self, name)  # columns come first
        except AttributeError:
            if name not in _ATTRIBUTES or asked_by_library():
                raise
        used.add(f"{owner.__name__}.{name}")
        return _ATTRIBUTES[name](self)

    owner.__getattr__ = get_attribute


def _reader(read: Callable[..., Any]) -> Callable[..., Any]:
    def note(argument: str) -> None:
        used.add(f"pd.{read.__name__}({argument}=)")

    @wraps(read)
    def call(*args: Any, squeeze: bool = False, prefix: str | None = None, **kwargs: Any) -> Any:
        for name in [name for name in kwargs if name in _READ_CSV]:
            value = kwargs.pop(name)
            note(name)
            kwargs.update(_READ_CSV[name](value))
        found = read(*args, **kwargs)
        if prefix is not None:
            note("prefix")
            if kwargs.get("header", "infer") is None and kwargs.get("names") is None:
                found = found.rename(columns=lambda number: f"{prefix}{number}")
        if squeeze:
            note("squeeze")
            found = found.squeeze("columns")
        return found

    return call


def make_tools() -> dict[str, Any]:
    """`pandas.tools`."""
    return {"__path__": [], "plotting": import_module("pandas.plotting")}


def make_plotting() -> dict[str, Any]:
    """`pandas.tools.plotting`."""
    from tangraph_compat.dropped.stdlib_names import public

    return public(import_module("pandas.plotting"))
