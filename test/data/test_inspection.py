"""What inspecting a dataset tells."""

from __future__ import annotations

from pathlib import Path
import shutil

import numpy as np
import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.inspection import inspect_dataset
from mt_depth_ros.data.opening import DatasetKind


def test_a_sound_dataset_is_counted(simulated_root: Path) -> None:
    report = inspect_dataset(simulated_root)
    assert report.is_sound
    assert report.kind is DatasetKind.VIRTUAL_KITTI2
    assert (report.num_frames, report.num_read) == (6, 6)
    assert report.frames_of_sequence == {'Scene01/clone/Camera_0': 3, 'Scene01/fog/Camera_0': 3}
    assert report.image_sizes == {(37, 124): 6}
    # 20 of 37 rows are sky, of which four cars hide 6 rows and 20 columns each.
    sky = (20 * 124 - 4 * 6 * 20) / (37 * 124)
    assert report.sky_share.mean == pytest.approx(sky)
    assert report.known_share.lowest == pytest.approx(1 - sky)
    assert report.depth_counts.sum() == round(6 * (1 - sky) * 37 * 124)
    assert report.instances_per_frame.highest == 4.0
    assert report.instance_pixels.tolist() == [220.0] * 5
    assert report.measured_share.mean == pytest.approx(8 / (37 * 124), rel=0.3)
    assert report.in_view_share.mean == 1.0


def test_every_scheme_reports_its_split_or_why_not(simulated_root: Path) -> None:
    splits = {split.scheme: split for split in inspect_dataset(simulated_root).splits}
    assert splits['scene'].sizes == (6, 0, 0)
    assert splits['random80'].sizes == (5, 0, 1)
    assert splits['sgia'].sizes is None
    assert splits['sgia'].problem is not None
    assert 'Scene06' in splits['sgia'].problem


def test_broken_frames_are_named_and_the_others_counted(simulated_root: Path) -> None:
    frames = simulated_root / 'Scene01/fog/frames'
    truncated = frames / 'depth/Camera_0/depth_00001.png'
    truncated.write_bytes(truncated.read_bytes()[:100])
    (frames / 'rgb/Camera_0/rgb_00002.jpg').unlink()
    report = inspect_dataset(simulated_root)
    assert not report.is_sound
    assert report.num_read == 6
    assert sum(report.image_sizes.values()) == 4
    assert [str(broken.identity) for broken in report.broken] == [
        'vkitti2/Scene01/fog/Camera_0/00001',
        'vkitti2/Scene01/fog/Camera_0/00002',
    ]
    assert 'depth_00001.png' in str(report.broken[0].error)
    assert 'rgb_00002.jpg' in str(report.broken[1].error)


def test_progress_is_told_and_a_part_can_be_looked_at(simulated_root: Path) -> None:
    told: list[tuple[int, int]] = []
    report = inspect_dataset(
        simulated_root, max_frames=3, on_frame=lambda done, total: told.append((done, total))
    )
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert (report.num_frames, report.num_read) == (6, 3)


def test_previews_come_from_all_over_the_dataset(simulated_root: Path) -> None:
    report = inspect_dataset(simulated_root, num_previews=2)
    assert [sample.identity.condition for sample in report.previews] == ['clone', 'fog']
    shutil.rmtree(simulated_root / 'Scene01/clone/frames/rgb/Camera_0')
    broken_half = inspect_dataset(simulated_root, num_previews=2)
    assert [sample.identity.condition for sample in broken_half.previews] == ['fog', 'fog']


def test_genuine_scans_have_the_density_the_benchmark_is_known_for(shared_data: Path) -> None:
    report = inspect_dataset(shared_data / 'kitti_object')
    # Two 64-beam scans: 4.0 to 4.5 % of the pixels, 15.5 and 17.6 % of the points in view.
    assert report.measured_share.lowest == pytest.approx(0.040, abs=0.0005)
    assert report.measured_share.highest == pytest.approx(0.0447, abs=0.0005)
    assert report.in_view_share.mean == pytest.approx(0.1654, abs=0.0005)
    assert len(report.broken) == 8
    assert np.isnan(report.instance_pixels).all()


def test_unusable_recordings_are_reported(shared_data: Path) -> None:
    report = inspect_dataset(shared_data / 'rosbag2')
    assert report.num_frames == 8
    assert [Path(error.where).name for error in report.unusable] == ['velodyne_packets']
    assert not report.is_sound


def test_no_dataset_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match='expected one of: Virtual KITTI 2'):
        inspect_dataset(tmp_path)
