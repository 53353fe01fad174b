"""What a checkpoint says about its weights: the JSON file beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
import json
from typing import Any

from mt_depth_ros.core.errors import CheckpointError

FORMAT = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """Where weights come from.

    Attributes:
        commit: of the source tree that trained them.
        date: ISO 8601.
        data: what they were trained on, in words.
        metrics: name with unit -> value, as the run that made them measured it.
    """

    commit: str
    date: str
    data: str
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckpointDescription:
    """Everything needed to build the network that the weights fit.

    Attributes:
        architecture: the name the network is registered by.
        config: all fields of its config.
        input_size: (height, width) it was trained at, pixels.
        provenance: where the weights come from.
    """

    architecture: str
    config: Mapping[str, Any]
    input_size: tuple[int, int]
    provenance: Provenance

    def to_json(self, **extra: str) -> str:
        """The description as JSON, with ``extra`` fields after it."""
        return json.dumps({'format': FORMAT, **asdict(self), **extra}, indent=2) + '\n'


def description_from_json(text: str, where: str) -> tuple[CheckpointDescription, str | None]:
    """Reads what :meth:`CheckpointDescription.to_json` wrote.

    Args:
        text: the JSON.
        where: what to call it in errors.

    Returns:
        The description, and the field ``weights_sha256``: None in the header of the weights
        themselves, which cannot hold their own checksum.

    Raises:
        CheckpointError: it is not a description of this format.
    """
    try:
        values = json.loads(text)
        if values['format'] != FORMAT:
            raise _unreadable(f'format {FORMAT}', f'format {values["format"]}', where)
        height, width = values['input_size']
        description = CheckpointDescription(
            architecture=str(values['architecture']),
            config=dict(values['config']),
            input_size=(int(height), int(width)),
            provenance=Provenance(**values['provenance']),
        )
        return description, values.get('weights_sha256')
    except KeyError as error:
        raise _unreadable('a checkpoint description', f'no field {error}', where) from error
    except (TypeError, ValueError) as error:
        raise _unreadable('a checkpoint description', str(error), where) from error


def _unreadable(expected: str, got: str, where: str) -> CheckpointError:
    return CheckpointError(
        expected=expected,
        got=got,
        where=where,
        remedy='fetch the .json again together with the weights it came with',
    )
