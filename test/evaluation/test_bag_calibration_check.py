from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.sensor_topics import find_sensor_topics
from mt_depth_ros.core.matching_config import MatchingConfig
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.evaluation.bag_calibration_check import (
    BagCheckConfig,
    check_bag_calibration,
    corrected_extrinsic,
)
from mt_depth_ros.evaluation.matched_frames import MatchedFrames
from mt_depth_ros.evaluation.matched_recording import MatchedRecording
from mt_depth_ros.pipeline.calibration_check import CalibrationCheck, CalibrationCheckConfig
from mt_depth_ros.pipeline.calibration_verdict import CheckStatus
from mt_depth_ros.pipeline.frame_builder import FrameBuilder, FrameBuilderConfig
from mt_depth_ros.simulation.analytic_drive import DriveConfig, POINTS_TOPIC, write_analytic_drive

EVERY_FRAME = CalibrationCheckConfig(interval_s=0.0, max_samples=60)


@pytest.fixture(scope='module')
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('drive') / 'bag'
    config = DriveConfig(
        num_frames=10, width=480, height=160, focal_px=300.0, lidar_lead_ns=0, with_truth=False
    )
    write_analytic_drive(folder, config)
    return folder


@pytest.fixture
def reader(drive: Path) -> Iterator[BagReader]:
    with BagReader(drive) as opened:
        yield opened


def matched_frames(reader: BagReader, misplaced_by: RigidTransform | None = None) -> MatchedFrames:
    (topics,) = find_sensor_topics(reader, points=POINTS_TOPIC)
    recording = MatchedRecording(
        reader, topics, matching=MatchingConfig(), images_are_rectified=False
    )
    return MatchedFrames(
        recording, builder=FrameBuilder(FrameBuilderConfig()), misplaced_by=misplaced_by
    )


def test_a_drive_recorded_with_its_calibration_is_called_ok(drive: Path) -> None:
    seen: list[tuple[int, int]] = []
    (found,) = check_bag_calibration(
        drive,
        BagCheckConfig(points=POINTS_TOPIC),
        on_frame=lambda done, total: seen.append((done, total)),
    )
    assert found.image == '/camera/image_raw'
    assert found.verdict.extrinsic is CheckStatus.OK
    # The road is straight, so nothing can be said of the time.
    assert found.verdict.time is CheckStatus.NOT_ENOUGH_EVIDENCE
    assert found.verdict.num_samples == 9
    assert found.corrected is None
    assert found.not_used == {}
    assert seen[-1] == (10, 10)


def test_a_misplaced_drive_is_found_and_the_correction_undoes_the_error(
    reader: BagReader,
) -> None:
    error = RigidTransform(cv2.Rodrigues(np.radians([0.0, 1.5, 0.0]))[0], np.zeros(3))
    check = CalibrationCheck(EVERY_FRAME)
    matched = None
    for matched in matched_frames(reader, error).frames():
        check.add(
            matched.frame,
            matched.scan,
            matched.camera_from_lidar,
            difference_ns=matched.difference_ns,
        )
    assert matched is not None
    assert matched.camera_from_lidar is not None
    verdict = check.verdict()
    assert verdict.axis('yaw').offset == pytest.approx(-1.5, abs=0.3)
    corrected = corrected_extrinsic(matched, verdict)
    assert corrected is not None
    assert (corrected.parent_frame, corrected.child_frame) == ('camera_optical', 'lidar')
    recorded = error.inverse() @ matched.camera_from_lidar
    apart = cv2.Rodrigues(corrected.transform.rotation @ recorded.rotation.T)[0]
    assert np.degrees(np.linalg.norm(apart)) < 0.4


def test_frames_nobody_wants_are_not_built(reader: BagReader) -> None:
    stamps: list[int] = []

    def wants(stamp_ns: int) -> bool:
        stamps.append(stamp_ns)
        return len(stamps) % 2 == 0

    assert len(list(matched_frames(reader).frames(wants))) == 5
    assert stamps == sorted(stamps)
    assert len(stamps) == 10


def test_the_frame_is_built_with_the_error_made_on_purpose(reader: BagReader) -> None:
    error = RigidTransform(np.eye(3), np.array([0.5, 0.0, 0.0]))
    as_recorded = next(iter(matched_frames(reader).frames()))
    moved = next(iter(matched_frames(reader, error).frames()))
    assert as_recorded.camera_from_lidar is not None
    assert moved.camera_from_lidar is not None
    np.testing.assert_allclose(
        moved.camera_from_lidar.translation_m - as_recorded.camera_from_lidar.translation_m,
        [0.5, 0.0, 0.0],
    )
    assert moved.frame.measurements.u_px.mean() > as_recorded.frame.measurements.u_px.mean()


def test_two_real_frames_are_not_enough_for_a_verdict(shared_data: Path) -> None:
    (found,) = check_bag_calibration(shared_data / 'rosbag2/kitti_object', BagCheckConfig())
    assert found.verdict.status is CheckStatus.NOT_ENOUGH_EVIDENCE
    assert any('of 8 samples' in reason for reason in found.verdict.missing)
