"""``mt_depth evaluate``: models compared on a recording or data set."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
import re
from typing import Annotated, Any, TYPE_CHECKING

import typer

from mt_depth_ros.cli.evaluation_table import print_evaluation
from mt_depth_ros.cli.options import (
    Device,
    MaskBackend,
    MaskBackendOption,
    MaskWeights,
    MaxRange,
    NetworkGridChoice,
    NetworkGridOption,
    NetworkRuntimeChoice,
    NetworkRuntimeOption,
    Output,
    SeeThroughFilter,
)
from mt_depth_ros.cli.predictor_choice import predictor_config
from mt_depth_ros.cli.progress import progress_bar

if TYPE_CHECKING:
    from mt_depth_ros.evaluation.given_masks import MaskSource
    from mt_depth_ros.pipeline.build import ModelIdentity
    from mt_depth_ros.pipeline.predictor import DepthPredictor


class Masks(str, Enum):
    """Where the foreground mask comes from, one for all models."""

    SEGMENTER = 'segmenter'
    TRUTH = 'truth'
    INVERTED = 'inverted'
    SHIFTED = 'shifted'
    EMPTY = 'empty'
    FULL = 'full'


def evaluate(
    data: Annotated[
        Path,
        typer.Argument(
            metavar='BAG_OR_DATASET',
            help='Virtual KITTI 2, KITTI (completion, raw, object), or rosbag2 recordings.',
        ),
    ],
    models: Annotated[
        str,
        typer.Option(help="Names of 'mt_depth models' or .safetensors paths, with commas."),
    ],
    output: Output,
    sampling: Annotated[
        str | None,
        typer.Option(
            help='bernoulli:0.05, lines:16, points:500, grid:8x8 or measured:N; add '
            '+outliers:0.02, +see-through:0.5, +noise:0.02, +jitter:0.25 or +object-holes:0.3. '
            'Default: bernoulli:0.05 for rendered data, else measured. With --withhold measured '
            'alone, as all others draw from the truth.'
        ),
    ] = None,
    size: Annotated[
        str, typer.Option(help="HEIGHTxWIDTH of every frame: 256x512 is the paper's.")
    ] = 'native',
    split: Annotated[
        str | None,
        typer.Option(
            help='SCHEME:PART of scene, random80, random80-grouped or sgia, as scene:test; or a '
            'part of KITTI depth completion.'
        ),
    ] = None,
    frame_list: Annotated[
        Path | None, typer.Option(help='File of frame names, one a line.')
    ] = None,
    max_frames: Annotated[
        int | None, typer.Option(help='At most so many frames, evenly spread.')
    ] = None,
    withhold: Annotated[
        str | None,
        typer.Option(
            help='Score on part of each LiDAR scan: rings:N and azimuth:N withhold every N-th '
            'ring or block of 4 degrees, keep-rings:N all but every N-th ring.'
        ),
    ] = None,
    ground_truth: Annotated[
        str | None, typer.Option(help='Score on this topic of true depth of a recording.')
    ] = None,
    raw: Annotated[
        Path | None, typer.Option(help='KITTI raw, for the images of KITTI depth completion.')
    ] = None,
    masks: Annotated[
        Masks,
        typer.Option(
            help="segmenter, the data set's own (truth), or wrong on purpose: inverted, shifted, "
            'empty, full.'
        ),
    ] = Masks.SEGMENTER,
    mask_backend: MaskBackendOption = MaskBackend.AUTO,
    mask_weights: MaskWeights = '',
    device: Device = 'auto',
    network_grid: NetworkGridOption = NetworkGridChoice.TRAINED,
    network_runtime: NetworkRuntimeOption = NetworkRuntimeChoice.TORCH,
    see_through_filter: SeeThroughFilter = False,
    max_range: MaxRange = 120.0,
    skip_broken: Annotated[
        bool, typer.Option('--skip-broken', help='Leave broken frames out, and name them.')
    ] = False,
) -> None:
    """Compares models on the same work: metrics.json, frames.csv, report.html.

    Every model gets the same points in every frame, the same ones on every machine.

    [bold]Example:[/bold] mt_depth evaluate vkitti2/ --models adaptive,linear,nearest
    --split scene:test --size 256x512 --max-frames 200 --output out/evaluation
    """
    from mt_depth_ros.evaluation.dataset_evaluation import evaluate as run
    from mt_depth_ros.evaluation.evaluation_data import (
        DataChoice,
        default_sampling,
        open_evaluation_data,
    )
    from mt_depth_ros.evaluation.evaluation_frame import EvaluationFrames, FrameConfig
    from mt_depth_ros.evaluation.sampling_choice import parse_sampling
    from mt_depth_ros.evaluation.withholding import parse_withholding

    choice = DataChoice(
        split=split,
        frame_list=frame_list,
        max_frames=max_frames,
        withholding=None if withhold is None else parse_withholding(withhold),
        ground_truth=ground_truth,
        raw_root=raw,
        on_broken='skip' if skip_broken else 'raise',
    )
    pattern = sampling or default_sampling(data, choice)
    drawn = parse_sampling(pattern)
    config = FrameConfig(
        sampling=drawn,
        size=_parse_size(size),
        see_through_filter=see_through_filter,
        masks=_mask_source(masks, mask_backend, mask_weights, device),
    )
    samples = open_evaluation_data(data, choice, drawn)
    about: dict[str, Any] = {
        'data': str(data),
        'input': pattern,
        'truth': _truth_words(withhold, ground_truth),
        'size': size,
        'split': split or (str(frame_list) if frame_list else 'all frames'),
        'max_frames': max_frames or 'all',
        'masks': config.masks.name,
        'see_through_filter': see_through_filter,
        'max_range_m': max_range,
    }
    with progress_bar('evaluating') as on_frame:
        entry = run(
            EvaluationFrames(samples, config),
            _predictors(models, device, network_grid, network_runtime, max_range),
            output,
            about=about,
            on_frame=on_frame,
        )
    print_evaluation(entry, output)


def _parse_size(text: str) -> tuple[int, int] | None:
    from mt_depth_ros.core.errors import ConfigError

    if text == 'native':
        return None
    match = re.fullmatch(r'([1-9]\d*)x([1-9]\d*)', text)
    if match is None:
        raise ConfigError(
            expected='native or HEIGHTxWIDTH',
            got=repr(text),
            where='--size',
            remedy="for example --size 256x512, the paper's",
        )
    return int(match[1]), int(match[2])


def _mask_source(masks: Masks, backend: MaskBackend, weights: str, device: str) -> MaskSource:
    from mt_depth_ros.evaluation.given_masks import KnownMasks, SegmentedMasks
    from mt_depth_ros.pipeline.build import resolve_device
    from mt_depth_ros.segmentation.build import build_segmenter
    from mt_depth_ros.segmentation.config import SegmentationConfig

    if masks is not Masks.SEGMENTER:
        return KnownMasks(masks.value)
    config = SegmentationConfig(
        backend=backend.value, weights=weights, device=resolve_device(device)
    )
    segmenter = build_segmenter(config)
    name = f'segmenter: {segmenter.name}'
    return SegmentedMasks(name, lambda image_rgb: segmenter.segment(image_rgb).probability)


def _predictors(
    models: str,
    device: str,
    network_grid: NetworkGridChoice,
    network_runtime: NetworkRuntimeChoice,
    max_range: float,
) -> dict[str, tuple[DepthPredictor, ModelIdentity]]:
    from mt_depth_ros.core.errors import ConfigError
    from mt_depth_ros.pipeline.build import build_predictor

    names = [name.strip() for name in models.split(',')]
    if not all(names) or len(set(names)) != len(names):
        raise ConfigError(
            expected='different names with commas between them',
            got=repr(models),
            where='--models',
            remedy='for example --models adaptive,linear; mt_depth models lists the names',
        )
    # The frames bring their masks, one for all models.
    return {
        name: build_predictor(
            predictor_config(
                name,
                device,
                network_grid,
                network_runtime=network_runtime,
                mask_backend=MaskBackend.NONE,
                max_range=max_range,
            )
        )
        for name in names
    }


def _truth_words(withhold: str | None, ground_truth: str | None) -> str:
    if withhold is not None:
        return f'withheld LiDAR points ({withhold}) that do not show through'
    return ground_truth or "the data set's"
