from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.core.errors import TransformError
from mt_depth_ros.core.transform_tree import TransformTree
from mt_depth_ros.core.transforms import RigidTransform, StampedTransform


def shift(x: float) -> RigidTransform:
    return RigidTransform(np.eye(3), np.array([x, 0.0, 0.0]))


def link(parent: str, child: str, transform: RigidTransform) -> StampedTransform:
    return StampedTransform(parent_frame=parent, child_frame=child, transform=transform)


def test_a_lookup_follows_a_chain_in_both_directions() -> None:
    tree = TransformTree()
    tree.set(link('base', 'mast', shift(1.0)))
    tree.set(link('mast', 'lidar', shift(0.5)))
    tree.set(link('base', 'camera', shift(0.2)))
    # The LiDAR's origin is 1.5 m from the base, the camera's 0.2 m.
    assert tree.lookup('camera', 'lidar').translation_m[0] == pytest.approx(1.3)
    assert tree.lookup('lidar', 'camera').translation_m[0] == pytest.approx(-1.3)
    assert tree.lookup('base', 'lidar').translation_m[0] == pytest.approx(1.5)
    assert tree.lookup('lidar', 'base').translation_m[0] == pytest.approx(-1.5)


def test_a_frame_is_at_itself_even_when_unknown() -> None:
    np.testing.assert_array_equal(TransformTree().lookup('camera', 'camera').rotation, np.eye(3))


def test_leading_slashes_of_frame_names_are_ignored() -> None:
    tree = TransformTree()
    tree.set(link('/velodyne', 'camera', shift(3.0)))
    assert tree.lookup('/camera', 'velodyne').translation_m[0] == -3.0
    assert tree.frames == ('camera', 'velodyne')


def test_a_later_transform_replaces_the_one_before() -> None:
    tree = TransformTree()
    tree.set(link('base', 'camera', shift(1.0)))
    tree.set(link('base', 'camera', shift(2.0)))
    assert tree.lookup('base', 'camera').translation_m[0] == 2.0


def test_a_missing_transform_is_named_with_the_frames_known() -> None:
    tree = TransformTree()
    tree.set(link('base', 'camera', shift(1.0)))
    with pytest.raises(
        TransformError, match=r"from 'lidar' to 'camera', got frames base, camera, which"
    ) as caught:
        tree.lookup('camera', 'lidar')
    assert caught.value.reason == 'missing_transform'
    assert 'static_transforms' in caught.value.remedy
    with pytest.raises(TransformError, match='got frames none'):
        TransformTree().lookup('camera', 'lidar')


def test_a_loop_of_frames_is_named_instead_of_followed() -> None:
    tree = TransformTree()
    tree.set(link('a', 'b', shift(1.0)))
    tree.set(link('b', 'a', shift(1.0)))
    with pytest.raises(TransformError, match='loop through a, b'):
        tree.lookup('a', 'c')


@pytest.mark.parametrize(('parent', 'child'), [('a', '/a'), ('', 'a'), ('a', '/')])
def test_a_frame_without_a_name_or_of_its_own_is_refused(parent: str, child: str) -> None:
    with pytest.raises(TransformError, match='two different, named frames'):
        TransformTree().set(link(parent, child, shift(1.0)))


def test_no_later_transform_replaces_one_by_hand() -> None:
    tree = TransformTree([link('base', 'camera', shift(1.0))])
    tree.set(link('mast', '/camera', shift(2.0)))
    tree.set(link('base', 'lidar', shift(3.0)))
    assert tree.lookup('base', 'camera').translation_m[0] == 1.0
    assert tree.lookup('base', 'lidar').translation_m[0] == 3.0


@pytest.mark.parametrize('order', [(0, 1), (1, 0)])
def test_recorded_transforms_the_other_way_round_close_no_loop(order: tuple[int, int]) -> None:
    tree = TransformTree([link('camera', 'lidar', shift(1.0))])
    recorded = (link('lidar', 'mount', shift(5.0)), link('mount', 'camera', shift(5.0)))
    for place in order:
        tree.set(recorded[place])
    assert tree.lookup('camera', 'lidar').translation_m[0] == 1.0
    tree = TransformTree([link('camera', 'lidar', shift(1.0))])
    tree.set(link('lidar', 'camera', shift(5.0)))
    assert tree.lookup('lidar', 'camera').translation_m[0] == -1.0
