"""A frame whose camera is turned is the same work but for its image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mt_depth_ros.data.broken_frames import ReadableFrames
from mt_depth_ros.data.dataset import DepthDataset
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.evaluation.evaluation_frame import EvaluationFrames, FrameConfig
from mt_depth_ros.evaluation.given_masks import KnownMasks


def images_and_hash(dataset: DepthDataset, turn_deg: float) -> tuple[list[np.ndarray], str]:
    config = FrameConfig(masks=KnownMasks('truth'), turn_deg=turn_deg)
    frames = EvaluationFrames(ReadableFrames(dataset), config)
    return [frame.frame.image_rgb for frame in frames], frames.input_sha256


def test_a_turn_moves_the_image_and_neither_points_nor_masks_nor_truth(
    car_frame: DepthSample, make_dataset: Callable[..., DepthDataset]
) -> None:
    ramp_rgb = np.broadcast_to(np.arange(48, dtype=np.uint8)[:, None], (24, 48, 3)).copy()
    dataset = make_dataset(*[replace(car_frame, image_rgb=ramp_rgb)] * 6)
    straight, work = images_and_hash(dataset, 0.0)
    turned, same_work = images_and_hash(dataset, 5.0)
    again, _ = images_and_hash(dataset, 5.0)
    assert work == same_work
    assert all(np.array_equal(image, ramp_rgb) for image in straight)
    # 5 degrees are 3.5 pixels of 40 to the radian; the ramp has one grey level to the pixel.
    moved = [np.median(image.astype(float)[8:16] - ramp_rgb[8:16]) for image in turned]
    assert max(np.abs(moved)) <= 4.0
    assert len(set(moved)) > 1  # each frame in a direction of its own
    assert max(np.abs(moved)) >= 1.0
    assert all(np.array_equal(one, other) for one, other in zip(turned, again, strict=True))
