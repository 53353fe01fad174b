"""Small pictures of an image: grey for following motion, and how strong an edge is everywhere."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mt_depth_ros.core.arrays import AnyArray, ByteImage, FloatArray
from mt_depth_ros.core.camera import RectifiedCamera

_GREY_FOCAL_PX = 360.0
_POOLING = 2
# Half the side of the neighbourhood an edge is compared with: about 5 degrees.
_NEIGHBOURHOOD_PX = 15
_WEAK_GRADIENT = 4.0
_STRONGEST = 3.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SmallImage:
    """A grey image of about 360 pixels focal length.

    Attributes:
        grey: (h, w) uint8.
        camera: its grid.
    """

    grey: ByteImage
    camera: RectifiedCamera


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EdgeResponse:
    """How much stronger an edge is than those around, for two directions of edges.

    Attributes:
        response: (2, h, w) float32, about -1 to 3, mean 0 in any neighbourhood; first for edges
            that run from side to side, second for upright ones.
        camera: its grid, half the small image's.
    """

    response: FloatArray
    camera: RectifiedCamera


def shrink(image_rgb: ByteImage, camera: RectifiedCamera) -> SmallImage:
    """Averages whole blocks of pixels, so that no fine texture turns into false edges.

    Args:
        image_rgb: (H, W, 3) uint8, rectified.
        camera: its grid.
    """
    block = max(1, round(min(camera.fx, camera.fy) / _GREY_FOCAL_PX))
    width, height = camera.width // block, camera.height // block
    grey = cv2.cvtColor(image_rgb, cv2.COLOR_RGB2GRAY)[: height * block, : width * block]
    if block > 1:
        grey = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    return SmallImage(
        grey=np.asarray(grey, np.uint8), camera=_in_blocks(camera, width, height, block)
    )


def edge_response(small: SmallImage) -> EdgeResponse:
    """Measures edges: gradient, the strongest of each 2x2 block, relative to its surroundings.

    Dividing by the mean gradient around keeps a hedge from outvoting the outline of a car, and
    subtracting it leaves nothing to gain where there is texture everywhere.

    Args:
        small: the grey image.
    """
    smooth = cv2.GaussianBlur(small.grey, (0, 0), 1.0)
    width, height = small.camera.width // _POOLING, small.camera.height // _POOLING
    layers = [
        _relative_strength(_pooled(cv2.Sobel(smooth, cv2.CV_16S, dx, dy), width, height))
        for dx, dy in ((0, 1), (1, 0))
    ]
    return EdgeResponse(
        response=np.stack(layers), camera=_in_blocks(small.camera, width, height, _POOLING)
    )


def _pooled(gradient: AnyArray, width: int, height: int) -> FloatArray:
    strength = np.abs(gradient[: height * _POOLING, : width * _POOLING])
    upper, lower = strength[::2], strength[1::2]
    rows = np.maximum(upper, lower)
    return np.asarray(np.maximum(rows[:, ::2], rows[:, 1::2]), np.float32) / np.float32(4)


def _relative_strength(gradient: FloatArray) -> FloatArray:
    side = (2 * _NEIGHBOURHOOD_PX + 1,) * 2
    around = cv2.blur(gradient, side) + np.float32(_WEAK_GRADIENT)
    relative = cv2.GaussianBlur(np.minimum(gradient / around, _STRONGEST), (0, 0), 0.7)
    return np.asarray(relative - cv2.blur(relative, side), np.float32)


def _in_blocks(camera: RectifiedCamera, width: int, height: int, block: int) -> RectifiedCamera:
    """The grid of whole blocks; what is left over at the right and bottom is cut off."""
    return RectifiedCamera(
        width=width,
        height=height,
        fx=camera.fx / block,
        fy=camera.fy / block,
        cx=(camera.cx + 0.5) / block - 0.5,
        cy=(camera.cy + 0.5) / block - 0.5,
        rotation=camera.rotation,
        offset_m=camera.offset_m,
    )
