"""Everything that was scored, as the tables and the verdict read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mt_depth_ros.evaluation.results.inputs import ResultInput
from mt_depth_ros.evaluation.results.paired_bootstrap import (
    compare,
    FrameErrors,
    Metric,
    RelativeChange,
)
from mt_depth_ros.evaluation.results.rows import TableRow
from mt_depth_ros.evaluation.results.store import ScoreStore

INSTANCE_BAND = 'instance_band_2'
EDGE_BAND = 'edge_band'


@dataclass(frozen=True, kw_only=True, slots=True)
class RowTimes:
    """Milliseconds of one row on the CPU; None where it was not measured.

    Attributes:
        torch: completion of 256x512 (classical: numpy and OpenCV).
        onnxruntime, openvino: the same network there, in float32.
        openvino_bfloat16: where the CPU has it.
        whole_frame: of a 1242x375 frame, resizing included, in torch.
    """

    torch: float | None = None
    onnxruntime: float | None = None
    openvino: float | None = None
    openvino_bfloat16: float | None = None
    whole_frame: float | None = None

    @property
    def best_runtime(self) -> tuple[float, str] | None:
        """The least of the exported network's times, and what runs it so."""
        times = (
            (self.onnxruntime, 'ONNX Runtime'),
            (self.openvino, 'OpenVINO'),
            (self.openvino_bfloat16, 'OpenVINO in bfloat16'),
        )
        return min(((ms, name) for ms, name in times if ms is not None), default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Timings:
    """Milliseconds, and where they were measured.

    Attributes:
        machine: processor, threads and versions in words.
        rows: by the name of the row.
    """

    machine: str = ''
    rows: Mapping[str, RowTimes]


class ResultSet:
    """Scores by input and row; None where there are none yet.

    Args:
        store: what was scored.
        inputs: of the table.
        rows: of the table.
        timings: of the rows.

    Raises:
        DataFileError: rows of one input were scored on different points.
    """

    def __init__(
        self,
        store: ScoreStore,
        inputs: Sequence[ResultInput],
        rows: Sequence[TableRow],
        timings: Timings,
    ) -> None:
        self.rows = tuple(rows)
        self.inputs = {work.name: work for work in inputs}
        self.timings = timings
        self._store = store
        self._scores = {work.name: store.scores(work, rows) for work in inputs}

    def input_entry(self, work: str) -> dict[str, Any] | None:
        """Of any row on an input: its frames and the hash of its points."""
        return next(iter(self._scores.get(work, {}).values()), None)

    def model(self, work: str, row: str) -> dict[str, Any] | None:
        """All figures of a row on an input, as ``metrics.json`` has them."""
        entry = self._scores.get(work, {}).get(row)
        return None if entry is None else dict(next(iter(entry['models'].values())))

    def error(
        self, work: str, row: str, pixels: str, metric: str, *, group: str | None = None
    ) -> float | None:
        """A pooled metric in a set of pixels, of all frames or of one group."""
        model = self.model(work, row)
        if model is None:
            return None
        part = model if group is None else model['by_group'].get(group)
        found = None if part is None else part['sets'].get(pixels)
        return None if found is None else found['pooled'][metric]

    def counts(
        self, work: str, row: str, pixels: str, *, group: str | None = None
    ) -> tuple[int, int] | None:
        """Pixels with a truth, and those of them with an answer."""
        model = self.model(work, row)
        part = model if model is None or group is None else model['by_group'].get(group)
        found = None if part is None else part['sets'].get(pixels)
        return None if found is None else (found['count'], found['answered'])

    def change(
        self,
        tried: tuple[str, str],
        reference: tuple[str, str],
        pixels: str,
        metric: Metric,
    ) -> RelativeChange | None:
        """One (input, row) compared with another by a paired bootstrap over frames."""
        if self.model(*tried) is None or self.model(*reference) is None:
            return None
        one, other = (
            FrameErrors.read(self._store.frames_table(*each), pixels)
            for each in (tried, reference)
        )
        return compare(one, other, metric)
