"""Files of images: round trips, what TensorFlow does not say, and what is said without the libraries."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest

import tangraph as tf
from tangraph_datasets.images import bmp_files, jpeg_files, png_files

RANDOM = np.random.RandomState(4)
PHOTO = np.kron(RANDOM.rand(4, 5, 3), np.ones((8, 8, 1)))
PHOTO = (PHOTO * 255).astype(np.uint8)


def run(make):
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(make())


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_png_round_trip(channels, dtype):
    image = RANDOM.randint(0, np.iinfo(dtype).max + 1, (7, 5, channels)).astype(dtype)
    file = run(lambda: tf.image.encode_png(tf.constant(image)))
    found = run(lambda: tf.image.decode_png(file, dtype=dtype))
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, image)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("optimize", [False, True])
def test_png_files_of_others(mode, optimize):
    from PIL import Image

    if mode == "I;16":
        image = Image.fromarray(RANDOM.randint(0, 65536, (7, 5)).astype(np.uint16))
    else:
        image = Image.fromarray(RANDOM.randint(0, 256, (7, 5, 4)).astype(np.uint8)).convert(mode)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=optimize)
    found = png_files.decode(file.getvalue(), 0, np.uint16 if mode == "I;16" else np.uint8)
    wanted = image.convert("RGBA") if mode == "P" else image.convert("L") if mode == "1" else image
    np.testing.assert_array_equal(found, np.asarray(wanted).reshape(found.shape))


def test_a_broken_png_file():
    file = run(lambda: tf.image.encode_png(tf.zeros([4, 4, 3], tf.uint8)))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Invalid PNG header, data size 20"):
        run(lambda: tf.image.decode_png(file[:20]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Invalid PNG data, size"):
        run(lambda: tf.image.decode_png(file[:45] + b"\0" * 40))


def test_jpeg_is_nearly_the_image():
    smooth = np.linspace(0, 255, 32 * 40).reshape(32, 40, 1).repeat(3, 2).astype(np.uint8)
    found = run(lambda: tf.image.decode_jpeg(tf.image.encode_jpeg(smooth)))
    assert np.abs(found.astype(int) - smooth).max() <= 4


def test_a_part_is_that_of_the_whole():
    file = jpeg_files.encode(PHOTO)
    whole = run(lambda: tf.image.decode_jpeg(file))
    part = run(lambda: tf.image.decode_and_crop_jpeg(file, [3, 4, 5, 6]))
    np.testing.assert_array_equal(part, whole[3:8, 4:10])


def test_shape_of_a_jpeg_file_with_metadata():
    file = jpeg_files.encode(PHOTO, jpeg_files.EncodeOptions(xmp=b"x" * 300, progressive=True))
    assert jpeg_files.extract_shape(file) == (32, 40, 3)
    assert b"x" * 300 in file
    for broken in (b"", file[:40], b"\xff\xd8\xff\xe0\0\0", b"\xff\xd8" + b"\xff" * 20):
        with pytest.raises(tf.errors.InvalidArgumentError, match="Invalid JPEG data"):
            jpeg_files.extract_shape(broken)


def test_cmyk_becomes_rgb():
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(PHOTO).convert("CMYK").save(file, "JPEG", quality=100, subsampling=0)
    found = jpeg_files.decode(file.getvalue(), jpeg_files.DecodeOptions())
    assert found.shape == PHOTO.shape
    assert np.abs(found.astype(int) - PHOTO).max() < 24
    assert jpeg_files.decode(file.getvalue(), jpeg_files.DecodeOptions(channels=1)).shape == (32, 40, 1)


def test_a_file_that_ends_too_early():
    file = jpeg_files.encode(PHOTO)
    short = file[:-20]
    with pytest.raises(tf.errors.InvalidArgumentError, match="Invalid JPEG data or crop window"):
        run(lambda: tf.image.decode_jpeg(short))
    found = run(lambda: tf.image.decode_jpeg(short, try_recover_truncated=True, acceptable_fraction=0.25))
    np.testing.assert_array_equal(found[:8], run(lambda: tf.image.decode_jpeg(file))[:8])


def test_bmp_rows_are_filled_up():
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(PHOTO[:5, :7]).save(file, "BMP")
    np.testing.assert_array_equal(bmp_files.decode(file.getvalue(), 3), PHOTO[:5, :7])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Incomplete bmp content, requires at least"):
        bmp_files.decode(file.getvalue()[:-30], 0)


@pytest.mark.parametrize(
    ("library", "make"),
    [
        ("PIL.Image", lambda: tf.image.encode_jpeg(tf.zeros([4, 4, 3], tf.uint8))),
        ("PIL.Image", lambda: tf.image.decode_png(tf.image.encode_png(tf.zeros([4, 4, 3], tf.uint8)))),
        ("PIL.Image", lambda: tf.image.decode_gif("GIF89a")),
        ("simplejpeg", lambda: tf.image.decode_jpeg(jpeg_files.encode(PHOTO))),
    ],
    ids=["encode_jpeg", "decode_png", "decode_gif", "decode_jpeg"],
)
def test_without_the_library(monkeypatch, library, make):
    """The graph is built; the run says what to install."""
    with tf.Graph().as_default(), tf.Session() as session:
        image = make()
        monkeypatch.setitem(sys.modules, library, None)
        with pytest.raises(Exception, match=r"requires (Pillow|simplejpeg): pip install tangraph-datasets\[images\]"):
            session.run(image)


def test_noise_outside_of_an_image():
    with tf.Graph().as_default(), tf.Session() as session:
        image = tf.placeholder(tf.float32, [1, 4, 4, 1])
        uniform = tf.image.extract_glimpse(image, [8, 8], [[9.0, 9.0]])
        gaussian = tf.image.extract_glimpse(image, [8, 8], [[9.0, 9.0]], uniform_noise=False)
        first, second, third = (session.run(x, {image: np.full((1, 4, 4, 1), 5)}) for x in (uniform, uniform, gaussian))
    assert first.min() >= 0
    assert first.max() < 1
    assert (first != second).any()
    assert third.std() > 0.1
