from pathlib import Path

import numpy as np
import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.core.projection import project_scan
from mt_depth_ros.data.calibration_files import read_calibration
from mt_depth_ros.data.point_files import read_points


def test_a_kitti_scan_gives_its_positions(tmp_path: Path) -> None:
    np.float32([[1, 2, 3, 0.5], [4, 5, 6, 0]]).tofile(tmp_path / 'scan.bin')

    points = read_points(tmp_path / 'scan.bin')

    np.testing.assert_array_equal(points.points_m, [[1, 2, 3], [4, 5, 6]])
    assert points.ring is None
    assert points.time_s is None


def test_an_archive_gives_the_positions_of_its_array(tmp_path: Path) -> None:
    np.savez(tmp_path / 'scan.npz', data=np.array([[1, 2, 3, 0.5]]))

    points = read_points(tmp_path / 'scan.npz')

    np.testing.assert_array_equal(points.points_m, np.float32([[1, 2, 3]]))


def write_pcd(path: Path, body: str, fields: str = 'x y z ring timestamp') -> None:
    count = len(fields.split())
    path.write_text(
        f'VERSION 0.7\nFIELDS {fields}\nSIZE{" 4" * count}\nTYPE{" F" * count}\n'
        f'WIDTH 2\nHEIGHT 1\nPOINTS 2\nDATA ascii\n{body}\n'
    )


def test_a_pcd_gives_ring_and_time_without_points_that_have_no_position(tmp_path: Path) -> None:
    write_pcd(tmp_path / 'scan.pcd', 'nan nan nan 3 0.1\n1 2 3 4 0.25')

    points = read_points(tmp_path / 'scan.pcd')

    np.testing.assert_array_equal(points.points_m, [[1, 2, 3]])
    assert points.ring is not None
    assert points.time_s is not None
    assert points.ring.tolist() == [4]
    assert points.time_s.tolist() == [0.25]


def test_points_become_a_scan_with_the_given_stamp_and_frame(tmp_path: Path) -> None:
    np.float32([[1, 2, 3, 0.5]]).tofile(tmp_path / 'scan.bin')

    scan = read_points(tmp_path / 'scan.bin').as_scan(stamp_ns=5, frame_id='velodyne')

    assert (scan.stamp_ns, scan.frame_id) == (5, 'velodyne')
    np.testing.assert_array_equal(scan.points_m, [[1, 2, 3]])


def test_a_pcd_without_positions_lists_its_fields(tmp_path: Path) -> None:
    write_pcd(tmp_path / 'scan.pcd', '1 2 3\n4 5 6', fields='x y intensity')

    with pytest.raises(DataFileError, match='expected fields x, y, z, got fields x, y, intensity'):
        read_points(tmp_path / 'scan.pcd')


def test_a_truncated_kitti_scan_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'scan.bin').write_bytes(bytes(30))

    with pytest.raises(DataFileError, match='30 bytes, which is no multiple of 16'):
        read_points(tmp_path / 'scan.bin')


def test_damaged_and_foreign_archives_are_refused(tmp_path: Path) -> None:
    path = tmp_path / 'scan.npz'
    np.savez(path, cloud=np.ones((5, 4)), time=np.ones(2))
    with pytest.raises(DataFileError, match=r"array 'data'.*got cloud, time"):
        read_points(path)
    np.savez(path, data=np.ones((5, 2)))
    with pytest.raises(DataFileError, match=r'got float64 of shape \(5, 2\)'):
        read_points(path)
    np.savez(path, data=np.random.default_rng(0).random((5000, 4)))
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(DataFileError, match=r'scan.npz: expected an \.npz archive'):
        read_points(path)


def test_a_scan_without_points_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'scan.bin').write_bytes(b'')

    with pytest.raises(DataFileError, match='expected points with finite x, y, z, got none'):
        read_points(tmp_path / 'scan.bin')


def test_missing_and_unknown_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match='no such file'):
        read_points(tmp_path / 'none.bin')
    with pytest.raises(DataFileError, match=r'expected one of \.bin, \.npz, \.pcd, got \.las'):
        read_points(tmp_path / 'scan.las')


@pytest.mark.parametrize(
    ('frame', 'size', 'inside'),
    [('000000', (370, 1224), 20_285), ('000001', (375, 1242), 18_630)],
)
def test_known_numbers_of_kitti_points_fall_inside_the_image(
    shared_data: Path, frame: str, size: tuple[int, int], inside: int
) -> None:
    folder = shared_data / 'kitti_object'
    points = read_points(folder / f'velodyne/{frame}.bin')
    calibration = read_calibration(folder / f'calib/{frame}.txt', image_size=size)
    assert calibration.camera_from_lidar is not None

    projected = project_scan(
        points.points_m, calibration.camera_from_lidar, calibration.camera_model.rectified
    )

    assert len(projected.measurements) == inside


def test_a_compressed_pandar_scan_has_its_64_rings_and_a_tenth_of_a_second(
    shared_data: Path,
) -> None:
    points = read_points(shared_data / 'opencalib/distorted_1/calib.pcd')

    assert points.points_m.shape == (101_340, 3)
    assert points.ring is not None
    assert points.time_s is not None
    assert set(points.ring.tolist()) == set(range(64))
    assert np.ptp(points.time_s) == pytest.approx(0.1, abs=0.001)


def test_an_ascii_pandar_scan_and_a_ddad_archive_are_read(shared_data: Path) -> None:
    assert len(read_points(shared_data / 'opencalib/distorted_0/0.pcd').points_m) == 78_238
    lidar = shared_data / 'ddad_like/scene_01/point_cloud/LIDAR'
    assert len(read_points(next(lidar.glob('*40203574.npz'))).points_m) == 40_239
