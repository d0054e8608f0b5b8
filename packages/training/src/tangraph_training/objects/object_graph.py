"""The objects that hang together, with the names that their values have in checkpoints."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tangraph.ops.state.variable_base import Variable
from tangraph_interop.messages import TrackableObjectGraph
from tangraph_training.objects.dependencies import Dependency, dependencies_of, slot_of, values_of
from tangraph_training.optimizer import Optimizer
from tangraph_training.saveables import SaveableObject, saveables_for


@dataclass
class ObjectGraph:
    """Everything that an object refers to, itself first, then by the shortest way to it.

    Attributes:
      objects: the objects; slot variables of optimizers come last.
      paths: the names on the way to each, as checkpoints write it; by `id`.
      slots: (optimizer, slot name, variable, slot variable) of each slot variable.
    """

    objects: list[Any] = field(default_factory=list)
    paths: dict[int, str] = field(default_factory=dict)
    slots: list[tuple[Any, str, Any, Any]] = field(default_factory=list)

    @staticmethod
    def of(root: Any) -> ObjectGraph:
        """Returns the objects that hang on one."""
        found = ObjectGraph([], {id(root): ""})
        pending = deque([root])
        while pending:
            current = pending.popleft()
            found.objects.append(current)
            for name, ref in dependencies_of(current):
                if id(ref) not in found.paths:
                    found.paths[id(ref)] = f"{found.paths[id(current)]}/{escaped(name)}".removeprefix("/")
                    pending.append(ref)
        found._add_slots()
        return found

    def _add_slots(self) -> None:
        plain = list(self.objects)
        for optimizer in plain:
            if not isinstance(optimizer, Optimizer) and not hasattr(optimizer, "_create_or_restore_slot_variable"):
                continue
            for name in optimizer.get_slot_names():
                for variable in plain:
                    slot = slot_of(optimizer, variable, name) if isinstance(variable, Variable) else None
                    if slot is None:
                        continue
                    if id(slot) in self.paths:
                        raise NotImplementedError(
                            "A slot variable was re-used as a dependency of a Trackable object. This is not currently "
                            f"allowed. Received: {slot}"
                        )
                    owner = self.paths[id(optimizer)]
                    self.paths[id(slot)] = f"{self.paths[id(variable)]}/.OPTIMIZER_SLOT/{owner}/{escaped(name)}"
                    self.objects.append(slot)
                    self.slots.append((optimizer, name, variable, slot))

    def serialized(self) -> tuple[TrackableObjectGraph, list[SaveableObject]]:
        """Returns the message that describes the objects, and what is saved of them."""
        ids = {id(obj): number for number, obj in enumerate(self.objects)}
        message = TrackableObjectGraph()
        saveables: list[SaveableObject] = []
        slots = {id(slot) for _, _, _, slot in self.slots}
        for obj in self.objects:
            node = message.nodes.add()
            for optimizer, name, variable, slot in self.slots:
                if optimizer is obj:
                    node.slot_variables.add(
                        slot_name=name, original_variable_node_id=ids[id(variable)], slot_variable_node_id=ids[id(slot)]
                    )
            children: list[Dependency] = [] if id(obj) in slots else dependencies_of(obj)
            for local_name, ref in children:
                node.children.add(node_id=ids[id(ref)], local_name=local_name)
            for value_name, value in values_of(obj).items():
                attribute = node.attributes.add(name=value_name)
                attribute.checkpoint_key = f"{self.paths[id(obj)]}/.ATTRIBUTES/{escaped(value_name)}"
                made = saveables_of_value(value, attribute.checkpoint_key)
                if isinstance(value, Variable):
                    attribute.full_name = value.op.name
                attribute.optional_restore = all(saveable.optional_restore for saveable in made)
                saveables += made
        return message, saveables


def saveables_of_value(value: Any, key: str) -> list[SaveableObject]:
    """Returns what is saved of an object's value under a name."""
    made = value if isinstance(value, Variable) or not callable(value) else value(name=key)
    return saveables_for(made, key)


def escaped(name: str) -> str:
    """Returns a name as a part of a path.

    >>> escaped("a/b.c")
    'a.Sb..c'
    """
    return name.replace(".", "..").replace("/", ".S")
