"""Variable scopes: names, sharing, defaults, getters, partitioners, templates; and initializers."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf
from tangraph.ops.state import contrib_initializers, keras_initializers
from tangraph.ops.state.initializer_base import compute_fans
from tangraph.ops.state.partitioning import PartitionInfo, slices


def op_name() -> str:
    """The name that a new operation called "c" gets."""
    return tf.constant(1.0, name="c").op.name


def test_operations_get_a_new_name_scope_and_variables_do_not():
    seen = []
    with tf.variable_scope("a") as a:
        seen.append((a.name, a.original_name_scope, op_name(), tf.get_variable("x", [1]).name))
        with tf.variable_scope("b") as b:
            seen.append((b.name, b.original_name_scope, op_name(), tf.get_variable("y", [1]).name))
            with tf.variable_scope(a) as again:
                seen.append((again.name, again.original_name_scope, op_name(), tf.get_variable("z", [1]).name))
        with tf.variable_scope("b") as b:
            seen.append((b.name, b.original_name_scope, op_name(), tf.get_variable("w", [1]).name))
    with tf.variable_scope("a/b") as ab:
        seen.append((ab.name, ab.original_name_scope, op_name(), tf.get_variable("v", [1]).name))
    with tf.name_scope("n"), tf.variable_scope("a") as a:
        seen.append((a.name, a.original_name_scope, op_name(), tf.get_variable("u", [1]).name))
    with tf.variable_scope(a, auxiliary_name_scope=False) as a:
        seen.append((a.name, a.original_name_scope, op_name(), tf.get_variable("t", [1]).name))
    with tf.variable_scope("") as root:
        seen.append((root.name, root.original_name_scope, op_name(), tf.get_variable("s", [1]).name))
    assert seen == [
        ("a", "a/", "a/c", "a/x:0"),
        ("a/b", "a/b/", "a/b/c", "a/b/y:0"),
        ("a", "a/", "a/b/a/c", "a/z:0"),
        ("a/b", "a/b_1/", "a/b_1/c", "a/b/w:0"),
        ("a/b", "a/b_2/", "a/b_2/c", "a/b/v:0"),
        ("a", "n/a/", "n/a/c", "a/u:0"),
        ("a", "n/a/", "c", "a/t:0"),
        ("", "", "c_1", "s:0"),
    ]


def test_default_names_are_unique_among_scopes():
    names = []
    for _ in range(2):
        with tf.variable_scope(None, default_name="d") as scope:
            names.append((scope.name, scope.original_name_scope))
    with tf.variable_scope("d_1"), tf.variable_scope(None, "e") as scope:
        names.append((scope.name, scope.original_name_scope))
    with tf.variable_scope(None, "d") as scope:
        names.append((scope.name, scope.original_name_scope))
    assert names == [("d", "d/"), ("d_1", "d_1/"), ("d_1/e", "d_1_1/e/"), ("d_2", "d_2/")]


def test_one_scope_object_may_be_entered_twice():
    scope = tf.variable_scope("re")
    names = []
    for _ in range(2):
        with scope as opened:
            names.append((opened.name, op_name()))
    assert names == [("re", "re/c"), ("re", "re_1/c")]


def test_sharing():
    with tf.variable_scope("s", reuse=tf.AUTO_REUSE) as scope:
        v = tf.get_variable("v", [2])
        assert tf.get_variable("v", [2]) is v
        assert scope.reuse is tf.AUTO_REUSE
        with tf.variable_scope("t", reuse=False) as inner:
            assert inner.reuse is tf.AUTO_REUSE
    with tf.variable_scope("s") as scope:
        assert not scope.reuse
        scope.reuse_variables()
        assert tf.get_variable("v") is v
        assert tf.get_variable_scope().reuse is True
    with tf.variable_scope(tf.get_variable_scope(), reuse=True):
        assert tf.get_variable("s/v") is v
    assert tf.get_variable_scope().reuse is False
    assert tf.Variable(1.0, name="s/v").name == "s/v_1:0"


SHARING_ERRORS = [
    (
        {"shape": [2]},
        False,
        "Variable v already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE",
    ),
    ({"shape": [3]}, True, "Trying to share variable v, but specified shape (3,) and found shape (2,)."),
    ({"dtype": tf.int32}, True, "Trying to share variable v, but specified dtype int32 and found dtype float32_ref."),
]


@pytest.mark.parametrize(("kwargs", "reuse", "text"), SHARING_ERRORS)
def test_sharing_errors(kwargs, reuse, text):
    tf.get_variable("v", [2])
    with tf.variable_scope("", reuse=reuse), pytest.raises(ValueError) as caught:  # noqa: PT011  the text is compared
        tf.get_variable("v", **kwargs)
    assert text in str(caught.value)


CREATION_ERRORS = [
    ({}, ValueError, "The initializer passed is not valid. It should be a callable with no arguments"),
    ({"shape": [None, 2]}, ValueError, "The initializer passed is not valid."),
    ({"shape": [2], "initializer": [1.0, 2.0]}, ValueError, "If initializer is a constant, do not specify shape."),
    (
        {"shape": [2], "dtype": tf.complex64},
        ValueError,
        "An initializer for variable v of <dtype: 'complex64'> is required",
    ),
    ({"initializer": [1.0], "dtype": tf.float64}, ValueError, "and explicit dtype '<dtype: 'float64'>' don't match."),
    ({"shape": [2], "custom_getter": 3}, ValueError, "Passed a custom_getter which is not callable: 3"),
    ({"shape": [2], "partitioner": 3}, ValueError, "Partitioner must be callable, but received: 3"),
    ({"shape": [2], "collections": "x"}, ValueError, "collections argument to Variable constructor must be a list"),
    (
        {"shape": [3], "initializer": tf.constant_initializer([1.0, 2.0, 3.0, 4.0])},
        ValueError,
        "Too many elements provided. Needed at most 3, but received 4",
    ),
]


@pytest.mark.parametrize(("kwargs", "error", "text"), CREATION_ERRORS)
def test_creation_errors(kwargs, error, text):
    with pytest.raises(error) as caught:
        tf.get_variable("v", **kwargs)
    assert text in str(caught.value)


def test_a_missing_variable_is_not_made_where_variables_are_shared():
    with tf.variable_scope("s", reuse=True), pytest.raises(ValueError, match="Variable s/v does not exist, or was not"):
        tf.get_variable("v", [1])


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: tf.variable_scope(None), TypeError, "If default_name is None then name_or_scope is required"),
        (lambda: tf.variable_scope("x", reuse=3), ValueError, "The reuse parameter must be True or False or None."),
        (lambda: tf.variable_scope(3).__enter__(), TypeError, "name_or_scope must be a string or VariableScope."),
        (lambda: tf.variable_scope(None, "d", reuse=True).__enter__(), ValueError, "reuse=True cannot be used without"),
        (lambda: tf.variable_scope("x", auxiliary_name_scope=1), TypeError, "auxiliary_name_scope must be `True` or"),
    ],
)
def test_scope_errors(make, error, text):
    with pytest.raises(error, match=text):
        make()


def test_defaults_are_inherited_but_the_constraint():
    ones = tf.ones_initializer()
    with tf.variable_scope(
        "a", initializer=ones, dtype=tf.float64, use_resource=True, caching_device="/cpu:0", constraint=abs
    ) as a:
        v = tf.get_variable("v", [2])
        assert (v.dtype, v.constraint, v.initial_value.op.name) == (tf.float64, abs, "a/v/Initializer/ones")
        with tf.variable_scope("b") as b:
            assert (b.initializer, b.dtype, b.use_resource, b.constraint) == (ones, tf.float64, True, None)
        a.set_dtype(tf.float32)
        a.set_use_resource(False)
        a.set_initializer(None)
        a.set_caching_device(None)
        w = tf.get_variable("w", [2])
    assert w.dtype == tf.float32._as_ref
    assert w.initial_value.op.name == "a/w/Initializer/random_uniform"
    with tf.variable_scope(a) as again:
        assert again.dtype is tf.float32


def test_regularizers_fill_a_collection():
    with tf.variable_scope("s", regularizer=lambda v: tf.identity(v, name="loss")):
        tf.get_variable("w", [1])
        tf.get_variable("b", [1], regularizer=tf.no_regularizer)
    losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    assert [t.op.name for t in losses] == ["s/w/Regularizer/loss"]
    assert losses[0].op.get_attr("_class") == [b"loc:@s/w"]


def test_custom_getters_are_chained_from_the_inside():
    calls = []

    def logged(label, suffix=""):
        def get(getter, name, *args, **kwargs):
            calls.append((label, name))
            return getter(name + suffix, *args, **kwargs)

        return get

    with tf.variable_scope("a", custom_getter=logged("outer")):
        with tf.variable_scope("b", custom_getter=logged("inner", "_2")):
            v = tf.get_variable("v", [1])
        w = tf.get_variable("w", [1], custom_getter=logged("own"))
    assert calls == [("inner", "a/b/v"), ("outer", "a/b/v_2"), ("own", "a/w")]
    assert (v.name, w.name) == ("a/b/v_2:0", "a/w:0")


def test_a_getter_without_constraint_is_not_given_one():
    def getter(getter, name, shape, dtype, initializer, regularizer, reuse, trainable, collections, caching_device,
               partitioner, validate_shape, use_resource, synchronization, aggregation):  # fmt: skip
        return getter(name, shape, dtype, initializer)

    with tf.variable_scope("a", custom_getter=getter):
        assert tf.get_variable("v", [2]).name == "a/v:0"


def test_local_variables():
    v = tf.get_local_variable("v", [2], collections=["mine"])
    assert tf.local_variables() == tf.get_collection("mine") == [v]
    assert tf.trainable_variables() == tf.global_variables() == []


def test_collections_of_a_scope():
    with tf.variable_scope("s") as scope:
        v, u = tf.get_variable("v", [1]), tf.get_local_variable("u", [1])
    tf.get_variable("sv", [1])
    assert scope.trainable_variables() == scope.global_variables() == [v]
    assert scope.local_variables() == [u]


def test_the_graph_of_the_values_is_the_one_of_the_scope():
    graph = tf.Graph()
    with graph.as_default():
        x = tf.constant(1.0)
    with tf.variable_op_scope([x], "s"):
        assert tf.get_variable("v", [1]).graph is graph


# -- partitioned variables ---------------------------------------------------------------------------------------


def test_a_partitioner_cuts_a_variable():
    with tf.variable_scope("p", partitioner=tf.fixed_size_partitioner(3)):
        whole = tf.get_variable("a", [7, 2])
        scalar = tf.get_variable("b", [])
        given = tf.get_variable("c", initializer=tf.constant([1.0, 2.0, 3.0, 4.0]))
    assert [v.name for v in whole] == ["p/a/part_0:0", "p/a/part_1:0", "p/a/part_2:0"]
    assert [v._get_save_slice_info().spec for v in whole] == ["7 2 0,3:0,2", "7 2 3,2:0,2", "7 2 5,2:0,2"]
    assert (whole.name, len(whole), whole.shape.as_list(), whole.dtype) == ("p/a", 3, [7, 2], tf.float32)
    assert scalar.name == "p/b:0"
    assert [v.shape.as_list() for v in given] == [[2], [1], [1]]
    assert tf.convert_to_tensor(whole).op.name == "p/a"
    assert [op.name for op in tf.get_default_graph().get_operations()[-2:]] == ["p/a/ConcatPartitions/concat", "p/a"]
    with tf.variable_scope("p", reuse=True):
        assert tf.get_variable("a") is whole


@pytest.mark.parametrize(
    ("shape", "answer", "text"),
    [
        ([7, 2], [2, 2], "Can only slice a variable along one dimension: shape: (7, 2), partitioning: [2, 2]"),
        ([7, 2], [2], "Partitioner returned a partition list that does not match the Variable's rank: [2] vs. (7, 2)"),
        ([7, 2], [0, 1], "Partitioner returned zero partitions for some axes: [0, 1]"),
        ([7, 2], 3, "Partitioner must return a sequence, but saw: 3"),
        ([None, 2], [1, 1], "Shape of a new partitioned variable must be fully defined, but instead was (?, 2)."),
    ],
)
def test_partitioner_errors(shape, answer, text):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the text is compared
        tf.get_variable("g", shape, partitioner=lambda **_: answer)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("partitioner", "shape", "dtype", "expected"),
    [
        (tf.fixed_size_partitioner(4), [7, 2], tf.float32, [4, 1]),
        (tf.fixed_size_partitioner(4, axis=1), [7, 2], tf.float32, [1, 2]),
        (tf.variable_axis_size_partitioner(100), [1000, 100], tf.float32, [1000, 1]),
        (tf.variable_axis_size_partitioner(100, max_shards=3), [1000, 100], tf.float32, [3, 1]),
        (tf.variable_axis_size_partitioner(100), [7, 2], tf.float32, [1, 1]),
        (tf.variable_axis_size_partitioner(64), [7, 2], tf.string, [4, 1]),
        (tf.min_max_variable_partitioner(10, min_slice_size=16), [7, 2], tf.float32, [4, 1]),
        (tf.min_max_variable_partitioner(3, min_slice_size=16), [7, 2], tf.float32, [3, 1]),
    ],
)
def test_partitioners(partitioner, shape, dtype, expected):
    assert partitioner(shape=tf.TensorShape(shape), dtype=dtype) == expected


def test_create_partitioned_variables():
    parts = tf.create_partitioned_variables([4, 2], [2, 1], tf.ones_initializer())
    assert [v.name for v in parts] == ["PartitionedVariable/part_0:0", "PartitionedVariable/part_1:0"]
    with pytest.raises(ValueError, match="must have the length"):
        tf.create_partitioned_variables([4], [2, 1], tf.ones_initializer())


def test_partition_info():
    info = PartitionInfo([7, 2], [3, 0])
    assert info.single_slice_dim([2, 2]) == 0
    assert info.single_offset([2, 2]) == 3
    assert (
        info.single_slice_dim([*[7, 2][:1], 2]) if False else PartitionInfo([7, 2], [0, 0]).single_offset([7, 2]) == 0
    )
    with pytest.raises(ValueError, match="would exceed"):
        info.single_slice_dim([5, 2])
    with pytest.raises(ValueError, match="slice dim could be either dimension 1 or 0"):
        info.single_slice_dim([2, 1])
    with pytest.raises(ValueError, match="Expected 0 <= offset < shape"):
        PartitionInfo([2], [2])
    assert [shape for _, shape in slices([5], [3])] == [[2], [2], [1]]


# -- templates ---------------------------------------------------------------------------------------------------


def test_templates_share_their_variables():
    def scale(x, by=1.0):
        return x * tf.get_variable("w", [1]) * by

    template = tf.make_template("t", scale)
    template(1.0)
    template(2.0)
    other = tf.make_template("t", scale, by=3.0, create_scope_now_=True)
    other(1.0)
    assert [v.name for v in tf.global_variables()] == ["t/w:0", "t_1/w:0"]
    assert (template.name, template.variable_scope_name, other.variable_scope_name) == ("t", "t/", "t_1/")
    assert template.variables == template.trainable_variables == [tf.global_variables()[0]]
    assert template.non_trainable_variables == template.local_variables == []
    assert template.var_scope is template.variable_scope


def test_templates_refuse_new_variables_in_later_calls():
    template = tf.make_template("t", lambda: tf.Variable(1.0))
    template()
    with pytest.raises(ValueError, match="Trainable variable created when calling a template after the first time"):
        template()
    with pytest.raises(ValueError, match="name cannot be None"):
        tf.make_template(None, lambda: None)


# -- initializers ------------------------------------------------------------------------------------------------

CONFIGS = [
    (tf.zeros_initializer(), {"dtype": "float32"}),
    (tf.ones_initializer(tf.int32), {"dtype": "int32"}),
    (tf.constant_initializer([1, 2]), {"value": [1, 2], "dtype": "float32"}),
    (tf.random_uniform_initializer(0, 2, seed=1), {"minval": 0, "maxval": 2, "seed": 1, "dtype": "float32"}),
    (tf.random_normal_initializer(), {"mean": 0.0, "stddev": 1.0, "seed": None, "dtype": "float32"}),
    (tf.truncated_normal_initializer(stddev=2.0), {"mean": 0.0, "stddev": 2.0, "seed": None, "dtype": "float32"}),
    (tf.uniform_unit_scaling_initializer(2.0), {"factor": 2.0, "seed": None, "dtype": "float32"}),
    (
        tf.variance_scaling_initializer(distribution="Uniform"),
        {"scale": 1.0, "mode": "fan_in", "distribution": "uniform", "seed": None, "dtype": "float32"},
    ),
    (tf.orthogonal_initializer(), {"gain": 1.0, "seed": None, "dtype": "float32"}),
    (tf.initializers.identity(2.0), {"gain": 2.0, "dtype": "float32"}),
    (tf.glorot_uniform_initializer(3, tf.float64), {"seed": 3, "dtype": "float32"}),
    (keras_initializers.RandomNormal(), {"mean": 0.0, "stddev": 0.05, "seed": None, "dtype": "float32"}),
]


@pytest.mark.parametrize(("initializer", "config"), CONFIGS)
def test_configs(initializer, config):
    assert initializer.get_config() == config
    again = type(initializer).from_config(config)
    assert again.get_config() == config


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("zeros", tf.zeros_initializer),
        ("one", tf.ones_initializer),
        ("glorot_uniform", tf.glorot_uniform_initializer),
        ("he_normal", tf.variance_scaling_initializer),
        ("normal", keras_initializers.RandomNormal),
        ("RandomUniform", keras_initializers.RandomUniform),
        ("orthogonal", tf.orthogonal_initializer),
    ],
)
def test_names_of_keras(name, expected):
    found = keras_initializers.get(name)
    assert type(found) is expected
    assert keras_initializers.deserialize(keras_initializers.serialize(found)).get_config() == found.get_config()


def test_what_keras_does_not_know():
    assert keras_initializers.get(None) is None
    assert keras_initializers.get(len) is len
    for bad in ("nope", 3, {"a": 1}):
        with pytest.raises(ValueError, match=r"Unknown|Could not interpret|Improper"):
            keras_initializers.get(bad)


def _bound(tensor) -> float:
    """The upper bound of a random_uniform, the standard deviation of a normal: a constant of its scope."""
    graph, scope = tensor.graph, tensor.op.name
    names = [op.name for op in graph.get_operations()]
    which = next(n for n in ("max", "stddev") if f"{scope}/{n}" in names)
    return float(graph.get_operation_by_name(f"{scope}/{which}").attrs["value"])


@pytest.mark.parametrize(
    ("initializer", "shape", "bound"),
    [
        (tf.glorot_uniform_initializer(), [2, 4], 1.0),
        (tf.glorot_normal_initializer(), [2, 4], np.sqrt(1 / 3) / 0.87962566),
        (tf.initializers.he_uniform(), [6, 4], 1.0),
        (tf.initializers.he_normal(), [2, 4], 1 / 0.87962566),
        (tf.initializers.lecun_uniform(), [3, 4], 1.0),
        (tf.initializers.lecun_normal(), [4], 0.5 / 0.87962566),
        (tf.variance_scaling_initializer(mode="fan_out", distribution="untruncated_normal"), [3, 3, 2, 4], 1 / 6),
        (tf.uniform_unit_scaling_initializer(2.0), [3, 4], 2.0),
        (contrib_initializers.xavier_initializer(), [2, 4], 1.0),
        (contrib_initializers.xavier_initializer(uniform=False), [2, 4], np.sqrt(1.3 / 3)),
        (contrib_initializers.variance_scaling_initializer(), [2, 4], np.sqrt(1.3)),
        (contrib_initializers.variance_scaling_initializer(mode="FAN_OUT", uniform=True), [3, 2, 4], np.sqrt(0.5)),
        (keras_initializers.TruncatedNormal(), [2], 0.05),
    ],
)
def test_scales(initializer, shape, bound):
    assert _bound(initializer(shape, dtype=tf.float32)) == pytest.approx(bound, rel=1e-6)


def test_partitions_are_scaled_as_the_whole():
    info = PartitionInfo(full_shape=[6, 4], var_offset=[0, 0])
    assert _bound(tf.initializers.he_uniform()([3, 4], partition_info=info)) == 1.0
    assert compute_fans([]) == (1, 1)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: tf.random_normal_initializer(dtype=tf.int32), ValueError, "Expected floating point type, got"),
        (lambda: tf.variance_scaling_initializer(scale=-1), ValueError, "`scale` must be positive float."),
        (lambda: tf.variance_scaling_initializer(mode="x"), ValueError, "Invalid `mode` argument:"),
        (lambda: tf.variance_scaling_initializer(distribution="x"), ValueError, "Invalid `distribution` argument:"),
        (lambda: tf.orthogonal_initializer()([3]), ValueError, "The tensor to initialize must be at least two-dimensional"),
        (lambda: tf.initializers.identity()([3]), ValueError, "can only be used for 2D matrices"),
        (lambda: tf.constant_initializer(tf.constant(1.0)), TypeError, "Invalid type for initial value"),
        (lambda: tf.constant_initializer([1, 2], verify_shape=True)([3]), TypeError, "Expected Tensor's shape: (3,)"),
        (lambda: contrib_initializers.xavier_initializer(dtype=tf.int32), TypeError, "non-floating point type"),
        (lambda: contrib_initializers.variance_scaling_initializer(mode="x"), TypeError, "Unknown mode"),
    ],
)  # fmt: skip
def test_initializer_errors(make, error, text):
    with pytest.raises(error) as caught:
        make()
    assert text in str(caught.value)
