"""What the live node checks of itself: its errors, and the calibration."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace

import cv2
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, Image, PointCloud2

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.projection import project_scan
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.core.types import RgbdFrame
from mt_depth_ros.pipeline.calibration_check import CalibrationCheckConfig
from mt_depth_ros.pipeline.self_check import SelfCheckConfig
from mt_depth_ros.ros import calibration_watch
from mt_depth_ros.ros.calibration_watch import CalibrationWatch
from mt_depth_ros.ros.frame_assembly import PlacedFrame
from mt_depth_ros.ros.node_config import NodeConfig
from mt_depth_ros.simulation.analytic_scene import (
    AnalyticScene,
    CAMERA_AXES_FROM_WORLD_AXES,
    spinning_lidar_rays,
)

CAMERA = RectifiedCamera(width=480, height=160, fx=300.0, fy=300.0, cx=239.5, cy=79.5)
LIDAR_FROM_CAMERA_M = np.array([-0.27, 0.0, 0.08])
CAMERA_FROM_LIDAR = RigidTransform(
    CAMERA_AXES_FROM_WORLD_AXES, CAMERA_AXES_FROM_WORLD_AXES @ LIDAR_FROM_CAMERA_M
)
NUM_PAIRS, BETWEEN_PAIRS_S, PAIR_S = 9, 0.8, 0.1


class Diagnostics:
    """Hears one status of one node."""

    def __init__(self, live, name: str) -> None:
        self._name = f'{live.name.strip("/")}: {name}'
        self.newest: DiagnosticStatus | None = None
        live.peer.create_subscription(DiagnosticArray, '/diagnostics', self._take, 10)

    def _take(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == self._name:
                self.newest = status

    @property
    def values(self) -> dict[str, str]:
        newest = self.newest
        return {} if newest is None else {pair.key: pair.value for pair in newest.values}


def test_the_node_and_the_replay_keep_out_the_same_by_default() -> None:
    config = NodeConfig()
    assert SelfCheckConfig() == SelfCheckConfig(
        share=config.self_check_share, window_s=config.self_check_window
    )


def test_the_node_tells_its_live_error(start_node, until) -> None:
    live = start_node(parameters={'diagnostics_period': 0.1, 'self_check_share': 0.1})
    status = Diagnostics(live, 'interpolation check')
    sent = 0
    while not status.values.get('live_mae_m'):
        live.wait_for(live.send_frame())
        sent += 1
        assert sent < 100
    # A wall completed by nearest neighbour is exact.
    assert float(status.values['live_mae_m']) < 1e-3
    assert float(status.values['coverage of the 90 % interval']) == 1.0
    assert int(status.values['patches']) >= 30
    assert float(status.values['window [s]']) == pytest.approx(
        0.1 * (int(status.values['frames']) - 1)
    )
    assert 'live_rmse_m 2 to 4 px' in status.values
    assert live.set_parameter('self_check_share', 0.0) == ''
    live.check_it_goes_on()
    until(lambda: 'off' in status.newest.message, 'the self-check to be off')


@dataclass(frozen=True)
class Moment:
    """An image and the points of the same moment."""

    time_s: float
    image_rgb: np.ndarray
    points_m: np.ndarray


@pytest.fixture(scope='module')
def slalom() -> list[Moment]:
    """Pairs of moments of a textured drive that turns left and right."""
    scene = AnalyticScene()
    rays, _ = spinning_lidar_rays(
        np.linspace(2.0, -24.8, 64), azimuth_step_deg=0.2, field_of_view_deg=80.0
    )
    mounted = RigidTransform(CAMERA_AXES_FROM_WORLD_AXES.T.copy(), np.zeros(3))
    moments = []
    for number in range(NUM_PAIRS):
        for time_s in (number * BETWEEN_PAIRS_S, number * BETWEEN_PAIRS_S + PAIR_S):
            yaw = np.radians(4.0) * np.sin(2.1 * time_s)
            turn = cv2.Rodrigues(np.array([0.0, 0.0, yaw]))[0]
            position = np.array([6.0 * time_s, 0.3 * np.sin(time_s), 1.65])
            vehicle = RigidTransform(turn, position)
            lidar = vehicle @ RigidTransform(np.eye(3), LIDAR_FROM_CAMERA_M)
            points_m = scene.scan(lidar, rays, time_s).astype(np.float32)
            view = scene.view(CAMERA, vehicle @ mounted, time_s)
            moments.append(Moment(time_s, view.image_rgb, points_m[np.isfinite(points_m).all(1)]))
    return moments


def placed(moment: Moment, camera_from_lidar: RigidTransform, later_s: float) -> PlacedFrame:
    stamp_ns = round(1e9 * (10 + moment.time_s + later_s))
    scan = LidarScan(points_m=moment.points_m, stamp_ns=stamp_ns, frame_id='lidar')
    projected = project_scan(moment.points_m, camera_from_lidar, CAMERA)
    frame = RgbdFrame(
        image_rgb=moment.image_rgb,
        camera=CAMERA,
        measurements=projected.measurements,
        stamp_ns=stamp_ns,
        frame_id='camera',
        measurement_stamp_ns=stamp_ns,
    )
    return PlacedFrame(frame=frame, scan=scan, camera_from_lidar=camera_from_lidar)


def test_a_moved_sensor_or_a_reset_starts_the_watch_anew(slalom, until) -> None:
    errors: list[Exception] = []
    watch = CalibrationWatch(errors.append, CalibrationCheckConfig(min_samples=2, max_samples=8))
    moved = RigidTransform(cv2.Rodrigues(np.radians([1.0, 0.0, 0.0]))[0], np.zeros(3))

    def samples() -> int:
        return watch.verdict.num_samples if watch.verdict is not None else 0

    def look(camera_from_lidar: RigidTransform, later_s: float, expected: int) -> None:
        for number, moment in enumerate(slalom[:4]):
            watch.offer(placed(moment, camera_from_lidar, later_s), later_by_s=0.0)
            until(lambda: not watch.is_busy, 'the check to have looked')
            if number == 1:
                assert samples() == expected - 1
        assert samples() == expected

    look(CAMERA_FROM_LIDAR, 0.0, expected=2)
    look(CAMERA_FROM_LIDAR, 100.0, expected=4)
    watch.reset()
    assert watch.verdict is None
    look(CAMERA_FROM_LIDAR, 200.0, expected=2)
    look(moved @ CAMERA_FROM_LIDAR, 300.0, expected=2)
    watch.offer(
        replace(placed(slalom[0], CAMERA_FROM_LIDAR, 400.0), scan=None, camera_from_lidar=None),
        later_by_s=0.0,
    )
    assert not watch.is_busy
    watch.close()
    assert errors == []


def messages_of(
    live, moment: Moment, stamp_ns: int
) -> dict[str, Image | CameraInfo | PointCloud2]:
    header = live.messages.header(stamp_ns, 'camera')
    image = Image(header=header, height=160, width=480, encoding='rgb8', step=3 * 480)
    image.data = array('B', moment.image_rgb.tobytes())
    info = CameraInfo(header=header, height=160, width=480, distortion_model='plumb_bob')
    info.d, info.k, info.r, info.p = [0.0] * 5, CAMERA.k.ravel(), np.eye(3).ravel(), (
        CAMERA.p.ravel()
    )  # fmt: skip
    points = live.messages.points(stamp_ns, points_m=moment.points_m)
    return {'image': image, 'camera_info': info, 'points': points}


def as_text(transform: RigidTransform) -> str:
    """As a value of static_transforms."""
    angle_axis = cv2.Rodrigues(transform.rotation)[0].ravel()
    angle = float(np.linalg.norm(angle_axis))
    vector = angle_axis / angle * np.sin(angle / 2)
    numbers = [*transform.translation_m, *vector, np.cos(angle / 2)]
    return ' '.join([*(f'{number:.9f}' for number in numbers), 'camera', 'lidar'])


@pytest.mark.parametrize('yaw_deg', [0.0, 2.0])
def test_the_node_warns_of_a_turned_lidar_and_only_then(
    start_node, until, slalom, monkeypatch, yaw_deg
) -> None:
    # With the share of a robot, evidence would take half a minute of steady time to pay for.
    monkeypatch.setattr(calibration_watch, 'CORE_SHARE', 1.0)
    turn = RigidTransform(cv2.Rodrigues(np.radians([0.0, yaw_deg, 0.0]))[0], np.zeros(3))
    live = start_node(
        parameters={
            'diagnostics_period': 0.1,
            'static_transforms': [as_text(turn @ CAMERA_FROM_LIDAR)],
        }
    )
    status = Diagnostics(live, 'calibration')
    begin_ns = live.next_stamp()

    def has_verdict() -> bool:
        return status.values.get('extrinsic') in ('ok', 'looks_off')

    for drive in range(6):
        for moment in slalom:
            time_s = drive * NUM_PAIRS * BETWEEN_PAIRS_S + moment.time_s
            stamp_ns = begin_ns + round(1e9 * time_s)
            live.send_frame(stamp_ns, **messages_of(live, moment, stamp_ns))
            live.wait_for(stamp_ns)
        if has_verdict():
            break
    assert has_verdict(), status.newest
    if yaw_deg == 0.0:
        assert status.values['extrinsic'] == 'ok'
        assert status.newest.level == DiagnosticStatus.OK
        assert live.lines('[calibration]') == []
        return
    assert status.newest.level == DiagnosticStatus.WARN
    # Points turned to the right have to be turned back by two degrees.
    assert 'too far right (yaw)' in status.newest.message
    assert float(status.values['yaw [deg]']) == pytest.approx(-2.0, abs=0.4)
    until(lambda: len(live.lines('[calibration]')) == 1, 'the warning in the log')
    assert live.set_parameter('calibration_check', False) == ''
    live.send_frame(stamp_ns + 10**9, **messages_of(live, slalom[0], stamp_ns + 10**9))
    until(lambda: status.newest.message.startswith('off'), 'the check to be off')
