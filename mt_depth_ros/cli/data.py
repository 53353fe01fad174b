"""``mt_depth data``: what a dataset holds, and masks for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from rich.console import Console
import typer

from mt_depth_ros.cli.detect_masks import detect_masks
from mt_depth_ros.cli.progress import progress_bar

app = typer.Typer(help='Looks into datasets.', no_args_is_help=True)
app.command('detect-masks')(detect_masks)


@app.callback()
def data() -> None:
    """Looks into datasets."""


@app.command()
def inspect(
    path: Annotated[
        Path, typer.Argument(help='Virtual KITTI 2, KITTI, or a folder of rosbag2 recordings.')
    ],
    raw: Annotated[
        Path | None, typer.Option(help='KITTI raw, for the images of KITTI depth completion.')
    ] = None,
    max_frames: Annotated[
        int | None, typer.Option(help='Look at so many frames, evenly spread.')
    ] = None,
    output: Annotated[
        Path | None, typer.Option('--output', '-o', help='Folder for report.json and a picture.')
    ] = None,
) -> None:
    """Counts, splits, depth, density, sky share, broken files by name; exit code 1 if any broke.

    [bold]Example:[/bold] mt_depth data inspect out/drives --output out/inspection
    """
    from mt_depth_ros.cli.dataset_sheet import draw_dataset_sheet
    from mt_depth_ros.data.inspection import inspect_dataset
    from mt_depth_ros.data.inspection_text import report_lines, report_values
    from mt_depth_ros.evaluation.new_folder import make_new_folder
    from mt_depth_ros.visualization.pictures import write_picture

    with progress_bar('reading') as on_frame:
        report = inspect_dataset(path, raw_root=raw, max_frames=max_frames, on_frame=on_frame)
    console = Console(highlight=False, markup=False)
    for line in report_lines(report):
        console.print(line)
    if output is not None:
        make_new_folder(output)
        text = json.dumps(report_values(report), indent=2)
        (output / 'report.json').write_text(text + '\n', encoding='utf-8')
        if report.previews:
            write_picture(output / 'contact_sheet.png', draw_dataset_sheet(report.previews))
        console.print(f'written to {output}', soft_wrap=True)
    if not report.is_sound:
        raise typer.Exit(1)
