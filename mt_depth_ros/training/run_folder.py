"""What a run leaves behind: its config, provenance, logs, pictures, weights, and where it stands.

Every file is whole or not there: it is written beside its place and moved in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
import csv
import io
import json
from pathlib import Path
import platform
import subprocess
from typing import Any

import torch
import yaml

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.training.config import TrainingConfig
from mt_depth_ros.training.config_file import yaml_from_config
from mt_depth_ros.training.errors import TrainingError

CONFIG_FILE = 'config.yaml'
PROVENANCE_FILE = 'provenance.json'
METRICS_FILE = 'metrics.csv'
STATE_FILE = 'resume.pt'
WEIGHTS_FILE = 'model.safetensors'
LAST_WEIGHTS_FILE = 'last.safetensors'
PREVIEWS_FOLDER = 'previews'
TENSORBOARD_FOLDER = 'tensorboard'

METRICS_HEADER = ('epoch', 'step', 'name', 'value')

MAY_CHANGE = ('data.workers', 'run.log_every_steps', 'run.previews', 'output')
"""Keys of the config that a resumed run may have otherwise: none of them changes the result."""


class RunFolder:
    """The folder of one run.

    Args:
        path: where.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def weights(self) -> Path:
        """The best weights so far."""
        return self.path / WEIGHTS_FILE

    @property
    def last_weights(self) -> Path:
        """The weights of the last validated epoch."""
        return self.path / LAST_WEIGHTS_FILE

    @property
    def is_begun(self) -> bool:
        """Whether there is a run in it, which may not have ended an epoch yet."""
        return (self.path / CONFIG_FILE).is_file()

    @property
    def state(self) -> Path:
        """Where the run stands after its last full epoch."""
        return self.path / STATE_FILE

    @property
    def tensorboard(self) -> Path:
        """The logs for TensorBoard."""
        return self.path / TENSORBOARD_FOLDER

    def claim(self, config: TrainingConfig, hashes: Mapping[str, str], *, resume: bool) -> None:
        """Makes sure that the folder is new, or that of the same run on the same frames.

        Raises:
            ConfigError: it is neither.
        """
        if self.path.exists() and not self.path.is_dir():
            raise _refused('a folder', 'a file', self.path, 'name another output')
        if not resume:
            if self.path.exists() and any(self.path.iterdir()):
                raise _refused(
                    'a new folder', 'one with files in it', self.path,
                    'name another output, or resume the run that is in it',
                )  # fmt: skip
            return
        if not self.is_begun:
            raise _refused(
                f'a run to resume, with its {CONFIG_FILE}', 'none', self.path,
                'start it without resuming',
            )  # fmt: skip
        self._check_same_config(config)
        provenance = json.loads((self.path / PROVENANCE_FILE).read_text(encoding='utf-8'))
        before = provenance['frame_list_sha256']
        if before != dict(hashes):
            raise _refused(
                f'the frames of the run that is resumed, {before}',
                str(dict(hashes)),
                self.path,
                'restore the dataset, or start a new run',
            )

    def _check_same_config(self, config: TrainingConfig) -> None:
        written = (self.path / CONFIG_FILE).read_text(encoding='utf-8')
        before = _flat(yaml.safe_load(written))
        now = _flat(yaml.safe_load(yaml_from_config(config)))
        changed = sorted(
            key
            for key in before.keys() | now.keys()
            if before.get(key) != now.get(key) and key not in MAY_CHANGE
        )
        if changed:
            key = changed[0]
            raise _refused(
                f'the config of the run that is resumed ({key}: {before.get(key)!r})',
                f'{key}: {now.get(key)!r}; changed: {", ".join(changed)}',
                self.path,
                'restore these keys, or start a new run',
            )

    def begin(
        self,
        config: TrainingConfig,
        hashes: Mapping[str, str],
        *,
        split: str,
        machine: str,
        bfloat16: bool,
    ) -> None:
        """Writes config and provenance of a new run.

        Args:
            config: of the run.
            hashes: of its lists of frames.
            split: how these were told apart, in words.
            machine: what it is computed on.
            bfloat16: whether convolutions are computed in it.

        Raises:
            TrainingError: the disk refuses.
        """
        facts = {
            'split': split,
            'frame_list_sha256': dict(hashes),
            **_circumstances(machine, bfloat16=bfloat16),
        }
        self._write_provenance(facts)
        # The last one, as it says that a run is begun.
        self.write(self.path / CONFIG_FILE, yaml_from_config(config).encode())

    def note_resumption(self, *, machine: str, bfloat16: bool) -> None:
        """Adds to the provenance what the run goes on with; arguments and errors as :meth:`begin`.

        Another machine may compute otherwise, where the config leaves the arithmetic to it.
        """
        facts = json.loads((self.path / PROVENANCE_FILE).read_text(encoding='utf-8'))
        facts.setdefault('resumed', []).append(_circumstances(machine, bfloat16=bfloat16))
        self._write_provenance(facts)

    def _write_provenance(self, facts: Mapping[str, Any]) -> None:
        self.write(self.path / PROVENANCE_FILE, (json.dumps(facts, indent=2) + '\n').encode())

    def write(self, path: Path, content: bytes) -> None:
        """Writes a file of the run.

        Raises:
            TrainingError: the disk refuses; what was there before still is.
        """
        self.guarded(path, lambda unfinished: unfinished.write_bytes(content))

    def guarded(self, path: Path, write: Callable[[Path], object]) -> None:
        """Has a file written beside its place, then moves it in; errors as :meth:`write`."""
        unfinished = path.with_name(f'unfinished-{path.name}')
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write(unfinished)
            unfinished.replace(path)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise TrainingError(
                expected='to write a file of the run',
                got=error.strerror or str(error),
                where=str(path),
                remedy='make room, then resume: everything up to the last full epoch is there',
            ) from error

    def save_state(self, state: Mapping[str, Any]) -> None:
        """Keeps where the run stands; see :meth:`load_state`."""
        content = io.BytesIO()
        torch.save(dict(state), content)
        self.write(self.state, content.getvalue())

    def load_state(self) -> dict[str, Any] | None:
        """Where the run stood after its last full epoch; None before the first.

        Only tensors and plain values are read, nothing is executed.

        Raises:
            TrainingError: the file is damaged.
        """
        if not self.state.is_file():
            return None
        try:
            state: dict[str, Any] = torch.load(self.state, map_location='cpu', weights_only=True)
        except Exception as error:  # whatever torch raises for damaged archives
            raise TrainingError(
                expected='the state of a run',
                got=str(error).splitlines()[0],
                where=str(self.state),
                remedy=f'start a new run; its weights up to then are in {self.last_weights.name}',
            ) from error
        return state

    def log(self, epoch: int, step: int, metrics: Mapping[str, float]) -> None:
        """Adds metrics to the table."""
        path = self.path / METRICS_FILE
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator='\n')
        if not path.is_file():
            writer.writerow(METRICS_HEADER)
        writer.writerows((epoch, step, name, f'{value:.6g}') for name, value in metrics.items())
        try:
            with path.open('a', encoding='utf-8') as table:
                table.write(lines.getvalue())
        except OSError as error:
            raise TrainingError(
                expected='to add a line of metrics',
                got=error.strerror or str(error),
                where=str(path),
                remedy='make room, then resume',
            ) from error

    def forget_after(self, step: int) -> None:
        """Removes what an interrupted epoch logged, as it is done again."""
        path = self.path / METRICS_FILE
        if not path.is_file():
            return
        with path.open(encoding='utf-8', newline='') as table:
            rows = list(csv.reader(table))
        # The header anew: a full disk leaves it cut short, or the file empty.
        whole = (row for row in rows[1:] if len(row) == len(METRICS_HEADER))
        kept = [METRICS_HEADER, *(row for row in whole if int(row[1]) <= step)]
        lines = io.StringIO()
        csv.writer(lines, lineterminator='\n').writerows(kept)
        self.write(path, lines.getvalue().encode())


def _circumstances(machine: str, *, bfloat16: bool) -> dict[str, Any]:
    """What is computed, with what and where."""
    return {
        'commit': source_commit(),
        'python': platform.python_version(),
        'torch': torch.__version__,
        'machine': machine,
        'bfloat16': bfloat16,
    }


def source_commit() -> str:
    """The commit of the source tree, ``+changes`` where it has any; ``unknown`` outside of git."""
    folder = Path(__file__).parent
    try:
        commit, changes = (
            subprocess.run(
                ['git', *arguments], cwd=folder, capture_output=True, text=True, check=True
            ).stdout.strip()
            for arguments in (
                ('rev-parse', 'HEAD'), ('status', '--porcelain', '--untracked-files=no', '.')
            )
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return 'unknown'
    return f'{commit}+changes' if changes else commit


def _flat(values: Any, prefix: str = '') -> dict[str, Any]:
    """Nested mappings as one, with dots in the names."""
    if not isinstance(values, dict):
        return {prefix: values}
    return {
        name: value
        for key, inner in values.items()
        for name, value in _flat(inner, f'{prefix}.{key}' if prefix else str(key)).items()
    }


def _refused(expected: str, got: str, path: Path, remedy: str) -> ConfigError:
    return ConfigError(expected=expected, got=got, where=str(path), remedy=remedy)
