"""What ``mt_depth benchmark`` makes of a run."""

from __future__ import annotations

import pytest

pytest.importorskip('rclpy', reason='the ROS 2 client library is not installed')

from mt_depth_ros.cli.benchmark import measured
from mt_depth_ros.cli.live_run import LiveRun
from mt_depth_ros.core.errors import ConfigError

LATENCY = {'decode p50 [ms]': '2.0', 'decode p95 [ms]': '3.0', 'decode max [ms]': '4.0'}


def test_the_stages_are_read_off_the_diagnostics() -> None:
    run = LiveRun(
        images_sent=3,
        received_after_ms={1: 10.0, 2: 30.0, 3: 20.0},
        diagnostics={'depth_completion: latency': LATENCY},
    )
    result = measured(run, 3, {})
    assert result['stages_ms']['decode'] == {'p50': 2.0, 'p95': 3.0, 'max': 4.0}
    assert result['stages_ms']['received'] == {'p50': 20.0, 'p95': 29.0, 'max': 30.0}


@pytest.mark.parametrize(
    'diagnostics', [{}, {'n: latency': {}, 'n: frames': {'message': 'all dropped'}}]
)
def test_a_run_without_any_depth_is_told(diagnostics: dict[str, dict[str, str]]) -> None:
    run = LiveRun(images_sent=60, diagnostics=diagnostics, node_exit_code=0)
    said = 'all dropped' if diagnostics else 'no diagnostics'
    with pytest.raises(ConfigError, match=f'60 images .*, got 0; the node .* says: {said}'):
        measured(run, 60, {})
