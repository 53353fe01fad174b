from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('mujoco', reason="needs the 'sim' extra")

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.simulation.config import CameraConfig, LidarConfig, SimulationConfig
from mt_depth_ros.simulation.object_classes import InstanceLabel, ObjectClass, WorldObject
from mt_depth_ros.simulation.realism import measure_frame
from mt_depth_ros.simulation.scene_simulator import box_corners, SceneSimulator, tracked_objects


def test_lidar_and_depth_agree_on_what_both_see_and_differ_behind_edges(frame) -> None:
    figures = measure_frame(frame)
    assert figures.lidar_error_m < 0.03
    assert 0.001 < figures.see_through_share < 0.1


def test_a_camera_to_the_left_sees_what_the_lidar_behind_it_measures(gl_context) -> None:
    config = SimulationConfig(
        output=Path('unused'),
        seed=3,
        camera=CameraConfig.of_view(320, 200, 85.0, height_m=1.5, yaw_deg=90.0),
        lidar=LidarConfig(above_camera_m=0.4, behind_camera_m=1.2),
    )
    simulator = SceneSimulator(config, 2, ('clone',), gl_context)
    frame = simulator.frame(5)
    simulator.close()
    np.testing.assert_allclose(
        frame.vehicle_from_camera.rotation @ [0, 0, 1], [0, 1, 0], atol=1e-9
    )
    np.testing.assert_allclose(frame.vehicle_from_lidar.translation_m, [-1.2, 0.0, 1.9])
    assert measure_frame(frame).lidar_error_m < 0.05


def test_a_frame_can_be_rendered_again_bit_for_bit(simulator, frame) -> None:
    simulator.frame(30)
    again = simulator.frame(12)
    assert again.depth_m.tobytes() == frame.depth_m.tobytes()
    assert again.instance.tobytes() == frame.instance.tobytes()
    assert again.sweep.points_m.tobytes() == frame.sweep.points_m.tobytes()
    for condition, image in frame.images_rgb.items():
        assert again.images_rgb[condition].tobytes() == image.tobytes()


def test_another_process_would_build_the_same_scene(gl_context, frame) -> None:
    config = SimulationConfig(output=Path('unused'), frames=40, seed=3)
    other = SceneSimulator(config, 2, ('clone', 'fog'), gl_context)
    assert other.frame(12).depth_m.tobytes() == frame.depth_m.tobytes()
    other.close()


def test_twins_share_their_geometry_but_not_their_picture(frame) -> None:
    clone, fog = frame.images_rgb['clone'], frame.images_rgb['fog']
    assert clone.shape == fog.shape == (375, 1242, 3)
    far = np.isfinite(frame.depth_m) & (frame.depth_m > 60)
    assert fog[far].std() < 0.7 * clone[far].std()


def test_every_instance_pixel_belongs_to_a_listed_instance(frame) -> None:
    numbers = set(np.unique(frame.instance).tolist()) - {0}
    assert numbers == {thing.track_id + 1 for thing in frame.instances}
    for thing in frame.instances:
        rows, columns = np.nonzero(frame.instance == thing.track_id + 1)
        assert (columns.min(), columns.max()) == (thing.left, thing.right)
        assert (rows.min(), rows.max()) == (thing.top, thing.bottom)
        assert len(rows) == thing.pixels


def test_vehicles_have_the_class_of_their_label(frame) -> None:
    for thing in frame.instances:
        label = thing.world_object.label
        people = label in (InstanceLabel.PEDESTRIAN, InstanceLabel.CYCLIST)
        expected = ObjectClass.MISC if people else ObjectClass(label.value)
        colours = frame.class_rgb[frame.instance == thing.track_id + 1]
        assert (colours == expected.colour_rgb).all()


def test_instances_appear_where_their_boxes_project(frame) -> None:
    checked = 0
    for thing in frame.instances:
        corners = box_corners(thing.position_m, thing.yaw_rad, thing.world_object.size_m)
        local = frame.camera_from_world.apply(corners.astype(np.float32))
        if local[:, 2].min() < 1.0:
            continue
        u = frame.camera.fx * local[:, 0] / local[:, 2] + frame.camera.cx
        v = frame.camera.fy * local[:, 1] / local[:, 2] + frame.camera.cy
        slack = 3 + 0.12 * (u.max() - u.min())
        assert u.min() - slack < thing.left and thing.right < u.max() + slack
        assert v.min() - slack < thing.top and thing.bottom < v.max() + slack
        checked += 1
    assert checked > 2


def test_a_box_stands_on_its_place() -> None:
    corners = box_corners(np.array([10.0, 5.0, 1.0]), np.pi / 2, (2.0, 1.5, 4.0))
    # Turned to the left by 90 degrees, the length of 4 m lies along y and the width along x.
    assert np.ptp(corners, axis=0) == pytest.approx([2.0, 4.0, 1.5])
    assert corners.mean(axis=0) == pytest.approx([10.0, 5.0, 1.75])
    assert corners[:, 2].min() == 1.0


def test_more_instances_than_eight_bits_tell_apart_are_refused() -> None:
    road = WorldObject(object_class=ObjectClass.ROAD)
    car = WorldObject(object_class=ObjectClass.CAR, label=InstanceLabel.CAR)
    assert tracked_objects([road, *[car] * 255]) == list(range(1, 256))
    with pytest.raises(ConfigError, match='at most 255 vehicles and people, got 256; choose few'):
        tracked_objects([road, *[car] * 256])
