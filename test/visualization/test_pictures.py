from pathlib import Path

import numpy as np
from PIL import Image
import pytest

from mt_depth_ros.visualization.pictures import write_picture


@pytest.mark.parametrize('shape', [(5, 7, 3), (5, 7)], ids=['colour', 'grey'])
def test_another_library_reads_the_same_pixels(tmp_path: Path, shape: tuple[int, ...]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)

    write_picture(tmp_path / 'picture.png', picture)

    with Image.open(tmp_path / 'picture.png') as read:
        np.testing.assert_array_equal(np.asarray(read), picture)


@pytest.mark.parametrize(
    ('name', 'picture'),
    [
        ('picture.jpg', np.zeros((2, 2, 3), np.uint8)),
        ('picture.png', np.zeros((2, 2, 4), np.uint8)),
        ('picture.png', np.zeros((2, 2), np.float32)),
    ],
)
def test_other_names_and_arrays_are_refused(
    tmp_path: Path, name: str, picture: np.ndarray
) -> None:
    with pytest.raises(ValueError, match='expected uint8 of shape'):
        write_picture(tmp_path / name, picture)
