"""Trees, bushes and hedges: clusters of leaves that light and LiDAR pass between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.simulation.meshes import ellipsoid, merged, Mesh, quads, tube
from mt_depth_ros.simulation.object_classes import ObjectClass
from mt_depth_ros.simulation.scene_builder import DETAIL_GROUP, Finish, SceneBuilder
from mt_depth_ros.simulation.textures import bark, foliage

NEAR_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class TreeModel:
    """A tree to be planted many times.

    Attributes:
        trunk, crown: names of their meshes.
        twigs: name of the mesh of leaves that are drawn only from near.
        bark, leaves: how they look.
        is_tall_stemmed: whether people and cars pass under it.
    """

    trunk: str
    crown: str
    twigs: str
    bark: Finish
    leaves: Finish
    is_tall_stemmed: bool


@dataclass(frozen=True, slots=True)
class Flora:
    """The plants of a scene.

    Attributes:
        trees: planted in gardens and parks.
        avenue: those of them with stems tall enough for the edge of a street.
        woods: simpler ones, for the distance.
        bushes: names of bush meshes.
        leaves: materials of foliage.
    """

    trees: tuple[TreeModel, ...]
    avenue: tuple[TreeModel, ...]
    woods: tuple[TreeModel, ...]
    bushes: tuple[str, ...]
    leaves: tuple[Finish, ...]


def leaf_cards(
    rng: np.random.Generator, centres_m: Matrix, outward: Matrix, size_m: float
) -> Mesh:
    """Small squares, one for each cluster of leaves, roughly facing outward.

    Args:
        rng: source of randomness.
        centres_m: (N, 3) where they hang, metres.
        outward: (N, 3) unit directions away from the middle of the crown; also the normals, so
            that a crown is shaded like the round thing it stands for.
        size_m: mean side of a square, metres.
    """
    count = len(centres_m)
    facing = outward + 0.8 * rng.standard_normal((count, 3))
    facing /= np.linalg.norm(facing, axis=1, keepdims=True)
    first = np.cross(facing, rng.standard_normal((count, 3)))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(facing, first)
    half = 0.5 * size_m * rng.uniform(0.6, 1.5, (count, 1))
    corners = np.stack(
        [
            centres_m - first * half - second * half * 0.6,
            centres_m + first * half * 0.8 - second * half,
            centres_m + first * half + second * half * 0.7,
            centres_m - first * half * 0.7 + second * half,
        ],
        axis=1,
    )
    corner_uv = rng.uniform(0, 1, (count, 1, 2)) + np.array(
        [[0.0, 0.0], [0.35, 0.0], [0.35, 0.35], [0.0, 0.35]]
    )
    normals = np.repeat(outward[:, None], 4, axis=1)
    return quads(corners, corner_uv, normals)


def _scatter_on_balls(
    rng: np.random.Generator, balls_m: Matrix, count: int, middle_m: Matrix
) -> tuple[Matrix, Matrix]:
    """Points near the surfaces of balls (N, 4: centre and radius), and their outward normals."""
    chosen = balls_m[
        rng.choice(len(balls_m), count, p=balls_m[:, 3] ** 2 / sum(balls_m[:, 3] ** 2))
    ]
    direction = rng.standard_normal((count, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    points = chosen[:, :3] + direction * chosen[:, 3:] * rng.uniform(0.65, 1.05, (count, 1))
    outward = points - middle_m + 0.8 * direction * chosen[:, 3:]
    return points, outward / np.linalg.norm(outward, axis=1, keepdims=True)


@dataclass(frozen=True, slots=True, eq=False)
class _TreeMeshes:
    """The parts of a tree: ``mass`` fills the crown, ``branches`` are seen only from near."""

    trunk: Mesh
    branches: list[Mesh]
    mass: list[Mesh]
    leaves: Mesh


def _broadleaf(rng: np.random.Generator, cards: int) -> _TreeMeshes:
    """A deciduous tree."""
    tall = rng.uniform(5.0, 13.0)
    bole = tall * rng.uniform(0.22, 0.42)
    radius = (tall - bole) * rng.uniform(0.34, 0.6)
    middle = np.array([0.0, 0.0, (tall + bole) / 2])
    count = int(rng.integers(7, 16))
    spread = rng.standard_normal((count, 3))
    spread /= np.linalg.norm(spread, axis=1, keepdims=True)
    centres = middle + spread * [radius * 0.62, radius * 0.62, (tall - bole) * 0.32]
    balls = np.column_stack([centres, rng.uniform(0.35, 0.6, count) * radius])
    points, outward = _scatter_on_balls(rng, balls, cards, middle - [0.0, 0.0, radius * 0.3])
    leaves = leaf_cards(rng, points, outward, 0.34 * radius / np.sqrt(cards / 350))
    crown = [ellipsoid(b[:3], [b[3] * 0.72] * 3, sides=6) for b in balls[::2]]
    thick = tall * rng.uniform(0.016, 0.03)
    lean = rng.normal(0, 0.15, 2)
    heights = np.linspace(-0.4, bole + radius * 0.7, 4)
    stem = np.column_stack([np.outer(np.maximum(heights, 0) / tall, lean) * 2, heights])
    trunk = tube(stem, np.linspace(1.25, 0.5, 4) * thick, sides=7)
    taper = np.array([0.5, 0.35, 0.15]) * thick
    branches = [tube(np.linspace(stem[2], ball[:3], 3), taper, sides=5) for ball in balls[:5]]
    return _TreeMeshes(trunk, branches, crown, leaves)


def _conifer(rng: np.random.Generator, cards: int) -> _TreeMeshes:
    """A fir, poplar or cypress."""
    tall = rng.uniform(5.0, 15.0)
    radius = tall * rng.uniform(0.1, 0.24)
    start = tall * rng.uniform(0.04, 0.2)
    share = 1 - np.sqrt(rng.uniform(0, 1, cards))
    height = start + share * (tall - start)
    reach = radius * (1 - share) ** 0.8 * rng.uniform(0.6, 1.1, cards) + 0.1
    azimuth = rng.uniform(0, 2 * np.pi, cards)
    flat = np.stack([np.cos(azimuth), np.sin(azimuth), np.full(cards, 0.45)], axis=1)
    points = np.column_stack([flat[:, 0] * reach, flat[:, 1] * reach, height])
    outward = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    size = 0.17 * np.sqrt(radius * (tall - start)) / np.sqrt(cards / 350)
    core = tube(
        np.array([[0, 0, start], [0, 0, start + 0.3], [0, 0, tall * 0.97]]),
        [radius * 0.5, radius * 0.72, 0.05],
    )
    trunk = tube(np.array([[0, 0, -0.4], [0, 0, tall * 0.4]]), [tall * 0.02, tall * 0.012])
    return _TreeMeshes(trunk, [], [core], leaf_cards(rng, points, outward, size))


def _add_tree_model(builder: SceneBuilder, leaves: tuple[Finish, ...], cards: int) -> TreeModel:
    rng = builder.rng
    is_tall_stemmed = bool(rng.random() < 0.75)
    tree = (_broadleaf if is_tall_stemmed else _conifer)(rng, cards)
    near, always = _split_quads(tree.leaves, NEAR_SHARE)
    return TreeModel(
        trunk=builder.add_mesh(tree.trunk),
        crown=builder.add_mesh(merged([always, *tree.mass])),
        twigs=builder.add_mesh(merged([near, *tree.branches])),
        bark=builder.add_finish(bark(rng)),
        leaves=leaves[rng.integers(len(leaves))],
        is_tall_stemmed=is_tall_stemmed,
    )


def _split_quads(mesh: Mesh, share: float) -> tuple[Mesh, Mesh]:
    """Two meshes, the first with a share of the quads."""
    half = int(len(mesh.vertices_m) // 4 * share) * 4
    pieces = []
    for part in (slice(None, half), slice(half, None)):
        normals = None if mesh.normals is None else mesh.normals[part].reshape(-1, 4, 3)
        corners, uv = mesh.vertices_m[part].reshape(-1, 4, 3), mesh.uv[part].reshape(-1, 4, 2)
        pieces.append(quads(corners, uv, normals))
    return pieces[0], pieces[1]


def _bush(rng: np.random.Generator) -> Mesh:
    tall = rng.uniform(0.5, 1.8)
    balls = np.column_stack(
        [
            rng.normal(0, 0.4, (4, 2)),
            rng.uniform(0.3, 0.6, 4) * tall,
            rng.uniform(0.35, 0.55, 4) * tall,
        ]
    )
    points, outward = _scatter_on_balls(rng, balls, 80, np.zeros(3))
    cores = [ellipsoid(b[:3], [b[3] * 0.8] * 3, sides=6) for b in balls]
    return merged([leaf_cards(rng, points, outward, 0.27), *cores])


def add_flora(builder: SceneBuilder) -> Flora:
    """Grows the plants of a scene."""
    leaves = builder.add_finishes(foliage, 6, specular=0.0)
    trees = tuple(_add_tree_model(builder, leaves, 440) for _ in range(7))
    return Flora(
        trees=trees,
        avenue=tuple(tree for tree in trees if tree.is_tall_stemmed),
        woods=tuple(_add_tree_model(builder, leaves, 130) for _ in range(5)),
        bushes=tuple(builder.add_mesh(_bush(builder.rng)) for _ in range(4)),
        leaves=leaves,
    )


def plant_tree(builder: SceneBuilder, tree: TreeModel, index: int, position_m: Matrix) -> None:
    """Plants a tree, turned at random."""
    yaw = builder.rng.uniform(0, 2 * np.pi)
    shade = builder.rng.uniform(0.8, 1.15)
    tint = (shade * builder.rng.uniform(0.9, 1.1), shade, shade)
    where: dict[str, Any] = {'position_m': position_m, 'yaw_rad': yaw}
    builder.place_mesh(tree.trunk, tree.bark, index, **where)
    builder.place_mesh(tree.crown, tree.leaves.coloured(tint), index, **where)
    leaves = tree.leaves.coloured(tint)
    builder.place_mesh(tree.twigs, leaves, index, group=DETAIL_GROUP, **where)


def hedge(
    rng: np.random.Generator, path_m: Matrix, height_m: float, width_m: float
) -> tuple[Mesh, Mesh]:
    """The mass and the leaves of a clipped hedge along a path of ground points (N, 3)."""
    along = np.gradient(path_m, axis=0)
    side = np.column_stack([-along[:, 1], along[:, 0], np.zeros(len(along))])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    up = np.array([0.0, 0.0, 1.0])
    outline = np.array(
        [[-0.5, -0.2], [-0.5, 0.85], [-0.4, 1.0], [0.4, 1.0], [0.5, 0.85], [0.5, -0.2]]
    )
    core = (
        path_m[:, None]
        + side[:, None] * (outline[:, :1] * width_m * 0.85)
        + up * (outline[:, 1:] * height_m * 0.95)
    )
    core += rng.normal(0, 0.03, core.shape)
    uv = np.stack(np.meshgrid(np.arange(6) * 0.2, np.arange(len(path_m)) * 0.3), axis=2)
    first = np.arange(0, len(path_m) * 6, 1)
    rows = np.repeat(np.arange(len(path_m) - 1) * 6, 5)
    columns = np.tile(np.arange(5), len(path_m) - 1)
    corner = rows + columns
    faces = np.concatenate(
        [
            np.stack([corner, corner + 6, corner + 7], 1),
            np.stack([corner, corner + 7, corner + 1], 1),
        ]
    ).astype(np.int32)
    outward = (side[:, None] * outline[:, :1] + up * (outline[:, 1:] - 0.4)).reshape(-1, 3)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    solid = Mesh(core.reshape(-1, 3), faces, uv.reshape(-1, 2), outward)
    chosen = rng.choice(first, len(path_m) * 14)
    points = core.reshape(-1, 3)[chosen] + rng.normal(0, 0.25, (len(chosen), 3)) * [1, 1, 0.6]
    return solid, leaf_cards(rng, points, outward[chosen], 0.22)


def add_hedge(builder: SceneBuilder, flora: Flora, path_m: Matrix) -> None:
    """Plants a hedge along ground points (N, 3), about a metre apart."""
    rng = builder.rng
    index = builder.add_background(ObjectClass.VEGETATION)
    mass, leaves = hedge(rng, path_m, rng.uniform(0.8, 2.2), rng.uniform(0.6, 1.1))
    finish = flora.leaves[rng.integers(len(flora.leaves))]
    builder.place_once(mass, finish, index)
    builder.place_once(leaves, finish, index, group=DETAIL_GROUP)
