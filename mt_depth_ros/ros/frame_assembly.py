"""From a matched pair of messages to a frame: decode, calibrate, place, build."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sensor_msgs.msg import CompressedImage, PointCloud2

from mt_depth_ros.core.arrays import BoolImage
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.sensors import CameraImage, DepthSource, LidarScan
from mt_depth_ros.core.stage_timing import StageTimer
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.core.types import RgbdFrame
from mt_depth_ros.messages.compressed_depth_codec import decode_compressed_depth
from mt_depth_ros.messages.compressed_image_codec import decode_compressed_image
from mt_depth_ros.messages.depth_codec import decode_depth_image
from mt_depth_ros.messages.image_pixels import view_pixels
from mt_depth_ros.messages.point_cloud_codec import decode_point_cloud
from mt_depth_ros.pipeline.frame_builder import FrameBuilder
from mt_depth_ros.ros.camera_calibrations import CameraCalibrations
from mt_depth_ros.ros.cv_bridge_decoding import decode_any_image
from mt_depth_ros.ros.extrinsics import Extrinsics
from mt_depth_ros.ros.recent_messages import newest_with_stamp, RecentMessages
from mt_depth_ros.ros.serialized_message import SerializedMessage

# A mask is computed from the image elsewhere, so it comes after it.
MASK_WAIT_S = 0.1


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MessagePair:
    """An image and the depth that was matched to it, not decoded.

    Attributes:
        image: sensor_msgs/Image or CompressedImage.
        depth: sensor_msgs/PointCloud2, Image or CompressedImage.
    """

    image: SerializedMessage
    depth: SerializedMessage


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PlacedFrame:
    """A frame with how its measurements came there.

    Attributes:
        frame: with all its measurements.
        scan: what they were projected from; None: depth came as an image.
        camera_from_lidar: as the frame was made with; None without a scan.
    """

    frame: RgbdFrame
    scan: LidarScan | None
    camera_from_lidar: RigidTransform | None


class FrameAssembler:
    """Turns pairs of messages into frames. Worker's thread only.

    Args:
        calibrations: the camera_info messages so far.
        extrinsics: the transforms so far.
        masks: the mask messages so far, where masks are given; else None.
        report: where a missing mask and a poor view are reported.
    """

    def __init__(
        self,
        calibrations: CameraCalibrations,
        extrinsics: Extrinsics,
        masks: RecentMessages | None,
        *,
        report: Callable[[SensorInputError], None],
    ) -> None:
        self._calibrations = calibrations
        self._extrinsics = extrinsics
        self._masks = masks
        self._report = report

    def assemble(
        self, pair: MessagePair, builder: FrameBuilder, timer: StageTimer, *, min_points: int
    ) -> PlacedFrame:
        """Builds the frame.

        Args:
            pair: the messages.
            builder: rectifies and projects.
            timer: where the stages are timed, ``decode`` first.
            min_points: fewer measurements in view than this are reported.

        Raises:
            SensorInputError: a message cannot be used, or something it needs is missing.
        """
        camera_model = self._calibrations.find(pair.image)
        with timer.stage('decode'):
            image = decode_camera_image(pair.image)
            source = decode_depth_source(pair.depth)
        camera_from_source = None
        if isinstance(source, LidarScan):
            camera_from_source = self._extrinsics.lookup(
                image.frame_id, source.frame_id, image.stamp_ns
            )
        frame = builder.build(
            image,
            camera_model,
            source,
            camera_from_source=camera_from_source,
            given_mask=self._find_mask(pair.image),
            timer=timer,
        )
        if len(frame.measurements) < min_points:
            self._report(
                builder.lack_of_measurements(
                    image,
                    camera_model,
                    source,
                    camera_from_source,
                    reason='few_points_in_view',
                    expected=f'{min_points} measurements or more in view (min_points_in_view)',
                )
            )
        return PlacedFrame(
            frame=frame,
            scan=source if isinstance(source, LidarScan) else None,
            camera_from_lidar=camera_from_source,
        )

    def _find_mask(self, image: SerializedMessage) -> BoolImage | None:
        """The mask with the image's stamp; without it the frame goes on with an empty mask."""
        if self._masks is None:
            return None
        message = self._masks.find(
            lambda messages: newest_with_stamp(messages, image.stamp_ns), timeout_s=MASK_WAIT_S
        )
        if message is not None:
            return decode_mask(message)
        self._report(
            SensorInputError(
                reason='no_mask',
                expected=f'a mask with the image stamp within {MASK_WAIT_S:g} s',
                got='none, so the mask of this frame is empty',
                where='~/input/mask',
                remedy='have its publisher copy the stamp of the image it was computed from, or '
                "set mask_backend to another value than 'topic'",
            )
        )
        return None


def decode_camera_image(message: SerializedMessage) -> CameraImage:
    """Reads a raw or compressed colour image.

    Raises:
        SensorInputError: it cannot be read.
    """
    decoded = message.decode()
    if message.message_type is CompressedImage:
        return decode_compressed_image(decoded, where=message.topic)
    return decode_any_image(decoded, where=message.topic)


def decode_depth_source(message: SerializedMessage) -> DepthSource:
    """Reads a scan, a depth image or a compressed depth image.

    Raises:
        SensorInputError: it cannot be read.
    """
    decoded: Any = message.decode()
    if message.message_type is PointCloud2:
        return decode_point_cloud(decoded, where=message.topic)
    if message.message_type is CompressedImage:
        return decode_compressed_depth(decoded, where=message.topic)
    return decode_depth_image(decoded, where=message.topic)


def decode_mask(message: SerializedMessage) -> BoolImage:
    """Reads a foreground mask: mono8 or 8UC1, everything but 0 is foreground.

    Returns:
        (H, W) bool.

    Raises:
        SensorInputError: it cannot be read.
    """
    decoded = message.decode()
    if decoded.encoding not in ('mono8', '8UC1'):
        raise SensorInputError(
            reason='unsupported_encoding',
            expected='a mask as mono8 or 8UC1',
            got=repr(decoded.encoding),
            where=message.topic,
            remedy='publish the mask as mono8, 255 for foreground',
        )
    pixels = view_pixels(decoded, dtype='u1', channels=1, where=message.topic)
    return np.asarray(pixels != 0)
