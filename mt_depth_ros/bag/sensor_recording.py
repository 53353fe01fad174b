"""Records sensor data, given as core types and plain arrays, into a bag."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.bag.bag_writer import BagWriter
from mt_depth_ros.bag.message_building import make_transforms
from mt_depth_ros.bag.standard_types import TRANSFORMS_TYPE
from mt_depth_ros.core.arrays import AnyArray, FloatArray, FloatImage
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.checks import check_array
from mt_depth_ros.core.transforms import StampedTransform
from mt_depth_ros.messages.camera_info_codec import encode_camera_info
from mt_depth_ros.messages.depth_codec import encode_depth_image
from mt_depth_ros.messages.image_codec import encode_image
from mt_depth_ros.messages.message_layouts import (
    CompressedImageLayout,
    PointCloudLayout,
    PointFieldLayout,
)

_UINT16, _FLOAT32 = 4, 7


class SensorRecording(BagWriter):
    """A bag to which a robot's sensors are recorded; everything is received when it is stamped.

    Args:
        path, storage, compression: as :class:`~mt_depth_ros.bag.bag_writer.BagWriter`.
    """

    def record_image(
        self, topic: str, pixels: AnyArray, encoding: str, *, stamp_ns: int, frame_id: str
    ) -> None:
        """Records a raw image; pixels and encoding as ``encode_image`` takes them."""
        self.write_image(
            topic,
            encode_image(pixels, encoding),
            stamp_ns=stamp_ns,
            frame_id=frame_id,
            receive_time_ns=stamp_ns,
        )

    def record_jpeg(self, topic: str, jpeg: bytes, *, stamp_ns: int, frame_id: str) -> None:
        """Records a compressed colour image."""
        layout = CompressedImageLayout(format='jpeg', data=np.frombuffer(jpeg, dtype=np.uint8))
        self.write_compressed_image(
            topic, layout, stamp_ns=stamp_ns, frame_id=frame_id, receive_time_ns=stamp_ns
        )

    def record_depth(
        self, topic: str, depth_m: FloatImage, *, stamp_ns: int, frame_id: str
    ) -> None:
        """Records (H, W) float32 metres as 32FC1; NaN = no answer, +Inf = beyond range."""
        self.write_image(
            topic,
            encode_depth_image(depth_m),
            stamp_ns=stamp_ns,
            frame_id=frame_id,
            receive_time_ns=stamp_ns,
        )

    def record_camera_info(
        self, topic: str, camera: RectifiedCamera, *, stamp_ns: int, frame_id: str
    ) -> None:
        """Records the calibration of a rectified camera."""
        self.write_camera_info(
            topic,
            encode_camera_info(camera),
            stamp_ns=stamp_ns,
            frame_id=frame_id,
            receive_time_ns=stamp_ns,
        )

    def record_scan(
        self,
        topic: str,
        *,
        points_m: FloatArray,
        intensity: FloatArray,
        ring: NDArray[np.int32],
        time_s: FloatArray,
        stamp_ns: int,
        frame_id: str,
    ) -> None:
        """Records a LiDAR sweep as Velodyne's driver lays it out.

        Args:
            topic: its topic.
            points_m: (N, 3) float32 metres.
            intensity: (N,) float32.
            ring: (N,) int32 laser numbers.
            time_s: (N,) float32 seconds from the stamp.
            stamp_ns: of the header, nanoseconds.
            frame_id: of the header.
        """
        self.write_point_cloud(
            topic,
            _scan_layout(points_m, intensity, ring, time_s),
            stamp_ns=stamp_ns,
            frame_id=frame_id,
            receive_time_ns=stamp_ns,
        )

    def record_transforms(
        self, transforms: Sequence[StampedTransform], *, receive_time_ns: int
    ) -> None:
        """Records transforms that move, to ``/tf``."""
        self._write('/tf', TRANSFORMS_TYPE, make_transforms(transforms), receive_time_ns)


def _scan_layout(
    points_m: FloatArray, intensity: FloatArray, ring: NDArray[np.int32], time_s: FloatArray
) -> PointCloudLayout:
    """x, y, z, intensity, ring and time, 22 bytes a point."""
    check_array(points_m, name='points_m', shape=(None, 3), dtype='f4')
    count = len(points_m)
    layout = [('xyz', '<f4', 3), ('intensity', '<f4'), ('ring', '<u2'), ('time', '<f4')]
    packed = np.empty(count, dtype=np.dtype(layout))
    packed['xyz'], packed['intensity'] = points_m, intensity
    packed['ring'], packed['time'] = ring, time_s
    step = packed.dtype.itemsize
    fields = (
        *(PointFieldLayout(name, 4 * place, _FLOAT32) for place, name in enumerate('xyz')),
        PointFieldLayout('intensity', 12, _FLOAT32),
        PointFieldLayout('ring', 16, _UINT16),
        PointFieldLayout('time', 18, _FLOAT32),
    )
    return PointCloudLayout(
        height=1,
        width=count,
        fields=fields,
        is_bigendian=False,
        point_step=step,
        row_step=step * count,
        is_dense=True,
        data=packed.view(np.uint8).reshape(-1),
    )
