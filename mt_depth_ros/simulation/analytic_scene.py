"""A street of boxes on a plane whose depth is known in closed form; numpy only, no GL.

Small enough for tests and for the demo, and honest: image, LiDAR and true depth come from
intersecting the same rays with the same surfaces, each from its own sensor's place.
World and LiDAR axes: x forward, y left, z up. Camera optical axes: z forward, x right, y down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import BoolImage, ByteImage, FloatArray, FloatImage, Matrix
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.transforms import RigidTransform

CAMERA_AXES_FROM_WORLD_AXES: Matrix = np.array(
    [[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]]
)
GROUND, SKY = 0, -1
_SUN = np.array([-0.45, 0.35, 0.82])


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """An axis-aligned box standing in the world.

    Attributes:
        centre_m: x, y, z of its centre, metres.
        size_m: its full extent along x, y, z, metres.
        colour_rgb: 0..255.
        is_foreground: whether a foreground mask should hold it.
        speed_mps: how fast it moves along x, metres per second.
    """

    centre_m: tuple[float, float, float]
    size_m: tuple[float, float, float]
    colour_rgb: tuple[int, int, int]
    is_foreground: bool = False
    speed_mps: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RayHits:
    """Where rays met the scene.

    Attributes:
        distance: (N,) float64, in units of the ray's direction; +Inf for sky.
        surface: (N,) int64, ``SKY``, ``GROUND`` or 1 + index of the box.
        points_m: (N, 3) float64 world positions; not finite for sky.
        normals: (N, 3) float64 outward unit normals; 0 for sky.
    """

    distance: Matrix
    surface: NDArray[np.int64]
    points_m: Matrix
    normals: Matrix


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CameraView:
    """What the camera sees, with the truth beside it.

    Attributes:
        image_rgb: (H, W, 3) uint8.
        depth_m: (H, W) float32 metres along the optical axis, +Inf for sky.
        foreground: (H, W) bool.
    """

    image_rgb: ByteImage
    depth_m: FloatImage
    foreground: BoolImage


def _car(x: float, y: float, height: float, colour: tuple[int, int, int], speed: float) -> Box:
    return Box(
        centre_m=(x, y, height / 2),
        size_m=(4.4, 1.8, height),
        colour_rgb=colour,
        is_foreground=True,
        speed_mps=speed,
    )


def _pole(x: float, y: float) -> Box:
    return Box(centre_m=(x, y, 3.0), size_m=(0.25, 0.25, 6.0), colour_rgb=(90, 90, 95))


def _house(
    x: float, y: float, size: tuple[float, float, float], colour: tuple[int, int, int]
) -> Box:
    return Box(centre_m=(x, y, size[2] / 2), size_m=size, colour_rgb=colour)


STREET: tuple[Box, ...] = (
    _car(9.0, -2.6, 1.5, (180, 40, 40), 0.0),
    _car(17.0, 2.9, 1.5, (40, 70, 170), 0.0),
    _car(24.0, 0.3, 1.8, (230, 200, 60), 6.0),
    Box(
        centre_m=(12.0, 4.6, 0.9),
        size_m=(0.4, 0.5, 1.8),
        colour_rgb=(60, 150, 80),
        is_foreground=True,
    ),
    _pole(15.0, -4.6),
    _pole(28.0, 5.2),
    _house(22.0, -12.0, (26.0, 8.0, 8.0), (165, 125, 100)),
    _house(30.0, 12.0, (30.0, 8.0, 10.0), (150, 150, 160)),
    _house(62.0, -9.0, (18.0, 10.0, 12.0), (120, 105, 95)),
    _house(78.0, 10.0, (20.0, 12.0, 14.0), (135, 140, 125)),
)
"""Parked and driving cars, a pedestrian, poles and houses along a straight street."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AnalyticScene:
    """Boxes on the plane z = 0.

    Attributes:
        boxes: the boxes at time 0.
    """

    boxes: tuple[Box, ...] = STREET

    def cast(self, origin_m: Matrix, directions: Matrix, time_s: float) -> RayHits:
        """Intersects rays with the scene.

        Args:
            origin_m: (3,) world position all rays start from.
            directions: (N, 3) float64, not necessarily unit length.
            time_s: when; boxes with a speed have moved.
        """
        with np.errstate(divide='ignore', invalid='ignore'):
            inverse = 1.0 / directions
            ground = -origin_m[2] * inverse[:, 2]
        distance = np.where(ground > 1e-6, ground, np.inf)
        surface = np.where(np.isfinite(distance), GROUND, SKY)
        normals = np.where(np.isfinite(distance)[:, None], [0.0, 0.0, 1.0], 0.0)
        for index, box in enumerate(self.boxes):
            entry, axis = _enter_box(box, origin_m, inverse, time_s)
            nearer = entry < distance
            distance = np.where(nearer, entry, distance)
            surface = np.where(nearer, index + 1, surface)
            facing = -np.sign(directions[np.arange(len(axis)), axis])
            box_normals = np.eye(3)[axis] * facing[:, None]
            normals = np.where(nearer[:, None], box_normals, normals)
        with np.errstate(invalid='ignore'):
            points_m = origin_m + distance[:, None] * directions
        return RayHits(distance=distance, surface=surface, points_m=points_m, normals=normals)

    def view(
        self, camera: RectifiedCamera, world_from_camera: RigidTransform, time_s: float
    ) -> CameraView:
        """Renders what a camera sees."""
        column, row = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
        rays = np.stack(
            [(column - camera.cx) / camera.fx, (row - camera.cy) / camera.fy, np.ones(row.shape)],
            axis=-1,
        ).reshape(-1, 3)
        directions = rays @ world_from_camera.rotation.T
        hits = self.cast(world_from_camera.translation_m, directions, time_s)
        size = (camera.height, camera.width)
        foreground = np.array([False, False, *(box.is_foreground for box in self.boxes)])
        return CameraView(
            image_rgb=self._shade(hits, directions).reshape(*size, 3),
            depth_m=hits.distance.astype(np.float32).reshape(size),
            foreground=foreground[hits.surface + 1].reshape(size),
        )

    def scan(
        self, world_from_lidar: RigidTransform, directions: Matrix, time_s: float
    ) -> FloatArray:
        """Ranges a LiDAR with one ray per row of ``directions`` (unit vectors, LiDAR frame).

        Returns:
            (N, 3) float32 points in the LiDAR's frame; NaN where the ray met nothing.
        """
        hits = self.cast(
            world_from_lidar.translation_m, directions @ world_from_lidar.rotation.T, time_s
        )
        distance = np.where(np.isfinite(hits.distance), hits.distance, np.nan)
        return (directions * distance[:, None]).astype(np.float32)

    def _shade(self, hits: RayHits, directions: Matrix) -> ByteImage:
        colours = np.array([(0, 0, 0), (96, 96, 98), *(b.colour_rgb for b in self.boxes)], float)
        points = np.where(np.isfinite(hits.points_m), hits.points_m, 0.0)
        # A brick-like pattern fixed to the world gives the image something besides silhouettes.
        tiles = np.floor(points * [0.9, 0.9, 1.6]).sum(axis=1) % 2
        light = 0.62 + 0.3 * np.clip(hits.normals @ _SUN, 0.0, 1.0) + 0.08 * tiles
        marking = (hits.surface == GROUND) & (np.abs(points[:, 1] - 0.9) < 0.1)
        marking &= points[:, 0] % 6.0 < 3.0
        shaded = colours[hits.surface + 1] * light[:, None]
        shaded[marking] = (225, 225, 220)
        height = directions[:, 2] / np.linalg.norm(directions, axis=1)
        sky = np.array([205, 220, 235]) - np.clip(height, 0, 1)[:, None] * [110, 70, 20]
        shaded = np.where((hits.surface == SKY)[:, None], sky, shaded)
        return np.asarray(np.clip(shaded, 0, 255), dtype=np.uint8)


def _enter_box(
    box: Box, origin_m: Matrix, inverse: Matrix, time_s: float
) -> tuple[Matrix, NDArray[np.int64]]:
    """Slab test: (N,) distance at which each ray enters (+Inf: misses) and the axis it crosses."""
    centre = np.array(box.centre_m)
    centre[0] += box.speed_mps * time_s
    half = np.array(box.size_m) / 2.0
    with np.errstate(invalid='ignore'):
        first = (centre - half - origin_m) * inverse
        second = (centre + half - origin_m) * inverse
    near = np.minimum(first, second)
    axis: NDArray[np.int64] = np.argmax(near, axis=1).astype(np.int64)
    entry = near.max(axis=1)
    leave = np.maximum(first, second).min(axis=1)
    reached = np.where((entry < leave) & (entry > 1e-6), entry, np.inf)
    return reached, axis


def spinning_lidar_rays(
    elevations_deg: Matrix, *, azimuth_step_deg: float, field_of_view_deg: float = 360.0
) -> tuple[Matrix, NDArray[np.int32]]:
    """Directions of a spinning LiDAR, ring by ring.

    Args:
        elevations_deg: (R,) elevation of each laser, degrees.
        azimuth_step_deg: degrees between firings.
        field_of_view_deg: centred on x forward.

    Returns:
        directions: (R * A, 3) unit vectors in the LiDAR's frame.
        ring: (R * A,) laser number.
    """
    count = round(field_of_view_deg / azimuth_step_deg)
    azimuth = np.radians((np.arange(count) - (count - 1) / 2) * azimuth_step_deg)
    elevation = np.radians(np.asarray(elevations_deg))[:, None]
    directions = np.stack(
        [
            np.cos(elevation) * np.cos(azimuth),
            np.cos(elevation) * np.sin(azimuth),
            np.sin(elevation) * np.ones_like(azimuth),
        ],
        axis=-1,
    )
    ring = np.repeat(np.arange(len(elevation), dtype=np.int32), count)
    return directions.reshape(-1, 3), ring
