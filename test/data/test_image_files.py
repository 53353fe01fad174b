"""Colour and label images are read whole or refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.image_files import read_colour_image, read_label_image


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (30, 50, 3)).astype(np.uint8)


def test_a_colour_image_comes_red_first(tmp_path: Path) -> None:
    pixels = noise()
    Image.fromarray(pixels).save(tmp_path / 'rgb.png')
    assert np.array_equal(read_colour_image(tmp_path / 'rgb.png'), pixels)


@pytest.mark.parametrize('name', ['rgb.png', 'rgb.jpg'])
def test_a_truncated_image_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    Image.fromarray(noise()).save(path)
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(DataFileError, match=rf'{name}: expected a colour image, got .* bytes\)'):
        read_colour_image(path)


def test_a_damaged_png_is_refused(tmp_path: Path) -> None:
    path = tmp_path / 'rgb.png'
    Image.fromarray(noise()).save(path)
    content = bytearray(path.read_bytes())
    content[200:260] = bytes(60)
    path.write_bytes(content)
    with pytest.raises(DataFileError, match=r'rgb.png: expected a colour image'):
        read_colour_image(path)


def test_a_missing_file_and_a_text_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r'rgb.jpg: .*got no such file'):
        read_colour_image(tmp_path / 'rgb.jpg')
    (tmp_path / 'rgb.jpg').write_text('not an image')
    with pytest.raises(DataFileError, match=r'cannot identify image.*\(12 bytes\)'):
        read_colour_image(tmp_path / 'rgb.jpg')


def test_a_grey_image_is_no_colour_image(tmp_path: Path) -> None:
    Image.fromarray(noise()[..., 0]).save(tmp_path / 'rgb.png')
    with pytest.raises(DataFileError, match='three 8-bit channels, got mode L'):
        read_colour_image(tmp_path / 'rgb.png')


def test_a_paletted_image_gives_numbers_not_colours(tmp_path: Path) -> None:
    numbers = noise()[..., 0]
    image = Image.fromarray(numbers)
    image.putpalette(list(range(256)) * 3)
    image.save(tmp_path / 'instancegt.png')
    with Image.open(tmp_path / 'instancegt.png') as saved:
        assert saved.mode == 'P'
    assert np.array_equal(read_label_image(tmp_path / 'instancegt.png'), numbers)


def test_a_colour_image_is_no_label_image(tmp_path: Path) -> None:
    Image.fromarray(noise()).save(tmp_path / 'instancegt.png')
    with pytest.raises(DataFileError, match='a paletted or grey 8-bit image, got mode RGB'):
        read_label_image(tmp_path / 'instancegt.png')


def test_genuine_instance_ids_are_track_numbers(shared_data: Path) -> None:
    path = next((shared_data / 'vkitti2_format').rglob('instancegt_00001.png'))
    ids = read_label_image(path)
    assert ids.shape == (375, 1242)
    assert len(np.unique(ids)) == 40
    assert ids.max() == 98
