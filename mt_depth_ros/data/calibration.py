"""A camera's calibration as files give it, and the steps all their formats share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.core.camera_model import CameraModel
from mt_depth_ros.core.errors import DataFileError, SensorInputError
from mt_depth_ros.core.transforms import RigidTransform

CAMERA_FRAME = 'camera'
"""Frame of a camera whose file gives it no name."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Calibration:
    """A camera, and where the LiDAR sits beside it.

    Attributes:
        camera_model: the camera.
        camera_from_lidar: takes points of the LiDAR's frame into the camera's; None when the
            files do not tell.
    """

    camera_model: CameraModel
    camera_from_lidar: RigidTransform | None = None


def build_camera_model(
    k: Matrix,
    *,
    size: tuple[int, int],
    where: Path,
    distortion: tuple[str, Matrix] | None = None,
    r: Matrix | None = None,
    p: Matrix | None = None,
    frame_id: str = CAMERA_FRAME,
) -> CameraModel:
    """Builds a camera from the numbers of a file.

    Args:
        k: (3, 3) float64 intrinsics.
        size: (height, width) pixels.
        where: the file, for errors.
        distortion: its model and coefficients; None: no distortion.
        r: (3, 3) float64 rectifying rotation; None: the identity.
        p: (3, 4) float64 projection of the rectified image; None: ``[k | 0]``.
        frame_id: the camera's optical frame.

    Raises:
        DataFileError: a value cannot be used.
    """
    model_name, coefficients = distortion or ('', np.zeros(0))
    height, width = size
    try:
        return CameraModel(
            width=width,
            height=height,
            k=k,
            distortion_model=model_name,
            d=coefficients,
            r=np.eye(3) if r is None else r,
            p=np.zeros((3, 4)) if p is None else p,
            frame_id=frame_id,
        )
    except SensorInputError as error:
        raise DataFileError(
            expected=error.expected,
            got=error.got,
            where=str(where),
            remedy='correct the file, or calibrate the camera again',
        ) from error


def build_transform(matrix: Matrix, where: Path) -> RigidTransform:
    """Builds a transform from the numbers of a file.

    Args:
        matrix: (3, 4) or (4, 4) float64, rotation and translation in metres.
        where: the file, for errors.

    Raises:
        DataFileError: it is no rigid transform.
    """
    try:
        return RigidTransform(matrix[:3, :3].copy(), matrix[:3, 3].copy())
    except ValueError as error:
        raise DataFileError(
            expected='a rotation and a translation from LiDAR to camera',
            got=str(error),
            where=str(where),
            remedy='correct the file, or calibrate the two sensors again',
        ) from error


def require_size(
    stated: tuple[int, int] | None, image_size: tuple[int, int] | None, where: Path
) -> tuple[int, int]:
    """The image's size: from the file, which has to agree with the image, or from the image.

    Args:
        stated: (height, width) in the file, or None when it has none.
        image_size: (height, width) of the image, or None when there is none at hand.
        where: the file, for errors.

    Raises:
        DataFileError: the two differ, or neither is known.
    """
    if stated is None and image_size is None:
        raise DataFileError(
            expected='the size of the image, which this calibration does not state',
            got='no image',
            where=str(where),
            remedy='give the image the calibration is for',
        )
    if stated is not None and image_size is not None and stated != image_size:
        raise DataFileError(
            expected=f'a calibration for the image of {image_size[1]}x{image_size[0]} pixels',
            got=f'one for {stated[1]}x{stated[0]}',
            where=str(where),
            remedy='use the calibration of this image, or correct the size in the file if you '
            'know that its intrinsics are those of this image',
        )
    return stated or image_size or (0, 0)
