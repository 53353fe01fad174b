"""Opens what an evaluation reads: any data set or recording, and which of its frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.azimuth_withholding import ScanWithholding
from mt_depth_ros.data.bag_dataset import BagDataset, BagDatasetConfig
from mt_depth_ros.data.broken_frames import OnBroken, ReadableFrames
from mt_depth_ros.data.dataset import DepthDataset, SelectedFrames
from mt_depth_ros.data.frame_lists import read_frame_list
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.opening import dataset_kind, DatasetKind, open_parts
from mt_depth_ros.data.sparse_patterns import MeasuredPattern
from mt_depth_ros.data.sparse_sampling import SparseSampling
from mt_depth_ros.data.splits import PartName, split_frames, SplitScheme
from mt_depth_ros.data.virtual_kitti2 import VirtualKitti2, VirtualKittiSelection
from mt_depth_ros.data.virtual_kitti2_layout import find_layout, Modality
from mt_depth_ros.evaluation.bag_truth import BagTruth
from mt_depth_ros.evaluation.withheld_scans import WithheldScans


@dataclass(frozen=True, kw_only=True, slots=True)
class DataChoice:
    """Which frames to evaluate on, and what of them is the truth.

    Attributes:
        split: ``SCHEME:PART`` of :func:`data.splits.split_frames`, as in ``scene:test``; of KITTI
            depth completion the name of a part; None: all frames.
        frame_list: a file of frame names, as ``data.frame_lists`` writes them; None: no list.
        max_frames: at most so many, evenly spread; None: all.
        withholding: keep part of each LiDAR scan back as the truth; None: use the data set's.
        ground_truth: of recordings: the topic of true depth.
        raw_root: KITTI raw, where the images of KITTI depth completion are.
        on_broken: what to do with a frame that cannot be read.

    Raises:
        ConfigError: there are two truths, or a number is out of range.
    """

    split: str | None = None
    frame_list: Path | None = None
    max_frames: int | None = None
    withholding: ScanWithholding | None = None
    ground_truth: str | None = None
    raw_root: Path | None = None
    on_broken: OnBroken = 'raise'

    def __post_init__(self) -> None:
        if self.withholding is not None and self.ground_truth is not None:
            raise ConfigError(
                expected='one thing to score on',
                got='--withhold and --ground-truth',
                where='evaluate',
                remedy='give one of the two',
            )
        if self.max_frames is not None and self.max_frames < 1:
            raise ConfigError(
                expected='1 or more',
                got=str(self.max_frames),
                where='--max-frames',
                remedy='leave it out to evaluate on all frames',
            )


def default_sampling(path: Path, choice: DataChoice) -> str:
    """The sampling where none is asked for: what was measured, or MT-Depth's 5 %.

    Raises:
        DataFileError: the path holds nothing that is supported.
    """
    is_rendered = dataset_kind(path) is DatasetKind.VIRTUAL_KITTI2
    return 'bernoulli:0.05' if is_rendered and choice.withholding is None else 'measured'


def open_evaluation_data(
    path: Path, choice: DataChoice, sampling: SparseSampling
) -> ReadableFrames:
    """Opens a data set or recording and selects its frames.

    Args:
        path: its folder, or a recording's file.
        choice: which frames, and what is the truth.
        sampling: what the sparse input will be drawn by.

    Raises:
        DataFileError: the path holds nothing that is supported, or a needed piece is missing.
        ConfigError: the choice does not fit the data or the sampling.
    """
    is_measured = isinstance(sampling.pattern, MeasuredPattern)
    if choice.withholding is not None and not is_measured:
        # All other patterns draw from the truth: the input would be what it is scored on.
        raise ConfigError(
            expected='measured, the rest of each scan, beside --withhold',
            got=f'{type(sampling.pattern).__name__}, which draws from what is withheld',
            where='--sampling',
            remedy='leave out --sampling, thin the scan with measured:N, or leave out --withhold',
        )
    kind = dataset_kind(path)
    if kind is not DatasetKind.BAGS and choice.ground_truth is not None:
        raise _unfit('--ground-truth', 'a recording', kind)
    if kind is DatasetKind.BAGS:
        dataset = _recordings(path, choice)
    elif kind is DatasetKind.VIRTUAL_KITTI2:
        dataset = _rendered(path, with_scans=is_measured)
    else:
        dataset = _benchmark(path, choice)
    if choice.withholding is not None and kind is not DatasetKind.BAGS:
        dataset = WithheldScans(dataset, choice.withholding)
    identities = _selected(dataset.identities, choice, kind)
    return ReadableFrames(SelectedFrames(dataset, identities), on_broken=choice.on_broken)


def _recordings(path: Path, choice: DataChoice) -> DepthDataset:
    recordings = BagDataset(
        path, BagDatasetConfig(withholding=choice.withholding, on_unusable=choice.on_broken)
    )
    if choice.ground_truth is not None:
        return BagTruth(recordings, choice.ground_truth)
    if choice.withholding is None:
        raise ConfigError(
            expected='something to score on',
            got='neither --withhold nor --ground-truth',
            where=str(path),
            remedy='give --withhold rings:5, or the topic of true depth with --ground-truth',
        )
    return recordings


def _rendered(path: Path, *, with_scans: bool) -> DepthDataset:
    layout = find_layout([path])
    used = (Modality.COLOUR, Modality.DEPTH, Modality.INSTANCES)
    present = frozenset(each for _, each in layout.images if each in used)
    return VirtualKitti2(
        path,
        selection=VirtualKittiSelection(
            modalities=present, with_texts=bool(layout.texts), with_scans=with_scans
        ),
    )


def _benchmark(path: Path, choice: DataChoice) -> DepthDataset:
    parts = {part.name: part.frames for part in open_parts(path, raw_root=choice.raw_root)}
    if len(parts) == 1 and choice.split in {None, *parts}:
        return next(iter(parts.values()))
    if choice.split not in parts:
        raise ConfigError(
            expected=f'one of {", ".join(filter(None, parts)) or "no split at all"}',
            got=repr(choice.split),
            where='--split',
            remedy='choose one of the parts this folder has',
        )
    return parts[choice.split]


def _selected(
    identities: Sequence[FrameIdentity], choice: DataChoice, kind: DatasetKind
) -> Sequence[FrameIdentity]:
    if choice.frame_list is not None:
        identities = read_frame_list(choice.frame_list)
    if choice.split is not None and kind is DatasetKind.VIRTUAL_KITTI2:
        identities = _of_split(identities, choice.split)
    elif choice.split is not None and kind is DatasetKind.BAGS:
        raise _unfit('--split', 'Virtual KITTI 2 or KITTI depth completion', kind)
    count = len(identities)
    wanted = min(count, choice.max_frames or count)
    return [identities[index * count // wanted] for index in range(wanted)]


def _of_split(identities: Sequence[FrameIdentity], text: str) -> Sequence[FrameIdentity]:
    scheme, _, part = text.partition(':')
    part = part or 'test'
    if part not in get_args(PartName):
        raise ConfigError(
            expected=f'SCHEME:PART with PART one of {", ".join(get_args(PartName))}',
            got=repr(text),
            where='--split',
            remedy='for example --split scene:test',
        )
    split = split_frames(identities, cast(SplitScheme, scheme))
    return split.part(cast(PartName, part))


def _unfit(option: str, expected: str, kind: DatasetKind) -> ConfigError:
    return ConfigError(
        expected=expected, got=kind.value, where=option, remedy=f'leave out {option}'
    )
