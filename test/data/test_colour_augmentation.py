"""Colours change within their limits; nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.colour_augmentation import ColourJitter, jittered

STILL = ColourJitter(
    brightness=0, contrast=0, saturation=0, white_balance=0, gamma=0, noise=0, blur_px=0
)


def picture() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (30, 50, 3)).astype(np.uint8)


def changed(**limits: float) -> np.ndarray:
    settings = {name: getattr(STILL, name) for name in ColourJitter.__dataclass_fields__}
    return jittered(picture(), ColourJitter(**{**settings, **limits}), np.random.default_rng(0))


def test_no_jitter_changes_nothing() -> None:
    assert np.array_equal(changed(), picture())


@pytest.mark.parametrize(
    'name',
    [
        'brightness', 'contrast', 'saturation', 'white_balance', 'gamma', 'noise', 'blur_px',
        'mixing', 'shading',
    ],
)  # fmt: skip
def test_each_limit_changes_the_picture(name: str) -> None:
    after = changed(**{name: 0.9})
    assert after.dtype == np.uint8
    assert not np.array_equal(after, picture())


def test_the_given_image_is_left_alone_and_a_generator_repeats_its_result() -> None:
    before = picture()
    first = jittered(before, ColourJitter(), np.random.default_rng(5))
    assert np.array_equal(before, picture())
    assert np.array_equal(jittered(before, ColourJitter(), np.random.default_rng(5)), first)


def test_saturation_of_a_grey_picture_has_no_effect() -> None:
    grey = np.full((4, 5, 3), 90, np.uint8)
    jitter = ColourJitter(
        brightness=0, contrast=0, saturation=1, white_balance=0, gamma=0, noise=0, blur_px=0
    )
    assert np.array_equal(jittered(grey, jitter, np.random.default_rng(1)), grey)


def test_mixing_keeps_greys_and_changes_hues() -> None:
    colours = np.full((1, 2, 3), 90, np.uint8)
    colours[0, 1] = (200, 60, 40)
    jitter = replace(STILL, mixing=1.0)
    after = [jittered(colours, jitter, np.random.default_rng(seed))[0] for seed in range(20)]
    assert all(np.array_equal(grey, (90, 90, 90)) for grey, _ in after)
    assert any(hue.argmax() != 0 for _, hue in after)


def test_shading_is_smooth_and_within_its_limit() -> None:
    plain = np.full((60, 90, 3), 100, np.uint8)
    after = jittered(plain, replace(STILL, shading=0.4), np.random.default_rng(2)).astype(int)
    assert np.ptp(after) > 20
    assert np.abs(np.diff(after, axis=0)).max() < 10
    assert np.abs(np.diff(after, axis=1)).max() < 10
    assert after.min() >= 50 and after.max() <= 150  # bicubic interpolation overshoots a little


def test_a_frame_may_lose_its_picture() -> None:
    black = jittered(picture(), ColourJitter(black_probability=1.0), np.random.default_rng(0))
    assert not black.any()


@pytest.mark.parametrize(
    'build',
    [
        lambda: ColourJitter(brightness=1.5),
        lambda: ColourJitter(gamma=-0.1),
        lambda: ColourJitter(black_probability=2.0),
    ],
)
def test_limits_that_make_no_sense_are_refused(build: Callable[[], object]) -> None:
    with pytest.raises(ConfigError, match='ColourJitter'):
        build()
