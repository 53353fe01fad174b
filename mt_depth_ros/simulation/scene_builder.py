"""Collects meshes, materials and objects, and compiles them into one MuJoCo model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np

from mt_depth_ros.core.arrays import ByteImage
from mt_depth_ros.simulation.meshes import Mesh, Vector
from mt_depth_ros.simulation.object_classes import ObjectClass, WorldObject

RENDERED_GROUP, GLASS_GROUP, DETAIL_GROUP, HIDDEN_GROUP = 0, 1, 2, 5
"""Which geoms are drawn: always, always as glass, only from near, never."""

SKY_TEXTURE = 'sky'
SKY_SIZE_PX = 256


@dataclass(frozen=True, slots=True)
class Finish:
    """How a surface looks: a material of the model, and a colour laid over its texture.

    Attributes:
        material: name of the material.
        rgba: red, green, blue, opacity in [0, 1]; multiplies the texture.
    """

    material: str
    rgba: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)

    def coloured(self, colour: Vector) -> Finish:
        """The same material in another colour (red, green, blue in [0, 1])."""
        return Finish(self.material, (float(colour[0]), float(colour[1]), float(colour[2]), 1.0))


class SceneBuilder:
    """A MuJoCo specification in the making.

    Attributes:
        rng: source of randomness for everything placed in the scene.
        spec: the specification; its world body takes everything that never moves.
        objects: what exists, in the order of its object index.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.spec: Any = mujoco.MjSpec()
        self.objects: list[WorldObject] = []
        self._geoms: list[tuple[Any, int]] = []
        self._names = 0
        _configure(self.spec)

    def name(self, stem: str) -> str:
        """A name that no other element has."""
        self._names += 1
        return f'{stem}_{self._names}'

    def add_object(self, world_object: WorldObject) -> int:
        """Registers an object and returns its index."""
        self.objects.append(world_object)
        return len(self.objects) - 1

    def add_background(self, object_class: ObjectClass) -> int:
        """Registers something that is no instance: road, terrain, a building."""
        return self.add_object(WorldObject(object_class=object_class))

    def add_finish(
        self,
        texture: ByteImage | None,
        *,
        specular: float = 0.05,
        shininess: float = 0.1,
        emission: float = 0.0,
    ) -> Finish:
        """Makes a material, textured or plain."""
        material = self.spec.add_material(
            name=self.name('material'), specular=specular, shininess=shininess, emission=emission
        )
        if texture is not None:
            name = self.name('texture')
            image = self.spec.add_texture(
                name=name,
                type=mujoco.mjtTexture.mjTEXTURE_2D,
                width=texture.shape[1],
                height=texture.shape[0],
                nchannel=3,
            )
            image.data = np.ascontiguousarray(texture).tobytes()
            textures = list(material.textures)
            textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = name
            material.textures = textures
        return Finish(material.name)

    def add_finishes(
        self, draw: Callable[[np.random.Generator], ByteImage], count: int, **look: float
    ) -> tuple[Finish, ...]:
        """Several textured materials drawn from one recipe."""
        return tuple(self.add_finish(draw(self.rng), **look) for _ in range(count))

    def add_mesh(self, mesh: Mesh) -> str:
        """Stores a mesh and returns its name, to be placed any number of times."""
        name = self.name('mesh')
        options: dict[str, Any] = {}
        if mesh.normals is not None:
            options['usernormal'] = np.ascontiguousarray(mesh.normals, dtype=np.float32).ravel()
        self.spec.add_mesh(
            name=name,
            uservert=np.ascontiguousarray(mesh.vertices_m, dtype=np.float32).ravel(),
            userface=np.ascontiguousarray(mesh.faces, dtype=np.int32).ravel(),
            usertexcoord=np.ascontiguousarray(mesh.uv, dtype=np.float32).ravel(),
            inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL,
            **options,
        )
        return name

    def place_mesh(
        self,
        name: str,
        finish: Finish,
        object_index: int,
        *,
        body: Any = None,
        position_m: Vector = (0.0, 0.0, 0.0),
        yaw_rad: float = 0.0,
        group: int = RENDERED_GROUP,
    ) -> Any:
        """Puts a stored mesh into the world or onto a body."""
        parent = self.spec.worldbody if body is None else body
        geom = parent.add_geom(
            type=mujoco.mjtGeom.mjGEOM_MESH,
            meshname=name,
            material=finish.material,
            rgba=list(finish.rgba),
            pos=list(position_m),
            quat=[np.cos(yaw_rad / 2), 0.0, 0.0, np.sin(yaw_rad / 2)],
            contype=0,
            conaffinity=0,
            group=group,
        )
        self._geoms.append((geom, object_index))
        return geom

    def place_once(self, mesh: Mesh, finish: Finish, object_index: int, **options: Any) -> Any:
        """Stores a mesh and puts it in place at once."""
        return self.place_mesh(self.add_mesh(mesh), finish, object_index, **options)

    def add_moving_body(self, stem: str) -> Any:
        """A body that is moved by hand, frame by frame."""
        return self.spec.worldbody.add_body(name=self.name(stem), mocap=True)

    def compile(self) -> tuple[Any, np.ndarray]:
        """The model, and for each of its geoms the index of the object it belongs to."""
        model = self.spec.compile()
        object_of_geom = np.full(model.ngeom, -1, dtype=np.int32)
        for geom, object_index in self._geoms:
            object_of_geom[geom.id] = object_index
        return model, object_of_geom


def _configure(spec: Any) -> None:
    """Sets units, clipping planes and buffers; adds the sky that conditions repaint."""
    spec.stat.extent = 1.0
    spec.stat.center = [0.0, 0.0, 0.0]
    spec.visual.quality.offsamples = 0
    spec.visual.quality.shadowsize = 1024
    spec.visual.headlight.active = 1
    spec.visual.headlight.diffuse = [0.0, 0.0, 0.0]
    spec.visual.headlight.specular = [0.0, 0.0, 0.0]
    sky = spec.add_texture(
        name=SKY_TEXTURE,
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        width=SKY_SIZE_PX,
        height=6 * SKY_SIZE_PX,
        nchannel=3,
    )
    sky.data = bytes(6 * 3 * SKY_SIZE_PX * SKY_SIZE_PX)
    # The renderer holds the headlight (ambient only) first, then these, in this order.
    for name in ('sun', 'skylight'):
        spec.worldbody.add_light(
            name=name,
            type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
            pos=[0, 0, 50],
            castshadow=name == 'sun',
        )
