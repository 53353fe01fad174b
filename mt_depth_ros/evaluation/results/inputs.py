"""The inputs of the results table: which frames, which points of them, which mask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from mt_depth_ros.data.azimuth_withholding import ScanWithholding
from mt_depth_ros.data.broken_frames import ReadableFrames
from mt_depth_ros.data.dataset import DepthDataset
from mt_depth_ros.data.virtual_kitti2 import VirtualKitti2, VirtualKittiSelection
from mt_depth_ros.data.virtual_kitti2_layout import Modality
from mt_depth_ros.evaluation.evaluation_frame import EvaluationFrames, FrameConfig
from mt_depth_ros.evaluation.given_masks import (
    KnownMasks,
    MaskKind,
    MaskSource,
    SegmentedMasks,
)
from mt_depth_ros.evaluation.results.frozen_list import open_test_frames
from mt_depth_ros.evaluation.results.real_frames import Pool, RealFrames
from mt_depth_ros.evaluation.sampling_choice import parse_sampling
from mt_depth_ros.evaluation.withheld_scans import WithheldScans
from mt_depth_ros.evaluation.withholding import parse_withholding

Kind: TypeAlias = Literal['simulated', 'genuine', 'real']

SIZES: dict[str, tuple[int, int] | None] = {'256x512': (256, 512), '1242x375': None}
"""The paper's size, height first as it writes it, and the product's, the frames' own."""

PATTERNS = {
    'random5': ('bernoulli:0.05', '5 % random'),
    'lines64': ('lines:64', '64 lines'),
    'lines16': ('lines:16', '16 lines'),
    'lines8': ('lines:8', '8 lines'),
}
WITHHOLDINGS = {
    'every-4th-ring-kept': ('keep-rings:4', 'every fourth ring kept'),
    'azimuth-withheld': ('azimuth:5', 'a fifth of the azimuth blocks withheld'),
}
MASK_STUDY: tuple[MaskKind, ...] = ('empty', 'truth', 'inverted', 'shifted', 'full')
TURNS_DEG = (0.0, 0.1, 0.25, 0.5, 1.0)
"""How far the camera is turned against its LiDAR in the study of that."""

PAPER_RANGE_M = 80.0

_DEPTH_ARCHIVE = 'vkitti_2.0.3_depth'


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultInput:
    """The same work for every row.

    Attributes:
        name: of its folder.
        title: as printed.
        kind: where the frames are from.
        frames: opens them.
        config: how they become input.
        max_range_m: of the rows, metres.
        masks_only: whether it differs from another input by its masks alone, so that only rows
            that use the mask are scored on it.
    """

    name: str
    title: str
    kind: Kind
    frames: Callable[[], DepthDataset]
    config: FrameConfig
    max_range_m: float = 120.0
    masks_only: bool = False

    def open(self) -> EvaluationFrames:
        """Opens the frames.

        Raises:
            DataFileError: they are not there.
            ConfigError: some of them are missing.
        """
        return EvaluationFrames(ReadableFrames(self.frames()), self.config)

    @property
    def description(self) -> dict[str, str]:
        """What decides the input, besides the contents of the files."""
        config = self.config
        masks = config.masks
        sha256 = masks.weights_sha256 if isinstance(masks, SegmentedMasks) else None
        return {
            'sampling': repr(config.sampling),
            'size': str(config.size),
            'see_through_filter': str(config.see_through_filter),
            'masks': masks.name,
            **({} if sha256 is None else {'mask_weights_sha256': sha256}),
            'max_range_m': str(self.max_range_m),
            **({'turn_deg': str(config.turn_deg)} if config.turn_deg else {}),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class DataFolders:
    """Where the frames are.

    Attributes:
        simulated: the simulated test scenes; None: leave these inputs out.
        real: the folder of real recordings and format samples; None: likewise.
    """

    simulated: Path | None = None
    real: Path | None = None


def result_inputs(
    folders: DataFolders, *, detected: MaskSource | None = None
) -> tuple[ResultInput, ...]:
    """Every input there is data for, the quickest first.

    Tables of simulated frames take the true instances as masks, those of real frames none.

    Args:
        folders: where the frames are.
        detected: masks found in the image, for the study of masks; None: there are none.
    """
    inputs: list[ResultInput] = []
    if folders.real is not None:
        inputs += [*_real(folders.real), *_genuine(folders.real)]
    if folders.simulated is not None:
        for size in SIZES:
            inputs += [_simulated(folders.simulated, size, each) for each in PATTERNS]
        inputs += _mask_study(folders.simulated, detected)
        inputs += [_turned(folders.simulated, each) for each in TURNS_DEG]
    return tuple(inputs)


def simulated_name(size: str, pattern: str) -> str:
    """The name of a simulated input."""
    return f'simulated-{size}-{pattern}'


def mask_study_name(kind: str) -> str:
    """The name of an input of the mask study; ``detected`` for found masks."""
    return f'{simulated_name("256x512", "random5")}-mask-{kind}'


def turned_name(turn_deg: float) -> str:
    """The name of an input of the study of turned cameras."""
    return f'{simulated_name("256x512", "lines64")}-turned-{turn_deg:g}-deg'


def genuine_name(size: str) -> str:
    """The name of the input of the genuine Virtual KITTI 2 frame."""
    return f'genuine-{size}-random5'


def real_name(pool: Pool, withholding: str) -> str:
    """The name of an input of real frames."""
    return f'real-{pool}-{withholding}'


def _simulated(root: Path, size: str, pattern: str) -> ResultInput:
    sampling, title = PATTERNS[pattern]
    return ResultInput(
        name=simulated_name(size, pattern),
        title=f'simulated, {size}, {title}',
        kind='simulated',
        frames=lambda: open_test_frames(root),
        config=FrameConfig(
            sampling=parse_sampling(sampling), size=SIZES[size], masks=KnownMasks('truth')
        ),
    )


def _mask_study(root: Path, detected: MaskSource | None) -> list[ResultInput]:
    base = _simulated(root, '256x512', 'random5')
    sources: Sequence[tuple[str, MaskSource]] = [(kind, KnownMasks(kind)) for kind in MASK_STUDY]
    if detected is not None:
        sources = [*sources, ('detected', detected)]
    return [
        replace(
            base,
            name=mask_study_name(kind),
            title=f'{base.title}, masks: {source.name}',
            config=replace(base.config, masks=source),
            masks_only=True,
        )
        for kind, source in sources
    ]


def _turned(root: Path, turn_deg: float) -> ResultInput:
    base = _simulated(root, '256x512', 'lines64')
    return replace(
        base,
        name=turned_name(turn_deg),
        title=f'{base.title}, no masks, camera turned by {turn_deg:g} degrees',
        config=replace(base.config, masks=KnownMasks('empty'), turn_deg=turn_deg),
    )


def _genuine(folder: Path) -> list[ResultInput]:
    """The genuine frame as the paper has it: depth up to 80 m, and nothing farther measured."""
    sampling = replace(parse_sampling('bernoulli:0.05'), max_depth_m=PAPER_RANGE_M)
    selection = VirtualKittiSelection(modalities=frozenset({Modality.DEPTH}), with_texts=False)
    root = folder / 'vkitti2_format' / _DEPTH_ARCHIVE
    return [
        ResultInput(
            name=genuine_name(size),
            title=f'one genuine Virtual KITTI 2 frame without colour, {size}, 5 % random',
            kind='genuine',
            frames=lambda: VirtualKitti2(root, selection=selection),
            config=FrameConfig(sampling=sampling, size=SIZES[size], masks=KnownMasks('empty')),
            max_range_m=PAPER_RANGE_M,
        )
        for size in SIZES
    ]


def _real(folder: Path) -> list[ResultInput]:
    pools: tuple[Pool, ...] = ('tuning', 'reported')
    return [
        ResultInput(
            name=real_name(pool, name),
            title=f'real, {pool}, {title}',
            kind='real',
            frames=_withheld(folder, pool, parse_withholding(withholding)),
            config=FrameConfig(sampling=parse_sampling('measured'), masks=KnownMasks('empty')),
        )
        for name, (withholding, title) in WITHHOLDINGS.items()
        for pool in pools
    ]


def _withheld(
    folder: Path, pool: Pool, withholding: ScanWithholding
) -> Callable[[], DepthDataset]:
    return lambda: WithheldScans(RealFrames(folder, pool), withholding)
