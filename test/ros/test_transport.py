"""The transport profile, and camera-size messages that arrive with it and without it."""

from __future__ import annotations

import os
from pathlib import Path
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from mt_depth_ros.ros.transport import apply_transport_profile, SEGMENT_BYTES, transport_profile


def test_the_profile_is_applied_where_nothing_was_chosen() -> None:
    environment: dict[str, str] = {}
    choice = apply_transport_profile(environment)
    assert choice.applied
    assert environment['FASTDDS_DEFAULT_PROFILES_FILE'] == str(transport_profile())
    # A process started by this one finds it set already, to the same file.
    assert apply_transport_profile(environment).applied


@pytest.mark.parametrize(
    'environment',
    [
        {'FASTDDS_DEFAULT_PROFILES_FILE': '/etc/mine.xml'},
        {'FASTRTPS_DEFAULT_PROFILES_FILE': '/etc/mine.xml'},
        {'FASTDDS_BUILTIN_TRANSPORTS': 'LARGE_DATA'},
        {'RMW_IMPLEMENTATION': 'rmw_cyclonedds_cpp'},
    ],
)
def test_what_the_user_chose_is_left_alone(environment: dict[str, str]) -> None:
    before = dict(environment)
    choice = apply_transport_profile(environment)
    assert not choice.applied
    assert not choice.is_problem
    assert environment == before
    assert next(iter(before)) in choice.reason


def test_a_profile_in_the_working_directory_is_a_choice_too(tmp_path, monkeypatch) -> None:
    (tmp_path / 'DEFAULT_FASTDDS_PROFILES.xml').write_text('<dds/>')
    monkeypatch.chdir(tmp_path)
    environment: dict[str, str] = {}
    assert not apply_transport_profile(environment).applied
    assert environment == {}


def test_too_little_shared_memory_is_said_and_not_used(tmp_path) -> None:
    environment: dict[str, str] = {}
    choice = apply_transport_profile(environment, shared_memory=tmp_path / 'none')
    assert not choice.applied
    assert choice.is_problem
    assert 'docker run --shm-size=1g' in choice.reason
    assert environment == {}


def test_the_profile_reserves_what_the_check_asks_for() -> None:
    tree = ElementTree.parse(transport_profile())
    (size,) = [node.text for node in tree.iter() if node.tag.endswith('segment_size')]
    assert int(size or 0) == SEGMENT_BYTES


# Publishes 1.4 MB images as a driver would, reliably, and reads the node's diagnostics until
# twenty-five have arrived there. Eight processes start at once: a busy machine takes minutes.
DRIVER = """
from array import array
import sys, time
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from sensor_msgs.msg import Image

rclpy.init()
node = rclpy.create_node('driver')
publisher = node.create_publisher(Image, sys.argv[1] + '/depth_completion/input/image', 5)
image = Image(width=1242, height=375, step=3726, encoding='rgb8')
image.data = array('B', bytes(3726 * 375))
state = {}

def take(message):
    for status in message.status:
        state.update({pair.key: pair.value for pair in status.values})

node.create_subscription(DiagnosticArray, '/diagnostics', take, 10)
end = time.monotonic() + 240
while time.monotonic() < end and int(state.get('image received', 0)) < 25:
    image.header.stamp = node.get_clock().now().to_msg()
    publisher.publish(image)
    rclpy.spin_once(node, timeout_sec=0.1)
print(state.get('image received'), state.get('image reliability'), sep=',')
"""

NODE = 'import sys; from mt_depth_ros.ros.main import main; sys.exit(main(sys.argv[1:]))'

PARAMETERS = ['-p', 'model:=nearest', '-p', 'mask_backend:=none']

FOUR_WAYS = [
    # profile on the driver's side, on the node's side, what the node ends up asking for
    (True, True, 'best effort'),
    (False, True, 'reliable'),
    (True, False, 'best effort'),
    (False, False, 'reliable'),
]


def environment_of(domain_id: int, *, with_profile: bool) -> dict[str, str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith('FASTDDS')
    }
    environment['ROS_DOMAIN_ID'] = str(domain_id)
    if with_profile:
        environment['FASTDDS_DEFAULT_PROFILES_FILE'] = str(transport_profile())
    else:
        # What Fast DDS does anyway; being set, it keeps the node from applying the profile.
        environment['FASTDDS_BUILTIN_TRANSPORTS'] = 'DEFAULT'
    return environment


@pytest.fixture(scope='module')
def arrivals(ros_environment: dict[str, str], repository: Path) -> list[tuple[str, str]]:
    """Runs the four combinations at once, each driver and node a process of its own.

    Returns:
        For each combination what the driver saw and what the node logged.
    """
    base_id = int(ros_environment['ROS_DOMAIN_ID'])
    pairs = []
    for index, (driver_has_it, node_has_it, _) in enumerate(FOUR_WAYS):
        # Domain identifiers up to 101 keep their ports out of everybody's way.
        domain_id = (base_id + 11 * (index + 1)) % 101
        namespace = f'/four_ways_{os.getpid()}_{index}'
        options = {'cwd': repository, 'text': True, 'stdout': subprocess.PIPE}
        node = subprocess.Popen(
            [sys.executable, '-c', NODE, '--ros-args', '-r', f'__ns:={namespace}', *PARAMETERS],
            env=environment_of(domain_id, with_profile=node_has_it),
            stderr=subprocess.STDOUT,
            **options,
        )
        driver = subprocess.Popen(
            [sys.executable, '-c', DRIVER, namespace],
            env=environment_of(domain_id, with_profile=driver_has_it),
            **options,
        )
        pairs.append((driver, node))
    seen = []
    for driver, node in pairs:
        answer = driver.communicate(timeout=300)[0]
        node.terminate()
        log = node.communicate(timeout=60)[0]
        assert node.returncode == 0, log
        seen.append((answer, log))
    return seen


@pytest.mark.parametrize('way', range(4), ids=['both', 'only ours', 'only theirs', 'neither'])
def test_camera_size_images_arrive(arrivals: list[tuple[str, str]], way: int) -> None:
    answer, log = arrivals[way]
    received, reliability = answer.strip().split(',')
    assert int(received) >= 25
    assert reliability == FOUR_WAYS[way][2], log
    switches = [line for line in log.splitlines() if 'subscribed to as reliable' in line]
    if reliability == 'reliable':
        (line,) = switches
        assert '/input/image' in line
        assert f'FASTDDS_DEFAULT_PROFILES_FILE={transport_profile()}' in line
    else:
        assert switches == []
