"""`tf.test.TestCase`: a fresh seeded graph for each test, sessions, and assertions on tensors."""

from __future__ import annotations

import random
import tempfile
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, Self

import numpy as np

from tangraph.client.config import ConfigProto
from tangraph.client.session import Session
from tangraph.export import export
from tangraph.framework import errors
from tangraph.framework.random_seed import set_random_seed
from tangraph.framework.stacks import get_default_session, graphs
from tangraph.util import tf_logging
from tangraph_compat.testing.assertions import ArrayAssertions
from tangraph_compat.testing.environment import get_temp_dir, gpu_device_name

DEFAULT_GRAPH_SEED: Final = 87654321


class ErrorLoggingSession(Session):
    """A session that logs the errors of `run` before it raises them."""

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Runs as Session.run does."""
        try:
            return super().run(*args, **kwargs)
        except Exception as error:
            if not isinstance(error, errors.OutOfRangeError):  # the end of data is no accident
                tf_logging.error(str(error))
            raise


class CheckedThread:
    """A thread whose `join` fails the test when the thread raised."""

    def __init__(self, testcase: TestCase, target: Any, args: Any = None, kwargs: Any = None) -> None:
        self._testcase = testcase
        self._call = lambda: target(*(args or ()), **(kwargs or {}))
        self._thread = threading.Thread(target=self._run)
        self._error: BaseException | None = None
        self._is_thread_joined = False

    def _run(self) -> None:
        try:
            self._call()  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001  raised by join
            self._error = error

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def join(self) -> None:
        """Waits for the thread."""
        self._is_thread_joined = True
        self._thread.join()
        if self._error is not None:
            self._testcase.fail(f"Error in checkedThread: {self._error}")

    def is_alive(self) -> bool:
        """Returns whether the thread runs."""
        return self._thread.is_alive()

    def check_termination(self) -> None:
        """Fails the test unless the thread was joined."""
        if self._is_thread_joined:
            return
        self._testcase.fail("A checked thread was not joined.")


@export("test.TestCase")
class TestCase(ArrayAssertions):
    """The base class of tests.

    Before each test the default graph is new and seeded, and so are `random` and NumPy.
    """

    def __init__(self, methodName: str = "runTest") -> None:
        super().__init__(methodName)
        self._threads: list[CheckedThread] = []
        self._tempdir: str | None = None
        self._cached_session: Session | None = None
        self._cached_as: tuple[Any, ...] = ()

    def setUp(self) -> None:
        """Starts afresh: a new default graph, and seeds."""
        super().setUp()
        self._ClearCachedSession()
        random.seed(DEFAULT_GRAPH_SEED)
        np.random.seed(DEFAULT_GRAPH_SEED)  # noqa: NPY002  the numbers that tests of TensorFlow 1 expect
        graphs.reset()
        set_random_seed(DEFAULT_GRAPH_SEED)

    def tearDown(self) -> None:
        """Checks that all threads were joined."""
        for thread in self._threads:
            thread.check_termination()
        self._ClearCachedSession()
        super().tearDown()

    def _ClearCachedSession(self) -> None:
        if self._cached_session is not None:
            self._cached_session.close()
            self._cached_session = None

    def get_temp_dir(self) -> str:
        """Returns a folder of this test's own."""
        if self._tempdir is None:
            self._tempdir = tempfile.mkdtemp(dir=get_temp_dir())
        return self._tempdir

    def evaluate(self, tensors: Any) -> Any:
        """Returns the values of tensors, or of a nest of them, in the default session or one of the test's own."""
        session = get_default_session()
        if session is not None:
            return session.run(tensors)
        with self._in_cached_session(None, None, use_gpu=False, force_gpu=False) as own:
            return own.run(tensors)

    @contextmanager
    def session(
        self, graph: Any = None, config: Any = None, use_gpu: bool = False, force_gpu: bool = False
    ) -> Iterator[Session]:
        """A new session, the default one in the block and closed after it; ops are pinned to the CPU unless `use_gpu`.

        Args:
          graph: the graph; the default graph when None.
          config: a ConfigProto.
          use_gpu: whether ops may go to a GPU.
          force_gpu: whether they must.
        """
        with self._placed(self._create_session(graph, config, force_gpu), use_gpu, force_gpu) as session, session:
            yield session

    @contextmanager
    def cached_session(
        self, graph: Any = None, config: Any = None, use_gpu: bool = False, force_gpu: bool = False
    ) -> Iterator[Session]:
        """The session of this test, which stays open from one block to the next: see `session`."""
        with self._in_cached_session(graph, config, use_gpu, force_gpu, check=True) as session:
            yield session

    def test_session(
        self, graph: Any = None, config: Any = None, use_gpu: bool = False, force_gpu: bool = False
    ) -> AbstractContextManager[Session]:
        """Deprecated: `cached_session` without a graph, `session` with one."""
        if self.id().endswith(".test_session"):
            self.skipTest("Not a test.")
        if graph is None:
            return self._in_cached_session(graph, config, use_gpu, force_gpu)
        return self.session(graph, config, use_gpu, force_gpu)

    @contextmanager
    def _in_cached_session(
        self, graph: Any, config: Any, use_gpu: bool, force_gpu: bool, check: bool = False
    ) -> Iterator[Session]:
        session = self._get_cached_session(graph, config, force_gpu, crash_if_inconsistent_args=check)
        with self._placed(session, use_gpu, force_gpu) as placed:
            yield placed

    def _get_cached_session(
        self, graph: Any = None, config: Any = None, force_gpu: bool = False, crash_if_inconsistent_args: bool = True
    ) -> Session:
        if self._cached_session is None:
            self._cached_session = self._create_session(graph, config, force_gpu)
            self._cached_as = (graph, config, force_gpu)
        elif crash_if_inconsistent_args:
            for what, was, now in zip(
                ("graph", "config", "force_gpu"), self._cached_as, (graph, config, force_gpu), strict=True
            ):
                if was is not now:
                    raise ValueError(
                        f"The {what} used to get the cached session is different than the one that was used to create the "
                        "session. Maybe create a new session with self.session()"
                    )
        return self._cached_session

    def _create_session(self, graph: Any, config: Any, force_gpu: bool) -> Session:
        made = ConfigProto(allow_soft_placement=not force_gpu)
        if config is not None:
            made.CopyFrom(config)
            made.allow_soft_placement = made.allow_soft_placement and not force_gpu
        return ErrorLoggingSession(graph=graph, config=made)

    @contextmanager
    def _placed(self, session: Session, use_gpu: bool, force_gpu: bool) -> Iterator[Session]:
        with session.graph.as_default(), session.as_default():
            if force_gpu:
                with session.graph.device(gpu_device_name() or "/device:GPU:0"):
                    yield session
            elif use_gpu:
                yield session
            else:
                with session.graph.device("/device:CPU:0"):
                    yield session

    def checkedThread(self, target: Any, args: Any = None, kwargs: Any = None) -> CheckedThread:
        """Returns a thread that must be joined, and whose error fails the test when it is."""
        thread = CheckedThread(self, target, args, kwargs)
        self._threads.append(thread)
        return thread

    @contextmanager
    def captureWritesToStream(self, stream: Any) -> Iterator[Any]:
        """Captures what is written to a stream's file descriptor: yields an object with `contents()`."""
        import os

        stream.flush()
        saved = os.dup(stream.fileno())
        with tempfile.NamedTemporaryFile(dir=self.get_temp_dir(), delete=False) as file:
            os.dup2(file.fileno(), stream.fileno())
        try:
            yield _Captured(stream, file.name)
        finally:
            stream.flush()
            os.dup2(saved, stream.fileno())
            os.close(saved)


class _Captured:
    def __init__(self, stream: Any, name: str) -> None:
        self._stream, self._name = stream, name

    def contents(self) -> str:
        """Returns what was written so far."""
        from pathlib import Path

        self._stream.flush()
        return Path(self._name).read_text(encoding="utf-8")


@export("test.assert_equal_graph_def")
def assert_equal_graph_def(
    actual: Any, expected: Any, checkpoint_v2: bool = False, hash_table_shared_name: bool = False
) -> None:
    """Asserts that two GraphDefs have the same nodes, in any order.

    Raises:
      AssertionError: they differ.
      TypeError: one of them is no GraphDef.
    """
    from tangraph.framework.protos import GraphDef

    for what, graph in (("actual", actual), ("expected", expected)):
        if not isinstance(graph, GraphDef):
            raise TypeError(f"Expected tf.GraphDef for {what}, got {type(graph).__name__}")
    first, second = ({node.name: str(node) for node in graph.node} for graph in (actual, expected))
    wrong = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    if wrong:
        shown = "\n".join(f"{name}: {first.get(name)} != {second.get(name)}" for name in wrong[:5])
        raise AssertionError(f"Graphs differ at {len(wrong)} nodes:\n{shown}")


@export("test.StubOutForTesting")
class StubOutForTesting:
    """Replaces attributes for the length of a test."""

    def __init__(self) -> None:
        self._saved: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.CleanUp()

    def SmartSet(self, obj: Any, attr_name: str, new_attr: Any) -> None:
        """Replaces an attribute, which must exist."""
        getattr(obj, attr_name)
        self.Set(obj, attr_name, new_attr)

    def Set(self, parent: Any, child_name: str, new_child: Any) -> None:
        """Replaces an attribute."""
        self._saved.append((parent, child_name, getattr(parent, child_name)))
        setattr(parent, child_name, new_child)

    def SmartUnsetAll(self) -> None:
        """Puts everything back."""
        self.UnsetAll()

    def UnsetAll(self) -> None:
        """Puts everything back."""
        while self._saved:
            parent, name, old = self._saved.pop()
            setattr(parent, name, old)

    def CleanUp(self) -> None:
        """Puts everything back."""
        self.UnsetAll()
