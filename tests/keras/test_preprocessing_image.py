"""Images changed at random: numbers recorded from TensorFlow 1.15.5, with Pillow 9 and SciPy 1.7."""

import numpy as np
import pytest

import tangraph as tf

PIL = pytest.importorskip("PIL")
pytest.importorskip("scipy")

IMAGES = (np.random.RandomState(0).rand(10, 12, 10, 3) * 255).astype("float32")
CLASSES = np.arange(10) % 2


def digest(array):
    """Returns what tells arrays apart: the sum of their elements, weighted by their places."""
    array = np.asarray(array, "float64")
    return round(float(np.sum(array * np.arange(1, array.size + 1).reshape(array.shape)) % 1e6), 1)


@pytest.mark.parametrize(
    ("options", "first", "second"),
    [
        ({}, [539072.5, 4.0], 745274.2),
        (
            {
                "rotation_range": 30,
                "width_shift_range": 0.2,
                "height_shift_range": 0.1,
                "shear_range": 10,
                "zoom_range": 0.2,
                "horizontal_flip": True,
                "vertical_flip": True,
                "fill_mode": "reflect",
            },
            [471581.6, 4.0],
            179189.7,
        ),
        ({"channel_shift_range": 20.0}, [449376.1, 4.0], 310986.2),
        ({"rescale": 0.5, "samplewise_center": True, "samplewise_std_normalization": True}, [990779.7, 4.0], 989518.8),
        ({"width_shift_range": [-2, -1, 1, 2], "height_shift_range": 3}, [198436.7, 4.0], 557564.2),
        ({"brightness_range": (0.5, 1.5)}, [847682.0, 4.0], 628985.0),
    ],
)
def test_batches(options, first, second):
    generator = tf.keras.preprocessing.image.ImageDataGenerator(**options)
    batches = generator.flow(IMAGES, CLASSES, batch_size=4, seed=3)
    images, classes = next(batches)
    np.testing.assert_allclose([digest(images), digest(classes)], first, rtol=1e-3)
    np.testing.assert_allclose(digest(batches[1][0]), second, rtol=1e-3)
    assert len(batches) == 3


@pytest.fixture
def folder(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        for i in range(3):
            image = IMAGES[i + 3 * (name == "b")]
            tf.keras.preprocessing.image.save_img(tmp_path / name / f"{i}.png", image, scale=False)
    return tmp_path


def test_folders(folder, capsys):
    generator = tf.keras.preprocessing.image.ImageDataGenerator(rescale=0.5, validation_split=0.4)
    batches = generator.flow_from_directory(folder, target_size=(12, 10), shuffle=False, batch_size=4)
    assert capsys.readouterr().out == "Found 6 images belonging to 2 classes.\n"
    images, classes = next(batches)
    np.testing.assert_array_equal(images[3], IMAGES[3].astype("uint8") * 0.5)
    assert classes.tolist() == [[1, 0], [1, 0], [1, 0], [0, 1]]
    part = generator.flow_from_directory(folder, subset="training", color_mode="grayscale", class_mode=None)
    assert part.filenames == ["a/1.png", "a/2.png", "b/1.png", "b/2.png"]
    assert next(part).shape == (4, 256, 256, 1)
    with pytest.raises(ValueError, match="Invalid class_mode: many"):
        generator.flow_from_directory(folder, class_mode="many")


def test_tables(folder):
    pandas = pytest.importorskip("pandas")
    rows = [(f"{name}/{i}.png", name, i * 0.5) for name in "ab" for i in range(3)] + [("a/9.png", "a", 0.0)]
    table = pandas.DataFrame(rows, columns=["filename", "class", "weight"])
    generator = tf.keras.preprocessing.image.ImageDataGenerator()
    with pytest.warns(UserWarning, match="1 invalid image filename"):
        batches = generator.flow_from_dataframe(
            table, folder, class_mode="binary", weight_col="weight", target_size=(12, 10), shuffle=False
        )
    images, classes, weights = next(batches)
    np.testing.assert_array_equal(images[4], IMAGES[4].astype("uint8"))
    assert classes.tolist() == [0, 0, 0, 1, 1, 1]
    assert weights.tolist() == [0, 0.5, 1, 0, 0.5, 1]


def test_pictures(folder):
    image = tf.keras.preprocessing.image
    small = image.load_img(folder / "a" / "0.png", target_size=(6, 7), interpolation="bilinear")
    assert (small.size, small.mode) == ((7, 6), "RGB")
    assert image.img_to_array(small, data_format="channels_first").shape == (3, 6, 7)
    with pytest.raises(ValueError, match="Invalid interpolation method x specified"):
        image.load_img(folder / "a" / "0.png", target_size=(6, 7), interpolation="x")
    with pytest.raises(ValueError, match="Unsupported channel number: 7"):
        image.array_to_img(np.ones((2, 2, 7)))
