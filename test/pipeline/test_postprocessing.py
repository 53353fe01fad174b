from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.core.camera_evidence import CameraEvidence
from mt_depth_ros.core.completion import CompletedDepth
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.resizing import GridResizer
from mt_depth_ros.pipeline.postprocessing import bring_to_camera, RangeConfig, SkyOutput

DEPTH = np.array([[10.0, 130.0, np.nan, 0.0, 50.0]], np.float32)
SKY = np.array([[False, False, False, False, True]])


def answer(sky_output: SkyOutput) -> tuple[list[float], list[float]]:
    completed = CompletedDepth(depth_m=DEPTH, uncertainty_m=np.full_like(DEPTH, 0.5), sky=SKY)
    limits = RangeConfig(max_range_m=120.0, sky_output=sky_output)
    same_grid = GridResizer(camera_size=DEPTH.shape, grid_size=DEPTH.shape)
    depth_m, uncertainty_m = bring_to_camera(completed, limits, same_grid)
    return depth_m[0].tolist(), uncertainty_m[0].tolist()


@pytest.mark.parametrize(
    ('sky_output', 'expected'),
    [
        ('inf', [10.0, np.inf, np.nan, np.nan, np.inf]),
        ('nan', [10.0, np.nan, np.nan, np.nan, np.nan]),
        ('max_range', [10.0, 120.0, np.nan, np.nan, 120.0]),
        ('keep', [10.0, 130.0, np.nan, np.nan, 50.0]),
    ],
)
def test_sky_and_beyond_range_become_what_was_asked_for(
    sky_output: SkyOutput, expected: list[float]
) -> None:
    depth_m, _ = answer(sky_output)
    np.testing.assert_array_equal(depth_m, expected)


def test_only_answers_have_an_uncertainty() -> None:
    _, uncertainty_m = answer('max_range')
    np.testing.assert_array_equal(uncertainty_m, [0.5, np.nan, np.nan, np.nan, np.nan])


def on_a_finer_camera(
    depth_m: np.ndarray, sky: np.ndarray | None, grey: np.ndarray, sky_output: SkyOutput
) -> tuple[np.ndarray, np.ndarray]:
    """Brings 24 x 32 pixels with b 0.3 m to an image of 96 x 128."""
    completed = CompletedDepth(depth_m=depth_m, uncertainty_m=np.full_like(depth_m, 0.3), sky=sky)
    resizer = GridResizer(camera_size=(96, 128), grid_size=(24, 32))
    evidence = CameraEvidence(image_rgb=np.repeat(grey[..., None], 3, axis=2))
    return bring_to_camera(completed, RangeConfig(sky_output=sky_output), resizer, evidence)


@pytest.mark.parametrize(
    ('sky_output', 'in_the_sky_m'),
    [('inf', np.inf), ('nan', np.nan), ('max_range', 120.0), ('keep', 35.0)],
)
def test_whatever_stands_for_sky_a_pale_wall_before_it_stays_whole(
    sky_output: SkyOutput, in_the_sky_m: float
) -> None:
    # Rows 0 to 9 of the grid are sky, which the network puts at 35 m, the others a wall at 20 m.
    # The uppermost pixels of the wall are as bright as the sky.
    depth_m, sky = np.full((24, 32), 20.0, np.float32), np.zeros((24, 32), np.bool_)
    depth_m[:10], sky[:10] = 35.0, True
    grey = np.full((96, 128), 200, np.uint8)
    grey[42:] = 180
    found_m, scale_m = on_a_finer_camera(depth_m, sky, grey, sky_output)
    np.testing.assert_array_equal(found_m[40:], 20.0)
    np.testing.assert_allclose(scale_m[40:], 0.3, rtol=1e-6)
    np.testing.assert_array_equal(found_m[:38], in_the_sky_m)
    assert np.isnan(scale_m[:38]).all()


def test_depth_kept_for_sky_is_as_smooth_as_that_of_a_surface() -> None:
    depth_m = np.repeat(np.linspace(30.0, 60.0, 32, dtype=np.float32)[None], 24, axis=0)
    grey = np.random.default_rng(0).integers(0, 256, (96, 128), dtype=np.uint8)
    found_m, scale_m = on_a_finer_camera(depth_m, np.ones((24, 32), np.bool_), grey, 'keep')
    expected_m, _ = on_a_finer_camera(depth_m, None, grey, 'keep')
    np.testing.assert_array_equal(found_m, expected_m)
    assert np.isnan(scale_m).all()


def test_a_range_that_is_empty_is_refused() -> None:
    with pytest.raises(ConfigError, match=r'0 <= min_depth < max_range.*min_depth 5'):
        RangeConfig(min_depth_m=5.0, max_range_m=2.0)
