from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.evaluation.given_masks import KnownMasks, NoGivenMask, SegmentedMasks


def columns(kind: str, sample: DepthSample, row: int = 15) -> list[int]:
    mask = KnownMasks(kind).mask_of(sample)  # type: ignore[arg-type]
    assert mask is not None
    return np.flatnonzero(mask[row]).tolist()


def test_right_and_wrong_masks_are_made_of_the_instances(car_frame: DepthSample) -> None:
    car, elsewhere = list(range(16, 32)), [*range(16), *range(32, 48)]
    assert columns('truth', car_frame) == car
    assert columns('inverted', car_frame) == elsewhere
    # 5 % of 48 columns are 2 pixels.
    assert columns('shifted', car_frame) == list(range(18, 34))
    assert columns('shifted', car_frame, row=12) == []
    assert columns('empty', car_frame) == []
    assert columns('full', car_frame) == list(range(48))


def test_masks_of_instances_need_instances(car_frame: DepthSample) -> None:
    with pytest.raises(ConfigError, match='--masks truth: expected a data set with instances'):
        KnownMasks('truth').mask_of(replace(car_frame, instance_ids=None))


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"segmenter, truth, .*got 'eroded'"):
        KnownMasks('eroded')  # type: ignore[arg-type]


def test_masks_found_in_the_image_are_given(car_frame: DepthSample) -> None:
    def bright(image_rgb: np.ndarray) -> np.ndarray:
        return np.asarray(image_rgb[..., 0] > 50)

    found = SegmentedMasks('bright', bright).mask_of(car_frame)
    assert found is not None
    assert found.all()
    assert NoGivenMask().mask_of(car_frame) is None
