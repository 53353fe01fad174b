"""The calibration that belongs to an image, out of what camera_info delivered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from mt_depth_ros.core.camera_model import CameraModel
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.messages.camera_info_codec import decode_camera_info
from mt_depth_ros.ros.recent_messages import RecentMessages
from mt_depth_ros.ros.serialized_message import SerializedMessage

# Image and camera_info come on separate topics: how long the second may be behind the first.
WAIT_S = 0.1
_CAPACITY = 64
_MODELS = 16


class CameraCalibrations:
    """Remembers recent camera_info messages and the models made of them.

    An image takes the camera_info of its frame with its own stamp, else the newest one of its
    frame: drivers publish one with each image, but some publish it once.

    Args:
        is_rectified: whether the images come undistorted already.
    """

    def __init__(self, *, is_rectified: bool) -> None:
        self._is_rectified = is_rectified
        self._recent = RecentMessages(_CAPACITY)
        self._newest_by_frame: dict[str, SerializedMessage] = {}
        self._models: OrderedDict[bytes, CameraModel] = OrderedDict()

    def put(self, message: SerializedMessage) -> None:
        """Takes in a camera_info; executor's thread."""
        # A new dict each time: the worker keeps the state it is reading.
        newest = {**self._newest_by_frame}
        newest.pop(message.frame_id, None)
        newest[message.frame_id] = message
        if len(newest) > _CAPACITY:
            del newest[next(iter(newest))]
        self._newest_by_frame = newest
        self._recent.put(message)

    def find(self, image: SerializedMessage) -> CameraModel:
        """The calibration of an image; worker's thread.

        Args:
            image: gives frame and stamp.

        Raises:
            SensorInputError: no camera_info of the image's frame (reason ``no_camera_info``), or
                one that cannot be used.
        """

        def choose(messages: Sequence[SerializedMessage]) -> SerializedMessage | None:
            for message in reversed(messages):
                if message.frame_id == image.frame_id and message.stamp_ns == image.stamp_ns:
                    return message
            return self._newest_by_frame.get(image.frame_id)

        message = self._recent.find(choose, timeout_s=WAIT_S)
        if message is None:
            raise self._missing(image)
        return self._model(message)

    def _model(self, message: SerializedMessage) -> CameraModel:
        model = self._models.get(message.content)
        if model is None:
            model = decode_camera_info(message.decode(), where=message.topic)
            if self._is_rectified:
                model = model.as_rectified()
            self._models[message.content] = model
            if len(self._models) > _MODELS:
                self._models.popitem(last=False)
        return model

    def _missing(self, image: SerializedMessage) -> SensorInputError:
        frames = ', '.join(repr(frame) for frame in sorted(self._newest_by_frame))
        return SensorInputError(
            reason='no_camera_info',
            expected=f'a camera_info of the image frame {image.frame_id!r}',
            got=f'camera_info of {frames}' if frames else 'no camera_info at all',
            where=image.topic,
            remedy='remap ~/input/camera_info to the topic of this camera; image and '
            'camera_info must name the same frame',
        )
