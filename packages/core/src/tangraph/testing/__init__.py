"""The kit that proves an op or a backend right.

>>> from tangraph.testing import OpCase, of
>>> case = OpCase("Square", lambda x: x * x, (of(2, 3),), lambda x: x * x, "float32 float64")
>>> case.id
'Square'

An :class:`OpCase` is data: an op call, inputs, a NumPy reference. :func:`check_op` runs it on one backend in every way
that a program may: each dtype, unknown shapes, fed intermediates, twice, differentiated. :class:`BackendContract` is a
test class for a backend of your own. Nothing here needs pytest but `tangraph.testing.pytest_plugin`
(`pip install tangraph-core[testing]`), and core never imports this package.
"""

from __future__ import annotations

from tangraph.testing.backend_contract import BackendContract
from tangraph.testing.cases import OpCase
from tangraph.testing.checks import backends_for, check_op
from tangraph.testing.inputs import (
    Input,
    bools,
    distinct,
    given,
    integers,
    known,
    of,
    positive,
    texts,
)
from tangraph.testing.sessions import session_on

__all__ = [
    "BackendContract",
    "Input",
    "OpCase",
    "backends_for",
    "bools",
    "check_op",
    "distinct",
    "given",
    "integers",
    "known",
    "of",
    "positive",
    "session_on",
    "texts",
]
