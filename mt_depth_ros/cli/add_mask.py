"""``mt_depth models add-mask``: a trained mask model as one that ships."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mt_depth_ros.cli.models_writing import writing_into


def add_mask(
    model: Annotated[Path, typer.Argument(help="mask.onnx of 'mt_depth train-mask'.")],
    name: Annotated[str, typer.Option(help='What it is selected by.')],
    summary: Annotated[
        str, typer.Option(help='One line: what it is for and what it was trained on.')
    ],
    licence: Annotated[str, typer.Option(help='Of the weights, SPDX.')] = 'AGPL-3.0',
    folder: Annotated[
        Path | None, typer.Option(help="A models folder with a manifest; else the package's own.")
    ] = None,
) -> None:
    """Copies a mask model into the models folder and enters it in the manifest, with its sha256.

    [bold]Example:[/bold] mt_depth models add-mask runs/mask/mask.onnx --name street_mask
    --summary 'road users, simulated drives'
    """
    from mt_depth_ros.core.models_folder import find_models_folder
    from mt_depth_ros.segmentation.config import SegmentationConfig
    from mt_depth_ros.segmentation.mask_manifest import add_mask_model
    from mt_depth_ros.segmentation.onnx_segmenter import OnnxSegmenter

    OnnxSegmenter(SegmentationConfig(), model)  # refuses what could not be run
    destination = folder or find_models_folder()
    with writing_into(destination):
        entry = add_mask_model(
            model, folder=destination, name=name, summary=summary, licence=licence
        )
    typer.echo(f'{destination / entry.file}: sha256 {entry.sha256}')
