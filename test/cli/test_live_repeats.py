"""The same recording played live three times gives the same bits."""

from __future__ import annotations

import os
from pathlib import Path
import subprocess
import sys

import pytest

from mt_depth_ros.networks.checkpoint import save_checkpoint
from mt_depth_ros.networks.checkpoint_description import Provenance
from mt_depth_ros.networks.registry import build_network
from mt_depth_ros.simulation.analytic_drive import DriveConfig, write_analytic_drive

pytest.importorskip('rclpy', reason='the ROS 2 client library is not installed')

RUN = """
import sys
from pathlib import Path
from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.sensor_topics import find_sensor_topics
from mt_depth_ros.cli.live_run import run_live

bag, work, model = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
runs = []
for name in ('first', 'second', 'third'):
    (work / name).mkdir()
    with BagReader(bag) as reader:
        topics = find_sensor_topics(reader)[0]
        parameters = {'mask_backend': 'none', 'model': model}
        runs.append(run_live(reader, topics, work / name, parameters=parameters, rate=0.4))
configurations = {
    (work / name / 'node_parameters.yaml').read_text() for name in ('first', 'second', 'third')
}
assert len(configurations) == 1
for output in ('depth', 'uncertainty', 'confidence'):
    pixels = [
        {stamp: item.pixels.tobytes() for stamp, item in run.outputs[output].items()}
        for run in runs
    ]
    common = set.intersection(*map(set, pixels))
    # A busy machine lets frames go, and others in each run.
    assert common, [len(each) for each in pixels]
    differing = [stamp for stamp in common if len({each[stamp] for each in pixels}) > 1]
    assert not differing, (output, differing)
print(len(common), 'stamps equal in three runs')
"""


@pytest.fixture(scope='module')
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp('street') / 'bag'
    config = DriveConfig(
        num_frames=8, width=248, height=76, focal_px=144.0, num_rings=32, azimuth_step_deg=0.8
    )
    write_analytic_drive(path, config)
    return path


@pytest.fixture(scope='module')
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A real network; which weights it has does not matter for the same bits."""
    path = tmp_path_factory.mktemp('weights') / 'network.safetensors'
    provenance = Provenance(commit='', date='', data='none: random weights')
    save_checkpoint(path, build_network('mt_depth'), input_size=(32, 96), provenance=provenance)
    return str(path)


@pytest.mark.slow
@pytest.mark.parametrize('is_network', [False, True], ids=['classical', 'network'])
def test_three_live_runs_give_the_same_bits(
    tmp_path: Path, street: Path, weights: str, is_network: bool
) -> None:
    environment = {
        **os.environ,
        'ROS_DOMAIN_ID': str(61 + os.getpid() % 20),
        'ROS_LOG_DIR': str(tmp_path / 'log'),
    }
    model = weights if is_network else 'adaptive'
    result = subprocess.run(
        [sys.executable, '-c', RUN, str(street), str(tmp_path), model],
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
        env=environment,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert 'stamps equal in three runs' in result.stdout
