from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.yolo_dataset import open_yolo_dataset, read_true_mask

NAMES = 'names: {0: Car, 1: Van}'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two images to train on and one to validate with, 10x6 pixels."""
    for name in ('train/a', 'train/b', 'val/c'):
        add_image(tmp_path, name, '')
    (tmp_path / 'data.yaml').write_text(f'train: images/train\nval: images/val\n{NAMES}\n')
    return tmp_path


def add_image(root: Path, name: str, label: str, *, size: tuple[int, int] = (6, 10)) -> Path:
    image, text = root / 'images' / f'{name}.png', root / 'labels' / f'{name}.txt'
    for path in (image, text):
        path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(image), np.zeros((*size, 3), np.uint8))
    text.write_text(label)
    return image


def test_a_dataset_is_opened_by_its_folder_or_its_description(root: Path) -> None:
    for path in (root, root / 'data.yaml'):
        dataset = open_yolo_dataset(path)
        assert [image.stem for image in dataset.training] == ['a', 'b']
        assert [image.stem for image in dataset.validation] == ['c']
        assert dataset.class_names == ('Car', 'Van')


def test_it_is_known_whether_all_images_are_equally_large(root: Path) -> None:
    assert open_yolo_dataset(root).has_one_image_size()
    add_image(root, 'train/d', '', size=(6, 12))
    assert not open_yolo_dataset(root).has_one_image_size()


def test_the_true_mask_is_the_union_of_the_polygons(root: Path) -> None:
    # Pixel centres at (1.5, 1.5), (3.5, 1.5), (3.5, 3.5), (1.5, 3.5) of 10x6: 3x3 pixels.
    square = '0 0.15 0.25 0.35 0.25 0.35 0.583333 0.15 0.583333'
    point = '1 0.95 0.083333 0.95 0.083333 0.95 0.083333'
    image = add_image(root, 'train/e', f'{square}\n{point}\n')
    expected = np.zeros((6, 10), bool)
    expected[1:4, 1:4] = expected[0, 9] = True
    np.testing.assert_array_equal(read_true_mask(image, height=6, width=10), expected)


@pytest.mark.parametrize('line', ['0 0.1 0.2', '0 0.1 0.2 0.3 0.4 0.5', '0 a b c d e f'])
def test_a_line_that_is_no_polygon_is_named(root: Path, line: str) -> None:
    image = add_image(root, 'train/e', f'0 0 0 1 0 1 1\n{line}\n')
    with pytest.raises(DataFileError, match=r'e\.txt, line 2: expected a class and at least 3'):
        read_true_mask(image, height=6, width=10)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (f'val: images/val\n{NAMES}', r'expected "train", a folder of images, got None'),
        (f'train: images/gone\nval: images/val\n{NAMES}', r'images/gone: .* got no such folder'),
        ('train: images/train\nval: images/val', r'expected "names"'),
        ('names: [', r'expected a dataset with its data\.yaml'),
        ('3', 'expected train, val and names, got 3'),
    ],
)
def test_a_description_that_says_too_little_is_refused(
    root: Path, content: str, message: str
) -> None:
    (root / 'data.yaml').write_text(content)
    with pytest.raises(DataFileError, match=message):
        open_yolo_dataset(root)


def test_a_folder_that_is_no_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r'data\.yaml, got No such file .*--format yolo'):
        open_yolo_dataset(tmp_path)


def test_images_without_labels_are_named(root: Path) -> None:
    (root / 'labels/train/b.txt').unlink()
    with pytest.raises(DataFileError, match=r'got none for b\.png and 0 others'):
        open_yolo_dataset(root)
