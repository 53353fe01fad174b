"""The node in a process of its own, a recording played to it, its outputs recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
import os
from pathlib import Path
import signal
import struct
import subprocess
import sys
import time
from typing import Any

import yaml

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.sensor_topics import base_topic, CameraTopics
from mt_depth_ros.cli.recording import bag_items, static_transforms
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.ros.playback_session import recording_session, RecordingSession
from mt_depth_ros.ros.player import BagItem, PlaybackConfig
from mt_depth_ros.ros.recorder import RecordedMessage
from mt_depth_ros.ros.transport import apply_transport_profile

_START_TIMEOUT_S = 60.0
_QUIET_S = 1.5
_STOP_TIMEOUT_S = 15.0


@dataclass(kw_only=True, slots=True)
class LiveRun:
    """What one run gave.

    Attributes:
        images_sent: images the player published.
        outputs: output name -> its messages by stamp.
        received_after_ms: from publishing an image to receiving its depth, by stamp.
        diagnostics: the last status texts and values, by status name.
        peak_memory_mb: of the node's process.
        node_exit_code: 0 after a clean shutdown.
        node_log: path of what the node printed.
    """

    images_sent: int = 0
    outputs: dict[str, dict[int, RecordedMessage]] = field(default_factory=dict)
    received_after_ms: dict[int, float] = field(default_factory=dict)
    diagnostics: dict[str, dict[str, str]] = field(default_factory=dict)
    peak_memory_mb: float = 0.0
    node_exit_code: int = -1
    node_log: Path = Path()


def run_live(
    reader: BagReader,
    topics: CameraTopics,
    work: Path,
    *,
    parameters: Mapping[str, Any],
    rate: float,
) -> LiveRun:
    """Plays a recording to a node over DDS and records what it publishes.

    Args:
        reader: the open recording.
        topics: the camera to connect.
        work: an existing folder for the node's parameters and log.
        parameters: the node's parameters, besides transforms and sim time.
        rate: recorded seconds a second.

    Raises:
        ConfigError: the node did not start; the message holds the end of its log.
    """
    apply_transport_profile()
    _keep_to_ourselves(work)
    run = LiveRun(node_log=work / 'node.log')
    sent_ns: dict[int, int] = {}

    def take(message: RecordedMessage) -> None:
        run.outputs.setdefault(message.output, {})[message.stamp_ns] = message
        if message.output == 'depth' and message.stamp_ns in sent_ns:
            elapsed_ns = time.perf_counter_ns() - sent_ns[message.stamp_ns]
            run.received_after_ms[message.stamp_ns] = elapsed_ns / 1e6

    wanted = (topics.image, topics.points or topics.sparse_depth)
    playback = PlaybackConfig(
        rate=rate,
        clock=True,
        wait_for=tuple(topic for topic in wanted if topic is not None),
        wait_timeout_s=_START_TIMEOUT_S,
    )
    with (
        _node_process(reader, topics, work, parameters, run) as process,
        recording_session(take, run.diagnostics.__setitem__) as session,
    ):
        _wait_for_node(session, process, run)
        session.play(
            {topic.name: topic.type_name for topic in reader.topics},
            lambda: bag_items(reader),
            playback,
            on_publish=lambda item: _note_sent(item, topics, run, sent_ns),
        )
        session.wait_until_quiet(_QUIET_S)
    return run


def _keep_to_ourselves(work: Path) -> None:
    """Stays on this machine, and apart from what else runs on it unless the user chose."""
    os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    os.environ.setdefault('ROS_LOG_DIR', str(work / 'log'))


@contextmanager
def _node_process(
    reader: BagReader,
    topics: CameraTopics,
    work: Path,
    parameters: Mapping[str, Any],
    run: LiveRun,
) -> Iterator[subprocess.Popen[bytes]]:
    content = {
        'use_sim_time': True,
        'static_transforms': static_transforms(reader),
        'image_transport': 'compressed' if topics.image_is_compressed else 'raw',
        **parameters,
    }
    file = work / 'node_parameters.yaml'
    # safe_dump keeps a mapping of plain values; sequences that are empty have no ROS type.
    content = {name: value for name, value in content.items() if value != []}
    file.write_text(yaml.safe_dump({'/**': {'ros__parameters': content}}, width=1000))
    inputs = {
        'image': base_topic(topics.image),
        'camera_info': topics.camera_info,
        'points': topics.points,
        'sparse_depth': topics.sparse_depth,
    }
    command = [sys.executable, '-m', 'mt_depth_ros.cli.main', 'node', '--ros-args']
    command += ['--params-file', str(file)]
    for name, topic in inputs.items():
        if topic is not None:
            command += ['-r', f'~/input/{name}:={topic}']
    with run.node_log.open('wb') as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            run.peak_memory_mb = _peak_memory_mb(process.pid)
            process.send_signal(signal.SIGINT)
            try:
                run.node_exit_code = process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                run.node_exit_code = process.wait()


def _wait_for_node(
    session: RecordingSession, process: subprocess.Popen[bytes], run: LiveRun
) -> None:
    """Until the node's publishers are seen; the player waits for its subscriptions."""
    deadline_s = time.monotonic() + _START_TIMEOUT_S
    while not session.sees_node:
        if process.poll() is not None or time.monotonic() > deadline_s:
            state = 'is still starting' if process.poll() is None else 'ended'
            log = run.node_log.read_text(errors='replace').strip().splitlines()
            raise ConfigError(
                expected=f'the node to start within {_START_TIMEOUT_S:g} s',
                got=f'it {state}: {" | ".join(log[-3:])}',
                where=str(run.node_log),
                remedy='see the log, and mt_depth doctor',
            )
        time.sleep(0.05)


def _note_sent(item: BagItem, topics: CameraTopics, run: LiveRun, sent_ns: dict[int, int]) -> None:
    if item.topic == topics.image:
        run.images_sent += 1
        # A header leads every image: after four bytes of encapsulation, seconds and nanoseconds.
        layout = '<iI' if item.message[1] == 1 else '>iI'
        seconds, nanoseconds = struct.unpack(layout, item.message[4:12])
        sent_ns[seconds * 1_000_000_000 + nanoseconds] = time.perf_counter_ns()


def _peak_memory_mb(pid: int) -> float:
    """The most memory a process has had resident, megabytes; 0 where Linux does not tell."""
    status = Path(f'/proc/{pid}/status')
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith('VmHWM:'):
                return int(line.split()[1]) / 1024
    return 0.0
