"""Runs an op case on a backend in every way that a program may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from tangraph import registry
from tangraph.client.session import MAX_SHAPES
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.tensor import Tensor
from tangraph.ops.array.constant import placeholder
from tangraph.ops.array.identity import identity
from tangraph.ops.gradients.gradients import gradients
from tangraph.testing.cases import OpCase
from tangraph.testing.comparison import assert_close, assert_same, plain, widened
from tangraph.testing.gradients import check_gradients
from tangraph.testing.inputs import Input
from tangraph.testing.runs import Run, as_constant, as_fed, ways_without_shapes
from tangraph.testing.sessions import session_on


def backends_for(case: OpCase, names: Sequence[str] | None = None) -> list[str]:
    """Returns the backends that have a kernel for a case's op (all of them, where a plan needs none for it).

    Args:
      case: the op case.
      names: the backends that count; all that are installed when None.
    """
    found = registry.backends()
    names = list(found) if names is None else list(names)
    having = [n for n in names if registry.kernel_factory(n, case.op, found[n].bases) is not None]
    return having or names


def check_op(case: OpCase, backend: str) -> None:
    """Checks an op case on a backend.

    In each of the case's types: values against the reference, exact result types, static shapes against the real
    ones, two runs with equal results, inputs as feeds and as constants, none of them modified. In the first one:
    inputs of unknown size and of unknown rank, a plan for any shape, fed intermediates, intermediates that die in the
    op and that live on, and the GraphDef there and back where tangraph-interop is installed. In float64: gradients.

    Args:
      case: the op case.
      backend: the name of an installed backend.

    Raises:
      AssertionError: something is wrong; the message names the case, the type and the way.
    """
    types = case.types.split()
    for dtype in types:
        try:
            values = _check_values(case, backend, dtype)
            if dtype == types[0]:
                _check_ways(case, backend, dtype, values)
        except Exception as error:
            error.add_note(f"in op case {case.id}, type {dtype}, backend {backend}")
            raise
    if case.gradients and "float64" in types:
        try:
            check_gradients(case, backend)
        except Exception as error:
            error.add_note(f"in the gradient of op case {case.id}, backend {backend}")
            raise


def _check_values(case: OpCase, backend: str, dtype: str) -> list[Any]:
    """Checks values, types, shapes, repetition and that inputs stay; returns the values."""
    with Run(case, backend, dtype, as_fed) as run:
        given = [np.array(array) for array in run.arrays]
        values = run.run(run.outputs, run.feeds())
        for index, (output, value) in enumerate(zip(run.outputs, values, strict=True)):
            _check_kind(output, value, f"output {index}", complete=case.known_shape)
        if case.reference is not None:
            _check_reference(case, run.outputs, values, given)
        if case.repeatable:
            _assert_all_same(run.run(run.outputs, run.feeds()), values, "the second run")
        for array, before in zip(run.arrays, given, strict=True):
            assert_same(array, before, "a fed input was modified")
    with Run(case, backend, dtype, as_constant) as run:
        for which in ("first", "second"):
            found = run.run([*run.outputs, *map(identity, run.tensors)], {})
            if case.repeatable:
                _assert_all_close(run.outputs, found, values, f"of constants, the {which} run")
            for value, before in zip(found[len(values) :], given, strict=True):
                assert_same(value, before, "a constant was modified")
    return values


def _check_kind(output: Tensor, value: Any, what: str, *, complete: bool) -> None:
    """Checks one value's type and shape against the tensor's."""
    array, static = plain(value), output.raw_shape
    if array.dtype != output.dtype.base.np:
        raise AssertionError(f"{what}: a value of type {array.dtype} for {output}")
    if not raw_shape.compatible(static, array.shape):
        raise AssertionError(f"{what}: a value of shape {array.shape} for {output}")
    if complete and not raw_shape.is_fully_defined(static):
        raise AssertionError(f"{what}: the shape of {output} is not complete, though those of the inputs are")


def _check_reference(case: OpCase, outputs: list[Tensor], values: list[Any], given: list[Any]) -> None:
    assert case.reference is not None
    with np.errstate(all="ignore"):
        wanted = case.reference(*[widened(array) for array in given])
    wanted = list(wanted) if isinstance(wanted, (list, tuple)) else [wanted]
    if len(wanted) != len(values):
        raise AssertionError(f"{len(values)} outputs; the reference has {len(wanted)}")
    for index, (output, value, one) in enumerate(zip(outputs, values, wanted, strict=True)):
        assert_close(value, one, output.dtype.base, f"output {index}", case.tolerance)


def _check_ways(case: OpCase, backend: str, dtype: str, values: list[Any]) -> None:
    made: set[str] = set()
    for way in [as_fed, *ways_without_shapes(case)]:
        with Run(case, backend, dtype, way) as run:
            for output, value in zip(run.outputs, values, strict=True):
                _check_kind(output, value, f"inputs {way.__name__.replace('_', ' ')}", complete=False)
            found = run.run(run.outputs, run.feeds())
            if case.repeatable:
                _assert_all_close(run.outputs, found, values, f"inputs {way.__name__.replace('_', ' ')}")
                _check_general_plan(run, values)
            made |= run.op_types()
    if case.op not in made and case.op not in _gradient_op_types(case, backend, dtype):
        raise AssertionError(f"the call makes no {case.op}, but {', '.join(sorted(made))}")
    _check_intermediates(case, backend, dtype, values)
    if case.exportable and _is_provided("import_graph_def"):
        _check_export(case, backend, dtype, values)


def _gradient_op_types(case: OpCase, backend: str, dtype: str) -> set[str]:
    if not case.gradients:
        return set()
    with Run(case, backend, dtype, as_fed) as run:
        gradients([y for y in run.outputs if y.dtype.is_floating], run.tensors)
        return run.op_types()


def _check_general_plan(run: Run, values: list[Any]) -> None:
    """Makes the session see so many shapes of something else that it takes a plan without shapes."""
    other = placeholder("int32")
    for count in range(MAX_SHAPES + 1):
        found = run.run(run.outputs, {**run.feeds(), other: np.zeros(count, np.int32)})
    _assert_all_close(run.outputs, found, values, "a plan for any shape")


def _check_intermediates(case: OpCase, backend: str, dtype: str, values: list[Any]) -> None:
    """Feeds what another op would compute; then lets that op compute it, to be used here for the last time or not."""
    with Run(case, backend, dtype, lambda one, array, kind: identity(as_fed(one, array, kind))) as run:
        found = run.run(run.outputs, run.feeds())
        if case.repeatable:
            _assert_all_close(run.outputs, found, values, "fed intermediates")
    sources: dict[Tensor, Any] = {}

    def computed(one: Input, array: Any, kind: Any) -> Tensor:
        source = as_fed(one, array, kind)
        sources[source] = array
        if kind not in _PRODUCTS or registry.kernel_factory(backend, "Mul", registry.backend(backend).bases) is None:
            return identity(source)
        factor = placeholder(kind, [])
        sources[factor] = np.ones((), kind.np)
        product: Tensor = make_op("Mul", source, factor)
        return product

    with Run(case, backend, dtype, computed) as run:
        found = run.run(run.outputs, sources)
        if case.repeatable:
            _assert_all_close(run.outputs, found, values, "of intermediates that die")
        found = run.run([*run.outputs, *run.tensors], sources)
        for value, array in zip(found[len(values) :], run.arrays, strict=True):
            assert_same(value, array, "an intermediate was modified")
        if case.repeatable:
            _assert_all_close(run.outputs, found, values, "of intermediates that live on")


_PRODUCTS: Final = ("float16", "float32", "float64", "int32", "int64", "complex64", "complex128")


def _is_provided(name: str) -> bool:
    import tangraph as tf

    return hasattr(tf, name)


def _check_export(case: OpCase, backend: str, dtype: str, values: list[Any]) -> None:
    """Writes the graph as a GraphDef, reads it into another graph and runs that."""
    import tangraph as tf

    with Run(case, backend, dtype, as_fed) as run:
        names = [t.name for t in (*run.outputs, *run.tensors)]
        initializers = [v.initializer.name for v in tf.global_variables()]
        definition: Any = run.graph.as_graph_def()
    copy: Any = tf.Graph()
    with copy.as_default():
        read = tf.import_graph_def(definition, return_elements=[*names, *initializers], name="")
        outputs, inputs = read[: len(values)], read[len(values) : len(names)]
    fed = {t: a for one, t, a in zip(case.inputs, inputs, case.arrays(dtype), strict=True) if not one.constant}
    session = session_on(backend, copy)
    if initializers:
        session.run(read[len(names) :], fed)
    found = session.run(outputs, fed)
    session.close()
    if case.repeatable:
        _assert_all_close(outputs, found, values, "of the GraphDef, read again")


def _assert_all_same(found: list[Any], values: list[Any], what: str) -> None:
    for index, (one, value) in enumerate(zip(found, values, strict=False)):
        assert_same(one, value, f"output {index}, {what}")


def _assert_all_close(outputs: list[Tensor], found: list[Any], values: list[Any], what: str) -> None:
    """Other plans may take other kernels, whose sums may differ in the last bits."""
    for index, (output, one, value) in enumerate(zip(outputs, found, values, strict=False)):
        if plain(one).dtype != plain(value).dtype:
            raise AssertionError(f"output {index}, {what}: {plain(one).dtype}, expected {plain(value).dtype}")
        if output.dtype.is_quantized:
            assert_same(one, value, f"output {index}, {what}")
        else:
            assert_close(one, value, output.dtype.base, f"output {index}, {what}")
