"""``mt_depth train``: trains a network from a config file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mt_depth_ros.cli.progress import progress_bar


def train(
    config: Annotated[
        Path, typer.Option('--config', '-c', help='What to train, on what and how: a YAML file.')
    ],
    output: Annotated[
        str | None, typer.Option('--output', '-o', help="Instead of the config's own output.")
    ] = None,
    resume: Annotated[
        bool, typer.Option('--resume', help='Go on after the last full epoch in the output.')
    ] = False,
) -> None:
    """Trains a network and leaves a run folder: weights, metrics, pictures, provenance.

    An interrupted run goes on with --resume and ends as if it had not been interrupted.

    [bold]Example:[/bold] mt_depth train --config config/train_mt_depth_plus.yaml
    """
    from dataclasses import replace

    from mt_depth_ros.training.config_file import read_training_config
    from mt_depth_ros.training.run_folder import RunFolder
    from mt_depth_ros.training.train import train as run

    wanted = read_training_config(config)
    if output is not None:
        wanted = replace(wanted, output=output)
    with progress_bar('training') as tell:
        progress = run(wanted, resume=resume, on_progress=lambda done, n, _: tell(done, n))
    folder = RunFolder(Path(wanted.output).expanduser())
    typer.echo(
        f'epoch {progress.epoch}, step {progress.step}: best validation error '
        f'{progress.best_mae_m:.3f} m after epoch {progress.best_epoch}'
    )
    if progress.speed:
        typer.echo(
            f'{progress.speed["speed/images_per_second"]:.1f} images a second, '
            f'{progress.speed["speed/peak_memory_mb"] / 1000:.1f} GB at most'
        )
    typer.echo(f'weights: {folder.weights}')
