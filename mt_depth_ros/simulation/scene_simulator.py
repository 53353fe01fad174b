"""Drives through one scene and delivers its frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mt_depth_ros.core.arrays import BoolImage, Matrix
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.simulation.config import Condition, SimulationConfig, stamp_ns
from mt_depth_ros.simulation.lidar import SpinningLidar
from mt_depth_ros.simulation.lighting import draw_lighting, paint_sky
from mt_depth_ros.simulation.object_classes import ObjectClass, WorldObject
from mt_depth_ros.simulation.offscreen_renderer import (
    OffscreenRenderer,
    pixel_rays,
    Surfaces,
    Window,
)
from mt_depth_ros.simulation.scene_builder import GLASS_GROUP, SKY_SIZE_PX
from mt_depth_ros.simulation.simulated_frame import SimulatedFrame, VisibleInstance
from mt_depth_ros.simulation.weather import draw_air, Electronics, View, weathered
from mt_depth_ros.simulation.world import rotation, World

FORWARD_LEFT_UP_FROM_OPTICAL: Matrix = np.array(
    [[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]
)
MOST_INSTANCES = 255
_LIGHT, _AIR, _NOISE, _LIDAR = range(4)


class SceneSimulator:
    """One scene of a simulation, ready to render any of its frames.

    Args:
        config: the simulation.
        scene: number of the scene, from 1.
        conditions: to render in.
        gl_context: an OpenGL context of this process.
    """

    def __init__(
        self, config: SimulationConfig, scene: int, conditions: tuple[str, ...], gl_context: Any
    ) -> None:
        self._config, self._scene = config, scene
        self._seed = int(np.random.SeedSequence([config.seed, scene]).generate_state(1)[0])
        self.world = World(self._seed, config.frames / config.frame_rate_hz)
        self.lidar = SpinningLidar(self.world, config.lidar)
        camera, ring = config.camera.pinhole, self.lidar.window
        self.renderer = OffscreenRenderer(
            self.world,
            max(camera.width, ring.width_px),
            max(camera.height, ring.height_px),
            gl_context,
        )
        self._window = Window.of_camera(camera)
        self._rays = pixel_rays(camera).astype(np.float32)
        self._looks = {}
        for name in conditions:
            condition = Condition(name)
            lighting = draw_lighting(condition, self._rng(_LIGHT))
            sky = paint_sky(lighting, self._rng(_LIGHT, 1), SKY_SIZE_PX)
            self._looks[condition] = (lighting, sky, draw_air(condition, self._rng(_AIR)))
        self._electronics = Electronics(config.camera, self._rng(_NOISE))
        self._tables = _GeomTables(self.world)

    def close(self) -> None:
        """Frees the OpenGL resources."""
        self.renderer.close()

    def _rng(self, *stream: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence([self._seed, *stream]))

    @property
    def vehicle_from_camera(self) -> RigidTransform:
        """Where the camera is mounted."""
        camera = self._config.camera
        turned = rotation(np.deg2rad(camera.yaw_deg), 0.0, 0.0)
        place = np.array([0.0, 0.0, camera.height_m])
        return RigidTransform(turned @ FORWARD_LEFT_UP_FROM_OPTICAL, place)

    @property
    def vehicle_from_lidar(self) -> RigidTransform:
        """Where the LiDAR is mounted."""
        lidar = self._config.lidar
        height = self._config.camera.height_m + lidar.above_camera_m
        place = np.array([-lidar.behind_camera_m, lidar.left_of_camera_m, height])
        return RigidTransform(np.eye(3), place)

    def frame(self, index: int) -> SimulatedFrame:
        """Renders one frame; the same index always gives the same frame."""
        config = self._config
        time_s = index / config.frame_rate_hz
        self.world.move_to(time_s)
        world_from_vehicle = self.world.vehicle_pose(time_s)
        world_from_camera = world_from_vehicle @ self.vehicle_from_camera
        self.renderer.look(world_from_camera, self._window)
        surfaces = self.renderer.surfaces()
        with np.errstate(divide='ignore'):
            depth_m = np.where(surfaces.geom < 0, np.inf, 1 / surfaces.inverse_depth)
        depth_m = depth_m.astype(np.float32)
        images = self._pictures(index, surfaces, depth_m, world_from_camera)
        sweep = self.lidar.sweep(
            self.renderer,
            world_from_vehicle @ self.vehicle_from_lidar,
            self._rng(_LIDAR, index),
            speed_mps=self.world.ego.speed_mps,
        )
        instance = self._tables.instance[surfaces.geom]
        return SimulatedFrame(
            scene=self._scene,
            index=index,
            stamp_ns=stamp_ns(self._scene, index, frame_rate_hz=config.frame_rate_hz),
            camera=config.camera.pinhole,
            images_rgb=images,
            depth_m=depth_m,
            instance=instance,
            class_rgb=self._tables.class_rgb[surfaces.geom],
            sweep=sweep,
            world_from_vehicle=world_from_vehicle,
            vehicle_from_camera=self.vehicle_from_camera,
            vehicle_from_lidar=self.vehicle_from_lidar,
            instances=self._visible(instance, world_from_camera.inverse()),
        )

    def _pictures(
        self,
        index: int,
        surfaces: Surfaces,
        depth_m: NDArray[np.float32],
        world_from_camera: RigidTransform,
    ) -> dict[str, NDArray[np.uint8]]:
        camera_from_world = world_from_camera.inverse()
        lamps = self.world.lamps_m @ camera_from_world.rotation.T + camera_from_world.translation_m
        view = View(
            depth_m=depth_m,
            rays=self._rays,
            edges=_outlines(surfaces.geom),
            ground=self._tables.is_ground[surfaces.geom],
            shining=self._tables.is_lamp[surfaces.geom],
            windows=self._tables.is_lit_window[surfaces.geom],
            lamps_m=lamps,
        )
        images = {}
        for number, (condition, (lighting, sky, air)) in enumerate(self._looks.items()):
            rendered = self.renderer.colour(lighting, sky)
            rng = self._rng(_NOISE, index, number)
            picture = weathered(rendered, view, condition, air, rng)
            images[condition.value] = self._electronics.expose(picture, rng)
        return images

    def _visible(
        self, instance: NDArray[np.uint8], camera_from_world: RigidTransform
    ) -> tuple[VisibleInstance, ...]:
        pixels = np.bincount(instance.ravel(), minlength=256)
        boxes = ndimage.find_objects(instance)
        poses = {pose.index: pose for pose in self.world.actor_poses}
        found = []
        for track_id, index in enumerate(self._tables.tracked):
            count = int(pixels[track_id + 1])
            if count == 0:
                continue
            rows, columns = boxes[track_id]
            pose, world_object = poses[index], self.world.objects[index]
            found.append(
                VisibleInstance(
                    track_id=track_id,
                    world_object=world_object,
                    position_m=pose.position_m,
                    yaw_rad=pose.yaw_rad,
                    left=columns.start,
                    right=columns.stop - 1,
                    top=rows.start,
                    bottom=rows.stop - 1,
                    pixels=count,
                    truncation=self._truncation(
                        box_corners(pose.position_m, pose.yaw_rad, world_object.size_m),
                        camera_from_world,
                    ),
                    occupancy=count / ((columns.stop - columns.start) * (rows.stop - rows.start)),
                    is_moving=world_object.is_moving,
                )
            )
        return tuple(found)

    def _truncation(self, corners_m: Matrix, camera_from_world: RigidTransform) -> float:
        """Share of a box's rectangle in the image plane that the image cuts off."""
        camera = self._config.camera
        local = corners_m @ camera_from_world.rotation.T + camera_from_world.translation_m
        z = np.maximum(local[:, 2], 0.1)
        u = camera.fx * local[:, 0] / z + camera.cx
        v = camera.fy * local[:, 1] / z + camera.cy
        full = np.ptp(u) * np.ptp(v)
        inside = np.ptp(np.clip(u, -0.5, camera.width - 0.5)) * np.ptp(
            np.clip(v, -0.5, camera.height - 0.5)
        )
        return float(np.clip(1 - inside / max(full, 1e-6), 0, 1))


def tracked_objects(objects: Sequence[WorldObject]) -> list[int]:
    """Which objects of a world are instances, in the order of their track numbers.

    Args:
        objects: all of them.

    Raises:
        ConfigError: there are more than an 8-bit instance image can tell apart, as in a very long
            drive through a crowded street.
    """
    tracked = [i for i, thing in enumerate(objects) if thing.label is not None]
    if len(tracked) > MOST_INSTANCES:
        raise ConfigError(
            expected=f'a drive that meets at most {MOST_INSTANCES} vehicles and people',
            got=f'{len(tracked)}',
            where='frames',
            remedy='choose fewer frames a scene, and more scenes',
        )
    return tracked


class _GeomTables:
    """What each geom counts as; the last entry answers for -1, the sky."""

    def __init__(self, world: World) -> None:
        objects = world.objects
        self.tracked = tracked_objects(objects)
        numbers = np.zeros(len(objects) + 1, dtype=np.uint8)
        numbers[self.tracked] = np.arange(1, len(self.tracked) + 1)
        of_geom = np.append(world.object_of_geom, -1)
        self.instance = numbers[of_geom]
        classes = [thing.object_class for thing in objects] + [ObjectClass.SKY]
        self.class_rgb = np.array([c.colour_rgb for c in classes], dtype=np.uint8)[of_geom]
        ground = [
            thing.object_class in (ObjectClass.ROAD, ObjectClass.TERRAIN) for thing in objects
        ]
        self.is_ground: BoolImage = np.array([*ground, False])[of_geom]
        material = world.model.geom_matid
        emission = np.where(material >= 0, world.model.mat_emission[material], 0.0)
        self.is_lamp: BoolImage = np.append(emission > 0, False)
        building = [thing.object_class is ObjectClass.BUILDING for thing in objects]
        is_pane = np.append(world.model.geom_group == GLASS_GROUP, False)
        is_pane &= np.array([*building, False])[of_geom]
        self.is_lit_window: BoolImage = is_pane & (np.arange(len(of_geom)) % 3 == 0)


def _outlines(geom: NDArray[np.int32]) -> BoolImage:
    """Pixels beside a change of geom."""
    edges = np.zeros(geom.shape, dtype=np.uint8)
    edges[:, 1:] |= geom[:, 1:] != geom[:, :-1]
    edges[1:] |= geom[1:] != geom[:-1]
    return np.asarray(cv2.dilate(edges, np.ones((2, 2), np.uint8)) > 0)


def box_corners(position_m: Matrix, yaw_rad: float, size_m: tuple[float, float, float]) -> Matrix:
    """(8, 3) world corners of an upright box standing on a place.

    Args:
        position_m: middle of its footprint.
        yaw_rad: heading.
        size_m: width, height, length.
    """
    width, height, length = size_m
    x, y, z = np.meshgrid([-length / 2, length / 2], [-width / 2, width / 2], [0.0, height])
    cos, sin = np.cos(yaw_rad), np.sin(yaw_rad)
    corners = np.stack([cos * x - sin * y, sin * x + cos * y, z], axis=-1)
    return np.asarray(corners.reshape(-1, 3) + position_m)
