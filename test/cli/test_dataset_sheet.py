"""The contact sheet of an inspected dataset."""

from __future__ import annotations

from pathlib import Path

import pytest

from mt_depth_ros.cli.dataset_sheet import draw_dataset_sheet
from mt_depth_ros.data.inspection import inspect_dataset


def test_scans_are_drawn_beside_the_image(shared_data: Path) -> None:
    report = inspect_dataset(shared_data / 'kitti_object', num_previews=2)
    sheet = draw_dataset_sheet(report.previews)
    # Two frames of 480 pixels by 145, each under a strip of 22; image and measurements.
    assert sheet.shape == (2 * (22 + 145), 2 * 480, 3)
    image, measured = sheet[22:, :480], sheet[22:, 480:]
    assert image.mean() > measured.mean(), 'measurements are drawn on a darkened image'


def test_a_sheet_needs_a_frame() -> None:
    with pytest.raises(ValueError, match='at least one frame'):
        draw_dataset_sheet(())
