"""The text files of one Virtual KITTI 2 scene and condition: intrinsics, poses, objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.data.calibration import build_transform
from mt_depth_ros.data.text_tables import read_text_table

INTRINSIC_COLUMNS = ('K[0,0]', 'K[1,1]', 'K[0,2]', 'K[1,2]')
EXTRINSIC_COLUMNS = tuple(
    name
    for row in (1, 2, 3)
    for name in (*(f'r{row},{column}' for column in (1, 2, 3)), f't{row}')
)
OBJECT_COLUMNS = ('trackID', 'width', 'height', 'length', 'camera_space_Z')


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ObjectsInView:
    """The objects of one frame.

    Attributes:
        instance_ids: (M,) the numbers that stand for them in the instance image, trackID + 1.
        extent_m: (M,) the longest side of each.
        depth_m: (M,) depth of each, along the optical axis; behind the camera below 0.
    """

    instance_ids: Matrix
    extent_m: Matrix
    depth_m: Matrix


class VirtualKittiTexts:
    """The texts of one scene and condition; a file is read when something in it is asked for.

    Args:
        folder: where ``intrinsic.txt`` and the others lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def intrinsics(self, frame: int, camera: int) -> tuple[float, float, float, float]:
        """fx, fy, cx, cy in pixels; 0 is the centre of the first pixel.

        Raises:
            DataFileError: the file or the row is missing or damaged.
        """
        fx, fy, cx, cy = self._row('intrinsic.txt', self._intrinsics, frame, camera).tolist()
        return fx, fy, cx, cy

    def camera_from_world(self, frame: int, camera: int) -> RigidTransform:
        """Takes points of the scene's world into the camera's frame.

        Raises:
            DataFileError: the file or the row is missing or damaged.
        """
        row = self._row('extrinsic.txt', self._extrinsics, frame, camera)
        return build_transform(row.reshape(3, 4), self._folder / 'extrinsic.txt')

    def objects(self, frame: int, camera: int) -> ObjectsInView:
        """What stands in view, by ``pose.txt``; a frame may have none.

        Raises:
            DataFileError: the file is missing or damaged.
        """
        keys, values = self._objects
        here = values[(keys == (frame, camera)).all(axis=1)]
        return ObjectsInView(
            instance_ids=here[:, 0] + 1.0,
            extent_m=here[:, 1:4].max(axis=1, initial=0.0),
            depth_m=here[:, 4],
        )

    @cached_property
    def _intrinsics(self) -> dict[tuple[int, int], Matrix]:
        return _by_frame(self._table('intrinsic.txt', INTRINSIC_COLUMNS))

    @cached_property
    def _extrinsics(self) -> dict[tuple[int, int], Matrix]:
        return _by_frame(self._table('extrinsic.txt', EXTRINSIC_COLUMNS))

    @cached_property
    def _objects(self) -> tuple[Matrix, Matrix]:
        return self._table('pose.txt', OBJECT_COLUMNS)

    def _table(self, name: str, columns: Sequence[str]) -> tuple[Matrix, Matrix]:
        """(N, 2) frame and camera, and (N, columns) values."""
        values = read_text_table(self._folder / name).numbers(['frame', 'cameraID', *columns])
        return values[:, :2], values[:, 2:]

    def _row(
        self, name: str, rows: dict[tuple[int, int], Matrix], frame: int, camera: int
    ) -> Matrix:
        found = rows.get((frame, camera))
        if found is None:
            raise DataFileError(
                expected=f'a row for frame {frame} and cameraID {camera}',
                got=f'{len(rows)} other rows',
                where=str(self._folder / name),
                remedy='restore the file from its source, or remove the images it does not cover',
            )
        return found


def _by_frame(table: tuple[Matrix, Matrix]) -> dict[tuple[int, int], Matrix]:
    keys, values = table
    rows = zip(keys.astype(np.int64).tolist(), values, strict=True)
    return {(frame, camera): row for (frame, camera), row in rows}
