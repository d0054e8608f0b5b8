"""Names that NumPy, pandas, SciPy, scikit-learn and Python have dropped, and that programs of TensorFlow 1's time use.

They answer in the processes of `tangraph run` only. Each module of this package stands for one library, and is imported
when that library is; nothing is changed before, and nothing answers to the libraries themselves. `used` has what was
asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from importlib.abc import Loader, MetaPathFinder
else:
    Loader = MetaPathFinder = object  # importing importlib.abc takes longer than all of this

used: Final[set[str]] = set()

# The libraries that look names up with hasattr to learn what they run on: they get the answer that is true.
_LIBRARIES: Final = frozenset({"numpy", "pandas", "scipy", "sklearn", "matplotlib", "joblib", "PIL"})

# Module -> the function that completes it once it is loaded.
_COMPLETED: Final = {
    "numpy": "numpy_names:complete",
    "pandas": "pandas_names:complete",
    "scipy": "scipy_names:complete",
    "scipy.misc": "scipy_names:complete_misc",
    "scipy.signal": "scipy_names:complete_signal",
    "scipy.integrate": "scipy_names:complete_integrate",
    "scipy.linalg": "scipy_names:complete_linalg",
    "scipy.sparse.linalg.eigen": "scipy_names:complete_eigen",
    "sklearn.datasets": "sklearn_names:complete_datasets",
    "sklearn.preprocessing": "sklearn_names:complete_preprocessing",
    "sklearn.metrics": "sklearn_names:complete_metrics",
    "sklearn.mixture": "sklearn_names:complete_mixture",
    "sklearn.decomposition": "sklearn_names:complete_decomposition",
    "sklearn.manifold": "sklearn_names:complete_manifold",
    "sklearn.cluster": "sklearn_names:complete_cluster",
    "sklearn.linear_model": "sklearn_names:complete_linear_model",
    "PIL.Image": "stdlib_names:complete_pil",
    "inspect": "stdlib_names:complete_inspect",
    "fractions": "stdlib_names:complete_fractions",
    "base64": "stdlib_names:complete_base64",
    "cgi": "stdlib_names:complete_cgi",
    "json": "stdlib_names:complete_json",
    "threading": "stdlib_names:complete_threading",
}

# Modules that are gone -> the function that makes a stand-in.
_GONE: Final = {
    "imp": "stdlib_names:make_imp",
    "xml.etree.cElementTree": "stdlib_names:make_c_element_tree",
    "scipy.misc.pilutil": "scipy_names:make_pilutil",
    "scipy.sparse.linalg.eigen.arpack": "scipy_names:make_arpack",
    "sklearn.cross_validation": "sklearn_names:make_cross_validation",
    "sklearn.grid_search": "sklearn_names:make_grid_search",
    "sklearn.learning_curve": "sklearn_names:make_learning_curve",
    "sklearn.externals.joblib": "sklearn_names:make_joblib",
    "sklearn.externals.six": "sklearn_names:make_six",
    "sklearn.datasets.base": "sklearn_names:make_datasets",
    "sklearn.datasets.samples_generator": "sklearn_names:make_datasets",
    "sklearn.metrics.classification": "sklearn_names:make_metrics",
    "sklearn.metrics.ranking": "sklearn_names:make_metrics",
    "sklearn.lda": "sklearn_names:make_lda",
    "sklearn.qda": "sklearn_names:make_lda",
    "sklearn.manifold.t_sne": "sklearn_names:make_manifold",
    "pandas.tools": "pandas_names:make_tools",
    "pandas.tools.plotting": "pandas_names:make_plotting",
}


class DroppedNames(MetaPathFinder):
    """Finds the modules above as others would, and completes them when they have been loaded."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Returns the spec of a module that is to be completed or that is gone, or None."""
        if fullname in _COMPLETED:
            spec = self._others(fullname, path, target)
            if spec is not None and spec.loader is not None:
                _complete_after_load(spec.loader, _function(_COMPLETED[fullname]))
            return spec
        if fullname in _GONE:
            return self._others(fullname, path, target) or ModuleSpec(fullname, _StandIn(_GONE[fullname]))
        return None

    def _others(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        finders = (finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec"))
        return next((spec for finder in finders if (spec := finder.find_spec(fullname, path, target))), None)


class _StandIn(Loader):
    """Loads a module that is gone."""

    def __init__(self, make: str) -> None:
        self._make = make

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Leaves it to the import system."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Fills the module in."""
        used.add(module.__name__)
        vars(module).update(_function(self._make)())


def _function(entry: str) -> Callable[..., Any]:
    module, _, name = entry.partition(":")
    found: Callable[..., Any] = getattr(import_module(f"{__name__}.{module}"), name)
    return found


def _complete_after_load(loader: Any, complete: Callable[[ModuleType], None]) -> None:
    """Has a module completed when its loader has executed it; the loader stays the one that it is."""
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        del loader.exec_module
        execute(module)
        complete(module)

    try:
        loader.exec_module = exec_module
    except AttributeError:  # a loader that is a class (a built-in or frozen module): its module is completed as it is
        return


def install() -> None:
    """Completes these modules in this process from now on."""
    from tangraph_compat.dropped import stdlib_names

    sys.meta_path.insert(0, DroppedNames())
    stdlib_names.complete_loaded()
    for name, entry in _COMPLETED.items():
        if name in sys.modules:
            _function(entry)(sys.modules[name])


def answer(module: ModuleType, names: Mapping[str, Callable[[], Any]], label: str | None = None) -> None:
    """Has a module answer for names that it has dropped; whatever it has itself comes first.

    Args:
      module: the module, loaded.
      names: name -> a function that returns what the name stands for, or raises an error that says what to do.
      label: what the report calls the module; its name by default.
    """
    own = vars(module).get("__getattr__")

    def get_attribute(name: str) -> Any:
        if name in names and not asked_by_library():
            used.add(f"{label or module.__name__}.{name}")
            return names[name]()
        if own is not None:
            return own(name)
        raise AttributeError(f"module '{module.__name__}' has no attribute '{name}'")

    vars(module)["__getattr__"] = get_attribute


def asked_by_library(depth: int = 2) -> bool:
    """Returns whether the caller's caller, `depth` frames up, is one of the libraries themselves."""
    caller = str(sys._getframe(depth).f_globals.get("__name__", ""))  # noqa: SLF001  there is no other way to know
    return caller.partition(".")[0] in _LIBRARIES


def constant(value: object) -> Callable[[], Any]:
    """Returns a function that returns the value: an entry of :func:`answer`."""
    return lambda: value


def gone(text: str, error_type: type[Exception] = AttributeError) -> Callable[[], Any]:
    """Returns a function that raises an error: an entry of :func:`answer` for what cannot be replaced."""

    def fail() -> Any:
        raise error_type(text)

    return fail
