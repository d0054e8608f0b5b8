"""Names that scikit-learn has dropped or moved, and arguments that it has renamed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from tangraph_compat.dropped import answer, gone, used
from tangraph_compat.dropped.stdlib_names import public

_BOSTON: Final = (
    "sklearn.datasets.load_boston is gone: scikit-learn has removed the Boston housing data. Use "
    "sklearn.datasets.fetch_california_housing(), or read http://lib.stat.cmu.edu/datasets/boston with pandas."
)
_MLDATA: Final = (
    "sklearn.datasets.fetch_mldata is gone with mldata.org. Use sklearn.datasets.fetch_openml('mnist_784')."
)


def renamed(owner: Any, arguments: Mapping[str, str | None], *, only_if_false: bool = False) -> None:
    """Has a class take arguments by their old names; None for those that are left out.

    Args:
      owner: the class.
      arguments: old name -> new name.
      only_if_false: whether an argument that is left out must be false, since nothing does what it did.
    """
    initialize = owner.__init__

    @wraps(initialize)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        for old, new in arguments.items():
            if old not in kwargs:
                continue
            used.add(f"{owner.__name__}({old}=)")
            value = kwargs.pop(old)
            if new is None and only_if_false and value:
                raise TypeError(
                    f"{owner.__name__}({old}=) is gone from scikit-learn: scale the data first (StandardScaler in a "
                    f"pipeline). Received: {old}={value!r}"
                )
            if new is not None:
                kwargs.setdefault(new, value)
        initialize(self, *args, **kwargs)

    owner.__init__ = init


def complete_manifold(module: ModuleType) -> None:
    """`TSNE(n_iter=)` is `max_iter`; it is known under both names where both are."""
    renamed(module.TSNE, {"n_iter": "max_iter", "square_distances": None})


def complete_cluster(module: ModuleType) -> None:
    """Arguments of clustering."""
    renamed(module.KMeans, {"n_jobs": None, "precompute_distances": None})
    renamed(module.AgglomerativeClustering, {"affinity": "metric"})


def complete_linear_model(module: ModuleType) -> None:
    """Arguments of linear models; what a penalty weighs depends on `normalize`, least squares alone do not."""
    renamed(module.LinearRegression, {"normalize": None})
    for name in ("Ridge", "Lasso", "ElasticNet"):
        renamed(getattr(module, name), {"normalize": None}, only_if_false=True)
    renamed(module.LogisticRegression, {"multi_class": None})
    for name in ("SGDClassifier", "SGDRegressor", "Perceptron"):
        renamed(getattr(module, name), {"n_iter": "max_iter"})
        _endless(getattr(module, name))


def _endless(owner: Any) -> None:
    """Has a class take a tolerance of minus infinity, with which training never ended early: None says that now."""
    initialize = owner.__init__

    @wraps(initialize)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        tolerance = kwargs.get("tol")
        if isinstance(tolerance, float) and tolerance == -math.inf:
            used.add(f"{owner.__name__}(tol=-inf)")
            kwargs["tol"] = None
        initialize(self, *args, **kwargs)

    owner.__init__ = init


def complete_datasets(module: ModuleType) -> None:
    """What is said of the data sets that are gone."""
    answer(module, {"load_boston": gone(_BOSTON, ImportError), "fetch_mldata": gone(_MLDATA, ImportError)})


def complete_preprocessing(module: ModuleType) -> None:
    """`Imputer`, and `OneHotEncoder(sparse=)`."""
    renamed(module.OneHotEncoder, {"sparse": "sparse_output", "n_values": None, "categorical_features": None})
    answer(module, {"Imputer": _imputer})


def _imputer() -> Any:
    base: Any = import_module("sklearn.impute").SimpleImputer

    class Imputer(base):  # type: ignore[misc]
        """`sklearn.preprocessing.Imputer`, on SimpleImputer."""

        def __init__(
            self,
            missing_values: Any = "NaN",
            strategy: str = "mean",
            axis: int = 0,
            verbose: int = 0,
            copy: bool = True,
        ) -> None:
            if axis:
                raise ValueError("Imputer(axis=1) is gone from scikit-learn: transpose the data. Received: axis=1")
            missing = float("nan") if missing_values == "NaN" else missing_values
            super().__init__(missing_values=missing, strategy=strategy, copy=copy)
            self.axis, self.verbose = axis, verbose

    return Imputer


def complete_metrics(module: ModuleType) -> None:
    """Scores by their old names."""
    answer(
        module,
        {
            "jaccard_similarity_score": lambda: module.accuracy_score,
            "calinski_harabaz_score": lambda: module.calinski_harabasz_score,
            "plot_confusion_matrix": lambda: module.ConfusionMatrixDisplay.from_estimator,
            "plot_roc_curve": lambda: module.RocCurveDisplay.from_estimator,
        },
    )


def complete_mixture(module: ModuleType) -> None:
    """`GMM`."""
    answer(module, {"GMM": lambda: _with_renamed(module.GaussianMixture, {"n_iter": "max_iter", "thresh": "tol"})})


def complete_decomposition(module: ModuleType) -> None:
    """`RandomizedPCA`."""

    def randomized() -> Callable[..., Any]:
        return lambda *args, **kwargs: module.PCA(*args, svd_solver="randomized", **kwargs)

    answer(module, {"RandomizedPCA": randomized})


def _with_renamed(owner: type, arguments: Mapping[str, str | None]) -> type:
    found = type(owner.__name__, (owner,), {"__init__": owner.__init__})  # type: ignore[misc]
    renamed(found, arguments)
    return found


def make_cross_validation() -> dict[str, Any]:
    """`sklearn.cross_validation`: `model_selection`, with the folds that took the number of examples."""
    selection = import_module("sklearn.model_selection")
    return {
        **public(selection),
        "KFold": _folds(selection.KFold),
        "StratifiedKFold": _folds(selection.StratifiedKFold),
        "ShuffleSplit": _shuffles(selection.ShuffleSplit),
        "StratifiedShuffleSplit": _shuffles(selection.StratifiedShuffleSplit),
    }


def _folds(owner: Any) -> Callable[..., Any]:
    """Makes the old `KFold(n, n_folds)`, and `StratifiedKFold(y, n_folds)`: an iterable of (train, test)."""

    def folds(n: Any, n_folds: int = 3, shuffle: bool = False, random_state: Any = None) -> Any:
        return _Splits(owner(n_folds, shuffle=shuffle, random_state=random_state if shuffle else None), n, n_folds)

    return folds


def _shuffles(owner: Any) -> Callable[..., Any]:
    def splits(n: Any, n_iter: int = 10, test_size: Any = 0.1, train_size: Any = None, random_state: Any = None) -> Any:
        return _Splits(owner(n_iter, test_size=test_size, train_size=train_size, random_state=random_state), n, n_iter)

    return splits


class _Splits:
    """The old splitters, which knew their data: iterable, and as long as there are splits."""

    def __init__(self, splitter: Any, n: Any, count: int) -> None:
        labels = n if hasattr(n, "__len__") else None
        self._examples = [0] * (len(n) if labels is not None else n)
        self._splitter, self._labels, self._count = splitter, labels, count

    def __iter__(self) -> Any:
        return iter(self._splitter.split(self._examples, self._labels))

    def __len__(self) -> int:
        return self._count


def make_grid_search() -> dict[str, Any]:
    """`sklearn.grid_search`."""
    return public(import_module("sklearn.model_selection"))


def make_learning_curve() -> dict[str, Any]:
    """`sklearn.learning_curve`."""
    selection = import_module("sklearn.model_selection")
    return {"learning_curve": selection.learning_curve, "validation_curve": selection.validation_curve}


def make_joblib() -> dict[str, Any]:
    """`sklearn.externals.joblib`."""
    return public(import_module("joblib"))


def make_six() -> dict[str, Any]:
    """`sklearn.externals.six`."""
    return public(import_module("six"))


def make_datasets() -> dict[str, Any]:
    """`sklearn.datasets.base` and `samples_generator`."""
    return {**public(import_module("sklearn.datasets")), "Bunch": import_module("sklearn.utils").Bunch}


def make_metrics() -> dict[str, Any]:
    """`sklearn.metrics.classification` and `ranking`."""
    return public(import_module("sklearn.metrics"))


def make_manifold() -> dict[str, Any]:
    """`sklearn.manifold.t_sne`."""
    return public(import_module("sklearn.manifold"))


def make_lda() -> dict[str, Any]:
    """`sklearn.lda` and `sklearn.qda`."""
    found = import_module("sklearn.discriminant_analysis")
    return {"LDA": found.LinearDiscriminantAnalysis, "QDA": found.QuadraticDiscriminantAnalysis}
