"""`tf.contrib.learn.preprocessing.VocabularyProcessor`: texts as rows of word numbers."""

from __future__ import annotations

import collections
import io
import json
import pickle
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Self

import numpy as np

from tangraph.plugin import export
from tangraph.util.file_io import GFile
from tangraph_compat.contrib.learn.vocabulary import CategoricalVocabulary

# A run of capitals, a capitalised word before another one, or word characters with quotes and hyphens.
TOKENIZER_RE: Final = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z][a-z]+(?=[A-Z])|[\'\w\-]+", re.UNICODE)
__tf_values__ = {"contrib.learn.preprocessing.TOKENIZER_RE": TOKENIZER_RE}

Tokenizer = Callable[[Iterable[str]], Iterable[Iterable[str]]]


@export("contrib.learn.preprocessing.tokenizer")
def tokenizer(iterator: Iterable[str]) -> Iterator[list[str]]:
    """Splits each text into words.

    >>> list(tokenizer(["I'm here"]))
    [["I'm", 'here']]
    """
    for value in iterator:
        yield TOKENIZER_RE.findall(value)


@export("contrib.learn.preprocessing.ByteProcessor")
class ByteProcessor:
    """Turns texts into rows of bytes.

    Args:
      max_document_length: the length of a row; longer texts are cut, shorter ones filled with zeros.
    """

    def __init__(self, max_document_length: int) -> None:
        self.max_document_length = max_document_length

    def fit(self, x: Iterable[Any]) -> Self:
        """Returns the processor: there is nothing to learn."""
        return self

    def fit_transform(self, x: Iterable[Any]) -> Iterator[Any]:
        """Does what ``transform`` does."""
        return self.transform(x)

    def transform(self, x: Iterable[Any]) -> Iterator[Any]:
        """Yields a row of uint8 of each text, str or bytes."""
        for document in x:
            data = document.encode("utf-8") if isinstance(document, str) else bytes(document)
            row = np.zeros(self.max_document_length, np.uint8)
            taken = np.frombuffer(data[: self.max_document_length], np.uint8)
            row[: taken.size] = taken
            yield row

    def reverse(self, x: Iterable[Any]) -> Iterator[str]:
        """Yields the text of each row."""
        for row in x:
            yield bytes(bytearray(int(byte) for byte in row)).split(b"\0")[0].decode("utf-8")


@export("contrib.learn.preprocessing.VocabularyProcessor")
class VocabularyProcessor:
    """Turns texts into rows of word numbers.

    Args:
      max_document_length: the length of a row; longer texts are cut, shorter ones filled with zeros.
      min_frequency: words that were met this often or less are not kept.
      vocabulary: a CategoricalVocabulary to use; a new one if None.
      tokenizer_fn: a function of an iterable of texts that yields the words of each.

    >>> processor = VocabularyProcessor(3)
    >>> [row.tolist() for row in processor.fit_transform(["to be", "or not to be"])]
    [[1, 2, 0], [3, 4, 1]]
    """

    def __init__(
        self,
        max_document_length: int,
        min_frequency: int = 0,
        vocabulary: CategoricalVocabulary | None = None,
        tokenizer_fn: Tokenizer | None = None,
    ) -> None:
        self.max_document_length = max_document_length
        self.min_frequency = min_frequency
        self.vocabulary_ = vocabulary or CategoricalVocabulary()
        self._tokenizer = tokenizer_fn or tokenizer

    def fit(self, raw_documents: Iterable[str], unused_y: Any = None) -> Self:
        """Learns the words of texts, and returns the processor."""
        for words in self._tokenizer(raw_documents):
            for word in words:
                self.vocabulary_.add(word)
        if self.min_frequency > 0:
            self.vocabulary_.trim(self.min_frequency)
        self.vocabulary_.freeze()
        return self

    def fit_transform(self, raw_documents: Iterable[str], unused_y: Any = None) -> Iterator[Any]:
        """Learns the words of texts, and yields a row of int64 of each."""
        self.fit(raw_documents)
        return self.transform(raw_documents)

    def transform(self, raw_documents: Iterable[str]) -> Iterator[Any]:
        """Yields a row of word numbers, int64, of each text."""
        for words in self._tokenizer(raw_documents):
            row = np.zeros(self.max_document_length, np.int64)
            for place, word in enumerate(words):
                if place >= self.max_document_length:
                    break
                row[place] = self.vocabulary_.get(word)
            yield row

    def reverse(self, documents: Iterable[Iterable[int]]) -> Iterator[str]:
        """Yields the text of each row of word numbers."""
        for numbers in documents:
            yield " ".join(str(self.vocabulary_.reverse(number)) for number in numbers)

    def save(self, filename: str) -> None:
        """Writes the processor to a file, for ``restore``.

        Raises:
          ValueError: ``tokenizer_fn`` is a function that ``restore`` could not find, or a word is no string.
        """
        vocabulary = self.vocabulary_.to_dict()
        if not all(isinstance(word, str) for word in vocabulary["words"]):
            raise ValueError(f"Only a vocabulary of strings can be saved. Received: {vocabulary['words']!r}"[:400])
        content = {
            "max_document_length": self.max_document_length,
            "min_frequency": self.min_frequency,
            "tokenizer": _name_of(self._tokenizer),
            "vocabulary": vocabulary,
        }
        with GFile(filename, "wb") as file:
            file.write(json.dumps(content).encode())

    @classmethod
    def restore(cls, filename: str) -> VocabularyProcessor:
        """Returns the processor that ``save`` wrote; files of TensorFlow 1 are read, too.

        Raises:
          NotFoundError: there is no such file.
          ValueError: the file holds something else.
        """
        with GFile(filename, "rb") as file:
            data = file.read()
        if not data.startswith(b"{"):
            return _unpickled(data, filename)
        try:
            content = json.loads(data)
            vocabulary = CategoricalVocabulary.from_dict(content["vocabulary"])
            function = _function(content["tokenizer"])
            return cls(content["max_document_length"], content["min_frequency"], vocabulary, function)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ValueError(f"{filename} holds no VocabularyProcessor: {error}") from error


def _name_of(function: Any) -> str | None:
    """Returns the name by which a tokenizer is found again: it is the default one, or one of the program's own."""
    if function is tokenizer:
        return None
    name = getattr(function, "__name__", "")
    if getattr(sys.modules["__main__"], name, None) is not function:
        raise ValueError(
            f"tokenizer_fn must be a function of the program's main module to be saved. Received: {function!r}"
        )
    return str(name)


def _function(name: str | None) -> Tokenizer:
    if name is None:
        return tokenizer
    function: Tokenizer | None = getattr(sys.modules["__main__"], name, None)
    if function is None:
        raise ValueError(f"its tokenizer, {name!r}, is no function of this program's main module")
    return function


# All that TensorFlow's file of a processor names, under Python 2 and 3.
_PICKLED: Final[dict[tuple[str, str], Any]] = {
    ("tensorflow.contrib.learn.python.learn.preprocessing.text", "VocabularyProcessor"): VocabularyProcessor,
    ("tensorflow.contrib.learn.python.learn.preprocessing.text", "tokenizer"): tokenizer,
    (
        "tensorflow.contrib.learn.python.learn.preprocessing.categorical_vocabulary",
        "CategoricalVocabulary",
    ): CategoricalVocabulary,
    ("collections", "defaultdict"): collections.defaultdict,
    ("builtins", "int"): int,
    ("__builtin__", "int"): int,
    ("builtins", "object"): object,
    ("__builtin__", "object"): object,
    ("copyreg", "_reconstructor"): lambda cls, _base, _state: object.__new__(cls),
    ("copy_reg", "_reconstructor"): lambda cls, _base, _state: object.__new__(cls),
}


class _Unpickler(pickle.Unpickler):
    """Reads what TensorFlow 1 wrote, and calls nothing else that a file may name."""

    def find_class(self, module: str, name: str) -> Any:
        """Returns what a name of the file stands for."""
        if (module, name) not in _PICKLED:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return _PICKLED[module, name]


def _unpickled(data: bytes, filename: str) -> VocabularyProcessor:
    try:
        found = _Unpickler(io.BytesIO(data)).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, ValueError, TypeError, IndexError, KeyError) as error:
        raise ValueError(f"{filename} holds no VocabularyProcessor: {error}") from error
    if not isinstance(found, VocabularyProcessor):
        raise ValueError(f"{filename} holds no VocabularyProcessor, but {type(found).__name__}")
    return found
