"""parse_example and parse_single_example."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import raw_shape
from tangraph.framework.scopes import name_scope
from tangraph.framework.sparse_tensor import SparseTensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.reshape import expand_dims, squeeze
from tangraph.ops.array.shape import rank as rank_of
from tangraph.ops.array.slicing import slice as slice_
from tangraph.ops.control_flow.grouping import with_dependencies
from tangraph.ops.logging_ops import Assert
from tangraph.ops.math.comparison import equal
from tangraph.plugin import KernelSet, export, make_op
from tangraph_datasets.parsing.features import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    RawFeatures,
    SparseFeature,
    VarLenFeature,
    constant_name,
    raw_features,
    with_length_dimension,
    with_sparse_features,
)
from tangraph_datasets.parsing.raw import invalid, texts_of
from tangraph_datasets.parsing.reading import (
    Column,
    could_not_parse,
    feature_of,
    kind_of,
    name_of_kind,
    parser_of,
    ragged_indices,
    split_inputs,
    stride_of,
    text,
    values_in,
    vector_indices,
)
from tangraph_datasets.parsing.schemas import PARSE_EXAMPLE, PARSE_SINGLE_EXAMPLE

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor
    from tangraph.plugin import KernelContext

kernel = KernelSet()


class ExampleBatch:
    """Serialized examples, parsed."""

    def __init__(self, serialized: Sequence[bytes], names: Sequence[bytes]) -> None:
        from tangraph_interop.messages import Example

        parse = parser_of(Example)
        self._names = names
        self.features = []
        for data in serialized:
            try:
                self.features.append(parse(data).features.feature)
            except ValueError:
                raise could_not_parse(data) from None

    def name(self, index: int) -> str:
        """Returns what errors call an example."""
        return text(self._names[index]) if len(self._names) else "<unknown>"

    def _place(self, column: Column, index: int) -> str:
        return f"Name: {self.name(index)}, Key: {column.key}, Index: {index}.  "

    def sparse(self, column: Column) -> tuple[Any, Any, Any]:
        """Returns a feature of all examples as the parts of a SparseTensor."""
        values: list[Any] = []
        counts = []
        for index, features in enumerate(self.features):
            feature = feature_of(features, column.key)
            found: Sequence[Any] = ()
            if feature is not None:
                kind = kind_of(feature)
                if kind != column.kind:
                    raise invalid(
                        f"{self._place(column, index)}Data types don't match. Expected type: {column.type_name}, "
                        f"Actual type: {name_of_kind(str(kind))}"
                    )
                found = values_in(feature, column.kind)
            values.extend(found)
            counts.append(len(found))
        shape = np.array([len(counts), max(counts, default=0)], np.int64)
        return ragged_indices(counts), column.array(values), shape

    def dense(self, column: Column) -> Any:
        """Returns a feature of all examples as a tensor."""
        assert column.shape is not None
        if column.shape and column.shape[0] is None:
            return self._sequences(column)
        wanted = raw_shape.num_elements(column.shape)
        default = np.ravel(column.default).tolist() if np.ndim(column.default) else [column.default]
        values: list[Any] = []
        for index, features in enumerate(self.features):
            found = self._values(column, index, features)
            if found is None:
                if len(default) != wanted:
                    raise invalid(
                        f"Name: {self.name(index)}, Feature: {column.key} (data type: {column.type_name}) is required but "
                        "could not be found."
                    )
                found = default
            elif len(found) != wanted:
                raise invalid(
                    f"{self._place(column, index)}Number of {column.type_name} values != expected.  Values size: "
                    f"{len(found)} but output shape: {raw_shape.to_str(column.shape)}"
                )
            values.extend(found)
        return column.array(values).reshape(len(self.features), *column.shape)

    def _values(self, column: Column, index: int, features: Any) -> Any:
        feature = feature_of(features, column.key)
        if feature is None:
            return None
        kind = kind_of(feature)
        if kind != column.kind:
            raise invalid(
                f"{self._place(column, index)}Data types don't match. Data type: {name_of_kind(str(kind))} but expected "
                f"type: {column.type_name}"
            )
        return values_in(feature, column.kind)

    def _sequences(self, column: Column) -> Any:
        assert column.shape is not None
        stride = stride_of(column)
        rows = []
        for index, features in enumerate(self.features):
            found = self._values(column, index, features) or ()
            if found and (not stride or len(found) % stride):
                raise invalid(
                    f"{self._place(column, index)}Number of {column.type_name} values is not a multiple of stride length. "
                    f"Saw {len(found)} values but output shape is: {raw_shape.to_str(column.shape)}"
                )
            rows.append(found)
        fill = np.ravel(np.asarray(column.default, column.dtype.np))
        return column.filled(rows, stride, column.shape[1:], fill[0] if len(fill) else column.dtype.np.type())


@kernel("ParseExample")
def _parse_example(k: KernelContext) -> Callable[..., Any]:
    """Features of serialized examples."""
    sparse_types, dense_types, shapes = k.attr("sparse_types"), k.attr("Tdense"), k.attr("dense_shapes")
    sizes = len(sparse_types), len(dense_types), len(dense_types)
    single = len(k.output_dtypes) == 1

    def run(serialized: Any, names: Any, *rest: Any) -> Any:
        sparse_keys, dense_keys, defaults = split_inputs(rest, *sizes)
        items, _ = texts_of(serialized)
        labels, _ = texts_of(names)
        if labels and len(labels) != len(items):
            raise invalid(f"Expected len(names) == len(serialized), but got: {len(labels)} vs. {len(items)}")
        batch = ExampleBatch(items, labels)
        sparse = [batch.sparse(Column(text(key), t)) for key, t in zip(sparse_keys, sparse_types, strict=True)]
        columns = zip(dense_keys, dense_types, shapes, defaults, strict=True)
        dense = [batch.dense(Column(text(key), t, shape, default)) for key, t, shape, default in columns]
        found = (*[part for parts in zip(*sparse, strict=True) for part in parts], *dense)
        return found[0] if single else found

    return run


def _single_values(column: Column, features: Any) -> Any:
    feature = feature_of(features, column.key)
    if feature is None:
        return None
    kind = kind_of(feature)
    if kind == column.kind:
        return values_in(feature, column.kind)
    found, wanted = name_of_kind(str(kind)), column.type_name
    if column.shape is None:
        raise invalid(f"Key: {column.key}.  Data types don't match. Expected type: {wanted}, Actual type: {found}")
    raise invalid(f"Key: {column.key}.  Data types don't match. Data type: {found} but expected type: {wanted}")


def _single_dense(column: Column, features: Any) -> Any:
    assert column.shape is not None
    values = _single_values(column, features)
    sequence = bool(column.shape) and column.shape[0] is None
    if sequence:
        stride = stride_of(column)
        values = values or ()
        if len(values) and (not stride or len(values) % stride):
            raise invalid(f"Key: {column.key}.  Can't parse serialized Example.")
        length = len(values) // stride if stride else 0
        return column.array(values).reshape(length, *column.shape[1:])
    wanted = raw_shape.num_elements(column.shape)
    if values is None:
        values = np.ravel(column.default).tolist() if np.ndim(column.default) else [column.default]
        if len(values) != wanted:
            raise invalid(f"Feature: {column.key} (data type: {column.type_name}) is required but could not be found.")
    elif len(values) != wanted:
        raise invalid(f"Key: {column.key}.  Can't parse serialized Example.")
    return column.shaped(values, column.shape)  # type: ignore[arg-type]


@kernel("ParseSingleExample")
def _parse_single_example(k: KernelContext) -> Callable[..., Any]:
    """Features of a serialized example."""
    from tangraph_interop.messages import Example

    parse = parser_of(Example)
    sparse = [Column(key, t) for key, t in zip(k.attr("sparse_keys"), k.attr("sparse_types"), strict=True)]
    dense = list(zip(k.attr("dense_keys"), k.attr("Tdense"), k.attr("dense_shapes"), strict=True))
    single = len(k.output_dtypes) == 1

    def run(serialized: Any, *defaults: Any) -> Any:
        (data,), _ = texts_of(serialized)
        try:
            features = parse(data).features.feature
        except ValueError:
            raise could_not_parse(data) from None
        arrays = [c.array(_single_values(c, features) or ()) for c in sparse]
        found = (
            *[vector_indices(len(array)) for array in arrays],
            *arrays,
            *[np.array([len(array)], np.int64) for array in arrays],
            *[_single_dense(Column(*d, default), features) for d, default in zip(dense, defaults, strict=True)],
        )
        return found[0] if single else found

    return run


_ALL = (VarLenFeature, SparseFeature, FixedLenFeature, FixedLenSequenceFeature)


def sparse_tensors(indices: Sequence[Tensor], values: Sequence[Tensor], shapes: Sequence[Tensor]) -> list[SparseTensor]:
    """Returns the SparseTensors of three lists of parts."""
    return [SparseTensor(i, v, s) for i, v, s in zip(indices, values, shapes, strict=True)]


def _batch_tensors(serialized: Any, names: Any, raw: RawFeatures, name: str | None) -> dict[str, Any]:
    with name_scope(name, "ParseExample", [serialized, names]):
        raw.check()
        outputs = make_op(
            PARSE_EXAMPLE,
            serialized,
            [] if names is None else names,
            raw.sparse_keys,
            raw.dense_keys,
            raw.default_tensors(),
            sparse_types=raw.sparse_types,
            dense_shapes=raw.dense_shapes,
            name=name,
        )
        indices, values, shapes, dense = outputs
        found = [*sparse_tensors(indices, values, shapes), *dense]
        return dict(zip([*raw.sparse_keys, *raw.dense_keys], found, strict=True))


@export("parse_example", "io.parse_example")
def parse_example(
    serialized: Any, features: Mapping[str, Any], name: str | None = None, example_names: Any = None
) -> dict[str, Any]:
    """Reads features of a batch of serialized tf.train.Example messages.

    Args:
      serialized: strings, shape ``[n]``.
      features: what to read, by key: FixedLenFeature, FixedLenSequenceFeature (with `allow_missing`), VarLenFeature or
        SparseFeature.
      name: the operation's name.
      example_names: strings, shape ``[n]``: what errors call the examples.

    Returns:
      Tensors with a first dimension of n, and SparseTensors, by the same keys.

    Raises:
      ValueError: there are no features, or one is incomplete.

    In a run it raises InvalidArgumentError for a string that is no example, and for an example whose features are not as
    they are asked for.

    >>> import tangraph as tf
    >>> train = tf.train
    >>> feature = train.Feature(int64_list=train.Int64List(value=[1, 2]))
    >>> example = train.Example(features=train.Features(feature={"x": feature}))
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     parsed = tf.parse_example(
    ...         [example.SerializeToString()], {"x": tf.FixedLenFeature([2], tf.int64)}
    ...     )
    ...     sess.run(parsed["x"]).tolist()
    [[1, 2]]
    """
    if not features:
        raise ValueError(f"Missing: features was {features}.")
    features = with_length_dimension(features)
    tensors = _batch_tensors(serialized, example_names, raw_features(features, _ALL), name)
    return with_sparse_features(features, tensors)


@export("parse_single_example", "io.parse_single_example")
def parse_single_example(
    serialized: Any, features: Mapping[str, Any], name: str | None = None, example_names: Any = None
) -> dict[str, Any]:
    """As :func:`parse_example` for one serialized message; the tensors have no batch dimension.

    Args:
      serialized: a string scalar.
      features: see :func:`parse_example`.
      name: the operation's name.
      example_names: a string scalar: what errors call the example.

    Raises:
      ValueError: there are no features, one is incomplete, or `serialized` is no scalar.
    """
    if not features:
        raise ValueError("Missing features.")
    features = with_length_dimension(features)
    raw = raw_features(features, _ALL)
    if example_names is None:
        tensors = _single_tensors(serialized, raw, name)
    else:
        tensors = _named_tensors(serialized, example_names, raw, name)
    return with_sparse_features(features, tensors)


def _single_tensors(serialized: Any, raw: RawFeatures, name: str | None) -> dict[str, Any]:
    with name_scope(name, "ParseSingleExample", [serialized]):
        serialized = convert_to_tensor(serialized, name="serialized")
        raw.check()
        indices, values, shapes, dense = make_op(
            PARSE_SINGLE_EXAMPLE,
            serialized,
            raw.default_tensors(),
            num_sparse=len(raw.sparse_keys),
            sparse_keys=raw.sparse_keys,
            sparse_types=raw.sparse_types,
            dense_keys=raw.dense_keys,
            dense_shapes=raw.dense_shapes,
            name=name,
        )
        found = [*sparse_tensors(indices, values, shapes), *dense]
        return dict(zip([*raw.sparse_keys, *raw.dense_keys], found, strict=True))


def _one_row(value: Any, what: str) -> Any:
    """Returns a scalar as a vector of one element, checked in the run where its rank is unknown."""
    value = convert_to_tensor(value)
    if value.shape.ndims is None:
        title = what.title()
        check = Assert(equal(rank_of(value), 0), [f"Input {what} must be a scalar"], name=f"{title}IsScalar")
        value = with_dependencies([check], value, name=f"{title}Dependencies")
    elif value.shape.ndims != 0:
        raise ValueError(f"Input {what} must be a scalar")
    return value


def _named_tensors(serialized: Any, names: Any, raw: RawFeatures, name: str | None) -> dict[str, Any]:
    """One example read as a batch of one, since only batches have names."""
    with name_scope(name, "ParseSingleExample", [serialized, names]):
        rows = expand_dims(_one_row(serialized, "serialized"), 0)
        labels = expand_dims(_one_row(names, "names"), 0)
        tensors = _batch_tensors(rows, labels, raw, name)
        for key in raw.dense_keys:
            tensors[key] = squeeze(tensors[key], [0], name=constant_name("Squeeze_", key))
        for key in raw.sparse_keys:
            sparse = tensors[key]
            tensors[key] = SparseTensor(
                slice_(sparse.indices, [0, 1], [-1, -1], name=constant_name("Slice_Indices_", key)),
                sparse.values,
                slice_(sparse.dense_shape, [1], [-1], name=constant_name("Squeeze_Shape_", key)),
            )
        return tensors
