"""What is left to do after `Checkpoint.restore`: objects are matched with those of a checkpoint, operations are run."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from tangraph.framework import stacks
from tangraph.framework.init_scope import init_scope
from tangraph.framework.scopes import device
from tangraph.ops.state.variable_base import Variable
from tangraph_training.objects import device_saver
from tangraph_training.objects.dependencies import dependencies_of, slot_of, values_of
from tangraph_training.objects.object_graph import ObjectGraph, saveables_of_value

if TYPE_CHECKING:
    from typing import Self

    from tangraph.framework.tensor import Tensor
    from tangraph_interop.messages import TrackableObjectGraph


def session_or_default(session: Any) -> Any:
    """Returns a session, the default one when None is given.

    Raises:
      ValueError: there is none.
    """
    found = session or stacks.get_default_session()
    if found is None:
        raise ValueError("There is no default session: give one (session=...), or enter one as a context manager.")
    return found


class CheckpointLoadStatus:
    """What became of a restore. In a graph, the values come when `run_restore_ops` or `initialize_or_restore` is called.

    Objects that appear later, such as the variables of a layer when it is built, are matched by then.
    """

    def __init__(
        self, root: Any, message: TrackableObjectGraph, prefix: Tensor, path: str, known: dict[str, Any]
    ) -> None:
        self._root = root
        self._message = message
        self._prefix = prefix
        self._path = path
        self._known = known
        self._matched: dict[int, Any] = {}
        self._unused: dict[int, list[str]] = {}
        self._operations: list[Any] = []
        self._done: set[int] = set()
        self._match()

    def _match(self) -> None:
        """Matches what the objects now refer to, and adds the nodes that restore what is new."""
        with init_scope():
            self._bind(0, self._root)
            pending = deque([0])
            seen = {0}
            saveables: list[Any] = []
            while pending:
                number = pending.popleft()
                saveables += self._saveables(number)
                names = dict(dependencies_of(self._matched[number]))
                for child in self._message.nodes[number].children:
                    ref = names.get(child.local_name)
                    if ref is not None and child.node_id not in seen:
                        seen.add(child.node_id)
                        self._bind(child.node_id, ref)
                        pending.append(child.node_id)
            self._match_slots(seen)
            self._restore(sorted(saveables, key=lambda saveable: saveable.name))

    def _bind(self, number: int, value: Any) -> None:
        """Takes an object for one of the checkpoint; the slots that optimizers have for it are restored first."""
        if self._matched.setdefault(number, value) is value:
            self._match_slots({number})

    def _match_slots(self, variables: set[int]) -> None:
        for owner, node in enumerate(self._message.nodes):
            for slot in node.slot_variables:
                bound = slot.original_variable_node_id in variables and owner in self._matched
                if not bound or slot.slot_variable_node_id in self._matched:
                    continue
                variable = self._matched.get(slot.original_variable_node_id)
                found = None if variable is None else slot_of(self._matched[owner], variable, slot.slot_name)
                if found is not None:
                    self._matched[slot.slot_variable_node_id] = found
                    self._restore(self._saveables(slot.slot_variable_node_id))

    def _saveables(self, number: int) -> list[Any]:
        """What is to be restored of an object, and was not yet."""
        if number in self._done:
            return []
        self._done.add(number)
        found = []
        values = values_of(self._matched[number])
        for attribute in self._message.nodes[number].attributes:
            if attribute.checkpoint_key in self._known:
                self._operations.append(self._known[attribute.checkpoint_key])
            elif attribute.name in values:
                found += saveables_of_value(values[attribute.name], attribute.checkpoint_key)
            elif not attribute.optional_restore:
                self._unused.setdefault(number, []).append(attribute.name)
        return found

    def _restore(self, saveables: list[Any]) -> None:
        if not saveables:
            return
        made = device_saver.restore(self._prefix, saveables)
        self._known.update(made)
        self._operations += [made[name] for name in sorted(made)]

    def _name(self, number: int) -> str:
        """The way to an object of the checkpoint, "(root).optimizer"."""
        names = {0: "(root)"}
        pending = deque([0])
        while pending:
            current = pending.popleft()
            for child in self._message.nodes[current].children:
                if child.node_id not in names:
                    names[child.node_id] = f"{names[current]}.{child.local_name}"
                    pending.append(child.node_id)
        for owner, node in enumerate(self._message.nodes):
            for slot in node.slot_variables:
                variable = names.get(slot.original_variable_node_id)
                names[slot.slot_variable_node_id] = f"{names.get(owner)}'s state '{slot.slot_name}' for {variable}"
        return names.get(number, str(number))

    def assert_consumed(self) -> Self:
        """Returns itself when everything in the checkpoint has its object, and every object its value.

        Raises:
          AssertionError: something has not.
        """
        self.assert_existing_objects_matched()
        for number, node in enumerate(self._message.nodes):
            if number not in self._matched:
                raise AssertionError(f"Unresolved object in checkpoint {self._name(number)}: {node}")
        if self._unused:
            lines = [f"{self._name(n)} ({self._matched[n]}): {names}" for n, names in self._unused.items()]
            raise AssertionError(
                "Unused attributes in these objects (the attributes exist in the checkpoint but were not restored):\n"
                + "\n".join(lines)
            )
        return self

    def assert_existing_objects_matched(self) -> Self:
        """Returns itself when every object of the program has its value in the checkpoint.

        Raises:
          AssertionError: one has not.
        """
        self._match()
        matched = {id(value) for value in self._matched.values()}
        unused = [
            value
            for value in ObjectGraph.of(self._root).objects
            if id(value) not in matched and (not isinstance(value, (list, dict, tuple)) or dependencies_of(value))
        ]
        if unused:
            raise AssertionError(
                "Some Python objects were not bound to checkpointed values, likely due to changes in the Python program: "
                f"{unused}"
            )
        return self

    def assert_nontrivial_match(self) -> Self:
        """Returns itself when more than the root has been matched.

        Raises:
          AssertionError: nothing has.
        """
        self._match()
        if len(self._matched) > 1:
            return self
        others = [value for value in ObjectGraph.of(self._root).objects if value is not self._root]
        if not others:
            raise AssertionError(f"Nothing to load. No dependencies have been added to {self._root} yet.")
        raise AssertionError(
            "Nothing except the root object matched a checkpointed value. Typically this means that the checkpoint does "
            f"not match the Python program. The following objects have no matching checkpointed value: {others}"
        )

    def run_restore_ops(self, session: Any = None) -> None:
        """Gives the variables their values, in a session (the default one when None)."""
        session = session_or_default(session)
        self._match()
        session.run(self._operations, feed_dict={self._prefix: self._path})

    def initialize_or_restore(self, session: Any = None) -> None:
        """As `run_restore_ops`; variables that the checkpoint does not have are initialised."""
        session = session_or_default(session)
        self.run_restore_ops(session)
        matched = {id(value) for value in self._matched.values()}
        _initialize(session, [value for value in ObjectGraph.of(self._root).objects if id(value) not in matched])

    def expect_partial(self) -> Self:
        """Returns itself."""
        return self


def _initialize(session: Any, values: list[Any]) -> None:
    session.run([value.initializer for value in values if getattr(value, "initializer", None) is not None])


class InitializationOnlyStatus:
    """What became of a restore of no checkpoint: `initialize_or_restore` initialises."""

    def __init__(self, root: Any) -> None:
        self._root = root

    def assert_consumed(self) -> Self:
        """Fails.

        Raises:
          AssertionError: always.
        """
        raise AssertionError("No checkpoint specified (save_path=None); nothing is being restored.")

    assert_existing_objects_matched = assert_nontrivial_match = assert_consumed

    def run_restore_ops(self, session: Any = None) -> None:
        """Fails.

        Raises:
          AssertionError: always.
        """
        raise AssertionError(
            "No checkpoint specified, so no restore ops are available (save_path=None to Saver.restore)."
        )

    def initialize_or_restore(self, session: Any = None) -> None:
        """Initialises all variables, in a session (the default one when None)."""
        _initialize(session_or_default(session), ObjectGraph.of(self._root).objects)

    def expect_partial(self) -> Self:
        """Returns itself."""
        return self


class NameBasedSaverStatus:
    """What became of a restore from a checkpoint of a Saver: variables are found by their names."""

    def __init__(self, root: Any, path: str) -> None:
        self._root = root
        self._path = path

    def assert_consumed(self) -> Self:
        """Returns itself when the checkpoint has all variables.

        Raises:
          AssertionError: it lacks some.
        """
        from tangraph_interop.checkpoint.reader import NewCheckpointReader

        reader = NewCheckpointReader(self._path)
        for variable in self._variables():
            if not reader.has_tensor(variable.op.name):
                raise AssertionError(f"Object not restored: {variable}")
        return self

    assert_existing_objects_matched = assert_nontrivial_match = assert_consumed

    def _variables(self) -> list[Any]:
        return [value for value in ObjectGraph.of(self._root).objects if isinstance(value, Variable)]

    def run_restore_ops(self, session: Any = None) -> None:
        """Gives the variables their values, in a session (the default one when None)."""
        from tangraph_training.saver import Saver

        with device("/cpu:0"):
            saver = Saver({variable.op.name: variable for variable in self._variables()})
        saver.restore(session_or_default(session), self._path)

    initialize_or_restore = run_restore_ops

    def expect_partial(self) -> Self:
        """Returns itself."""
        return self
