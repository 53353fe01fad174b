"""What the node tells of itself."""

from __future__ import annotations

from dataclasses import replace

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import pytest

from mt_depth_ros.core.degradation import Degradation
from mt_depth_ros.core.matching_quality import MatchingReport
from mt_depth_ros.core.matching_statistics import MatchStatistics, StreamStatistics
from mt_depth_ros.pipeline.build import ModelIdentity
from mt_depth_ros.pipeline.self_check_report import pooled_report
from mt_depth_ros.ros.alarm_log import AlarmLog
from mt_depth_ros.ros.clock_watch import ClockWatch
from mt_depth_ros.ros.diagnostic_section import Alarm, DiagnosticSection, Level
from mt_depth_ros.ros.frame_ledger import FrameLedger
from mt_depth_ros.ros.message_filling import make_header
from mt_depth_ros.ros.node_config import NodeConfig
from mt_depth_ros.ros.node_diagnostics import NodeDiagnostics
from mt_depth_ros.ros.node_state import InputState, NodeState

SECOND_NS = 1_000_000_000
NOW_S = 1_700_000_000


def topic(name: str, received: int, **more) -> InputState:
    values = {
        'topic': f'/{name}',
        'received': received,
        'lost': 0,
        'reliable': False,
        'publishers': 1,
        'newest_stamp_ns': NOW_S * SECOND_NS - 40_000_000,
        **more,
    }
    return InputState(**values)


def state(ledger: FrameLedger | None = None, *, images: int = 5, points: int = 5, **more):
    inputs = {
        'image': topic('image', images),
        'points': topic('points', points),
        'sparse_depth': topic('sparse_depth', 0, publishers=0, silent_s=99.0),
    }
    values = {
        'lifecycle': 'active',
        'identity': ModelIdentity(
            name='nearest', kind='classical', sha256='', device='cpu', version='0.1.0'
        ),
        'config': NodeConfig(),
        'inputs': inputs,
        'ledger': (ledger or FrameLedger()).state,
        'matching': report(),
        **more,
    }
    return NodeState(**values)


def report(**more) -> MatchingReport:
    values = {
        'matched': 100,
        'missed': 0,
        'mismatch_p50_ms': 4.0,
        'mismatch_p95_ms': 9.0,
        'offset_ms': 0.5,
        'offset_spread_ms': 4.0,
        **more,
    }
    return MatchingReport(**values)


def books(*, images: int, overtaken: int, wait_needed_ns: int) -> MatchStatistics:
    stream = StreamStatistics(
        received=images, matched=images, dropped={}, waiting=0, period_ns=None
    )
    return MatchStatistics(
        images=stream,
        clouds=stream,
        resets=0,
        overtaken=overtaken,
        wait_needed_ns=wait_needed_ns,
    )


def header(now_s: float = NOW_S):
    return make_header(round(now_s * SECOND_NS), '')


def statuses(*states: NodeState, step_s: float = 1.0) -> dict[str, DiagnosticStatus]:
    """The statuses of the last of several states, a step apart."""
    diagnostics = NodeDiagnostics('/node')
    for index, each in enumerate(states):
        message = diagnostics.message(header(), each, index * step_s)
    return by_task(message)


def by_task(message: DiagnosticArray) -> dict[str, DiagnosticStatus]:
    return {status.name.partition(': ')[2]: status for status in message.status}


def values_of(status: DiagnosticStatus) -> dict[str, str]:
    return {pair.key: pair.value for pair in status.values}


def test_rates_are_measured_between_two_messages() -> None:
    ledger = FrameLedger()
    first = state(ledger, images=0, points=0, problems={'no_camera_info': 3})
    for index in range(20):
        ledger.published(index, {'network': float(index)})
    second = state(
        ledger,
        images=60,
        points=20,
        problems={'no_camera_info': 3},
        depth_dropped={'unused': 1},
    )
    found = statuses(first, second, step_s=2.0)
    assert found['inputs'].name == 'node: inputs'
    # One of the two depth sources is enough.
    assert found['inputs'].level == DiagnosticStatus.OK
    assert values_of(found['inputs'])['image rate [Hz]'] == '30.0'
    assert values_of(found['frames'])['published rate [Hz]'] == '10.0'
    assert values_of(found['frames'])['problem: no_camera_info'] == '3'
    assert values_of(found['frames'])['depth not used: unused'] == '1'
    assert values_of(found['latency'])['network max [ms]'] == '19.00'
    assert values_of(found['latency'])['network p50 [ms]'] == '9.50'
    assert {status.level for status in found.values()} == {DiagnosticStatus.OK}


def test_ages_are_told_in_ros_time() -> None:
    assert values_of(statuses(state())['inputs'])['image age [s]'] == '0.040'


def test_an_input_nobody_publishes_is_reported_after_a_while() -> None:
    alarm = Alarm(key='no_publisher:/image', text='nobody publishes it', level=Level.ERROR)
    for silent_s, level in ((2.4, DiagnosticStatus.OK), (2.6, DiagnosticStatus.ERROR)):
        inputs = {**state().inputs}
        inputs['image'] = topic('image', 0, publishers=0, silent_s=silent_s, alarm=alarm)
        assert statuses(state(inputs=inputs))['inputs'].level == level


def test_a_publisher_of_the_wrong_type_is_reported_at_once() -> None:
    inputs = {**state().inputs}
    alarm = Alarm(key='incompatible_type:/image', text='of another type', level=Level.ERROR)
    inputs['image'] = topic('image', 0, silent_s=0.1, alarm=alarm)
    found = statuses(state(inputs=inputs))['inputs']
    assert (found.level, found.message) == (DiagnosticStatus.ERROR, 'of another type')


def test_an_input_that_falls_silent_is_reported() -> None:
    inputs = {**state().inputs, 'points': topic('points', 50, silent_s=4.0)}
    found = statuses(state(inputs=inputs))['inputs']
    assert found.level == DiagnosticStatus.ERROR
    assert found.message.startswith('/points: somebody publishes it, but nothing has arrived')


def test_a_slow_sensor_is_given_three_of_its_periods() -> None:
    for silent_s, level in ((5.9, DiagnosticStatus.OK), (6.1, DiagnosticStatus.ERROR)):
        inputs = {**state().inputs, 'points': topic('points', 50, silent_s=silent_s, gap_s=2.0)}
        assert statuses(state(inputs=inputs))['inputs'].level == level


def test_camera_info_that_came_once_is_enough() -> None:
    inputs = {**state().inputs, 'camera_info': topic('camera_info', 1, silent_s=3600.0)}
    assert statuses(state(inputs=inputs))['inputs'].level == DiagnosticStatus.OK


def test_a_traceback_stays_in_the_log() -> None:
    ledger = FrameLedger()
    first = state(ledger)
    ledger.dropped('internal_error')
    texts = {'internal_error': 'the frame failed\nTraceback (most recent call last):'}
    found = statuses(first, state(ledger, problem_texts=texts), step_s=3.0)['frames']
    assert found.message == 'nothing published: internal_error: the frame failed'


def test_without_any_depth_only_one_of_the_two_inputs_is_asked_for() -> None:
    alarms = {
        name: Alarm(key=f'no_publisher:/{name}', text=f'nobody publishes /{name}')
        for name in ('points', 'sparse_depth')
    }
    inputs = {'image': topic('image', 5)} | {
        name: topic(name, 0, publishers=0, silent_s=5.0, alarm=alarm)
        for name, alarm in alarms.items()
    }
    assert statuses(state(inputs=inputs))['inputs'].message == 'nobody publishes /points'


def test_lost_messages_are_reported_while_they_are_lost() -> None:
    before = state()
    inputs = {**before.inputs, 'image': topic('image', 15, lost=10)}
    during = state(inputs=inputs)
    found = statuses(before, during)['inputs']
    assert found.level == DiagnosticStatus.WARN
    assert '10 of 20 messages were lost' in found.message
    assert statuses(before, during, during)['inputs'].level == DiagnosticStatus.OK


def test_stamps_of_another_time_are_a_warning_with_the_remedy() -> None:
    inputs = {**state().inputs, 'image': topic('image', 5, newest_stamp_ns=SECOND_NS)}
    found = statuses(state(inputs=inputs))['inputs']
    assert found.level == DiagnosticStatus.WARN
    assert 'use_sim_time:=true' in found.message


def test_no_output_names_the_most_frequent_reason_of_late_and_its_remedy() -> None:
    ledger = FrameLedger()
    for _ in range(50):
        ledger.dropped('long_ago')
    first = state(ledger)
    for reason in ('missing_transform', 'missing_transform', 'superseded'):
        ledger.dropped(reason)
    texts = {'missing_transform': 'from lidar to camera; set static_transforms'}
    found = statuses(first, state(ledger, problem_texts=texts), step_s=3.0)['frames']
    assert found.level == DiagnosticStatus.ERROR
    assert found.message == (
        'nothing published: missing_transform: from lidar to camera; set static_transforms'
    )


def test_a_frame_that_never_ends_is_told_apart_from_a_slow_model() -> None:
    ledger = FrameLedger()
    first = state(ledger)
    ledger.dropped('superseded')
    # Three seconds are a slow model at its first frame, whose output will come.
    found = statuses(first, state(ledger, busy_s=3.0), step_s=3.0)['frames']
    assert found.level == DiagnosticStatus.OK
    found = statuses(first, state(ledger, busy_s=42.4), step_s=3.0)['frames']
    assert found.level == DiagnosticStatus.ERROR
    start = 'nothing published: one frame has been computed for 42 s'
    assert found.message.startswith(start)


def test_frames_that_fail_slowly_are_no_slow_model() -> None:
    ledger = FrameLedger()
    first = state(ledger)
    for reason in ('superseded', 'superseded', 'bad_cloud'):
        ledger.dropped(reason)
    found = statuses(first, state(ledger, busy_s=1.0), step_s=3.0)['frames']
    assert found.level == DiagnosticStatus.ERROR
    assert found.message == 'nothing published: bad_cloud'


class Watched:
    """A node whose frames are watched ten times a second of a clock made by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.ledger = FrameLedger(steady_s=lambda: self.now_s)
        self._diagnostics = NodeDiagnostics('/node')

    def levels(self, seconds: float, **more) -> list[int]:
        """The level of the status ``frames`` in each of the next tenths of a second."""
        found = []
        for _ in range(round(10 * seconds)):
            self.now_s += 0.1
            message = self._diagnostics.message(header(), state(self.ledger, **more), self.now_s)
            found.append(by_task(message)['frames'].level)
        return found


@pytest.mark.parametrize('period_s', [0.5, 2.0, 5.0])
def test_a_slow_node_is_not_taken_for_a_silent_one(period_s: float) -> None:
    watched = Watched()
    watched.levels(0.1)
    for stamp_ns in range(3):
        watched.ledger.published(stamp_ns, {})
        watched.ledger.dropped('superseded')
        levels = watched.levels(period_s)
    assert set(levels) == {DiagnosticStatus.OK}
    # Three times its own period, at least 2.5 s, then it is silent: 1.5 becomes 2.5, 6 and 15 s.
    patience_s = max(2.5, 3 * period_s)
    assert set(watched.levels(patience_s - period_s - 0.15)) == {DiagnosticStatus.OK}
    watched.ledger.dropped('missing_transform')
    assert watched.levels(0.3)[-1] == DiagnosticStatus.ERROR
    # It stays an error in the tenths of a second in which no image comes.
    assert set(watched.levels(1.0)) == {DiagnosticStatus.ERROR}


def test_a_listener_who_joins_is_given_time() -> None:
    watched = Watched()
    watched.ledger.published(1, {})
    watched.levels(60.0, listeners=False)
    for _ in range(600):
        watched.ledger.dropped('no_subscriber')
    assert set(watched.levels(2.0)) == {DiagnosticStatus.OK}
    # The minute in which nobody listened says nothing of how slow the node is; the 1.9 s since
    # the listener was seen do: three times 1.9 are 5.7.
    watched.ledger.published(2, {})
    assert set(watched.levels(5.6)) == {DiagnosticStatus.OK}
    assert watched.levels(0.3)[-1] == DiagnosticStatus.WARN


def test_a_problem_of_a_frame_is_a_warning_while_it_lasts() -> None:
    ledger = FrameLedger()
    first = state(ledger, problems={'few_points_in_view': 7})
    ledger.published(1, {})
    texts = {'few_points_in_view': 'expected 50, got 40 of 192 points'}
    second = state(ledger, problems={'few_points_in_view': 8}, problem_texts=texts)
    ledger.published(2, {})
    third = state(ledger, problems={'few_points_in_view': 8}, problem_texts=texts)
    found = statuses(first, second)['frames']
    assert found.level == DiagnosticStatus.WARN
    assert found.message == 'few_points_in_view: expected 50, got 40 of 192 points'
    assert statuses(first, second, third)['frames'].level == DiagnosticStatus.OK


def test_inputs_that_are_awaited_are_named_before_anything_is_wrong() -> None:
    inputs = {**state().inputs, 'image': topic('image', 0, silent_s=0.5)}
    found = statuses(state(inputs=inputs))['inputs']
    assert (found.level, found.message) == (DiagnosticStatus.OK, 'waiting for image')


def test_a_node_without_listeners_is_idle_not_broken() -> None:
    found = statuses(*[state(listeners=False)] * 2)
    assert found['frames'].level == DiagnosticStatus.OK
    assert 'nobody subscribes' in found['frames'].message


def test_the_interpolation_check_is_off_where_its_parameter_says_so() -> None:
    off = replace(NodeConfig(), self_check_share=0.0)
    checked = pooled_report([], span_s=0.0)
    # Before the first frame, and after a change, there is none yet that has followed it.
    for each, message in (
        (state(), 'nothing compared yet'),
        (state(config=off), 'off (self_check_share is 0)'),
        (state(config=off, self_check=checked), 'off (self_check_share is 0)'),
    ):
        found = statuses(each)['interpolation check']
        assert (found.level, found.message) == (DiagnosticStatus.OK, message)


def test_a_node_that_does_not_run_has_nothing_to_judge_by() -> None:
    found = statuses(state(lifecycle='inactive', inputs={}, matching=None))
    for task in ('inputs', 'matching', 'frames', 'latency', 'outputs'):
        assert found[task].level == DiagnosticStatus.STALE, task
    assert found['lifecycle'].level == DiagnosticStatus.OK
    assert values_of(found['lifecycle'])['mode'] == 'inactive'


def test_a_failed_transition_is_an_error_with_its_reason() -> None:
    trouble = 'configure failed: no such model'
    found = statuses(state(lifecycle='unconfigured', identity=None, trouble=trouble))['lifecycle']
    assert found.level == DiagnosticStatus.ERROR
    assert found.message == f'unconfigured: {trouble}'


def test_the_mode_tells_where_depth_comes_from() -> None:
    network = ModelIdentity(name='net', kind='unet', sha256='ab' * 32, device='cpu')
    lack = Degradation(reason='out_of_memory', text='the network failed')
    no_mask = Degradation(reason='no_mask', text='the mask failed', is_fallback=False)
    cases = {
        'classical': state(),
        'network': state(identity=network),
        'classical fallback: the network failed': state(identity=network, degradation=lack),
        'classical, no_mask: the mask failed': state(degradation=no_mask),
        'warming up': state(lifecycle='configuring', identity=None, phase='warming up'),
        'unconfigured': state(lifecycle='unconfigured', identity=None),
    }
    for mode, each in cases.items():
        assert values_of(statuses(each)['lifecycle'])['mode'] == mode


def test_the_model_is_named_exactly_and_a_fallback_is_a_warning() -> None:
    network = ModelIdentity(
        name='net', kind='unet', sha256='ab' * 32, device='cpu', version='0123 2026-01-01'
    )
    found = statuses(state(identity=network, degraded={'out_of_memory': 7}))['model']
    values = values_of(found)
    assert found.level == DiagnosticStatus.OK
    assert (values['model name'], values['model sha256']) == ('net', 'ab' * 32)
    assert (values['model version'], values['device']) == ('0123 2026-01-01', 'cpu')
    assert values['degraded: out_of_memory'] == '7'
    assert 20 < float(values['memory [MB]']) < 100_000
    lack = Degradation(reason='out_of_memory', text='the network failed')
    assert statuses(state(identity=network, degradation=lack))['model'].level == (
        DiagnosticStatus.WARN
    )


def test_the_matching_is_told_in_numbers() -> None:
    found = statuses(state(matching=report(matched=75, missed=25)))['matching']
    values = values_of(found)
    assert found.level == DiagnosticStatus.OK
    assert (values['match ratio'], values['mismatch p95 [ms]']) == ('0.750', '9.0')


def test_a_lidar_that_delivers_late_names_the_wait_to_set() -> None:
    before = state(books=books(images=100, overtaken=0, wait_needed_ns=0))
    # 20 of 30 images; the latest depth came 71 ms after its image: 71 x 1.2 = 85.2, so 0.09.
    after = state(books=books(images=130, overtaken=20, wait_needed_ns=71_000_000))
    found = statuses(before, after)['matching']
    assert found.level == DiagnosticStatus.WARN
    assert '20 of 30 images were decided before' in found.message
    assert 'Set sync_max_wait to 0.09 (now 0.05)' in found.message
    # Once that is over, nothing is left of it.
    assert statuses(before, after, after)['matching'].level == DiagnosticStatus.OK


def test_a_constant_offset_names_what_to_set() -> None:
    config = replace(NodeConfig(), lidar_time_offset=0.01)
    late = report(matched=0, missed=50, offset_ms=-200.0, offset_spread_ms=1.0)
    found = statuses(state(matching=late, config=config))['matching']
    assert found.level == DiagnosticStatus.ERROR
    assert 'depth is stamped 200.0 ms before the images' in found.message
    # 0.01 s are added already: 0.01 + 0.2.
    assert 'set lidar_time_offset to 0.2100 (now 0.01)' in found.message
    # Sensors that run freely have no offset to take away.
    free = report(matched=40, missed=60, offset_ms=6.0, offset_spread_ms=8.0)
    assert 'lidar_time_offset' not in statuses(state(matching=free))['matching'].message
    # And where images get their depth, it may be the truth about two sensors.
    constant = report(offset_ms=12.0, offset_spread_ms=0.1)
    assert statuses(state(matching=constant))['matching'].level == DiagnosticStatus.OK


@pytest.mark.parametrize('offset_s', [37.0, -3600.0])
def test_clocks_too_far_apart_for_the_parameter_are_to_be_set(offset_s: float) -> None:
    """A LiDAR on TAI, as PTP has it, is 37 s ahead of a camera on UTC."""
    apart = report(matched=0, missed=50, offset_ms=1e3 * offset_s, offset_spread_ms=2.0)
    found = statuses(state(matching=apart))['matching']
    # No value is named that the node would refuse.
    assert 'set lidar_time_offset to' not in found.message
    assert 'more than lidar_time_offset can take away (10 s)' in found.message
    assert 'set both clocks' in found.message
    assert values_of(found)['lidar_time_offset that takes the offset away [s]'] == '-'


def test_alarms_are_logged_once_while_they_last() -> None:
    lines: list[str] = []
    clock = [0.0]
    log = AlarmLog(lines.append, steady_s=lambda: clock[0])
    alarm = Alarm(key='no_publisher:/image', text='nobody publishes /image')
    for _ in range(200):
        log.observe([alarm, Alarm(key='quiet', text='elsewhere', is_logged=False)])
        clock[0] += 1.0
    assert lines == ['[no_publisher] nobody publishes /image']
    clock[0] += 61.0
    log.observe([alarm])
    assert len(lines) == 2


def test_the_worst_alarm_makes_the_level_and_comes_first() -> None:
    section = DiagnosticSection(
        name='inputs',
        message='fine',
        alarms=(
            Alarm(key='a', text='odd'),
            Alarm(key='b', text='broken', level=Level.ERROR),
        ),
    )
    status = section.status('node')
    assert (status.level, status.message) == (DiagnosticStatus.ERROR, 'broken; odd')


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
