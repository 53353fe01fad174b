from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
import numpy as np

from mt_depth_ros.pipeline.depth_edges import find_depth_edges

AZIMUTH_DEG = np.arange(-20, 20, 0.2)
ELEVATION_DEG = np.arange(-10, 2, 0.4)


def scanned(range_of: object) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) points and rings of a scanner at 1.7 m height; range_of(azimuth, elevation) m."""
    azimuth, elevation = np.meshgrid(AZIMUTH_DEG, ELEVATION_DEG)
    range_m = range_of(azimuth, elevation)
    a, e = np.radians(azimuth), np.radians(elevation)
    direction = np.stack([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)], axis=-1)
    points = (direction * range_m[..., None]).reshape(-1, 3).astype(np.float32)
    ring = np.repeat(np.arange(len(ELEVATION_DEG), dtype=np.int32), len(AZIMUTH_DEG))
    return points, ring


def wall_with_box(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """A round wall 30 m away; before it, at 10 m, what lies within 4.9 degrees and below -2."""
    return np.where((np.abs(azimuth) < 4.9) & (elevation < -2.1), 10.0, 30.0)


def angles_deg(points_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x, y, z = points_m.T
    return np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y)))


def test_the_outline_of_a_box_is_found_midway_between_the_two_surfaces() -> None:
    edges = find_depth_edges(*scanned(wall_with_box))
    azimuth, elevation = angles_deg(edges.points_m)
    sides, tops = edges.is_upright, ~edges.is_upright
    # The last beams on the box are at +-4.8, the first ones past it at +-5.0.
    np.testing.assert_allclose(np.abs(azimuth[sides]), 4.9, atol=0.01)
    # The highest ring on it is at -2.4, the next at -2.0.
    np.testing.assert_allclose(elevation[tops], -2.2, atol=0.02)
    assert np.count_nonzero(sides) == 2 * 20
    assert np.count_nonzero(tops) > 35


def test_edges_lie_at_the_range_of_the_nearer_surface() -> None:
    edges = find_depth_edges(*scanned(wall_with_box))
    np.testing.assert_allclose(np.linalg.norm(edges.points_m, axis=1), 10.0, rtol=1e-5)


def test_the_ground_has_no_edges_though_its_rings_lie_metres_apart() -> None:
    def ground(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
        return 1.7 / np.sin(np.radians(np.maximum(-elevation, 1.7)))

    assert len(find_depth_edges(*scanned(ground))) == 0


def test_elevation_stands_in_for_rings() -> None:
    points, ring = scanned(wall_with_box)
    with_rings, without = find_depth_edges(points, ring), find_depth_edges(points, None)
    assert np.count_nonzero(without.is_upright) == np.count_nonzero(with_rings.is_upright)


def test_edges_along_rings_do_not_depend_on_the_order_of_the_points() -> None:
    points, ring = scanned(wall_with_box)
    order = np.random.default_rng(0).permutation(len(points))
    kept, shuffled = find_depth_edges(points, ring), find_depth_edges(points[order], ring[order])
    along_rings = [np.sort(each.points_m[each.is_upright], axis=0) for each in (kept, shuffled)]
    np.testing.assert_allclose(*along_rings, atol=1e-5)


def test_no_points_have_no_edges() -> None:
    assert len(find_depth_edges(np.zeros((0, 3), np.float32), None)) == 0
    assert len(find_depth_edges(np.zeros((5, 3), np.float32), None)) == 0


@given(st.integers(0, 2**32 - 1), st.integers(1, 300))
def test_any_cloud_gives_finite_edges_within_reach(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(-80, 80, (count, 3)).astype(np.float32)
    ring = rng.integers(0, 8, count).astype(np.int32)
    edges = find_depth_edges(points, ring)
    assert edges.is_upright.shape == (len(edges),)
    assert np.isfinite(edges.points_m).all()
    assert (np.linalg.norm(edges.points_m, axis=1) < 60.01).all()
