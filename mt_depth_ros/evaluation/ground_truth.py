"""A recorded topic of true depth, for recordings that have one (a simulator's, for example)."""

from __future__ import annotations

from collections import OrderedDict

from mt_depth_ros.bag.bag_reader import BagMessage, BagReader
from mt_depth_ros.core.camera_model import CameraModel
from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.core.projection import measurements_from_depth_image, rasterize_nearest
from mt_depth_ros.core.rectification import Rectifier
from mt_depth_ros.evaluation.known_depth import KnownDepth
from mt_depth_ros.messages.depth_codec import decode_depth_image
from mt_depth_ros.messages.header_codec import stamp_ns_from

_REACH_NS = 1_000_000_000
"""How long before or after its image the truth may be recorded."""


class GroundTruth:
    """Finds the true depth of an image by its stamp, reading the recording once.

    Args:
        reader: the open recording.
        topic: sensor_msgs/Image, 32FC1 metres or 16UC1 millimetres, on the image's grid.

    Raises:
        DataFileError: there is no such topic.
    """

    def __init__(self, reader: BagReader, topic: str) -> None:
        require_truth_topic(reader, topic)
        self._topic = topic
        self._messages = reader.messages([topic])
        self._next: BagMessage | None = next(self._messages, None)
        self._recent: OrderedDict[int, BagMessage] = OrderedDict()
        self._rectifier = Rectifier()

    def find(
        self, stamp_ns: int, receive_time_ns: int, camera_model: CameraModel
    ) -> KnownDepth | None:
        """The true depth with the stamp of an image, or None.

        Args:
            stamp_ns: the image's stamp.
            receive_time_ns: when the image was recorded; calls come in this order.
            camera_model: the image's calibration.

        Raises:
            SensorInputError: the truth of this image cannot be used.
        """
        while self._next is not None:
            if self._next.receive_time_ns > receive_time_ns + _REACH_NS:
                break
            self._recent[stamp_ns_from(self._next.read().header.stamp)] = self._next
            self._next = next(self._messages, None)
        # By age, not by number: a camera of any rate finds the truth of its images.
        oldest_ns = receive_time_ns - _REACH_NS
        while self._recent and next(iter(self._recent.values())).receive_time_ns < oldest_ns:
            self._recent.popitem(last=False)
        recorded = self._recent.get(stamp_ns)
        if recorded is None:
            return None
        truth = decode_depth_image(recorded.read(), where=self._topic)
        camera = camera_model.rectified
        measurements = measurements_from_depth_image(truth.depth_m, camera_model, self._rectifier)
        depth_m = rasterize_nearest(measurements, camera, (camera.height, camera.width))
        return KnownDepth(depth_m=depth_m, source='ground_truth')


def require_truth_topic(reader: BagReader, topic: str) -> None:
    """Checks that a recording has a topic of depth images.

    Raises:
        DataFileError: it has no image topic of that name.
    """
    names = [each.name for each in reader.topics if each.type_name == 'sensor_msgs/msg/Image']
    if topic not in names:
        raise DataFileError(
            expected=f'an Image topic {topic}',
            got=f'image topics {", ".join(names) or "none"}',
            where=str(reader.path),
            remedy='name one of them with --ground-truth',
        )
