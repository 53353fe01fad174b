"""The prediction as points in space with the image's colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mt_depth_ros.core.arrays import ByteImage, FloatArray
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.types import DepthPrediction, RgbdFrame


@dataclass(frozen=True, kw_only=True, slots=True)
class CloudConfig:
    """Which pixels become points.

    Attributes:
        min_confidence: pixels less confident than this are left out, in [0, 1].
        stride: every n-th row and column.
    """

    min_confidence: float = 0.3
    stride: int = 1

    def __post_init__(self) -> None:
        if not 0.0 <= self.min_confidence <= 1.0 or self.stride < 1:
            raise ConfigError(
                expected='min_confidence in [0, 1] and stride >= 1',
                got=f'min_confidence {self.min_confidence}, stride {self.stride}',
                where='cloud parameters',
                remedy='correct the value',
            )


def coloured_cloud(
    frame: RgbdFrame, prediction: DepthPrediction, config: CloudConfig
) -> tuple[FloatArray, ByteImage]:
    """Unprojects the confident, finite pixels.

    Args:
        frame: gives the colours.
        prediction: depth and confidence on the same grid; sky is left out.
        config: which pixels to keep.

    Returns:
        points_m: (N, 3) float32 metres, in the frame named by ``prediction.frame_id``.
        colours_rgb: (N, 3) uint8.
    """
    step = config.stride
    depth_m = prediction.depth_m[::step, ::step]
    # Sky has no uncertainty, whatever number `sky_output` put into its depth.
    keep = np.isfinite(depth_m) & np.isfinite(prediction.uncertainty_m[::step, ::step])
    keep &= prediction.confidence[::step, ::step] >= np.float32(config.min_confidence)
    row, column = np.nonzero(keep)
    z = depth_m[keep]
    camera = prediction.camera
    points_m = np.empty((len(z), 3), np.float32)
    points_m[:, 0] = (column * step - np.float32(camera.cx)).astype(np.float32) * z
    points_m[:, 0] /= np.float32(camera.fx)
    points_m[:, 1] = (row * step - np.float32(camera.cy)).astype(np.float32) * z
    points_m[:, 1] /= np.float32(camera.fy)
    points_m[:, 2] = z
    colours_rgb = frame.image_rgb[::step, ::step][keep]
    return camera.camera_from_rectified(points_m), colours_rgb
