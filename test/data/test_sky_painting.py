"""Sky and patches are painted where they belong, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.sky_painting import SkyPainting, with_painted_sky

SKY_ROWS = 20


def street() -> tuple[np.ndarray, np.ndarray]:
    image_rgb = np.random.default_rng(3).integers(0, 256, (60, 90, 3)).astype(np.uint8)
    is_sky = np.zeros((60, 90), bool)
    is_sky[:SKY_ROWS] = True
    return image_rgb, is_sky


def painted(seed: int = 0, **probabilities: float) -> np.ndarray:
    painting = SkyPainting(**{'sky_probability': 0.0, 'patch_probability': 0.0, **probabilities})
    return with_painted_sky(*street(), painting, np.random.default_rng(seed))


def test_no_probability_changes_nothing() -> None:
    assert np.array_equal(painted(), street()[0])


def test_a_new_sky_reaches_no_farther_than_the_blur_of_its_outline() -> None:
    before, is_sky = street()
    after = painted(sky_probability=1.0)
    assert (after != before)[is_sky].any(axis=-1).mean() > 0.9
    assert np.array_equal(after[SKY_ROWS + 3 :], before[SKY_ROWS + 3 :])


def test_patches_are_on_surfaces_alone() -> None:
    before, is_sky = street()
    after = np.stack([painted(seed, patch_probability=1.0) for seed in range(8)])
    assert np.array_equal(after[:, is_sky], np.stack([before[is_sky]] * 8))
    assert (after != before).any(axis=(1, 2, 3)).sum() >= 6


def test_skies_differ_and_a_generator_repeats_its_own() -> None:
    skies = [painted(seed, sky_probability=1.0)[:15].mean(axis=(0, 1)) for seed in range(12)]
    assert np.ptp(skies, axis=0).min() > 80
    assert np.array_equal(painted(4, sky_probability=1.0), painted(4, sky_probability=1.0))


@pytest.mark.parametrize('size', [(1, 1), (2, 300), (300, 2)])
@pytest.mark.parametrize('all_sky', [False, True])
def test_any_size_and_share_of_sky_will_do(size: tuple[int, int], all_sky: bool) -> None:
    image_rgb = np.full((*size, 3), 7, np.uint8)
    always = SkyPainting(sky_probability=1.0, patch_probability=1.0)
    after = with_painted_sky(image_rgb, np.full(size, all_sky), always, np.random.default_rng(1))
    assert after.shape == image_rgb.shape
    assert (image_rgb == 7).all()


def test_a_probability_is_one() -> None:
    with pytest.raises(ConfigError, match='sky_probability'):
        SkyPainting(sky_probability=1.2)
