"""The diagnostics of a live node where they need real messages, clocks and peers."""

from __future__ import annotations

import time

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import pytest
import rclpy
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import Image, PointCloud2
from std_msgs.msg import Float64

PERIOD_S = 0.1


@pytest.fixture
def live(start_node):
    live = start_node(parameters={'sync_max_wait': 0.03, 'diagnostics_period': 0.5})
    live.said = {}

    def take(message: DiagnosticArray) -> None:
        for status in message.status:
            node, _, task = status.name.partition(': ')
            if node == live.name.lstrip('/'):
                live.said[task] = status

    live.peer.create_subscription(DiagnosticArray, '/diagnostics', take, 10)
    return live


def message_of(live, task: str) -> str:
    return live.said[task].message if task in live.said else ''


def values_of(live, task: str) -> dict[str, str]:
    return {pair.key: pair.value for pair in live.said[task].values}


def test_a_lidar_that_arrives_late_names_the_wait_which_then_helps(live) -> None:
    """Stamped when the sweep begins, delivered when it is over: 100 ms later."""
    late: list[PointCloud2] = []
    deadline_s = time.monotonic() + 60.0
    wait_s = None
    while time.monotonic() < deadline_s:
        stamp_ns = live.next_stamp()
        live.send_frame(stamp_ns, points=late.pop() if late else None)
        late.append(live.messages.points(stamp_ns))
        time.sleep(PERIOD_S)
        text = message_of(live, 'matching')
        if wait_s is None and 'Set sync_max_wait to ' in text:
            assert live.said['matching'].level in (DiagnosticStatus.WARN, DiagnosticStatus.ERROR)
            assert not live.recorded
            wait_s = float(text.partition('Set sync_max_wait to ')[2].split()[0])
            assert wait_s >= 0.1
            assert live.set_parameter('sync_max_wait', wait_s) == ''
        if wait_s is not None and len({item.stamp_ns for item in live.recorded}) >= 5:
            break
    assert wait_s is not None, live.said
    assert len({item.stamp_ns for item in live.recorded}) >= 5
    (line,) = live.lines('[sync_max_wait]')
    assert 'delivers late' in line
    matched = [
        item for item in live.recorded if item.output == 'depth' and (item.pixels == 10.0).all()
    ]
    assert matched


def test_the_offset_to_set_is_told_once_and_not_doubled_when_it_is_set(live, until) -> None:
    """The LiDAR's clock is 40 ms behind, which is more than the tolerance."""
    assert live.set_parameter('sync_tolerance', 0.02) == ''

    def offset_to_set() -> str:
        stamp_ns = live.next_stamp()
        live.send_frame(stamp_ns, points=live.messages.points(stamp_ns - 40_000_000))
        time.sleep(PERIOD_S / 2)
        values = values_of(live, 'matching') if 'matching' in live.said else {}
        return values.get('lidar_time_offset that takes the offset away [s]', '-')

    assert {offset_to_set() for _ in range(60)} == {'-', '0.0400'}
    until(lambda: 'set lidar_time_offset to 0.0400' in message_of(live, 'matching'), 'the advice')
    assert live.set_parameter('lidar_time_offset', 0.04) == ''
    live.said.clear()
    advised = {offset_to_set() for _ in range(30)}
    assert advised <= {'-', '0.0400'}
    assert '0.0400' in advised
    assert 'set lidar_time_offset' not in message_of(live, 'matching')


def test_a_subscriber_that_cannot_be_served_is_named(live, until) -> None:
    asked = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    topic = f'{live.name}/depth/image_rect'
    live.peer.create_subscription(Image, topic, lambda _: None, asked)
    until(lambda: 'asks for reliable, transient local' in message_of(live, 'outputs'), 'the text')
    assert live.said['outputs'].level == DiagnosticStatus.WARN
    until(lambda: '/peer asks' in message_of(live, 'outputs'), 'its name')
    assert 'offers reliable, volatile' in message_of(live, 'outputs')
    assert until(lambda: live.lines('[incompatible_qos]'), 'the log')


def test_a_subscriber_of_another_type_is_named(live, until, ros_environment) -> None:
    context = rclpy.Context()
    rclpy.init(context=context)
    reader = rclpy.create_node('reader', context=context)
    reader.create_subscription(
        PointCloud2, f'{live.name}/depth/image_rect', lambda _: None, QoSProfile(depth=1)
    )
    text = (
        '/reader reads sensor_msgs/msg/PointCloud2 and this node publishes sensor_msgs/msg/Image'
    )
    until(lambda: text in message_of(live, 'outputs'), 'the text')
    reader.destroy_node()
    rclpy.try_shutdown(context=context)


def test_an_input_that_stops_and_comes_back(live, until) -> None:
    live.check_it_goes_on()
    until(lambda: 'nothing has arrived for' in message_of(live, 'inputs'), 'the silence')
    assert live.said['inputs'].level == DiagnosticStatus.ERROR

    def is_heard() -> bool:
        live.send_frame()
        return 'nothing has arrived' not in message_of(live, 'inputs')

    until(is_heard, 'the end of the silence')


def test_the_numbers_of_a_running_node(live, until) -> None:
    def is_steady() -> bool:
        live.send_frame()
        time.sleep(PERIOD_S)
        # The first frame may have had to wait for its subscriptions.
        return 'frames' in live.said and int(values_of(live, 'frames')['published']) >= 10

    until(is_steady, 'ten frames')
    inputs, matching = values_of(live, 'inputs'), values_of(live, 'matching')
    assert 1.0 < float(inputs['image rate [Hz]']) <= 15.0
    # The stamps of these tests are of 2023.
    assert float(inputs['image age [s]']) > 1e6
    assert inputs['image publishers'] == '1'
    assert float(matching['match ratio']) > 0.5
    assert float(matching['mismatch p95 [ms]']) < 100.0
    assert float(values_of(live, 'latency')['network p95 [ms]']) > 0.0
    model = values_of(live, 'model')
    assert (model['model name'], model['device']) == ('nearest', 'cpu')
    assert float(model['memory [MB]']) > 20.0


def test_debug_timings_are_published_for_who_listens(live, until) -> None:
    heard: dict[str, list[float]] = {}
    names = ('processing_time_ms', 'cyclic_time_ms', 'pipeline_latency_ms')
    for name in names:
        values = heard.setdefault(name, [])
        live.peer.create_subscription(
            Float64, f'{live.name}/debug/{name}', lambda m, v=values: v.append(m.data), 5
        )

    def all_heard() -> bool:
        live.send_frame()
        time.sleep(PERIOD_S)
        return all(len(values) >= 3 for values in heard.values())

    until(all_heard, 'three of each')
    assert all(0.0 < ms < 60_000.0 for ms in heard['processing_time_ms'])
    # One frame began after the one before had been published.
    for processing_ms, cycle_ms in zip(
        heard['processing_time_ms'], heard['cyclic_time_ms'][1:], strict=False
    ):
        assert cycle_ms > 0.0 and processing_ms > 0.0
    # From a stamp of 2023 until now.
    assert all(ms > 1e9 for ms in heard['pipeline_latency_ms'])


def test_a_pause_is_no_cycle_of_the_debug_timings(start_node, until) -> None:
    live = start_node(outputs=())
    latencies: list[float] = []
    cycles: list[float] = []

    def listen(message_type, output: str, values: list[float]):
        topic = f'{live.name}/{output}'
        reader = live.peer.create_subscription(message_type, topic, values.append, 5)
        until(lambda: readers(output) == 1, 'them to meet')
        return reader

    def readers(output: str) -> int:
        (publisher,) = (
            each for each in live.node.publishers if each.topic_name == f'{live.name}/{output}'
        )
        return publisher.get_subscription_count()

    def check(*, num_frames: int, num_cycles: int) -> None:
        live.send_frame()
        # The latency is published last.
        until(lambda: len(latencies) == num_frames, f'frame {num_frames}')
        until(lambda: len(cycles) >= num_cycles, f'cycle {num_cycles}')
        assert len(cycles) == num_cycles

    listen(Float64, 'debug/pipeline_latency_ms', latencies)
    listen(Float64, 'debug/cyclic_time_ms', cycles)
    depth = listen(Image, 'depth/image_rect', [])
    check(num_frames=1, num_cycles=0)
    check(num_frames=2, num_cycles=1)
    live.peer.destroy_subscription(depth)
    until(lambda: readers('depth/image_rect') == 0, 'its end')
    live.send_frame()
    until(lambda: live.node.ledger.state.dropped.get('no_subscriber'), 'the frame')
    listen(Image, 'depth/image_rect', [])
    check(num_frames=3, num_cycles=1)
    assert live.set_state('deactivate') and live.set_state('activate')
    check(num_frames=4, num_cycles=1)


def test_debug_timings_alone_make_the_node_compute_nothing(start_node, until) -> None:
    live = start_node(outputs=())
    live.peer.create_subscription(
        Float64, f'{live.name}/debug/processing_time_ms', lambda _: None, 5
    )
    live.send_frame()
    until(lambda: live.node.ledger.state.dropped.get('no_subscriber'), 'the frame')
    assert live.node.ledger.state.published == 0
