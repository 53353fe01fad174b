"""The classical fills on real scans, scored at points they have not seen."""

from pathlib import Path

import numpy as np
import pytest

from mt_depth_ros.classical.registry import build_classical, DEFAULT_CLASSICAL
from mt_depth_ros.core.completion import CompletedDepth, CompletionInput
from mt_depth_ros.core.projection import grid_pixels, project_scan, rasterize_nearest
from mt_depth_ros.data.calibration_files import read_calibration
from mt_depth_ros.data.image_files import read_colour_image
from mt_depth_ros.data.point_files import read_points
from mt_depth_ros.evaluation.withholding import RingWithholding


class WithheldFrame:
    """A KITTI frame with every fifth elevation band kept out."""

    def __init__(self, folder: Path, frame: str) -> None:
        image_rgb = read_colour_image(folder / f'image_2/{frame}.png')
        size = image_rgb.shape[:2]
        calibration = read_calibration(folder / f'calib/{frame}.txt', image_size=size)
        assert calibration.camera_from_lidar is not None
        scan = read_points(folder / f'velodyne/{frame}.bin').as_scan(stamp_ns=0, frame_id='lidar')
        camera = calibration.camera_model.rectified
        kept, withheld = (
            project_scan(part.points_m, calibration.camera_from_lidar, camera).measurements
            for part in RingWithholding(every=5).split(scan)
        )
        self.given = CompletionInput(
            image_rgb=image_rgb,
            sparse_depth_m=rasterize_nearest(kept, camera, size),
            mask=np.zeros(size, np.float32),
        )
        self.pixel = grid_pixels(withheld, camera, size)
        self.truth_m = withheld.depth_m

    def relative_error(self, completed: CompletedDepth) -> np.ndarray:
        answer_m = completed.depth_m.ravel()[self.pixel]
        return np.abs(answer_m - self.truth_m) / self.truth_m


@pytest.fixture(scope='module', params=['000000', '000001'])
def frame(request: pytest.FixtureRequest, shared_data: Path) -> WithheldFrame:
    return WithheldFrame(shared_data / 'kitti_object', request.param)


def test_the_default_is_within_one_and_a_half_percent_and_better_than_the_others(
    frame: WithheldFrame,
) -> None:
    names = (DEFAULT_CLASSICAL, 'nearest', 'linear', 'ip_basic')
    errors = {
        name: frame.relative_error(build_classical(name).complete(frame.given)) for name in names
    }

    medians = {name: np.median(error) for name, error in errors.items()}
    means = {name: np.mean(error) for name, error in errors.items()}
    assert medians[DEFAULT_CLASSICAL] < 0.015
    assert min(medians, key=medians.__getitem__) == DEFAULT_CLASSICAL
    assert min(means, key=means.__getitem__) == DEFAULT_CLASSICAL


def test_the_uncertainty_covers_about_half_and_about_nine_tenths_of_the_errors(
    frame: WithheldFrame,
) -> None:
    completed = build_classical(DEFAULT_CLASSICAL).complete(frame.given)

    answer_m, scale_m = (
        grid.ravel()[frame.pixel] for grid in (completed.depth_m, completed.uncertainty_m)
    )
    error_m = np.abs(answer_m - frame.truth_m)
    # A Laplace distribution of scale b has its half within b ln 2, nine tenths within b ln 10.
    assert 0.45 < np.mean(error_m <= scale_m * np.log(2)) < 0.80
    assert 0.85 < np.mean(error_m <= scale_m * np.log(10)) < 0.98
