"""A camera that is turned a little against where its calibration says it looks.

So it is on many vehicles, and for a moment on all of them where stamps are late in a curve: the
measurements do not lie on the edges of the image. What learned only from frames that fit to the
pixel trusts such edges all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.data.sampling_checks import refused, require_probability


@dataclass(frozen=True, kw_only=True, slots=True)
class CameraTurn:
    """How often a camera is turned, and how far at most.

    Attributes:
        probability: of a frame to be seen by a turned camera, in [0, 1].
        largest_deg: of the turn away from the axis, in any direction, and of that about it. Half
            of the turns are below a quarter of this.

    Raises:
        ConfigError: no probability, or an angle that is not in (0, 45].
    """

    probability: float
    largest_deg: float = 2.0

    def __post_init__(self) -> None:
        require_probability('CameraTurn, probability', self.probability)
        if not 0.0 < self.largest_deg <= 45.0:
            raise refused('CameraTurn, largest_deg', 'degrees in (0, 45]', self.largest_deg)

    def draw(self, rng: np.random.Generator) -> Matrix:
        """Draws a (3, 3) float64 rotation from the calibrated camera to the true one."""
        away_deg, about_deg = self.largest_deg * rng.random(2) ** 2
        return turned_away(away_deg, rng, about_deg=about_deg * rng.choice((-1, 1)))


def turned_away(away_deg: float, rng: np.random.Generator, *, about_deg: float = 0.0) -> Matrix:
    """Gives a (3, 3) float64 rotation from the calibrated camera to the true one.

    Args:
        away_deg: between the two optical axes.
        rng: draws the direction.
        about_deg: about the axis.
    """
    direction = rng.uniform(0.0, 2.0 * np.pi)
    axis_deg = (away_deg * np.cos(direction), away_deg * np.sin(direction), about_deg)
    return np.asarray(cv2.Rodrigues(np.radians(axis_deg))[0], np.float64)


def seen_turned(
    image: np.ndarray, camera: RectifiedCamera, rotation: Matrix, *, nearest: bool = False
) -> np.ndarray:
    """What a camera sees that is turned against its calibration.

    A turn moves every pixel whatever its depth, so it is exact but for what comes into view: there
    the outermost pixels are repeated.

    Args:
        image: (h, w) or (h, w, 3), what the camera sees as it is calibrated.
        camera: of that grid.
        rotation: (3, 3) float64, from the calibrated camera to the true one.
        nearest: whether to take the nearest pixel and not to mix, as for labels.
    """
    homography = camera.k @ rotation @ np.linalg.inv(camera.k)
    return cv2.warpPerspective(
        image,
        homography,
        (camera.width, camera.height),
        flags=cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
