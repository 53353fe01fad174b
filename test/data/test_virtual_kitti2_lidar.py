"""The LiDAR scans of simulated data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mt_depth_ros.core.errors import ConfigError, DataFileError
from mt_depth_ros.core.projection import project_scan
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.data.virtual_kitti2 import VirtualKitti2, VirtualKittiSelection
from mt_depth_ros.data.virtual_kitti2_layout import Modality


def scan_path(root: Path) -> Path:
    return root / 'Scene01/clone/frames/lidar/lidar_00000.npz'


def test_a_scan_comes_with_its_rings_and_place(simulated_root: Path) -> None:
    sample = VirtualKitti2(simulated_root)[0]
    assert sample.scan is not None
    assert sample.scan.ring is not None
    assert sample.scan.ring.tolist() == [0, 1] * 4
    assert sample.camera_from_lidar is not None
    seen = project_scan(sample.scan.points_m, sample.camera_from_lidar, sample.camera)
    # 20 m ahead, 1.5 to 4.5 m to the left; 0.8 m below a LiDAR 0.5 m above is 0.3 m below.
    assert seen.measurements.u_px.max() == pytest.approx(61.5 - 72.5 * 1.5 / 20)
    assert seen.measurements.v_px.max() == pytest.approx(18 + 72.5 * 0.3 / 20)
    assert (seen.measurements.depth_m == 20.0).all()


def test_scans_are_left_out_when_not_wanted(simulated_root: Path) -> None:
    selection = VirtualKittiSelection(with_scans=False)
    scan_path(simulated_root).unlink()
    assert VirtualKitti2(simulated_root, selection=selection)[0].scan is None


def test_a_missing_scan_is_named(simulated_root: Path) -> None:
    scan_path(simulated_root).unlink()
    with pytest.raises(DataFileError, match=r'lidar_00000.npz: expected a scan.* got no such'):
        VirtualKitti2(simulated_root)[0]


def test_a_truncated_scan_is_refused(simulated_root: Path) -> None:
    path = scan_path(simulated_root)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(DataFileError, match=r'lidar_00000.npz: expected .*\(300 bytes\)'):
        VirtualKitti2(simulated_root)[0]


@pytest.mark.parametrize(
    ('points_m', 'ring', 'message'),
    [
        (np.zeros((3, 2), np.float32), np.zeros(3), r'float32 \(3, 2\)'),
        (np.zeros((3, 3), np.float64), np.zeros(3), 'float64'),
        (np.zeros((3, 3), np.float32), np.zeros(2), r'ring \(2,\)'),
        (np.zeros((0, 3), np.float32), np.zeros(0), r'\(0, 3\)'),
        (np.full((3, 3), np.nan, np.float32), np.zeros(3), 'not finite'),
    ],
)
def test_a_scan_of_another_shape_is_refused(
    simulated_root: Path, points_m: np.ndarray, ring: np.ndarray, message: str
) -> None:
    np.savez(scan_path(simulated_root), points_m=points_m, ring=ring)
    with pytest.raises(DataFileError, match=message):
        VirtualKitti2(simulated_root)[0]


def test_a_scan_without_points_m_is_refused(simulated_root: Path) -> None:
    np.savez(scan_path(simulated_root), data=np.zeros((3, 4), np.float32))
    with pytest.raises(DataFileError, match='points_m'):
        VirtualKitti2(simulated_root)[0]


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('1 0 0 0\n0 1 0 0\n', 'got 8 numbers'),
        ('a b c', 'could not convert'),
        ('2 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n', 'orthonormal'),
    ],
)
def test_a_transform_that_is_none_is_refused(
    simulated_root: Path, text: str, message: str
) -> None:
    (simulated_root / 'Scene01/clone/lidar_to_camera.txt').write_text(text)
    with pytest.raises(DataFileError, match=message):
        VirtualKitti2(simulated_root)[0]


def test_a_missing_transform_is_named(simulated_root: Path) -> None:
    (simulated_root / 'Scene01/clone/lidar_to_camera.txt').unlink()
    with pytest.raises(DataFileError, match=r'clone/lidar_to_camera.txt: .*no such file'):
        VirtualKitti2(simulated_root)[0]


@pytest.fixture(scope='session')
def rendered(tmp_path_factory: pytest.TempPathFactory) -> DepthSample:
    """A frame that the simulator rendered, read from the files it wrote."""
    pytest.importorskip('mujoco', reason='needs MuJoCo to render')
    from mt_depth_ros.simulation.config import SimulationConfig
    from mt_depth_ros.simulation.simulate import simulate

    root = tmp_path_factory.mktemp('rendered')
    try:
        simulate(SimulationConfig(output=root, scenes=1, frames=1, processes=1))
    except ConfigError as error:
        pytest.skip(f'needs an OpenGL library: {error}')
    return VirtualKitti2(root)[0]


def test_a_rendered_frame_is_read_whole(rendered: DepthSample) -> None:
    assert (rendered.camera.width, rendered.camera.height) == (1242, 375)
    assert rendered.camera.fx == 725.0087
    assert rendered.known.mean() > 0.5
    assert rendered.sky.any()
    assert rendered.instance_ids is not None
    assert rendered.instance_ids.max() > 0
    assert rendered.class_ids is not None
    assert rendered.camera_from_world is not None


def test_a_rendered_scan_agrees_with_the_rendered_depth(rendered: DepthSample) -> None:
    assert rendered.scan is not None
    assert rendered.camera_from_lidar is not None
    seen = project_scan(rendered.scan.points_m, rendered.camera_from_lidar, rendered.camera)
    row = np.clip(np.rint(seen.measurements.v_px), 0, 374).astype(int)
    column = np.clip(np.rint(seen.measurements.u_px), 0, 1241).astype(int)
    difference_m = seen.measurements.depth_m - rendered.truth_m[row, column]
    known = np.isfinite(difference_m)
    assert np.median(np.abs(difference_m[known])) < 0.03
    assert (difference_m[known] > 1.0).mean() > 0.002, 'some points show through foreground'


def test_wanted_scans_that_the_dataset_lacks_are_an_error(shared_data: Path) -> None:
    selection = VirtualKittiSelection(
        modalities=frozenset({Modality.DEPTH}), with_texts=False, with_scans=True
    )
    dataset = VirtualKitti2(shared_data / 'vkitti2_format', selection=selection)
    with pytest.raises(DataFileError, match='expected LiDAR scans for Camera_0, got none'):
        dataset[0]
