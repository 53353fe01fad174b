"""A recording played in a loop: time goes back with each of its ends."""

from __future__ import annotations

from pathlib import Path
import threading

import pytest
import rclpy

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.cli.recording import bag_items, static_transforms
from mt_depth_ros.ros.player import BagPlayer, PlaybackConfig
from mt_depth_ros.simulation.analytic_drive import (
    CAMERA_INFO_TOPIC,
    DriveConfig,
    IMAGE_TOPIC,
    POINTS_TOPIC,
    write_analytic_drive,
)

FRAMES = 6
LOOPS = 3


@pytest.fixture(scope='module')
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp('street') / 'bag'
    drive = DriveConfig(
        num_frames=FRAMES, width=124, height=38, focal_px=72.0, num_rings=16, with_truth=False
    )
    write_analytic_drive(path, drive)
    return path


@pytest.mark.parametrize('use_sim_time', [True, False])
def test_every_loop_gives_every_frame_with_the_same_bits(
    start_node, ros_context, until, street: Path, use_sim_time: bool
) -> None:
    inputs = {'image': IMAGE_TOPIC, 'camera_info': CAMERA_INFO_TOPIC, 'points': POINTS_TOPIC}
    with BagReader(street) as reader:
        items, transforms = list(bag_items(reader)), static_transforms(reader)
    live = start_node(
        outputs=('depth',),
        parameters={
            'static_transforms': transforms,
            'use_sim_time': use_sim_time,
            'sync_max_wait': 0.05,
        },
        cli_args=[
            '--ros-args',
            *(
                part
                for name, topic in inputs.items()
                for part in ('-r', f'~/input/{name}:={topic}')
            ),
        ],
    )
    player_node = rclpy.create_node('player', context=ros_context)
    player = BagPlayer(
        player_node,
        {item.topic: item.type_name for item in items if item.topic in inputs.values()},
        lambda: items,
        # Slow enough that no frame is superseded, however busy the machine is.
        PlaybackConfig(clock=use_sim_time, loop=True, rate=0.25, wait_for=tuple(inputs.values())),
    )
    thread = threading.Thread(target=player.play)
    thread.start()
    until(lambda: player.loops == LOOPS, 'the loops')
    player.stop()
    thread.join(60)
    until(lambda: len(live.recorded) >= LOOPS * FRAMES, 'every frame of every loop')
    by_stamp: dict[int, list[bytes]] = {}
    for message in list(live.recorded)[: LOOPS * FRAMES]:
        by_stamp.setdefault(message.stamp_ns, []).append(message.pixels.tobytes())
    assert [len(bits) for bits in by_stamp.values()] == [LOOPS] * FRAMES
    assert all(len(set(bits)) == 1 for bits in by_stamp.values())
    assert live.node.problems.counts['time_reset'] >= LOOPS - 1
    player_node.destroy_node()
