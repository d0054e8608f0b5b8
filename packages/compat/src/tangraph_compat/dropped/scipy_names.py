"""Names that SciPy has dropped: NumPy's under its own name, and what `scipy.misc` did with images."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from tangraph_compat.dropped import answer, asked_by_library, constant, gone, used

_WINDOWS: Final = """
barthann bartlett blackman blackmanharris bohman boxcar chebwin cosine exponential flattop gaussian general_gaussian
hamming hann kaiser nuttall parzen triang tukey
""".split()  # noqa: SIM905  a table
_INTEGRATE: Final = {"trapz": "trapezoid", "simps": "simpson", "cumtrapz": "cumulative_trapezoid"}
_RESAMPLING: Final = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "cubic": 3}
_MISC: Final = "scipy.misc"


def complete(module: ModuleType) -> None:
    """`scipy.array`, `scipy.mean`, ...: whatever NumPy has."""
    own = vars(module).get("__getattr__")

    def get_attribute(name: str) -> Any:
        if own is not None:
            try:
                return own(name)
            except AttributeError:
                pass
        numpy = import_module("numpy")
        if name.startswith("_") or not hasattr(numpy, name) or asked_by_library():
            raise AttributeError(f"module 'scipy' has no attribute '{name}'")
        used.add(f"scipy.{name}")
        return getattr(numpy, name)

    vars(module)["__getattr__"] = get_attribute


def complete_signal(module: ModuleType) -> None:
    """`scipy.signal.hann` and the other windows, which are in `scipy.signal.windows`."""
    answer(module, {name: lambda name=name: getattr(module.windows, name) for name in _WINDOWS})  # type: ignore[misc]


def complete_integrate(module: ModuleType) -> None:
    """`scipy.integrate.simps` and its like, by their new names."""
    answer(module, {old: lambda new=new: getattr(module, new) for old, new in _INTEGRATE.items()})  # type: ignore[misc]


def complete_linalg(module: ModuleType) -> None:
    """`scipy.linalg.pinv2`."""
    answer(module, {"pinv2": constant(module.pinv)})


def complete_misc(module: ModuleType) -> None:
    """`scipy.misc.imread` and its like, on Pillow; `comb` and `factorial` from where they are now."""
    answer(module, _misc_names())


def make_pilutil() -> dict[str, Any]:
    """`scipy.misc.pilutil`."""
    return {name: make() for name, make in _misc_names().items() if name.startswith(("im", "to", "from", "byte"))}


def complete_eigen(module: ModuleType) -> None:
    """Makes `scipy.sparse.linalg.eigen` a package again, for the module that programs import from it."""
    module.__path__ = []


def make_arpack() -> dict[str, Any]:
    """`scipy.sparse.linalg.eigen.arpack`."""
    linalg = import_module("scipy.sparse.linalg")
    return {name: getattr(linalg, name) for name in ("eigs", "eigsh", "svds", "ArpackError", "ArpackNoConvergence")}


def _misc_names() -> dict[str, Callable[[], Any]]:
    functions = (imread, imresize, imrotate, imsave, imshow, fromimage, toimage, bytescale)
    moved = {"comb": "special", "factorial": "special", "factorial2": "special", "logsumexp": "special"}
    data = dict.fromkeys(("face", "ascent", "electrocardiogram"), "datasets")
    return {
        **{function.__name__: constant(function) for function in functions},
        **{name: _moved(place, name) for name, place in {**moved, **data}.items()},
        "lena": gone(f"{_MISC}.lena is gone from SciPy: scipy.datasets.ascent() is an image of the same kind"),
    }


def _moved(place: str, name: str) -> Callable[[], Any]:
    return lambda: getattr(import_module(f"scipy.{place}"), name)


def _pillow(name: str) -> Any:
    try:
        return import_module("PIL.Image")
    except ImportError as error:
        raise ImportError(f"{_MISC}.{name} needs Pillow: pip install pillow") from error


def bytescale(data: Any, cmin: Any = None, cmax: Any = None, high: int = 255, low: int = 0) -> Any:
    """Scales an array to uint8, as `scipy.misc.bytescale` did.

    Args:
      data: the array; uint8 is returned as it is.
      cmin: the value that becomes `low`; the smallest by default.
      cmax: the value that becomes `high`; the largest by default.
      high: the largest result, at most 255.
      low: the smallest result, at least 0.

    Raises:
      ValueError: a bound is out of range.
    """
    import numpy as np

    data = np.asarray(data)
    if data.dtype == np.uint8:
        return data
    if not 0 <= low <= high <= 255:
        raise ValueError(f"`low` and `high` must be 0 <= low <= high <= 255. Received: low={low}, high={high}")
    cmin = data.min() if cmin is None else cmin
    cmax = data.max() if cmax is None else cmax
    if cmax < cmin:
        raise ValueError(f"`cmax` must not be below `cmin`. Received: cmin={cmin}, cmax={cmax}")
    scale = float(high - low) / (float(cmax - cmin) or 1.0)
    return (((data - cmin) * scale + low).clip(low, high) + 0.5).astype(np.uint8)


def toimage(
    arr: Any,
    high: int = 255,
    low: int = 0,
    cmin: Any = None,
    cmax: Any = None,
    pal: Any = None,
    mode: str | None = None,
    channel_axis: int | None = None,
) -> Any:
    """Returns a Pillow image of an array [h, w], [h, w, 3] or [h, w, 4], scaled to bytes as `scipy.misc` did.

    Raises:
      ValueError: the array is no image.
    """
    import numpy as np

    image, data = _pillow("toimage"), np.asarray(arr)
    if np.iscomplexobj(data):
        raise ValueError(f"Cannot convert a complex array to an image. Received: dtype={data.dtype}")
    if data.ndim == 2:
        return _grey(image, data, (high, low, cmin, cmax), pal, mode)
    channels = [axis for axis, size in enumerate(data.shape) if size in (3, 4)] if data.ndim == 3 else []
    if not channels:
        raise ValueError(
            f"`arr` must have shape [h, w], or three dimensions with 3 or 4 channels. Received: {data.shape}"
        )
    axis = channel_axis if channel_axis is not None else channels[-1] if data.shape[2] in (3, 4) else channels[0]
    values = np.moveaxis(bytescale(data, cmin, cmax, high, low), axis, -1)
    found = image.fromarray(np.ascontiguousarray(values))
    return found if mode in (None, found.mode) else found.convert(mode)


def _grey(image: Any, data: Any, scale: tuple[Any, ...], pal: Any, mode: str | None) -> Any:
    import numpy as np

    high, low, cmin, cmax = scale
    if mode == "F":
        return image.fromarray(data.astype(np.float32))
    if mode == "I":
        return image.fromarray(data.astype(np.int32))
    found = image.fromarray(bytescale(data, cmin, cmax, high, low))
    if pal is not None:
        found.putpalette(np.asarray(pal, np.uint8).tobytes())
    return found if mode in (None, "L", "P") else found.convert(mode)


def fromimage(im: Any, flatten: bool = False, mode: str | None = None) -> Any:
    """Returns the array of a Pillow image; float32 of grey values when `flatten`."""
    import numpy as np

    if mode is not None and mode != im.mode:
        im = im.convert(mode)
    elif im.mode == "P":
        im = im.convert("RGBA" if "transparency" in im.info else "RGB")
    if flatten:
        im = im.convert("F")
    elif im.mode == "1":
        im = im.convert("L")
    return np.array(im)


def imread(name: Any, flatten: bool = False, mode: str | None = None) -> Any:
    """Reads an image file into an array, as `scipy.misc.imread` did."""
    with _pillow("imread").open(name) as image:
        return fromimage(image, flatten, mode)


def imsave(name: Any, arr: Any, format: str | None = None) -> None:
    """Writes an array to an image file, scaled to bytes as `scipy.misc.imsave` did."""
    toimage(arr, channel_axis=2 if getattr(arr, "ndim", 0) == 3 else None).save(name, format)


def imresize(arr: Any, size: Any, interp: str = "bilinear", mode: str | None = None) -> Any:
    """Resizes an image array as `scipy.misc.imresize` did; the result is uint8 unless `mode` is "F".

    Args:
      arr: the image.
      size: percent (int), fraction (float), or (height, width).
      interp: "nearest", "lanczos", "bilinear", "bicubic" or "cubic".
      mode: the Pillow mode to convert to first.
    """
    import numpy as np

    image = toimage(arr, mode=mode)
    if np.issubdtype(type(size), np.integer):
        new = tuple(int(length * (size / 100.0)) for length in image.size)
    elif np.issubdtype(type(size), np.floating):
        new = tuple(int(length * size) for length in image.size)
    else:
        new = (int(size[1]), int(size[0]))
    return fromimage(image.resize(new, resample=_RESAMPLING[interp]))


def imrotate(arr: Any, angle: float, interp: str = "bilinear") -> Any:
    """Rotates an image array counter-clockwise by degrees, as `scipy.misc.imrotate` did."""
    return fromimage(toimage(arr).rotate(angle, resample=_RESAMPLING[interp]))


def imshow(arr: Any) -> None:
    """Shows an image array in the system's viewer."""
    toimage(arr).show()
