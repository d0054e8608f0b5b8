"""Patches of images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("ExtractImagePatches")
def extract_image_patches(k: KernelContext) -> Callable[..., Any]:
    """Each pixel of the result holds one patch."""
    xp, padding = k.xp, k.attr("padding")
    sizes, strides, rates = k.attr("ksizes")[1:3], k.attr("strides")[1:3], k.attr("rates")[1:3]

    def extracted(images: Any) -> Any:
        counts, borders = [], [(0, 0)]
        for size, window, stride, rate in zip(images.shape[1:3], sizes, strides, rates, strict=True):
            covered = window + (window - 1) * (rate - 1)
            if padding == "SAME":
                count = -(-size // stride)
                border = max((count - 1) * stride + covered - size, 0)
                borders.append((border // 2, border - border // 2))
            else:
                count = max(-(-(size - covered + 1) // stride), 0)
                borders.append((0, 0))
            counts.append(count)
        padded = xp.pad(images, [*borders, (0, 0)]) if any(b != (0, 0) for b in borders) else images
        result = xp.empty((images.shape[0], *counts, *sizes, images.shape[3]), images.dtype)
        for i in range(sizes[0]):
            rows = slice(i * rates[0], i * rates[0] + counts[0] * strides[0], strides[0])
            for j in range(sizes[1]):
                columns = slice(j * rates[1], j * rates[1] + counts[1] * strides[1], strides[1])
                result[:, :, :, i, j] = padded[:, rows, columns][:, : counts[0], : counts[1]]
        return result.reshape(images.shape[0], *counts, sizes[0] * sizes[1] * images.shape[3])

    return extracted
