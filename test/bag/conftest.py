"""Small bags of every storage, with one image, depth, cloud and calibration twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from mt_depth_ros.bag.bag_writer import BagWriter
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.transforms import RigidTransform, StampedTransform
from mt_depth_ros.messages.camera_info_codec import encode_camera_info
from mt_depth_ros.messages.compressed_depth_codec import encode_compressed_depth
from mt_depth_ros.messages.depth_codec import encode_depth_image
from mt_depth_ros.messages.image_codec import encode_image
from mt_depth_ros.messages.message_layouts import CompressedImageLayout
from mt_depth_ros.messages.point_cloud_codec import encode_cloud

IMAGE_RGB = np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8)
DEPTH_M = np.linspace(1, 20, 48, dtype=np.float32).reshape(6, 8)
POINTS_M = np.random.default_rng(2).normal(size=(50, 3)).astype(np.float32)
CAMERA = RectifiedCamera(width=8, height=6, fx=7.0, fy=7.5, cx=3.5, cy=2.5)
START_NS = 1_700_000_000_000_000_000


class BagScript:
    """Writes messages one after another, one millisecond apart."""

    def __init__(self, writer: BagWriter) -> None:
        self.writer = writer
        self.now_ns = START_NS

    def _next(self, frame_id: str) -> dict[str, int | str]:
        self.now_ns += 1_000_000
        stamp_ns = self.now_ns - 500_000
        return {'stamp_ns': stamp_ns, 'frame_id': frame_id, 'receive_time_ns': self.now_ns}

    def image(self, topic: str) -> None:
        self.writer.write_image(topic, encode_image(IMAGE_RGB, 'rgb8'), **self._next('camera'))

    def jpeg(self, topic: str) -> None:
        data = cv2.imencode('.jpg', IMAGE_RGB)[1]
        layout = CompressedImageLayout(format='jpeg', data=data)
        self.writer.write_compressed_image(topic, layout, **self._next('camera'))

    def depth(self, topic: str, encoding: str = '32FC1') -> None:
        layout = encode_depth_image(DEPTH_M, encoding)
        self.writer.write_image(topic, layout, **self._next('camera'))

    def compressed_depth(self, topic: str) -> None:
        layout = encode_compressed_depth(DEPTH_M, '16UC1')
        self.writer.write_compressed_image(topic, layout, **self._next('camera'))

    def info(self, topic: str) -> None:
        self.writer.write_camera_info(topic, encode_camera_info(CAMERA), **self._next('camera'))

    def cloud(self, topic: str) -> None:
        layout = encode_cloud(POINTS_M, np.zeros_like(POINTS_M, np.uint8))
        self.writer.write_point_cloud(topic, layout, **self._next('lidar'))

    def transform(self, parent: str, child: str, x_m: float) -> None:
        transform = RigidTransform(np.eye(3), np.array([x_m, 0.0, 0.0]))
        stamped = StampedTransform(
            parent_frame=parent, child_frame=child, transform=transform, stamp_ns=self.now_ns
        )
        self.now_ns += 1_000_000
        self.writer.write_static_transforms([stamped], receive_time_ns=self.now_ns)


@pytest.fixture
def make_bag(tmp_path: Path) -> Callable[..., Path]:
    """Makes a bag from ``(method of BagScript, arguments...)`` tuples."""

    def make(*steps: tuple[str, ...], name: str = 'bag', **options: str) -> Path:
        with BagWriter(tmp_path / name, **options) as writer:
            script = BagScript(writer)
            for method, *arguments in steps:
                getattr(script, method)(*arguments)
        return tmp_path / name

    return make
