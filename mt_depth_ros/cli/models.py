"""``mt_depth models``: what can be named with ``--model``, and how weights become one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from rich.console import Console
from rich.markup import escape
from rich.table import Table
import typer

from mt_depth_ros.cli.models_writing import writing_into

app = typer.Typer()


@app.callback(invoke_without_command=True)
def models(context: typer.Context) -> None:
    """Lists what --model (the node's parameter 'model') and --mask-weights accept by name.

    [bold]Example:[/bold] mt_depth models
    """
    if context.invoked_subcommand is not None:
        return
    from mt_depth_ros.classical.registry import CLASSICAL_NAMES
    from mt_depth_ros.networks.model_manifest import find_models_folder, read_manifest
    from mt_depth_ros.pipeline.build import DEFAULT_MODEL
    from mt_depth_ros.segmentation.mask_manifest import read_mask_entries

    # What a manifest says may hold brackets, which would be read as markup.
    table = Table()
    for column in ('model', 'kind', 'what'):
        table.add_column(column)
    for name in CLASSICAL_NAMES:
        table.add_row(_marked(name, DEFAULT_MODEL), 'classical', 'no learning, no weights')
    manifest = read_manifest(find_models_folder())
    for name, entry in manifest.entries.items():
        table.add_row(
            _marked(name, DEFAULT_MODEL), escape(entry.architecture), escape(entry.summary)
        )
    for name, mask in read_mask_entries(manifest.folder).items():
        table.add_row(name, escape(f'mask, {mask.licence}'), escape(mask.summary))
    console = Console()
    console.print(table)
    console.print(
        f'* what auto means; weights in {manifest.folder}', highlight=False, markup=False
    )


@app.command()
def add(
    weights: Annotated[
        Path, typer.Argument(help='model.safetensors of a training run, its .json beside it.')
    ],
    name: Annotated[str, typer.Option(help='What it is selected by.')],
    summary: Annotated[
        str, typer.Option(help='One line: what it is for and what it was trained on.')
    ],
    licence: Annotated[str, typer.Option(help='Of the weights, SPDX.')] = 'Apache-2.0',
    half: Annotated[
        bool, typer.Option('--half', help='Keep kernels as float16: half the size.')
    ] = False,
    folder: Annotated[
        Path | None, typer.Option(help="A models folder with a manifest; else the package's own.")
    ] = None,
) -> None:
    """Copies weights into the models folder and enters them in its manifest, with their sha256.

    [bold]Example:[/bold] mt_depth models add runs/unet/model.safetensors --name unet
    --summary 'baseline, simulated drives'
    """
    from mt_depth_ros.classical.registry import CLASSICAL_NAMES
    from mt_depth_ros.core.errors import ConfigError
    from mt_depth_ros.networks.model_manifest import find_models_folder
    from mt_depth_ros.networks.model_shipping import ship_model

    # These are looked up before the manifest, so that the weights could never be selected.
    taken = ('auto', *CLASSICAL_NAMES)
    if name in taken:
        raise ConfigError(
            expected=f'a name besides {", ".join(taken)}',
            got=repr(name),
            where='--name',
            remedy='choose another',
        )
    destination = folder or find_models_folder()
    with writing_into(destination):
        entry = ship_model(
            weights, folder=destination, name=name, summary=summary, licence=licence, half=half
        )
    typer.echo(f'{destination / entry.file}: sha256 {entry.sha256}')


def _marked(name: str, default: str) -> str:
    return f'{name} *' if name == default else name
