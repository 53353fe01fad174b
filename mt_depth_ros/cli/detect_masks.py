"""``mt_depth data detect-masks``: a mask model's masks of a dataset, to train depth with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mt_depth_ros.cli.options import MaskBackend, MaskBackendOption, MaskWeights
from mt_depth_ros.cli.progress import progress_bar


def detect_masks(
    path: Annotated[Path, typer.Argument(help='The dataset that depth is to be trained on.')],
    masks: Annotated[
        Path, typer.Option('--masks', help='Folder for them: the masks.detected_folder.')
    ],
    mask_backend: MaskBackendOption = MaskBackend.AUTO,
    mask_weights: MaskWeights = '',
    raw: Annotated[
        Path | None, typer.Option(help='KITTI raw, for the images of KITTI depth completion.')
    ] = None,
) -> None:
    """Finds the foreground of every frame and keeps it; started again, it goes on.

    Masks that are there already stay as they are; another model needs another folder, and so does
    a dataset whose frames have the same names.

    [bold]Example:[/bold] mt_depth data detect-masks data/training/clone --masks data/masks
    --mask-weights runs/mask/mask.onnx
    """
    from mt_depth_ros.cli.mask_model import build_mask_model, mask_weights_sha256
    from mt_depth_ros.data.opening import open_parts
    from mt_depth_ros.segmentation.config import SegmentationConfig
    from mt_depth_ros.training.mask_detection import detect_masks as run

    segmenter = build_mask_model(
        SegmentationConfig(backend=mask_backend.value, weights=mask_weights)
    )
    digest = mask_weights_sha256(mask_weights)
    identity = mask_weights if digest is None else f'sha256 {digest}'
    made, total = 0, 0
    with progress_bar('detecting') as on_frame:
        for part in open_parts(path, raw_root=raw):
            total += len(part.frames)
            made += run(
                part.frames,
                masks,
                lambda image: segmenter.segment(image).probability,
                model=f'{segmenter.name}, {identity}',
                on_frame=on_frame,
            )
    typer.echo(f'{total} masks in {masks}: {made} made now, {total - made} were there')
