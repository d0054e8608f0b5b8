"""Classes whose properties are options: typed, unset by default, and merged from several datasets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class OptionsBase:
    """What classes of options share; only their declared options can be set."""

    _options: dict[str, Any]

    def __init__(self) -> None:
        object.__setattr__(self, "_options", {})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, self.__class__):
            return NotImplemented
        names = self._options.keys() | other._options.keys()
        return all(getattr(self, name) == getattr(other, name) for name in names)

    __hash__ = None  # type: ignore[assignment]

    def __setattr__(self, name: str, value: Any) -> None:
        if not hasattr(self, name):
            raise AttributeError(f"Cannot set the property {name} on {type(self).__name__}.")
        object.__setattr__(self, name, value)


def create_option(name: str, ty: Any, docstring: str, default_factory: Callable[[], Any] = lambda: None) -> Any:
    """Returns the property for an option.

    Args:
      name: the option's name.
      ty: the type, or types, that it may have.
      docstring: what it does.
      default_factory: makes the value that stands until one is set.
    """

    def get(options: Any) -> Any:
        if name not in options._options:
            options._options[name] = default_factory()
        return options._options[name]

    def set_(options: Any, value: Any) -> None:
        if not isinstance(value, ty):
            raise TypeError(f'Property "{name}" must be of type {ty}, got: {value!r} (type: {type(value)!r})')
        options._options[name] = value

    return property(get, set_, None, docstring)


def merge_options(*options_list: Any) -> Any:
    """Returns options that have what is set in any of several.

    Raises:
      TypeError: they are of different classes.
      ValueError: none are given, or two set an option to different values.
    """
    if not options_list:
        raise ValueError("At least one options should be provided")
    kind = type(options_list[0])
    for options in options_list:
        if not isinstance(options, kind):
            raise TypeError(f"Incompatible options type: {type(options)!r} vs {kind!r}")
    if not isinstance(options_list[0], OptionsBase):
        raise TypeError(f"The inputs should inherit from `OptionsBase`. Received: {options_list[0]!r}")
    default, result = kind(), kind()
    for options in options_list:
        for name in options._options:
            this, that = getattr(result, name), getattr(options, name)
            if that == getattr(default, name):
                continue
            if this == getattr(default, name):
                setattr(result, name, that)
            elif isinstance(this, OptionsBase):
                setattr(result, name, merge_options(this, that))
            elif this != that:
                raise ValueError(f"Cannot merge incompatible values ({this!r} and {that!r}) of option: {name}")
    return result
