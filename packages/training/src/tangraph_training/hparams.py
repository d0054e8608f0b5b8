"""Hyperparameters with names and types."""

from __future__ import annotations

import json
import numbers
import re
from typing import Any, Final

from tangraph.export import export

_ASSIGNMENT: Final = re.compile(
    r"(?P<name>[a-zA-Z][\w\.]*)(\[\s*(?P<index>\d+)\s*\])?\s*=\s*((?P<val>[^,\[]*)|\[(?P<vals>[^\]]*)\])($|,\s*)"
)


@export("contrib.training.HParams")
class HParams:
    """A set of hyperparameters, as attributes that keep their types.

    Args:
      hparam_def: not available here; a protocol buffer in TensorFlow.
      model_structure: anything; see `get_model_structure`.
      **kwargs: names and values: numbers, bools, strings, or lists of one of these.

    >>> hparams = HParams(learning_rate=0.1, layers=[10, 20])
    >>> hparams.parse("learning_rate=0.5,layers=[5,6]")
    HParams([('layers', [5, 6]), ('learning_rate', 0.5)])
    """

    def __init__(self, hparam_def: Any = None, model_structure: Any = None, **kwargs: Any) -> None:
        if hparam_def:
            raise ValueError("HParams cannot be made from protocol buffers here.")
        self._hparam_types: dict[str, tuple[type, bool]] = {}
        self._model_structure = model_structure
        for name, value in kwargs.items():
            self.add_hparam(name, value)

    def add_hparam(self, name: str, value: Any) -> None:
        """Adds a hyperparameter, whose type is from then on that of its value.

        Raises:
          ValueError: the name is taken, or the value is an empty list.
        """
        if getattr(self, name, None) is not None:
            raise ValueError(f"Hyperparameter name is reserved: {name}")
        is_list = isinstance(value, list | tuple)
        if is_list and not value:
            raise ValueError(f"Multi-valued hyperparameters cannot be empty: {name}")
        self._hparam_types[name] = (type(value[0] if is_list else value), is_list)
        setattr(self, name, value)

    def set_hparam(self, name: str, value: Any) -> None:
        """Sets a hyperparameter, converted to its type.

        Raises:
          KeyError: there is none of that name.
          ValueError: the value is of another type, or a list where it must not be.
        """
        kind, is_list = self._hparam_types[name]
        if isinstance(value, list):
            if not is_list:
                raise ValueError(f"Must not pass a list for single-valued parameter: {name}")
            setattr(self, name, [_as_type(name, kind, one) for one in value])
        else:
            if is_list:
                raise ValueError(f"Must pass a list for multi-valued parameter: {name}.")
            setattr(self, name, _as_type(name, kind, value))

    def del_hparam(self, name: str) -> None:
        """Removes a hyperparameter, if it is there."""
        if hasattr(self, name):
            delattr(self, name)
            del self._hparam_types[name]

    def parse(self, values: str) -> HParams:
        """Sets hyperparameters from a text such as "name=1,other=[2,3]", and returns the object.

        Raises:
          ValueError: the text cannot be read.
        """
        return self.override_from_dict(parse_values(values, {n: kind for n, (kind, _) in self._hparam_types.items()}))

    def override_from_dict(self, values_dict: dict[str, Any]) -> HParams:
        """Sets hyperparameters, and returns the object; see `set_hparam`."""
        for name, value in values_dict.items():
            self.set_hparam(name, value)
        return self

    def set_from_map(self, values_map: dict[str, Any]) -> HParams:
        """The old name of `override_from_dict`."""
        return self.override_from_dict(values_map)

    def set_model_structure(self, model_structure: Any) -> None:
        """Keeps anything, for `get_model_structure`."""
        self._model_structure = model_structure

    def get_model_structure(self) -> Any:
        """Returns what `set_model_structure` was given."""
        return self._model_structure

    def to_json(self, indent: Any = None, separators: Any = None, sort_keys: bool = False) -> str:
        """Returns the hyperparameters as JSON; the arguments are those of `json.dumps`."""
        return json.dumps(self.values(), indent=indent, separators=separators, sort_keys=sort_keys)

    def parse_json(self, values_json: str) -> HParams:
        """Sets hyperparameters from JSON, and returns the object."""
        return self.override_from_dict(json.loads(values_json))

    def values(self) -> dict[str, Any]:
        """Returns the hyperparameters by name."""
        return {name: getattr(self, name) for name in self._hparam_types}

    def get(self, key: str, default: Any = None) -> Any:
        """Returns a hyperparameter, or `default` when there is none of that name.

        Raises:
          ValueError: `default` is not of the hyperparameter's type.
        """
        if key not in self._hparam_types:
            return default
        if default is not None:
            kind, is_list = self._hparam_types[key]
            described = f"list<{kind}>" if is_list else str(kind)
            text = f"Hparam '{key}' of type '{described}' is incompatible with default={default}"
            if is_list != isinstance(default, list):
                raise ValueError(text)
            try:
                for one in default if is_list else [default]:
                    _as_type(key, kind, one)
            except ValueError as error:
                raise ValueError(f"{text}. {error}") from None
        return getattr(self, key)

    def __contains__(self, key: str) -> bool:
        return key in self._hparam_types

    def __str__(self) -> str:
        return ",".join(f"{key}={value}" for key, value in self.values().items())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({sorted(self.values().items())})"


def _as_type(name: str, kind: type, value: Any) -> Any:
    if type(value) is kind or kind is type(None):
        return value
    wrong = (
        (issubclass(kind, str | bytes) and not isinstance(value, str | bytes))
        or issubclass(kind, bool) != isinstance(value, bool)
        or (issubclass(kind, numbers.Integral) and not isinstance(value, numbers.Integral))
        or (issubclass(kind, numbers.Number) and not isinstance(value, numbers.Number))
    )
    if wrong:
        raise ValueError(f"Could not cast hparam '{name}' of type '{kind}' from value {value!r}")
    make: Any = kind
    return make(value)


def _as_bool(value: str) -> bool:
    if value in {"true", "True"}:
        return True
    return False if value in {"false", "False"} else bool(int(value))


@export("contrib.training.parse_values")
def parse_values(values: str, type_map: dict[str, Any], ignore_unknown: bool = False) -> dict[str, Any]:
    """Reads a text such as "name=1,other=[2,3],list[1]=4".

    Args:
      values: the text.
      type_map: the type of each name.
      ignore_unknown: whether names without a type are left out.

    Returns:
      Values by name: a list for one in brackets, a dictionary for assignments to places.

    Raises:
      ValueError: the text cannot be read, a name without a type or assigned twice.

    >>> parse_values("a=1,b=[2,3]", {"a": int, "b": float})
    {'a': 1, 'b': [2.0, 3.0]}
    """
    results: dict[str, Any] = {}
    at = 0
    while at < len(values):
        match = _ASSIGNMENT.match(values, at)
        if match is None:
            raise ValueError(f"Malformed hyperparameter value: {values[at:]}")
        at = match.end()
        name = match["name"]
        if name in type_map:
            _assign(results, match, type_map[name], values)
        elif not ignore_unknown:
            raise ValueError(f"Unknown hyperparameter type for {name}")
    return results


def _assign(results: dict[str, Any], match: re.Match[str], kind: Any, values: str) -> None:
    name, index, text = match["name"], match["index"], match["val"]
    if text is None and index is not None:
        raise ValueError("Assignment of a list to a list index.")
    parse = _as_bool if kind is bool else kind
    try:
        value: Any = (
            [parse(one) for one in re.split("[ ,]", match["vals"] or "") if one] if text is None else parse(text)
        )
    except ValueError:
        shown = match["vals"] if text is None else text
        raise ValueError(
            f"Could not parse hparam '{name}' of type '{kind.__name__}' with value '{shown}' in {values}"
        ) from None
    target: Any = results
    key: Any = name
    if index is not None:
        target, key = results.setdefault(name, {}), int(index)
    if not isinstance(target, dict) or key in target:
        where = name if index is None or not isinstance(target, dict) else f"{name}[{index}]"
        raise ValueError(f"Multiple assignments to variable '{where}' in {values}")
    target[key] = value
