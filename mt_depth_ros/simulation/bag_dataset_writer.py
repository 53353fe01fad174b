"""Writes each scene as a rosbag2 MCAP recording, with ground truth on topics of its own.

``/camera/image_raw/compressed``, ``/camera/camera_info``, ``/lidar/points`` (x, y, z, intensity,
ring, time), ``/tf`` (map to base_link), ``/tf_static``, ``/ground_truth/depth`` (32FC1 metres,
+Inf = sky) and ``/ground_truth/instances`` (mono8, track number + 1, 0 = none).
"""

from __future__ import annotations

from pathlib import Path
import shutil

from mt_depth_ros.bag.sensor_recording import SensorRecording
from mt_depth_ros.core.transforms import StampedTransform
from mt_depth_ros.simulation.config import SimulationConfig
from mt_depth_ros.simulation.image_encoding import jpeg_bytes
from mt_depth_ros.simulation.simulated_frame import (
    CAMERA_FRAME,
    LIDAR_FRAME,
    SimulatedFrame,
    VEHICLE_FRAME,
    WORLD_FRAME,
)

UNFINISHED_FOLDER = '.unfinished'


class BagDatasetWriter:
    """Writes one bag per scene, ``scene01/``; each scene takes the next of the conditions.

    A bag is recorded in a hidden folder and moved when it is complete, so what an interrupted
    run leaves is recorded anew.

    Args:
        config: the simulation.
    """

    def __init__(self, config: SimulationConfig) -> None:
        self._config = config
        self._recording: SensorRecording | None = None

    def _folder(self, scene: int) -> Path:
        return self._config.output / f'scene{scene:02d}'

    def _hidden(self, scene: int) -> Path:
        return self._config.output / UNFINISHED_FOLDER / f'scene{scene:02d}'

    def has_scene(self, scene: int) -> bool:
        """Whether the scene's bag is there."""
        return self._folder(scene).exists()

    def has_frame(self, scene: int, index: int) -> bool:
        """Never: a bag is written in one go."""
        del scene, index
        return False

    def conditions(self, scene: int) -> tuple[str, ...]:
        """One of them."""
        return (self._config.conditions[(scene - 1) % len(self._config.conditions)],)

    def write_frame(self, frame: SimulatedFrame) -> None:
        """Records a frame; the first one of a scene opens its bag."""
        if self._recording is None:
            hidden = self._hidden(frame.scene)
            hidden.parent.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(hidden, ignore_errors=True)
            self._recording = SensorRecording(hidden, compression='zstd')
            self._recording.__enter__()
            mounted = [
                StampedTransform(
                    parent_frame=VEHICLE_FRAME,
                    child_frame=child,
                    transform=transform,
                    stamp_ns=frame.stamp_ns,
                )
                for child, transform in (
                    (CAMERA_FRAME, frame.vehicle_from_camera),
                    (LIDAR_FRAME, frame.vehicle_from_lidar),
                )
            ]
            self._recording.write_static_transforms(mounted, receive_time_ns=frame.stamp_ns)
        self._record(self._recording, frame)

    def _record(self, bag: SensorRecording, frame: SimulatedFrame) -> None:
        stamp = frame.stamp_ns
        (image,) = frame.images_rgb.values()
        pose = StampedTransform(
            parent_frame=WORLD_FRAME,
            child_frame=VEHICLE_FRAME,
            transform=frame.world_from_vehicle,
            stamp_ns=stamp,
        )
        bag.record_transforms([pose], receive_time_ns=stamp)
        bag.record_camera_info(
            '/camera/camera_info', frame.camera, stamp_ns=stamp, frame_id=CAMERA_FRAME
        )
        bag.record_jpeg(
            '/camera/image_raw/compressed',
            jpeg_bytes(image, self._config.camera.jpeg_quality),
            stamp_ns=stamp,
            frame_id=CAMERA_FRAME,
        )
        sweep = frame.sweep
        bag.record_scan(
            '/lidar/points',
            points_m=sweep.points_m,
            intensity=sweep.intensity,
            ring=sweep.ring,
            time_s=sweep.time_s,
            stamp_ns=stamp,
            frame_id=LIDAR_FRAME,
        )
        bag.record_depth(
            '/ground_truth/depth', frame.depth_m, stamp_ns=stamp, frame_id=CAMERA_FRAME
        )
        bag.record_image(
            '/ground_truth/instances',
            frame.instance,
            'mono8',
            stamp_ns=stamp,
            frame_id=CAMERA_FRAME,
        )

    def finish_scene(self, scene: int) -> None:
        """Closes the scene's bag and gives it its name."""
        if self._recording is not None:
            self._recording.__exit__(None, None, None)
            self._recording = None
            self._hidden(scene).rename(self._folder(scene))
