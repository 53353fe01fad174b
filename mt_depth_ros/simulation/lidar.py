"""A spinning LiDAR: what its beams meet from where it stands, and what its optics make of that.

LiDAR axes: x forward, y left, z up. One turn starts behind the car and runs clockwise seen from
above, as Velodyne's do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.simulation.config import LidarConfig
from mt_depth_ros.simulation.object_classes import ObjectClass
from mt_depth_ros.simulation.offscreen_renderer import OffscreenRenderer, Surfaces, Window
from mt_depth_ros.simulation.scene_builder import GLASS_GROUP
from mt_depth_ros.simulation.sweep import Sweep
from mt_depth_ros.simulation.world import World

REFLECTIVITY: dict[ObjectClass, float] = {
    ObjectClass.ROAD: 0.16,
    ObjectClass.TERRAIN: 0.28,
    ObjectClass.TREE: 0.38,
    ObjectClass.VEGETATION: 0.4,
    ObjectClass.BUILDING: 0.4,
    ObjectClass.GUARD_RAIL: 0.5,
    ObjectClass.TRAFFIC_SIGN: 0.95,
    ObjectClass.TRAFFIC_LIGHT: 0.35,
    ObjectClass.POLE: 0.45,
    ObjectClass.MISC: 0.35,
    ObjectClass.TRUCK: 0.4,
    ObjectClass.CAR: 0.3,
    ObjectClass.VAN: 0.35,
}
GLASS_RETURN_SHARE = 0.6
OWN_ROOF_BELOW_M = 0.33
OWN_ROOF_X_M, OWN_ROOF_Y_M = (-1.05, 0.85), (-0.55, 0.55)
RING_WINDOWS = 6
WINDOW_PX_PER_UNIT = 480.0


@dataclass(frozen=True, slots=True, eq=False)
class Echoes:
    """What beams meet, before the sensor's own failings.

    Attributes:
        range_m: (N,) float64; +Inf where there is nothing.
        geom: (N,) int32; -1 where there is nothing.
        incidence: (N,) float64 cosine of the angle to the surface's normal.
    """

    range_m: Matrix
    geom: NDArray[np.int32]
    incidence: Matrix


def elevations_deg(beams: int) -> Matrix:
    """Elevation of every beam, lowest first, in the manner of Velodyne's sensors.

    Args:
        beams: 64 as an HDL-64E (upper half every 1/3 degree, lower half every 1/2), 32 as an
            HDL-32E, 16 as a VLP-16, 8 as every other beam of a VLP-16.

    Returns:
        (beams,) degrees above the horizontal.
    """
    if beams == 64:
        upper = 2.0 - np.arange(32) / 3.0
        lower = upper[-1] - 0.5 * np.arange(1, 33)
        return np.sort(np.concatenate([upper, lower]))
    if beams == 32:
        return np.linspace(-30.67, 10.67, 32)
    sixteen = np.linspace(-15.0, 15.0, 16)
    return sixteen if beams == 16 else sixteen[::2]


class SpinningLidar:
    """Turns views rendered from where the sensor stands into the echoes of its beams.

    The world is drawn into a ring of pinhole windows. In such a window the inverse depth of a
    plane is an affine function of the pixel, so it is interpolated without error between pixels
    that see the same surface; at edges the nearest pixel counts.

    Args:
        world: what is scanned.
        config: the sensor.
    """

    def __init__(self, world: World, config: LidarConfig) -> None:
        self._world, self._config = world, config
        elevation = np.deg2rad(elevations_deg(config.beams))
        azimuth = np.pi - 2 * np.pi * (np.arange(config.columns) + 0.5) / config.columns
        self._azimuth, self._elevation = np.meshgrid(azimuth, elevation, indexing='ij')
        ring = np.broadcast_to(np.arange(config.beams), self._azimuth.shape)
        self._ring = ring.ravel().astype(np.int32)
        turn = (np.arange(config.columns) + 0.5) / config.columns - 0.5
        self._time_s = np.repeat(turn * config.period_s, config.beams)
        shades = np.random.default_rng(len(world.objects)).uniform(0.6, 1.4, len(world.objects))
        grounds = np.array([REFLECTIVITY.get(o.object_class, 0.3) for o in world.objects])
        self._reflectivity = np.clip(grounds * shades, 0.03, 1.0)
        self._is_glass = world.model.geom_group == GLASS_GROUP
        self.window = _ring_window(elevation)

    def sweep(
        self,
        renderer: OffscreenRenderer,
        world_from_lidar: RigidTransform,
        rng: np.random.Generator,
        *,
        speed_mps: float = 0.0,
    ) -> Sweep:
        """One turn with the world standing still.

        Args:
            renderer: draws the world.
            world_from_lidar: where the sensor is at the sweep's stamp, the middle of the turn.
            rng: source of the sensor's noise.
            speed_mps: of the car, for motion distortion.
        """
        config = self._config
        views = self._views(renderer, world_from_lidar)
        wobble = rng.normal(0.0, np.deg2rad(config.angle_noise_deg), self._azimuth.shape)
        azimuth = (self._azimuth + wobble).ravel()
        elevation = self._elevation.ravel()
        echoes = self._echoes(views, azimuth, elevation)
        if config.beam_divergence_deg > 0:
            beside = azimuth + np.deg2rad(config.beam_divergence_deg) / 2
            other = self._echoes(views, beside, elevation)
            echoes = replace(echoes, range_m=_mixed(echoes.range_m, other.range_m, rng))
        returned = self._returned(echoes, rng) & ~_meets_own_roof(azimuth, elevation)
        kept = np.flatnonzero(returned)
        measured = echoes.range_m[kept] + rng.normal(0, config.range_noise_m, len(kept))
        points = _directions(azimuth[kept], elevation[kept]) * measured[:, None]
        if config.motion_distortion:
            points[:, 0] -= speed_mps * self._time_s[kept]
        objects = self._world.object_of_geom[echoes.geom[kept]]
        intensity = self._reflectivity[objects] * np.sqrt(echoes.incidence[kept])
        intensity *= rng.uniform(0.85, 1.1, len(kept))
        return Sweep(
            points.astype(np.float32),
            np.clip(intensity, 0.0, 1.0).astype(np.float32),
            self._ring[kept],
            self._time_s[kept].astype(np.float32),
        )

    def _views(self, renderer: OffscreenRenderer, pose: RigidTransform) -> list[Surfaces]:
        """What each window of the ring sees; window k looks along azimuth -180 + 60 (k + 1/2)."""
        views = []
        for k in range(RING_WINDOWS):
            middle = -np.pi + (k + 0.5) * 2 * np.pi / RING_WINDOWS
            cos, sin = np.cos(middle), np.sin(middle)
            optical = np.array([[sin, 0.0, cos], [-cos, 0.0, sin], [0.0, -1.0, 0.0]])
            view = pose @ RigidTransform(optical, np.zeros(3))
            reach = self._config.max_range_m
            renderer.look(view, self.window, reach_m=reach, with_shadows=False)
            views.append(renderer.surfaces())
        return views

    def _echoes(self, views: list[Surfaces], azimuth: Matrix, elevation: Matrix) -> Echoes:
        """What beams of given directions (radians) meet in the ring of windows."""
        step = 2 * np.pi / RING_WINDOWS
        nominal = self._azimuth.ravel()
        number = np.clip(((nominal + np.pi) / step).astype(np.int64), 0, RING_WINDOWS - 1)
        off_axis = azimuth - (-np.pi + (number + 0.5) * step)
        window = self.window
        x, y = -np.tan(off_axis), -np.tan(elevation) / np.cos(off_axis)
        u = (x - window.left) * window.pixels_per_unit - 0.5
        v = (y - window.top) * window.pixels_per_unit - 0.5
        column = np.clip(u.astype(np.int64), 0, window.width_px - 2)
        row = np.clip(v.astype(np.int64), 0, window.height_px - 2)
        geom = np.stack([view.geom for view in views])
        inverse_depth = np.stack([view.inverse_depth for view in views])
        at = (number * window.height_px + row) * window.width_px + column
        around = at[:, None] + np.array([0, 1, window.width_px, window.width_px + 1])
        geoms = geom.ravel()[around]
        inverses = inverse_depth.ravel()[around].astype(np.float64)
        along, down = u - column, v - row
        nearest = 2 * (down > 0.5) + (along > 0.5)
        geom_hit = geoms[np.arange(len(at)), nearest]
        inverse, slope_x, slope_y, smooth = _surface_at(geoms, inverses, along, down, nearest)
        # A plane a X + b Y + c Z = 1 has inverse depth a x + b y + c: its normal is (a, b, c).
        a, b = slope_x * window.pixels_per_unit, slope_y * window.pixels_per_unit
        normal = np.sqrt(a**2 + b**2 + (inverse - a * x - b * y) ** 2)
        with np.errstate(divide='ignore', invalid='ignore'):
            range_m = np.sqrt(1 + x**2 + y**2) / inverse
            incidence = 1.0 / (range_m * normal)
        incidence = np.where(smooth & (geom_hit >= 0), np.clip(incidence, 0.0, 1.0), 0.6)
        return Echoes(np.where(geom_hit >= 0, range_m, np.inf), geom_hit, incidence)

    def _returned(self, echoes: Echoes, rng: np.random.Generator) -> NDArray[np.bool_]:
        """Which beams come back: echoes weaken with range and on dark or slanted surfaces."""
        config, range_m = self._config, echoes.range_m
        hit = (range_m > config.min_range_m) & (range_m < config.max_range_m)
        objects = self._world.object_of_geom[echoes.geom]
        strength = self._reflectivity[objects] * np.sqrt(echoes.incidence)
        reach = config.max_range_m * np.sqrt(np.clip(strength / 0.05, 0.0, 1.0))
        fade = np.clip((range_m / reach - 0.5) / 0.5, 0.0, 1.0)
        loss = config.dropout + (1 - config.dropout) * fade**2
        loss = np.where(self._is_glass[echoes.geom], 1 - GLASS_RETURN_SHARE * (1 - loss), loss)
        return np.asarray(hit & (rng.random(len(range_m)) >= loss))


def _surface_at(
    geoms: NDArray[np.int32],
    inverses: Matrix,
    along: Matrix,
    down: Matrix,
    nearest: NDArray[np.int64],
) -> tuple[Matrix, Matrix, Matrix, NDArray[np.bool_]]:
    """Inverse depth between four pixels: interpolated within a surface, the nearest at an edge.

    ``geoms`` and ``inverses`` (N, 4) are of the pixels upper left, upper right, lower left, lower
    right; ``along`` and ``down`` (N,) say where between them, 0 to 1, and ``nearest`` (N,) which
    of the four is nearest.

    Returns:
        (N,) inverse depth, its slopes to the right and downward (per pixel), and whether all
        four see one surface; the slopes mean something only there.
    """
    low, high = inverses.min(axis=1), inverses.max(axis=1)
    smooth = (geoms == geoms[:, :1]).all(axis=1) & (high - low < 0.1 * high)
    slope_x = (inverses[:, 1] - inverses[:, 0]) * (1 - down)
    slope_x += (inverses[:, 3] - inverses[:, 2]) * down
    slope_y = (inverses[:, 2] - inverses[:, 0]) * (1 - along)
    slope_y += (inverses[:, 3] - inverses[:, 1]) * along
    top = inverses[:, 0] * (1 - along) + inverses[:, 1] * along
    inverse = np.where(smooth, top + slope_y * down, inverses[np.arange(len(nearest)), nearest])
    return inverse, slope_x, slope_y, smooth


def _directions(azimuth: Matrix, elevation: Matrix) -> Matrix:
    """(N, 3) unit vectors in LiDAR axes from angles in radians."""
    flat = np.cos(elevation)
    return np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)], axis=1)


def _meets_own_roof(azimuth: Matrix, elevation: Matrix) -> NDArray[np.bool_]:
    """Which beams end on the roof and bonnet of the car that carries the sensor."""
    reach = OWN_ROOF_BELOW_M / np.tan(np.maximum(-elevation, 1e-3))
    x, y = reach * np.cos(azimuth), reach * np.sin(azimuth)
    along = (x > OWN_ROOF_X_M[0]) & (x < OWN_ROOF_X_M[1])
    return np.asarray(along & (y > OWN_ROOF_Y_M[0]) & (y < OWN_ROOF_Y_M[1]))


def _ring_window(elevation: Matrix) -> Window:
    """One of the windows that together look all around, between the extreme elevations."""
    half = np.tan(np.pi / RING_WINDOWS) + 4 / WINDOW_PX_PER_UNIT
    steepest = np.cos(np.pi / RING_WINDOWS)
    margin = 3 / WINDOW_PX_PER_UNIT
    top = -max(np.tan(elevation.max()) / steepest, np.tan(elevation.max())) - margin
    bottom = -min(np.tan(elevation.min()) / steepest, np.tan(elevation.min())) + margin
    width, height = (
        round(2 * half * WINDOW_PX_PER_UNIT),
        round((bottom - top) * WINDOW_PX_PER_UNIT),
    )
    return Window(
        width_px=width,
        height_px=height,
        left=-width / 2 / WINDOW_PX_PER_UNIT,
        right=width / 2 / WINDOW_PX_PER_UNIT,
        top=top,
        bottom=top + height / WINDOW_PX_PER_UNIT,
    )


def _mixed(range_m: Matrix, beside_m: Matrix, rng: np.random.Generator) -> Matrix:
    """Ranges of beams that have a width: one that grazes an edge reports a mixture.

    Surfaces closer together than the pulse is long (2.5 m) melt into one echo between them;
    otherwise the nearer one answers.
    """
    share = rng.random(len(range_m))
    both = np.isfinite(range_m) & np.isfinite(beside_m)
    other_m = np.where(both, beside_m, range_m)
    apart = np.zeros_like(range_m)
    np.subtract(other_m, range_m, out=apart, where=both)
    melted = range_m + share * apart
    split = (np.abs(apart) > 0.3) & (share < 0.5)
    mixed = np.where(np.abs(apart) < 2.5, melted, np.minimum(range_m, other_m))
    return np.where(split, mixed, range_m)
