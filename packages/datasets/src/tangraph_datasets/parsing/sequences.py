"""parse_single_sequence_example and parse_sequence_example."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import raw_shape
from tangraph.framework.dtypes import string
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.constant import constant
from tangraph.ops.array.reshape import reshape
from tangraph.plugin import KernelSet, export, make_op
from tangraph_datasets.parsing.examples import sparse_tensors
from tangraph_datasets.parsing.features import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    RawFeatures,
    VarLenFeature,
    constant_name,
    raw_features,
)
from tangraph_datasets.parsing.raw import invalid, texts_of
from tangraph_datasets.parsing.reading import (
    Column,
    could_not_parse,
    feature_of,
    kind_of,
    parser_of,
    ragged_indices,
    split_inputs,
    text,
    values_in,
    vector_indices,
)
from tangraph_datasets.parsing.schemas import PARSE_SEQUENCE_EXAMPLE, PARSE_SINGLE_SEQUENCE_EXAMPLE

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor
    from tangraph.plugin import KernelContext

kernel = KernelSet()


def _sequence_parser() -> Callable[[bytes], Any]:
    from tangraph_interop.messages import SequenceExample

    return parser_of(SequenceExample)


def _checked(feature: Any, column: Column, place: str) -> Any:
    """Returns the values of a Feature of the right type."""
    if kind_of(feature) != column.kind:
        raise invalid(f"{place}.  Data types don't match. Expected type: {column.type_name}  Feature is: {feature}")
    return values_in(feature, column.kind)


class _Single:
    """One sequence example."""

    def __init__(self, message: Any, name: str, empty_when_missing: set[str]) -> None:
        self._context = message.context.feature
        self._lists = message.feature_lists.feature_list
        self._name = name
        self._empty = empty_when_missing

    def context_sparse(self, column: Column) -> tuple[Any, Any, Any]:
        """A feature of the whole as the parts of a SparseTensor."""
        feature = feature_of(self._context, column.key)
        place = f"Name: {self._name}, Context feature: {column.key}"
        values = column.array(() if feature is None else _checked(feature, column, place))
        return vector_indices(len(values)), values, np.array([len(values)], np.int64)

    def context_dense(self, column: Column) -> Any:
        """A feature of the whole as a tensor."""
        assert column.shape is not None
        wanted = raw_shape.num_elements(column.shape)
        feature = feature_of(self._context, column.key)
        if feature is None:
            values = np.ravel(column.default).tolist() if np.ndim(column.default) else [column.default]
            if len(values) != wanted:
                raise invalid(f"Name: {self._name}, Context feature '{column.key}' is required but could not be found.")
        else:
            values = _checked(feature, column, f"Name: {self._name}, Context feature: {column.key}")
            self._check_count(column, 0, len(values))
        return column.shaped(values, column.shape)  # type: ignore[arg-type]

    def _check_count(self, column: Column, index: int, count: int) -> None:
        if count != raw_shape.num_elements(column.shape):
            raise invalid(
                f"Name: {self._name}, Key: {column.key}, Index: {index}.  Number of {column.type_name} values != "
                f"expected.  values size: {count} but output shape: {raw_shape.to_str(column.shape)}"
            )

    def list_sparse(self, column: Column) -> tuple[Any, Any, Any]:
        """A feature of every step as the parts of a SparseTensor."""
        values: list[Any] = []
        counts = []
        for index, feature in enumerate(self._steps(column.key) or ()):
            found = _checked(feature, column, f"Name: {self._name}, Feature List: {column.key}, Index: {index}")
            values.extend(found)
            counts.append(len(found))
        shape = np.array([len(counts), max(counts, default=0)], np.int64)
        return ragged_indices(counts), column.array(values), shape

    def list_dense(self, column: Column) -> Any:
        """A feature of every step as a tensor."""
        steps = self._steps(column.key)
        if steps is None:
            if column.key not in self._empty:
                raise invalid(
                    f"Name: {self._name}, Feature list '{column.key}' is required but could not be found.  Did you mean "
                    "to include it in feature_list_dense_missing_assumed_empty or feature_list_dense_defaults?"
                )
            steps = ()
        values: list[Any] = []
        for index, feature in enumerate(steps):
            found = _checked(feature, column, f"Name: {self._name}, Feature list: {column.key}, Index: {index}")
            self._check_count(column, index, len(found))
            values.extend(found)
        assert column.shape is not None
        return column.array(values).reshape(len(steps), *column.shape)

    def _steps(self, key: str) -> Any:
        return self._lists[key].feature if key in self._lists else None


def _parts(found: Sequence[tuple[Any, Any, Any]]) -> list[Any]:
    """All indices, all values, all shapes."""
    return [part for parts in zip(*found, strict=True) for part in parts]


@kernel("ParseSingleSequenceExample")
def _parse_single(k: KernelContext) -> Callable[..., Any]:
    """Features of a serialized sequence example."""
    parse = _sequence_parser()
    types = [k.attr(a) for a in ("context_sparse_types", "Tcontext_dense", "feature_list_sparse_types")]
    types.append(k.attr("feature_list_dense_types"))
    context_shapes, list_shapes = k.attr("context_dense_shapes"), k.attr("feature_list_dense_shapes")
    sizes = [*map(len, types), len(types[1])]
    single = len(k.output_dtypes) == 1

    def run(serialized: Any, missing: Any, *rest: Any) -> Any:
        *groups, defaults = split_inputs(rest[:-1], *sizes)
        keys = [[text(key) for key in group] for group in groups]
        (data,), _ = texts_of(serialized)
        try:
            message = parse(data)
        except ValueError:
            raise could_not_parse(data) from None
        example = _Single(message, text(rest[-1]), {text(key) for key in texts_of(missing)[0]})
        context = zip(keys[1], types[1], context_shapes, defaults, strict=True)
        found = (
            *_parts([example.context_sparse(Column(*c)) for c in zip(keys[0], types[0], strict=True)]),
            *[example.context_dense(Column(*c)) for c in context],
            *_parts([example.list_sparse(Column(*c)) for c in zip(keys[2], types[2], strict=True)]),
            *[example.list_dense(Column(*c)) for c in zip(keys[3], types[3], list_shapes, strict=True)],
        )
        return found[0] if single else found

    return run


class _SequenceBatch:
    """Serialized sequence examples, parsed."""

    def __init__(self, serialized: Sequence[bytes], names: Sequence[bytes], empty_when_missing: set[str]) -> None:
        parse = _sequence_parser()
        self._names = names
        self._empty = empty_when_missing
        self._messages = []
        for index, data in enumerate(serialized):
            try:
                self._messages.append(parse(data))
            except ValueError:
                label = text(names[index]) if len(names) else "<unknown>"
                raise invalid(f"Invalid protocol message input, example id: {label}") from None

    def _name(self, index: int) -> str:
        return text(self._names[index]) if len(self._names) else "<unknown>"

    def context_sparse(self, column: Column) -> tuple[Any, Any, Any]:
        """A feature of the wholes as the parts of a SparseTensor."""
        values: list[Any] = []
        counts = []
        for index, message in enumerate(self._messages):
            found = self._context_values(column, index, message) or ()
            values.extend(found)
            counts.append(len(found))
        shape = np.array([len(counts), max(counts, default=0)], np.int64)
        return ragged_indices(counts), column.array(values), shape

    def _context_values(self, column: Column, index: int, message: Any) -> Any:
        feature = feature_of(message.context.feature, column.key)
        if feature is None:
            return None
        if kind_of(feature) != column.kind:
            raise invalid(f"Unexpected data type in context feature {column.key}, example {self._name(index)}")
        return values_in(feature, column.kind)

    def context_dense(self, column: Column) -> Any:
        """A feature of the wholes as a tensor."""
        assert column.shape is not None
        wanted = raw_shape.num_elements(column.shape)
        default = np.ravel(column.default).tolist() if np.ndim(column.default) else [column.default]
        values: list[Any] = []
        for index, message in enumerate(self._messages):
            found = self._context_values(column, index, message)
            found = default if found is None else found
            if len(found) != wanted:
                raise invalid(f"Inconsistent number of elements for feature {column.key}: {len(found)} vs {wanted}")
            values.extend(found)
        return column.array(values).reshape(len(self._messages), *column.shape)

    def _steps(self, column: Column, index: int, *, needed: bool) -> list[Any]:
        lists = self._messages[index].feature_lists.feature_list
        if column.key not in lists:
            if needed and column.key not in self._empty:
                raise invalid(f"Missing feature {column.key} in example {self._name(index)}")
            return []
        steps = []
        for feature in lists[column.key].feature:
            kind = kind_of(feature)
            if kind is not None and kind != column.kind:
                raise invalid(f"Error in sequence feature {column.key} in example {self._name(index)}")
            steps.append(values_in(feature, column.kind))
        return steps

    def list_sparse(self, column: Column) -> tuple[Any, Any, Any]:
        """A feature of every step as the parts of a SparseTensor."""
        values: list[Any] = []
        counts: list[int] = []
        lengths = []
        for index in range(len(self._messages)):
            steps = self._steps(column, index, needed=False)
            lengths.append(len(steps))
            for found in steps:
                values.extend(found)
                counts.append(len(found))
        steps_of = ragged_indices(lengths)
        inner = ragged_indices(counts)
        indices = np.hstack([steps_of[inner[:, 0]], inner[:, 1:]])
        shape = np.array([len(lengths), max(lengths, default=0), max(counts, default=0)], np.int64)
        return indices, column.array(values), shape

    def list_dense(self, column: Column) -> tuple[Any, Any]:
        """A feature of every step as a tensor, shorter sequences filled with zeros; and their lengths."""
        assert column.shape is not None
        wanted = raw_shape.num_elements(column.shape)
        rows, lengths = [], []
        for index in range(len(self._messages)):
            steps = self._steps(column, index, needed=True)
            if any(len(found) != wanted for found in steps):
                raise invalid(f"Unexpected number of elements in feature {column.key}, example {self._name(index)}")
            rows.append([value for found in steps for value in found])
            lengths.append(len(steps))
        fill = b"" if column.dtype is string else 0
        return column.filled(rows, wanted or 0, column.shape, fill), np.array(lengths, np.int64)


@kernel("ParseSequenceExample")
def _parse_batch(k: KernelContext) -> Callable[..., Any]:
    """Features of serialized sequence examples."""
    missing = set(k.attr("feature_list_dense_missing_assumed_empty"))

    def columns(kind: str, types: str, *others: Any) -> list[Column]:
        return [Column(*c) for c in zip(k.attr(f"{kind}_keys"), k.attr(types), *others, strict=True)]

    context_sparse = columns("context_sparse", "context_sparse_types")
    context_dense = columns("context_dense", "Tcontext_dense", k.attr("context_dense_shapes"))
    list_sparse = columns("feature_list_sparse", "feature_list_sparse_types")
    list_dense = columns("feature_list_dense", "feature_list_dense_types", k.attr("feature_list_dense_shapes"))
    single = len(k.output_dtypes) == 1

    def run(serialized: Any, names: Any, *defaults: Any) -> Any:
        batch = _SequenceBatch(texts_of(serialized)[0], texts_of(names)[0], missing)
        filled = [batch.list_dense(c) for c in list_dense]
        context = [c._replace(default=d) for c, d in zip(context_dense, defaults, strict=True)]
        found = (
            *_parts([batch.context_sparse(c) for c in context_sparse]),
            *[batch.context_dense(c) for c in context],
            *_parts([batch.list_sparse(c) for c in list_sparse]),
            *[values for values, _ in filled],
            *[lengths for _, lengths in filled],
        )
        return found[0] if single else found

    return run


def _raw(context_features: Any, sequence_features: Any) -> tuple[RawFeatures, RawFeatures]:
    if not (context_features or sequence_features):
        raise ValueError("Missing features.")
    context = raw_features(context_features, (VarLenFeature, FixedLenFeature))
    return context, raw_features(sequence_features, (VarLenFeature, FixedLenSequenceFeature))


def _check(context: RawFeatures, lists: RawFeatures) -> None:
    for what, raw in (("context", context), ("feature_list", lists)):
        common = set(raw.dense_keys) & set(raw.sparse_keys)
        if common:
            raise ValueError(f"{what}_dense and {what}_sparse keys must not intersect; intersection: {common}")
    for key, value in lists.dense_defaults.items():
        if value is not None:
            raise ValueError(f"Value feature_list_dense_defaults[{key}] must be None")


def _context_defaults(raw: RawFeatures, *, shaped: bool) -> list[Tensor]:
    found = []
    for key, dtype, shape in zip(raw.dense_keys, raw.dense_types, raw.dense_shapes, strict=True):
        value = raw.dense_defaults.get(key)
        if value is None:
            found.append(constant([], dtype=dtype))
            continue
        tensor = convert_to_tensor(value, dtype=dtype, name=constant_name("key_", key))
        found.append(reshape(tensor, shape) if shaped else tensor)
    return found


def _results(context: RawFeatures, lists: RawFeatures, outputs: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return (
        dict(
            zip(
                [*context.sparse_keys, *context.dense_keys],
                [*sparse_tensors(*outputs[:3]), *outputs[3]],
                strict=True,
            )
        ),
        dict(zip([*lists.sparse_keys, *lists.dense_keys], [*sparse_tensors(*outputs[4:7]), *outputs[7]], strict=True)),
    )


@export("parse_single_sequence_example", "io.parse_single_sequence_example")
def parse_single_sequence_example(
    serialized: Any,
    context_features: Mapping[str, Any] | None = None,
    sequence_features: Mapping[str, Any] | None = None,
    example_name: Any = None,
    name: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Reads features of a serialized tf.train.SequenceExample: of the whole, and of every step.

    Args:
      serialized: a string scalar.
      context_features: what to read of the whole, by key: FixedLenFeature or VarLenFeature.
      sequence_features: what to read of every step, by key: FixedLenSequenceFeature or VarLenFeature.
      example_name: a string scalar: what errors call the example.
      name: the operation's name.

    Returns:
      Two dictionaries by the same keys; what is read of every step has a first dimension for the steps.

    Raises:
      ValueError: there are no features, or one is incomplete.
    """
    context, lists = _raw(context_features, sequence_features)
    with name_scope(name, "ParseSingleSequenceExample", [serialized]):
        _check(context, lists)
        outputs = make_op(
            PARSE_SINGLE_SEQUENCE_EXAMPLE,
            serialized,
            list(lists.dense_defaults),
            context.sparse_keys,
            context.dense_keys,
            lists.sparse_keys,
            lists.dense_keys,
            _context_defaults(context, shaped=True),
            "" if example_name is None else example_name,
            context_sparse_types=context.sparse_types,
            context_dense_shapes=context.dense_shapes,
            feature_list_sparse_types=lists.sparse_types,
            feature_list_dense_types=lists.dense_types,
            feature_list_dense_shapes=lists.dense_shapes,
            name=name,
        )
        return _results(context, lists, outputs)


@export("io.parse_sequence_example")
def parse_sequence_example(
    serialized: Any,
    context_features: Mapping[str, Any] | None = None,
    sequence_features: Mapping[str, Any] | None = None,
    example_names: Any = None,
    name: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """As :func:`parse_single_sequence_example` for a batch; shorter sequences are filled up.

    Args:
      serialized: strings, shape ``[n]``.
      context_features, sequence_features: see :func:`parse_single_sequence_example`.
      example_names: strings, shape ``[n]``: what errors call the examples.
      name: the operation's name.

    Returns:
      Three dictionaries: of the wholes, of the steps, and the lengths of the sequences that are dense, int64 of shape
      ``[n]``.

    Raises:
      ValueError: there are no features, or one is incomplete.
    """
    context, lists = _raw(context_features, sequence_features)
    with name_scope(name, "ParseSequenceExample", [serialized]):
        _check(context, lists)
        outputs = make_op(
            PARSE_SEQUENCE_EXAMPLE,
            serialized,
            [] if example_names is None else example_names,
            _context_defaults(context, shaped=False),
            Ncontext_sparse=len(context.sparse_keys),
            Ncontext_dense=len(context.dense_keys),
            Nfeature_list_sparse=len(lists.sparse_keys),
            Nfeature_list_dense=len(lists.dense_keys),
            context_sparse_keys=context.sparse_keys,
            context_sparse_types=context.sparse_types,
            context_dense_keys=context.dense_keys,
            context_dense_shapes=context.dense_shapes,
            feature_list_sparse_keys=lists.sparse_keys,
            feature_list_sparse_types=lists.sparse_types,
            feature_list_dense_keys=lists.dense_keys,
            feature_list_dense_types=lists.dense_types,
            feature_list_dense_shapes=lists.dense_shapes,
            feature_list_dense_missing_assumed_empty=list(lists.dense_defaults),
            name=name,
        )
        return (*_results(context, lists, outputs), dict(zip(lists.dense_keys, outputs[8], strict=True)))
