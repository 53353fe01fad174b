"""Random variants of a training frame."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.augmentation import Augmentation, augmented
from mt_depth_ros.data.colour_augmentation import ColourJitter
from mt_depth_ros.data.sample import DepthSample


@pytest.fixture
def slope(make_sample: Callable[..., DepthSample]) -> DepthSample:
    """Depth that grows by 1 m a column, so that a pixel's depth tells where it was."""
    return make_sample(truth_m=np.tile(1 + np.arange(40, dtype=np.float32), (20, 1)))


def variants(sample: DepthSample, augmentation: Augmentation, number: int) -> list[DepthSample]:
    rng = np.random.default_rng(0)
    return [augmented(sample, augmentation, rng) for _ in range(number)]


def test_half_of_the_frames_are_mirrored(slope: DepthSample) -> None:
    frames = variants(slope, Augmentation(), 100)
    first_columns = [float(frame.truth_m[0, 0]) for frame in frames]
    assert set(first_columns) == {1.0, 40.0}
    assert first_columns.count(40.0) == pytest.approx(50, abs=20)


def test_crops_come_from_everywhere_and_keep_rays_true(slope: DepthSample) -> None:
    augmentation = Augmentation(crop_size=(8, 16), mirror_probability=0.0)
    lefts = set()
    for frame in variants(slope, augmentation, 100):
        assert frame.truth_m.shape == (8, 16)
        left = round(float(frame.truth_m[0, 0])) - 1
        assert frame.camera.cx == 19.5 - left
        lefts.add(left)
    assert min(lefts) == 0
    assert max(lefts) == 24


def test_zooming_in_keeps_the_size_and_lengthens_the_focal_length(slope: DepthSample) -> None:
    for frame in variants(slope, Augmentation(zoom=(1.0, 2.0), mirror_probability=0.0), 20):
        assert frame.image_rgb.shape == (20, 40, 3)
        assert 30.0 <= frame.camera.fx <= 60.0
        # The ray of a pixel of depth d met column d - 1 of a camera with f 30 and cx 19.5.
        ray = (np.arange(40) - frame.camera.cx) / frame.camera.fx
        assert ray == pytest.approx((frame.truth_m[0] - 1 - 19.5) / 30.0, abs=0.6 / 30)


def test_colours_change_the_picture_and_not_the_depth(slope: DepthSample) -> None:
    frame = variants(slope, Augmentation(mirror_probability=0.0, colour=ColourJitter()), 1)[0]
    assert not np.array_equal(frame.image_rgb, slope.image_rgb)
    assert np.array_equal(frame.truth_m, slope.truth_m)


def test_a_window_larger_than_the_frame_is_an_error(slope: DepthSample) -> None:
    with pytest.raises(ConfigError, match=r'at least 40x30 to cut .* got 40x20 after zooming'):
        augmented(slope, Augmentation(crop_size=(30, 40)), np.random.default_rng(0))


@pytest.mark.parametrize(
    'build',
    [
        lambda: Augmentation(zoom=(2.0, 1.0)),
        lambda: Augmentation(zoom=(0.0, 1.0)),
        lambda: Augmentation(crop_size=(0, 8)),
        lambda: Augmentation(mirror_probability=1.5),
    ],
)
def test_an_augmentation_that_makes_no_sense_is_refused(build: Callable[[], object]) -> None:
    with pytest.raises(ConfigError, match='correct the sampling or augmentation config'):
        build()
