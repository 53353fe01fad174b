from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.bag_writer import BagWriter
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.evaluation.ground_truth import GroundTruth
from mt_depth_ros.messages.camera_info_codec import decode_camera_info, encode_camera_info
from mt_depth_ros.messages.depth_codec import encode_depth_image

TOPIC = '/truth'
CAMERA = RectifiedCamera(width=8, height=6, fx=7.0, fy=7.0, cx=3.5, cy=2.5)
START_NS = 1_700_000_000_000_000_000
FAST_HZ = 120


@pytest.fixture(scope='module')
def fast_truth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of truth at 120 Hz; the depth of each image is its number, from 1, metres."""
    path = tmp_path_factory.mktemp('truth') / 'bag'
    with BagWriter(path) as writer:
        writer.write_camera_info(
            '/info',
            encode_camera_info(CAMERA),
            stamp_ns=START_NS,
            frame_id='camera',
            receive_time_ns=START_NS,
        )
        for index in range(3 * FAST_HZ):
            writer.write_image(
                TOPIC,
                encode_depth_image(np.full((6, 8), index + 1, np.float32)),
                stamp_ns=stamp_ns(index),
                frame_id='camera',
                receive_time_ns=stamp_ns(index),
            )
    return path


def stamp_ns(index: int) -> int:
    return START_NS + index * 1_000_000_000 // FAST_HZ


def test_every_image_of_a_fast_camera_finds_its_truth(fast_truth: Path) -> None:
    with BagReader(fast_truth) as reader:
        model = decode_camera_info(next(reader.messages(['/info'])).read(), where='/info')
        truth = GroundTruth(reader, TOPIC)
        for index in range(3 * FAST_HZ):
            # Recorded up to 0.9 s later than the truth, as by a slow driver of the camera.
            found = truth.find(stamp_ns(index), stamp_ns(index) + 900_000_000, model)
            assert found is not None
            assert np.all(found.depth_m == index + 1)


def test_an_image_without_truth_of_its_stamp_has_none(fast_truth: Path) -> None:
    with BagReader(fast_truth) as reader:
        model = decode_camera_info(next(reader.messages(['/info'])).read(), where='/info')
        assert GroundTruth(reader, TOPIC).find(START_NS + 1, START_NS, model) is None
