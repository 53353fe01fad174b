"""The node under load for as long as asked, with a sample of its state every few seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
import time
from typing import Any

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.sensor_topics import CameraTopics
from mt_depth_ros.cli.live_run import node_inputs
from mt_depth_ros.cli.node_process import keep_to_ourselves, running_node
from mt_depth_ros.cli.process_usage import process_usage, ProcessUsage
from mt_depth_ros.cli.recording import static_transforms
from mt_depth_ros.ros.output_observer import OutputObserver, spinning_observer
from mt_depth_ros.ros.sensor_feed import SensorFeed, SensorStream
from mt_depth_ros.ros.transport import apply_transport_profile

_LONGEST_DRAIN_S = 30.0
# How long the sensors are away at a restart: longer than any image waits for depth.
_RESTART_PAUSE_S = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class SoakPlan:
    """What the node is put through.

    Attributes:
        duration_s: how long sensors deliver.
        camera_hz, lidar_hz: frames a second.
        restart_every_s: the sensors end and start again that often; 0: never.
        sample_every_s: time between two samples.
        parameters: the node's parameters, besides transforms.
    """

    duration_s: float
    camera_hz: float
    lidar_hz: float = 10.0
    restart_every_s: float = 0.0
    sample_every_s: float = 5.0
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class SoakSample:
    """The state at the end of one interval.

    Attributes:
        elapsed_s: since the sensors started.
        usage: of the node's process.
        restarts: of the sensors so far.
        images_sent, depths_received: since the start.
        ages_ms: from stamp to arrival, of the depth images of this interval.
        diagnostics: the node's newest values by key.
    """

    elapsed_s: float
    usage: ProcessUsage
    restarts: int
    images_sent: int
    depths_received: int
    ages_ms: list[float]
    diagnostics: dict[str, str]


@dataclass(kw_only=True, slots=True)
class SoakRun:
    """What one run gave.

    Attributes:
        plan: what was asked for.
        samples: one each interval.
        restarts: how often the sensors were started again.
        sent: messages sent by input name.
        outputs: messages received by output name.
        stamps_out_of_nowhere: depth images whose stamp no image had, or had before.
        diagnostics: the node's last values by key, after everything was decided.
        node_exit_code: 0 after a clean shutdown.
        node_log: path of what the node printed.
    """

    plan: SoakPlan
    samples: list[SoakSample] = field(default_factory=list)
    restarts: int = 0
    sent: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, int] = field(default_factory=dict)
    stamps_out_of_nowhere: int = 0
    diagnostics: dict[str, str] = field(default_factory=dict)
    node_exit_code: int = -1
    node_log: Path = Path()


def run_soak(
    reader: BagReader,
    topics: CameraTopics,
    work: Path,
    plan: SoakPlan,
    *,
    on_sample: Callable[[SoakSample], None] = lambda sample: None,
) -> SoakRun:
    """Starts the node and feeds it the frames of a recording, again and again, as live sensors.

    Args:
        reader: the open recording.
        topics: the camera and the LiDAR.
        work: an existing folder for the node's parameters and log.
        plan: how long and how fast.
        on_sample: gets each sample as it is taken.

    Raises:
        ConfigError: the node did not start, or ended before its time.
    """
    apply_transport_profile()
    keep_to_ourselves(work)
    run = SoakRun(plan=plan)
    inputs = node_inputs(topics)
    feed = SensorFeed(_streams(reader, topics, plan))
    parameters = {
        'static_transforms': static_transforms(reader),
        'input_reliability': 'reliable',
        # The phase between camera and LiDAR changes with each restart of theirs, and no phase may
        # cost images: half a LiDAR period is the longest that the nearest scan can be away.
        'sync_max_wait': 0.5 / plan.lidar_hz + 0.01,
        **plan.parameters,
    }
    with (
        running_node(work, parameters=parameters, inputs=inputs) as node,
        spinning_observer() as observer,
    ):
        node.wait_until(lambda: observer.sees_node)

        def sample(elapsed_s: float, restarts: int) -> None:
            """Notes what the process uses and what came of it, unless it is just down."""
            usage = process_usage(node.process.pid)
            if usage is None:
                return
            run.samples.append(
                SoakSample(
                    elapsed_s=elapsed_s,
                    usage=usage,
                    restarts=restarts,
                    images_sent=feed.sent[topics.image],
                    depths_received=observer.received.get('depth', 0),
                    ages_ms=observer.take_depth_ages_ms(),
                    diagnostics=observer.diagnostics,
                )
            )
            on_sample(run.samples[-1])

        try:
            run.restarts = _feed_and_sample(
                feed, plan, sample, lambda: node.process.poll() is None
            )
        finally:
            feed.stop()
        _drain(observer)
        run.diagnostics, run.outputs = observer.diagnostics, observer.received
        stamps_ns = observer.depth_stamps_ns
    run.stamps_out_of_nowhere = len(stamps_ns) - len(set(stamps_ns) & feed.stamps_ns)
    run.sent = {name: feed.sent[topic] for name, topic in inputs.items()}
    run.node_exit_code, run.node_log = node.exit_code, node.log
    return run


def _feed_and_sample(
    feed: SensorFeed,
    plan: SoakPlan,
    sample: Callable[[float, int], None],
    node_runs: Callable[[], bool],
) -> int:
    """Runs the plan to its end, or the node's; returns the number of restarts."""
    restarts = 0
    feed.start()
    start_s = time.monotonic()
    next_sample_s = plan.sample_every_s
    next_restart_s = plan.restart_every_s or float('inf')
    while (elapsed_s := time.monotonic() - start_s) < plan.duration_s and node_runs():
        if elapsed_s >= next_sample_s:
            sample(elapsed_s, restarts)
            next_sample_s = elapsed_s + plan.sample_every_s
        if elapsed_s >= next_restart_s:
            feed.stop()
            time.sleep(_RESTART_PAUSE_S)
            feed.start()
            restarts += 1
            next_restart_s = time.monotonic() - start_s + plan.restart_every_s
        time.sleep(0.05)
    sample(time.monotonic() - start_s, restarts)
    return restarts


def _drain(observer: OutputObserver) -> None:
    """Until the node's books, reported twice, have stopped changing."""
    deadline_s = time.monotonic() + _LONGEST_DRAIN_S
    before: tuple[int, str | None] = (-1, None)
    while time.monotonic() < deadline_s:
        reports = observer.num_reports
        while observer.num_reports < reports + 2 and time.monotonic() < deadline_s:
            time.sleep(0.05)
        now = (observer.received.get('depth', 0), observer.diagnostics.get('published'))
        if now == before and observer.diagnostics.get('in flight') == '0':
            return
        before = now


def _streams(reader: BagReader, topics: CameraTopics, plan: SoakPlan) -> list[SensorStream]:
    """The recording as a camera and a LiDAR that run at rates of their own."""
    types = {topic.name: topic.type_name for topic in reader.topics}
    recorded: dict[str, list[bytes]] = {}
    for message in reader.messages():
        recorded.setdefault(message.topic, []).append(message.serialized)
    depth = topics.points or topics.sparse_depth
    drivers = [((topics.camera_info, topics.image), plan.camera_hz), ((depth,), plan.lidar_hz)]
    streams = []
    for names, rate_hz in drivers:
        together = [name for name in names if name is not None]
        frames = zip(*(recorded[name] for name in together), strict=False)
        streams.append(
            SensorStream(
                topics={name: types[name] for name in together},
                frames=[dict(zip(together, frame, strict=True)) for frame in frames],
                rate_hz=rate_hz,
            )
        )
    return streams
