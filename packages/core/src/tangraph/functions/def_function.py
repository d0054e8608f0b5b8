"""`tf.function`: a Python function as functions of graphs, whose variables are made by its first call alone."""

from __future__ import annotations

import functools
import weakref
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import stacks
from tangraph.framework.init_scope import init_scope
from tangraph.functions.polymorphic import Function as Defun
from tangraph.functions.polymorphic import defun
from tangraph.functions.spec import FunctionSpec, validate_signature
from tangraph.functions.unlifted import unlifted_variable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.functions.concrete import ConcreteFunction

_eagerly: list[bool] = []


@export("config.experimental_run_functions_eagerly")
def experimental_run_functions_eagerly(run_eagerly: bool) -> None:
    """Says whether calls of `tf.function`s call the Python functions themselves."""
    _eagerly[:] = [True] if run_eagerly else []


class Function:
    """What `tf.function` returns.

    The first call traces the Python function and lets it make variables. If it made some, it is traced once more, and
    must not make any.
    """

    def __init__(
        self,
        python_function: Callable[..., Any],
        name: str,
        input_signature: Any = None,
        autograph: bool = True,
        experimental_autograph_options: Any = None,
        experimental_relax_shapes: bool = False,
        experimental_compile: bool | None = None,
        instance: Any = None,
    ) -> None:
        self._python_function = python_function
        self._name = name
        self._instance = None if instance is None else weakref.ref(instance)
        self._function_spec = FunctionSpec(python_function, input_signature, is_bound=instance is not None)
        self._options = (autograph, experimental_autograph_options, experimental_relax_shapes)
        self._compile = experimental_compile
        self._created_variables: list[Any] | None = None
        self._stateful: Defun | None = None
        self._stateless: Defun | None = None
        self._bound: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
        functools.update_wrapper(self, python_function, updated=())

    @property
    def python_function(self) -> Callable[..., Any]:
        """The Python function."""
        return self._python_function

    @property
    def input_signature(self) -> Any:
        """The TensorSpecs that all calls conform to, or None."""
        return self._function_spec.input_signature

    @property
    def function_spec(self) -> FunctionSpec:
        """The parameters of the Python function."""
        return self._function_spec

    def _decorate(self, decorator: Callable[[Any], Any]) -> None:
        """Decorates the Python function in place.

        Raises:
          ValueError: it has been traced.
        """
        if self._stateful is not None:
            raise ValueError("Functions cannot be decorated after they have been traced.")
        self._python_function = decorator(self._python_function)
        self._function_spec = FunctionSpec(
            self._python_function, self.input_signature, is_bound=self._instance is not None
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the function; returns what the Python function returns, as tensors.

        Raises:
          ValueError: the Python function makes variables in a later call.
        """
        if _eagerly:
            return self._python_function(*([] if self._instance is None else [self._instance()]), *args, **kwargs)
        if self._stateful is None:
            concrete = self._start(args, kwargs)
            if not self._created_variables:
                bound, rest = self._function_spec.bind(args, kwargs)
                return concrete._filtered_call(bound, rest)
            _nothing_to_initialize()
        if self._created_variables:
            assert self._stateless is not None
            return self._stateless(*args, **kwargs)
        assert self._stateful is not None
        results = self._stateful(*args, **kwargs)
        self._refuse_variables()
        return results

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """Returns the function for the kind of some arguments: tensors, TensorSpecs, or other values.

        Raises:
          ValueError: the Python function makes variables in a later call.
        """
        if self._stateful is None:
            self._start(args, kwargs)
            _nothing_to_initialize()
        if self._created_variables:
            assert self._stateless is not None
            return self._stateless.get_concrete_function(*args, **kwargs)
        assert self._stateful is not None
        concrete = self._stateful.get_concrete_function(*args, **kwargs)
        self._refuse_variables()
        return concrete

    def _refuse_variables(self) -> None:
        if self._created_variables:
            raise ValueError("Creating variables on a non-first call to a function decorated with tf.function.")

    def _start(self, args: Any, kwargs: Any) -> ConcreteFunction:
        """Traces the Python function for the first time."""
        created: list[Any] = []

        def create(_: Any, **options: Any) -> Any:
            variable = unlifted_variable(**options)
            created.append(weakref.ref(variable))
            return variable

        def refuse(*_: Any, **options: Any) -> Any:
            del options
            raise ValueError("tf.function-decorated function tried to create variables on non-first call.")

        self._created_variables = created
        self._stateful = self._traced_under(create)
        concrete = self._stateful._get_concrete_function_internal(*args, **kwargs)
        self._stateless = self._traced_under(refuse)
        return concrete

    def _traced_under(self, creator: Any) -> Defun:
        return _Scoped(
            self._python_function,
            self._name,
            self.input_signature,
            {} if self._compile is None else {"_XlaCompile": bool(self._compile)},
            *self._options,
            instance=None if self._instance is None else self._instance(),
            creator=creator,
        )

    def __get__(self, instance: Any, owner: Any) -> Any:
        if instance is None:
            return self
        if instance not in self._bound:
            self._bound[instance] = Function(
                self._python_function,
                self._name,
                self.input_signature,
                *self._options,
                experimental_compile=self._compile,
                instance=instance,
            )
        return self._bound[instance]


class _Scoped(Defun):
    """A function in which variables are made by a creator of its own, after those of the program."""

    def __init__(self, *args: Any, creator: Any, **kwargs: Any) -> None:
        self._creator = creator
        super().__init__(*args, **kwargs)

    def _converted(self) -> Callable[..., Any]:
        function, creator = super()._converted(), self._creator

        @functools.wraps(function)
        def scoped(*args: Any, **kwargs: Any) -> Any:
            graph = stacks.get_default_graph()
            around = graph._variable_creator_stack
            graph._variable_creator_stack = sorted([*around, (50, creator)], key=lambda entry: entry[0])
            try:
                return function(*args, **kwargs)
            finally:
                graph._variable_creator_stack = around

        return scoped


def _nothing_to_initialize() -> None:
    """Adds the call that would initialise the variables in eager execution; in a graph it does nothing."""
    with init_scope():
        defun(_initialize_variables).get_concrete_function()()


def _initialize_variables() -> None:
    return None


@export("function")
def function(
    func: Callable[..., Any] | None = None,
    input_signature: Any = None,
    autograph: bool = True,
    experimental_autograph_options: Any = None,
    experimental_relax_shapes: bool = False,
    experimental_compile: bool | None = None,
) -> Any:
    """Makes functions of graphs of a Python function; calls of it add nodes that call them.

    The Python function is called ("traced") once for each kind of arguments: types and shapes of tensors, and the values
    of all others. Variables are made by its first call alone.

    Args:
      func: the Python function; None to use the result as a decorator.
      input_signature: a structure of TensorSpecs that all calls conform to.
      autograph: whether `if`, `while` and `for` on tensors become `tf.cond` and `tf.while_loop`.
      experimental_autograph_options: accepted as TensorFlow does.
      experimental_relax_shapes: whether traces are for the shapes that calls so far have in common.
      experimental_compile: an attr of the functions.

    Raises:
      TypeError: the signature is no structure of TensorSpecs.

    >>> import tangraph as tf
    >>> @tf.function
    ... def add(x, y):
    ...     return x + y
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     int(sess.run(add(tf.constant(2), tf.constant(3))))
    5
    """
    if input_signature is not None:
        validate_signature(input_signature)

    def decorated(inner: Callable[..., Any]) -> Function:
        return Function(
            inner,
            getattr(inner, "__name__", "function"),
            input_signature,
            autograph,
            experimental_autograph_options,
            experimental_relax_shapes,
            experimental_compile,
        )

    return decorated if func is None else decorated(func)
