"""The node in a process of its own, a recording played to it, its outputs recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
import struct
import time
from typing import Any

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.sensor_topics import base_topic, CameraTopics
from mt_depth_ros.cli.node_process import keep_to_ourselves, running_node
from mt_depth_ros.cli.recording import bag_items, static_transforms
from mt_depth_ros.ros.playback_session import recording_session, RecordingSession
from mt_depth_ros.ros.player import BagItem, PlaybackConfig
from mt_depth_ros.ros.recorder import RecordedMessage
from mt_depth_ros.ros.transport import apply_transport_profile

_MATCH_TIMEOUT_S = 60.0
_QUIET_S = 1.5
_LONGEST_DRAIN_S = 60.0


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
    keep_to_ourselves(work)
    run = LiveRun()
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
        wait_timeout_s=_MATCH_TIMEOUT_S,
    )
    with (
        running_node(
            work,
            parameters=_node_parameters(reader, topics, parameters),
            inputs=node_inputs(topics),
        ) as node,
        recording_session(take, run.diagnostics.__setitem__) as session,
    ):
        node.wait_until(lambda: session.sees_node)
        session.play(
            {topic.name: topic.type_name for topic in reader.topics},
            lambda: bag_items(reader),
            playback,
            on_publish=lambda item: _note_sent(item, topics, run, sent_ns),
        )
        _wait_until_idle(session, run)
    run.node_exit_code, run.peak_memory_mb = node.exit_code, node.peak_memory_mb
    run.node_log = node.log
    return run


def _wait_until_idle(session: RecordingSession, run: LiveRun) -> None:
    """Until nothing has come for a while and the node says that it has nothing left to do."""
    deadline_s = time.monotonic() + _LONGEST_DRAIN_S
    while time.monotonic() < deadline_s:
        session.wait_until_quiet(_QUIET_S)
        if all(values.get('in flight', '0') == '0' for values in run.diagnostics.values()):
            return
        time.sleep(_QUIET_S)


def _node_parameters(
    reader: BagReader, topics: CameraTopics, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        'use_sim_time': True,
        # As the player publishes: with best effort a busy machine loses images on the way, and
        # what came of them cannot be compared.
        'input_reliability': 'reliable',
        'static_transforms': static_transforms(reader),
        'image_transport': 'compressed' if topics.image_is_compressed else 'raw',
        **parameters,
    }


def node_inputs(topics: CameraTopics) -> dict[str, str]:
    """Which input of the node is read from which topic of a recording."""
    inputs = {
        'image': base_topic(topics.image),
        'camera_info': topics.camera_info,
        'points': topics.points,
        'sparse_depth': topics.sparse_depth,
    }
    return {name: topic for name, topic in inputs.items() if topic is not None}


def _note_sent(item: BagItem, topics: CameraTopics, run: LiveRun, sent_ns: dict[int, int]) -> None:
    if item.topic == topics.image:
        run.images_sent += 1
        # A header leads every image: after four bytes of encapsulation, seconds and nanoseconds.
        layout = '<iI' if item.message[1] == 1 else '>iI'
        seconds, nanoseconds = struct.unpack(layout, item.message[4:12])
        sent_ns[seconds * 1_000_000_000 + nanoseconds] = time.perf_counter_ns()
