"""Segmentation datasets in the layout of ultralytics: ``data.yaml``, ``images``, ``labels``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image
import yaml

from mt_depth_ros.core.arrays import BoolImage
from mt_depth_ros.core.errors import DataFileError

DESCRIPTION = 'data.yaml'
IMAGE_SUFFIXES = frozenset({'.jpg', '.jpeg', '.png', '.bmp', '.webp'})


@dataclass(frozen=True, kw_only=True, slots=True)
class YoloDataset:
    """A segmentation dataset on disk.

    Attributes:
        description: its ``data.yaml``.
        class_names: in the order of their numbers.
        training, validation: images, sorted; each has a label file.
    """

    description: Path
    class_names: tuple[str, ...]
    training: tuple[Path, ...]
    validation: tuple[Path, ...]

    @property
    def folders(self) -> tuple[Path, ...]:
        """What it lies in: the folder of its description, and those that hold ``images``."""
        holders = (
            path.parents[path.parent.parts[::-1].index('images') + 1]
            for path in (*self.training, *self.validation)
        )
        return tuple(dict.fromkeys([self.description.parent, *holders]))

    def has_one_image_size(self) -> bool:
        """Whether all training images are equally large; reads their headers only."""
        sizes = set()
        for path in self.training:
            with Image.open(path) as image:
                sizes.add(image.size)
        return len(sizes) == 1


def open_yolo_dataset(path: Path) -> YoloDataset:
    """Opens a dataset and checks that it can be trained on.

    Args:
        path: ``data.yaml``, or the folder that holds it.

    Raises:
        DataFileError: a file or folder is missing, or a split has no image with a label.
    """
    description = path / DESCRIPTION if path.is_dir() else path
    content = _content(description)
    root = description.parent / str(content.get('path') or '.')
    return YoloDataset(
        description=description,
        class_names=_class_names(content, description),
        training=_images(root, content, 'train', description),
        validation=_images(root, content, 'val', description),
    )


def label_path(image: Path) -> Path:
    """The label file of an image: the last folder named ``images`` becomes ``labels``."""
    parts = list(image.parts)
    last = len(parts) - 1 - parts[::-1].index('images')
    parts[last] = 'labels'
    return Path(*parts).with_suffix('.txt')


def read_true_mask(image: Path, *, height: int, width: int) -> BoolImage:
    """The union of all instances of an image, from its polygons.

    Args:
        image: of a :class:`YoloDataset`.
        height: its rows.
        width: its columns.

    Returns:
        (height, width) bool.

    Raises:
        DataFileError: a line of the label file is no polygon.
    """
    path = label_path(image)
    mask = np.zeros((height, width), np.uint8)
    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), start=1):
        try:
            shares = np.array([float(word) for word in line.split()[1:]]).reshape(-1, 2)
        except ValueError:
            shares = np.empty((0, 2))
        if len(shares) < 3:
            raise _broken('a class and at least 3 points', line[:40], f'{path}, line {number}')
        # A polygon's corners are centres of pixels, half a pixel into them.
        corners = np.rint(shares * (width, height) - 0.5).astype(np.int32)
        cv2.fillPoly(mask, [corners], (1.0,))
    return np.asarray(mask > 0, np.bool_)


def _content(description: Path) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(description.read_text(encoding='utf-8'))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        got = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0]
        raise _broken(f'a dataset with its {DESCRIPTION}', str(got), str(description)) from error
    if not isinstance(content, Mapping):
        raise _broken('train, val and names', repr(content)[:60], str(description))
    return content


def _class_names(content: Mapping[str, Any], description: Path) -> tuple[str, ...]:
    given = content.get('names')
    if isinstance(given, Mapping) and sorted(given) == list(range(len(given))):
        given = [given[number] for number in range(len(given))]
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise _broken('"names", numbered from 0', repr(given)[:60], str(description))
    return tuple(str(name) for name in given)


def _images(
    root: Path, content: Mapping[str, Any], split: str, description: Path
) -> tuple[Path, ...]:
    given = content.get(split)
    if not isinstance(given, str):
        raise _broken(f'"{split}", a folder of images', repr(given)[:60], str(description))
    folder = root / given
    if not folder.is_dir() or 'images' not in folder.parts:
        raise _broken(
            f'the folder of "{split}", "images" or below one of that name',
            'another name' if folder.is_dir() else 'no such folder',
            str(folder),
        )
    images = sorted(path for path in folder.rglob('*') if path.suffix.lower() in IMAGE_SUFFIXES)
    without = [path for path in images if not label_path(path).is_file()]
    if not images or without:
        got = (
            f'none for {without[0].name} and {len(without) - 1} others' if without else 'no image'
        )
        raise _broken('images, each with its label file', got, str(folder))
    return tuple(images)


def _broken(expected: str, got: str, where: str) -> DataFileError:
    return DataFileError(
        expected=expected,
        got=got,
        where=where,
        remedy="make a dataset with 'mt_depth simulate --format yolo', or lay yours out like one",
    )
