"""Recordings whose true depth is a topic of its own, as a simulator's is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.core.errors import DataFileError, SensorInputError
from mt_depth_ros.core.image_topics import images_are_rectified
from mt_depth_ros.core.projection import measurements_from_depth_image, rasterize_nearest
from mt_depth_ros.core.rectification import Rectifier
from mt_depth_ros.data.bag_dataset import BagDataset
from mt_depth_ros.data.bag_index import BagFrame, CameraIndex
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.evaluation.ground_truth import require_truth_topic
from mt_depth_ros.messages.depth_codec import decode_depth_image
from mt_depth_ros.messages.header_codec import stamp_ns_from


class BagTruth:
    """The frames of recordings, with the true depth of the same stamp.

    Images without it have no truth. A topic does not tell sky from unknown depth.

    Args:
        recordings: the frames.
        topic: sensor_msgs/Image, 32FC1 metres or 16UC1 millimetres, on the image's grid.

    Raises:
        DataFileError: a recording has no such topic.
    """

    def __init__(self, recordings: BagDataset, topic: str) -> None:
        self._recordings = recordings
        self._topic = topic
        self._frames = [
            (camera, frame) for camera in recordings.cameras for frame in camera.frames
        ]
        bags = {camera.bag for camera in recordings.cameras}
        self._received_ns = {bag: _received_ns(bag, topic) for bag in sorted(bags)}
        self._rectifier = Rectifier()

    @property
    def identities(self) -> Sequence[FrameIdentity]:
        """The name of every frame, in order."""
        return self._recordings.identities

    def __len__(self) -> int:
        return len(self._recordings)

    def __getitem__(self, index: int) -> DepthSample:
        """Reads one frame.

        Raises:
            DataFileError: a message of the frame cannot be used.
            IndexError: there is no such frame.
        """
        sample = self._recordings[index]
        camera, frame = self._frames[index]
        received_ns = self._received_ns[camera.bag].get(frame.image.stamp_ns)
        if received_ns is None:
            return sample
        try:
            return replace(sample, truth_m=self._truth(camera, frame, received_ns))
        except SensorInputError as error:
            raise DataFileError(
                expected=error.expected,
                got=error.got,
                where=f'{camera.bag}, {error.where}, frame {sample.identity}',
                remedy=error.remedy,
            ) from error

    def _truth(self, camera: CameraIndex, frame: BagFrame, received_ns: int) -> FloatImage:
        with BagReader(camera.bag) as reader:
            messages = reader.messages(
                [self._topic], start_ns=received_ns, stop_ns=received_ns + 1
            )
            read = [message.read() for message in messages]
        found = [each for each in read if stamp_ns_from(each.header.stamp) == frame.image.stamp_ns]
        truth = decode_depth_image(found[0], where=self._topic)
        model = camera.calibration(truth.frame_id, frame.image)
        if images_are_rectified('auto', camera.topics.image):
            model = model.as_rectified()
        measured = measurements_from_depth_image(truth.depth_m, model, self._rectifier)
        grid = model.rectified
        return rasterize_nearest(measured, grid, (grid.height, grid.width))


def _received_ns(bag: Path, topic: str) -> dict[int, int]:
    """Stamp -> receive time of every message of the topic."""
    with BagReader(bag) as reader:
        require_truth_topic(reader, topic)
        return {
            stamp_ns_from(message.read().header.stamp): message.receive_time_ns
            for message in reader.messages([topic])
        }
