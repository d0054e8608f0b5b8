"""Moves the trainable variables of a TensorFlow 1.15 process by one unit in the last place, at random.

What a seed does not determine - the order of a sum, another processor - changes results in the last place. A program whose
numbers change by more than that when its variables are moved so has no numbers that another engine could be held to.
``PROGRAMS_NUDGE=start:1`` moves the initial values once, ``PROGRAMS_NUDGE=steps:1`` what each run writes, too; the number
seeds the moves. It adds no node to the program's graph, and runs on Python 3.7 and later.
"""

_WRITERS = ("Assign", "Apply", "SparseApply", "Scatter", "Resource")


class Nudge:
    """Wraps ``Session.run``.

    Args:
      mode: ``start`` or ``steps``.
      seed: of the moves.
    """

    def __init__(self, mode, seed):
        import numpy

        self._numpy = numpy
        self._every_step = mode == "steps"
        self._random = numpy.random.RandomState(seed)
        self._known = {}

    def install(self, module):
        """Wraps ``run`` in TensorFlow's module of sessions."""
        handler, run = module._FetchHandler, module.BaseSession.run

        def wrapped(session, fetches, feed_dict=None, options=None, run_metadata=None):
            result = run(session, fetches, feed_dict, options, run_metadata)
            found = handler(session.graph, fetches, {})
            operations = {tensor.op for tensor in found.fetches()} | set(found.targets())
            for variable in self._written(session.graph, frozenset(operations)):
                value = run(session, variable._graph_element if _is_resource(variable) else variable._snapshot)
                run(session, variable.initializer, {variable.initializer.inputs[1]: self.moved(value)})
            return result

        module.BaseSession.run = wrapped

    def moved(self, values):
        """Returns the values, each one unit in the last place lower, higher, or as it is; zeros stay."""
        numpy = self._numpy
        values = numpy.asarray(values)
        way = self._random.randint(-1, 2, values.shape)
        goal = numpy.where(way < 0, -numpy.inf, numpy.where(way > 0, numpy.inf, values)).astype(values.dtype)
        return numpy.where(values == 0, values, numpy.nextafter(values, goal)).astype(values.dtype)

    def _written(self, graph, operations):
        """Returns the trainable variables that a run of some operations writes, so far as they are to be moved.

        Others hold what an optimizer computes exactly, such as the powers of Adam's betas, which one unit would spoil.
        """
        key = operations, len(graph.get_collection("trainable_variables"))
        if key not in self._known:
            variables = {
                v.op.name: v for v in graph.get_collection("trainable_variables") if v.dtype.base_dtype.is_floating
            }
            writes = [op for op in _ancestors(operations) if op.type.startswith(_WRITERS)]
            names = [
                tensor.op.name
                for op in writes
                for tensor in op.inputs
                if tensor.op.name in variables
                and (self._every_step or op is variables[tensor.op.name].initializer)
                and (tensor.dtype._is_ref_dtype or tensor.dtype.name == "resource")
            ]
            self._known[key] = [variables[name] for name in sorted(set(names))]
        return self._known[key]


def _is_resource(variable):
    return variable.op.type == "VarHandleOp"


def _ancestors(operations):
    found, todo = set(operations), list(operations)
    while todo:
        op = todo.pop()
        for other in [tensor.op for tensor in op.inputs] + list(op.control_inputs):
            if other not in found:
                found.add(other)
                todo.append(other)
    return found
