"""The rows of the results table: which completer each is, and whether it is here yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal, TypeAlias

from mt_depth_ros.core.errors import CheckpointError, ConfigError
from mt_depth_ros.pipeline.build import build_predictor, ModelIdentity, PredictorConfig
from mt_depth_ros.pipeline.network_completer import NetworkCompleter, NetworkGrid
from mt_depth_ros.pipeline.postprocessing import RangeConfig
from mt_depth_ros.pipeline.predictor import DepthPredictor
from mt_depth_ros.segmentation.config import SegmentationConfig

Stage: TypeAlias = Literal['initial', 'final']

NOT_TRAINED = 'not trained here yet'
"""What stands in the table for a row without weights."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultRow:
    """One row.

    Attributes:
        name: of its files, and what ``--rows`` calls it.
        title: as printed.
        model: a classical completer or the name of a model of the manifest.
        stage: which depth of a network of two stages.
        in_mask_study: whether it is scored with every kind of mask; not, where the mask does not
            change its answer, nor the same network served in another way.
        is_classical: whether it needs no weights.
        grid: which grid a network runs on.
        keeps_depth: whether the depth stands where the model answers sky, as of models that
            cannot tell it.
    """

    name: str
    title: str
    model: str
    stage: Stage = 'final'
    in_mask_study: bool = False
    is_classical: bool = False
    grid: NetworkGrid = 'trained'
    keeps_depth: bool = False


_CLASSICAL = {
    'nearest': 'nearest',
    'linear': 'linear (Delaunay)',
    'ip_basic': 'IP-Basic, Gaussian',
    'ip_basic_bilateral': 'IP-Basic, bilateral',
    'adaptive': 'adaptive (ours, classical)',
}

ROWS = (
    *(
        ResultRow(name=name, title=title, model=name, is_classical=True)
        for name, title in _CLASSICAL.items()
    ),
    ResultRow(name='unet', title='unet', model='unet'),
    ResultRow(
        name='mt_depth_initial',
        title='mt_depth, initial',
        model='mt_depth',
        stage='initial',
    ),
    ResultRow(name='mt_depth', title='mt_depth, final', model='mt_depth', in_mask_study=True),
    ResultRow(
        name='mt_depth_prefill',
        title='mt_depth + prefill residual + our loss',
        model='mt_depth_prefill',
        in_mask_study=True,
    ),
    ResultRow(
        name='mt_depth_plus',
        title='mt_depth_plus (ours)',
        model='mt_depth_plus',
        in_mask_study=True,
    ),
    ResultRow(
        name='mt_depth_plus_depth',
        title='mt_depth_plus, depth where it answers sky',
        model='mt_depth_plus',
        keeps_depth=True,
    ),
    ResultRow(
        name='mt_depth_plus_camera_grid',
        title="mt_depth_plus on the camera's grid",
        model='mt_depth_plus',
        grid='camera',
    ),
    ResultRow(
        name='mt_depth_plus_no_mask',
        title='mt_depth_plus without mask',
        model='mt_depth_plus_no_mask',
    ),
)
"""The rows that every table has, trained or not."""

OURS, OURS_NO_MASK, PAPER = 'mt_depth_plus', 'mt_depth_plus_no_mask', 'mt_depth'


@dataclass(frozen=True, slots=True)
class Weights:
    """A weights file.

    Attributes:
        path: the ``.safetensors`` file.
        sha256: of it, hexadecimal.
    """

    path: Path
    sha256: str

    @classmethod
    def of_file(cls, path: Path) -> Weights:
        """Names a file by what it holds.

        Raises:
            CheckpointError: it cannot be read.
        """
        try:
            return cls(path, sha256(path.read_bytes()).hexdigest())
        except OSError as error:
            raise CheckpointError(
                expected='a weights file',
                got=error.strerror or str(error),
                where=str(path),
                remedy='check the path given with --weights',
            ) from error


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row, and its weights if it has any.

    Attributes:
        row: which.
        weights: None of a classical row, and of a network that is not trained.
    """

    row: ResultRow
    weights: Weights | None = None

    @property
    def is_here(self) -> bool:
        """Whether it can be computed."""
        return self.row.is_classical or self.weights is not None

    @property
    def sha256(self) -> str:
        """Of the weights; empty of a classical row."""
        return self.weights.sha256 if self.weights else ''


def table_rows(weights: Mapping[str, Weights]) -> tuple[TableRow, ...]:
    """The rows of the table, then one for each further model there are weights of (ablations).

    Args:
        weights: by the name of the model.
    """
    known = {row.model for row in ROWS}
    further = [
        ResultRow(name=name, title=name.replace('_', ' '), model=name, in_mask_study=True)
        for name in weights
        if name not in known
    ]
    return tuple(TableRow(row, weights.get(row.model)) for row in (*ROWS, *further))


def chosen_rows(rows: Sequence[TableRow], names: str | None) -> tuple[TableRow, ...]:
    """The rows that are here, or those of them that are named.

    Args:
        rows: of the table.
        names: with commas between them; None: all.

    Raises:
        ConfigError: there is no such row.
    """
    if names is None:
        return tuple(row for row in rows if row.is_here)
    wanted = [name.strip() for name in names.split(',')]
    known = [row.row.name for row in rows]
    strange = [name for name in wanted if name not in known]
    if strange:
        raise ConfigError(
            expected=f'rows of {", ".join(known)}',
            got=', '.join(strange),
            where='--rows or --again',
            remedy='name some of these, with commas between them',
        )
    return tuple(row for row in rows if row.is_here and row.row.name in wanted)


def build_row(
    row: TableRow, *, device: str, max_range_m: float
) -> tuple[DepthPredictor, ModelIdentity]:
    """Builds what answers for a row; the frames bring its mask.

    Raises:
        CheckpointError: the weights cannot be used.
        ConfigError: the network has no initial depth.
    """
    config = PredictorConfig(
        model=str(row.weights.path) if row.weights else row.row.model,
        device=device,
        grid=row.row.grid,
        segmentation=SegmentationConfig(backend='none'),
        limits=RangeConfig(
            max_range_m=max_range_m, sky_output='keep' if row.row.keeps_depth else 'inf'
        ),
    )
    predictor, identity = build_predictor(config)
    completer = predictor.completer
    if isinstance(completer, NetworkCompleter):
        if row.row.stage == 'initial':
            completer = completer.initial_stage()
        completer.name = row.row.title
        predictor.completer = completer
    return predictor, identity
