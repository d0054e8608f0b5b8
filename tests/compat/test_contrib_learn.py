"""tf.contrib.learn.preprocessing; the numbers are TensorFlow 1.15.5's."""

from __future__ import annotations

import base64
import os
import pickle
import sys

import pytest

import tangraph as tf

DOCUMENTS = ["I'm a cat-like ABCdef", "the Cat's ALL day long", "a the day"]
# What TensorFlow 1.15.5 saved of VocabularyProcessor(4) after fitting "to be or not to be".
SAVED_BY_TENSORFLOW = base64.b64decode(
    "gANjdGVuc29yZmxvdy5jb250cmliLmxlYXJuLnB5dGhvbi5sZWFybi5wcmVwcm9jZXNzaW5nLnRleHQKVm9jYWJ1bGFyeVByb2Nlc3NvcgpxACmB"
    "cQF9cQIoWBMAAABtYXhfZG9jdW1lbnRfbGVuZ3RocQNLBFgNAAAAbWluX2ZyZXF1ZW5jeXEESwBYCwAAAHZvY2FidWxhcnlfcQVjdGVuc29yZmxv"
    "dy5jb250cmliLmxlYXJuLnB5dGhvbi5sZWFybi5wcmVwcm9jZXNzaW5nLmNhdGVnb3JpY2FsX3ZvY2FidWxhcnkKQ2F0ZWdvcmljYWxWb2NhYnVs"
    "YXJ5CnEGKYFxB31xCChYDgAAAF91bmtub3duX3Rva2VucQlYBQAAADxVTks+cQpYCAAAAF9tYXBwaW5ncQt9cQwoaApLAFgCAAAAdG9xDUsBWAIA"
    "AABiZXEOSwJYAgAAAG9ycQ9LA1gDAAAAbm90cRBLBHVYEAAAAF9zdXBwb3J0X3JldmVyc2VxEYhYEAAAAF9yZXZlcnNlX21hcHBpbmdxEl1xEyho"
    "CmgNaA5oD2gQZVgFAAAAX2ZyZXFxFGNjb2xsZWN0aW9ucwpkZWZhdWx0ZGljdApxFWNidWlsdGlucwppbnQKcRaFcRdScRgoaA1LAmgOSwJoD0sB"
    "aBBLAXVYBwAAAF9mcmVlemVxGYh1YlgKAAAAX3Rva2VuaXplcnEaY3RlbnNvcmZsb3cuY29udHJpYi5sZWFybi5weXRob24ubGVhcm4ucHJlcHJv"
    "Y2Vzc2luZy50ZXh0CnRva2VuaXplcgpxG3ViLg=="
)


def rows(arrays):
    return [array.tolist() for array in arrays]


def spaces(documents):
    for document in documents:
        yield document.split()


@pytest.mark.parametrize(
    ("options", "fitted", "count", "transformed", "words"),
    [
        ({}, [[1, 2, 3, 4], [6, 7, 8, 9], [2, 6, 9, 0]], 11, [[6, 2, 0, 10]], "I'm a"),
        ({"min_frequency": 1}, [[0, 1, 0, 0], [3, 0, 0, 2], [1, 3, 2, 0]], 4, [[3, 1, 0, 0]], "a day"),
        ({"tokenizer_fn": spaces}, [[1, 2, 3, 4], [5, 6, 7, 8], [2, 5, 8, 0]], 10, [[5, 2, 0, 9]], "I'm a"),
    ],
)
def test_vocabulary_processor(tmp_path, monkeypatch, options, fitted, count, transformed, words):
    monkeypatch.setattr(sys.modules["__main__"], "spaces", spaces, raising=False)
    processor = tf.contrib.learn.preprocessing.VocabularyProcessor(4, **options)
    assert rows(processor.fit_transform(DOCUMENTS)) == fitted
    assert len(processor.vocabulary_) == count
    processor.save(str(tmp_path / "vocabulary"))
    restored = tf.contrib.learn.preprocessing.VocabularyProcessor.restore(str(tmp_path / "vocabulary"))
    assert rows(restored.transform(["the a zzz long"])) == transformed
    assert list(restored.reverse([[1, 2]])) == [words]


def test_a_file_of_tensorflow(tmp_path):
    (tmp_path / "vocabulary").write_bytes(SAVED_BY_TENSORFLOW)
    restored = tf.contrib.learn.preprocessing.VocabularyProcessor.restore(str(tmp_path / "vocabulary"))
    assert rows(restored.transform(["be not so to"])) == [[2, 4, 0, 1]]


class Hostile:
    def __reduce__(self):
        return os.system, ("touch /nonexistent/hostile",)


@pytest.mark.parametrize(
    "content", [pickle.dumps(Hostile()), b"{}", b"", b"\x80\x03.", b'{"vocabulary": {"words": []}}']
)
def test_files_that_hold_something_else(tmp_path, content):
    (tmp_path / "vocabulary").write_bytes(content)
    with pytest.raises(ValueError, match="vocabulary holds no VocabularyProcessor"):
        tf.contrib.learn.preprocessing.VocabularyProcessor.restore(str(tmp_path / "vocabulary"))


def test_a_tokenizer_that_cannot_be_found_again(tmp_path):
    processor = tf.contrib.learn.preprocessing.VocabularyProcessor(
        4, tokenizer_fn=lambda texts: (t.split() for t in texts)
    )
    with pytest.raises(ValueError, match="tokenizer_fn must be a function of the program's main module"):
        processor.save(str(tmp_path / "vocabulary"))


def test_byte_processor():
    processor = tf.contrib.learn.preprocessing.ByteProcessor(5)
    assert rows(processor.fit_transform(["héllo", "ab"])) == [[104, 195, 169, 108, 108], [97, 98, 0, 0, 0]]
    assert list(processor.reverse(processor.transform(["ab"]))) == ["ab"]


def test_vocabulary_limits():
    vocabulary = tf.contrib.learn.preprocessing.CategoricalVocabulary(support_reverse=False)
    for word in ["b", "b", "a", "a", "c", "d", "a"]:
        vocabulary.add(word)
    vocabulary.trim(1, 3)
    vocabulary.freeze()
    assert [vocabulary.get(word) for word in "abcd"] == [0, 1, 0, 0]
    with pytest.raises(ValueError, match="support_reverse"):
        vocabulary.reverse(1)
