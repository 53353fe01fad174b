"""What a dataset holds, and which of its files are broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.errors import ConfigError, DataFileError
from mt_depth_ros.data.bag_dataset import BagDataset
from mt_depth_ros.data.broken_frames import BrokenFrame
from mt_depth_ros.data.frame_statistics import DEPTH_EDGES_M, frame_statistics, FrameStatistics
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.opening import dataset_kind, DatasetKind, DatasetPart, open_parts
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.data.splits import split_frames, SplitScheme


@dataclass(frozen=True, slots=True)
class Spread:
    """How a figure spreads over frames; NaN where no frame has it.

    Attributes:
        mean, lowest, highest: over all frames that have it.
    """

    mean: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of values, those that are NaN left out."""
        known = [value for value in values if not np.isnan(value)]
        if not known:
            return cls(float('nan'), float('nan'), float('nan'))
        return cls(float(np.mean(known)), min(known), max(known))


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitReport:
    """How a scheme would split the dataset.

    Attributes:
        scheme: its name.
        sizes: frames in train, validation and test; None where it does not apply.
        hashes: sha256 of the three lists; None likewise.
        problem: why it does not apply, or None.
    """

    scheme: SplitScheme
    sizes: tuple[int, int, int] | None = None
    hashes: tuple[str, str, str] | None = None
    problem: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DatasetReport:
    """What a dataset holds.

    Attributes:
        path: its folder.
        kind: what it is.
        num_frames: frames, broken ones included.
        num_read: frames that were looked at.
        frames_of_sequence: frames by ``part/scene/condition/camera``.
        missing: kinds of files that no frame has.
        broken: frames that cannot be read, each error naming the file.
        unusable: errors of recordings that gave no frame at all.
        splits: what each scheme makes of it (Virtual KITTI 2 only).
        image_sizes: (height, width) and how many frames have it.
        depth_counts: (bins,) pixels by distance, bins as :data:`DEPTH_EDGES_M`.
        known_share: of pixels with a finite true depth.
        sky_share: of pixels known to be sky.
        measured_share: of pixels with a measurement.
        in_view_share: of the scan's points in the image.
        median_depth_m: metres.
        instances_per_frame: number of objects, in frames that have any.
        instance_pixels: (5,) 10th, 25th, 50th, 75th and 90th percentile of their sizes; NaN
            without instances.
        previews: a few frames from all over the dataset, for a contact sheet.
    """

    path: Path
    kind: DatasetKind
    num_frames: int
    num_read: int
    frames_of_sequence: dict[str, int]
    missing: tuple[str, ...]
    broken: tuple[BrokenFrame, ...]
    unusable: tuple[DataFileError, ...]
    splits: tuple[SplitReport, ...]
    image_sizes: dict[tuple[int, int], int]
    depth_counts: NDArray[np.int64]
    known_share: Spread
    sky_share: Spread
    measured_share: Spread
    in_view_share: Spread
    median_depth_m: Spread
    instances_per_frame: Spread
    instance_pixels: NDArray[np.float64]
    previews: tuple[DepthSample, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing looked at was broken."""
        return not self.broken and not self.unusable


def inspect_dataset(
    path: Path,
    *,
    raw_root: Path | None = None,
    max_frames: int | None = None,
    num_previews: int = 8,
    on_frame: Callable[[int, int], None] = lambda done, total: None,
) -> DatasetReport:
    """Reads a dataset and reports what it holds; broken frames are reported, not raised.

    Args:
        path: its folder.
        raw_root: KITTI raw, for the depth completion drives.
        max_frames: look at so many frames, evenly spread; None: at all.
        num_previews: how many frames to keep for a contact sheet.
        on_frame: called after each frame with the number done and the number to do.

    Raises:
        DataFileError: the folder holds no supported dataset.
    """
    parts = open_parts(path, raw_root=raw_root)
    places = [(part, index) for part in parts for index in range(len(part.frames))]
    looked_at = [places[index] for index in _evenly(len(places), max_frames)]
    statistics: list[FrameStatistics] = []
    readable: list[tuple[DatasetPart, int]] = []
    broken: list[BrokenFrame] = []
    for done, (part, index) in enumerate(looked_at, start=1):
        try:
            statistics.append(frame_statistics(part.frames[index]))
            readable.append((part, index))
        except DataFileError as error:
            broken.append(BrokenFrame(identity=part.frames.identities[index], error=error))
        on_frame(done, len(looked_at))
    shown = (readable[place] for place in _evenly(len(readable), num_previews))
    previews = tuple(part.frames[index] for part, index in shown)
    return _report(path, parts, statistics, tuple(broken), previews)


def _evenly(length: int, number: int | None) -> list[int]:
    """``number`` of the places 0 to ``length`` - 1, evenly spread; all if there are no more."""
    number = length if number is None else min(number, length)
    return [place * length // number for place in range(number)]


def _report(
    path: Path,
    parts: tuple[DatasetPart, ...],
    statistics: list[FrameStatistics],
    broken: tuple[BrokenFrame, ...],
    previews: tuple[DepthSample, ...],
) -> DatasetReport:
    kind = dataset_kind(path)
    identities = [identity for part in parts for identity in part.frames.identities]
    areas = [float(area) for each in statistics for area in each.instance_pixels or ()]
    no_counts = np.zeros(len(DEPTH_EDGES_M) - 1, np.int64)
    return DatasetReport(
        path=path,
        kind=kind,
        num_frames=len(identities),
        num_read=len(statistics) + len(broken),
        frames_of_sequence=_frames_of_sequence(parts),
        missing=tuple(dict.fromkeys(name for part in parts for name in part.missing)),
        broken=broken,
        unusable=tuple(
            error
            for part in parts
            if isinstance(part.frames, BagDataset)
            for error in part.frames.unusable
        ),
        splits=_splits(identities) if kind is DatasetKind.VIRTUAL_KITTI2 else (),
        image_sizes=dict(Counter(each.size for each in statistics)),
        depth_counts=sum((each.depth_counts for each in statistics), start=no_counts),
        known_share=Spread.of([each.known_share for each in statistics]),
        sky_share=Spread.of([each.sky_share for each in statistics]),
        measured_share=Spread.of([each.measured_share for each in statistics]),
        in_view_share=Spread.of([each.in_view_share for each in statistics]),
        median_depth_m=Spread.of([each.median_depth_m for each in statistics]),
        instances_per_frame=Spread.of(
            [float(len(each.instance_pixels)) for each in statistics if each.instance_pixels]
        ),
        instance_pixels=np.percentile(areas or [np.nan], [10, 25, 50, 75, 90]),
        previews=previews,
    )


def _frames_of_sequence(parts: tuple[DatasetPart, ...]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for part in parts:
        for identity in part.frames.identities:
            sequence = f'{identity.scene}/{identity.condition}/{identity.camera}'
            counts[f'{part.name}/{sequence}' if part.name else sequence] += 1
    return dict(counts)


def _splits(identities: list[FrameIdentity]) -> tuple[SplitReport, ...]:
    return tuple(_split_report(identities, scheme) for scheme in get_args(SplitScheme))


def _split_report(identities: list[FrameIdentity], scheme: SplitScheme) -> SplitReport:
    try:
        split = split_frames(identities, scheme)
    except ConfigError as error:
        return SplitReport(scheme=scheme, problem=str(error))
    return SplitReport(
        scheme=scheme,
        sizes=(len(split.train), len(split.validation), len(split.test)),
        hashes=(split.part_hash('train'), split.part_hash('validation'), split.part_hash('test')),
    )
