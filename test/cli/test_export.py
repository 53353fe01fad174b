"""What ``mt_depth export`` checks a network with, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mt_depth_ros.cli.export import read_frame
from mt_depth_ros.cli.main import app
from mt_depth_ros.visualization.pictures import write_picture


def test_a_frame_of_files_lies_on_the_grid_as_the_node_lays_it(tmp_path: Path) -> None:
    # From 5 to 3 pixels the middle of pixel 3 comes to lie in (3 + 0.5) * 3 / 5 = 2.1: cell 2.
    depth_m = np.zeros((5, 5), np.float32)
    depth_m[3, 3], depth_m[0, 0], depth_m[0, 1] = 7.0, 9.0, 4.0
    depth_m[2, 2], depth_m[2, 3], depth_m[4, 0] = np.nan, np.inf, -1.0
    np.save(tmp_path / 'sparse.npy', depth_m)
    write_picture(tmp_path / 'image.png', np.zeros((5, 5, 3), np.uint8))
    given = read_frame(tmp_path / 'image.png', tmp_path / 'sparse.npy', (3, 3))
    expected_m = np.array([[4, 0, 0], [0, 0, 0], [0, 0, 7]], np.float32)
    np.testing.assert_array_equal(given.sparse_depth_B1HW[0, 0].numpy(), expected_m)
    np.testing.assert_array_equal(given.validity_B1HW[0, 0].numpy(), expected_m > 0)


@pytest.mark.parametrize(
    ('arguments', 'refused'),
    [
        (('export', '--model', 'mt_depth', '--output', 'F.onnx', '--threads', '0'), '--threads'),
        (('export', '--model', 'mt_depth', '--output', '.'), '--output'),
        # Without images, which are refused next, lest it runs where the folder is not.
        (('benchmark', '--output', '.', '--frames', '0'), '--output'),
    ],
)
def test_options_that_cannot_work_are_refused_before_any_work(
    arguments: tuple[str, ...], refused: str
) -> None:
    result = CliRunner().invoke(app, arguments, env={'TERM': 'dumb'})
    assert result.exit_code == 2, result.output
    assert refused in result.stderr
