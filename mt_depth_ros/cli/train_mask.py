"""``mt_depth train-mask``: trains a model for the foreground mask."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TYPE_CHECKING

from rich.console import Console
import typer

from mt_depth_ros.cli.options import Output
from mt_depth_ros.cli.progress import progress_bar

if TYPE_CHECKING:
    from mt_depth_ros.data.yolo_dataset import YoloDataset
    from mt_depth_ros.evaluation.mask_scores import MaskOverlap
    from mt_depth_ros.segmentation.mask_training import MaskTrainingConfig

ONNX_NAME = 'mask.onnx'


def train_mask(
    data: Annotated[
        Path, typer.Argument(help='A segmentation dataset: its folder, or its data.yaml.')
    ],
    output: Output,
    epochs: Annotated[int, typer.Option(help='Times that every image is seen.')] = 30,
    minutes: Annotated[
        float | None, typer.Option(help='Train so long instead, with the epochs that fit.')
    ] = None,
    image_size: Annotated[
        int, typer.Option(help="The image's longer side in training, pixels.")
    ] = 640,
    batch: Annotated[int, typer.Option(help='Images a step.')] = 8,
    seed: Annotated[int, typer.Option(help='Of weights, order and augmentation.')] = 0,
    weights: Annotated[
        Path | None, typer.Option(help='Start from these: a .pt file you trust.')
    ] = None,
    device: Annotated[str, typer.Option(help='cpu, or the number of a GPU.')] = 'cpu',
    threads: Annotated[int, typer.Option(help='CPU threads.')] = 2,
    bfloat16: Annotated[
        bool, typer.Option('--bfloat16', help='Faster on CPUs that have it (avx512_bf16, amx).')
    ] = False,
    resume: Annotated[
        bool, typer.Option('--resume', help='Go on after the last full epoch in the output.')
    ] = False,
) -> None:
    """Trains YOLO11n-seg for the foreground mask; ends with an ONNX file and its mask's overlap.

    Uses ultralytics, which is AGPL-3.0, and so is the model that comes out.

    [bold]Example:[/bold] mt_depth train-mask data/masks --output runs/mask
    """
    import torch  # noqa: F401 - before ultralytics, which sets the number of threads torch starts with

    from mt_depth_ros.data.kept_for_testing import refuse_frames_kept_for_testing
    from mt_depth_ros.data.yolo_dataset import open_yolo_dataset
    from mt_depth_ros.evaluation.new_folder import make_new_folder
    from mt_depth_ros.segmentation.mask_export import require_onnx
    from mt_depth_ros.segmentation.mask_training import MaskTrainingConfig
    from mt_depth_ros.segmentation.onnx_segmenter import require_runtime

    # What only the end needs, asked for before the hours of training.
    require_onnx()
    require_runtime()
    dataset = open_yolo_dataset(data)
    refuse_frames_kept_for_testing(dataset.folders)
    config = MaskTrainingConfig(
        data=dataset.description.resolve(),
        output=output.resolve(),
        epochs=epochs,
        minutes=minutes,
        image_size=image_size,
        batch=batch,
        seed=seed,
        one_image_size=dataset.has_one_image_size(),
        initial_weights=weights,
        device=device,
        threads=threads,
        bfloat16=bfloat16,
    )
    if not resume:
        make_new_folder(output)
    console = Console(highlight=False, markup=False)
    console.print(
        f'{len(dataset.training)} images to train on, {len(dataset.validation)} to validate with'
    )
    path = _train(config, console, resume=resume)
    score = _validate(path, dataset, image_size)
    console.print(
        f'merged mask on the validation images: IoU {score.pooled:.3f} pooled, {score.mean:.3f} '
        f'mean; precision {score.precision:.3f}, recall {score.recall:.3f}'
    )


def _train(config: MaskTrainingConfig, console: Console, *, resume: bool) -> Path:
    """Trains and exports; gives the ONNX file."""
    from mt_depth_ros.segmentation.mask_export import write_mask_onnx
    from mt_depth_ros.segmentation.mask_training import train_mask_model

    def tell_epoch(epoch: int, losses: dict[str, float]) -> None:
        text = ', '.join(f'{name} {value:.3f}' for name, value in losses.items() if value)
        console.print(f'epoch {epoch}: {text}')

    try:
        with progress_bar('training') as on_step:
            trained = train_mask_model(config, resume=resume, on_step=on_step, on_epoch=tell_epoch)
    except KeyboardInterrupt:
        console.print(
            f'interrupted; --resume goes on with the run in {config.output}', soft_wrap=True
        )
        raise
    path = config.output / ONNX_NAME
    write_mask_onnx(trained, path)
    megabytes = path.stat().st_size / 1e6
    console.print(f'{path}: {megabytes:.1f} MB; weights of torch: {trained}', soft_wrap=True)
    return path


def _validate(model: Path, dataset: YoloDataset, image_size: int) -> MaskOverlap:
    """The exported model on the validation images, as it will be served."""
    from mt_depth_ros.data.image_files import read_picture
    from mt_depth_ros.data.yolo_dataset import read_true_mask
    from mt_depth_ros.evaluation.mask_scores import MaskOverlap
    from mt_depth_ros.segmentation.config import SegmentationConfig
    from mt_depth_ros.segmentation.onnx_segmenter import OnnxSegmenter

    segmenter = OnnxSegmenter(SegmentationConfig(input_size=image_size), model)
    score = MaskOverlap()
    for path in dataset.validation:
        image_rgb = read_picture(path)
        height, width = image_rgb.shape[:2]
        true = read_true_mask(path, height=height, width=width)
        score.add(segmenter.segment(image_rgb).mask, true)
    return score
