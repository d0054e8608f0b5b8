"""Models as estimators of scikit-learn."""

from __future__ import annotations

import copy
import inspect
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from tangraph.export import export
from tangraph_keras.engine.sequential import Sequential
from tangraph_keras.losses.lookup import is_categorical_crossentropy
from tangraph_keras.utils.arrays import to_categorical


class BaseWrapper:
    """A model with the methods of scikit-learn's estimators.

    Args:
      build_fn: a function (or an object with `__call__`) that returns a compiled model; None where a subclass has a
        `__call__` that does.
      **sk_params: arguments of that function, and of the model's `fit`, `predict` and `evaluate`.

    Raises:
      ValueError: an argument of none of these.
    """

    def __init__(self, build_fn: Callable[..., Any] | None = None, **sk_params: Any) -> None:
        self.build_fn = build_fn
        self.sk_params = sk_params
        self.check_params(sk_params)

    def _builder(self) -> Any:
        """Returns the function that makes the model."""
        if self.build_fn is None:
            return self.__call__  # type: ignore[operator]
        if isinstance(self.build_fn, types.FunctionType | types.MethodType):
            return self.build_fn
        builder: Any = self.build_fn
        return builder.__call__

    def check_params(self, params: dict[str, Any]) -> None:
        """Raises ValueError for an argument that none of the functions takes."""
        known = (Sequential.fit, Sequential.predict, Sequential.predict_classes, Sequential.evaluate, self._builder())
        for name in params:
            if name != "nb_epoch" and not any(_takes(function, name) for function in known):
                raise ValueError(f"{name} is not a legal parameter")

    def get_params(self, **params: Any) -> dict[str, Any]:
        """Returns the arguments."""
        del params
        return {**copy.deepcopy(self.sk_params), "build_fn": self.build_fn}

    def set_params(self, **params: Any) -> BaseWrapper:
        """Sets arguments, and returns the estimator."""
        self.check_params(params)
        self.sk_params.update(params)
        return self

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Makes a new model and trains it.

        Args:
          x: the samples.
          y: what is true of them.
          **kwargs: arguments of the model's `fit`.

        Returns:
          The history of the training.
        """
        build = self._builder()
        self.model = build(**self.filter_sk_params(build))
        if is_categorical_crossentropy(self.model.loss) and len(y.shape) != 2:
            y = to_categorical(y)
        return self.model.fit(x, y, **{**copy.deepcopy(self.filter_sk_params(Sequential.fit)), **kwargs})

    def filter_sk_params(self, fn: Callable[..., Any], override: dict[str, Any] | None = None) -> dict[str, Any]:
        """Returns the arguments that a function takes, and those of `override`."""
        return {**{name: value for name, value in self.sk_params.items() if _takes(fn, name)}, **(override or {})}


def _takes(function: Callable[..., Any], name: str) -> bool:
    return name in inspect.getfullargspec(function).args


@export("keras.wrappers.scikit_learn.KerasClassifier")
class KerasClassifier(BaseWrapper):
    """A model that tells classes, as a classifier of scikit-learn; see `BaseWrapper` for the arguments."""

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Makes a new model and trains it.

        Args:
          x: the samples.
          y: their classes: numbers or names, or a one and zeros in each row.
          **kwargs: arguments of the model's `fit`.

        Raises:
          ValueError: classes of another shape.
        """
        y = np.array(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
        elif y.ndim in (1, 2):
            self.classes_ = np.unique(y)
            y = np.searchsorted(self.classes_, y)
        else:
            raise ValueError(f"Invalid shape for y: {y.shape}")
        self.n_classes_ = len(self.classes_)
        return super().fit(x, y, **kwargs)

    def predict(self, x: Any, **kwargs: Any) -> Any:
        """Returns the classes of samples; `kwargs` are those of the model's `predict_classes`."""
        kwargs = self.filter_sk_params(Sequential.predict_classes, kwargs)
        return self.classes_[self.model.predict_classes(x, **kwargs)]

    def predict_proba(self, x: Any, **kwargs: Any) -> Any:
        """Returns the probabilities of classes, a column for each; `kwargs` are those of `predict_proba`."""
        kwargs = self.filter_sk_params(Sequential.predict_proba, kwargs)
        found = self.model.predict_proba(x, **kwargs)
        return np.hstack([1 - found, found]) if found.shape[1] == 1 else found

    def score(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Returns the accuracy; `kwargs` are those of the model's `evaluate`.

        Raises:
          ValueError: the model was compiled without that metric.
        """
        y = np.searchsorted(self.classes_, y)
        if is_categorical_crossentropy(self.model.loss) and y.ndim != 2:
            y = to_categorical(y)
        results = self.model.evaluate(x, y, **self.filter_sk_params(Sequential.evaluate, kwargs))
        results = results if isinstance(results, list) else [results]
        for name, result in zip(self.model.metrics_names, results, strict=False):
            if name in {"accuracy", "acc"}:
                return result
        raise ValueError(
            'The model is not configured to compute accuracy. You should pass `metrics=["accuracy"]` to the '
            "`model.compile()` method."
        )


@export("keras.wrappers.scikit_learn.KerasRegressor")
class KerasRegressor(BaseWrapper):
    """A model that tells numbers, as a regressor of scikit-learn; see `BaseWrapper` for the arguments."""

    def predict(self, x: Any, **kwargs: Any) -> Any:
        """Returns the numbers of samples; `kwargs` are those of the model's `predict`."""
        return np.squeeze(self.model.predict(x, **self.filter_sk_params(Sequential.predict, kwargs)))

    def score(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Returns the negative loss; `kwargs` are those of the model's `evaluate`."""
        loss = self.model.evaluate(x, y, **self.filter_sk_params(Sequential.evaluate, kwargs))
        return -loss[0] if isinstance(loss, list) else -loss
