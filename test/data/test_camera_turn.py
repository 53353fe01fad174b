"""A turned camera sees a ray where geometry says; turns are as small as their config says."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.camera_turn import CameraTurn, seen_turned

CAMERA = RectifiedCamera(width=96, height=64, fx=80.0, fy=82.0, cx=47.0, cy=30.0)


def turn_of(*degrees: float) -> np.ndarray:
    return cv2.Rodrigues(np.radians(degrees))[0]


@pytest.mark.parametrize('degrees', [(3.0, 0.0, 0.0), (0.0, -4.0, 0.0), (2.0, 1.5, 5.0)])
def test_a_ray_is_seen_where_the_turned_camera_projects_it(degrees: tuple[float, ...]) -> None:
    image = np.zeros((64, 96), np.float32)
    image[35, 52] = 1.0
    rotation = turn_of(*degrees)
    after = seen_turned(image, CAMERA, rotation)
    u, v, w = CAMERA.k @ rotation @ np.linalg.inv(CAMERA.k) @ (52.0, 35.0, 1.0)
    rows, columns = np.indices(after.shape)
    centre = np.array([(after * columns).sum(), (after * rows).sum()]) / after.sum()
    np.testing.assert_allclose(centre, (u / w, v / w), atol=0.15)
    assert np.hypot(u / w - 52.0, v / w - 35.0) > 1.0


def test_no_turn_changes_nothing_and_labels_stay_labels() -> None:
    image_rgb = np.random.default_rng(2).integers(0, 256, (64, 96, 3)).astype(np.uint8)
    assert np.array_equal(seen_turned(image_rgb, CAMERA, np.eye(3)), image_rgb)
    mask = (image_rgb[..., 0] > 127).astype(np.float32)
    turned = seen_turned(mask, CAMERA, turn_of(0.6, 0.9, 0.0), nearest=True)
    assert set(np.unique(turned)) == {0.0, 1.0}
    assert not np.array_equal(turned, mask)


def test_half_of_the_turns_are_below_a_quarter_of_the_largest() -> None:
    rng = np.random.default_rng(4)
    turn = CameraTurn(probability=1.0, largest_deg=2.0)
    vectors = np.degrees([cv2.Rodrigues(turn.draw(rng))[0][:, 0] for _ in range(2000)])
    for angle_deg in (np.hypot(vectors[:, 0], vectors[:, 1]), abs(vectors[:, 2])):
        assert angle_deg.max() <= 2.0 + 1e-9
        assert np.median(angle_deg) == pytest.approx(0.5, abs=0.1)
    assert abs(vectors.mean(axis=0)).max() < 0.06


@pytest.mark.parametrize(
    'values', [{'probability': 1.1}, {'probability': 0.5, 'largest_deg': 0.0}]
)
def test_what_is_out_of_range_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match='CameraTurn'):
        CameraTurn(**values)
