"""From the image a camera delivers to its rectified grid: pictures, masks and measured pixels."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

import cv2
import numpy as np

from mt_depth_ros.core.arrays import AnyArray, BoolImage, ByteImage, FloatArray
from mt_depth_ros.core.camera_model import CameraModel
from mt_depth_ros.core.lens import slope_of_fold, undistort

Built = TypeVar('Built')
Maps: TypeAlias = tuple[AnyArray, AnyArray]

# So far that interpolation, too, finds nothing there.
_OUTSIDE = -2


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RectifiedPositions:
    """Where points of the delivered image are in the rectified one.

    Attributes:
        u_px, v_px: float32 column and row, inside the grid or not; NaN where the rectified view
            cannot show the point at all.
        depth_scale: float32, depth along the rectified axis per depth along the raw one; 1 unless
            the rectifying rotation tilts the axis.
    """

    u_px: FloatArray
    v_px: FloatArray
    depth_scale: FloatArray


class Rectifier:
    """Rectifies, and keeps what it computed of the cameras used last.

    Not safe for use by two threads at once.

    Args:
        max_cached: how many calibrations to keep maps for.
    """

    def __init__(self, max_cached: int = 8) -> None:
        self._maps: _Recent[Maps] = _Recent(max_cached)
        self._positions: _Recent[RectifiedPositions] = _Recent(max_cached)

    def rectify(self, image: ByteImage, model: CameraModel) -> ByteImage:
        """Resamples an image, linearly.

        Args:
            image: (H, W) or (H, W, 3) uint8, as delivered.
            model: its calibration.

        Returns:
            The image on the grid of ``model.rectified``, black where the lens saw nothing; the
            very same array when there is nothing to do.

        Raises:
            SensorInputError: the image has another size than the calibration.
        """
        model.check_image_size(*image.shape[:2])
        if not model.needs_rectification:
            return image
        return np.asarray(cv2.remap(image, *self._maps_of(model), cv2.INTER_LINEAR), np.uint8)

    def rectify_mask(self, mask: BoolImage, model: CameraModel) -> BoolImage:
        """Resamples a mask: True where it covers half or more; False where the lens saw nothing.

        Args:
            mask: (H, W) bool, as delivered.
            model: its calibration.

        Returns:
            (H, W) bool on the grid of ``model.rectified``; the same array when there is nothing
            to do.

        Raises:
            SensorInputError: the mask has another size than the calibration.
        """
        model.check_image_size(*mask.shape, what='mask')
        if not model.needs_rectification:
            return mask
        # The share of the mask, rounded. INTER_NEAREST would round the place, and always down: it
        # moves edges by half a pixel.
        moved = cv2.remap(mask.view(np.uint8), *self._maps_of(model), cv2.INTER_LINEAR)
        return np.asarray(moved, np.uint8).view(np.bool_)

    def rectified_pixels(self, model: CameraModel) -> RectifiedPositions:
        """Where the centre of every delivered pixel goes; (H, W) arrays, computed once."""
        return self._positions.get(model.content_key, lambda: _rectify_all_pixels(model))

    def _maps_of(self, model: CameraModel) -> Maps:
        return self._maps.get(model.content_key, lambda: _fixed_point_maps(model))


def rectify_points(u_px: FloatArray, v_px: FloatArray, model: CameraModel) -> RectifiedPositions:
    """Moves points of the delivered image to the rectified one.

    Args:
        u_px: (N,) float32 column in the delivered image.
        v_px: (N,) float32 row in the delivered image.
        model: its calibration.

    Returns:
        (N,) positions and depth scales.
    """
    seen = np.stack([u_px, v_px], axis=-1).astype(np.float64)
    rays = np.concatenate([undistort(seen, model), np.ones((len(seen), 1))], axis=1)
    if not model.is_rectified_already:
        rays = rays @ model.r.T
    camera = model.rectified
    depth_scale = np.where(rays[:, 2] > 0, rays[:, 2], np.nan)
    return RectifiedPositions(
        u_px=(camera.fx * rays[:, 0] / depth_scale + camera.cx).astype(np.float32),
        v_px=(camera.fy * rays[:, 1] / depth_scale + camera.cy).astype(np.float32),
        depth_scale=depth_scale.astype(np.float32),
    )


class _Recent(Generic[Built]):
    """The values built last, by key."""

    def __init__(self, max_size: int) -> None:
        if max_size < 1:
            raise ValueError(f'expected room for at least one value, got {max_size}')
        self._max_size = max_size
        self._values: OrderedDict[Hashable, Built] = OrderedDict()

    def get(self, key: Hashable, build: Callable[[], Built]) -> Built:
        """The value of a key, built where it is not kept; the one unused longest goes."""
        if key not in self._values:
            self._values[key] = build()
        self._values.move_to_end(key)
        if len(self._values) > self._max_size:
            self._values.popitem(last=False)
        return self._values[key]


def _fixed_point_maps(model: CameraModel) -> Maps:
    height, width = model.image_size
    # Without coefficients the model's name says nothing, as for the points.
    is_fisheye = model.is_distorted and model.distortion_model == 'equidistant'
    lens = cv2.fisheye if is_fisheye else cv2
    column_row, fraction = lens.initUndistortRectifyMap(
        model.raw_k,
        model.d if model.is_distorted else np.zeros(4),
        model.r,
        model.rectified.k,
        (width, height),
        cv2.CV_16SC2,
    )
    fold = slope_of_fold(model)
    if np.isfinite(fold):
        column_row[_is_steeper(fold, model)] = _OUTSIDE
    return column_row, fraction


def _is_steeper(slope: float, model: CameraModel) -> BoolImage:
    """Which rays of the rectified grid are farther from the lens' axis.

    Past the slope of its fold a lens model shows, mirrored, what belongs further in.

    Args:
        slope: of a ray that is not, at most.
        model: the camera.

    Returns:
        (H, W) bool.
    """
    camera = model.rectified
    row, column = np.indices(model.image_size)
    rays = np.stack([(column - camera.cx) / camera.fx, (row - camera.cy) / camera.fy], axis=-1)
    # The rows of R are the rectified axes in the lens' own frame.
    x, y, z = np.moveaxis(rays @ model.r[:2] + model.r[2], -1, 0)
    return np.asarray((z <= 0) | (np.hypot(x, y) > slope * z), np.bool_)


def _rectify_all_pixels(model: CameraModel) -> RectifiedPositions:
    size = model.image_size
    row, column = np.indices(size, dtype=np.float32)
    flat = rectify_points(column.ravel(), row.ravel(), model)
    return RectifiedPositions(
        u_px=flat.u_px.reshape(size),
        v_px=flat.v_px.reshape(size),
        depth_scale=flat.depth_scale.reshape(size),
    )
