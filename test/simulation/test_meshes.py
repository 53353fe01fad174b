from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.simulation.meshes import (
    box,
    ellipsoid,
    grid_faces,
    merged,
    Mesh,
    prism,
    tube,
    two_sided,
)


def facet_normals(mesh: Mesh) -> np.ndarray:
    a, b, c = (mesh.vertices_m[mesh.faces[:, k]] for k in range(3))
    return np.cross(b - a, c - a)


TRIANGLE = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])


@pytest.mark.parametrize(
    'mesh',
    [
        box((1.0, 2.0, 3.0), (1.0, 2.0, 0.5)),
        prism(TRIANGLE, 2.0),
        ellipsoid((0.0, 1.0, 0.0), (1.0, 2.0, 3.0)),
        tube(np.array([[0.0, 0, 0], [0, 0, 1], [0, 0, 2]]), [1.0, 1.0, 0.5]),
        tube(np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]]), [1.0, 1.0, 1.0]),
    ],
    ids=['box', 'prism', 'ellipsoid', 'upright tube', 'lying tube'],
)
def test_faces_of_solids_look_outward(mesh) -> None:
    normals = facet_normals(mesh)
    centres = mesh.vertices_m[mesh.faces].mean(axis=1) - mesh.vertices_m.mean(axis=0)
    big = np.linalg.norm(normals, axis=1) > 1e-9
    assert (np.sum(normals * centres, axis=1)[big] > 0).all()
    if mesh.normals is not None:
        assert (np.sum(normals * mesh.normals[mesh.faces[:, 0]], axis=1)[big] > 0).all()


def test_a_box_has_the_size_it_was_given() -> None:
    mesh = box((1.0, 2.0, 3.0), (2.0, 4.0, 6.0))
    assert mesh.vertices_m.min(axis=0).tolist() == [0.0, 0.0, 0.0]
    assert mesh.vertices_m.max(axis=0).tolist() == [2.0, 4.0, 6.0]


def test_a_grid_of_two_by_three_vertices_has_four_triangles() -> None:
    assert sorted(grid_faces(2, 3).tolist()) == [[0, 3, 4], [0, 4, 1], [1, 4, 5], [1, 5, 2]]


def test_merging_keeps_every_face_on_its_own_vertices() -> None:
    first, second = box((0, 0, 0), (1, 1, 1)), box((5, 0, 0), (1, 1, 1))
    both = merged([first, second])
    assert len(both.faces) == 24
    assert both.vertices_m[both.faces[12:]].reshape(-1, 3)[:, 0].min() == 4.5


def test_moving_turns_to_the_left_then_shifts() -> None:
    mesh = box((1.0, 0.0, 0.0), (0.0, 0.0, 0.0)).moved((10.0, 0.0, 1.0), np.pi / 2)
    assert mesh.vertices_m[0] == pytest.approx([10.0, 1.0, 1.0])


def test_a_two_sided_sheet_is_seen_from_both_sides() -> None:
    sheet = Mesh(np.eye(3), np.array([[0, 1, 2]], dtype=np.int32), np.zeros((3, 2)))
    normals = facet_normals(two_sided(sheet))
    assert normals[0] == pytest.approx(-normals[1])
