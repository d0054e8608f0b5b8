"""`tf.case`: the function of the first predicate that is true."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, stacks
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.ops.array.constant import constant
from tangraph.ops.control_flow.cond import cond
from tangraph.ops.control_flow.cond_v2 import indexed_case
from tangraph.util import tf_logging

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@export("case")
def case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: str = "case",
) -> Any:
    """Returns what the function of the first true predicate gives.

    Args:
      pred_fn_pairs: a list of (bool scalar tensor, function without arguments) pairs, or a dict.
      default: the function for the case that no predicate is true; without it, that is an error.
      exclusive: whether it is an error that more than one predicate is true.
      strict: as for `tf.cond`.
      name: the name scope.

    Raises:
      TypeError: the pairs, a predicate or a function are of the wrong type.
    """
    predicates, actions = _pairs(pred_fn_pairs, exclusive, name)
    with name_scope(name, "case", [predicates]):
        if default is None:
            default, predicates, actions = _last_as_default(predicates, actions)
        function: Callable[[], Any] = default
        for predicate, action in reversed(list(zip(predicates, actions, strict=True))):
            function = partial(cond, predicate, true_fn=action, false_fn=function, strict=strict)
        if not exclusive:
            return function()
        checks = [_assert_at_most(predicates, 1, "Input error: exclusive=True")]
        with stacks.get_default_graph().control_dependencies(checks):
            return function()


def _pairs(pairs: Any, exclusive: bool, name: str) -> tuple[list[Any], list[Any]]:
    if not isinstance(pairs, (list, tuple, dict)):
        raise TypeError("fns must be a list, tuple, or dict")
    if isinstance(pairs, OrderedDict):
        pairs = list(pairs.items())
    elif isinstance(pairs, dict):
        pairs = sorted(pairs.items(), key=lambda item: str(item[0].name))
        if not exclusive:
            tf_logging.warning(
                "%s: An unordered dictionary of predicate/fn pairs was provided, but exclusive=False. The order of "
                "conditional tests is deterministic but not guaranteed.",
                name,
            )
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError("Each entry in pred_fn_pairs must be a 2-tuple")
        pred, function = pair
        if not isinstance(pred, Tensor):
            raise TypeError(f"pred must be a Tensor, got: {pred}")
        if pred.dtype is not dtypes.bool:
            raise TypeError(f"pred must be Tensor of type bool: {pred.name}")
        if not callable(function):
            raise TypeError(f"fn for pred {pred.name} must be callable.")
    return [pred for pred, _ in pairs], [function for _, function in pairs]


def _assert_at_most(predicates: Sequence[Tensor], count: int, message: str) -> Any:
    """Fails when more than `count` predicates are true."""
    from tangraph.ops.array.packing import stack
    from tangraph.ops.logging_ops import Assert
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.comparison import less_equal
    from tangraph.ops.math.reductions import reduce_sum

    together = stack(predicates, name="preds_c")
    true = reduce_sum(cast(together, dtypes.int32), name="num_true_conds")
    few = less_equal(true, constant(count, name="n_true_conds"))
    names = ", ".join(getattr(p, "name", "?") for p in predicates)
    data = [f"{message}: more than {count} conditions ({names}) evaluated as True:", together]
    return Assert(few, data=data, summarize=len(predicates))


def _last_as_default(
    predicates: list[Tensor], actions: list[Callable[[], Any]]
) -> tuple[Callable[[], Any], list[Tensor], list[Callable[[], Any]]]:
    """Without a default, the last function is it, after a check that its predicate is true."""
    last = len(predicates) - 1
    others = predicates[:last]

    def default() -> Any:
        from tangraph.ops.array.packing import stack
        from tangraph.ops.logging_ops import Assert

        message = (
            f"Implementation error: selected default action #{last} was called, but some of other predicates are True: "
        )
        data = ("Input error: None of conditions evaluated as True:", stack(predicates, name="preds_c"))
        checks = [_assert_at_most(others, 0, message), Assert(predicates[last], data=data)]
        with stacks.get_default_graph().control_dependencies(checks):
            return actions[last]()

    return default, others, actions[:last]


@export("switch_case")
def switch_case(
    branch_index: Tensor, branch_fns: Any, default: Callable[[], Any] | None = None, name: str = "switch_case"
) -> Any:
    """Returns what one of several functions gives, by a number.

    Args:
      branch_index: an int scalar tensor.
      branch_fns: functions without arguments; or (number, function) pairs, or a dict, whose numbers are 0, 1, and so on.
        The results have one structure and the same types.
      default: the function for all other numbers; without it, that is the last one.
      name: the name scope.

    Raises:
      TypeError: `branch_index` is no int tensor; an entry is of the wrong type; the results differ in structure.
      ValueError: there is no function, or the numbers are not those from 0 on.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     chosen = tf.switch_case(tf.constant(1), [lambda: tf.constant(17), lambda: tf.constant(31)])
    ...     int(sess.run(chosen))
    31
    """
    actions = _indexed(branch_index, branch_fns, default)
    with name_scope(name, "case", [branch_index]):
        return indexed_case(branch_index, actions)


def _indexed(branch_index: Any, branch_fns: Any, default: Any) -> list[Callable[[], Any]]:
    if not isinstance(branch_index, Tensor):
        raise TypeError(f"branch_index must a Tensor, got {type(branch_index)}")
    if not branch_index.dtype.is_integer:
        raise TypeError(f"branch_index must an integer Tensor, got {branch_index.dtype}")
    if not branch_fns:
        raise ValueError("Must provide at least one item in branch_fns")
    if not isinstance(branch_fns, (list, tuple, dict)):
        raise TypeError("branch_fns must be a list, tuple, or dict")
    pairs: list[Any] = list(branch_fns.items() if isinstance(branch_fns, dict) else branch_fns)
    if all(callable(function) for function in pairs):
        pairs = list(enumerate(pairs))
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError("Each entry in branch_fns must be a 2-tuple")
        key, function = pair
        if not isinstance(key, int):
            raise TypeError(f"key must be a Python `int`, got {type(key)}")
        if not callable(function):
            raise TypeError(f"fn for key {key} must be callable.")
    keys = sorted(key for key, _ in pairs)
    if keys != list(range(len(keys))):
        found = ",".join(map(str, keys))
        raise ValueError(
            f"branch indices (keys) must form contiguous range of [0 to {len(keys)}) but found {{{found}}}"
        )
    actions = [function for _, function in sorted(pairs, key=lambda pair: pair[0])]
    return actions if default is None else [*actions, default]
