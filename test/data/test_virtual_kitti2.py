"""Genuine, simulated and hand-made Virtual KITTI 2 through one loader, whole or in pieces."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
import pickle
import shutil

import numpy as np
from PIL import Image
import pytest

from mt_depth_ros.core.errors import ConfigError, DataFileError
from mt_depth_ros.data.broken_frames import ReadableFrames
from mt_depth_ros.data.class_colours import class_id
from mt_depth_ros.data.virtual_kitti2 import Modality, VirtualKitti2, VirtualKittiSelection


@dataclass
class Source:
    """A dataset and what was counted in it by hand."""

    root: Path
    condition: str
    size: tuple[int, int]
    nearest_m: float
    sky_share: float
    instances: int
    largest_instance: int
    car_pixels: int


@pytest.fixture(scope='module')
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two frames that the simulator rendered and wrote."""
    pytest.importorskip('mujoco', reason="needs the 'sim' extra")
    from mt_depth_ros.simulation.config import CameraConfig, SimulationConfig
    from mt_depth_ros.simulation.simulate import simulate

    root = tmp_path_factory.mktemp('simulated')
    camera = CameraConfig(width=310, height=94, fx=181.0, fy=181.0, cx=154.5, cy=46.5)
    try:
        simulate(
            SimulationConfig(output=root, scenes=1, frames=2, seed=8, camera=camera, processes=1)
        )
    except ConfigError as error:
        pytest.skip(str(error))
    return root


def counted(root: Path) -> Source:
    """Counts in the first frame's files, without the loader."""
    frames = root / 'Scene01/clone/frames'
    names = ('depth/Camera_0/depth', 'instanceSegmentation/Camera_0/instancegt',
             'classSegmentation/Camera_0/classgt')  # fmt: skip
    depth_cm, ids, colours = (
        np.asarray(Image.open(frames / f'{name}_00000.png')).astype(int) for name in names
    )
    numbers = np.unique(ids[ids > 0])
    car = (colours == (255, 127, 80)).all(axis=2).sum()
    sky = (depth_cm == 65535).mean()
    nearest_m = depth_cm.min() / 100
    return Source(root, 'clone', (94, 310), nearest_m, sky, len(numbers), numbers.max(), car)


@pytest.fixture(params=['genuine', 'simulated', 'hand-made'])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    if request.param == 'simulated':
        copy = tmp_path / 'simulated_copy'
        shutil.copytree(request.getfixturevalue('rendered'), copy)
        return counted(copy)
    if request.param == 'genuine':
        # The one genuine frame of each kind; depth is of frame 0, the others of frame 1.
        root = request.getfixturevalue('shared_data') / 'vkitti2_format'
        return Source(root, 'morning', (375, 1242), 3.94, 0.13901, 39, 98, 93090)
    # 20 rows of sky, 4 x 6 x 20 pixels of it hidden by cars; 4 x 11 x 20 car pixels.
    root = request.getfixturevalue('simulated_root')
    share = (20 * 124 - 4 * 6 * 20) / (37 * 124)
    return Source(root, 'clone', (37, 124), 6.44, share, 4, 4, 880)


def read_only(source: Source, modality: Modality) -> VirtualKitti2:
    selection = VirtualKittiSelection(
        modalities=frozenset({modality}),
        with_texts='simulated' in str(source.root),
        conditions=(source.condition,),
    )
    return VirtualKitti2(source.root, selection=selection)


def test_depth_is_metres_with_an_infinite_sky(source: Source) -> None:
    sample = read_only(source, Modality.DEPTH)[0]
    assert str(sample.identity) == f'vkitti2/Scene01/{source.condition}/Camera_0/00000'
    assert sample.truth_m.shape == source.size
    assert sample.truth_m.min() == pytest.approx(source.nearest_m, abs=1e-4)
    assert sample.sky.mean() == pytest.approx(source.sky_share, abs=1e-5)
    assert np.array_equal(sample.known, ~sample.sky), 'every pixel has a depth or is sky'
    assert not sample.image_rgb.any(), 'without colour the picture is black'


def test_instances_are_track_numbers_not_palette_colours(source: Source) -> None:
    sample = read_only(source, Modality.INSTANCES)[0]
    assert sample.instance_ids is not None
    assert sample.instance_ids.shape == source.size
    numbers = np.unique(sample.instance_ids)
    assert numbers[0] == 0
    assert len(numbers) == source.instances + 1
    assert numbers[-1] == source.largest_instance


def test_classes_are_told_by_their_colours(source: Source) -> None:
    sample = read_only(source, Modality.CLASSES)[0]
    assert sample.class_ids is not None
    assert np.count_nonzero(sample.class_ids == class_id('Car')) == source.car_pixels
    assert not (sample.truth_m > 0).any(), 'without depth the truth is unknown'


def test_colour_is_red_first(source: Source) -> None:
    sample = read_only(source, Modality.COLOUR)[0]
    assert sample.image_rgb.shape == (*source.size, 3)
    middle_column = source.size[1] // 2
    red, _, blue = sample.image_rgb[2, :middle_column].reshape(-1, 3).mean(axis=0)
    assert blue > red, 'the top of each picture shows sky or what it lights'


def test_the_camera_has_the_genuine_or_the_written_intrinsics(source: Source) -> None:
    camera = read_only(source, Modality.DEPTH)[0].camera
    scale = source.size[1] / 1242
    assert (camera.height, camera.width) == source.size
    assert camera.fx == pytest.approx(725.0087 * scale, rel=0.002)
    assert camera.cx == (source.size[1] - 1) / 2


def test_a_frame_with_a_missing_file_names_it(source: Source) -> None:
    if 'simulated' in str(source.root):
        (source.root / 'Scene01/clone/frames/depth/Camera_0/depth_00001.png').unlink()
    selection = VirtualKittiSelection(
        modalities=frozenset({Modality.DEPTH, Modality.INSTANCES}),
        with_texts='simulated' in str(source.root),
        conditions=(source.condition,),
    )
    dataset = VirtualKitti2(source.root, selection=selection)
    with pytest.raises(DataFileError, match=r'expected 2 files, got 1 missing: .*depth_00001.png'):
        dataset[1]


def test_a_whole_simulated_frame_is_read(simulated_root: Path) -> None:
    dataset = VirtualKitti2(simulated_root)
    assert len(dataset) == 6
    sample = dataset[5]
    assert str(sample.identity) == 'vkitti2/Scene01/fog/Camera_0/00002'
    assert sample.identity == dataset.identities[5]
    assert sample.camera_from_world is not None
    assert sample.camera_from_world.translation_m.tolist() == [0.0, 0.0, -1.0]
    assert sample.instance_ids is not None
    assert np.unique(sample.truth_m[sample.instance_ids == 2]).tolist() == [20.0]


@pytest.mark.parametrize(
    'selection',
    [
        VirtualKittiSelection(conditions=('fog',)),
        VirtualKittiSelection(scenes=('Scene01',), conditions=('fog',), cameras=None),
    ],
)
def test_scenes_conditions_and_cameras_are_selected(
    simulated_root: Path, selection: VirtualKittiSelection
) -> None:
    dataset = VirtualKitti2(simulated_root, selection=selection)
    assert {identity.condition for identity in dataset.identities} == {'fog'}
    assert len(dataset) == 3


def test_the_folders_of_the_archives_may_lie_side_by_side(
    simulated_root: Path, tmp_path: Path
) -> None:
    apart = tmp_path / 'apart'
    for condition in ('clone', 'fog'):
        base = simulated_root / 'Scene01' / condition
        for modality in Modality:
            target = apart / f'vkitti_2.0.3_{modality.value}' / 'Scene01' / condition / 'frames'
            target.mkdir(parents=True)
            shutil.move(base / 'frames' / modality.value, target / modality.value)
        texts = apart / 'vkitti_2.0.3_textgt' / 'Scene01' / condition
        texts.mkdir(parents=True)
        for path in base.glob('*.txt'):
            shutil.move(path, texts / path.name)
    together = VirtualKitti2(apart)
    assert len(together) == 6
    assert together[0].class_ids is not None
    assert len(VirtualKitti2(*sorted(apart.iterdir()))) == 6, 'or be given one by one'


def test_the_case_of_label_folders_does_not_matter(simulated_root: Path) -> None:
    frames = simulated_root / 'Scene01/clone/frames'
    (frames / 'classSegmentation').rename(frames / 'classsegmentation')
    (frames / 'instanceSegmentation').rename(frames / 'InstanceSegmentation')
    assert VirtualKitti2(simulated_root)[0].class_ids is not None


def test_a_missing_modality_is_named_before_anything_is_read(simulated_root: Path) -> None:
    for condition in ('clone', 'fog'):
        shutil.rmtree(simulated_root / f'Scene01/{condition}/frames/instanceSegmentation')
    with pytest.raises(DataFileError, match='expected instanceSegmentation images, got none'):
        VirtualKitti2(simulated_root)


def test_missing_texts_are_named(simulated_root: Path) -> None:
    (simulated_root / 'Scene01/clone/intrinsic.txt').unlink()
    dataset = VirtualKitti2(simulated_root)
    with pytest.raises(DataFileError, match=r'expected Scene01/clone/intrinsic.txt, got no such'):
        dataset[0]
    assert dataset[3].identity.condition == 'fog'


@pytest.mark.parametrize('name', ['extrinsic.txt', 'pose.txt'])
def test_a_missing_text_file_is_named(simulated_root: Path, name: str) -> None:
    (simulated_root / 'Scene01/clone' / name).unlink()
    with pytest.raises(DataFileError, match=rf'clone/{name}: .*FileNotFoundError'):
        VirtualKitti2(simulated_root)[0]


def test_a_frame_without_a_row_in_the_texts_is_named(simulated_root: Path) -> None:
    path = simulated_root / 'Scene01/clone/intrinsic.txt'
    path.write_text('\n'.join(path.read_text().splitlines()[:3]) + '\n')
    with pytest.raises(DataFileError, match=r'intrinsic.txt: expected a row for frame 1 and came'):
        VirtualKitti2(simulated_root)[1]


def test_a_folder_without_scenes_and_a_missing_one_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r'expected folders Scene01, .* got none'):
        VirtualKitti2(tmp_path)
    with pytest.raises(DataFileError, match='got no such folder'):
        VirtualKitti2(tmp_path / 'gone')


def test_a_selection_that_does_not_exist_is_an_error(simulated_root: Path) -> None:
    with pytest.raises(DataFileError, match=r'got none \(there is Scene01/clone, Scene01/fog'):
        VirtualKitti2(simulated_root, selection=VirtualKittiSelection(scenes=('Scene02',)))


def test_two_roots_with_the_same_file_are_an_error(simulated_root: Path, tmp_path: Path) -> None:
    shutil.copytree(simulated_root, tmp_path / 'copy')
    with pytest.raises(DataFileError, match=r'expected one .* file of frame .*, got two'):
        VirtualKitti2(simulated_root, tmp_path / 'copy')


def depth_path(root: Path, frame: int = 1) -> Path:
    return root / f'Scene01/clone/frames/depth/Camera_0/depth_{frame:05d}.png'


def test_a_truncated_depth_file_is_refused(simulated_root: Path) -> None:
    path = depth_path(simulated_root)
    path.write_bytes(path.read_bytes()[:150])
    with pytest.raises(DataFileError, match=r'depth_00001.png: expected a 16-bit grey PNG'):
        VirtualKitti2(simulated_root)[1]


def test_an_8_bit_depth_file_is_refused(simulated_root: Path) -> None:
    Image.fromarray(np.zeros((37, 124), np.uint8)).save(depth_path(simulated_root))
    with pytest.raises(DataFileError, match=r'depth_00001.png: expected a 16-bit grey PNG, got'):
        VirtualKitti2(simulated_root)[1]


def test_images_of_different_sizes_are_refused(simulated_root: Path) -> None:
    path = depth_path(simulated_root)
    with Image.open(path) as image:
        resized = image.resize((62, 18), Image.Resampling.NEAREST)
    resized.save(path)
    with pytest.raises(DataFileError, match=r'images of one size, .*depth_00001.png: 62x18'):
        VirtualKitti2(simulated_root)[1]


@pytest.mark.parametrize(
    ('factor', 'unit'), [(10.0, 'millimetres'), (2.56, "KITTI's 1/256 m"), (0.01, 'metres')]
)
def test_depth_in_another_unit_is_refused(simulated_root: Path, factor: float, unit: str) -> None:
    path = depth_path(simulated_root)
    with Image.open(path) as image:
        code = np.asarray(image)
    scaled = np.where(code == 65535, 65535, np.minimum(np.rint(code * factor), 65534))
    Image.fromarray(scaled.astype(np.uint16)).save(path)
    dataset = VirtualKitti2(simulated_root)
    with pytest.raises(DataFileError, match=r'depth_00001.png: .*uint16 centimetres'):
        dataset[1]
    assert len(list(ReadableFrames(dataset, on_broken='skip'))) == 5, unit


def test_depth_of_nothing_but_sky_is_refused(simulated_root: Path) -> None:
    Image.fromarray(np.full((37, 124), 65535, np.uint16)).save(depth_path(simulated_root))
    with pytest.raises(DataFileError, match=r'depth_00001.png: expected its nearest percent'):
        VirtualKitti2(simulated_root)[1]


def test_other_sizes_need_their_intrinsics(simulated_root: Path) -> None:
    selection = VirtualKittiSelection(with_texts=False)
    dataset = VirtualKitti2(simulated_root, selection=selection)
    with pytest.raises(DataFileError, match='images of 1242x375 pixels, or text files'):
        dataset[0]


def test_a_dataset_can_be_sent_to_another_process(simulated_root: Path) -> None:
    dataset = VirtualKitti2(simulated_root)
    dataset[0]
    again = pickle.loads(pickle.dumps(dataset))
    assert again.identities == dataset.identities
    assert np.array_equal(again[4].truth_m, dataset[4].truth_m)


def test_the_second_camera_has_its_own_pose(simulated_root: Path) -> None:
    for modality in Modality:
        folder = simulated_root / 'Scene01/clone/frames' / modality.value
        shutil.copytree(folder / 'Camera_0', folder / 'Camera_1')
    selection = VirtualKittiSelection(cameras=('Camera_1',), conditions=('clone',))
    sample = VirtualKitti2(simulated_root, selection=selection)[0]
    assert sample.camera_from_world is not None
    assert sample.camera_from_world.translation_m.tolist() == [-1.0, 0.0, 0.0]
