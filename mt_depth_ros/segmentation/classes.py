"""Which classes of a model count as foreground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mt_depth_ros.core.errors import ConfigError


def chosen_classes(chosen: Sequence[str | int], names: Mapping[int, str]) -> list[int] | None:
    """Class numbers for names or numbers; None for all.

    Args:
        chosen: names or numbers; empty for all.
        names: number -> name of the model's classes.

    Raises:
        ConfigError: the model has no such class.
    """
    ids = {str(name): number for number, name in names.items()}
    ids.update({str(number): number for number in names})
    unknown = [str(wanted) for wanted in chosen if str(wanted) not in ids]
    if unknown:
        raise ConfigError(
            expected=f'classes of the model: {", ".join(names.values())}',
            got=', '.join(unknown),
            where='segmentation classes',
            remedy='name classes of the model, or none for all',
        )
    return [ids[str(wanted)] for wanted in chosen] or None
