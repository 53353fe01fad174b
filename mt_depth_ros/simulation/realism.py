"""Figures of a simulated frame that have a real counterpart, to hold the world to them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator, NearestNDInterpolator

from mt_depth_ros.core.arrays import ByteImage, FloatArray, FloatImage, Matrix
from mt_depth_ros.simulation.atomic_files import write_atomically
from mt_depth_ros.simulation.contact_sheet import depth_colours
from mt_depth_ros.simulation.image_encoding import png_bytes, read_colour
from mt_depth_ros.simulation.simulated_frame import SimulatedFrame

Indices: TypeAlias = NDArray[np.int64]

FILL_SIZE = (256, 512)
FILL_SHARE = 0.05
FILL_CAP_M = 80.0
KITTI_INTRINSICS: Matrix = np.array(
    [[721.5377, 0.0, 609.5593], [0.0, 721.5377, 172.854], [0.0, 0.0, 1.0]]
)
"""Of KITTI's left colour camera, 1242 x 375 pixels."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameFigures:
    """What can be compared between worlds.

    Attributes:
        lidar_error_m: median difference between LiDAR and depth where both see one surface.
        see_through_share: of the points in view that lie behind what the camera sees there.
        linear_mae_m, linear_rmse_m: of linear interpolation between 5 % of the pixels of the
            256x512 depth map, where the truth is at most 80 m.
        lidar_density: share of the pixels of KITTI's camera that would hold a LiDAR point. (It
            looks further down than Virtual KITTI 2's: its centre is 14 rows higher.)
        in_view_share: share of the sweep's points that would fall into KITTI's image.
        sweep_points: points in the sweep.
        sky_share: of pixels.
        depth_p5_m, depth_p50_m, depth_p95_m: quantiles of depth outside the sky.
        instances: how many are visible.
        instance_share: of pixels that belong to one.
    """

    lidar_error_m: float
    see_through_share: float
    linear_mae_m: float
    linear_rmse_m: float
    lidar_density: float
    in_view_share: float
    sweep_points: int
    sky_share: float
    depth_p5_m: float
    depth_p50_m: float
    depth_p95_m: float
    instances: int
    instance_share: float


def measure_frame(frame: SimulatedFrame) -> FrameFigures:
    """The figures of one frame."""
    column, row, depth = projected(frame)
    seen = frame.depth_m[row, column]
    behind = depth - seen
    # A surface counts as seen by both where the two agree to within 5 % or half a metre; what
    # lies further behind was seen past an edge.
    shared = np.abs(behind) < np.maximum(0.5, 0.05 * seen)
    sky = np.isinf(frame.depth_m)
    known = frame.depth_m[~sky]
    points = frame.camera_from_lidar.apply(frame.sweep.points_m)
    kitti_column, kitti_row, _ = _in_image(points, KITTI_INTRINSICS, (375, 1242))
    mae, rmse = linear_fill_errors(frame.depth_m, seed=frame.scene * 100_000 + frame.index)
    p5, p50, p95 = np.percentile(known, [5, 50, 95])
    return FrameFigures(
        lidar_error_m=float(np.median(np.abs(behind[shared]))),
        see_through_share=float(np.mean(behind > np.maximum(0.7, 0.1 * seen))),
        linear_mae_m=mae,
        linear_rmse_m=rmse,
        lidar_density=len(np.unique(kitti_row * 1242 + kitti_column)) / (1242 * 375),
        in_view_share=len(kitti_row) / len(frame.sweep.points_m),
        sweep_points=len(frame.sweep.points_m),
        sky_share=float(sky.mean()),
        depth_p5_m=float(p5),
        depth_p50_m=float(p50),
        depth_p95_m=float(p95),
        instances=len(frame.instances),
        instance_share=float(np.mean(frame.instance > 0)),
    )


def projected(frame: SimulatedFrame) -> tuple[Indices, Indices, FloatArray]:
    """Column, row and depth (metres) of the LiDAR's points that fall into the image."""
    points = frame.camera_from_lidar.apply(frame.sweep.points_m)
    camera = frame.camera
    return _in_image(
        points,
        np.array([[camera.fx, 0, camera.cx], [0, camera.fy, camera.cy], [0, 0, 1]]),
        (camera.height, camera.width),
    )


def _in_image(
    points_m: FloatArray, intrinsics: Matrix, size: tuple[int, int]
) -> tuple[Indices, Indices, FloatArray]:
    points_m = points_m[points_m[:, 2] > 0.1]
    pixels = points_m @ intrinsics.T
    column = np.round(pixels[:, 0] / points_m[:, 2]).astype(np.int64)
    row = np.round(pixels[:, 1] / points_m[:, 2]).astype(np.int64)
    inside = (column >= 0) & (column < size[1]) & (row >= 0) & (row < size[0])
    depth_m = np.asarray(points_m[inside, 2], dtype=np.float32)
    return column[inside], row[inside], depth_m


def linear_fill_errors(depth_m: FloatImage, *, seed: int) -> tuple[float, float]:
    """How far plain linear interpolation is off: MAE and RMSE in metres.

    The depth map is resized to 256x512 by nearest neighbour; 5 % of its pixels outside the sky
    are given; what lies outside their hull takes the nearest.

    Args:
        depth_m: (H, W) float32 metres, +Inf for the sky.
        seed: chooses the pixels.
    """
    height, width = FILL_SIZE
    small = cv2.resize(depth_m, (width, height), interpolation=cv2.INTER_NEAREST)
    known = np.isfinite(small)
    given = known & (np.random.default_rng(seed).random(small.shape) < FILL_SHARE)
    places = np.argwhere(given).astype(np.float64)
    rows, columns = np.mgrid[:height, :width]
    filled = LinearNDInterpolator(places, small[given])(rows, columns)
    nearest = NearestNDInterpolator(places, small[given])
    open_ = np.isnan(filled)
    filled[open_] = nearest(rows[open_], columns[open_])
    scored = known & (small <= FILL_CAP_M)
    error = np.minimum(filled[scored], FILL_CAP_M) - small[scored]
    return float(np.abs(error).mean()), float(np.sqrt((error**2).mean()))


def write_see_through_comparison(path: Path, frame: SimulatedFrame, kitti_object: Path) -> None:
    """Draws LiDAR over the picture, simulated above a real KITTI frame.

    Args:
        path: the PNG to write.
        frame: the simulated one.
        kitti_object: folder with KITTI's ``image_2``, ``velodyne`` and ``calib``.
    """
    (image,) = frame.images_rgb.values()
    panels = [_dots(image, *projected(frame))]
    for scan in sorted((kitti_object / 'velodyne').glob('*.bin'))[:2]:
        real_rgb = read_colour(kitti_object / 'image_2' / f'{scan.stem}.png')
        points, intrinsics = _kitti_points(scan, kitti_object / 'calib' / f'{scan.stem}.txt')
        panels.append(
            _dots(real_rgb, *_in_image(points, intrinsics, (real_rgb.shape[0], real_rgb.shape[1])))
        )
    width = min(panel.shape[1] for panel in panels)
    write_atomically(path, png_bytes(np.concatenate([panel[:, :width] for panel in panels])))


def _kitti_points(scan: Path, calibration: Path) -> tuple[FloatArray, Matrix]:
    """A real scan in the axes of KITTI's left colour camera, and that camera's intrinsics."""
    numbers = {}
    for line in calibration.read_text().splitlines():
        name, _, values = line.partition(':')
        if values:
            numbers[name] = np.array(values.split(), dtype=np.float64)
    projection = numbers['P2'].reshape(3, 4)
    rectify, mounting = numbers['R0_rect'].reshape(3, 3), numbers['Tr_velo_to_cam'].reshape(3, 4)
    points = np.fromfile(scan, dtype=np.float32).reshape(-1, 4)[:, :3]
    moved = (points @ mounting[:, :3].T + mounting[:, 3]) @ rectify.T
    moved += np.linalg.inv(projection[:, :3]) @ projection[:, 3]
    return moved.astype(np.float32), projection[:, :3]


def _dots(image_rgb: ByteImage, column: Indices, row: Indices, depth_m: FloatArray) -> ByteImage:
    """Points over a darkened picture; those that seem seen through an edge are ringed.

    A point counts as that when another within 4 columns and 2 rows is more than 1.5 m and a tenth
    nearer; the same rule serves both worlds, as real frames have no true depth.
    """
    picture = np.asarray(image_rgb // 2, dtype=np.uint8)
    order = np.argsort(-depth_m)
    column, row, depth_m = column[order], row[order], depth_m[order]
    picture[row, column] = depth_colours(depth_m[None].astype(np.float32))[0]
    sparse = np.full(image_rgb.shape[:2], 1e6, dtype=np.float32)
    sparse[row, column] = depth_m
    nearest = cv2.erode(sparse, np.ones((5, 9), np.uint8))[row, column]
    ringed = depth_m > np.maximum(1.1 * nearest, nearest + 1.5)
    for x, y in zip(column[ringed].tolist(), row[ringed].tolist(), strict=True):
        cv2.circle(picture, (x, y), 2, (255, 60, 255), 1)
    return picture
