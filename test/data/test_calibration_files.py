import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.calibration_files import read_calibration

SIZE = (370, 1224)
# The LiDAR looks along x with z up; the camera along z with y down.
LIDAR_AXES = '0 -1 0 {x} 0 0 -1 {y} 1 0 0 {z}'
KITTI_OBJECT = (
    'P0: 700 0 600 0 0 700 180 0 0 0 1 0\n'
    'P2: 700 0 600 70 0 700 180 0 0 0 1 0\n'
    'R0_rect: 1 0 0 0 1 0 0 0 1\n'
    f'Tr_velo_to_cam: {LIDAR_AXES.format(x=0.0, y=-0.1, z=-0.3)}\n'
)
KITTI_CAMERA = (
    'calib_time: 09-Jan-2012 13:57:47\n'
    'S_rect_02: 1224 370\n'
    'R_rect_00: 1 0 0 0 1 0 0 0 1\n'
    'P_rect_02: 700 0 600 70 0 700 180 0 0 0 1 0\n'
)
KITTI_LIDAR = (
    'calib_time: 15-Mar-2012 11:37:16\nR: 0 -1 0 0 0 -1 1 0 0\nT: 0 -0.1 -0.3\n'
    'delta_f: 0 0\ndelta_c: 0 0\n'
)
OPENCALIB = f'K: 700 0 600 0 700 180 0 0 1\nD: -0.1 0.2 0.001 0.002\nT: {LIDAR_AXES}\n'.format(
    x=0.0, y=-0.1, z=-0.3
)
LENS = [-0.1, 0.2, 0.001, 0.002, 0.0]


def camera_info(**changes: object) -> str:
    document = {
        'image_width': 1224,
        'image_height': 370,
        'camera_name': 'front',
        'camera_matrix': {'rows': 3, 'cols': 3, 'data': [700, 0, 600, 0, 700, 180, 0, 0, 1]},
        'distortion_model': 'plumb_bob',
        'distortion_coefficients': {'rows': 1, 'cols': 5, 'data': LENS},
        'rectification_matrix': {'rows': 3, 'cols': 3, 'data': [1, 0, 0, 0, 1, 0, 0, 0, 1]},
        'projection_matrix': {
            'rows': 3,
            'cols': 4,
            'data': [690, 0, 601, 0, 0, 690, 181, 0, 0, 0, 1, 0],
        },
    }
    return yaml.safe_dump({**document, **changes})


def opencalib_json(folder: Path, target: str = 'front') -> list[Path]:
    matrix = [[0, -1, 0, 0], [0, 0, -1, -0.1], [1, 0, 0, -0.3], [0, 0, 0, 1]]
    intrinsic = {
        'param_type': 'intrinsic',
        'sensor_name': 'front',
        'param': {
            'img_dist_w': 1224,
            'img_dist_h': 370,
            'cam_K': {'data': [[700, 0, 600], [0, 700, 180], [0, 0, 1]]},
            'cam_dist': {'data': [LENS[:4]]},
        },
    }
    extrinsic = {
        'param_type': 'extrinsic',
        'target_sensor_name': target,
        'param': {'sensor_calib': {'data': matrix}},
    }
    paths = [folder / 'camera.json', folder / 'lidar.json']
    paths[0].write_text(json.dumps({'front-intrinsic': intrinsic}))
    paths[1].write_text(json.dumps({'top-to-front-extrinsic': extrinsic}))
    return paths


def written(folder: Path, **texts: str) -> list[Path]:
    paths = [folder / f'{name}.txt' for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text)
    return paths


def test_the_fourth_column_of_kittis_projection_moves_the_camera(tmp_path: Path) -> None:
    calibration = read_calibration(*written(tmp_path, calib=KITTI_OBJECT), image_size=SIZE)

    # inv(K) @ (70, 0, 0) = 0.1 m along x, added to where Tr puts the LiDAR.
    assert calibration.camera_from_lidar is not None
    moved_m = calibration.camera_from_lidar.apply(np.float32([[10, 1, 2]]))
    np.testing.assert_allclose(moved_m, [[-0.9, -2.1, 9.7]], atol=1e-5)
    np.testing.assert_array_equal(
        calibration.camera_model.p, [[700, 0, 600, 0], [0, 700, 180, 0], [0, 0, 1, 0]]
    )
    assert calibration.camera_model.image_size == SIZE
    assert not calibration.camera_model.needs_rectification


def test_kitti_raw_says_the_same_from_two_files_in_any_order_and_from_their_folder(
    tmp_path: Path,
) -> None:
    camera, lidar = written(tmp_path, calib_cam_to_cam=KITTI_CAMERA, calib_velo_to_cam=KITTI_LIDAR)

    for paths in ([camera, lidar], [lidar, camera], [tmp_path]):
        calibration = read_calibration(*paths, image_size=None)
        assert calibration.camera_from_lidar is not None
        moved_m = calibration.camera_from_lidar.apply(np.float32([[10, 1, 2]]))
        np.testing.assert_allclose(moved_m, [[-0.9, -2.1, 9.7]], atol=1e-5)
        assert calibration.camera_model.image_size == SIZE


def test_kitti_raw_without_the_lidars_file_is_a_camera_only(tmp_path: Path) -> None:
    [camera] = written(tmp_path, calib_cam_to_cam=KITTI_CAMERA)

    assert read_calibration(camera, image_size=SIZE).camera_from_lidar is None


def test_nine_numbers_are_intrinsics_row_by_row(tmp_path: Path) -> None:
    text = '700.5 0 600\n0 710 180\n0 0 1'

    calibration = read_calibration(*written(tmp_path, intrinsics=text), image_size=SIZE)

    np.testing.assert_array_equal(
        calibration.camera_model.k, [[700.5, 0, 600], [0, 710, 180], [0, 0, 1]]
    )
    assert calibration.camera_from_lidar is None


def test_a_camera_info_file_gives_the_lens_and_the_rectified_view(tmp_path: Path) -> None:
    calibration = read_calibration(*written(tmp_path, camera=camera_info()), image_size=SIZE)

    model = calibration.camera_model
    assert (model.frame_id, model.distortion_model) == ('front', 'plumb_bob')
    np.testing.assert_array_equal(model.d, LENS)
    assert model.rectified.fx == 690
    assert calibration.camera_from_lidar is None


def test_a_camera_info_file_may_say_where_the_lidar_is(tmp_path: Path) -> None:
    data = [float(word) for word in LIDAR_AXES.format(x=0.5, y=-0.1, z=-0.3).split()]
    text = camera_info(camera_from_lidar={'rows': 3, 'cols': 4, 'data': data})

    calibration = read_calibration(*written(tmp_path, camera=text), image_size=SIZE)

    assert calibration.camera_from_lidar is not None
    np.testing.assert_array_equal(calibration.camera_from_lidar.translation_m, [0.5, -0.1, -0.3])


def test_opencalib_text_and_json_say_the_same(tmp_path: Path) -> None:
    from_text = read_calibration(*written(tmp_path, calib=OPENCALIB), image_size=SIZE)
    from_json = read_calibration(*opencalib_json(tmp_path), image_size=SIZE)

    for calibration in (from_text, from_json):
        assert calibration.camera_model.distortion_model == 'plumb_bob'
        np.testing.assert_array_equal(calibration.camera_model.d, LENS[:4])
        assert calibration.camera_from_lidar is not None
        moved_m = calibration.camera_from_lidar.apply(np.float32([[10, 1, 2]]))
        np.testing.assert_allclose(moved_m, [[-1, -2.1, 9.7]], atol=1e-5)


def test_extrinsics_to_another_camera_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="camera 'front', got extrinsics to 'rear'"):
        read_calibration(*opencalib_json(tmp_path, target='rear'), image_size=SIZE)


@pytest.mark.parametrize('text', [KITTI_CAMERA, camera_info()], ids=['kitti raw', 'camera_info'])
def test_a_calibration_for_another_size_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataFileError, match='image of 1920x1200 pixels, got one for 1224x370'):
        read_calibration(*written(tmp_path, calib=text), image_size=(1200, 1920))


def test_a_calibration_without_a_size_needs_the_images(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match='the size of the image'):
        read_calibration(*written(tmp_path, calib=KITTI_OBJECT), image_size=None)


def test_the_lidars_file_alone_says_what_belongs_to_it(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r'velo_to_cam.txt with KITTI raw calib_cam_to_cam'):
        read_calibration(*written(tmp_path, lidar=KITTI_LIDAR), image_size=SIZE)


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    paths = written(tmp_path, camera=OPENCALIB, lidar=KITTI_LIDAR)
    with pytest.raises(DataFileError, match=r'got OpenCalib text.*, KITTI raw calib_velo'):
        read_calibration(*paths, image_size=SIZE)
    with pytest.raises(DataFileError, match='got no file'):
        read_calibration(image_size=SIZE)


@pytest.mark.parametrize(
    'text',
    ['', 'hello', '1 2 3', '{"a": 1}', '{broken', 'R: 1 0 0 0 1 0 0 0 1\nT: 0 0 0\n', '[1, 2]'],
    ids=['empty', 'prose', 'three numbers', 'json', 'broken json', 'imu', 'list'],
)
def test_an_unknown_file_lists_what_is_supported(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataFileError, match=r'calib.txt: expected one of: KITTI object.*YAML'):
        read_calibration(*written(tmp_path, calib=text), image_size=SIZE)


def test_a_missing_file_and_a_foreign_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r'none.txt: expected a calibration file'):
        read_calibration(tmp_path / 'none.txt', image_size=SIZE)
    with pytest.raises(DataFileError, match=r'a folder with calib_cam_to_cam.txt'):
        read_calibration(tmp_path, image_size=SIZE)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (KITTI_OBJECT.replace('700 0 600 70', '0 0 600 70'), 'focal lengths above 0'),
        (KITTI_OBJECT.replace('R0_rect: 1', 'R0_rect: 1 1'), '9 finite numbers after R0_rect'),
        (KITTI_OBJECT.replace('_cam: 0 -1', '_cam: 3 -1'), 'a rotation and a translation'),
        (OPENCALIB.replace('-0.1 0.2 0.001 0.002', '1 2'), 'coefficients d for plumb_bob'),
        (camera_info(camera_matrix={'data': [1, 2]}), r'3 x 3 numbers in camera_matrix\.data'),
        (camera_info(projection_matrix=None), r'3 x 4 numbers in projection_matrix\.data'),
        (camera_info(image_width='wide'), 'a whole number in image_width'),
        (camera_info(distortion_model='fov'), "got 'fov'"),
    ],
)
def test_unusable_numbers_are_refused_with_the_file(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(DataFileError, match=rf'calib.txt: .*{message}'):
        read_calibration(*written(tmp_path, calib=text), image_size=SIZE)


def test_incomplete_json_is_refused(tmp_path: Path) -> None:
    paths = opencalib_json(tmp_path)
    paths[0].write_text(json.dumps({'front': {'param_type': 'intrinsic', 'param': {}}}))

    with pytest.raises(DataFileError, match=r'camera.json: expected img_dist_w.*KeyError'):
        read_calibration(*paths, image_size=SIZE)


def test_real_files_of_every_kind_are_read(shared_data: Path) -> None:
    opencalib = shared_data / 'opencalib'
    for paths, size in (
        ([shared_data / 'kitti_object/calib/000000.txt'], (370, 1224)),
        ([shared_data / 'kitti_raw/2011_09_26'], (375, 1242)),
        ([opencalib / 'distorted_1/calib.txt'], (1200, 1920)),
        (sorted((opencalib / 'distorted_0').glob('*.json')), (1080, 1920)),
    ):
        calibration = read_calibration(*paths, image_size=size)
        assert calibration.camera_from_lidar is not None
        # All three LiDARs sit within a metre of their camera.
        assert np.linalg.norm(calibration.camera_from_lidar.translation_m) < 1.0


def test_the_real_calibration_of_another_size_is_reported(shared_data: Path) -> None:
    paths = sorted((shared_data / 'opencalib/distorted_0').glob('*.json'))

    with pytest.raises(DataFileError, match='1920x1200 pixels, got one for 1920x1080; use the'):
        read_calibration(*paths, image_size=(1200, 1920))
