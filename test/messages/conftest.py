"""Real message classes of both homes, so that every codec is tested with each."""

from __future__ import annotations

import array
from typing import Any

import numpy as np
import pytest
from rosbags.typesys import get_typestore, Stores

STAMP = (1_700_000_000, 123_456_789)
STAMP_NS = 1_700_000_000_123_456_789


class RosbagsMessages:
    """The dataclasses that bags are read into; data is a uint8 ndarray."""

    def __init__(self) -> None:
        self._types = get_typestore(Stores.LATEST).types

    def make(self, type_name: str, /, **values: Any) -> Any:
        package, message = type_name.split('/')
        return self._types[f'{package}/msg/{message}'](**values)

    def data(self, content: bytes) -> Any:
        return np.frombuffer(content, np.uint8)

    def numbers(self, values: Any) -> Any:
        return np.asarray(values, np.float64)


class RclpyMessages:
    """The classes of a live node; data is an array.array('B')."""

    def make(self, type_name: str, /, **values: Any) -> Any:
        package, message = type_name.split('/')
        module = pytest.importorskip(f'{package}.msg', reason='no ROS 2 message packages')
        return getattr(module, message)(**values)

    def data(self, content: bytes) -> Any:
        return array.array('B', content)

    def numbers(self, values: Any) -> Any:
        return [float(value) for value in values]


class MessageFactory:
    """Builds messages of one home from plain values."""

    def __init__(self, home: RosbagsMessages | RclpyMessages) -> None:
        self._home = home
        self.make = home.make
        self.numbers = home.numbers

    def header(self, frame_id: str = 'camera', stamp: tuple[int, int] = STAMP) -> Any:
        time = self.make('builtin_interfaces/Time', sec=stamp[0], nanosec=stamp[1])
        return self.make('std_msgs/Header', stamp=time, frame_id=frame_id)

    def image(
        self,
        content: bytes,
        *,
        width: int,
        height: int,
        encoding: str,
        step: int,
        is_bigendian: bool = False,
    ) -> Any:
        return self.make(
            'sensor_msgs/Image',
            header=self.header(),
            height=height,
            width=width,
            encoding=encoding,
            is_bigendian=int(is_bigendian),
            step=step,
            data=self._home.data(content),
        )

    def compressed(self, content: bytes, image_format: str) -> Any:
        return self.make(
            'sensor_msgs/CompressedImage',
            header=self.header(),
            format=image_format,
            data=self._home.data(content),
        )

    def cloud(
        self,
        content: bytes,
        fields: list[tuple[str, int, int]],
        *,
        width: int,
        height: int = 1,
        point_step: int,
        row_step: int | None = None,
        is_bigendian: bool = False,
    ) -> Any:
        return self.make(
            'sensor_msgs/PointCloud2',
            header=self.header('lidar'),
            height=height,
            width=width,
            fields=[self._field(*field) for field in fields],
            is_bigendian=is_bigendian,
            point_step=point_step,
            row_step=width * point_step if row_step is None else row_step,
            data=self._home.data(content),
            is_dense=True,
        )

    def _field(self, name: str, offset: int, datatype: int) -> Any:
        return self.make(
            'sensor_msgs/PointField', name=name, offset=offset, datatype=datatype, count=1
        )


@pytest.fixture(params=[RosbagsMessages, RclpyMessages], ids=['rosbags', 'rclpy'])
def messages(request: pytest.FixtureRequest) -> MessageFactory:
    return MessageFactory(request.param())


@pytest.fixture(scope='session')
def rosbags_messages() -> MessageFactory:
    return MessageFactory(RosbagsMessages())


@pytest.fixture(scope='session')
def stamp_ns() -> int:
    return STAMP_NS
