"""Draws a world into memory through any pinhole window, with MuJoCo's OpenGL renderer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import BoolImage, ByteImage, FloatImage, Matrix
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.simulation.lighting import Lighting
from mt_depth_ros.simulation.scene_builder import (
    DETAIL_GROUP,
    GLASS_GROUP,
    HIDDEN_GROUP,
    RENDERED_GROUP,
    SKY_SIZE_PX,
    SKY_TEXTURE,
)
from mt_depth_ros.simulation.world import World

MAX_GEOMS = 12000
NEAR_M, FAR_M = 0.25, 1200.0
SHADOW_REACH_M = 40.0
SHADOW_LENGTH_M = 25.0
SMALLEST_RADIUS_PX = 1.0
DETAIL_REACH_M = 40.0
SKYLIGHT_DIRECTION: Matrix = np.array([0.25, 0.2, -1.0])


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A pinhole image: its size, and where its edges cut the plane z = 1 in optical axes.

    Attributes:
        width_px, height_px: size.
        left, right: x of the outer edges of the first and last column.
        top, bottom: y (down) of the outer edges of the first and last row.
    """

    width_px: int
    height_px: int
    left: float
    right: float
    top: float
    bottom: float

    @classmethod
    def of_camera(cls, camera: RectifiedCamera) -> Window:
        """The window of a pinhole camera; a pixel reaches half a pixel about its centre."""
        return cls(
            width_px=camera.width,
            height_px=camera.height,
            left=(-0.5 - camera.cx) / camera.fx,
            right=(camera.width - 0.5 - camera.cx) / camera.fx,
            top=(-0.5 - camera.cy) / camera.fy,
            bottom=(camera.height - 0.5 - camera.cy) / camera.fy,
        )

    @property
    def pixels_per_unit(self) -> float:
        """Columns for one unit of x at z = 1."""
        return self.width_px / (self.right - self.left)


@dataclass(frozen=True, slots=True, eq=False)
class Surfaces:
    """What is seen through each pixel of a window.

    Attributes:
        geom: (H, W) int32 index of the geom; -1 for the sky.
        inverse_depth: (H, W) float32, 1 / metres along the optical axis; 0 for the sky.
    """

    geom: NDArray[np.int32]
    inverse_depth: FloatImage


class OffscreenRenderer:
    """Looks into one world; its OpenGL resources belong to that world.

    Args:
        world: what to look at.
        width_px, height_px: of the largest window that will be asked for.
        gl_context: an OpenGL context of this process.
    """

    def __init__(self, world: World, width_px: int, height_px: int, gl_context: Any) -> None:
        self._world = world
        self._largest = (width_px, height_px)
        model = world.model
        gl_context.make_current()
        model.vis.global_.offwidth, model.vis.global_.offheight = width_px, height_px
        self._context = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
        self._context.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR
        self._context.shadowClip = SHADOW_REACH_M
        self._scene = mujoco.MjvScene(model, maxgeom=MAX_GEOMS)
        self._options = mujoco.MjvOption()
        self._options.geomgroup[:] = 0
        self._options.geomgroup[[RENDERED_GROUP, GLASS_GROUP, DETAIL_GROUP]] = 1
        self._groups = model.geom_group.copy()
        self._sky_painted = ''
        self._pose = RigidTransform.identity()
        self._viewport = mujoco.MjrRect(0, 0, width_px, height_px)
        self._geom_of_colour: NDArray[np.int32] = np.full(1, -1, dtype=np.int32)

    def close(self) -> None:
        """Frees the OpenGL resources."""
        self._context.free()

    def look(
        self,
        world_from_view: RigidTransform,
        window: Window,
        *,
        reach_m: float = FAR_M,
        with_shadows: bool = True,
    ) -> None:
        """Chooses the view.

        Args:
            world_from_view: optical axes, z forward, x right, y down.
            window: the image.
            reach_m: leaves out what is further away.
            with_shadows: also keeps what is out of sight but may throw a shadow into it.

        Raises:
            ValueError: the window is larger than the renderer was made for.
        """
        model = self._world.model
        if window.width_px > self._largest[0] or window.height_px > self._largest[1]:
            raise ValueError(
                f'window: expected at most {self._largest[0]} x {self._largest[1]} pixels, '
                f'got {window.width_px} x {window.height_px}'
            )
        wanted = self._wanted(world_from_view, window, reach_m, with_shadows=with_shadows)
        model.geom_group[:] = np.where(wanted, self._groups, HIDDEN_GROUP)
        mujoco.mjv_updateScene(
            model,
            self._world.data,
            self._options,
            None,
            mujoco.MjvCamera(),
            mujoco.mjtCatBit.mjCAT_ALL,
            self._scene,
        )
        model.geom_group[:] = self._groups
        drawn = [geom.objid for geom in self._scene.geoms[: self._scene.ngeom]]
        self._geom_of_colour = np.array([-1, *drawn], dtype=np.int32)
        # Another renderer's buffer may be bound.
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._context)
        self._pose = world_from_view
        self._viewport = mujoco.MjrRect(0, 0, window.width_px, window.height_px)
        for camera in self._scene.camera:
            camera.pos = world_from_view.translation_m
            camera.forward = world_from_view.rotation[:, 2]
            camera.up = -world_from_view.rotation[:, 1]
            camera.orthographic = 0
            camera.frustum_near, camera.frustum_far = NEAR_M, FAR_M
            camera.frustum_center = 0.5 * (window.left + window.right) * NEAR_M
            camera.frustum_width = 0.5 * (window.right - window.left) * NEAR_M
            camera.frustum_bottom = -window.bottom * NEAR_M
            camera.frustum_top = -window.top * NEAR_M
        self._flag(mujoco.mjtRndFlag.mjRND_CULL_FACE, True)
        self._flag(mujoco.mjtRndFlag.mjRND_REFLECTION, False)

    def _wanted(
        self, pose: RigidTransform, window: Window, reach_m: float, *, with_shadows: bool
    ) -> BoolImage:
        """Which geoms can be seen, or throw a shadow on what is seen."""
        local = (self._world.data.geom_xpos - pose.translation_m) @ pose.rotation
        size_m = self._world.model.geom_rbound
        distance_m = np.linalg.norm(local, axis=1)
        margin = size_m
        if with_shadows:
            shades = distance_m < 2 * SHADOW_REACH_M
            margin = size_m + np.where(shades, np.minimum(SHADOW_LENGTH_M, 8 * size_m), 0.0)
        inside = (local[:, 2] > -margin) & (distance_m - size_m < reach_m)
        for slope, sign in ((window.right, 1.0), (-window.left, -1.0)):
            # Signed distance from the plane through the eye and one edge of the window.
            outside_m = (sign * local[:, 0] - slope * local[:, 2]) / np.hypot(1.0, slope)
            inside &= outside_m < margin
        is_large = window.pixels_per_unit * size_m > SMALLEST_RADIUS_PX * (distance_m - size_m)
        is_far = (self._groups == DETAIL_GROUP) & (distance_m - size_m > DETAIL_REACH_M)
        return np.asarray(inside & is_large & ~is_far)

    def _flag(self, flag: Any, value: bool) -> None:
        self._scene.flags[flag] = value

    def surfaces(self) -> Surfaces:
        """The geoms and depths in the view set by :meth:`look`."""
        size = (self._viewport.height, self._viewport.width)
        colours = np.empty((*size, 3), dtype=np.uint8)
        z_buffer = np.empty(size, dtype=np.float32)
        self._flag(mujoco.mjtRndFlag.mjRND_SEGMENT, True)
        self._flag(mujoco.mjtRndFlag.mjRND_IDCOLOR, True)
        mujoco.mjr_render(self._viewport, self._scene, self._context)
        self._flag(mujoco.mjtRndFlag.mjRND_SEGMENT, False)
        self._flag(mujoco.mjtRndFlag.mjRND_IDCOLOR, False)
        mujoco.mjr_readPixels(colours, z_buffer, self._viewport, self._context)
        # Fewer than 65536 geoms are ever drawn, so red and green hold the whole number.
        number = colours[..., 0].astype(np.int32) + (colours[..., 1].astype(np.int32) << 8)
        geom = self._geom_of_colour[number]
        # The reversed z-buffer holds near (far - z) / (z (far - near)): affine in 1 / z.
        inverse = z_buffer * np.float32((FAR_M - NEAR_M) / (NEAR_M * FAR_M))
        inverse += np.float32(1.0 / FAR_M)
        inverse[geom < 0] = 0.0
        return Surfaces(np.ascontiguousarray(geom[::-1]), np.ascontiguousarray(inverse[::-1]))

    def colour(self, lighting: Lighting, sky: ByteImage) -> ByteImage:
        """The picture under some light, before weather and the camera's electronics.

        Args:
            lighting: sun and ambient light.
            sky: (6 * size, size, 3) faces of the sky's cube.

        Returns:
            (H, W, 3) uint8.
        """
        if self._sky_painted != lighting.name:
            self._paint_sky(sky)
            self._sky_painted = lighting.name
        ambient, sun, skylight = self._scene.lights[:3]
        towards_sun = np.array(lighting.towards_sun)
        middle = self._pose.translation_m + self._pose.rotation[:, 2] * (0.8 * SHADOW_REACH_M)
        ambient.ambient = 0.72 * np.array(lighting.ambient)
        sun.dir, sun.pos = -towards_sun, middle + towards_sun * 60.0
        sun.diffuse, sun.specular = lighting.sun, lighting.sun
        skylight.dir = SKYLIGHT_DIRECTION / np.linalg.norm(SKYLIGHT_DIRECTION)
        skylight.diffuse, skylight.specular = 0.45 * np.array(lighting.ambient), np.zeros(3)
        for light in (sun, skylight):
            light.ambient = np.zeros(3)
        self._flag(mujoco.mjtRndFlag.mjRND_SHADOW, lighting.casts_shadows)
        self._flag(mujoco.mjtRndFlag.mjRND_SKYBOX, True)
        mujoco.mjr_render(self._viewport, self._scene, self._context)
        image = np.empty((self._viewport.height, self._viewport.width, 3), dtype=np.uint8)
        mujoco.mjr_readPixels(image, None, self._viewport, self._context)
        return np.ascontiguousarray(image[::-1])

    def _paint_sky(self, sky: ByteImage) -> None:
        model = self._world.model
        texture = model.texture(SKY_TEXTURE)
        start = int(texture.adr[0])
        model.tex_data[start : start + 18 * SKY_SIZE_PX**2] = sky.ravel()
        mujoco.mjr_uploadTexture(model, self._context, texture.id)


def pixel_rays(camera: RectifiedCamera) -> Matrix:
    """(H, W, 3) directions through the pixels' centres, z = 1, in optical axes."""
    u, v = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    return np.stack(
        [(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(u.shape)], axis=2
    )
