"""The frames of one camera of a recording, as the pipeline would see them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mt_depth_ros.bag.sensor_stream import SensorEvent
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.matching_events import Match
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.core.types import RgbdFrame
from mt_depth_ros.evaluation.matched_recording import MatchedRecording
from mt_depth_ros.pipeline.frame_builder import FrameBuilder


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MatchedFrame:
    """An image with its depth.

    Attributes:
        frame: what a completer would see.
        scan: the scan it was made of; None: its depth came as an image.
        camera_from_lidar: as the frame was made with; None without a scan.
        difference_ns: aligned depth stamp less image stamp.
    """

    frame: RgbdFrame
    scan: LidarScan | None
    camera_from_lidar: RigidTransform | None
    difference_ns: int


class MatchedFrames:
    """Builds the frames of one camera; iterate once over :meth:`frames`.

    Args:
        recording: of the camera.
        builder: makes frames.
        misplaced_by: moves the LiDAR's points in the camera's frame after the extrinsic: an
            error made on purpose. None: the extrinsic as recorded.
    """

    def __init__(
        self,
        recording: MatchedRecording,
        *,
        builder: FrameBuilder,
        misplaced_by: RigidTransform | None = None,
    ) -> None:
        self._recording = recording
        self._builder = builder
        self._misplaced_by = misplaced_by or RigidTransform.identity()

    def frames(
        self, wants: Callable[[int], bool] = lambda stamp_ns: True
    ) -> Iterator[MatchedFrame]:
        """Reads the recording; input that cannot be used is counted and left out.

        Args:
            wants: told an image's stamp; False: do not even decode it.

        Raises:
            DataFileError: the recording is damaged.
        """
        for match in self._recording.matches():
            if not wants(match.image_stamp_ns):
                continue
            try:
                yield self._build(match)
            except SensorInputError as error:
                self._recording.problems.add(error)

    def _build(self, match: Match[SensorEvent, SensorEvent]) -> MatchedFrame:
        pair = self._recording.decode(match)
        camera_from_lidar = (
            None
            if pair.camera_from_source is None
            else self._misplaced_by @ pair.camera_from_source
        )
        frame = self._builder.build(
            pair.image, pair.model, pair.source, camera_from_source=camera_from_lidar
        )
        return MatchedFrame(
            frame=frame,
            scan=pair.source if isinstance(pair.source, LidarScan) else None,
            camera_from_lidar=camera_from_lidar,
            difference_ns=match.difference_ns,
        )
