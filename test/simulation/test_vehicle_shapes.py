from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.simulation.vehicle_shapes import body_meshes, BUS, CARS, TRUCK_CAB, VANS


@pytest.mark.parametrize('shape', [*CARS, *VANS, BUS, TRUCK_CAB], ids=lambda shape: shape.name)
def test_a_body_fills_its_measures_and_faces_outward(shape) -> None:
    skins = body_meshes(shape)
    vertices = np.concatenate([mesh.vertices_m for mesh in skins.values()])
    length, width, _ = np.ptp(vertices, axis=0)
    assert length == pytest.approx(shape.length_m, rel=0.01)
    assert width == pytest.approx(shape.width_m, rel=0.03)
    assert vertices[:, 2].max() == pytest.approx(shape.height_m, rel=0.05)
    assert vertices[:, 2].min() > 0.05
    for mesh in skins.values():
        a, b, c = (mesh.vertices_m[mesh.faces[:, k]] for k in range(3))
        outward = np.sum(np.cross(b - a, c - a) * mesh.normals[mesh.faces[:, 0]], axis=1)
        # Smoothed normals may lean inward on slivers beside a sharp corner.
        assert (outward > -1e-3).mean() > 0.97


def test_varied_vehicles_differ_but_stay_of_their_kind() -> None:
    rng = np.random.default_rng(0)
    lengths = [CARS[0].varied(rng).length_m for _ in range(20)]
    assert len(set(lengths)) == 20
    assert max(abs(length / CARS[0].length_m - 1) for length in lengths) < 0.09
