"""Lens models: from viewing rays to pixels of the delivered image, and back.

A ray is given by its slopes (x / z, y / z) in the camera's frame. The models are OpenCV's, which
``CameraInfo`` names ``plumb_bob``, ``rational_polynomial`` (both
https://docs.opencv.org/4.x/d9/d0c/group__calib3d.html) and ``equidistant``
(https://docs.opencv.org/4.x/db/d58/group__calib3d__fisheye.html).
"""

from __future__ import annotations

import cv2
import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.core.camera_model import CameraModel

# A ray is found when the lens would show it this close to where it was seen, pixels.
_TOLERANCE_PX = 1e-3
_MAX_NEWTON_STEPS = 10
_SLOPE_STEP = 1e-6
# Points handled at a time: few enough for their intermediate values to stay in the cache.
_CHUNK = 16384


def distort(rays: Matrix, model: CameraModel) -> Matrix:
    """Shows rays through the lens.

    Args:
        rays: (N, 2) float64 slopes.
        model: the camera.

    Returns:
        (N, 2) float64 u, v in pixels of the delivered image.
    """
    if not model.is_distorted:
        slopes = rays
    elif model.distortion_model == 'equidistant':
        slopes = _equidistant(rays, model.d)
    else:
        slopes = _polynomial(rays, model.d)
    k = model.raw_k
    return np.asarray(slopes * k.diagonal()[:2] + k[:2, 2], np.float64)


def undistort(seen_px: Matrix, model: CameraModel) -> Matrix:
    """Finds the rays that the lens shows in given pixels.

    Starts from OpenCV's answer and refines it by Newton's method: the few fixed-point steps that
    OpenCV takes end up pixels away near the corners of wide lenses.

    Args:
        seen_px: (N, 2) float64 u, v in pixels of the delivered image.
        model: the camera.

    Returns:
        (N, 2) float64 slopes; NaN where no ray gives the pixel.
    """
    if not model.is_distorted:
        k = model.raw_k
        return np.asarray((seen_px - k[:2, 2]) / k.diagonal()[:2], np.float64)
    rays = np.empty_like(seen_px)
    with np.errstate(divide='ignore', invalid='ignore', over='ignore'):
        for start in range(0, len(seen_px), _CHUNK):
            chunk = slice(start, start + _CHUNK)
            rays[chunk] = _undistort_chunk(seen_px[chunk], model)
        # Past the fold of its polynomial a lens model shows the same pixels a second time.
        rays[np.hypot(rays[:, 0], rays[:, 1]) > slope_of_fold(model)] = np.nan
    return rays


def slope_of_fold(model: CameraModel) -> float:
    """The slope at which rays further out begin to be seen further in; +Inf if none does."""
    if not model.is_distorted:
        return np.inf
    slopes = np.linspace(0.0, 20.0, 20001)
    rays = np.stack([slopes, np.zeros_like(slopes)], axis=-1)
    if model.distortion_model == 'equidistant':
        seen = _equidistant(rays, model.d)
    else:
        radial_only = model.d.copy()
        radial_only[[*range(2, 4), *range(8, len(model.d))]] = 0.0
        seen = _polynomial(rays, radial_only)
    folds = np.flatnonzero(np.diff(seen[:, 0]) <= 0)
    return float(slopes[folds[0] + 1]) if len(folds) else np.inf


def _undistort_chunk(seen_px: Matrix, model: CameraModel) -> Matrix:
    lens = cv2.fisheye if model.distortion_model == 'equidistant' else cv2
    first = lens.undistortPoints(seen_px[:, np.newaxis], model.raw_k, model.d)
    rays = np.array(first[:, 0], np.float64)
    unfinished = np.arange(len(rays))
    for _ in range(_MAX_NEWTON_STEPS):
        here = distort(rays[unfinished], model)
        error_px = seen_px[unfinished] - here
        is_off = ~(np.abs(error_px).max(axis=1) <= _TOLERANCE_PX)
        unfinished = unfinished[is_off]
        if len(unfinished) == 0:
            return rays
        rays[unfinished] += _newton_step(rays[unfinished], here[is_off], error_px[is_off], model)
    rays[unfinished] = np.nan
    return rays


def _newton_step(rays: Matrix, here_px: Matrix, error_px: Matrix, model: CameraModel) -> Matrix:
    """How far to move (N, 2) rays, seen at ``here_px``, so that their pixels move by the error."""
    right, down = _SLOPE_STEP * np.eye(2)
    along_x = (distort(rays + right, model) - here_px) / _SLOPE_STEP
    along_y = (distort(rays + down, model) - here_px) / _SLOPE_STEP
    area = along_x[:, 0] * along_y[:, 1] - along_y[:, 0] * along_x[:, 1]
    step_x = (along_y[:, 1] * error_px[:, 0] - along_y[:, 0] * error_px[:, 1]) / area
    step_y = (along_x[:, 0] * error_px[:, 1] - along_x[:, 1] * error_px[:, 0]) / area
    return np.stack([step_x, step_y], axis=-1)


def _equidistant(rays: Matrix, d: Matrix) -> Matrix:
    radius = np.hypot(rays[:, 0], rays[:, 1])
    angle = np.arctan(radius)
    square = angle * angle
    k1, k2, k3, k4 = d
    seen_angle = angle * (1 + square * (k1 + square * (k2 + square * (k3 + square * k4))))
    is_on_axis = radius < 1e-12
    shrink = np.where(is_on_axis, 1.0, seen_angle / np.where(is_on_axis, 1.0, radius))
    return np.asarray(rays * shrink[:, np.newaxis], np.float64)


def _polynomial(rays: Matrix, d: Matrix) -> Matrix:
    """Radial, tangential, rational, thin prism and tilt, as far as there are coefficients."""
    k1, k2, p1, p2, k3, k4, k5, k6, s1, s2, s3, s4, tilt_x, tilt_y = np.pad(d, (0, 14 - len(d)))
    x, y = rays.T.copy()
    square = x * x + y * y
    radial = 1 + square * (k1 + square * (k2 + square * k3))
    radial /= 1 + square * (k4 + square * (k5 + square * k6))
    seen_x = x * radial + 2 * p1 * x * y + p2 * (square + 2 * x * x) + square * (s1 + s2 * square)
    seen_y = y * radial + p1 * (square + 2 * y * y) + 2 * p2 * x * y + square * (s3 + s4 * square)
    slopes = np.stack([seen_x, seen_y], axis=-1)
    if tilt_x == 0 and tilt_y == 0:
        return slopes
    tilted = np.column_stack([slopes, np.ones(len(slopes))]) @ _tilt(tilt_x, tilt_y).T
    return np.asarray(tilted[:, :2] / tilted[:, 2:], np.float64)


def _tilt(tilt_x: float, tilt_y: float) -> Matrix:
    """(3, 3) projection of the image onto a sensor tilted about x, then about y, radians."""
    about_x, _ = cv2.Rodrigues(np.array([-tilt_x, 0.0, 0.0]))
    about_y, _ = cv2.Rodrigues(np.array([0.0, -tilt_y, 0.0]))
    rotation = np.asarray(about_y @ about_x, np.float64)
    onto_sensor = np.array(
        [
            [rotation[2, 2], 0.0, -rotation[0, 2]],
            [0.0, rotation[2, 2], -rotation[1, 2]],
            [0.0, 0.0, 1.0],
        ]
    )
    return onto_sensor @ rotation
