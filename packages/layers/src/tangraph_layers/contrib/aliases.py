"""Other names."""
from typing import Final

ALIASES: Final[dict[str, dict[str, str]]] = {}
