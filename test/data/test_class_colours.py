"""The colours of the classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.class_colours import CLASS_COLOURS, class_id, class_ids_from_colours
from mt_depth_ros.data.image_files import read_colour_image


def test_every_colour_stands_for_its_own_class() -> None:
    image = np.array([[(c.red, c.green, c.blue) for c in CLASS_COLOURS]], np.uint8)
    ids = class_ids_from_colours(image, where='classgt.png')
    assert ids.dtype == np.uint8
    assert ids.tolist() == [list(range(15))]
    assert CLASS_COLOURS[class_id('Car')].name == 'Car'


def test_another_colour_is_named_with_its_place() -> None:
    image = np.zeros((2, 3, 3), np.uint8)
    image[1, 2] = (255, 127, 81)  # one grey level off Car
    with pytest.raises(DataFileError, match=r'1 other pixels.*\(255, 127, 81\) at row 1, column'):
        class_ids_from_colours(image, where='classgt.png')


def test_a_genuine_class_image_is_counted_right(shared_data: Path) -> None:
    path = next((shared_data / 'vkitti2_format').rglob('classgt_00001.png'))
    ids = class_ids_from_colours(read_colour_image(path), where=str(path))
    assert np.count_nonzero(ids == class_id('Car')) == 93090
    assert np.count_nonzero(ids == class_id('Sky')) == 64161
    assert np.count_nonzero(ids == class_id('Truck')) == 1
    assert np.count_nonzero(ids == class_id('Undefined')) == 0
