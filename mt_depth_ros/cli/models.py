"""``mt_depth models``: what can be named with ``--model``."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table


def models() -> None:
    """Lists what --model and the node's parameter 'model' accept.

    [bold]Example:[/bold] mt_depth models
    """
    from mt_depth_ros.classical.registry import CLASSICAL_NAMES
    from mt_depth_ros.networks.model_manifest import find_models_folder, read_manifest
    from mt_depth_ros.pipeline.build import DEFAULT_MODEL

    table = Table()
    for column in ('model', 'kind', 'what'):
        table.add_column(column)
    for name in CLASSICAL_NAMES:
        table.add_row(_marked(name, DEFAULT_MODEL), 'classical', 'no learning, no weights')
    manifest = read_manifest(find_models_folder())
    for name, entry in manifest.entries.items():
        table.add_row(_marked(name, DEFAULT_MODEL), entry.architecture, entry.summary)
    console = Console()
    console.print(table)
    console.print(f'* what auto means; weights in {manifest.folder}', highlight=False)


def _marked(name: str, default: str) -> str:
    return f'{name} *' if name == default else name
