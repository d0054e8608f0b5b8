"""Plugins: loading, staging, overriding, and what a broken one does not do."""

from __future__ import annotations

import pytest

from tangraph import registry
from tangraph.framework import errors
from tangraph.framework.op_def import OpSet
from tangraph.plugin import RegistrationError, hookimpl
from tangraph.plugins import manager as manager_module

GOOD = """
    from tangraph.plugin import OpSet, hookimpl

    ops = OpSet()
    ops.define("GoodOp", outputs=["y: float"])
    kernels = {"GoodOp": lambda k: "good kernel"}

    @hookimpl
    def tangraph_register_ops(registry):
        registry.add("GoodOp", __name__)

    @hookimpl
    def tangraph_register_kernels(registry):
        registry.add_index("toy", {"GoodOp": f"{__name__}:kernels"})
"""

HALF = """
    from tangraph.plugin import hookimpl

    @hookimpl
    def tangraph_register_datasets(registry):
        registry.add("half", "some.where:load")

    @hookimpl
    def tangraph_register_ops(registry):
        registry.add("HalfOp", object())
        raise ZeroDivisionError("in the midst")
"""


class Ops:
    """A plugin as an object: registers one op."""

    def __init__(self, name="ToyOp", override=False):
        self.ops = OpSet()
        self.op_def = self.ops.define(name, outputs=["y: float"])
        self.name, self.override = name, override

    @hookimpl
    def tangraph_register_ops(self, registry):
        registry.add(self.name, self.ops, override=self.override)


class Kernels:
    def __init__(self, *entries, override=False):
        self.entries, self.override = entries, override

    @hookimpl
    def tangraph_register_kernels(self, registry):
        for backend, op_type, entry in self.entries:
            registry.add(backend, op_type, entry, override=self.override)


def test_core_alone_is_a_plugin_like_any_other(plugins):
    assert list(plugins.current().plugins) == ["core"]
    assert plugins.current().plugins["core"].provides["commands"] == ["doctor", "plan", "plugins"]


def test_a_plugin_is_found_by_its_entry_point(install, plugins):
    install("good", GOOD)
    assert registry.op_def("GoodOp").name == "GoodOp"
    assert registry.kernel_factory("toy", "GoodOp")(None) == "good kernel"
    plugin = plugins.current().plugins["good"]
    assert (plugin.state, plugin.distribution) == ("loaded", "tangraph-good 1.2")
    assert plugin.provides == {"ops": ["GoodOp"], "kernels": [("toy", "GoodOp")]}


def test_an_entry_is_imported_at_its_first_use_and_kept(install, plugins):
    install("good", GOOD)
    ops = plugins.current().registries.ops
    assert isinstance(ops.entries["GoodOp"], str)
    assert "GoodOp" not in ops.found
    assert registry.op_def("GoodOp") is registry.op_def("GoodOp") is ops.found["GoodOp"]


@pytest.mark.parametrize(
    "source",
    [
        "import there_is_no_such_module",
        "raise SystemExit(3)",
        "this is no Python",
        HALF,
        """
        from tangraph.plugin import hookimpl

        @hookimpl
        def tangraph_register_opps(registry): ...
        """,
        """
        from tangraph.plugin import hookimpl

        @hookimpl
        def tangraph_register_ops(registry, more): ...
        """,
    ],
    ids=["import", "exit", "syntax", "half", "misspelt", "arguments"],
)
def test_a_broken_plugin_takes_nothing_else_down(install, plugins, source):
    install("bad", source)
    install("good", GOOD)
    assert registry.op_def("GoodOp")
    bad = plugins.current().plugins["bad"]
    assert bad.state == "broken"
    assert bad.provides == {}
    assert type(bad.error).__name__ in bad.traceback
    assert plugins.current().plugins["good"].state == "loaded"
    assert plugins.register(Ops(), name="later").state == "loaded"


def test_a_plugin_is_never_half_registered(install, plugins):
    install("half", HALF)
    registries = plugins.current().registries
    assert "HalfOp" not in registries.ops.entries
    assert "half" not in registries.datasets.entries
    assert [p.name for p in plugins.current().broken] == ["half"]


def test_a_look_up_that_fails_names_the_broken_plugin_and_has_its_error_as_cause(install):
    install("half", HALF)
    with pytest.raises(
        errors.NotFoundError, match=r"'half' \(tangraph-half 1.2\): ZeroDivisionError: in the midst"
    ) as e:
        registry.op_def("HalfOp")
    assert isinstance(e.value.__cause__, ZeroDivisionError)
    with pytest.raises(LookupError, match="ZeroDivisionError"):
        registry.resolve_name("train", "halved")


def test_registering_twice_names_both_owners(plugins):
    plugins.register(Ops(), name="first")
    with pytest.raises(
        RegistrationError, match="op 'ToyOp' is registered by plugin 'first' and again by plugin 'second'"
    ):
        plugins.register(Ops(), name="second")
    assert "second" not in plugins.current().plugins


def test_registering_twice_in_one_plugin(plugins):
    with pytest.raises(RegistrationError, match="registered twice by plugin 'k'"):
        plugins.register(Kernels(("toy", "X", 1), ("toy", "X", 2)), name="k")


def test_an_override_replaces_what_was_used_already(plugins):
    first, second = Ops(), Ops(override=True)
    plugins.register(first, name="first")
    assert registry.op_def("ToyOp") is first.op_def
    plugins.register(second, name="second")
    assert registry.op_def("ToyOp") is second.op_def


def test_an_override_wins_in_whichever_order_plugins_load(plugins):
    first, second = Ops(override=True), Ops()
    plugins.register(first, name="first")
    plugins.register(second, name="second")
    assert registry.op_def("ToyOp") is first.op_def
    assert plugins.current().registries.ops.owners["ToyOp"] == "first"


def test_two_distributions_with_one_name(install, plugins):
    install("good", GOOD)
    install("good", GOOD.replace("GoodOp", "OtherOp"), "tangraph-other")
    found = {(p.name, p.distribution): p.state for p in plugins.current().plugins.values() if p.name != "core"}
    assert found == {("good", "tangraph-good 1.2"): "loaded", ("good", "tangraph-other 1.2"): "broken"}
    with pytest.raises(errors.NotFoundError, match="plugin name 'good' is taken by plugin_good_0"):
        registry.op_def("OtherOp")


def test_disabled_by_name_or_distribution(install, plugins, monkeypatch):
    install("good", GOOD)
    install("bad", HALF)
    monkeypatch.setenv("TANGRAPH_DISABLE_PLUGINS", "good, tangraph_bad")
    assert {p.name: p.state for p in plugins.current().plugins.values()} == {
        "core": "loaded",
        "good": "disabled",
        "bad": "disabled",
    }
    with pytest.raises(errors.NotFoundError, match="Op type not registered 'GoodOp'"):
        registry.op_def("GoodOp")


def test_core_cannot_be_disabled(plugins, monkeypatch):
    monkeypatch.setenv("TANGRAPH_DISABLE_PLUGINS", "core,tangraph-core")
    assert plugins.current().plugins["core"].state == "loaded"


def test_modules_without_entry_points(install, plugins, monkeypatch):
    module = install("good", GOOD)
    monkeypatch.setenv("TANGRAPH_PLUGINS", f"{module},there_is_none")
    found = plugins.current().plugins
    assert {p.name: p.state for p in found.values()} == {"core": "loaded", "good": "loaded", "there_is_none": "broken"}


def test_modules_are_loaded_in_a_fresh_interpreter(run_python, tmp_path):
    (tmp_path / "mine.py").write_text(
        "from tangraph.plugin import hookimpl\n"
        "@hookimpl\n"
        "def tangraph_register_namespaces(registry):\n"
        "    registry.add('contrib.mine', {'pi': 'math:pi'})\n"
    )
    code = "import tangraph as tf; print(tf.contrib.mine.pi)"
    assert run_python(code, TANGRAPH_PLUGINS="mine") == "3.141592653589793"


def test_kernels_are_looked_up_from_the_backend_to_every_backend(plugins):
    kernels = Kernels(("cpu", "A", 1), ("*", "A", 2), ("*", "B", 3), ("cuda", "A", 4), ("cpu", "C", {"C": 5}))
    plugins.register(kernels, name="kernels")
    assert registry.kernel_factory("cpu", "A") == 1
    assert registry.kernel_factory("cuda", "A", ("cpu",)) == 4
    assert registry.kernel_factory("other", "A") == 2
    assert registry.kernel_factory("other", "A", ("cpu",)) == 1
    assert registry.kernel_factory("cpu", "B") == 3
    assert registry.kernel_factory("cpu", "C") == 5
    assert registry.kernel_factory("cpu", "D") is None


class Borrower:
    @hookimpl
    def tangraph_register_kernels(self, registry):
        registry.borrow("mine", "cpu", ["A", "B", "C"])
        registry.add("mine", "D", {"E": 1, "F": 2})


def test_kernels_can_be_borrowed_before_they_are_there(plugins):
    plugins.register(Borrower(), name="borrower")
    plugins.register(Kernels(("cpu", "A", 1), ("*", "B", 2)), name="kernels")
    assert registry.kernels_of("mine") == ["A", "B", "C", "D"]
    assert [registry.kernel_factory("mine", name) for name in "AB"] == [1, 2]
    with pytest.raises(LookupError, match="backend 'cpu' has no kernel for 'C'") as caught:
        registry.kernel_factory("mine", "C")
    assert "registered by plugin 'borrower'" in caught.value.__notes__[0]
    with pytest.raises(LookupError, match="there is no 'D' in it, but: E, F"):
        registry.kernel_factory("mine", "D")


def test_an_import_string_that_is_wrong_names_its_plugin(plugins):
    plugins.register(Kernels(("cpu", "A", "math:no_such_thing")), name="kernels")
    with pytest.raises(AttributeError) as error:
        registry.kernel_factory("cpu", "A")
    assert error.value.__notes__ == [
        "kernel 'A' of backend 'cpu' is registered by plugin 'kernels' as 'math:no_such_thing'"
    ]


class Backends:
    def __init__(self, **factories):
        self.factories = factories

    @hookimpl
    def tangraph_register_backends(self, registry):
        registry.add_index(self.factories)


class Backend:
    def __init__(self, name, device_type):
        self.name, self.device_type = name, device_type


def test_backends_are_made_once_and_cpu_comes_first(plugins):
    made = []

    def cpu():
        made.append("zcpu")
        return Backend("zcpu", "CPU")

    plugins.register(Backends(gpu=lambda: Backend("gpu", "GPU"), zcpu=cpu), name="backends")
    assert made == []
    assert list(registry.backends()) == ["zcpu", "gpu"]
    assert registry.backend("zcpu") is registry.backends()["zcpu"]
    assert made == ["zcpu"]


def test_a_backend_that_fails_is_absent_and_says_why(plugins):
    def gpu():
        raise OSError("no driver")

    plugins.register(Backends(cpu=lambda: Backend("cpu", "CPU"), gpu=gpu), name="backends")
    assert list(registry.backends()) == ["cpu"]
    with pytest.raises(errors.NotFoundError, match="Backend 'gpu' does not work here: OSError: no driver") as error:
        registry.backend("gpu")
    assert isinstance(error.value.__cause__, OSError)
    with pytest.raises(errors.NotFoundError, match="Received: 'tpu', installed: cpu"):
        registry.backend("tpu")


def test_no_backend_at_all(plugins):
    assert registry.backends() == {}
    text = "No backend is installed: tf.Session needs one. Install the CPU backend: pip install tangraph-backend-cpu"
    with pytest.raises(RuntimeError) as error:
        registry.backend("cpu")
    assert str(error.value) == text


def test_rewrites_run_behind_the_one_they_come_after(plugins):
    class Rewrites:
        @hookimpl
        def tangraph_register_rewrites(self, registry):
            registry.add("late", late, after="early")
            registry.add("free", free, after="not installed")
            registry.add("early", early)

    def late(): ...
    def free(): ...
    def early(): ...

    plugins.register(Rewrites(), name="rewrites")
    order = registry.rewrites()
    assert sorted(f.__name__ for f in order) == ["early", "free", "late"]
    assert order.index(early) < order.index(late)


def test_rewrites_in_a_circle(plugins):
    class Rewrites:
        @hookimpl
        def tangraph_register_rewrites(self, registry):
            registry.add("a", len, after="b")
            registry.add("b", len, after="a")

    plugins.register(Rewrites(), name="rewrites")
    with pytest.raises(RegistrationError, match="each to run after the other"):
        registry.rewrites()


def test_cores_names_cannot_be_replaced(plugins):
    class Names:
        @hookimpl
        def tangraph_register_namespaces(self, registry):
            registry.add("", {"VERSION": "math:pi"}, override=True)

    with pytest.raises(RegistrationError, match=r"name 'tf.VERSION' is core's own: plugin 'names' cannot replace it"):
        plugins.register(Names(), name="names")


def test_datasets_and_sinks_are_imported_when_they_are_taken(plugins):
    class More:
        @hookimpl
        def tangraph_register_datasets(self, registry):
            registry.add("pi", "math:pi")
            registry.add("none", "there_is_none:load")

        @hookimpl
        def tangraph_register_summary_sinks(self, registry):
            registry.add("sink", object)

    plugins.register(More(), name="more")
    assert list(registry.datasets()) == ["none", "pi"]
    assert registry.datasets()["pi"] == pytest.approx(3.14159265)
    assert registry.sinks()["sink"] is object
    with pytest.raises(KeyError, match="no dataset 'tau'; there are: none, pi"):
        registry.datasets()["tau"]


def test_the_registry_is_closed_outside_of_hooks(plugins):
    with pytest.raises(RegistrationError, match="outside of a plugin's hook"):
        plugins.current().registries.ops.add("X", object())


def test_the_hooks_that_are_called_in_the_course_of_a_program(plugins):
    class Watcher:
        def __init__(self):
            self.seen = []

        @hookimpl
        def tangraph_plan_compiled(self, plan):
            self.seen.append(plan)

        @hookimpl
        def tangraph_session_hooks(self, session):
            return [session]

    assert registry.hook().tangraph_session_hooks(session=1) == []
    watcher = Watcher()
    plugins.register(watcher, name="watcher")
    registry.hook().tangraph_plan_compiled(plan="p")
    assert watcher.seen == ["p"]
    assert registry.hook().tangraph_session_hooks(session=1) == [[1]]
    plugins.current().unregister("watcher")
    assert registry.hook().tangraph_session_hooks(session=1) == []


def test_a_plugin_may_look_things_up_while_it_is_imported(install, plugins):
    install("good", GOOD)
    install(
        "nosy",
        """
        import tangraph as tf
        found = hasattr(tf, "no_such_thing"), tf.VERSION
        """,
    )
    assert registry.op_def("GoodOp")
    assert plugins.current().plugins["nosy"].state == "loaded"


def test_many_threads_load_once(install, plugins):
    from concurrent.futures import ThreadPoolExecutor

    install("good", GOOD)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: registry.op_def("GoodOp"), range(8)))
    assert len(set(map(id, found))) == 1


def test_an_interrupt_while_loading_starts_afresh(plugins, monkeypatch):
    def interrupted(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(manager_module.PluginManager, "_load_others", interrupted)
        with pytest.raises(KeyboardInterrupt):
            plugins.current()
    assert plugins.current().plugins["core"].state == "loaded"


def test_plugin_module_has_what_it_promises():
    import tangraph.plugin as public

    for name in set(public.__all__) - {"Backend"}:
        assert getattr(public, name) is not None
    assert public.OpSet is OpSet
    assert dir(public) == public.__all__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        public.nothing
