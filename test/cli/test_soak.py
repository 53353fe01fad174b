"""The soak command in its short form, and its verdicts on runs made by hand."""

from __future__ import annotations

from dataclasses import replace
import json
import os
from pathlib import Path
import subprocess
import sys
from typing import Any

import pytest

pytest.importorskip('rclpy', reason='the ROS 2 client library is not installed')

from mt_depth_ros.cli.process_usage import process_usage, ProcessUsage
from mt_depth_ros.cli.soak import check_rates, write_report
from mt_depth_ros.cli.soak import soak as run_command
from mt_depth_ros.cli.soak_checks import soak_checks, soak_figures
from mt_depth_ros.cli.soak_run import SoakPlan, SoakRun, SoakSample
from mt_depth_ros.core.errors import ConfigError


def run_of(*, seconds: int = 100, **changes: object) -> SoakRun:
    """A camera of 10 Hz and a node that takes 100 ms a frame, sampled each second."""

    def value(name: str, default: float, second: int) -> float:
        change = changes.get(name, default)
        return float(change(second) if callable(change) else change)

    samples = [
        SoakSample(
            elapsed_s=float(second),
            usage=ProcessUsage(
                memory_mb=value('memory_mb', 500.0, second),
                peak_memory_mb=500.0,
                threads=int(value('threads', 20, second)),
                open_files=int(value('open_files', 30, second)),
                processor_s=0.5 * second,
            ),
            restarts=0,
            images_sent=10 * second,
            depths_received=int(value('depths_received', 10 * second, second)),
            ages_ms=[value('age_ms', 120.0, second)],
            diagnostics={
                'image received': str(10 * second),
                'dropped: no_cloud_within_tolerance': str(int(value('unmatched', 0, second))),
                'network p50 [ms]': '80.0',
                'network p95 [ms]': '90.0',
                'decode p50 [ms]': '20.0',
                'decode p95 [ms]': '20.0',
                'mismatch p50 [ms]': '10.0',
            },
        )
        for second in range(1, seconds + 1)
    ]
    return SoakRun(
        plan=SoakPlan(duration_s=float(seconds), camera_hz=10.0),
        samples=samples,
        sent={'image': 1000, 'points': 1001},
        outputs={'depth': 990},
        node_exit_code=0,
        diagnostics={
            'image received': '1000',
            'image lost': '0',
            'published': '990',
            'dropped: superseded': '10',
            'in flight': '0',
            'points received': '999',
            'points lost': '2',
            'depth used': '990',
            'depth not used: unused': '8',
            'depth held': '1',
        },
    )


def failed(run: SoakRun) -> list[str]:
    return [check.what for check in soak_checks(run, soak_figures(run)) if not check.passed]


def test_a_steady_run_passes() -> None:
    run = run_of()
    figures = soak_figures(run)
    assert failed(run) == []
    assert figures.output_hz == pytest.approx(10.0)
    # 80 ms and 20 ms one after the other.
    assert figures.capacity_hz == pytest.approx(10.0)
    assert figures.processor_cores == pytest.approx(0.5)
    assert figures.memory_mb_per_hour == 0.0


@pytest.mark.parametrize(
    ('changes', 'what'),
    [
        # 0.2 MB/s: between the starts of the first and the last third behind the warm-up lie 54 s
        # and 10.8 MB.
        ({'memory_mb': lambda second: 500 + 0.2 * second}, 'resident memory is flat'),
        ({'threads': lambda second: 20 + (second > 90)}, 'threads do not grow'),
        ({'open_files': lambda second: 30 + second // 50}, 'file descriptors do not grow'),
        ({'age_ms': lambda second: 120 + 10 * second}, 'the age of the output does not grow'),
        (
            {'unmatched': lambda second: max(second - 50, 0)},
            'the share of matched images is constant',
        ),
        (
            {'depths_received': lambda second: 6 * second},
            'the output rate is what the camera or the stages allow',
        ),
    ],
)
def test_what_grows_or_falls_behind_is_named(changes: dict[str, object], what: str) -> None:
    assert failed(run_of(**changes)) == [what]


def test_memory_that_comes_and_goes_with_each_frame_is_flat() -> None:
    assert failed(run_of(memory_mb=lambda second: 600 + 150 * (second % 3))) == []


def test_a_file_that_is_open_for_a_moment_is_no_growth() -> None:
    # In two samples of the last third alone.
    some = range(80, 100, 10)
    assert failed(run_of(open_files=lambda second: 30 + (second in some))) == []


def test_the_age_may_follow_the_frames_of_a_machine_that_slows_down() -> None:
    # Twice the 110 ms of a slow frame, and 100 ms.
    assert failed(run_of(age_ms=lambda second: 120 if second < 80 else 319)) == []
    assert failed(run_of(age_ms=lambda second: 120 if second < 70 else 321)) != []


def test_one_missing_message_shows_in_the_books() -> None:
    run = run_of()
    run.sent['image'] = 1001
    run.diagnostics |= {'dropped: superseded': '9', 'depth held': '0'}
    assert failed(run) == [
        'image: sent = received + lost',
        'image: received = published + dropped + in flight',
        'points: received = used + dropped + held',
    ]


def test_images_of_a_restart_do_not_count_as_unmatched() -> None:
    run = run_of(unmatched=lambda second: 30 * (second >= 80))
    assert failed(run) != []
    run.samples = [replace(sample, restarts=int(sample.elapsed_s >= 80)) for sample in run.samples]
    assert failed(run) == []


def test_too_short_a_run_is_refused() -> None:
    with pytest.raises(ConfigError, match='let it run longer'):
        soak_figures(run_of(seconds=6))


def test_the_report_of_a_node_that_published_nothing_is_json(tmp_path: Path) -> None:
    run = run_of(depths_received=0)
    run.samples = [replace(sample, ages_ms=[]) for sample in run.samples]
    figures = soak_figures(run)
    write_report(tmp_path / 'report.json', run, figures, soak_checks(run, figures))

    def refused(name: str) -> None:
        pytest.fail(f'{name} is no JSON')

    report = json.loads((tmp_path / 'report.json').read_text(), parse_constant=refused)
    assert report['figures']['age_max_ms'] is None
    assert report['figures']['output_hz'] == 0.0


@pytest.mark.parametrize('rates_hz', [[0.0], [-10.0], [10.0, 30.0, 10.0], [float('inf')]])
def test_rates_that_cannot_be_played_or_share_a_folder_are_refused(rates_hz: list[float]) -> None:
    with pytest.raises(ConfigError, match=r'--camera-hz: expected rates above 0, each another'):
        check_rates(rates_hz)
    check_rates([10.0, 30.0])


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'untrained': 'mt_dept', 'size': '64x32'}, "expected one of .*, got 'mt_dept'"),
        ({'size': '64'}, "--size: expected width and height .*, got '64'"),
    ],
)
def test_a_slip_leaves_the_folder_to_be_used(
    tmp_path: Path, options: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        run_command(output=tmp_path / 'out', **options)
    assert not any((tmp_path / 'out').glob('*'))


def test_the_usage_of_this_process() -> None:
    before = process_usage(os.getpid())
    assert before is not None
    assert 10 < before.memory_mb <= before.peak_memory_mb
    with Path(__file__).open():
        during = process_usage(os.getpid())
    assert during is not None
    assert during.open_files == before.open_files + 1
    # No process has this number: it is above the largest that Linux gives.
    assert process_usage(2**22 + 1) is None


def soak(output: Path, *arguments: str) -> dict[str, dict[str, Any]]:
    """Runs the command; gives its reports by rate."""
    environment = {**os.environ, 'ROS_DOMAIN_ID': str(110 + os.getpid() % 50), 'COLUMNS': '200'}
    command = ['soak', '--size', '310x94', '--output', str(output), *arguments]
    result = subprocess.run(
        [sys.executable, '-m', 'mt_depth_ros.cli.main', *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=environment,
    )
    reports = {path.parent.name: json.loads(path.read_text()) for path in output.glob('*/*.json')}
    assert reports, result.stdout + result.stderr
    return reports


def failures(report: dict[str, Any]) -> list[dict[str, Any]]:
    """What failed, apart from how fast a machine is on which other tests run, too."""
    rate = 'the output rate is what the camera or the stages allow'
    return [check for check in report['checks'] if not (check['passed'] or check['what'] == rate)]


@pytest.mark.slow
def test_the_short_form_under_full_load_with_restarts(tmp_path: Path) -> None:
    arguments = ('--minutes', '0.5', '--restart-every', '8', '--model', 'nearest')
    (report,) = soak(tmp_path / 'soak', *arguments).values()
    assert failures(report) == []
    assert report['restarts'] >= 1
    assert report['received']['depth'] > 0


@pytest.mark.slow
def test_a_camera_faster_than_the_network(tmp_path: Path) -> None:
    rates = ('--camera-hz', '10', '--camera-hz', '30', '--camera-hz', '60')
    arguments = ('--minutes', '0.25', '--restart-every', '0', '--untrained', 'mt_depth')
    reports = soak(tmp_path / 'soak', *arguments, *rates)
    assert sorted(reports) == ['10hz', '30hz', '60hz']
    # Torch needs longer than this to come to rest in memory; the run above looks at that.
    memory = 'resident memory is flat'
    for report in reports.values():
        assert [check for check in failures(report) if check['what'] != memory] == []
        assert report['received']['depth'] > 0
    assert int(reports['60hz']['node_diagnostics']['dropped: superseded']) > 0
