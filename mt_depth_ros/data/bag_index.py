"""Which images of a recording make frames, in the pairs that a replay forms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.sensor_stream import (
    initial_transforms,
    read_sensor_events,
    SensorEvent,
    SensorKind,
)
from mt_depth_ros.bag.sensor_topics import CameraTopics, find_sensor_topics
from mt_depth_ros.core.camera_model import CameraModel
from mt_depth_ros.core.errors import DataFileError, SensorInputError
from mt_depth_ros.core.matching_config import MatchingConfig
from mt_depth_ros.core.matching_events import Event, Match
from mt_depth_ros.core.stamp_matching import StampMatcher
from mt_depth_ros.core.transform_tree import TransformTree


@dataclass(frozen=True, slots=True)
class MessagePlace:
    """Where a message is in its recording.

    Attributes:
        topic: its topic.
        receive_time_ns: when it was received.
        stamp_ns: of its header.
    """

    topic: str
    receive_time_ns: int
    stamp_ns: int


NumberedImage: TypeAlias = tuple[int, MessagePlace]
"""An image's place among those of its camera, and in the recording."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BagFrame:
    """An image of a recording with the depth nearest to it in time.

    Attributes:
        number: place of the image among those of its camera.
        image: the image message.
        depth: the cloud or depth image matched with it; None where the image is unreadable.
        problem: why the image cannot be used at all, or None.
    """

    number: int
    image: MessagePlace
    depth: MessagePlace | None
    problem: SensorInputError | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CameraIndex:
    """One camera of a recording.

    Attributes:
        bag: the recording.
        topics: the camera's topics.
        frames: its frames, in order; images without depth in tolerance are not among them.
        num_images: all of its images.
        calibrations: every calibration, with receive time and stamp, in order, by frame id.
        transforms: the recording's static transforms.
    """

    bag: Path
    topics: CameraTopics
    frames: tuple[BagFrame, ...]
    num_images: int
    calibrations: dict[str, list[tuple[int, int, CameraModel]]]
    transforms: TransformTree

    def calibration(self, frame_id: str, image: MessagePlace) -> CameraModel:
        """The calibration of an image: of its stamp, else the newest before it, else the first.

        Raises:
            DataFileError: the recording has none of that frame.
        """
        known = self.calibrations.get(frame_id)
        if not known:
            raise DataFileError(
                expected=f'a camera_info of the image frame {frame_id!r}',
                got=f'camera_info of {", ".join(self.calibrations) or "no frame at all"}',
                where=f'{self.bag}, {self.topics.camera_info}',
                remedy='record image and camera_info with the same frame_id',
            )
        same_stamp = [model for _, stamp_ns, model in known if stamp_ns == image.stamp_ns]
        if same_stamp:
            return same_stamp[-1]
        earlier = [model for time_ns, _, model in known if time_ns <= image.receive_time_ns]
        return earlier[-1] if earlier else known[0][2]


def index_recording(bag: Path, matching: MatchingConfig) -> Iterator[CameraIndex]:
    """Reads a recording once for every camera and pairs images with depth.

    Args:
        bag: a rosbag2 folder or file.
        matching: the rules of the pairing.

    Raises:
        DataFileError: the recording is missing or damaged, or lacks a sensor.
    """
    with BagReader(bag) as reader:
        transforms = initial_transforms(reader)
        for topics in find_sensor_topics(reader):
            yield _index_camera(reader, topics, transforms, matching)


def _index_camera(
    reader: BagReader, topics: CameraTopics, transforms: TransformTree, matching: MatchingConfig
) -> CameraIndex:
    matcher: StampMatcher[NumberedImage, MessagePlace] = StampMatcher(matching)
    calibrations: dict[str, list[tuple[int, int, CameraModel]]] = defaultdict(list)
    frames: list[BagFrame] = []
    num_images = 0
    now_ns = 0
    for event in read_sensor_events(reader, topics):
        now_ns = event.receive_time_ns
        try:
            place = MessagePlace(event.topic, now_ns, event.stamp_ns)
            if event.kind is SensorKind.IMAGE:
                decided = matcher.add_image(place.stamp_ns, (num_images, place), now_ns)
                frames += _matched(decided)
            elif event.kind in (SensorKind.POINTS, SensorKind.SPARSE_DEPTH):
                frames += _matched(matcher.add_cloud(place.stamp_ns, place, now_ns))
            elif event.kind is SensorKind.CAMERA_INFO:
                model = event.decode()
                assert isinstance(model, CameraModel)
                calibrations[model.frame_id].append((now_ns, place.stamp_ns, model))
        except SensorInputError as problem:
            frames += _unreadable(event, num_images, problem)
        num_images += event.kind is SensorKind.IMAGE
    frames += _matched(matcher.flush(now_ns))
    return CameraIndex(
        bag=reader.path,
        topics=topics,
        frames=tuple(sorted(frames, key=lambda frame: frame.number)),
        num_images=num_images,
        calibrations=dict(calibrations),
        transforms=transforms,
    )


def _matched(events: list[Event[NumberedImage, MessagePlace]]) -> list[BagFrame]:
    return [
        BagFrame(number=event.image[0], image=event.image[1], depth=event.cloud)
        for event in events
        if isinstance(event, Match)
    ]


def _unreadable(event: SensorEvent, number: int, problem: SensorInputError) -> list[BagFrame]:
    """A broken image is a broken frame; a broken cloud or calibration leaves images without."""
    if event.kind is not SensorKind.IMAGE:
        return []
    place = MessagePlace(event.topic, event.receive_time_ns, 0)
    return [BagFrame(number=number, image=place, depth=None, problem=problem)]
