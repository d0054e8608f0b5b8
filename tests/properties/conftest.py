"""Small and the same every time: no run of these tests differs from another."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "tangraph",
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("tangraph")
