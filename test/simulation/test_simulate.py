from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
import importlib.util
import json
import os
from pathlib import Path
import pickle
import shutil
import signal
import subprocess
import sys
from time import monotonic, sleep

import numpy as np
from PIL import Image
import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.virtual_kitti2 import VirtualKitti2
from mt_depth_ros.simulation.config import DatasetFormat, SimulationConfig
from mt_depth_ros.simulation.simulate import simulate
from mt_depth_ros.simulation.vkitti2_writer import Vkitti2Writer

REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures('gl_context')


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob('*'))
        if path.is_file()
    }


@pytest.fixture(scope='module')
def made(gl_context, tmp_path_factory):
    """A finished dataset in Virtual KITTI 2's layout, and the calls of its progress."""
    from mt_depth_ros.simulation.config import CameraConfig, SimulationConfig

    camera = CameraConfig(width=310, height=94, fx=181.0, fy=181.0, cx=154.5, cy=46.5)
    config = SimulationConfig(
        output=tmp_path_factory.mktemp('made') / 'dataset',
        scenes=1,
        frames=3,
        seed=8,
        conditions=('clone', 'night'),
        camera=camera,
        processes=1,
    )
    calls = []
    summary = simulate(config, lambda done, of: calls.append((done, of)))
    return config, summary, calls


def test_progress_is_told_frame_by_frame(made) -> None:
    _, summary, calls = made
    assert calls == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert (summary.frames, summary.frames_rendered) == (3, 3)
    assert Image.open(summary.contact_sheet).size[1] == 146


def test_the_layout_is_virtual_kitti_2s(made) -> None:
    config, _, _ = made
    for condition in ('clone', 'night'):
        folder = config.output / 'Scene01' / condition
        for path in (
            'frames/rgb/Camera_0/rgb_00002.jpg',
            'frames/depth/Camera_0/depth_00002.png',
            'frames/classSegmentation/Camera_0/classgt_00002.png',
            'frames/instanceSegmentation/Camera_0/instancegt_00002.png',
            'intrinsic.txt', 'extrinsic.txt', 'pose.txt', 'bbox.txt', 'info.txt', 'colors.txt',
        ):  # fmt: skip
            assert (folder / path).is_file(), path
    clone = config.output / 'Scene01/clone'
    depth = Image.open(clone / 'frames/depth/Camera_0/depth_00001.png')
    assert depth.mode in ('I;16', 'I')
    assert np.asarray(depth).max() == 65535
    instances = Image.open(clone / 'frames/instanceSegmentation/Camera_0/instancegt_00001.png')
    assert instances.mode == 'P'
    first = (clone / 'intrinsic.txt').read_text().splitlines()[:2]
    assert first == ['frame cameraID K[0,0] K[1,1] K[0,2] K[1,2]', '0 0 181 181 154.5 46.5']


def test_the_loader_of_the_genuine_dataset_reads_it(made) -> None:
    config, _, _ = made
    dataset = VirtualKitti2(config.output)
    assert len(dataset) == 6
    sample = dataset[1]
    assert sample.image_rgb.shape == (94, 310, 3)
    assert (sample.camera.fx, sample.camera.cy) == (181.0, 46.5)


def test_twins_have_identical_truth(made) -> None:
    config, _, _ = made
    clone, night = (config.output / 'Scene01' / name for name in ('clone', 'night'))
    for kind in ('depth', 'instanceSegmentation', 'classSegmentation', 'lidar'):
        assert contents(clone / 'frames' / kind) == contents(night / 'frames' / kind)
    assert contents(clone / 'frames/rgb') != contents(night / 'frames/rgb')


def test_an_interrupted_run_is_completed_without_redoing_or_spoiling_frames(
    made, tmp_path, monkeypatch
) -> None:
    config = replace(made[0], output=tmp_path / 'dataset')
    write = Vkitti2Writer.write_frame

    def killed_at_the_second_frame(self, frame):
        if frame.index == 1:
            raise KeyboardInterrupt
        write(self, frame)

    monkeypatch.setattr(Vkitti2Writer, 'write_frame', killed_at_the_second_frame)
    with pytest.raises(KeyboardInterrupt):
        simulate(config)
    monkeypatch.undo()
    first = config.output / 'Scene01/clone/frames/depth/Camera_0/depth_00000.png'
    written_at = first.stat().st_mtime_ns
    summary = simulate(config)
    assert summary.frames_rendered == 2
    assert first.stat().st_mtime_ns == written_at
    assert contents(config.output) == contents(made[0].output)


@contextmanager
def started(config: SimulationConfig) -> Iterator[subprocess.Popen[bytes]]:
    """A process that simulates, when its first frame is written."""
    # Guarded, as the workers of a pool import the main module again.
    code = (
        'import pickle, sys; from mt_depth_ros.simulation.simulate import simulate\n'
        "if __name__ == '__main__':\n"
        '    config = pickle.load(sys.stdin.buffer)\n'
        '    simulate(config, lambda done, of: print(done, flush=True))'
    )
    with subprocess.Popen(
        [sys.executable, '-c', code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(pickle.dumps(config))
        process.stdin.close()
        while process.stdout.readline() != b'1\n':
            assert process.poll() is None, 'it ended before its first frame'
        yield process


def test_a_killed_process_leaves_a_dataset_that_a_second_run_completes(made, tmp_path) -> None:
    config = replace(made[0], output=tmp_path / 'dataset')
    with started(config) as process:
        process.kill()
    assert process.returncode == -signal.SIGKILL
    first = config.output / 'Scene01/clone/frames/depth/Camera_0/depth_00000.png'
    written_at = first.stat().st_mtime_ns
    assert 1 <= simulate(config).frames_rendered <= 2
    assert first.stat().st_mtime_ns == written_at
    assert contents(config.output) == contents(made[0].output)


def test_workers_end_with_the_process_that_hands_out_the_work(made, tmp_path) -> None:
    config = replace(made[0], frames=500, processes=2, output=tmp_path / 'dataset')
    with started(config) as process:
        children = Path(f'/proc/{process.pid}/task/{process.pid}/children').read_text().split()
        process.kill()
    folders = [Path('/proc', child) for child in children]
    assert len(folders) >= 2
    deadline = monotonic() + 20
    while any(folder.exists() for folder in folders):
        assert monotonic() < deadline, f'still there: {folders}'
        sleep(0.1)


def test_a_finished_dataset_without_the_parts_of_its_picture_is_complete(made, tmp_path) -> None:
    config = replace(made[0], output=tmp_path / 'dataset')
    shutil.copytree(made[0].output, config.output)
    shutil.rmtree(config.output / '.previews')
    sheet = config.output / 'contact_sheet.png'
    before = sheet.read_bytes()
    assert simulate(config).contact_sheet == sheet
    assert sheet.read_bytes() == before
    sheet.unlink()
    assert simulate(config).contact_sheet is None


def test_a_finished_dataset_is_left_alone(made) -> None:
    config, _, _ = made
    before = contents(config.output)
    assert simulate(config).frames_rendered == 0
    assert contents(config.output) == before


def test_two_processes_make_the_same_dataset_as_one(made, tmp_path) -> None:
    one = replace(made[0], scenes=2, frames=1, conditions=('clone',), output=tmp_path / 'one')
    two = replace(one, processes=2, output=tmp_path / 'two')
    simulate(one)
    calls = []
    simulate(two, lambda done, of: calls.append((done, of)))
    assert calls == [(0, 2), (1, 2), (2, 2)]
    assert contents(one.output) == contents(two.output)


def test_a_folder_with_another_simulation_is_refused_by_what_differs(made) -> None:
    with pytest.raises(DataFileError, match='got one with other seed; choose another output'):
        simulate(replace(made[0], seed=9))


def test_a_record_older_than_a_setting_stands_for_its_default(made, tmp_path) -> None:
    config = replace(made[0], output=tmp_path / 'dataset')
    shutil.copytree(made[0].output, config.output)
    record = config.output / 'simulation.json'
    settings = json.loads(record.read_text())
    del settings['first_scene'], settings['camera']['yaw_deg']
    record.write_text(json.dumps(settings))
    assert simulate(config).frames_rendered == 0
    with pytest.raises(DataFileError, match='got one with other first_scene'):
        simulate(replace(config, first_scene=41))


def test_scenes_can_be_numbered_from_any_number(made, tmp_path) -> None:
    config = replace(
        made[0], first_scene=41, frames=1, conditions=('clone',), output=tmp_path / 'dataset'
    )
    simulate(config)
    [identity] = VirtualKitti2(config.output).identities
    assert str(identity) == 'vkitti2/Scene41/clone/Camera_0/00000'


def test_a_folder_with_other_files_is_refused(made, tmp_path) -> None:
    (tmp_path / 'notes.txt').write_text('mine')
    with pytest.raises(DataFileError, match='expected an empty folder'):
        simulate(replace(made[0], output=tmp_path))


def test_an_output_that_is_a_file_is_refused(made, tmp_path) -> None:
    (tmp_path / 'dataset').write_text('mine')
    with pytest.raises(DataFileError, match='expected a folder, got a file'):
        simulate(replace(made[0], output=tmp_path / 'dataset'))


def test_yolo_labels_outline_the_instances(made, tmp_path) -> None:
    config = replace(
        made[0],
        format=DatasetFormat.YOLO,
        frames=2,
        output=tmp_path / 'yolo',
        conditions=('clone',),
    )
    simulate(config)
    assert (config.output / 'data.yaml').read_text().splitlines()[:4] == [
        'train: images/train', 'val: images/val', 'names:', '  0: Car',
    ]  # fmt: skip
    labels = sorted((config.output / 'labels').rglob('*.txt'))
    images = sorted((config.output / 'images').rglob('*.jpg'))
    assert [path.stem for path in labels] == [path.stem for path in images]
    assert len(labels) == 2
    rows = [line.split() for path in labels for line in path.read_text().splitlines()]
    assert rows
    for row in rows:
        assert 0 <= int(row[0]) < 5 and len(row) % 2 == 1
        assert all(0.0 <= float(value) <= 1.0 for value in row[1:])


def test_ultralytics_reads_the_labels(made, tmp_path) -> None:
    # Importing it here would change Pillow and more for all tests after this one.
    if importlib.util.find_spec('ultralytics') is None:
        pytest.skip("needs the 'yolo' extra")
    config = replace(
        made[0],
        format=DatasetFormat.YOLO,
        frames=2,
        output=tmp_path / 'yolo',
        conditions=('clone',),
    )
    simulate(config)
    script = Path(__file__).parent / 'read_with_ultralytics.py'
    ran = subprocess.run(
        [sys.executable, str(script), str(config.output / 'data.yaml')],
        env=os.environ | {'PYTHONPATH': str(REPOSITORY)},
        check=False, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    read = json.loads(ran.stdout.splitlines()[-1])
    for split in ('train', 'val'):
        (label,) = (config.output / 'labels' / split).glob('*.txt')
        rows = [line.split() for line in label.read_text().splitlines()]
        assert rows
        assert read[split] == [[int(row[0]), len(row) // 2] for row in rows]
    assert read['names'] == ['Car', 'Van', 'Truck', 'Pedestrian', 'Cyclist']


def test_bags_hold_the_sensors_and_the_truth(made, tmp_path) -> None:
    from mt_depth_ros.bag.bag_reader import BagReader

    config = replace(
        made[0],
        format=DatasetFormat.ROSBAG2,
        frames=2,
        output=tmp_path / 'bags',
        conditions=('clone',),
    )
    simulate(config)
    with BagReader(config.output / 'scene01') as bag:
        messages = list(bag.messages())
    topics = {message.topic for message in messages}
    assert topics == {
        '/camera/camera_info', '/camera/image_raw/compressed', '/lidar/points', '/tf',
        '/tf_static', '/ground_truth/depth', '/ground_truth/instances',
    }  # fmt: skip
    clouds = [message.read() for message in messages if message.topic == '/lidar/points']
    assert len(clouds) == 2
    assert [field.name for field in clouds[0].fields] == [
        'x', 'y', 'z', 'intensity', 'ring', 'time',
    ]  # fmt: skip
    assert clouds[0].width > 50_000
