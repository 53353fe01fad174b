"""What the node tells of itself."""

from __future__ import annotations

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import pytest
from std_msgs.msg import Header

from mt_depth_ros.ros.clock_watch import ClockWatch
from mt_depth_ros.ros.frame_ledger import FrameLedger
from mt_depth_ros.ros.node_diagnostics import InputState, NodeDiagnostics, NodeState

SECOND_NS = 1_000_000_000


def state(ledger: FrameLedger, *, images: int, points: int, listeners: bool = True) -> NodeState:
    inputs = {
        name: InputState(topic=f'/{name}', received=received, lost=0, reliable=False)
        for name, received in (('image', images), ('points', points), ('sparse_depth', 0))
    }
    return NodeState(
        model='nearest',
        mode='running',
        inputs=inputs,
        ledger=ledger.state,
        in_flight=0,
        problems={'no_camera_info': 3},
        depth_dropped={'unused': 1},
        listeners=listeners,
    )


def by_task(message: DiagnosticArray) -> dict[str, DiagnosticStatus]:
    return {status.name.partition(': ')[2]: status for status in message.status}


def values_of(status: DiagnosticStatus) -> dict[str, str]:
    return {pair.key: pair.value for pair in status.values}


def test_rates_are_measured_between_two_messages() -> None:
    diagnostics, ledger = NodeDiagnostics('/front/depth_completion'), FrameLedger()
    diagnostics.message(Header(), state(ledger, images=0, points=0), 10.0)
    for index in range(20):
        ledger.published(index, {'network': float(index)})
    statuses = by_task(diagnostics.message(Header(), state(ledger, images=60, points=20), 12.0))
    assert statuses['inputs'].name == 'front/depth_completion: inputs'
    # One of the two depth sources is enough.
    assert statuses['inputs'].level == DiagnosticStatus.OK
    assert values_of(statuses['inputs'])['image rate [Hz]'] == '30.0'
    assert values_of(statuses['frames'])['published rate [Hz]'] == '10.0'
    assert values_of(statuses['frames'])['problem: no_camera_info'] == '3'
    assert values_of(statuses['frames'])['depth not used: unused'] == '1'
    assert values_of(statuses['latency'])['network max [ms]'] == '19.00'
    assert values_of(statuses['latency'])['network p50 [ms]'] == '9.50'


def test_silent_inputs_are_named() -> None:
    diagnostics, ledger = NodeDiagnostics('/node'), FrameLedger()
    diagnostics.message(Header(), state(ledger, images=0, points=0), 0.0)
    statuses = by_task(diagnostics.message(Header(), state(ledger, images=5, points=0), 1.0))
    assert statuses['inputs'].level == DiagnosticStatus.WARN
    assert statuses['inputs'].message == 'nothing arrives on points, sparse_depth'


def test_no_output_names_the_most_frequent_reason_of_late() -> None:
    diagnostics, ledger = NodeDiagnostics('/node'), FrameLedger()
    for _ in range(50):
        ledger.dropped('long_ago')
    diagnostics.message(Header(), state(ledger, images=0, points=0), 0.0)
    for reason in ('missing_transform', 'missing_transform', 'superseded'):
        ledger.dropped(reason)
    statuses = by_task(diagnostics.message(Header(), state(ledger, images=3, points=3), 1.0))
    assert statuses['frames'].level == DiagnosticStatus.WARN
    assert statuses['frames'].message == 'nothing published: missing_transform'


def test_a_node_without_listeners_is_idle_not_broken() -> None:
    diagnostics, ledger = NodeDiagnostics('/node'), FrameLedger()
    for now_s in (0.0, 1.0):
        message = diagnostics.message(
            Header(), state(ledger, images=5, points=5, listeners=False), now_s
        )
    assert by_task(message)['frames'].level == DiagnosticStatus.OK
    assert 'nobody subscribes' in by_task(message)['frames'].message


def test_the_live_node_publishes_them(start_node, until) -> None:
    live = start_node(parameters={'diagnostics_period': 0.1})
    heard: list[DiagnosticArray] = []
    live.peer.create_subscription(DiagnosticArray, '/diagnostics', heard.append, 10)
    live.check_it_goes_on()

    def published() -> list[str]:
        return [
            values_of(by_task(message)['frames'])['published']
            for message in list(heard)
            if message.status[0].name.startswith(live.name.strip('/'))
        ]

    until(lambda: '1' in published(), 'the count')


@pytest.mark.parametrize(
    ('stamp_s', 'now_s', 'expected'),
    [
        (1000, 1061, True),
        (1061, 1000, True),
        (1000, 1060, False),
        (0, 1000, False),
        (1000, 0, False),
    ],
)
def test_stamps_more_than_a_minute_off_are_of_another_time(stamp_s, now_s, expected) -> None:
    lines: list[str] = []
    watch = ClockWatch(lines.append)
    for _ in range(2):
        watch.observe(stamp_s * SECOND_NS, now_s * SECOND_NS, uses_sim_time=False, topic='/image')
    assert len(lines) == int(expected)
    assert all('use_sim_time:=true' in line for line in lines)


def test_with_simulated_time_the_hint_is_another_one() -> None:
    lines: list[str] = []
    ClockWatch(lines.append).observe(
        SECOND_NS, 100 * SECOND_NS, uses_sim_time=True, topic='/image'
    )
    assert '/clock must come from what plays the recording' in lines[0]
