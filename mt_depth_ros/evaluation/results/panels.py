"""The pictures of the results: the stages of one frame each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from mt_depth_ros.core.arrays import ByteImage
from mt_depth_ros.data.broken_frames import ReadableFrames
from mt_depth_ros.data.dataset import SelectedFrames
from mt_depth_ros.evaluation.evaluation_frame import EvaluationFrames
from mt_depth_ros.evaluation.results.inputs import real_name, ResultInput, simulated_name
from mt_depth_ros.evaluation.results.result_set import ResultSet
from mt_depth_ros.evaluation.results.rows import build_row, OURS, TableRow
from mt_depth_ros.visualization.stage_panel import stage_panel

JPEG_QUALITY = 85
PREFERENCE = (OURS, 'mt_depth', 'unet', 'adaptive')
"""Whose answer is shown: the first of these that is here."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A frame to show.

    Attributes:
        file: its name in the folder of pictures.
        caption: under it.
        work: the input.
        frame: its name, or the end of it.
    """

    file: str
    caption: str
    work: str
    frame: str

    @property
    def is_real(self) -> bool:
        """Whether it shows a recording, which is not this repository's to publish."""
        return self.work.startswith('real-')


TWO_STAGES = (OURS, 'mt_depth')
"""Models with an initial depth."""

PANELS = (
    Panel(
        'results_clone.jpg', 'Simulated, clear, 64 lines',
        simulated_name('1242x375', 'lines64'), 'vkitti2/Scene01/clone/Camera_0/00000',
    ),
    Panel(
        'results_rain.jpg', 'Simulated, rain, 64 lines',
        simulated_name('1242x375', 'lines64'), 'vkitti2/Scene06/rain/Camera_0/00010',
    ),
    Panel(
        'results_night.jpg', 'Simulated, night, 16 lines',
        simulated_name('1242x375', 'lines16'), 'vkitti2/Scene04/night/Camera_0/00007',
    ),
    Panel(
        'results_kitti.jpg', 'KITTI object 000001, every fourth ring kept',
        real_name('reported', 'every-4th-ring-kept'), 'real/000001/KITTI object 000001',
    ),
    Panel(
        'results_ddad.jpg', 'DDAD-like, every fourth ring kept',
        real_name('reported', 'every-4th-ring-kept'), 'real/ddad_like/DDAD-like',
    ),
)  # fmt: skip


def draw_panels(
    results: ResultSet, folder: Path, *, real_folder: Path, device: str
) -> Iterator[Path]:
    """Draws the panels of the inputs that are scored.

    Args:
        results: what was scored; whose answer is shown: see :data:`PREFERENCE`.
        folder: of the simulated ones; made where missing, and pictures in it are replaced.
        real_folder: likewise, of those that show recordings.
        device: where the network runs.

    Yields:
        Each file when it is written.
    """
    here = {row.row.name: row for row in results.rows if row.is_here}
    shown = here[next(name for name in PREFERENCE if name in here)]
    for each in (folder, real_folder):
        each.mkdir(parents=True, exist_ok=True)
    for panel in PANELS:
        if results.model(panel.work, shown.row.name) is None:
            continue
        picture = _draw(panel, results.inputs[panel.work], shown, device)
        path = (real_folder if panel.is_real else folder) / panel.file
        cv2.imwrite(
            str(path),
            np.ascontiguousarray(picture[..., ::-1]),
            [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY],
        )
        yield path


def _draw(panel: Panel, work: ResultInput, shown: TableRow, device: str) -> ByteImage:
    dataset = work.frames()
    chosen = next(name for name in dataset.identities if str(name).startswith(panel.frame))
    selected = ReadableFrames(SelectedFrames(dataset, [chosen]))
    frame = next(iter(EvaluationFrames(selected, work.config)))
    predictor, _ = build_row(shown, device=device, max_range_m=work.max_range_m)
    final = predictor.predict(frame.frame)
    initial = None
    if shown.row.model in TWO_STAGES:
        row = replace(shown.row, stage='initial', title=f'{shown.row.model}, initial')
        predictor, _ = build_row(
            replace(shown, row=row), device=device, max_range_m=work.max_range_m
        )
        initial = predictor.predict(frame.frame)
    return stage_panel(frame.frame, final, frame.truth_m, initial=initial)
