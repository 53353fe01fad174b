from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip('mujoco', reason="needs the 'sim' extra")

from mt_depth_ros.simulation.road import District, Road
from mt_depth_ros.simulation.traffic import MAX_INSTANCES, Motion, resting_place


def test_a_motion_is_a_straight_drive_in_road_coordinates() -> None:
    motion = Motion(station_m=10.0, offset_m=-2.0, speed_mps=5.0, lateral_mps=0.5)
    assert motion.at(2.0) == (20.0, -1.0)


def test_oncoming_traffic_faces_the_other_way() -> None:
    road = Road(np.random.default_rng(1), 80.0, District.RESIDENTIAL)
    ours = resting_place(road, Motion(station_m=0.0, offset_m=-1.5), 0.0)
    oncoming = resting_place(road, Motion(station_m=0.0, offset_m=1.5, yaw_rad=np.pi), 0.0)
    assert oncoming[1] - ours[1] == pytest.approx(np.pi)
    assert oncoming[2] == pytest.approx(-ours[2])


def test_no_scene_has_more_instances_than_a_paletted_image_can_tell(simulator) -> None:
    tracked = [thing for thing in simulator.world.objects if thing.label is not None]
    assert 5 < len(tracked) <= MAX_INSTANCES


def test_nobody_starts_inside_the_car_with_the_sensors(simulator) -> None:
    world = simulator.world
    world.move_to(0.0)
    ego = world.vehicle_pose(0.0).translation_m
    apart = [np.linalg.norm(pose.position_m[:2] - ego[:2]) for pose in world.actor_poses]
    assert min(apart) > 1.5
