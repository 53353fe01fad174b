"""``mt_depth table3``: the protocol of MT-Depth's Table 3 on Virtual KITTI 2."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TYPE_CHECKING

import typer

from mt_depth_ros.cli.options import Device
from mt_depth_ros.cli.progress import progress_bar

if TYPE_CHECKING:
    from mt_depth_ros.training.config import TrainingConfig


def table3(
    dataset: Annotated[Path, typer.Argument(metavar='VKITTI2', help='The unpacked dataset.')],
    output: Annotated[
        Path,
        typer.Option('--output', '-o', help='Folder of the runs; an interrupted one goes on.'),
    ] = Path('out/table3'),
    config: Annotated[
        Path, typer.Option('--config', '-c', help="The paper's settings; its data is replaced.")
    ] = Path('config/train_mt_depth_paper.yaml'),
    unet: Annotated[
        Path | None, typer.Option(help='Weights of unet to score instead of training it.')
    ] = None,
    mt_depth: Annotated[Path | None, typer.Option(help='Weights of mt_depth, likewise.')] = None,
    device: Device = 'auto',
) -> None:
    """Trains unet and mt_depth as the paper does and prints its Table 3.

    Both are trained with the same settings on the same frames and scored on the validation
    frames of the split, with the points that belong to their names and true instances as masks.

    [bold]Example:[/bold] mt_depth table3 data/vkitti2
    """
    from dataclasses import replace

    from mt_depth_ros.evaluation.results.paper_table import paper_table
    from mt_depth_ros.training.config_file import read_training_config

    wanted = read_training_config(config)
    wanted = replace(wanted, data=replace(wanted.data, roots=(str(dataset),)))
    given = {'unet': unet, 'mt_depth': mt_depth}
    # What only the end needs, asked for before the hours of training.
    for name, path in given.items():
        if path is not None:
            _require_weights(path, name)
    _require_scores_alone(output / 'scores')
    weights = {name: path or _trained(name, wanted, output) for name, path in given.items()}
    entry = _scores(weights, wanted, output / 'scores', device)
    text = paper_table(entry)
    (output / 'table3.md').write_text(text + '\n', encoding='utf-8')
    typer.echo(text)


def _require_weights(path: Path, architecture: str) -> None:
    """Raises unless a file holds weights of an architecture."""
    from mt_depth_ros.core.errors import CheckpointError
    from mt_depth_ros.networks.checkpoint import load_checkpoint

    found = load_checkpoint(path).description.architecture
    if found != architecture:
        option = architecture.replace('_', '-')
        raise CheckpointError(
            expected=f'weights of {architecture}',
            got=f'those of {found}',
            where=f'--{option} {path}',
            remedy=f'name others, or leave out --{option} to train it',
        )


def _require_scores_alone(folder: Path) -> None:
    """Raises where a folder holds more than the scores of a former run, which are replaced."""
    from mt_depth_ros.core.errors import ConfigError
    from mt_depth_ros.evaluation.dataset_evaluation import OUTPUT_FILES

    others = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    others = sorted({*others} - {*OUTPUT_FILES})
    if others:
        raise ConfigError(
            expected=f'at most {", ".join(OUTPUT_FILES)}, which are written anew',
            got=', '.join(others[:5]),
            where=str(folder),
            remedy='give the runs an --output of their own',
        )


def _trained(architecture: str, config: TrainingConfig, output: Path) -> Path:
    """The weights of a finished run, or of one that is begun or gone on with here."""
    from dataclasses import replace

    from mt_depth_ros.training.config import NetworkChoice
    from mt_depth_ros.training.run_folder import RunFolder
    from mt_depth_ros.training.train import train

    folder = RunFolder(output / architecture)
    same = config.network.architecture == architecture
    wanted = replace(
        config,
        output=str(folder.path),
        network=config.network if same else NetworkChoice(architecture=architecture),
    )
    with progress_bar(f'training {architecture}') as tell:
        train(wanted, resume=folder.is_begun, on_progress=lambda done, n, _: tell(done, n))
    return folder.weights


def _scores(
    weights: dict[str, Path], config: TrainingConfig, folder: Path, device: str
) -> dict[str, Any]:
    """What ``metrics.json`` holds of the three answers on the validation frames."""
    from mt_depth_ros.data.sparse_sampling import SparseSampling
    from mt_depth_ros.evaluation.dataset_evaluation import evaluate, OUTPUT_FILES
    from mt_depth_ros.evaluation.evaluation_frame import EvaluationFrames, FrameConfig
    from mt_depth_ros.evaluation.given_masks import KnownMasks
    from mt_depth_ros.evaluation.results.paper_table import PAPER_ROWS
    from mt_depth_ros.evaluation.results.rows import build_row, ROWS, TableRow, Weights
    from mt_depth_ros.pipeline.build import resolve_device
    from mt_depth_ros.training.frame_source import open_frames

    sparse, max_depth_m = config.sparse, config.loss.max_depth_m
    frames = EvaluationFrames(
        open_frames(config).validation,
        FrameConfig(
            sampling=SparseSampling(
                pattern=sparse.validation_pattern,
                min_depth_m=sparse.min_depth_m,
                max_depth_m=sparse.max_depth_m,
            ),
            size=config.view.input_size,
            masks=KnownMasks('truth'),
        ),
    )
    rows = [
        TableRow(row, Weights.of_file(weights[row.model]))
        for row in ROWS
        if row.name in PAPER_ROWS
    ]
    predictors = {
        row.row.name: build_row(row, device=resolve_device(device), max_range_m=max_depth_m)
        for row in rows
    }
    for name in OUTPUT_FILES:
        (folder / name).unlink(missing_ok=True)
    with progress_bar('scoring') as tell:
        return evaluate(
            frames, predictors, folder, about={'protocol': 'Table 3 of MT-Depth'}, on_frame=tell
        )
