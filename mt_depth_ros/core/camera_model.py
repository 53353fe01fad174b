"""What ``sensor_msgs/CameraInfo`` says of a camera: lens, crop, binning and rectified view.

``K``, ``P`` and the region of interest are given for the full sensor; the image that is delivered
is that region, binned. A crop moves the principal point, and binning by b maps a position u to
``(u + 0.5) / b - 0.5``, as pixel positions have the centre of the first pixel at 0.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.checks import check_array
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.transforms import is_rotation, nearest_rotation

DISTORTION_LENGTHS = {
    '': (0,),
    'plumb_bob': (0, 4, 5),
    'rational_polynomial': (0, 8, 12, 14),
    'equidistant': (0, 4),
}
"""Supported lens models and how many coefficients each may have; none means no distortion."""

# Below what the fixed-point maps of an image can resolve (1/32 pixel).
_SAME_PIXELS = 1e-3
_SAME_DIRECTION = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionOfInterest:
    """The part of the sensor that is delivered, in full-resolution pixels; all 0: the whole.

    Attributes:
        x_offset, y_offset: the first column and row.
        width, height: its size.
        do_rectify: what the driver recommends for the rectified region. The rectified grid always
            covers the same region as the raw image, as ``image_proc`` does.
    """

    x_offset: int = 0
    y_offset: int = 0
    width: int = 0
    height: int = 0
    do_rectify: bool = False


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CameraModel:
    """A calibrated camera as its driver describes it.

    Attributes:
        width, height: the full sensor, pixels.
        k: (3, 3) float64 intrinsics of the raw image.
        distortion_model: one of :data:`DISTORTION_LENGTHS`.
        d: (n,) float64 distortion coefficients, in OpenCV's order.
        r: (3, 3) float64 rectifying rotation, the nearest one to what was published; all 0 stands
            for the identity.
        p: (3, 4) float64 projection of the rectified image; all 0, as monocular drivers often
            leave it, stands for ``[k | 0]``.
        binning_x, binning_y: sensor pixels per delivered pixel; 0 means 1.
        roi: the delivered part of the sensor.
        frame_id: the camera's optical frame.
        is_rectified_already: the image delivered is the rectified one (see :meth:`as_rectified`).

    Raises:
        SensorInputError: a value cannot be used (reason ``bad_camera_info``).
        ValueError: an array has the wrong dtype.
    """

    width: int
    height: int
    k: Matrix
    distortion_model: str
    d: Matrix
    r: Matrix
    p: Matrix
    frame_id: str
    binning_x: int = 0
    binning_y: int = 0
    roi: RegionOfInterest = field(default_factory=RegionOfInterest)
    is_rectified_already: bool = False

    def __post_init__(self) -> None:
        for name, shape in (('k', (3, 3)), ('d', (None,)), ('r', (3, 3)), ('p', (3, 4))):
            check_array(getattr(self, name), name=name, shape=shape, dtype='f8')
            self._require(
                bool(np.isfinite(getattr(self, name)).all()),
                f'finite numbers in {name}',
                f'{getattr(self, name).tolist()}',
            )
        if not self.r.any():
            object.__setattr__(self, 'r', np.eye(3))
        if not self.p.any():
            object.__setattr__(self, 'p', np.column_stack([self.k, np.zeros(3)]))
        self._check_window()
        self._check_intrinsics()
        self._check_distortion()

    @property
    def is_distorted(self) -> bool:
        """Whether the delivered image is no pinhole's.

        An equidistant lens is a fisheye even if its coefficients are all 0.
        """
        is_fisheye = self.distortion_model == 'equidistant' and len(self.d) > 0
        return (is_fisheye or bool(self.d.any())) and not self.is_rectified_already

    @property
    def needs_rectification(self) -> bool:
        """Whether the delivered image and the rectified one differ."""
        return not self.is_rectified_already and (
            self.is_distorted
            or not np.allclose(self.r, np.eye(3), rtol=0, atol=_SAME_DIRECTION)
            or not np.allclose(self.k, self.p[:, :3], rtol=0, atol=_SAME_PIXELS)
        )

    @property
    def image_size(self) -> tuple[int, int]:
        """(height, width) of the image that is delivered."""
        bin_x, bin_y = self._binning
        _, _, width, height = self._window
        return height // bin_y, width // bin_x

    @property
    def raw_k(self) -> Matrix:
        """(3, 3) float64 intrinsics of the delivered, still distorted image."""
        return self._delivered(self.k)

    @property
    def rectified(self) -> RectifiedCamera:
        """The grid the rectified image lives on: P, cropped and binned like the image."""
        height, width = self.image_size
        k = self._delivered(self.p[:, :3])
        return RectifiedCamera(
            width=width,
            height=height,
            fx=float(k[0, 0]),
            fy=float(k[1, 1]),
            cx=float(k[0, 2]),
            cy=float(k[1, 2]),
            rotation=self.r,
            offset_m=np.linalg.solve(self.p[:, :3], self.p[:, 3]).astype(np.float64),
        )

    @property
    def content_key(self) -> Hashable:
        """Equal for two models that rectify alike, whatever their frames are called."""
        arrays = (self.k, self.d, self.r, self.p)
        return (
            self.distortion_model,
            self._window,
            self._binning,
            self.is_rectified_already,
            *(array.tobytes() for array in arrays),
        )

    def as_rectified(self) -> CameraModel:
        """The same camera for a topic that carries the rectified image: no distortion left.

        R and P stay, as they place the rectified view in the camera's frame.
        """
        return replace(
            self,
            k=self.p[:, :3].copy(),
            distortion_model='',
            d=np.zeros(0),
            is_rectified_already=True,
        )

    def check_image_size(self, height: int, width: int, *, what: str = 'image') -> None:
        """Compares the size of an image with the calibration's.

        Args:
            height: rows.
            width: columns.
            what: which image, for the message: ``image``, ``mask``, ``sparse depth image``.

        Raises:
            SensorInputError: they differ (reason ``size_mismatch``).
        """
        if (height, width) == self.image_size:
            return
        wanted_height, wanted_width = self.image_size
        if (width, height) == self.image_size:
            remedy = 'width and height look swapped: swap them in camera_info, or in the image'
        elif what != 'image':
            remedy = f'give a {what} on the grid of the camera image'
        else:
            remedy = (
                'use the calibration of this image size, or set the region of interest and '
                'binning of camera_info to what the camera delivers'
            )
        raise SensorInputError(
            reason='size_mismatch',
            expected=f'an image of {wanted_width}x{wanted_height} pixels, as camera_info says '
            f'(sensor {self.width}x{self.height}, region and binning applied)',
            got=f'{width}x{height}',
            where=f'{what} of frame {self.frame_id!r}',
            remedy=remedy,
        )

    @property
    def _binning(self) -> tuple[int, int]:
        return self.binning_x or 1, self.binning_y or 1

    @property
    def _window(self) -> tuple[int, int, int, int]:
        """First column and row, width and height of what is delivered, before binning."""
        roi = self.roi
        if roi.width == roi.height == roi.x_offset == roi.y_offset == 0:
            return 0, 0, self.width, self.height
        return roi.x_offset, roi.y_offset, roi.width, roi.height

    def _delivered(self, k: Matrix) -> Matrix:
        x_offset, y_offset, _, _ = self._window
        delivered = k.copy()
        for row, offset, binning in zip((0, 1), (x_offset, y_offset), self._binning, strict=True):
            delivered[row, row] /= binning
            delivered[row, 2] = (k[row, 2] - offset + 0.5) / binning - 0.5
        return delivered

    def _require(self, holds: bool, expected: str, got: str) -> None:
        if holds:
            return
        raise SensorInputError(
            reason='bad_camera_info',
            expected=expected,
            got=got,
            where=f'camera_info of frame {self.frame_id!r}',
            remedy='calibrate the camera (for example with camera_calibration) and publish the '
            'result with its images',
        )

    def _check_window(self) -> None:
        size = f'{self.width}x{self.height}'
        self._require(min(self.width, self.height) > 0, 'a width and height above 0', size)
        x_offset, y_offset, width, height = self._window
        self._require(
            min(x_offset, y_offset) >= 0
            and min(width, height) > 0
            and x_offset + width <= self.width
            and y_offset + height <= self.height,
            f'a region of interest inside the sensor of {size}',
            f'{width}x{height} at column {x_offset}, row {y_offset}',
        )
        self._require(
            min(self._binning) > 0 and min(self.image_size) > 0,
            'a binning that leaves pixels',
            f'{self.binning_x} x {self.binning_y}',
        )

    def _check_intrinsics(self) -> None:
        for name, matrix in (('k', self.k), ('p', self.p[:, :3])):
            fx, fy = matrix[0, 0], matrix[1, 1]
            pinhole = np.array([[fx, 0, matrix[0, 2]], [0, fy, matrix[1, 2]], [0, 0, 1]])
            self._require(
                fx > 0 and fy > 0 and np.array_equal(matrix, pinhole),
                f'{name} as fx 0 cx, 0 fy cy, 0 0 1 with focal lengths above 0',
                f'{matrix.tolist()}',
            )
        self._require(is_rotation(self.r), 'a rotation in r', f'{self.r.tolist()}')
        object.__setattr__(self, 'r', nearest_rotation(self.r))

    def _check_distortion(self) -> None:
        lengths = DISTORTION_LENGTHS.get(self.distortion_model)
        supported = ', '.join(name for name in DISTORTION_LENGTHS if name)
        self._require(
            lengths is not None,
            f'a distortion_model of {supported} or none',
            f'{self.distortion_model!r}',
        )
        # Uncalibrated drivers fill d with zeros of any number and name no model.
        is_unnamed_zero = not self.distortion_model and not self.d.any()
        self._require(
            is_unnamed_zero or (lengths is not None and len(self.d) in lengths),
            f'{" or ".join(map(str, lengths or ()))} coefficients d for '
            f'{self.distortion_model or "no distortion_model"}',
            f'{len(self.d)}',
        )
