"""KITTI scans with part of their points kept out, for the scripts beside this file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mt_depth_ros.core.arrays import AnyArray, BoolImage, FloatArray, FloatImage
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.projection import grid_pixels, project_scan, rasterize_nearest
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.calibration_files import read_calibration
from mt_depth_ros.data.image_files import read_colour_image
from mt_depth_ros.data.point_files import read_points
from mt_depth_ros.evaluation.withholding import ring_numbers

WITHHELD_EVERY = 5


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class WithheldScan:
    """What a completer may see, and what it is scored on.

    Attributes:
        name: how the points were chosen.
        sparse_depth_m: (H, W) float32 metres, 0 = no measurement.
        pixel: (N,) int64, ``row * W + column`` of the withheld points.
        depth_m: (N,) float32 metres, their depth.
    """

    name: str
    sparse_depth_m: FloatImage
    pixel: AnyArray
    depth_m: FloatArray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ProjectedFrame:
    """The points of a scan inside the image, with their elevation bands.

    Attributes:
        camera: the image's grid.
        measurements: M points.
        band: (M,) int64 elevation band, 0.42 degrees each.
    """

    camera: RectifiedCamera
    measurements: DepthMeasurements
    band: AnyArray

    @property
    def sparse_depth_m(self) -> FloatImage:
        """(H, W) float32 metres, every point used."""
        return self._rasterized(np.ones(len(self.band), np.bool_))

    def withhold(self, name: str, withheld: BoolImage) -> WithheldScan:
        """Keeps points out.

        Args:
            name: how they were chosen.
            withheld: (M,) bool.
        """
        size = (self.camera.height, self.camera.width)
        scored = _part(self.measurements, withheld)
        return WithheldScan(
            name=name,
            sparse_depth_m=self._rasterized(~withheld),
            pixel=grid_pixels(scored, self.camera, size),
            depth_m=scored.depth_m,
        )

    def withhold_rings(self, offset: int) -> WithheldScan:
        """Every fifth band: those whose number leaves ``offset`` when divided by five."""
        return self.withhold(f'rings:5+{offset}', self.band % WITHHELD_EVERY == offset)

    def _rasterized(self, chosen: BoolImage) -> FloatImage:
        size = (self.camera.height, self.camera.width)
        return rasterize_nearest(_part(self.measurements, chosen), self.camera, size)


def load_object_frame(data: Path, frame: str) -> ProjectedFrame:
    """A frame of ``kitti_object``, for example ``000000``."""
    folder = data / 'kitti_object'
    return _load(
        image=folder / f'image_2/{frame}.png',
        scan=folder / f'velodyne/{frame}.bin',
        calibration=folder / f'calib/{frame}.txt',
    )


def load_raw_frame(data: Path) -> ProjectedFrame:
    """Frame 5 of KITTI raw's drive 0001."""
    day = data / 'kitti_raw/2011_09_26'
    drive = day / '2011_09_26_drive_0001_sync'
    return _load(
        image=drive / 'image_02/data/0000000005.png',
        scan=drive / 'velodyne_points/data/0000000005.bin',
        calibration=day,
    )


def scenarios(frame: ProjectedFrame) -> Iterator[tuple[str, WithheldScan]]:
    """Ways of keeping points out, from dense to sparse to unseen, each with its family."""
    for offset in range(WITHHELD_EVERY):
        yield 'rings', frame.withhold_rings(offset)
    yield 'sparse', frame.withhold('1 of 5 bands kept', frame.band % 5 != 0)
    yield 'sparse', frame.withhold('1 of 10 bands kept', frame.band % 10 != 3)
    rng = np.random.default_rng(0)
    chance = rng.random(len(frame.band))
    yield 'random', frame.withhold('20 % random', chance < 0.2)
    yield 'random', frame.withhold('90 % random', chance < 0.9)
    for share in (0.1, 0.2):
        top = np.quantile(frame.band, 1 - share)
        yield 'top', frame.withhold(f'top {share:.0%} of bands', frame.band > top)
    u_block, v_block = frame.measurements.u_px // 60, frame.measurements.v_px // 60
    yield 'holes', frame.withhold('holes of 60 pixels', (u_block % 3 == 0) & (v_block % 2 == 0))


def _load(*, image: Path, scan: Path, calibration: Path) -> ProjectedFrame:
    height, width, _ = read_colour_image(image).shape
    found = read_calibration(calibration, image_size=(height, width))
    if found.camera_from_lidar is None:
        raise ValueError(f'{calibration}: expected the transform from LiDAR to camera')
    points = read_points(scan).as_scan(stamp_ns=0, frame_id='velodyne')
    camera = found.camera_model.rectified
    projected = project_scan(points.points_m, found.camera_from_lidar, camera)
    return ProjectedFrame(
        camera=camera,
        measurements=projected.measurements,
        band=ring_numbers(points)[projected.point_index],
    )


def _part(measurements: DepthMeasurements, chosen: BoolImage) -> DepthMeasurements:
    return DepthMeasurements(
        u_px=measurements.u_px[chosen],
        v_px=measurements.v_px[chosen],
        depth_m=measurements.depth_m[chosen],
    )
