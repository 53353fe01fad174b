"""Whether the calibration in a recording fits what its sensors saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.sensor_stream import read_sensor_events, SensorKind
from mt_depth_ros.bag.sensor_topics import CameraTopics, find_sensor_topics
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.image_topics import images_are_rectified, RectifiedSetting
from mt_depth_ros.core.matching_config import MatchingConfig
from mt_depth_ros.core.transforms import (
    parse_static_transform,
    RigidTransform,
    StampedTransform,
)
from mt_depth_ros.evaluation.matched_frames import MatchedFrame, MatchedFrames
from mt_depth_ros.evaluation.matched_recording import MatchedRecording
from mt_depth_ros.pipeline.calibration_check import CalibrationCheck, CalibrationCheckConfig
from mt_depth_ros.pipeline.calibration_verdict import CalibrationVerdict, CheckStatus
from mt_depth_ros.pipeline.frame_builder import FrameBuilder, FrameBuilderConfig

_NS_PER_S = 1e9


@dataclass(frozen=True, kw_only=True, slots=True)
class BagCheckConfig:
    """How to read a recording and what to look at.

    Attributes:
        image, camera_info, points, sparse_depth: topics; None: found by type.
        matching, frames: as the node takes them from its parameters.
        input_is_rectified: ``auto`` goes by the image topic's name.
        static_transforms: extrinsics that win over those of the recording, as
            :func:`~mt_depth_ros.core.transforms.parse_static_transform` reads them.
        check: the check; its ``interval_s`` is set so that ``max_samples`` span the recording.
    """

    image: str | None = None
    camera_info: str | None = None
    points: str | None = None
    sparse_depth: str | None = None
    matching: MatchingConfig = field(default_factory=MatchingConfig)
    frames: FrameBuilderConfig = field(default_factory=FrameBuilderConfig)
    input_is_rectified: RectifiedSetting = 'auto'
    static_transforms: tuple[str, ...] = ()
    check: CalibrationCheckConfig = field(
        default_factory=lambda: CalibrationCheckConfig(max_samples=60)
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CameraCheck:
    """What was found for one camera.

    Attributes:
        camera: short name.
        image: its topic.
        verdict: what the samples say.
        corrected: the extrinsic turned by the offset found, from the LiDAR's frame to the
            camera's; None where it does not look off.
        num_frames: matched frames looked at.
        not_used: why images could not be used, and how many.
        first_problem: the first message of those; empty: none.
    """

    camera: str
    image: str
    verdict: CalibrationVerdict
    corrected: StampedTransform | None
    num_frames: int
    not_used: dict[str, int]
    first_problem: str


def check_bag_calibration(
    bag: Path,
    config: BagCheckConfig,
    *,
    on_frame: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[CameraCheck, ...]:
    """Checks every camera of a recording against its LiDAR.

    The cloud must be as one LiDAR saw it, in that sensor's own frame: in a cloud merged from
    several sensors or moved into the vehicle's frame, what hides what cannot be told.

    Args:
        bag: the recording.
        config: how.
        on_frame: called with the matched frames looked at and the number of images, per camera.

    Raises:
        DataFileError: the recording cannot be used.
    """
    with BagReader(bag) as reader:
        cameras = find_sensor_topics(
            reader,
            image=config.image,
            camera_info=config.camera_info,
            points=config.points,
            sparse_depth=config.sparse_depth,
        )
        return tuple(_check_camera(reader, topics, config, on_frame) for topics in cameras)


def _check_camera(
    reader: BagReader,
    topics: CameraTopics,
    config: BagCheckConfig,
    on_frame: Callable[[int, int], None],
) -> CameraCheck:
    (total,) = (topic.num_messages for topic in reader.topics if topic.name == topics.image)
    interval_s = _duration_s(reader, topics) / config.check.max_samples
    check = CalibrationCheck(replace(config.check, interval_s=interval_s))
    recording = MatchedRecording(
        reader,
        topics,
        matching=config.matching,
        images_are_rectified=images_are_rectified(config.input_is_rectified, topics.image),
        static_transforms=[parse_static_transform(each) for each in config.static_transforms],
    )
    matched = MatchedFrames(recording, builder=FrameBuilder(config.frames))
    newest: MatchedFrame | None = None
    num_frames = 0
    for newest in matched.frames(check.wants):
        check.add(
            newest.frame,
            newest.scan,
            newest.camera_from_lidar,
            difference_ns=newest.difference_ns,
        )
        num_frames += 1
        on_frame(num_frames, total)
    verdict = check.verdict()
    return CameraCheck(
        camera=topics.name,
        image=topics.image,
        verdict=verdict,
        corrected=None if newest is None else corrected_extrinsic(newest, verdict),
        num_frames=num_frames,
        not_used=dict(recording.problems.counts),
        first_problem=next(iter(recording.problems.first.values()), ''),
    )


def corrected_extrinsic(
    matched: MatchedFrame, verdict: CalibrationVerdict
) -> StampedTransform | None:
    """The extrinsic with the turn that was found undone; None where it does not look off.

    The points turn about the centre of the rectified camera: what a wrong place rather than a
    wrong direction of a sensor does to them is not told apart.

    Args:
        matched: a frame made with the extrinsic as given.
        verdict: of the samples it belongs to.
    """
    is_off = verdict.extrinsic is CheckStatus.LOOKS_OFF
    if not is_off or matched.scan is None or matched.camera_from_lidar is None:
        return None
    turn = np.radians([verdict.axis(name).offset for name in ('pitch', 'yaw', 'roll')])
    camera = matched.frame.camera
    rectified_from_camera = RigidTransform(camera.rotation, camera.offset_m)
    turned = RigidTransform(cv2.Rodrigues(turn)[0].astype(np.float64), np.zeros(3))
    correction = rectified_from_camera.inverse() @ turned @ rectified_from_camera
    return StampedTransform(
        parent_frame=matched.frame.frame_id,
        child_frame=matched.scan.frame_id,
        transform=correction @ matched.camera_from_lidar,
    )


def _duration_s(reader: BagReader, topics: CameraTopics) -> float:
    """From the first image to the last, by their stamps."""
    stamps_ns = []
    for event in read_sensor_events(reader, topics):
        if event.kind is SensorKind.IMAGE:
            try:
                stamps_ns.append(event.stamp_ns)
            except SensorInputError:
                continue  # counted when it is read as a frame
    return (max(stamps_ns) - min(stamps_ns)) / _NS_PER_S if stamps_ns else 0.0
