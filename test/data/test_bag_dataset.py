"""Recordings as a dataset."""

from __future__ import annotations

from pathlib import Path
import shutil

import numpy as np
import pytest

from mt_depth_ros.bag.sensor_recording import SensorRecording
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.core.matching_config import MatchingConfig
from mt_depth_ros.core.projection import project_scan, rasterize_nearest
from mt_depth_ros.core.transforms import RigidTransform, StampedTransform
from mt_depth_ros.data.azimuth_withholding import AzimuthWithholding
from mt_depth_ros.data.bag_dataset import BagDataset, BagDatasetConfig
from mt_depth_ros.data.broken_frames import ReadableFrames
from mt_depth_ros.data.kitti_object import KittiObject
from mt_depth_ros.data.sparse_patterns import MeasuredPattern
from mt_depth_ros.data.sparse_sampling import draw_for_evaluation, SparseSampling
from mt_depth_ros.evaluation.withholding import RingWithholding

CAMERA = RectifiedCamera(width=40, height=20, fx=30.0, fy=30.0, cx=19.5, cy=9.5)
START_NS = 1_700_000_000_000_000_000
OPTICAL_FROM_LIDAR = RigidTransform(
    np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]]), np.zeros(3)
)


def record(
    path: Path,
    *,
    num_frames: int = 3,
    depth: str = 'scan',
    cloud_delay_ns: int = 3_000_000,
    broken_image: int | None = None,
    image_topic: str = '/camera/image_raw',
    parent_frame: str = 'camera',
) -> Path:
    """Records a wall 10 m away, seen by a camera and a LiDAR or depth sensor in one place."""
    left, up = np.meshgrid(np.linspace(-4, 4, 33), np.linspace(-2, 2, 9))
    points_m = np.stack([np.full(left.size, 10.0), left.ravel(), up.ravel()], axis=1)
    ring = np.repeat(np.arange(9, dtype=np.int32), 33)
    with SensorRecording(path) as bag:
        mounted = StampedTransform(
            parent_frame=parent_frame, child_frame='lidar', transform=OPTICAL_FROM_LIDAR
        )
        bag.write_static_transforms([mounted], receive_time_ns=START_NS)
        for number in range(num_frames):
            stamp_ns = START_NS + 100_000_000 * (number + 1)
            bag.record_camera_info(
                '/camera/camera_info', CAMERA, stamp_ns=stamp_ns, frame_id='camera'
            )
            picture = np.full((20, 40, 3), 10 * number, np.uint8)
            if number == broken_image:
                picture = picture[:15]
            bag.record_image(image_topic, picture, 'rgb8', stamp_ns=stamp_ns, frame_id='camera')
            if depth == 'scan':
                bag.record_scan(
                    '/points',
                    points_m=points_m.astype(np.float32),
                    intensity=np.zeros(len(ring), np.float32),
                    ring=ring,
                    time_s=np.zeros(len(ring), np.float32),
                    stamp_ns=stamp_ns + cloud_delay_ns,
                    frame_id='lidar',
                )
            elif depth == 'image':
                depth_m = np.zeros((20, 40), np.float32)
                depth_m[::3, ::2] = 10.0
                bag.record_depth(
                    '/depth/image',
                    depth_m,
                    stamp_ns=stamp_ns + cloud_delay_ns,
                    frame_id='camera',
                )
    return path


def test_a_recording_is_read_frame_by_frame_in_any_order(tmp_path: Path) -> None:
    dataset = BagDataset(record(tmp_path / 'drive'))
    assert [str(identity) for identity in dataset.identities] == [
        f'bag/drive/real/camera/0000{number}' for number in range(3)
    ]
    for number in (2, 0, 1):
        sample = dataset[number]
        assert (sample.image_rgb == 10 * number).all()
        assert sample.camera.fx == 30.0
        assert sample.scan is not None
        assert len(sample.scan.points_m) == 9 * 33
        assert not sample.known.any(), 'nothing was withheld, so the truth is unknown'


def test_a_folder_of_recordings_is_one_dataset(tmp_path: Path) -> None:
    record(tmp_path / 'first')
    record(tmp_path / 'second', num_frames=2)
    dataset = BagDataset(tmp_path)
    assert len(dataset) == 5
    assert {identity.scene for identity in dataset.identities} == {'first', 'second'}


def test_withheld_rings_become_the_truth(tmp_path: Path) -> None:
    config = BagDatasetConfig(withholding=RingWithholding(every=4))
    sample = BagDataset(record(tmp_path / 'drive'), config)[0]
    assert sample.scan is not None
    assert sample.scan.ring is not None
    assert set(sample.scan.ring.tolist()) == {1, 2, 3, 5, 6, 7}
    # Rings 0, 4 and 8 are 2 m below, level with and 2 m above the camera, 10 m away:
    # v = 9.5 + 30 * 0.2 = 15.5, 9.5 and 3.5, each in the pixel whose range begins there.
    assert np.unique(np.nonzero(sample.known)[0]).tolist() == [4, 10, 16]
    assert (sample.truth_m[sample.known] == 10.0).all()


def test_withheld_directions_become_the_truth(tmp_path: Path) -> None:
    config = BagDatasetConfig(withholding=AzimuthWithholding(every=4, block_deg=5.0))
    sample = BagDataset(record(tmp_path / 'drive'), config)[0]
    drawn = draw_for_evaluation(sample, SparseSampling(pattern=MeasuredPattern()))
    assert drawn.measurements is not None
    seen = rasterize_nearest(drawn.measurements, sample.camera, (20, 40)) > 0
    assert seen.any()
    assert sample.known.any()
    columns = set(np.nonzero(sample.known)[1].tolist())
    assert len(columns & set(np.nonzero(seen)[1].tolist())) <= 2 * 2, 'borders of blocks only'


def test_sparse_depth_images_are_a_depth_source_too(tmp_path: Path) -> None:
    bag = record(tmp_path / 'drive', depth='image')
    whole = BagDataset(bag)[0]
    assert whole.scan is None
    assert whole.measurements is not None
    assert len(whole.measurements) == 7 * 20
    config = BagDatasetConfig(withholding=AzimuthWithholding(every=2, block_deg=10.0))
    split = BagDataset(bag, config)[0]
    assert split.measurements is not None
    assert split.known.any()
    assert len(split.measurements) + split.known.sum() == 7 * 20
    assert np.unique(split.truth_m).tolist() == pytest.approx([0.0, 10.0])


def test_see_through_points_are_left_out_of_the_truth(shared_data: Path) -> None:
    bag = shared_data / 'rosbag2/kitti_object'
    rings = RingWithholding(every=5)
    clean = BagDataset(bag, BagDatasetConfig(withholding=rings))[0]
    every = BagDataset(bag, BagDatasetConfig(withholding=rings, see_through_filter=False))[0]
    removed = every.known & ~clean.known
    assert 10 < removed.sum() < 0.2 * every.known.sum()
    assert np.array_equal(clean.truth_m[clean.known], every.truth_m[clean.known])


def test_the_genuine_recording_gives_what_the_files_give(shared_data: Path) -> None:
    from_bag = BagDataset(shared_data / 'rosbag2/kitti_object')
    from_files = KittiObject(shared_data / 'kitti_object')
    for index in (0, 1):
        bag, files = from_bag[index], from_files[index]
        assert np.array_equal(bag.image_rgb, files.image_rgb)
        assert bag.scan is not None
        assert files.scan is not None
        assert bag.camera_from_lidar is not None
        assert files.camera_from_lidar is not None
        counts = [
            len(project_scan(s.scan.points_m, s.camera_from_lidar, s.camera).measurements)
            for s in (bag, files)
        ]
        assert counts[0] == pytest.approx(counts[1], abs=5)


def test_both_cameras_of_the_genuine_sqlite_recording_are_read(shared_data: Path) -> None:
    dataset = BagDataset(shared_data / 'rosbag2/ddad_like')
    assert [identity.camera for identity in dataset.identities] == [
        *['camera_01'] * 3,
        *['camera_05'] * 3,
    ]
    assert dataset[4].image_rgb.shape == (1216, 1936, 3)


def test_images_without_a_cloud_in_tolerance_are_not_frames(tmp_path: Path) -> None:
    bag = record(tmp_path / 'drive', cloud_delay_ns=25_000_000)
    config = BagDatasetConfig(matching=MatchingConfig(tolerance_ns=20_000_000))
    with pytest.raises(DataFileError, match='within 20 ms, got 3 images without'):
        BagDataset(bag, config)
    assert len(BagDataset(bag)) == 3, 'within the default of 60 ms'


def test_a_broken_message_is_a_broken_frame(tmp_path: Path) -> None:
    dataset = BagDataset(record(tmp_path / 'drive', broken_image=1))
    with pytest.raises(DataFileError, match=r'drive, .*00001: expected an image of 40x20'):
        dataset[1]
    frames = ReadableFrames(dataset, on_broken='skip')
    assert [sample.identity.frame for sample in frames] == [0, 2]


def test_a_missing_transform_is_named(tmp_path: Path) -> None:
    dataset = BagDataset(record(tmp_path / 'drive', parent_frame='elsewhere'))
    with pytest.raises(DataFileError, match="a transform from 'lidar' to 'camera'"):
        dataset[0]


def test_an_unusable_recording_is_fatal_or_left_out(shared_data: Path, tmp_path: Path) -> None:
    record(tmp_path / 'drive')
    shutil.copytree(shared_data / 'rosbag2/velodyne_packets', tmp_path / 'packets')
    with pytest.raises(DataFileError, match='packets: expected a camera image'):
        BagDataset(tmp_path)
    dataset = BagDataset(tmp_path, BagDatasetConfig(on_unusable='skip'))
    assert len(dataset) == 3
    assert [Path(error.where).name for error in dataset.unusable] == ['packets']


def test_a_truncated_recording_is_named(tmp_path: Path) -> None:
    bag = record(tmp_path / 'drive')
    storage = next(bag.glob('*.mcap'))
    storage.write_bytes(storage.read_bytes()[:2000])
    with pytest.raises(DataFileError, match='drive: expected a complete rosbag2 recording'):
        BagDataset(bag)


def test_a_recording_that_changes_under_the_reader_is_named(tmp_path: Path) -> None:
    bag = record(tmp_path / 'drive', num_frames=3)
    dataset = BagDataset(bag)
    shutil.rmtree(bag)
    record(bag, num_frames=1)
    with pytest.raises(DataFileError, match='expected a message of /camera/image_raw with stamp'):
        dataset[2]


def test_rectified_images_are_taken_as_they_are(tmp_path: Path) -> None:
    bag = record(tmp_path / 'drive', image_topic='/camera/image_rect')
    assert (BagDataset(bag)[1].image_rgb == 10).all()


def test_a_folder_without_recordings_and_a_missing_one_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match='a folder of them, got none'):
        BagDataset(tmp_path)
    with pytest.raises(DataFileError, match='got no such folder'):
        BagDataset(tmp_path / 'gone')
