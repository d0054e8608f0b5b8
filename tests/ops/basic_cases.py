"""What every backend must have; a table that `tangraph.testing` ships."""

from __future__ import annotations

from tangraph.testing.basic_cases import BASIC

CASES = list(BASIC)
