"""Batches of images from files: of folders, one a class, and of tables."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator as Names
from pathlib import Path
from typing import Any, Final

import numpy as np

from tangraph.export import export
from tangraph_keras.preprocessing.image.iterators import Iterator, save_batch
from tangraph_keras.preprocessing.image.pictures import FORMATS, img_to_array, load_img
from tangraph_layers.engine.settings import floatx, image_data_format

_CHANNELS: Final = {"grayscale": 1, "rgb": 3, "rgba": 4}


class FileIterator(Iterator):
    """Batches of images from files, changed by an `ImageDataGenerator`.

    Attributes:
      filenames, samples: the files, and how many there are.
      class_mode: what comes with the images: "categorical", "binary", "sparse", "input", "raw", "multi_output" or None.
      class_indices: the numbers of classes by name.
      classes: the class of each file.
    """

    class_mode: str | None
    class_indices: dict[str, int]
    classes: Any
    sample_weight: Any = None
    labels: Any = None

    def _set_processing(
        self,
        image_data_generator: Any,
        target_size: Any,
        color_mode: str,
        data_format: str | None,
        save: tuple[Any, str, str],
        subset: str | None,
        interpolation: str,
        dtype: Any,
    ) -> None:
        self.image_data_generator = image_data_generator
        self.target_size = tuple(target_size)
        if color_mode not in _CHANNELS:
            raise ValueError("Invalid color mode:", color_mode, '; expected "rgb", "rgba", or "grayscale".')
        self.color_mode = color_mode
        self.data_format = data_format or image_data_format()
        channels, last = (_CHANNELS[color_mode],), self.data_format == "channels_last"
        self.image_shape = self.target_size + channels if last else channels + self.target_size
        self.save_to_dir, self.save_prefix, self.save_format = save
        self.interpolation = interpolation
        self.dtype = dtype or floatx()
        self.subset = subset
        self.split = self._split(subset)

    def _split(self, subset: str | None) -> tuple[float, float] | None:
        if subset is None:
            return None
        share = self.image_data_generator._validation_split
        if subset == "validation":
            return 0, share
        if subset == "training":
            return share, 1
        raise ValueError(f'Invalid subset name: {subset};expected "training" or "validation"')

    @property
    def filepaths(self) -> list[str]:
        """The paths of the files."""
        return self._filepaths

    _filepaths: list[str]

    def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
        batch = np.zeros((len(index_array), *self.image_shape), dtype=self.dtype)
        for row, index in enumerate(index_array):
            batch[row] = self._image(self.filepaths[index])
        if self.save_to_dir:
            save_batch(batch, index_array, self, 10**7)
        if self.class_mode is None:
            return batch
        targets = self._targets_of(batch, index_array)
        if self.sample_weight is None:
            return batch, targets
        return batch, targets, self.sample_weight[index_array]

    def _image(self, path: str) -> Any:
        with load_img(
            path, color_mode=self.color_mode, target_size=self.target_size, interpolation=self.interpolation
        ) as image:
            x = img_to_array(image, data_format=self.data_format)
        generator = self.image_data_generator
        if not generator:
            return x
        x = generator.apply_transform(x, generator.get_random_transform(x.shape))
        return generator.standardize(x)

    def _targets_of(self, batch: Any, chosen: Any) -> Any:
        if self.class_mode == "input":
            return batch.copy()
        if self.class_mode in {"binary", "sparse"}:
            return np.array([self.classes[index] for index in chosen], dtype=self.dtype)
        if self.class_mode == "categorical":
            rows = np.zeros((len(batch), len(self.class_indices)), dtype=self.dtype)
            for row, index in enumerate(chosen):
                rows[row, self.classes[index]] = 1.0
            return rows
        if self.class_mode == "multi_output":
            return [output[chosen] for output in self.labels]
        return self.labels[chosen]


@export("keras.preprocessing.image.DirectoryIterator")
class DirectoryIterator(FileIterator):
    """Batches of images from folders, one for each class; see `ImageDataGenerator.flow_from_directory`."""

    allowed_class_modes = frozenset({"categorical", "binary", "sparse", "input", None})

    def __init__(
        self,
        directory: Any,
        image_data_generator: Any,
        target_size: Any = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        dtype: Any = None,
    ) -> None:
        save = (save_to_dir, save_prefix, save_format)
        self._set_processing(
            image_data_generator, target_size, color_mode, data_format, save, subset, interpolation, dtype
        )
        self.directory = directory
        if class_mode not in self.allowed_class_modes:
            raise ValueError(f"Invalid class_mode: {class_mode}; expected one of: {set(self.allowed_class_modes)}")
        self.class_mode = class_mode
        if not classes:
            classes = sorted(path.name for path in Path(directory).iterdir() if path.is_dir())
        self.num_classes = len(classes)
        self.class_indices = {name: number for number, name in enumerate(classes)}
        found = [(name, file) for name in classes for file in self._files(Path(directory) / name, follow_links)]
        self.filenames = [os.path.join(Path(name).name, file) for name, file in found]
        self.classes = np.array([self.class_indices[name] for name, _ in found], dtype="int32")
        self.labels = self.classes
        self.samples = len(found)
        print(f"Found {self.samples} images belonging to {self.num_classes} classes.")  # noqa: T201  Keras tells
        self._filepaths = [os.path.join(directory, name) for name in self.filenames]
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _files(self, folder: Path, follow_links: bool) -> list[str]:
        files = list(_image_files(folder, follow_links))
        if self.split is None:
            return files
        return files[int(self.split[0] * len(files)) : int(self.split[1] * len(files))]


def _image_files(folder: Path, follow_links: bool) -> Names[str]:
    """Yields the images below a folder, by their paths from there, sorted."""
    for root, _, names in sorted(os.walk(folder, followlinks=follow_links)):
        for name in sorted(names):
            if name.lower().endswith(".tiff"):
                warnings.warn(
                    'Using ".tiff" files with multiple bands will cause distortion. Please verify your output.',
                    stacklevel=4,
                )
            if name.lower().endswith(FORMATS):
                yield os.path.relpath(Path(root) / name, folder)


class DataFrameIterator(FileIterator):
    """Batches of images that a pandas table names; see `ImageDataGenerator.flow_from_dataframe`."""

    allowed_class_modes = frozenset({"binary", "categorical", "input", "multi_output", "raw", "sparse", None})

    def __init__(
        self,
        dataframe: Any,
        directory: Any = None,
        image_data_generator: Any = None,
        x_col: str = "filename",
        y_col: Any = "class",
        weight_col: str | None = None,
        target_size: Any = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        dtype: Any = None,
        validate_filenames: bool = True,
    ) -> None:
        save = (save_to_dir, save_prefix, save_format)
        self._set_processing(
            image_data_generator, target_size, color_mode, data_format, save, subset, interpolation, dtype
        )
        table = dataframe.copy()
        self.directory = directory or ""
        self.class_mode = class_mode
        self._check(table, x_col, y_col, weight_col, classes)
        if validate_filenames:
            table = self._existing(table, x_col)
        has_classes = class_mode in {"binary", "categorical", "sparse"}
        if has_classes:
            table, names = _with_classes(table, y_col, classes)
            self.class_indices = {name: number for number, name in enumerate(names)}
        if self.split:
            table = table.iloc[int(self.split[0] * len(table)) : int(self.split[1] * len(table)), :]
        if has_classes:
            self.classes = self.labels = [self._numbers(label) for label in table[y_col]]
        elif class_mode == "multi_output":
            self.labels = [np.array(table[column].tolist()) for column in y_col]
        elif class_mode == "raw":
            self.labels = table[y_col].to_numpy()
        self.filenames = table[x_col].tolist()
        self.sample_weight = table[weight_col].to_numpy() if weight_col else None
        self.samples = len(self.filenames)
        kind = "validated" if validate_filenames else "non-validated"
        ending = f" belonging to {len(self.class_indices)} classes." if has_classes else "."
        print(f"Found {self.samples} {kind} image filenames{ending}")  # noqa: T201  Keras tells
        self._filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _numbers(self, label: Any) -> Any:
        if isinstance(label, list | tuple):
            return [self.class_indices[one] for one in label]
        return self.class_indices[label]

    def _check(self, table: Any, x_col: str, y_col: Any, weight_col: str | None, classes: Any) -> None:
        mode = self.class_mode
        if mode not in self.allowed_class_modes:
            raise ValueError(f"Invalid class_mode: {mode}; expected one of: {set(self.allowed_class_modes)}")
        if mode == "multi_output" and not isinstance(y_col, list):
            raise TypeError(f'If class_mode="{mode}", y_col must be a list. Received {type(y_col).__name__}.')
        if not all(isinstance(x, str) for x in table[x_col]):
            raise TypeError(f"All values in column x_col={x_col} must be strings.")
        if mode in {"binary", "sparse"} and not all(isinstance(x, str) for x in table[y_col]):
            raise TypeError(f'If class_mode="{mode}", y_col="{y_col}" column values must be strings.')
        if mode == "binary" and classes and len(set(classes)) != 2:
            raise ValueError(
                f'If class_mode="binary" there must be 2 classes. {len(set(classes))} class/es were given.'
            )
        if mode == "binary" and not classes and table[y_col].nunique() != 2:
            raise ValueError(f'If class_mode="binary" there must be 2 classes. Found {table[y_col].nunique()} classes.')
        if mode == "categorical" and not all(isinstance(x, str | list | tuple) for x in table[y_col]):
            raise TypeError(
                f'If class_mode="{mode}", y_col="{y_col}" column values must be type string, list or tuple.'
            )
        if classes and mode in {"input", "multi_output", "raw", None}:
            warnings.warn(f'`classes` will be ignored given the class_mode="{mode}"', stacklevel=4)
        if weight_col and not np.issubdtype(table[weight_col].dtype, np.number):
            raise TypeError(f"Column weight_col={weight_col} must be numeric.")

    def _existing(self, table: Any, x_col: str) -> Any:
        paths = [Path(self.directory) / name for name in table[x_col]]
        mask = np.array([path.name.lower().endswith(FORMATS) and path.is_file() for path in paths], dtype=bool)
        if not mask.all():
            warnings.warn(
                f'Found {(~mask).sum()} invalid image filename(s) in x_col="{x_col}". These filename(s) will be ignored.',
                stacklevel=4,
            )
        return table[mask]


def _with_classes(table: Any, y_col: str, classes: Any) -> tuple[Any, list[Any]]:
    """Returns the rows of wanted classes, and these, sorted."""

    def wanted(label: Any) -> Any:
        if isinstance(label, list | tuple):
            return [one for one in label if one in chosen] or None
        if isinstance(label, str):
            return label if label in chosen else None
        raise TypeError(f"Expect string, list or tuple but found {type(label)} in {y_col} column ")

    if classes:
        chosen = set(classes)
        table = table.copy()
        table[y_col] = [wanted(label) for label in table[y_col]]
    else:
        chosen = set()
        for label in table[y_col]:
            chosen.update(label if isinstance(label, list | tuple) else [label])
    return table.dropna(subset=[y_col]), sorted(chosen)
