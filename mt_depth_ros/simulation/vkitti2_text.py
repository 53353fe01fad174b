"""The text files of Virtual KITTI 2.0.3: poses, boxes, intrinsics, extrinsics, info, colours.

Virtual KITTI's world has x right, y down and z forward, as seen from the start of the drive;
positions of objects are the middle of the bottom of their box, angles are KITTI's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.data.class_colours import CLASS_COLOURS
from mt_depth_ros.simulation.simulated_frame import SimulatedFrame, VisibleInstance

Record: TypeAlias = dict[str, Any]
"""What the text files need of one frame, as JSON."""

VKITTI_WORLD_FROM_WORLD: Matrix = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])

HEADERS = {
    'intrinsic': 'frame cameraID K[0,0] K[1,1] K[0,2] K[1,2]',
    'extrinsic': 'frame cameraID r1,1 r1,2 r1,3 t1 r2,1 r2,2 r2,3 t2 r3,1 r3,2 r3,3 t3 0 0 0 1',
    'pose': (
        'frame cameraID trackID alpha width height length '
        'world_space_X world_space_Y world_space_Z '
        'rotation_world_space_y rotation_world_space_x rotation_world_space_z '
        'camera_space_X camera_space_Y camera_space_Z '
        'rotation_camera_space_y rotation_camera_space_x rotation_camera_space_z'
    ),
    'bbox': (
        'frame cameraID trackID left right top bottom '
        'number_pixels truncation_ratio occupancy_ratio isMoving'
    ),
    'info': 'trackID label model color',
    'colors': 'Category R G B',
}


def frame_record(frame: SimulatedFrame) -> Record:
    """Everything the text files need of a frame."""
    camera = frame.camera
    extrinsic = np.eye(4)
    camera_from_world = frame.camera_from_world
    extrinsic[:3, :3] = camera_from_world.rotation @ VKITTI_WORLD_FROM_WORLD.T
    extrinsic[:3, 3] = camera_from_world.translation_m
    return {
        'intrinsic': [camera.fx, camera.fy, camera.cx, camera.cy],
        'extrinsic': extrinsic.ravel().tolist(),
        'camera_from_lidar': np.vstack(
            [
                np.column_stack(
                    [frame.camera_from_lidar.rotation, frame.camera_from_lidar.translation_m]
                ),
                [0.0, 0.0, 0.0, 1.0],
            ]
        ).tolist(),
        'pose': [_pose_row(thing, extrinsic) for thing in frame.instances],
        'bbox': [_bbox_row(thing) for thing in frame.instances],
        'info': [_info_row(thing) for thing in frame.instances],
    }


def _pose_row(thing: VisibleInstance, camera_from_vkitti_world: Matrix) -> list[Any]:
    position = VKITTI_WORLD_FROM_WORLD @ thing.position_m
    forward = VKITTI_WORLD_FROM_WORLD @ [np.cos(thing.yaw_rad), np.sin(thing.yaw_rad), 0.0]
    rotation = camera_from_vkitti_world[:3, :3]
    in_camera = rotation @ position + camera_from_vkitti_world[:3, 3]
    in_camera_forward = rotation @ forward
    world_turn = np.arctan2(-forward[2], forward[0])
    camera_turn = np.arctan2(-in_camera_forward[2], in_camera_forward[0])
    alpha = _wrapped(camera_turn - np.arctan2(in_camera[0], in_camera[2]))
    width, height, length = thing.world_object.size_m
    numbers = [
        alpha, width, height, length, *position, world_turn, 0.0, 0.0,
        *in_camera, camera_turn, 0.0, 0.0,
    ]  # fmt: skip
    return [thing.track_id, *(float(number) for number in numbers)]


def _bbox_row(thing: VisibleInstance) -> list[Any]:
    return [
        thing.track_id, thing.left, thing.right, thing.top, thing.bottom, thing.pixels,
        thing.truncation, thing.occupancy, str(thing.is_moving),
    ]  # fmt: skip


def _info_row(thing: VisibleInstance) -> list[Any]:
    label = thing.world_object.label
    name = '' if label is None else label.value
    return [thing.track_id, name, thing.world_object.model, thing.world_object.colour]


def _wrapped(angle_rad: float) -> float:
    return float((angle_rad + np.pi) % (2 * np.pi) - np.pi)


def text_files(records: Sequence[Record]) -> dict[str, str]:
    """The contents of every text file of a scene, by name without suffix.

    Args:
        records: of all frames, in order.
    """
    rows: dict[str, list[list[Any]]] = {name: [] for name in HEADERS}
    info: dict[int, list[Any]] = {}
    for index, record in enumerate(records):
        for name in ('intrinsic', 'extrinsic'):
            rows[name].append([index, 0, *record[name]])
        for name in ('pose', 'bbox'):
            rows[name] += [[index, 0, *row] for row in record[name]]
        info.update({row[0]: row for row in record['info']})
    rows['info'] = [info[track_id] for track_id in sorted(info)]
    rows['colors'] = [[c.name, c.red, c.green, c.blue] for c in CLASS_COLOURS]
    return {name: _table(header, rows[name]) for name, header in HEADERS.items()}


def _table(header: str, rows: list[list[Any]]) -> str:
    lines = [' '.join(_text(value) for value in row) for row in rows]
    return '\n'.join([header, *lines]) + '\n'


def _text(value: object) -> str:
    return f'{value:.6f}'.rstrip('0').rstrip('.') if isinstance(value, float) else str(value)
