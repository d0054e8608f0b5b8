"""Images changed at random."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tangraph.export import export
from tangraph_keras.preprocessing.image.files import DataFrameIterator, DirectoryIterator
from tangraph_keras.preprocessing.image.iterators import NumpyArrayIterator
from tangraph_keras.preprocessing.image.transforms import (
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    flip_axis,
    uniform,
)
from tangraph_layers.engine.settings import floatx, image_data_format


@export("keras.preprocessing.image.ImageDataGenerator")
class ImageDataGenerator:
    """Batches of images, changed at random by NumPy's global generator, and brought to a standard.

    Args:
      featurewise_center: whether the mean of all images (see `fit`) is subtracted.
      samplewise_center: whether each image's own mean is.
      featurewise_std_normalization, samplewise_std_normalization: whether they are divided by the deviation.
      zca_whitening: whether pixels are made uncorrelated.
      zca_epsilon: keeps that from dividing by zero.
      rotation_range: how many degrees they are turned by at most.
      width_shift_range, height_shift_range: how far they are moved at most: a share of the size below 1, pixels from 1
        on; or a list of the distances to choose from.
      brightness_range: two factors of the brightness.
      shear_range: how many degrees they are sheared by at most.
      zoom_range: two factors of the size, or how far they are from 1.
      channel_shift_range: what is added to values at most.
      fill_mode: what is outside of an image: "constant", "nearest", "reflect" or "wrap".
      cval: the value of "constant".
      horizontal_flip, vertical_flip: whether half of them are mirrored.
      rescale: a factor of all values; None for none.
      preprocessing_function: a function from an image to an image, which comes first of what is not random.
      data_format: "channels_last" or "channels_first"; the setting's when None.
      validation_split: the share of the images in the subset "validation".
      dtype: the element type; the setting's when None.

    Raises:
      ValueError: an argument out of its range.

    >>> generator = ImageDataGenerator(rescale=0.5)
    >>> batch = next(generator.flow(np.ones([4, 2, 2, 1]), batch_size=2))
    >>> batch.shape, float(batch.max())
    ((2, 2, 2, 1), 0.5)
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0,
        brightness_range: Any = None,
        shear_range: float = 0.0,
        zoom_range: Any = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Any = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        dtype: Any = None,
    ) -> None:
        self.featurewise_center = featurewise_center
        self.samplewise_center = samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening = zca_whitening
        self.zca_epsilon = zca_epsilon
        self.rotation_range = rotation_range
        self.width_shift_range = width_shift_range
        self.height_shift_range = height_shift_range
        self.brightness_range = brightness_range
        self.shear_range = shear_range
        self.channel_shift_range = channel_shift_range
        self.fill_mode = fill_mode
        self.cval = cval
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.rescale = rescale
        self.preprocessing_function = preprocessing_function
        self.dtype = dtype or floatx()
        self.interpolation_order = 1
        self.data_format = data_format or image_data_format()
        self._set_axes()
        if validation_split and not 0 < validation_split < 1:
            raise ValueError(f"`validation_split` must be strictly between 0 and 1.  Received: {validation_split}")
        self._validation_split = validation_split
        self.mean: Any = None
        self.std: Any = None
        self.principal_components: Any = None
        self.zoom_range = _zoom(zoom_range)
        self._settle()
        if brightness_range is not None and (
            not isinstance(brightness_range, tuple | list) or len(brightness_range) != 2
        ):
            raise ValueError(f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}")

    def _set_axes(self) -> None:
        if self.data_format not in {"channels_last", "channels_first"}:
            raise ValueError(
                '`data_format` should be `"channels_last"` (channel after row and column) or `"channels_first"` (channel '
                f"before row and column). Received: {self.data_format}"
            )
        first = self.data_format == "channels_first"
        self.channel_axis, self.row_axis, self.col_axis = (1, 2, 3) if first else (3, 1, 2)

    def _settle(self) -> None:
        """Sets what other arguments ask for, with a warning."""
        if self.zca_whitening:
            self._override("zca_whitening", "featurewise_center", True, ", which")
            self._override("zca_whitening", "featurewise_std_normalization", False, " which")
        if self.featurewise_std_normalization:
            self._override("featurewise_std_normalization", "featurewise_center", True, ", which")
        if self.samplewise_std_normalization:
            self._override("samplewise_std_normalization", "samplewise_center", True, ", which")

    def _override(self, cause: str, name: str, value: bool, joint: str) -> None:
        if getattr(self, name) != value:
            setattr(self, name, value)
            gap = "" if joint == " which" else " "  # as TensorFlow spells it
            warnings.warn(
                f"This ImageDataGenerator specifies `{cause}`{joint} overrides setting of{gap}`{name}`.", stacklevel=4
            )

    def flow(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: Any = None,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
    ) -> NumpyArrayIterator:
        """Returns batches from arrays, without end; see `NumpyArrayIterator` for the arguments."""
        return NumpyArrayIterator(
            x,
            y,
            self,
            batch_size=batch_size,
            shuffle=shuffle,
            sample_weight=sample_weight,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            dtype=self.dtype,
        )

    def flow_from_directory(
        self,
        directory: Any,
        target_size: Any = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
    ) -> DirectoryIterator:
        """Returns batches from the images in folders, one for each class, without end.

        Args:
          directory: the folder of these folders.
          target_size: (height, width) of the images.
          color_mode: "grayscale", "rgb" or "rgba".
          classes: the names of the folders; all, sorted, when None.
          class_mode: what comes with the images: their classes as "categorical", "binary" or "sparse", the images
            themselves for "input", nothing for None.
          batch_size, shuffle, seed, save_to_dir, save_prefix, save_format, subset: see `NumpyArrayIterator`.
          follow_links: whether links to folders are followed.
          interpolation: see `load_img`.
        """
        return DirectoryIterator(
            directory,
            self,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            data_format=self.data_format,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            follow_links=follow_links,
            subset=subset,
            interpolation=interpolation,
            dtype=self.dtype,
        )

    def flow_from_dataframe(
        self,
        dataframe: Any,
        directory: Any = None,
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
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        validate_filenames: bool = True,
        **kwargs: Any,
    ) -> DataFrameIterator:
        """Returns batches from the images that a pandas table names, without end.

        Args:
          dataframe: the table.
          directory: the folder that its file names start from.
          x_col: the column of file names.
          y_col: the column of what is true, or a list of columns for "multi_output".
          weight_col: the column of weights.
          class_mode: that of `flow_from_directory`, or "raw" or "multi_output" for numbers as they are.
          validate_filenames: whether files that are not there are left out.
          target_size, color_mode, classes, batch_size, shuffle, seed, save_to_dir, save_prefix, save_format, subset,
            interpolation: see `flow_from_directory`.
          **kwargs: `has_ext`, `sort` and `drop_duplicates`, which do nothing any more.
        """
        for name in ("has_ext", "sort", "drop_duplicates"):
            if name in kwargs:
                warnings.warn(f"{name} is deprecated, and does nothing.", DeprecationWarning, stacklevel=2)
        if class_mode == "other":
            warnings.warn(
                '`class_mode` "other" is deprecated, please use `class_mode` "raw".', DeprecationWarning, stacklevel=2
            )
            class_mode = "raw"
        return DataFrameIterator(
            dataframe,
            directory,
            self,
            x_col=x_col,
            y_col=y_col,
            weight_col=weight_col,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            data_format=self.data_format,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            interpolation=interpolation,
            dtype=self.dtype,
            validate_filenames=validate_filenames,
        )

    def standardize(self, x: Any) -> Any:
        """Returns an image, or a batch, brought to the standard; an array of floats is changed itself."""
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x *= self.rescale
        if self.samplewise_center:
            x -= np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x /= np.std(x, keepdims=True) + 1e-6
        if self.featurewise_center and self._is_fit(self.mean, "featurewise_center"):
            x -= self.mean
        if self.featurewise_std_normalization and self._is_fit(self.std, "featurewise_std_normalization"):
            x /= self.std + 1e-6
        if self.zca_whitening and self._is_fit(self.principal_components, "zca_whitening"):
            flat = np.reshape(x, (-1, np.prod(x.shape[-3:])))
            x = np.reshape(np.dot(flat, self.principal_components), x.shape)
        return x

    @staticmethod
    def _is_fit(statistic: Any, name: str) -> bool:
        if statistic is None:
            warnings.warn(
                f"This ImageDataGenerator specifies `{name}`, but it hasn't been fit on any training data. Fit it first "
                "by calling `.fit(numpy_data)`.",
                stacklevel=3,
            )
        return statistic is not None

    def get_random_transform(self, img_shape: Any, seed: int | None = None) -> dict[str, Any]:
        """Returns random changes for an image of a shape, by name.

        Args:
          img_shape: the shape.
          seed: of NumPy's global generator; it goes on when None.
        """
        if seed is not None:
            np.random.seed(seed)  # noqa: NPY002
        theta = uniform(-self.rotation_range, self.rotation_range) if self.rotation_range else 0
        tx = _shift(self.height_shift_range, img_shape[self.row_axis - 1])
        ty = _shift(self.width_shift_range, img_shape[self.col_axis - 1])
        shear = uniform(-self.shear_range, self.shear_range) if self.shear_range else 0
        low, high = self.zoom_range
        zx, zy = (1, 1) if self.zoom_range == [1, 1] else uniform(low, high, 2)
        flips = [(np.random.random() < 0.5) * flip for flip in (self.horizontal_flip, self.vertical_flip)]  # noqa: NPY002
        intensity = None
        if self.channel_shift_range != 0:
            intensity = uniform(-self.channel_shift_range, self.channel_shift_range)
        brightness = None if self.brightness_range is None else uniform(*self.brightness_range)
        return {
            "theta": theta,
            "tx": tx,
            "ty": ty,
            "shear": shear,
            "zx": zx,
            "zy": zy,
            "flip_horizontal": flips[0],
            "flip_vertical": flips[1],
            "channel_shift_intensity": intensity,
            "brightness": brightness,
        }

    def apply_transform(self, x: Any, transform_parameters: dict[str, Any]) -> Any:
        """Returns an image with changes, of which those that are not named are none."""
        changes = {"theta": 0, "tx": 0, "ty": 0, "shear": 0, "zx": 1, "zy": 1}
        x = apply_affine_transform(
            x,
            **{name: transform_parameters.get(name, default) for name, default in changes.items()},
            row_axis=self.row_axis - 1,
            col_axis=self.col_axis - 1,
            channel_axis=self.channel_axis - 1,
            fill_mode=self.fill_mode,
            cval=self.cval,
            order=self.interpolation_order,
        )
        if transform_parameters.get("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, transform_parameters["channel_shift_intensity"], self.channel_axis - 1)
        if transform_parameters.get("flip_horizontal", False):
            x = flip_axis(x, self.col_axis - 1)
        if transform_parameters.get("flip_vertical", False):
            x = flip_axis(x, self.row_axis - 1)
        if transform_parameters.get("brightness") is not None:
            x = apply_brightness_shift(x, transform_parameters["brightness"])
        return x

    def random_transform(self, x: Any, seed: int | None = None) -> Any:
        """Returns an image with random changes."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Takes mean, deviation and principal components from images, where they are needed.

        Args:
          x: images, an array of rank 4.
          augment: whether they are changed at random before.
          rounds: how often each is then taken.
          seed: of NumPy's global generator.

        Raises:
          ValueError: an array of another rank.
        """
        x = np.array(x, dtype=self.dtype)
        if x.ndim != 4:
            raise ValueError(f"Input to `.fit()` should have rank 4. Got array with shape: {x.shape}")
        if x.shape[self.channel_axis] not in {1, 3, 4}:
            axis = self.channel_axis
            warnings.warn(
                "Expected input to be images (as Numpy array) following the data format convention "
                f'"{self.data_format}" (channels on axis {axis}), i.e. expected either 1, 3 or 4 channels on axis {axis}. '
                f"However, it was passed an array with shape {x.shape} ({x.shape[axis]} channels).",
                stacklevel=2,
            )
        if seed is not None:
            np.random.seed(seed)  # noqa: NPY002
        if self.rescale:
            x *= self.rescale
        if augment:
            x = np.array([self.random_transform(image) for _ in range(rounds) for image in x], dtype=self.dtype)
        axes = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = np.mean(x, axis=axes, keepdims=True)[0]
            x -= self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(x, axis=axes, keepdims=True)[0]
            x /= self.std + 1e-6
        if self.zca_whitening:
            flat = np.reshape(x, (x.shape[0], -1))
            u, s, _ = np.linalg.svd(np.dot(flat.T, flat) / flat.shape[0])
            inverse = 1.0 / np.sqrt(s[np.newaxis] + self.zca_epsilon)
            self.principal_components = (u * inverse).dot(u.T)


def _shift(distance: Any, size: int) -> Any:
    """Returns a random distance, in pixels."""
    if not distance:
        return 0
    try:
        shift = np.random.choice(distance)  # noqa: NPY002
        shift *= np.random.choice([-1, 1])  # noqa: NPY002
    except ValueError:  # a number, and no whole one above 0: nothing to choose from
        shift = uniform(-distance, distance)
    return shift * size if np.max(distance) < 1 else shift


def _zoom(zoom_range: Any) -> list[float]:
    if isinstance(zoom_range, float | int):
        return [1 - zoom_range, 1 + zoom_range]
    if len(zoom_range) == 2 and all(isinstance(value, float | int) for value in zoom_range):
        return list(zoom_range)
    raise ValueError(f"`zoom_range` should be a float or a tuple or list of two floats. Received: {zoom_range}")
