"""``mt_depth evaluate-mask``: how well a mask model finds the foreground."""

from __future__ import annotations

from collections.abc import Iterator
import json
import math
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated, Any, TYPE_CHECKING

from rich.console import Console
from rich.table import Table
import typer

from mt_depth_ros.cli.options import MaskBackend, MaskBackendOption, MaskWeights, Output
from mt_depth_ros.cli.progress import progress_bar

if TYPE_CHECKING:
    from mt_depth_ros.core.arrays import ByteImage
    from mt_depth_ros.evaluation.mask_scores import MaskOverlap
    from mt_depth_ros.segmentation.segmenter import Segmentation, Segmenter

CARS = ('Car', 'Van', 'Truck')


def evaluate_mask(
    output: Output,
    simulated: Annotated[
        Path | None, typer.Option(help='A dataset with true instances: overlap by condition.')
    ] = None,
    kitti: Annotated[
        Path | None,
        typer.Option(help='Real images: KITTI object; recall where label_2 has labels.'),
    ] = None,
    mask_backend: MaskBackendOption = MaskBackend.AUTO,
    mask_weights: MaskWeights = '',
    input_size: Annotated[
        int, typer.Option(help="The image's longer side in the model, pixels.")
    ] = 640,
    confidence: Annotated[float, typer.Option(help='Least score of a detection.')] = 0.25,
) -> None:
    """Overlap of the merged mask with true instances, recall of labelled objects, pictures, ms.

    [bold]Example:[/bold] mt_depth evaluate-mask --mask-weights runs/mask/mask.onnx
    --simulated data/sim --kitti data/kitti_object --output out/mask
    """
    from mt_depth_ros.cli.mask_model import build_mask_model
    from mt_depth_ros.evaluation.new_folder import make_new_folder
    from mt_depth_ros.segmentation.config import SegmentationConfig

    if simulated is None and kitti is None:
        raise typer.BadParameter('give --simulated, --kitti or both')
    segmenter = build_mask_model(
        SegmentationConfig(
            backend=mask_backend.value,
            weights=mask_weights,
            input_size=input_size,
            confidence=confidence,
        )
    )
    make_new_folder(output)
    console = Console(highlight=False, markup=False)
    timed = _Timed(segmenter)
    metrics: dict[str, Any] = {}
    if simulated is not None:
        metrics['overlap'] = _overlap(simulated, timed, output, console)
    if kitti is not None:
        metrics['labelled'] = _labelled(kitti, timed, output, console)
    metrics['median_ms'] = median(timed.elapsed_ms)
    console.print(
        f'mask {segmenter.name}, input {input_size}: median {metrics["median_ms"]:.1f} ms an '
        'image, with this machine as busy as it is'
    )
    text = json.dumps(metrics, indent=2, allow_nan=False) + '\n'
    (output / 'metrics.json').write_text(text, encoding='utf-8')
    console.print(f'written to {output}', soft_wrap=True)


class _Timed:
    def __init__(self, segmenter: Segmenter) -> None:
        self._segmenter = segmenter
        self.elapsed_ms: list[float] = []

    def segment(self, image_rgb: ByteImage) -> Segmentation:
        start = perf_counter()
        found = self._segmenter.segment(image_rgb)
        self.elapsed_ms.append(1000 * (perf_counter() - start))
        return found


def _overlap(root: Path, timed: _Timed, output: Path, console: Console) -> dict[str, Any]:
    """Merged masks against the union of the true instances, by condition and over all."""
    from mt_depth_ros.core.errors import DataFileError
    from mt_depth_ros.data.opening import open_parts
    from mt_depth_ros.evaluation.mask_scores import MaskOverlap

    scores: dict[str, MaskOverlap] = {}
    everything = MaskOverlap()
    with progress_bar('simulated') as on_frame:
        for part in open_parts(root):
            for index, identity in enumerate(part.frames.identities):
                sample = part.frames[index]
                if sample.instance_ids is None:
                    raise DataFileError(
                        expected='true instances',
                        got=f'none in {identity}',
                        where=str(root),
                        remedy="simulate a dataset with 'mt_depth simulate'",
                    )
                true = sample.instance_ids > 0
                found = timed.segment(sample.image_rgb)
                is_new = identity.condition not in scores
                for score in (scores.setdefault(identity.condition, MaskOverlap()), everything):
                    score.add(found.mask, true)
                if is_new:
                    name = f'simulated_{identity.condition}.png'
                    _write_picture(output / name, sample.image_rgb, found)
                on_frame(index + 1, len(part.frames))
    table = Table('condition', 'frames', 'IoU pooled', 'IoU mean', 'precision', 'recall')
    rows = {**dict(sorted(scores.items())), 'all': everything}
    for name, score in rows.items():
        values = (score.pooled, score.mean, score.precision, score.recall)
        table.add_row(name, str(score.frames), *(f'{value:.3f}' for value in values))
    console.print(table)
    return {
        name: {
            'frames': score.frames,
            'iou_pooled': _number(score.pooled),
            'iou_mean': _number(score.mean),
            'precision': _number(score.precision),
            'recall': _number(score.recall),
        }
        for name, score in rows.items()
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None  # JSON knows no NaN


def _labelled(root: Path, timed: _Timed, output: Path, console: Console) -> list[dict[str, Any]]:
    """Which labelled objects of real images are found; a picture of every image."""
    from mt_depth_ros.evaluation.mask_scores import covered_share, found_by

    rows: list[dict[str, Any]] = []
    for path, image_rgb in _kitti_images(root):
        found = timed.segment(image_rgb)
        _write_picture(output / f'real_{path.stem}.png', image_rgb, found)
        boxes = [
            (
                float(each.left_px),
                float(each.top_px),
                float(each.left_px + each.mask.shape[1]),
                float(each.top_px + each.mask.shape[0]),
            )
            for each in found.instances
        ]
        for label in _labels_of(path):
            left, top, right, bottom = label.box_px
            edges = (left - 0.5, top - 0.5, right + 0.5, bottom + 0.5)
            rows.append(
                {
                    'image': path.stem,
                    'object': label.name,
                    'width_px': right - left + 1,
                    'height_px': bottom - top + 1,
                    'found': found_by(edges, boxes),
                    'covered': covered_share(label.box_px, found.mask),
                    # A mask that covers everything covers every object.
                    'image_covered': float(found.mask.mean()),
                }
            )
    table = Table('image', 'object', 'size px', 'found', 'mask covers', 'of the image')
    for row in rows:
        size = f'{row["width_px"]:.0f}x{row["height_px"]:.0f}'
        text = 'yes' if row['found'] else 'no'
        shares = (f'{row[key]:.0%}' for key in ('covered', 'image_covered'))
        table.add_row(row['image'], row['object'], size, text, *shares)
    console.print(table)
    cars = [row for row in rows if row['object'] in CARS]
    console.print(
        f'found: {sum(row["found"] for row in cars)} of {len(cars)} labelled cars, vans and '
        f'trucks; {sum(row["found"] for row in rows)} of {len(rows)} labelled objects'
    )
    return rows


def _kitti_images(root: Path) -> Iterator[tuple[Path, ByteImage]]:
    from mt_depth_ros.core.errors import DataFileError
    from mt_depth_ros.data.image_files import read_picture

    folder = root / 'image_2'
    paths = sorted(folder.glob('*.png'))
    if not paths:
        raise DataFileError(
            expected='image_2/000000.png and so on',
            got='none',
            where=str(root),
            remedy='give the folder that KITTI object was unpacked in',
        )
    for path in paths:
        yield path, read_picture(path)


def _labels_of(image: Path) -> tuple[Any, ...]:
    from mt_depth_ros.data.kitti_labels import read_kitti_labels

    path = image.parents[1] / 'label_2' / f'{image.stem}.txt'
    return read_kitti_labels(path) if path.is_file() else ()


def _write_picture(path: Path, image_rgb: ByteImage, found: Segmentation) -> None:
    """The image, the mask laid over it."""
    from mt_depth_ros.visualization.overlays import draw_mask
    from mt_depth_ros.visualization.pictures import write_picture

    write_picture(path, draw_mask(image_rgb, found.mask))
