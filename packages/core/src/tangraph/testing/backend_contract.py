"""What every backend must do, as a class of tests."""

from __future__ import annotations

import threading
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from tangraph import registry
from tangraph.framework import dtypes
from tangraph.framework.device import DeviceSpec
from tangraph.testing.checks import check_op
from tangraph.testing.comparison import assert_same
from tangraph.testing.inputs import of
from tangraph.testing.sessions import session_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.backend import Backend
    from tangraph.testing.cases import OpCase

#: Types whose arrays a device may hold; strings stay on the host.
TYPES: Final = (
    "float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool complex64 complex128"
)


class BackendContract:
    """Tests for a backend: subclass it in a test file, and name the backend.

    >>> class TestMine(BackendContract):
    ...     backend = "cpu"

    Attributes:
      backend: the name under which it is registered.
      types: the types that its arrays have.
      leave_out: op types of the basic list that it does not claim to have.
      mixes_with_the_host: whether the library takes NumPy's arrays for its own and lets NumPy read its arrays, as JAX
        does. Nothing then tells of a copy that nobody asked for.
    """

    backend: ClassVar[str] = ""
    types: ClassVar[str] = TYPES
    leave_out: ClassVar[frozenset[str]] = frozenset()
    mixes_with_the_host: ClassVar[bool] = False

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Makes one test a type and one an op case."""
        names = metafunc.fixturenames
        if "contract_type" in names:
            metafunc.parametrize("contract_type", self.types.split())
        if "contract_case" in names:
            cases = self.cases()
            metafunc.parametrize("contract_case", cases, ids=[case.id for case in cases])

    def cases(self) -> list[OpCase]:
        """Returns the op cases that the backend must pass."""
        from tangraph.testing.basic_cases import BASIC

        return [case for case in BASIC if case.op not in self.leave_out]

    def made(self) -> Backend:
        """Returns the backend."""
        return registry.backend(self.backend)

    def shares_memory_with_the_host(self) -> bool:
        """Whether its arrays are NumPy's own, so that there is nothing to keep apart."""
        return isinstance(self.made().to_device(np.zeros(2)), np.ndarray)

    # -- the object ----------------------------------------------------------------------------------------------

    def test_it_is_a_backend(self) -> None:
        """It has what `tangraph.backend.Backend` lists, and its own name."""
        from tangraph.backend import Backend

        backend = self.made()
        assert isinstance(backend, Backend)
        assert backend.name == self.backend
        backend.synchronize()

    def test_devices(self) -> None:
        """It has a device at least, each with a name of its own that can be read and is of its type."""
        backend = self.made()
        names = backend.devices()
        assert names
        assert len(set(names)) == len(names)
        for name in names:
            assert DeviceSpec.from_string(name).device_type == backend.device_type, name

    def test_there_and_back(self, contract_type: str) -> None:
        """Arrays go to the device and back unchanged, of any rank, and empty ones."""
        backend = self.made()
        rng = np.random.default_rng(0)
        for shape in [(), (3,), (2, 0), (2, 3, 4)]:
            array = np.asarray(of(*shape, low=-100, high=100).make(contract_type, rng))
            there = backend.to_device(array)
            assert_same(backend.to_host(there), array, f"{contract_type}{shape}, to the device and back")
            assert tuple(there.shape) == shape

    def test_arrays_of_any_layout(self) -> None:
        """Transposed, reversed and strided host arrays arrive as they look."""
        backend = self.made()
        array = np.arange(24.0).reshape(2, 3, 4)
        for view in (array.T, array[:, ::-1], array[..., ::2], array[1:, 2]):
            assert_same(backend.to_host(backend.to_device(view)), view, "a view, to the device and back")

    def test_host_arrays_do_not_mix_in_silently(self) -> None:
        """An operation on a device array and a host array raises, and so does NumPy on a device array."""
        if self.shares_memory_with_the_host():
            return
        backend = self.made()
        there, here = backend.to_device(np.ones(3)), np.ones(3)
        mixes: dict[str, Callable[[], Any]] = {
            "device + host": lambda: there + here,
            "host + device": lambda: here + there,
            "numpy.add(host, device)": lambda: np.add(here, there),
            "numpy.asarray(device)": lambda: np.asarray(there),
        }
        silent = [text for text, mix in mixes.items() if not _raises(mix)]
        if self.mixes_with_the_host:
            assert silent, f"backend '{self.backend}' keeps host and device arrays apart: leave out mixes_with_the_host"
            return
        assert not silent, (
            f"backend '{self.backend}' mixes host and device arrays in silence: {', '.join(silent)} (where the library "
            "is made so, say `mixes_with_the_host = True`)"
        )

    # -- programs ------------------------------------------------------------------------------------------------

    def test_its_kernels_are_there(self) -> None:
        """What is registered for the backend can be imported, and what it borrows is there."""
        for op_type in registry.kernels_of(self.backend):
            assert callable(registry.kernel_factory(self.backend, op_type)), op_type

    def test_op(self, contract_case: OpCase) -> None:
        """The basic op list: see `tangraph.testing.check_op`."""
        found = registry.kernel_factory(self.backend, contract_case.op, self.made().bases)
        from tangraph.plan.bind import INLINE

        assert found is not None or contract_case.op in INLINE, f"no kernel for {contract_case.op}"
        check_op(contract_case, self.backend)

    def test_results_are_host_arrays(self) -> None:
        """What `run` returns is NumPy's, and the caller's own."""
        import tangraph as tf

        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [2])
            y, total = x * 2.0, tf.reduce_sum(x)
            with session_on(self.backend) as session:
                first, number = session.run([y, total], {x: [1.0, 2.0]})
                assert type(first) is np.ndarray
                assert isinstance(number, np.float32)
                first += 1.0
                assert session.run(y, {x: [1.0, 2.0]}).tolist() == [2.0, 4.0]

    def test_variables(self) -> None:
        """Both kinds are initialised, updated, read, and belong to their session."""
        import tangraph as tf

        with tf.Graph().as_default():
            pairs = [tf.Variable(tf.zeros([2, 2]), use_resource=use) for use in (False, True)]
            adds = [v.assign_add([[1.0, 2.0], [3.0, 4.0]], read_value=False) for v in pairs]
            products = [tf.matmul(v, v) for v in pairs]
            for _ in range(2):
                with session_on(self.backend) as session:
                    session.run(tf.global_variables_initializer())
                    session.run(adds)
                    session.run(adds)
                    for value in session.run(pairs):
                        assert value.tolist() == [[2.0, 4.0], [6.0, 8.0]]
                    for value in session.run(products):
                        assert value.tolist() == [[28.0, 40.0], [60.0, 88.0]]

    def test_training(self) -> None:
        """A line is fitted by gradients and assignments, and every step makes it better."""
        import tangraph as tf

        with tf.Graph().as_default():
            x, y = tf.placeholder(tf.float32, [None, 1]), tf.placeholder(tf.float32, [None, 1])
            w, b = tf.Variable([[0.0]]), tf.Variable([0.0])
            loss = tf.reduce_mean(tf.square(tf.matmul(x, w) + b - y))
            slopes = tf.gradients(loss, [w, b])
            with tf.control_dependencies(slopes):
                step = tf.group(*[v.assign_sub(0.3 * g) for v, g in zip([w, b], slopes, strict=True)])
            points = np.linspace(-1.0, 1.0, 8, dtype=np.float32)[:, None]
            feeds = {x: points, y: 3.0 * points - 1.0}
            with session_on(self.backend) as session:
                session.run(tf.global_variables_initializer())
                losses = []
                for _ in range(30):
                    losses.append(float(session.run(loss, feeds)))
                    session.run(step, feeds)
                assert all(late < early for early, late in pairwise(losses))
                assert abs(float(session.run(w)[0, 0]) - 3.0) < 0.1

    def test_control_flow(self) -> None:
        """Conditionals and loops, nested, and their gradients."""
        import tangraph as tf

        with tf.Graph().as_default():
            x, n = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.int32, [])
            _, y = tf.while_loop(
                lambda i, _: i < n,
                lambda i, v: (i + 1, tf.cond(i > 0, lambda: v * x, lambda: v + 1.0)),
                [0, x],
                shape_invariants=[tf.TensorShape([]), tf.TensorShape([2])],
            )
            slope = tf.gradients(y, x)[0]
            with session_on(self.backend) as session:
                # (x + 1) x^(n-1)
                for count in (1, 2, 3):
                    a = np.array([2.0, -3.0])
                    found, change = session.run([y, slope], {x: a, n: count})
                    assert found.tolist() == ((a + 1) * a ** (count - 1)).tolist()
                    assert change.tolist() == (a ** (count - 1) + (count - 1) * (a + 1) * a ** (count - 2)).tolist()

    def test_threads(self) -> None:
        """Several threads may run one session."""
        import tangraph as tf

        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [None, 4])
            y = tf.nn.relu(tf.matmul(x, tf.constant(np.eye(4, dtype=np.float32) * 2.0)))
            results: dict[int, Any] = {}
            with session_on(self.backend) as session:

                def work(number: int) -> None:
                    results[number] = session.run(y, {x: np.full((3, 4), number, np.float32)})

                threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            for number in range(4):
                assert np.all(results[number] == 2.0 * number)

    def test_errors_are_tensorflows(self) -> None:
        """What is wrong in a step is a tf.errors error that names the operation."""
        import tangraph as tf

        with tf.Graph().as_default():
            a, b = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
            product = tf.matmul(a, b, name="the_product")
            with session_on(self.backend) as session:
                message = ""
                try:
                    session.run(product, {a: np.ones((2, 3)), b: np.ones((2, 3))})
                except tf.errors.InvalidArgumentError as error:
                    message = str(error)
                assert "the_product" in message, f"a product of matrices that do not fit: {message!r}"

    def test_types_are_known(self) -> None:
        """The types that the class lists are Tangraph's."""
        for name in self.types.split():
            assert dtypes.as_dtype(name).name == name


def _raises(mix: Callable[[], Any]) -> bool:
    try:
        mix()
    except (TypeError, ValueError, RuntimeError):
        return True
    return False
