"""From a frame on the camera's grid to what a completer sees on its own."""

from __future__ import annotations

from mt_depth_ros.core.arrays import BoolImage, ByteImage
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.completion import CompletionInput
from mt_depth_ros.core.projection import rasterize_nearest
from mt_depth_ros.core.resizing import GridResizer
from mt_depth_ros.core.types import DepthMeasurements


def input_on_grid(
    image_rgb: ByteImage,
    camera: RectifiedCamera,
    measurements: DepthMeasurements,
    mask: BoolImage,
    *,
    grid_size: tuple[int, int],
) -> CompletionInput:
    """Brings a frame to a grid: the same for the node, replay, evaluation and training.

    Args:
        image_rgb: (H, W, 3) uint8 on the grid of ``camera``.
        camera: the rectified grid.
        measurements: sparse depth on that grid.
        mask: (H, W) bool, foreground.
        grid_size: (h, w) of the completer's grid.
    """
    resizer = GridResizer(camera_size=(camera.height, camera.width), grid_size=grid_size)
    return CompletionInput(
        image_rgb=resizer.image_to_grid(image_rgb),
        sparse_depth_m=rasterize_nearest(measurements, camera, grid_size),
        mask=resizer.mask_to_grid(mask),
    )
