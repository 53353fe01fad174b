from __future__ import annotations

from dataclasses import replace
from pathlib import Path
import re

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.bag_writer import BagWriter
from mt_depth_ros.cli.check_calibration import check_calibration
from mt_depth_ros.core.transforms import parse_static_transform, RigidTransform, StampedTransform
from mt_depth_ros.messages.transform_codec import decode_transforms
from mt_depth_ros.simulation.analytic_drive import DriveConfig, write_analytic_drive

APP = typer.Typer()
APP.command()(check_calibration)
POINTS = ['--points', '/lidar/points']


@pytest.fixture(scope='module')
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('drive') / 'bag'
    config = DriveConfig(
        num_frames=10, width=480, height=160, focal_px=300.0, lidar_lead_ns=0, with_truth=False
    )
    write_analytic_drive(folder, config)
    return folder


def with_camera_turned(drive: Path, copy: Path, yaw_deg: float) -> StampedTransform:
    """Writes the drive again with another extrinsic; returns the one it was recorded with."""
    turn = RigidTransform(cv2.Rodrigues(np.radians([0.0, yaw_deg, 0.0]))[0], np.zeros(3))
    recorded = None
    with BagReader(drive) as reader, BagWriter(copy) as writer:
        for message in reader.messages():
            if message.topic != '/tf_static':
                writer.copy(message)
                continue
            (recorded,) = decode_transforms(message.read(), where='/tf_static')
            turned = replace(recorded, transform=recorded.transform @ turn)
            writer.write_static_transforms([turned], receive_time_ns=message.receive_time_ns)
    assert recorded is not None
    return recorded


def test_a_right_calibration_ends_well(drive: Path) -> None:
    result = CliRunner().invoke(APP, [str(drive), *POINTS])
    assert result.exit_code == 0, result.output
    assert 'camera: the extrinsic looks right' in result.output
    assert 'from 9 samples' in result.output


def test_a_turned_camera_ends_with_code_3_and_the_extrinsic_to_use(
    drive: Path, tmp_path: Path
) -> None:
    recorded = with_camera_turned(drive, tmp_path / 'turned', yaw_deg=2.0)
    result = CliRunner().invoke(APP, [str(tmp_path / 'turned'), *POINTS])
    assert result.exit_code == 3, result.output
    # A camera said to look further right than it does sees everything further left.
    assert 'too far left (yaw)' in result.output
    found = re.search(r"static_transforms: '([^']+)'", result.output)
    assert found is not None
    corrected = parse_static_transform(found[1])
    assert (corrected.parent_frame, corrected.child_frame) == ('camera_optical', 'lidar')
    apart = corrected.transform.rotation @ recorded.transform.rotation
    assert np.degrees(np.linalg.norm(cv2.Rodrigues(apart)[0])) < 0.5
    # With it in place of what the recording says the check is content.
    again = [str(tmp_path / 'turned'), *POINTS, '--static-transform', found[1]]
    result = CliRunner().invoke(APP, again)
    assert result.exit_code == 0, result.output
    assert 'the extrinsic looks right' in result.output
