"""`tf.contrib.learn.preprocessing.CategoricalVocabulary`: numbers for words."""

from __future__ import annotations

import collections
from collections.abc import Hashable
from typing import Any

from tangraph.plugin import export


@export("contrib.learn.preprocessing.CategoricalVocabulary")
class CategoricalVocabulary:
    """Gives every category a number of its own, in the order in which they come; 0 is what is not known.

    Args:
      unknown_token: the category that stands for all that are not known.
      support_reverse: whether ``reverse`` will be wanted.

    >>> words = CategoricalVocabulary()
    >>> [words.get(word) for word in ("to", "be", "to")]
    [1, 2, 1]
    """

    def __init__(self, unknown_token: str = "<UNK>", support_reverse: bool = True) -> None:  # noqa: S107
        self._unknown_token = unknown_token
        self._mapping: dict[Hashable, int] = {unknown_token: 0}
        self._support_reverse = support_reverse
        if support_reverse:
            self._reverse_mapping: list[Hashable] = [unknown_token]
        self._freq: dict[Hashable, int] = collections.defaultdict(int)
        self._freeze = False

    def __len__(self) -> int:
        """Returns how many categories there are, the unknown one included."""
        return len(self._mapping)

    def freeze(self, freeze: bool = True) -> None:
        """Takes no new categories from now on, or takes them again."""
        self._freeze = freeze

    def get(self, category: Hashable) -> int:
        """Returns the number of a category; one that is new is taken in, or is 0 in a frozen vocabulary."""
        if category not in self._mapping:
            if self._freeze:
                return 0
            self._mapping[category] = len(self._mapping)
            if self._support_reverse:
                self._reverse_mapping.append(category)
        return self._mapping[category]

    def add(self, category: Hashable, count: int = 1) -> None:
        """Counts a category that was met."""
        if self.get(category) > 0:
            self._freq[category] += count

    def trim(self, min_frequency: int, max_frequency: int = -1) -> None:
        """Forgets categories, and numbers the others by how often they were met.

        Args:
          min_frequency: those that were met this often or less are forgotten.
          max_frequency: those that were met this often or more are forgotten, if it is positive.
        """
        # By name first, so that equally frequent ones have an order; words come before all else.
        names = sorted(self._freq.items(), key=lambda item: (isinstance(item[0], str), item[0]))
        ranked = sorted(names, key=lambda item: item[1], reverse=True)
        kept = [category for category, count in ranked if count > min_frequency and not (0 < max_frequency <= count)]
        self._mapping = {self._unknown_token: 0} | {category: index for index, category in enumerate(kept, start=1)}
        if self._support_reverse:
            self._reverse_mapping = [self._unknown_token, *kept]
        self._freq = collections.defaultdict(int, ranked[: len(kept)])

    def reverse(self, class_id: int) -> Hashable:
        """Returns the category of a number.

        Raises:
          ValueError: the vocabulary was made without ``support_reverse``.
        """
        if not self._support_reverse:
            raise ValueError("This vocabulary wasn't initialized with support_reverse to support reverse() function.")
        return self._reverse_mapping[class_id]

    def to_dict(self) -> dict[str, Any]:
        """Returns all that the vocabulary holds, for ``from_dict``."""
        return {
            "words": list(self._mapping),
            "frequencies": dict(self._freq),
            "support_reverse": self._support_reverse,
            "frozen": self._freeze,
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> CategoricalVocabulary:
        """Returns the vocabulary of ``to_dict``.

        Raises:
          KeyError, IndexError: something is missing in it.
        """
        found = cls(content["words"][0], content["support_reverse"])
        for word in content["words"]:
            found.get(word)
        found._freq.update(content["frequencies"])
        found.freeze(content["frozen"])
        return found
