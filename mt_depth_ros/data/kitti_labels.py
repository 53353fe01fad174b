"""Object labels of KITTI: ``label_2/000000.txt``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mt_depth_ros.core.errors import DataFileError

_FIELDS = 15
NOTHING_TO_FIND = 'DontCare'


@dataclass(frozen=True, kw_only=True, slots=True)
class KittiLabel:
    """One labelled object.

    Attributes:
        name: its class: Car, Van, Truck, Pedestrian, Person_sitting, Cyclist, Tram or Misc.
        box_px: left, top, right, bottom in the image; pixel centres are whole numbers.
    """

    name: str
    box_px: tuple[float, float, float, float]


def read_kitti_labels(path: Path) -> tuple[KittiLabel, ...]:
    """Reads the labelled objects of an image, less the regions that are not labelled.

    Raises:
        DataFileError: the file is missing or a line is no label.
    """
    try:
        lines = path.read_text(encoding='utf-8').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _broken(str(error), str(path)) from error
    labels = []
    for number, line in enumerate(lines, start=1):
        words = line.split()
        try:
            left, top, right, bottom = (float(word) for word in words[4:8])
        except ValueError as error:
            raise _broken(line[:40], f'{path}, line {number}') from error
        if len(words) < _FIELDS:
            raise _broken(f'{len(words)} fields', f'{path}, line {number}')
        if words[0] != NOTHING_TO_FIND:
            labels.append(KittiLabel(name=words[0], box_px=(left, top, right, bottom)))
    return tuple(labels)


def _broken(got: str, where: str) -> DataFileError:
    return DataFileError(
        expected=f'lines of {_FIELDS} fields, a class and its box among them',
        got=got,
        where=where,
        remedy='restore the file from its source',
    )
