"""A recording through the pipeline offline, as fast as it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
import json
from pathlib import Path
from typing import Any

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.bag_writer import BagWriter
from mt_depth_ros.bag.sensor_topics import CameraTopics, find_sensor_topics
from mt_depth_ros.core.errors import ConfigError, DataFileError
from mt_depth_ros.core.image_topics import images_are_rectified, RectifiedSetting
from mt_depth_ros.core.matching_config import MatchingConfig
from mt_depth_ros.core.transforms import parse_static_transform
from mt_depth_ros.data.azimuth_withholding import ScanWithholding
from mt_depth_ros.evaluation.camera_replay import CameraReplay, ReplayedFrame
from mt_depth_ros.evaluation.ground_truth import GroundTruth
from mt_depth_ros.evaluation.matched_recording import MatchedRecording
from mt_depth_ros.evaluation.metrics import DepthPairs
from mt_depth_ros.evaluation.new_folder import filled_folder
from mt_depth_ros.evaluation.replay_bag import (
    copy_inputs,
    output_namespace,
    ReplayBagWriter,
)
from mt_depth_ros.evaluation.replay_panels import write_panel
from mt_depth_ros.evaluation.replay_summary import CameraSummary, errors_entry
from mt_depth_ros.pipeline.build import build_predictor, ModelIdentity, PredictorConfig
from mt_depth_ros.pipeline.coloured_cloud import CloudConfig
from mt_depth_ros.pipeline.frame_builder import FrameBuilder, FrameBuilderConfig
from mt_depth_ros.pipeline.self_check import SelfCheck, SelfCheckConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicChoice:
    """Topics the user named; None: find them by type."""

    image: str | None = None
    camera_info: str | None = None
    points: str | None = None
    sparse_depth: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplayConfig:
    """How to replay; the defaults are the node's.

    Attributes:
        topics: what to replay.
        predictor, frames, matching, cloud, self_check: as the node takes them from its
            parameters; nothing is kept out for the self-check where ``withholding`` is given.
        input_is_rectified: ``auto`` goes by the image topic's name.
        static_transforms: extrinsics that win over those of the recording, as
            :func:`~mt_depth_ros.core.transforms.parse_static_transform` reads them.
        withholding: keep part of each scan out of the input and score on it.
        ground_truth: topic of true depth to score on.
        max_panels: at most so many pictures a camera, evenly spread.
    """

    topics: TopicChoice = field(default_factory=TopicChoice)
    predictor: PredictorConfig = field(default_factory=PredictorConfig)
    frames: FrameBuilderConfig = field(default_factory=FrameBuilderConfig)
    matching: MatchingConfig = field(default_factory=MatchingConfig)
    cloud: CloudConfig = field(default_factory=CloudConfig)
    self_check: SelfCheckConfig = field(default_factory=SelfCheckConfig)
    input_is_rectified: RectifiedSetting = 'auto'
    static_transforms: tuple[str, ...] = ()
    withholding: ScanWithholding | None = None
    ground_truth: str | None = None
    max_panels: int = 50

    def __post_init__(self) -> None:
        if self.withholding is not None and self.ground_truth is not None:
            raise ConfigError(
                expected='one thing to score on',
                got='--withhold and --ground-truth',
                where='replay',
                remedy='give one of the two',
            )


def replay(
    bag: Path,
    output: Path,
    config: ReplayConfig,
    *,
    on_frame: Callable[[int, int], None] = lambda done, total: None,
    on_replayed: Callable[[ReplayedFrame], None] = lambda replayed: None,
) -> dict[str, Any]:
    """Replays a recording and writes ``bag/``, ``panels/`` and ``summary.json``.

    Args:
        bag: the recording.
        output: a folder that does not exist yet, or is empty.
        config: how.
        on_frame: called after each frame with the number done and the number of images.
        on_replayed: gets each frame with its prediction.

    Returns:
        What ``summary.json`` holds.

    Raises:
        DataFileError: the recording cannot be used, or gave no frame at all.
        ConfigError: an option cannot be used.
        CheckpointError: the model cannot be used.
    """
    static_transforms = [parse_static_transform(each) for each in config.static_transforms]
    with BagReader(bag) as reader:
        cameras = _find_cameras(reader, config)
        predictor, identity = build_predictor(config.predictor)
        counts = {topic.name: topic.num_messages for topic in reader.topics}
        total = sum(counts[topics.image] for topics in cameras)
        done = 0
        entries: dict[str, Any] = {}
        pooled: list[DepthPairs] = []
        with filled_folder(output) as folder, BagWriter(folder / 'bag') as writer:
            (folder / 'panels').mkdir()
            copy_inputs(reader, writer, cameras)
            for topics in cameras:
                recording = MatchedRecording(
                    reader,
                    topics,
                    matching=config.matching,
                    images_are_rectified=images_are_rectified(
                        config.input_is_rectified, topics.image
                    ),
                    static_transforms=static_transforms,
                )
                run = _run(reader, recording, predictor, config)
                summary = CameraSummary(max_range_m=config.frames.max_depth_m)
                namespace = output_namespace(topics, only_camera=len(cameras) == 1)
                bag_writer = ReplayBagWriter(writer, namespace, config.cloud)
                every = max(1, -(-counts[topics.image] // config.max_panels))
                for replayed in run.frames():
                    if summary.num_frames % every == 0:
                        panel = folder / 'panels' / _panel_name(topics, replayed)
                        write_panel(panel, replayed.frame, replayed.prediction, replayed.known)
                    summary.add(replayed)
                    on_replayed(replayed)
                    bag_writer.write(replayed)
                    done += 1
                    on_frame(done, total)
                pooled += summary.pairs
                entries[topics.name] = {
                    'image': topics.image,
                    'outputs': namespace,
                    **summary.entry(recording.statistics, recording.problems),
                }
            report = _summary(bag, config, identity, entries, pooled)
            text = json.dumps(report, indent=2, allow_nan=False)
            (folder / 'summary.json').write_text(text + '\n', encoding='utf-8')
    _require_frames(report, bag, output)
    return report


def _find_cameras(reader: BagReader, config: ReplayConfig) -> tuple[CameraTopics, ...]:
    chosen = config.topics
    cameras = find_sensor_topics(
        reader,
        image=chosen.image,
        camera_info=chosen.camera_info,
        points=chosen.points,
        sparse_depth=chosen.sparse_depth,
    )
    if config.withholding is not None and any(topics.points is None for topics in cameras):
        raise ConfigError(
            expected='a LiDAR cloud to withhold points of',
            got='sparse depth images',
            where='--withhold',
            remedy='choose the cloud with --points, or score on --ground-truth',
        )
    return cameras


def _run(
    reader: BagReader, recording: MatchedRecording, predictor: Any, config: ReplayConfig
) -> CameraReplay:
    truth = None
    if config.ground_truth is not None:
        truth = GroundTruth(reader, config.ground_truth)
    return CameraReplay(
        recording,
        builder=FrameBuilder(config.frames),
        predictor=predictor,
        withholding=config.withholding,
        ground_truth=truth,
        # What is withheld is scored already: nothing more is taken from the input then.
        self_check=SelfCheck(config.self_check) if config.withholding is None else None,
    )


def _panel_name(topics: CameraTopics, replayed: ReplayedFrame) -> str:
    return f'{topics.name}_{replayed.prediction.stamp_ns}.png'


def _summary(
    bag: Path,
    config: ReplayConfig,
    identity: ModelIdentity,
    cameras: dict[str, Any],
    pooled: list[DepthPairs],
) -> dict[str, Any]:
    return {
        'bag': str(bag),
        'model': asdict(identity),
        'config': asdict(config),
        'num_frames': sum(len(entry['frames']) for entry in cameras.values()),
        'overall': errors_entry(DepthPairs.joined(pooled)) if pooled else None,
        'cameras': cameras,
    }


def _require_frames(summary: dict[str, Any], bag: Path, output: Path) -> None:
    if summary['num_frames'] == 0:
        raise DataFileError(
            expected='at least one image with depth within the tolerance',
            got='; '.join(_why_none(entry) for entry in summary['cameras'].values()),
            where=str(bag),
            remedy=f'see {output / "summary.json"} for the counts by reason',
        )


def _why_none(entry: dict[str, Any]) -> str:
    reasons = ', '.join(f'{count} {reason}' for reason, count in entry['not_used'].items())
    first = next(iter(entry['first_problem'].values()), '')
    return f'{entry["image"]}: {reasons or "no image"} {first}'.strip()
