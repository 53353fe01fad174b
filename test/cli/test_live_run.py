"""The node over real DDS gives what the offline replay gives, bit for bit."""

from __future__ import annotations

import os
from pathlib import Path
import subprocess
import sys

import pytest

pytest.importorskip('rclpy', reason='the ROS 2 client library is not installed')

RUN = """
import sys
from pathlib import Path
from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.sensor_topics import find_sensor_topics
from mt_depth_ros.cli.live_checks import LiveComparison
from mt_depth_ros.cli.live_run import run_live
from mt_depth_ros.evaluation.replay import replay, ReplayConfig, TopicChoice

bag, work, image = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] or None
work.mkdir()
with BagReader(bag) as reader:
    topics = find_sensor_topics(reader, image=image)[0]
    run = run_live(reader, topics, work, parameters={'mask_backend': 'none'}, rate=0.1)
comparison = LiveComparison(run=run)
config = ReplayConfig(topics=TopicChoice(image=image))
replay(bag, work / 'replay', config, on_replayed=comparison.compare)
assert run.node_exit_code == 0, run.node_log.read_text()
assert comparison.replayed, 'the replay gave nothing'
dropped = {
    key: value
    for name, values in run.diagnostics.items()
    if name.endswith(': frames')
    for key, value in values.items()
    if key.startswith('dropped: ')
}
assert set(run.outputs['depth']) == comparison.replayed, ('the sets of stamps differ', dropped)
assert sorted(comparison.compared) == sorted(comparison.replayed)
assert not comparison.differing, comparison.differing
assert not comparison.wrong_headers, comparison.wrong_headers
print(len(comparison.compared), 'equal')
"""


def run_and_compare(bag: Path, work: Path, image: str, domain: int) -> str:
    environment = {
        **os.environ,
        'ROS_DOMAIN_ID': str(domain + os.getpid() % 20),
        'ROS_LOG_DIR': str(work) + '_log',
    }
    result = subprocess.run(
        [sys.executable, '-c', RUN, str(bag), str(work), image],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
        env=environment,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_live_depth_equals_the_replay_on_the_analytic_street(tmp_path: Path) -> None:
    from mt_depth_ros.simulation.analytic_drive import DriveConfig, write_analytic_drive

    config = DriveConfig(
        num_frames=8, width=248, height=76, focal_px=144.0, num_rings=32, azimuth_step_deg=0.8
    )
    write_analytic_drive(tmp_path / 'street', config)
    output = run_and_compare(tmp_path / 'street', tmp_path / 'work', '', 21)
    assert '8 equal' in output


@pytest.mark.parametrize(
    ('name', 'image', 'count'),
    [('kitti_object', '', 2), ('ddad_like', '/camera_05/image_raw', 3)],
)
def test_live_depth_equals_the_replay_on_real_recordings(
    shared_data: Path, tmp_path: Path, name: str, image: str, count: int
) -> None:
    output = run_and_compare(shared_data / 'rosbag2' / name, tmp_path / 'work', image, 41)
    assert f'{count} equal' in output


WRONG = """
import sys
from pathlib import Path
from mt_depth_ros.cli.node_process import running_node

with running_node(Path(sys.argv[1]), parameters={'model': 'no_such_model'}, inputs={}) as node:
    node.wait_until(lambda: False)
"""


def test_a_node_that_cannot_be_configured_is_not_waited_for(tmp_path: Path) -> None:
    environment = {**os.environ, 'ROS_LOG_DIR': str(tmp_path / 'log')}
    result = subprocess.run(
        [sys.executable, '-c', WRONG, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment,
        cwd=Path(__file__).parents[2],
    )
    assert 'expected the node to become active, got configure failed: ' in result.stderr
    assert 'no_such_model' in result.stderr
