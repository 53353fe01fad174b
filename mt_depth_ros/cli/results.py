"""``mt_depth results``: scores what is missing and writes the results document."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TYPE_CHECKING

import typer

from mt_depth_ros.cli.options import Device
from mt_depth_ros.cli.progress import progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mt_depth_ros.core.types import RgbdFrame
    from mt_depth_ros.evaluation.given_masks import MaskSource
    from mt_depth_ros.evaluation.results.inputs import ResultInput
    from mt_depth_ros.evaluation.results.rows import TableRow, Weights
    from mt_depth_ros.evaluation.results.store import ScoreStore


def results(
    test_data: Annotated[
        Path, typer.Option(help='The simulated test scenes: what make test-data rendered.')
    ] = Path('data/testing'),
    real_data: Annotated[
        Path, typer.Option(help='Folder with kitti_object, kitti_raw, vkitti2_format, ...')
    ] = Path('../shared/data'),
    out: Annotated[Path, typer.Option(help='Where scores are kept from run to run.')] = Path(
        'out/results'
    ),
    document: Annotated[Path, typer.Option(help='The document to write.')] = Path(
        'docs/RESULTS.md'
    ),
    weights: Annotated[
        list[str] | None,
        typer.Option(help='MODEL=FILE.safetensors instead of the manifest; may be repeated.'),
    ] = None,
    rows: Annotated[str | None, typer.Option(help='Score these rows only; with commas.')] = None,
    inputs: Annotated[
        str | None, typer.Option(help='Score only inputs whose name has one of these parts.')
    ] = None,
    again: Annotated[
        str | None, typer.Option(help='Score these rows anew, or all: after a change of code.')
    ] = None,
    mask_weights: Annotated[
        str,
        typer.Option(
            help='What finds the detected masks of the mask study: street_mask, an .onnx file, or '
            'a .pt file you trust; else that study goes without.'
        ),
    ] = '',
    device: Device = 'auto',
    timings: Annotated[
        bool, typer.Option('--timings', help='Only measure milliseconds; on an idle machine.')
    ] = False,
    threads: Annotated[int, typer.Option(help='CPU threads of the timings.')] = 2,
    pictures: Annotated[
        bool,
        typer.Option(
            help="Draw the document's panels into images/ beside it, those of recordings into "
            'OUT/panels.'
        ),
    ] = True,
) -> None:
    """Regenerates docs/RESULTS.md: every model and classical fill on identical input points.

    Each row on each input is scored once and kept; only what is missing, or has other weights
    (its masks' among them) by now, is scored. Data that is not there is left out with a line.

    [bold]Example:[/bold] mt_depth results --test-data data/testing --real-data ../shared/data
    """
    from mt_depth_ros.evaluation.results.inputs import DataFolders, result_inputs
    from mt_depth_ros.evaluation.results.rows import chosen_rows, table_rows
    from mt_depth_ros.evaluation.results.store import ScoreStore
    from mt_depth_ros.pipeline.build import resolve_device

    table = table_rows(_weights(weights or []))
    left_out: list[str] = []
    folders = DataFolders(
        simulated=_present(test_data, 'simulated frames (make test-data)', left_out),
        real=_present(real_data, 'real frames and the genuine Virtual KITTI 2 frame', left_out),
    )
    works = result_inputs(folders, detected=detected_masks(mask_weights, resolve_device(device)))
    for each in left_out:
        typer.echo(f'left out: {each}')
    if timings:
        _measure(out, works, chosen_rows(table, rows), table, threads)
    else:
        store = ScoreStore(out / 'scores')
        parts = inputs.split(',') if inputs else ['']
        wanted = [work for work in works if any(part in work.name for part in parts)]
        _forget(store, wanted, table, again)
        _score(store, wanted, chosen_rows(table, rows), resolve_device(device))
    _write(document, out, works, table, left_out, resolve_device(device) if pictures else None)


def _weights(overrides: Sequence[str]) -> dict[str, Weights]:
    from mt_depth_ros.evaluation.results.rows import Weights
    from mt_depth_ros.networks.model_manifest import find_models_folder, read_manifest

    manifest = read_manifest(find_models_folder())
    found = {
        name: Weights(manifest.folder / entry.file, entry.sha256)
        for name, entry in manifest.entries.items()
    }
    for text in overrides:
        name, is_pair, path = text.partition('=')
        if not is_pair:
            raise typer.BadParameter(f'expected MODEL=FILE.safetensors, got {text!r}')
        found[name] = Weights.of_file(Path(path))
    return found


def _present(folder: Path, what: str, left_out: list[str]) -> Path | None:
    if folder.is_dir():
        return folder
    left_out.append(f'{what}: no folder {folder}')
    return None


def detected_masks(mask_weights: str, device: str) -> MaskSource | None:
    """The masks of a mask model, known by its weights; None where none is named.

    Raises:
        CheckpointError: its weights cannot be used.
    """
    from mt_depth_ros.cli.mask_model import mask_weights_sha256
    from mt_depth_ros.evaluation.given_masks import SegmentedMasks
    from mt_depth_ros.segmentation.build import build_segmenter
    from mt_depth_ros.segmentation.config import SegmentationConfig

    if not mask_weights:
        return None
    segmenter = build_segmenter(SegmentationConfig(weights=mask_weights, device=device))
    return SegmentedMasks(
        f'detected by {Path(mask_weights).name}',
        lambda image_rgb: segmenter.segment(image_rgb).probability,
        mask_weights_sha256(mask_weights),
    )


def _forget(
    store: ScoreStore, works: Sequence[ResultInput], table: Sequence[TableRow], again: str | None
) -> None:
    from mt_depth_ros.evaluation.results.rows import chosen_rows

    if again is not None:
        for work in works:
            for row in chosen_rows(table, None if again == 'all' else again):
                store.forget(work, row.row)


def _score(
    store: ScoreStore, works: Sequence[ResultInput], rows: Sequence[TableRow], device: str
) -> None:
    from mt_depth_ros.evaluation.results.scoring import missing_rows, score_rows

    for work in works:
        missing = missing_rows(store, work, rows)
        if not missing:
            continue
        typer.echo(f'{work.title}: {", ".join(row.row.name for row in missing)}')
        with progress_bar(work.name) as on_frame:
            score_rows(store, work, missing, device=device, on_frame=on_frame)


def _measure(
    out: Path,
    works: Sequence[ResultInput],
    rows: Sequence[TableRow],
    table: Sequence[TableRow],
    threads: int,
) -> None:
    from mt_depth_ros.cli.row_timing import machine, time_row
    from mt_depth_ros.evaluation.results.result_set import Timings
    from mt_depth_ros.evaluation.results.timing_file import read_timings, write_timings

    small, whole = (_first_frame(works, part) for part in ('256x512-random5', '1242x375-lines64'))
    by_name = {row.row.name: row for row in table}
    path = out / 'timings.json'
    before = read_timings(path, by_name)
    here = machine(threads)
    measured = dict(before.rows) if before.machine == here else {}
    for row in rows:
        measured[row.row.name] = times = time_row(row, small, whole, threads=threads)
        shown = ((name, getattr(times, name)) for name in times.__slots__)
        typer.echo(
            f'{row.row.name}: '
            + ', '.join(f'{name} {ms:.1f} ms' for name, ms in shown if ms is not None)
        )
        write_timings(path, Timings(machine=here, rows=measured), by_name)


def _first_frame(works: Sequence[ResultInput], name: str) -> RgbdFrame:
    from mt_depth_ros.core.errors import ConfigError

    for work in works:
        if work.kind == 'simulated' and work.name.endswith(name):
            return next(iter(work.open())).frame
    raise ConfigError(
        expected='the simulated test frames, to time the rows on',
        got='none',
        where='--test-data',
        remedy='render them: make test-data',
    )


def _write(
    document: Path,
    out: Path,
    works: Sequence[ResultInput],
    table: Sequence[TableRow],
    left_out: Sequence[str],
    draw_on: str | None,
) -> None:
    """Writes the document, and its pictures unless ``draw_on``, their device, is None."""
    from mt_depth_ros.evaluation.results.document import results_document
    from mt_depth_ros.evaluation.results.panels import draw_panels, PANELS
    from mt_depth_ros.evaluation.results.result_set import ResultSet
    from mt_depth_ros.evaluation.results.store import ScoreStore
    from mt_depth_ros.evaluation.results.timing_file import read_timings

    timings = read_timings(out / 'timings.json', {row.row.name: row for row in table})
    found = ResultSet(ScoreStore(out / 'scores'), works, table, timings)
    folder = document.parent / 'images'
    if draw_on is not None:
        for path in draw_panels(found, folder, real_folder=out / 'panels', device=draw_on):
            typer.echo(f'drew {path}')
    pictures = [
        (f'images/{panel.file}', panel.caption)
        for panel in PANELS
        if (folder / panel.file).is_file()
    ]
    text = results_document(found, left_out=left_out, pictures=pictures)
    document.parent.mkdir(parents=True, exist_ok=True)
    document.write_text(text, encoding='utf-8')
    typer.echo(f'written: {document}')
