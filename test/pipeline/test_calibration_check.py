from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.projection import project_scan
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.core.types import RgbdFrame
from mt_depth_ros.pipeline.calibration_check import CalibrationCheck, CalibrationCheckConfig
from mt_depth_ros.pipeline.calibration_verdict import CheckStatus
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
NUM_SAMPLES, BETWEEN_SAMPLES_S, PAIR_S, LATE_S = 8, 0.7, 0.1, 0.06
CONFIG = CalibrationCheckConfig(interval_s=0.5)


@dataclass(frozen=True)
class Moment:
    """An image, the scan of the same moment, and the one LATE_S before."""

    time_s: float
    image_rgb: np.ndarray
    scan: LidarScan
    scan_before: LidarScan


def world_from_vehicle(time_s: float) -> RigidTransform:
    """A slalom: 6 m/s ahead, turning by up to 8 degrees a second."""
    yaw = np.radians(4.0) * np.sin(2.1 * time_s)
    position = np.array([6.0 * time_s, 0.3 * np.sin(time_s), 1.65])
    return RigidTransform(cv2.Rodrigues(np.array([0.0, 0.0, yaw]))[0], position)


@pytest.fixture(scope='module')
def slalom() -> list[Moment]:
    scene = AnalyticScene()
    rays, ring = spinning_lidar_rays(
        np.linspace(2.0, -24.8, 64), azimuth_step_deg=0.2, field_of_view_deg=80.0
    )
    mounted = RigidTransform(CAMERA_AXES_FROM_WORLD_AXES.T.copy(), np.zeros(3))

    def scan(time_s: float) -> LidarScan:
        pose = world_from_vehicle(time_s) @ RigidTransform(np.eye(3), LIDAR_FROM_CAMERA_M)
        points_m = scene.scan(pose, rays, time_s)
        met = np.isfinite(points_m).all(axis=1)
        return LidarScan(
            points_m=points_m[met].astype(np.float32),
            stamp_ns=round(1e9 * (10 + time_s)),
            frame_id='lidar',
            ring=ring[met].astype(np.int32),
        )

    moments = []
    for number in range(NUM_SAMPLES):
        for time_s in (number * BETWEEN_SAMPLES_S, number * BETWEEN_SAMPLES_S + PAIR_S):
            view = scene.view(CAMERA, world_from_vehicle(time_s) @ mounted, time_s)
            moments.append(Moment(time_s, view.image_rgb, scan(time_s), scan(time_s - LATE_S)))
    return moments


def frame(moment: Moment, scan: LidarScan, camera_from_lidar: RigidTransform) -> RgbdFrame:
    stamp_ns = round(1e9 * (10 + moment.time_s))
    return RgbdFrame(
        image_rgb=moment.image_rgb,
        camera=CAMERA,
        measurements=project_scan(scan.points_m, camera_from_lidar, CAMERA).measurements,
        stamp_ns=stamp_ns,
        frame_id='camera',
        measurement_stamp_ns=scan.stamp_ns,
    )


def checked(
    moments: list[Moment],
    *,
    turn_deg: tuple[float, float, float] = (0.0, 0.0, 0.0),
    late: bool = False,
    difference_ns: int = 0,
    as_image: bool = False,
    config: CalibrationCheckConfig = CONFIG,
) -> CalibrationCheck:
    error = RigidTransform(cv2.Rodrigues(np.radians(turn_deg))[0], np.zeros(3))
    camera_from_lidar = error @ CAMERA_FROM_LIDAR
    check = CalibrationCheck(config)
    for moment in moments:
        scan = moment.scan_before if late else moment.scan
        check.add(
            frame(moment, scan, camera_from_lidar),
            None if as_image else scan,
            None if as_image else camera_from_lidar,
            difference_ns=difference_ns,
        )
    return check


def test_the_right_calibration_is_called_ok(slalom: list[Moment]) -> None:
    verdict = checked(slalom).verdict()
    assert verdict.num_samples == NUM_SAMPLES
    assert verdict.status is CheckStatus.OK
    assert verdict.time is CheckStatus.OK
    assert verdict.missing == ()
    assert verdict.summary == 'the extrinsic and time offset looks right'


@pytest.mark.parametrize(
    ('name', 'turn_deg', 'words'),
    [
        ('yaw', (0.0, 1.0, 0.0), 'too far right (yaw)'),
        ('yaw', (0.0, -1.0, 0.0), 'too far left (yaw)'),
        ('pitch', (1.0, 0.0, 0.0), 'too high (pitch)'),
        ('pitch', (-1.0, 0.0, 0.0), 'too low (pitch)'),
        ('roll', (0.0, 0.0, 1.5), 'turned clockwise (roll)'),
        ('roll', (0.0, 0.0, -1.5), 'turned counterclockwise (roll)'),
    ],
)
def test_a_turned_extrinsic_is_found_with_its_direction_and_size(
    slalom: list[Moment], name: str, turn_deg: tuple[float, float, float], words: str
) -> None:
    verdict = checked(slalom, turn_deg=turn_deg).verdict()
    assert verdict.extrinsic is CheckStatus.LOOKS_OFF
    assert verdict.status is CheckStatus.LOOKS_OFF
    finding = verdict.axis(name)
    assert finding.status is CheckStatus.LOOKS_OFF
    assert finding.offset == pytest.approx(-sum(turn_deg), abs=0.3)
    assert words in verdict.summary


def test_a_scan_stamped_too_late_is_found_while_turning(slalom: list[Moment]) -> None:
    verdict = checked(slalom, late=True).verdict()
    assert verdict.time is CheckStatus.LOOKS_OFF
    # The scan is of 60 ms before the image, but carries its stamp.
    assert verdict.axis('time').offset == pytest.approx(-60, abs=15)
    assert 'stamped too late (add -' in verdict.summary
    assert verdict.extrinsic is not CheckStatus.LOOKS_OFF


def test_scans_that_say_they_are_earlier_than_their_image_are_no_error(
    slalom: list[Moment],
) -> None:
    verdict = checked(slalom, late=True, difference_ns=round(-LATE_S * 1e9)).verdict()
    assert verdict.status is CheckStatus.OK
    assert abs(verdict.axis('time').offset) < 15
    assert verdict.score > verdict.score_as_given


def test_depth_that_came_as_an_image_is_checked_too(slalom: list[Moment]) -> None:
    assert checked(slalom, as_image=True).verdict().extrinsic is CheckStatus.OK
    verdict = checked(slalom, turn_deg=(0.0, 1.5, 0.0), as_image=True).verdict()
    assert verdict.axis('yaw').offset == pytest.approx(-1.5, abs=0.4)


def test_too_few_samples_give_no_verdict(slalom: list[Moment]) -> None:
    verdict = checked(slalom[:6], turn_deg=(0.0, 2.0, 0.0)).verdict()
    assert verdict.status is CheckStatus.NOT_ENOUGH_EVIDENCE
    assert verdict.axes == ()
    assert 'not enough evidence: 3 of 8 samples' in verdict.summary


def test_nothing_at_all_gives_no_verdict() -> None:
    verdict = CalibrationCheck().verdict()
    assert verdict.status is CheckStatus.NOT_ENOUGH_EVIDENCE
    assert verdict.num_samples == 0


def test_no_verdict_on_time_without_turning(slalom: list[Moment]) -> None:
    config = CalibrationCheckConfig(interval_s=0.5, min_turn_rate_degps=50.0)
    verdict = checked(slalom, late=True, config=config).verdict()
    assert verdict.num_turning == 0
    assert verdict.time is CheckStatus.NOT_ENOUGH_EVIDENCE
    assert 'time: 0 of 4 turning samples' in verdict.missing


def test_images_of_something_else_give_no_verdict(slalom: list[Moment]) -> None:
    rng = np.random.default_rng(3)
    pictures = [
        cv2.GaussianBlur(rng.integers(0, 255, (160, 480, 3), np.uint8), (0, 0), 3) * 2
        for _ in slalom
    ]
    others = [
        Moment(moment.time_s, picture, moment.scan, moment.scan_before)
        for moment, picture in zip(slalom, pictures, strict=True)
    ]
    assert checked(others).verdict().status is CheckStatus.NOT_ENOUGH_EVIDENCE


def test_the_same_frames_give_the_same_verdict(slalom: list[Moment]) -> None:
    assert checked(slalom).verdict() == checked(slalom).verdict()


def test_only_due_frames_are_wanted(slalom: list[Moment]) -> None:
    check = checked(slalom[:2])
    newest_ns = round(1e9 * (10 + slalom[1].time_s))
    assert check.num_samples == 1
    assert not check.wants(newest_ns + 499_000_000)
    assert check.wants(newest_ns + 500_000_000)


def test_a_limited_check_waits_until_its_work_is_paid_for(slalom: list[Moment]) -> None:
    config = CalibrationCheckConfig(interval_s=0.5, max_core_share=1e-4)
    check = checked(slalom, config=config)
    # A pair that is begun is ended, or no pair ever would be; it takes minutes to pay for.
    assert check.num_samples == 1
    assert check.spent_s > 0
    assert not check.wants(round(1e9 * 100))


def test_a_view_that_stands_still_is_one_sample_however_long_it_lasts(
    slalom: list[Moment],
) -> None:
    standing = [replace(slalom[1], time_s=0.3 * number) for number in range(12)]
    config = CalibrationCheckConfig(interval_s=0.5, max_pair_s=0.5)
    check = checked(standing, config=config)
    assert check.num_samples == 1
    assert '1 of 8 samples (3 more of a view that stood still)' in check.verdict().missing


@pytest.mark.parametrize('between_s', [0.4, 2.0])
def test_a_view_that_stands_still_is_one_sample_for_slow_frames_too(
    slalom: list[Moment], between_s: float
) -> None:
    # Farther apart than a pair that tells how fast things move.
    standing = [replace(slalom[1], time_s=between_s * number) for number in range(20)]
    check = checked(standing)
    assert check.num_samples == 1
    assert 'more of a view that stood still' in check.verdict().missing[0]


def test_slow_frames_of_a_drive_are_samples(slalom: list[Moment]) -> None:
    # No two within 0.25 s of each other: every second one begins, the next is looked at.
    assert checked(slalom[::2]).num_samples == 4


def test_stamps_that_go_back_start_anew(slalom: list[Moment]) -> None:
    check = checked(slalom[:4])
    assert check.num_samples == 2
    assert not check.add(
        frame(slalom[0], slalom[0].scan, CAMERA_FROM_LIDAR),
        slalom[0].scan,
        CAMERA_FROM_LIDAR,
        difference_ns=0,
    )
    assert check.num_samples == 0


@pytest.mark.parametrize(
    'change',
    [{'fx': 360.0, 'fy': 360.0}, {'cx': 245.5}, {'rotation': cv2.Rodrigues(np.full(3, 0.01))[0]}],
    ids=['focal length', 'principal point', 'rotation'],
)
def test_another_calibration_of_the_camera_starts_anew(
    slalom: list[Moment], change: dict[str, object]
) -> None:
    check = checked(slalom[:4])
    for number, moment in enumerate(slalom[4:]):
        calibrated = replace(
            frame(moment, moment.scan, CAMERA_FROM_LIDAR), camera=replace(CAMERA, **change)
        )
        check.add(calibrated, moment.scan, CAMERA_FROM_LIDAR, difference_ns=0)
        assert check.num_samples == (number + 1) // 2
    check.verdict()


def test_the_oldest_samples_are_forgotten(slalom: list[Moment]) -> None:
    config = CalibrationCheckConfig(interval_s=0.5, max_samples=5, min_samples=5)
    check = checked(slalom, config=config)
    assert check.num_samples == 5
    assert check.verdict().num_turning <= 5


def test_a_scan_without_its_place_is_refused(slalom: list[Moment]) -> None:
    check = CalibrationCheck(CalibrationCheckConfig(with_motion=False))
    moment = slalom[0]
    with pytest.raises(ValueError, match='a scan needs camera_from_lidar'):
        check.add(
            frame(moment, moment.scan, CAMERA_FROM_LIDAR), moment.scan, None, difference_ns=0
        )


def test_more_samples_needed_than_kept_is_refused() -> None:
    with pytest.raises(ConfigError, match='1 <= min_samples <= max_samples, got 9 and 8'):
        CalibrationCheckConfig(min_samples=9, max_samples=8)
