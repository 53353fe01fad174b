"""What to simulate: scenes, sensors, conditions and the format they are written in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
import math
from pathlib import Path

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.kept_for_testing import TEST_SEED

LIDAR_BEAMS = (8, 16, 32, 64)
LARGEST_OFFSET_M = 10.0
_FIRST_STAMP_NS = 1_600_000_000_000_000_000
_SCENE_GAP_NS = 100_000_000_000_000
# The seconds of a ROS stamp are an int32.
_END_OF_ROS_STAMPS_NS = 2**31 * 1_000_000_000


class Condition(str, Enum):
    """Weather and time of day; Virtual KITTI 2's six, and night."""

    CLONE = 'clone'
    MORNING = 'morning'
    SUNSET = 'sunset'
    OVERCAST = 'overcast'
    FOG = 'fog'
    RAIN = 'rain'
    NIGHT = 'night'


CONDITION_NAMES = tuple(condition.value for condition in Condition)


class DatasetFormat(str, Enum):
    """How a simulated drive is written."""

    VKITTI2 = 'vkitti2'
    ROSBAG2 = 'rosbag2'
    YOLO = 'yolo'


@dataclass(frozen=True, kw_only=True, slots=True)
class CameraConfig:
    """The camera; the defaults are Virtual KITTI 2's.

    Attributes:
        width, height: pixels.
        fx, fy, cx, cy: pinhole intrinsics, pixels; 0 is the centre of the first pixel.
        height_m: above the ground.
        yaw_deg: where it looks, to the left of straight ahead.
        noise: deviation of the sensor's noise, in grey levels of 255.
        blur_px: deviation of the lens's blur, pixels.
        exposure: brightness factor, 1 as rendered.
        jpeg_quality: 1 to 100.
    """

    width: int = 1242
    height: int = 375
    fx: float = 725.0087
    fy: float = 725.0087
    cx: float = 620.5
    cy: float = 187.0
    height_m: float = 1.65
    yaw_deg: float = 0.0
    noise: float = 1.5
    blur_px: float = 0.0
    exposure: float = 1.0
    jpeg_quality: int = 92

    def __post_init__(self) -> None:
        _require(8 <= self.width <= 4096, 'camera.width', 'between 8 and 4096', self.width)
        _require(8 <= self.height <= 4096, 'camera.height', 'between 8 and 4096', self.height)
        _require(self.fx > 0, 'camera.fx', 'above 0', self.fx)
        _require(self.fy > 0, 'camera.fy', 'above 0', self.fy)
        _require(self.height_m > 0, 'camera.height_m', 'above 0', self.height_m)
        _require(-180 <= self.yaw_deg <= 180, 'camera.yaw_deg', '-180 to 180', self.yaw_deg)
        _require(self.noise >= 0, 'camera.noise', '0 or more', self.noise)
        _require(self.blur_px >= 0, 'camera.blur_px', '0 or more', self.blur_px)
        _require(self.exposure > 0, 'camera.exposure', 'above 0', self.exposure)
        quality = self.jpeg_quality
        _require(1 <= quality <= 100, 'camera.jpeg_quality', 'between 1 and 100', quality)

    @classmethod
    def of_view(
        cls,
        width: int,
        height: int,
        horizontal_fov_deg: float | None = None,
        *,
        height_m: float = 1.65,
        yaw_deg: float = 0.0,
    ) -> CameraConfig:
        """A camera of some size.

        Args:
            width: pixels.
            height: pixels.
            horizontal_fov_deg: field of view, with square pixels; None: the default view,
                stretched to the size.
            height_m: above the ground.
            yaw_deg: where it looks, to the left of straight ahead.

        Raises:
            ConfigError: an impossible view.
        """
        if horizontal_fov_deg is None:
            view = cls().pinhole.scaled_to(width, height)
            fx, fy, cx, cy = view.fx, view.fy, view.cx, view.cy
        else:
            possible = 1 <= horizontal_fov_deg <= 160
            _require(possible, 'camera.horizontal_fov_deg', '1 to 160', horizontal_fov_deg)
            fx = fy = width / 2 / math.tan(math.radians(horizontal_fov_deg) / 2)
            cx, cy = (width - 1) / 2, (height - 1) / 2
        return cls(
            width=width,
            height=height,
            fx=fx,
            fy=fy,
            cx=cx,
            cy=cy,
            height_m=height_m,
            yaw_deg=yaw_deg,
        )

    @property
    def pinhole(self) -> RectifiedCamera:
        """The grid that images and depth live on."""
        return RectifiedCamera(
            width=self.width, height=self.height, fx=self.fx, fy=self.fy, cx=self.cx, cy=self.cy
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class LidarConfig:
    """The LiDAR; the defaults are an HDL-64E on KITTI's car.

    Attributes:
        beams: 8, 16, 32 or 64.
        columns: firings in one turn.
        period_s: how long a turn takes.
        above_camera_m, behind_camera_m, left_of_camera_m: where it is mounted.
        min_range_m, max_range_m: what it can measure.
        range_noise_m: deviation of the range.
        angle_noise_deg: deviation of a beam's azimuth.
        dropout: share of beams lost even on good surfaces.
        beam_divergence_deg: full width of a beam; 0 switches mixed pixels off.
        motion_distortion: whether points carry the car's motion during the turn.
    """

    beams: int = 64
    columns: int = 2083
    period_s: float = 0.1
    above_camera_m: float = 0.08
    behind_camera_m: float = 0.27
    left_of_camera_m: float = 0.0
    min_range_m: float = 1.5
    max_range_m: float = 120.0
    range_noise_m: float = 0.02
    angle_noise_deg: float = 0.02
    dropout: float = 0.01
    beam_divergence_deg: float = 0.0
    motion_distortion: bool = False

    def __post_init__(self) -> None:
        _require(self.beams in LIDAR_BEAMS, 'lidar.beams', '8, 16, 32 or 64', self.beams)
        _require(16 <= self.columns <= 8192, 'lidar.columns', 'between 16 and 8192', self.columns)
        _require(self.period_s > 0, 'lidar.period_s', 'above 0', self.period_s)
        for name in ('above_camera_m', 'behind_camera_m', 'left_of_camera_m'):
            place_m = getattr(self, name)
            _require(abs(place_m) <= LARGEST_OFFSET_M, f'lidar.{name}', 'within 10 m', place_m)
        in_order = 0 < self.min_range_m < self.max_range_m
        _require(in_order, 'lidar.max_range_m', 'above min_range_m', self.max_range_m)
        _require(self.range_noise_m >= 0, 'lidar.range_noise_m', '0 or more', self.range_noise_m)
        _require(0 <= self.dropout < 1, 'lidar.dropout', 'in [0, 1)', self.dropout)


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulationConfig:
    """Everything that decides what a simulation writes.

    Attributes:
        output: folder to write to; made when missing.
        format: how to write it.
        scenes: how many scenes.
        first_scene: number of the first; a dataset that is to be read together with another one
            has other numbers.
        frames: frames in each.
        seed: decides the scenes; :data:`TEST_SEED` needs ``for_testing``.
        conditions: which to render; the formats other than Virtual KITTI 2 give each scene one.
        frame_rate_hz: frames per second of the drive.
        camera, lidar: the sensors.
        processes: how many work side by side; 0 for one per core.
        for_testing: allows the seed that is kept for testing.
    """

    output: Path
    format: DatasetFormat = DatasetFormat.VKITTI2
    scenes: int = 4
    first_scene: int = 1
    frames: int = 20
    seed: int = 0
    conditions: tuple[str, ...] = ('clone',)
    frame_rate_hz: float = 10.0
    camera: CameraConfig = field(default_factory=CameraConfig)
    lidar: LidarConfig = field(default_factory=LidarConfig)
    processes: int = 0
    for_testing: bool = False

    def __post_init__(self) -> None:
        _require(1 <= self.scenes <= 9999, 'scenes', 'between 1 and 9999', self.scenes)
        _require(1 <= self.first_scene <= 9999, 'first_scene', '1 to 9999', self.first_scene)
        _require(1 <= self.frames <= 99999, 'frames', 'between 1 and 99999', self.frames)
        _require(self.seed >= 0, 'seed', '0 or more', self.seed)
        _require(self.frame_rate_hz > 0, 'frame_rate_hz', 'above 0', self.frame_rate_hz)
        _require(self.processes >= 0, 'processes', '0 or more', self.processes)
        known = set(CONDITION_NAMES)
        good = bool(self.conditions) and set(self.conditions) <= known
        _require(good, 'conditions', f'some of {", ".join(CONDITION_NAMES)}', self.conditions)
        self._check_stamps()
        allowed = self.seed != TEST_SEED or self.for_testing
        _require(
            allowed, 'seed', f'any seed but {TEST_SEED}, which is kept for testing', self.seed
        )

    def _check_stamps(self) -> None:
        """Every scene has stamps of its own, so that their numbers can be too large for a bag."""
        last = self.first_scene + self.scenes - 1
        end_ns = stamp_ns(last, self.frames, frame_rate_hz=self.frame_rate_hz)
        _require(
            self.format is not DatasetFormat.ROSBAG2 or end_ns < _END_OF_ROS_STAMPS_NS,
            'scenes',
            'numbers up to 5474 in bags, as the stamps of ROS end in 2038',
            last,
        )


def stamp_ns(scene: int, index: int, *, frame_rate_hz: float) -> int:
    """The stamp of a frame, nanoseconds; those of two scenes lie more than a day apart.

    Args:
        scene: its number, from 1.
        index: of the frame, from 0.
        frame_rate_hz: frames a second.
    """
    step_ns = round(1e9 / frame_rate_hz)
    return _FIRST_STAMP_NS + scene * _SCENE_GAP_NS + index * step_ns


def _require(holds: bool, where: str, expected: str, got: object) -> None:
    if not holds:
        raise ConfigError(
            expected=expected, got=repr(got), where=where, remedy='change this setting'
        )
