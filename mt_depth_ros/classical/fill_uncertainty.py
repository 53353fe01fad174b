"""How far a classical fill is to be trusted: the Laplace scale b of its error.

The error of a fill grows with the distance to the nearest measurement and near depth edges. Both
are read off the result:

    b / depth = noise + per_distance * distance^1.5 + per_departure * departure

with the distance in hundredths of the image's width. The departure is how far inverse depth,
relative, lies from its mean over a window (0 on a plane), its largest value in the window around
the pixel, smoothed: large at an edge and on rough ground. Lengths scale with the grid, so a frame
keeps its uncertainty when it is resized.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mt_depth_ros.core.arrays import FloatImage

# A window of 15 pixels at the width of a KITTI image.
_WINDOW_SHARE_OF_WIDTH = 15 / 1242


@dataclass(frozen=True, kw_only=True, slots=True)
class FillUncertainty:
    """The constants of one fill, fitted by maximum likelihood on withheld LiDAR points.

    ``scripts/fit_classical_uncertainty.py`` repeats the fit and prints the coverage.

    Attributes:
        per_distance: relative error per (percent of the width)^1.5 to the nearest measurement.
        per_departure: relative error per relative departure from a plane.
        noise: relative error of the measurements themselves.
    """

    per_distance: float
    per_departure: float
    noise: float = 0.002

    def laplace_scale(self, depth_m: FloatImage, distance_px: FloatImage) -> FloatImage:
        """Evaluates the model.

        Args:
            depth_m: (h, w) float32 metres, NaN = no answer.
            distance_px: (h, w) float32, distance to the nearest measured pixel.

        Returns:
            (h, w) float32 metres, Laplace scale b; NaN where the depth is.
        """
        scale, departure = uncertainty_features(depth_m, distance_px)
        scale *= np.float32(self.per_distance)
        departure *= np.float32(self.per_departure)
        scale += departure
        scale += np.float32(self.noise)
        scale *= depth_m
        return scale


def uncertainty_features(
    depth_m: FloatImage, distance_px: FloatImage
) -> tuple[FloatImage, FloatImage]:
    """What the uncertainty depends on.

    Args:
        depth_m: (h, w) float32 metres, NaN = no answer.
        distance_px: (h, w) float32, distance to the nearest measured pixel.

    Returns:
        (h, w) float32 distance, in percent of the width, to the power 1.5; and (h, w) float32
        departure from a plane, relative.
    """
    width = depth_m.shape[1]
    distance = distance_px * np.float32(100 / width)
    distance *= np.sqrt(distance)
    side = 2 * max(1, round(width * _WINDOW_SHARE_OF_WIDTH / 2 - 0.5)) + 1
    inverse_depth = _inverse_depth(depth_m)
    departure = np.empty_like(inverse_depth)
    cv2.blur(inverse_depth, (side, side), departure, borderType=cv2.BORDER_REPLICATE)
    departure /= inverse_depth
    departure -= np.float32(1)
    np.abs(departure, out=departure)
    cv2.dilate(departure, np.ones((side, side), np.uint8), departure)
    cv2.blur(departure, (side, side), departure, borderType=cv2.BORDER_REPLICATE)
    return distance, departure


def _inverse_depth(depth_m: FloatImage) -> FloatImage:
    """1 / depth, with the frame's mean where there is no answer, so that windows stay finite."""
    inverse_depth = np.float32(1) / depth_m
    is_known = np.isfinite(inverse_depth)
    if is_known.all():
        return inverse_depth
    mean = inverse_depth[is_known].mean() if is_known.any() else np.float32(1)
    return np.where(is_known, inverse_depth, np.float32(mean))
