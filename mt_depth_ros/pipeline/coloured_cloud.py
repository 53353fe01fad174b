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
    chosen = np.s_[:: config.stride, :: config.stride]
    depth_m, uncertainty_m = prediction.depth_m[chosen], prediction.uncertainty_m[chosen]
    # Sky has no uncertainty, whatever number `sky_output` put into its depth.
    keep = np.isfinite(depth_m) & np.isfinite(uncertainty_m)
    keep &= prediction.confidence[chosen] >= np.float32(config.min_confidence)
    pixel = np.flatnonzero(keep)
    points_m = prediction.camera.unproject(prediction.depth_m, stride=config.stride)
    points_m = np.take(points_m.reshape(-1, 3), pixel, axis=0)
    if not prediction.camera.is_camera_frame:
        points_m = prediction.camera.camera_from_rectified(points_m)
    return points_m, np.take(frame.image_rgb[chosen].reshape(-1, 3), pixel, axis=0)
