"""`tf.flags`, which is absl's: with the old names of arguments, and flags that are parsed when the first one is read."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Final

from absl import app as _app  # noqa: F401  it defines --log_dir, --verbosity, --pdb, ..., as TensorFlow's import does
from absl import flags as absl_flags

absl_flags.disclaim_key_flags()  # a flag belongs to the module that calls DEFINE_...

_RENAMED: Final = {"flag_name": "name", "default_value": "default", "docstring": "help"}
_DEPRECATED: Final = (
    "Use of the keyword argument names (flag_name, default_value, docstring) is deprecated, please use (name, default, "
    "help) instead."
)


def _with_old_arguments(define: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(define)
    def call(*args: Any, **kwargs: Any) -> Any:
        if _RENAMED.keys() & kwargs.keys():
            logging.warning(_DEPRECATED)  # noqa: LOG015  the root logger, as in TensorFlow
            kwargs = {_RENAMED.get(name, name): value for name, value in kwargs.items()}
        return define(*args, **kwargs)

    return call


class _ParsedWhenRead:
    """absl's FLAGS, except that reading a flag parses `sys.argv` when nobody has yet.

    It passes for absl's FlagValues (its `__class__` is that), since it is asked for everything that it has not itself.
    """

    def __init__(self, values: absl_flags.FlagValues) -> None:
        self.__dict__["__wrapped"] = values

    def __getattribute__(self, name: str) -> Any:
        if name == "__dict__":
            return super().__getattribute__(name)
        return self.__dict__["__wrapped"].__getattribute__(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what inspect and doctest ask of any object must not parse the command line
            raise AttributeError(name)
        values = self.__dict__["__wrapped"]
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)  # Python's own question, not a flag
        if not values.is_parsed():
            values(sys.argv)
        return values.__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__["__wrapped"].__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        self.__dict__["__wrapped"].__delattr__(name)

    def __dir__(self) -> Iterator[str]:
        return iter(self.__dict__["__wrapped"].__dir__())

    def __getitem__(self, name: str) -> Any:
        return self.__dict__["__wrapped"][name]

    def __setitem__(self, name: str, flag: Any) -> None:
        self.__dict__["__wrapped"][name] = flag

    def __contains__(self, name: str) -> bool:
        return name in self.__dict__["__wrapped"]

    def __len__(self) -> int:
        return len(self.__dict__["__wrapped"])

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__["__wrapped"])

    def __str__(self) -> str:
        return str(self.__dict__["__wrapped"])

    def __call__(self, *args: Any, **kwargs: Any) -> list[str]:
        rest: list[str] = self.__dict__["__wrapped"](*args, **kwargs)
        return rest


FLAGS = _ParsedWhenRead(absl_flags.FLAGS)
DEFINE_string = _with_old_arguments(absl_flags.DEFINE_string)
DEFINE_boolean = _with_old_arguments(absl_flags.DEFINE_boolean)
DEFINE_bool = DEFINE_boolean
DEFINE_float = _with_old_arguments(absl_flags.DEFINE_float)
DEFINE_integer = _with_old_arguments(absl_flags.DEFINE_integer)

_OURS: Final = ("FLAGS", "DEFINE_string", "DEFINE_boolean", "DEFINE_bool", "DEFINE_float", "DEFINE_integer")
_ABSL: Final = (
    *("ArgumentParser", "ArgumentSerializer", "BaseListParser", "BooleanFlag", "BooleanParser"),
    *("CantOpenFlagFileError", "CsvListSerializer", "DEFINE", "DEFINE_alias", "DEFINE_enum", "DEFINE_enum_class"),
    *("DEFINE_flag", "DEFINE_list", "DEFINE_multi", "DEFINE_multi_enum", "DEFINE_multi_enum_class"),
    *("DEFINE_multi_float", "DEFINE_multi_integer", "DEFINE_multi_string", "DEFINE_spaceseplist"),
    *("DuplicateFlagError", "EnumClassFlag", "EnumClassListSerializer", "EnumClassParser", "EnumClassSerializer"),
    *("EnumFlag", "EnumParser", "Error", "Flag", "FlagHolder", "FlagNameConflictsWithMethodError", "FlagValues"),
    *("FloatParser", "IllegalFlagValueError", "IntegerParser", "ListParser", "ListSerializer", "MultiEnumClassFlag"),
    *("MultiFlag", "UnparsedFlagAccessError", "UnrecognizedFlagError", "ValidationError"),
    *("WhitespaceSeparatedListParser", "adopt_module_key_flags", "declare_key_flag", "disclaim_key_flags"),
    *("doc_to_help", "flag_dict_to_args", "get_help_width", "mark_bool_flags_as_mutual_exclusive"),
    *("mark_flag_as_required", "mark_flags_as_mutual_exclusive", "mark_flags_as_required", "multi_flags_validator"),
    *(
        "override_value",
        "register_multi_flags_validator",
        "register_validator",
        "set_default",
        "text_wrap",
        "validator",
    ),
)
globals().update({name: getattr(absl_flags, name) for name in _ABSL if hasattr(absl_flags, name)})

__tf_values__: Final = {f"flags.{name}": globals()[name] for name in (*_OURS, *_ABSL) if name in globals()}
