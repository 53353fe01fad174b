"""More than a thousand malformed messages of every kind through live nodes.

Each example is one frame of which at least one message is malformed. What a node publishes must
carry stamp, frame and size of an image that can be decoded, and good frames in between must come
out exactly as before.
"""

from __future__ import annotations

from array import array
from collections import Counter
from typing import Any

import cv2
from hypothesis import event, given, HealthCheck, Phase, settings
from hypothesis import strategies as st
import numpy as np
import pytest
from rclpy.serialization import serialize_message
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2, PointField

from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.ros.frame_assembly import decode_camera_image
from mt_depth_ros.ros.serialized_message import read_header

# Of each of the three nodes below: more than a thousand malformed messages together.
EXAMPLES = 200
GOOD_FRAME_EVERY = 20

fuzzed = settings(
    max_examples=EXAMPLES,
    deadline=None,
    # A live node has a past, so an example that fails cannot be made smaller by trying again.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

odd_sizes = st.one_of(st.sampled_from([0, 1, 63, 65, 2**31, 2**32 - 1]), st.integers(0, 300))
contents = st.one_of(st.just(b''), st.binary(max_size=200), st.integers(0, 20_000).map(bytes))
numbers = st.one_of(
    st.sampled_from([0.0, float('nan'), float('inf'), -float('inf'), 1e308, -1.0, 1e-300]),
    st.floats(),
)
texts = st.one_of(
    st.sampled_from(['', 'camera', 'lidar', '/camera', 'x' * 3000, 'mono8', '16UC1', '32FC1']),
    st.text(st.characters(exclude_characters='\0', exclude_categories=['Cs']), max_size=10),
)
# As seconds and nanoseconds: zero, before 1970, the ends of the type, and no such nanosecond.
odd_stamps = st.sampled_from(
    [(0, 0), (-1, 0), (-(2**31), 0), (2**31 - 1, 999_999_999), (1_700_000_000, 2**32 - 1), (0, 1)]
)
ENCODINGS = ['rgb8', 'bgr8', 'mono16', 'bayer_rggb8', '8UC4', 'yuv422', '32FC1', '64FC7', '']
MODELS = ['', 'plumb_bob', 'rational_polynomial', 'equidistant', 'thin_prism']


def changed_image(draw: Any, message: Image) -> Image:
    for name, values in (
        ('width', odd_sizes),
        ('height', odd_sizes),
        ('step', odd_sizes),
        ('encoding', st.one_of(st.sampled_from(ENCODINGS), texts)),
        ('is_bigendian', st.integers(0, 255)),
        ('data', contents.map(lambda content: array('B', content))),
    ):
        if draw(st.integers(0, 3)) == 0:
            setattr(message, name, draw(values))
    return message


def changed_camera_info(draw: Any, message: CameraInfo) -> CameraInfo:
    for name, values in (
        ('width', odd_sizes),
        ('height', odd_sizes),
        ('distortion_model', st.one_of(st.sampled_from(MODELS), texts)),
        ('d', st.lists(numbers, max_size=20)),
        ('k', st.lists(numbers, min_size=9, max_size=9)),
        ('r', st.lists(numbers, min_size=9, max_size=9)),
        ('p', st.lists(numbers, min_size=12, max_size=12)),
        ('binning_x', st.integers(0, 2**32 - 1)),
    ):
        if draw(st.integers(0, 3)) == 0:
            setattr(message, name, draw(values))
    if draw(st.integers(0, 3)) == 0:
        message.roi.width, message.roi.height = draw(odd_sizes), draw(odd_sizes)
        message.roi.x_offset = draw(odd_sizes)
    return message


def changed_points(draw: Any, message: PointCloud2) -> PointCloud2:
    fields = st.builds(
        lambda name, offset, datatype, count: PointField(
            name=name, offset=offset, datatype=datatype, count=count
        ),
        st.one_of(st.sampled_from(['x', 'y', 'z', 'ring']), texts),
        odd_sizes,
        st.integers(0, 255),
        odd_sizes,
    )
    floats = st.lists(st.floats(width=32), min_size=1, max_size=60)
    for name, values in (
        ('width', odd_sizes),
        ('height', odd_sizes),
        ('point_step', odd_sizes),
        ('row_step', odd_sizes),
        ('fields', st.lists(fields, max_size=6)),
        ('is_bigendian', st.booleans()),
        ('data', contents.map(lambda content: array('B', content))),
        (
            'data',
            floats.map(lambda values: array('B', np.resize(np.float32(values), 576).tobytes())),
        ),
    ):
        if draw(st.integers(0, 3)) == 0:
            setattr(message, name, draw(values))
    return message


def changed_compressed(draw: Any, message: CompressedImage) -> CompressedImage:
    whole = bytes(message.data)
    kind = draw(st.integers(0, 3))
    if kind == 0:
        message.data = array('B', whole[: draw(st.integers(0, len(whole)))])
    elif kind == 1:
        message.data = array('B', draw(contents))
    elif kind == 2:
        message.data = array('B', changed_bytes(draw, whole))
    if kind == 3 or draw(st.booleans()):
        message.format = draw(texts)
    return message


def changed_bytes(draw: Any, content: bytes, first: int = 0) -> bytes:
    changed = bytearray(content)
    for place, value in draw(
        st.lists(st.tuples(st.integers(first, 10**6), st.integers(0, 255)), min_size=1, max_size=8)
    ):
        changed[first + place % (len(changed) - first)] = value
    return bytes(changed)


CHANGES = {
    Image: changed_image,
    CameraInfo: changed_camera_info,
    PointCloud2: changed_points,
    CompressedImage: changed_compressed,
}


class FuzzedNode:
    """A live node, and what it was sent."""

    def __init__(self, live: Any, until: Any, good: dict[str, Any]) -> None:
        self.live = live
        self.malformed: Counter[str] = Counter()
        self._until = until
        self._good = good
        self._sent_images: dict[int, list[Any]] = {}
        self._images_sent = 0
        self._examples = 0
        self._checked = 0
        self._pixels = self._send_good_frame()

    def send_one(self, draw: Any) -> None:
        """Sends one frame, at least one message of it malformed, and awaits its end."""
        stamp_ns = self.live.next_stamp()
        names = list(self._good)
        spoilt = draw(st.sets(st.sampled_from(names), min_size=1))
        for name in names:
            message = self._good[name](stamp_ns)
            data = serialize_message(message)
            if name in spoilt:
                good, data = data, self._spoil(draw, name, message)
                self.malformed[name] += data != good
            self._send(name, type(message), data)
        self._wait_until_decided()
        self._examples += 1
        if self._examples % GOOD_FRAME_EVERY == 0:
            self.check()

    def check(self) -> None:
        """What came out is of images that can be decoded, and good frames come out as ever."""
        pixels = self._send_good_frame()
        np.testing.assert_array_equal(pixels, self._pixels)
        recorded = list(self.live.recorded)
        for message in recorded[self._checked :]:
            images = self._sent_images.get(message.stamp_ns, [])
            assert images, f'a stamp that no image had: {message.stamp_ns}'
            fits = [self._fits(image, message) for image in images]
            assert any(fits), (message.frame_id, message.message.width, message.message.height)
        self._checked = len(recorded)
        assert self.live.node.problems.counts.get('internal_error', 0) == 0

    def _spoil(self, draw: Any, name: str, message: Any) -> bytes:
        kind = draw(st.sampled_from(['fields', 'fields', 'header', 'bytes', 'cut']))
        event(f'{name}: {kind}')
        if kind == 'header':
            message.header.frame_id = draw(texts)
            if draw(st.booleans()):
                message.header.stamp.sec, message.header.stamp.nanosec = draw(odd_stamps)
        if kind == 'fields':
            message = CHANGES[type(message)](draw, message)
        data = serialize_message(message)
        if kind == 'bytes':
            # Any byte of the message, but not the four that say how it is encoded.
            return changed_bytes(draw, data, first=4)
        if kind == 'cut':
            return data[: draw(st.integers(4, len(data) - 1))]
        return data

    def _send(self, name: str, message_type: Any, data: bytes) -> None:
        if name.startswith('image'):
            self._images_sent += 1
            try:
                message = read_header(data, message_type=message_type, topic=name, received_ns=0)
                self._sent_images.setdefault(message.stamp_ns, []).append(message)
            except SensorInputError:
                pass  # The node cannot read its header either.
        self.live.send_bytes(name, message_type, data)

    def _wait_until_decided(self) -> None:
        def decided() -> bool:
            state = self.live.node.ledger.state
            return state.published + sum(state.dropped.values()) == self._images_sent

        self._until(decided, 'the end of every image')

    def _send_good_frame(self) -> np.ndarray:
        # After stamps of the far future the first good ones are what starts matching anew.
        for _ in range(4):
            stamp_ns = self.live.next_stamp()
            published = self.live.node.ledger.state.published
            for name, make in self._good.items():
                message = make(stamp_ns)
                self._send(name, type(message), serialize_message(message))
            self._wait_until_decided()
            if self.live.node.ledger.state.published > published:
                return np.array(self.live.wait_for(stamp_ns)['depth'].pixels)
        raise AssertionError('no depth for four good frames in a row')

    @staticmethod
    def _fits(image: Any, output: Any) -> bool:
        try:
            decoded = decode_camera_image(image)
        except SensorInputError:
            return False
        size = (output.message.height, output.message.width)
        has_size = output.output == 'cloud' or decoded.image_rgb.shape[:2] == size
        return has_size and decoded.frame_id == output.frame_id


def compressed(messages: Any, stamp_ns: int, image_format: str, content: bytes) -> CompressedImage:
    message = CompressedImage(header=messages.header(stamp_ns, 'camera'), format=image_format)
    message.data = array('B', content)
    return message


def good_messages(messages: Any, names: list[str]) -> dict[str, Any]:
    """Makers of good messages by input.

    The image comes last: with its depth there already, it need not wait.
    """
    jpeg = cv2.imencode('.jpg', np.full((48, 64, 3), 90, np.uint8))[1].tobytes()
    depth_mm = np.zeros((48, 64), np.uint16)
    depth_mm[::4, ::4] = 10_000
    # The plugin's header: format 0 and no quantization.
    png = bytes(12) + cv2.imencode('.png', depth_mm)[1].tobytes()
    return {
        name: {
            'image/compressed': lambda stamp: compressed(messages, stamp, 'jpeg', jpeg),
            'sparse_depth/compressedDepth': lambda stamp: compressed(
                messages, stamp, '16UC1; compressedDepth png', png
            ),
        }.get(name, getattr(messages, name, None))
        for name in names
    }


NODES = {
    'points': (['camera_info', 'points', 'image'], {'depth_source': 'points'}),
    'sparse_depth': (
        ['camera_info', 'mask', 'sparse_depth', 'image'],
        {'depth_source': 'sparse_depth', 'mask_backend': 'topic'},
    ),
    'compressed': (
        ['camera_info', 'sparse_depth/compressedDepth', 'image/compressed'],
        {
            'depth_source': 'sparse_depth',
            'image_transport': 'compressed',
            'sparse_depth_transport': 'compressedDepth',
        },
    ),
}


@pytest.fixture(scope='module', params=list(NODES))
def node(request, start_lasting_node, until, sensor_messages):
    names, parameters = NODES[request.param]
    live = start_lasting_node(
        parameters={
            'sync_max_wait': 0.02,
            'report_period': 3600.0,
            'input_reliability': 'reliable',
            'input_queue_depth': 100,
            **parameters,
        }
    )
    fuzzed_node = FuzzedNode(live, until, good_messages(sensor_messages, names))
    yield fuzzed_node
    fuzzed_node.check()
    # Every kind of message was malformed, and none of them broke a thing.
    assert set(fuzzed_node.malformed) == set(names)
    assert sum(fuzzed_node.malformed.values()) > 1000 // len(NODES)
    print(request.param, dict(fuzzed_node.malformed), live.node.ledger.state)


@pytest.mark.slow
@pytest.mark.filterwarnings('ignore::RuntimeWarning')
@fuzzed
@given(st.data())
def test_malformed_messages_through_a_live_node(node, data) -> None:
    node.send_one(data.draw)
