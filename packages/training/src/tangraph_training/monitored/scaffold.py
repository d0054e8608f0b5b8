"""Scaffold: the operations that a training program needs besides its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.ops.array.concat import concat
from tangraph.ops.control_flow.grouping import group
from tangraph.ops.state import resources
from tangraph.ops.state.tables import tables_initializer
from tangraph.ops.state.variables import (
    global_variables,
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
)
from tangraph.util import tf_logging
from tangraph_summary.summaries import merge_all
from tangraph_training.saver import Saver

if TYPE_CHECKING:
    from collections.abc import Callable


@export("train.Scaffold")
class Scaffold:
    """Makes the operations that are missing: that initialize, report what is not initialized, save and summarize.

    What is not given is taken from the graph's collections, or made when the scaffold is finalized.

    Args:
      init_op: initializes the variables.
      init_feed_dict: what is fed to it.
      init_fn: called as ``init_fn(scaffold, session)`` after `init_op`.
      ready_op: gives the names of what is not initialized.
      ready_for_local_init_op: the same, for what `local_init_op` needs.
      local_init_op: initializes local variables and tables.
      summary_op: the merged summaries.
      saver: a Saver.
      copy_from_scaffold: another one, for what is not given.

    Raises:
      TypeError: `copy_from_scaffold` is no Scaffold.
    """

    def __init__(
        self,
        init_op: Any = None,
        init_feed_dict: Any = None,
        init_fn: Callable[..., Any] | None = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        local_init_op: Any = None,
        summary_op: Any = None,
        saver: Any = None,
        copy_from_scaffold: Any = None,
    ) -> None:
        other = copy_from_scaffold
        if other is not None and not isinstance(other, Scaffold):
            raise TypeError("copy_from_scaffold is not a Scaffold instance.")
        given = {
            "_init_op": init_op,
            "_init_feed_dict": init_feed_dict,
            "_user_init_fn": init_fn,
            "_ready_op": ready_op,
            "_ready_for_local_init_op": ready_for_local_init_op,
            "_local_init_op": local_init_op,
            "_summary_op": summary_op,
            "_saver": saver,
        }
        if other is not None:
            given = {name: getattr(other, name) if value is None else value for name, value in given.items()}
        self._init_op = given["_init_op"]
        self._init_feed_dict = given["_init_feed_dict"]
        self._user_init_fn = given["_user_init_fn"]
        self._ready_op = given["_ready_op"]
        self._ready_for_local_init_op = given["_ready_for_local_init_op"]
        self._local_init_op = given["_local_init_op"]
        self._summary_op = given["_summary_op"]
        self._saver = given["_saver"]

    def finalize(self) -> Scaffold:
        """Makes what is missing, and finalizes the graph: nothing can be added to it any more."""
        default = Scaffold.get_or_default
        if self._init_op is None:
            self._init_op = default("init_op", GraphKeys.INIT_OP, _default_init_op)
        if self._ready_op is None:
            self._ready_op = default("ready_op", GraphKeys.READY_OP, _default_ready_op)
        if self._ready_for_local_init_op is None:
            self._ready_for_local_init_op = default(
                "ready_for_local_init_op", GraphKeys.READY_FOR_LOCAL_INIT_OP, _default_ready_for_local_init_op
            )
        if self._local_init_op is None:
            self._local_init_op = default("local_init_op", GraphKeys.LOCAL_INIT_OP, Scaffold.default_local_init_op)
        if self._summary_op is None:
            self._summary_op = default("summary_op", GraphKeys.SUMMARY_OP, merge_all)
        if self._saver is None:
            self._saver = _saver_or_default()
        self._saver.build()
        stacks.get_default_graph().finalize()
        tf_logging.info("Graph was finalized.")
        return self

    @property
    def init_fn(self) -> Callable[[Any], Any] | None:
        """Called with the session after `init_op`."""
        function = self._user_init_fn
        return (lambda session: function(self, session)) if function else None

    @property
    def init_op(self) -> Any:
        """Initializes the variables."""
        return self._init_op

    @property
    def ready_op(self) -> Any:
        """Gives the names of what is not initialized."""
        return self._ready_op

    @property
    def ready_for_local_init_op(self) -> Any:
        """Gives the names of what is not initialized and what `local_init_op` needs."""
        return self._ready_for_local_init_op

    @property
    def local_init_op(self) -> Any:
        """Initializes local variables and tables."""
        return self._local_init_op

    @property
    def summary_op(self) -> Any:
        """The merged summaries."""
        return self._summary_op

    @property
    def saver(self) -> Any:
        """The Saver."""
        return self._saver

    @property
    def init_feed_dict(self) -> Any:
        """What is fed to `init_op`."""
        return self._init_feed_dict

    @staticmethod
    def get_or_default(arg_name: str, collection_key: str, default_constructor: Callable[[], Any]) -> Any:
        """Returns the one item of a collection, or makes it.

        Raises:
          RuntimeError: the collection has several.
        """
        graph = stacks.get_default_graph()
        found = graph.get_collection(collection_key)
        if len(found) > 1:
            raise RuntimeError(
                f'More than one item in the collection "{collection_key}". Please indicate which one to use by passing '
                f"it to the tf.Scaffold constructor as:  tf.Scaffold({arg_name}=item to use)"
            )
        if found:
            return found[0]
        made = default_constructor()
        if made is not None:
            graph.add_to_collection(collection_key, made)
        return made

    @staticmethod
    def default_local_init_op() -> Any:
        """Returns an operation that initializes local variables, tables and local resources."""
        return group(
            local_variables_initializer(),
            tables_initializer(),
            resources.initialize_resources(resources.local_resources()),
        )


def _default_init_op() -> Any:
    return group(global_variables_initializer(), resources.initialize_resources(resources.shared_resources()))


def _default_ready_op() -> Any:
    return concat([report_uninitialized_variables(), resources.report_uninitialized_resources()], 0)


def _default_ready_for_local_init_op() -> Any:
    return concat(
        [
            report_uninitialized_variables(global_variables()),
            resources.report_uninitialized_resources(resources.shared_resources()),
        ],
        0,
    )


def _saver_or_default() -> Any:
    graph = stacks.get_default_graph()
    savers = graph.get_collection(GraphKeys.SAVERS)
    if len(savers) > 1:
        raise RuntimeError(
            f"More than one item in collection {GraphKeys.SAVERS}. Please indicate which one to use by passing it to "
            "the constructor."
        )
    if savers:
        return savers[0]
    saver = Saver(sharded=True, allow_empty=True)
    graph.add_to_collection(GraphKeys.SAVERS, saver)
    return saver
