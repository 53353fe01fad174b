"""From one image and one matched depth source to a rectified frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mt_depth_ros.core.arrays import BoolImage
from mt_depth_ros.core.camera_model import CameraModel
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.foreground import with_uncertain_edges
from mt_depth_ros.core.projection import measurements_from_depth_image, project_scan
from mt_depth_ros.core.rectification import Rectifier
from mt_depth_ros.core.see_through import drop_see_through
from mt_depth_ros.core.sensors import CameraImage, DepthSource, LidarScan, SparseDepthImage
from mt_depth_ros.core.stage_timing import StageTimer
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.core.types import DepthMeasurements, RgbdFrame
from mt_depth_ros.pipeline.depth_image_check import check_depth_unit
from mt_depth_ros.pipeline.view_check import DepthRange, report_view


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameBuilderConfig:
    """How sensor data becomes a frame.

    Attributes:
        min_depth_m: measurements nearer than this are left out, metres (the vehicle itself).
        max_depth_m: measurements farther than this are left out, metres.
        see_through_filter: drop background measurements that show through foreground.
    """

    min_depth_m: float = 0.5
    max_depth_m: float = 120.0
    see_through_filter: bool = False


class FrameBuilder:
    """Rectifies, projects and checks; keeps the rectification maps between frames."""

    def __init__(self, config: FrameBuilderConfig) -> None:
        self._config = config
        self._rectifier = Rectifier()

    def build(
        self,
        image: CameraImage,
        camera_model: CameraModel,
        source: DepthSource,
        *,
        camera_from_source: RigidTransform | None = None,
        given_mask: BoolImage | None = None,
        timer: StageTimer | None = None,
    ) -> RgbdFrame:
        """Builds the frame that every completer sees.

        Args:
            image: the image as delivered, rectified or not, as ``camera_model`` says.
            camera_model: its calibration.
            source: the matched LiDAR scan, or sparse depth on the delivered image's grid.
            camera_from_source: moves the scan's points into the image's frame; needed for a
                scan, ignored for sparse depth.
            given_mask: (H, W) bool foreground on the delivered image's grid, if there is one; its
                edges count as no better known than a detector's.
            timer: where the stages ``rectify`` and ``project`` are timed.

        Raises:
            SensorInputError: the sizes disagree, or no measurement falls into the image.
        """
        timer = timer or StageTimer()
        camera_model.check_image_size(*image.image_rgb.shape[:2])
        with timer.stage('rectify'):
            image_rgb = self._rectifier.rectify(image.image_rgb, camera_model)
            mask = None
            if given_mask is not None:
                rectified_mask = self._rectifier.rectify_mask(given_mask, camera_model)
                mask = with_uncertain_edges(rectified_mask)
        with timer.stage('project'):
            measurements = self._measure(source, camera_model, camera_from_source)
            measurements = self._within_range(measurements)
            if len(measurements) == 0:
                raise self.lack_of_measurements(
                    image,
                    camera_model,
                    source,
                    camera_from_source,
                    reason='no_points_in_view',
                    expected=f'measurements between {self._config.min_depth_m:g} and '
                    f'{self._config.max_depth_m:g} m inside the image',
                )
            if self._config.see_through_filter:
                measurements = drop_see_through(measurements, camera_model.rectified)
        return RgbdFrame(
            image_rgb=image_rgb,
            camera=camera_model.rectified,
            measurements=measurements,
            stamp_ns=image.stamp_ns,
            frame_id=image.frame_id,
            measurement_stamp_ns=source.stamp_ns,
            given_mask=mask,
        )

    def _measure(
        self,
        source: DepthSource,
        camera_model: CameraModel,
        camera_from_source: RigidTransform | None,
    ) -> DepthMeasurements:
        if isinstance(source, LidarScan):
            if camera_from_source is None:
                raise ValueError('a LiDAR scan needs camera_from_source')
            projected = project_scan(source.points_m, camera_from_source, camera_model.rectified)
            return projected.measurements
        check_depth_unit(
            source, min_depth_m=self._config.min_depth_m, max_depth_m=self._config.max_depth_m
        )
        return measurements_from_depth_image(source.depth_m, camera_model, self._rectifier)

    def _within_range(self, measurements: DepthMeasurements) -> DepthMeasurements:
        depth_m = measurements.depth_m
        keep = (depth_m >= self._config.min_depth_m) & (depth_m <= self._config.max_depth_m)
        if keep.all():
            return measurements
        return DepthMeasurements(
            u_px=measurements.u_px[keep], v_px=measurements.v_px[keep], depth_m=depth_m[keep]
        )

    def lack_of_measurements(
        self,
        image: CameraImage,
        camera_model: CameraModel,
        source: DepthSource,
        camera_from_source: RigidTransform | None,
        *,
        reason: str,
        expected: str,
    ) -> SensorInputError:
        """Why little or nothing of a depth source falls into the image.

        Args:
            image: as for :meth:`build`.
            camera_model: as for :meth:`build`.
            source: as for :meth:`build`.
            camera_from_source: as for :meth:`build`.
            reason: what the lack is counted under.
            expected: how much was expected.
        """
        # What is counted here; it may be enough, and the filter takes it.
        before = ', before the see-through filter' if self._config.see_through_filter else ''
        if isinstance(source, SparseDepthImage):
            return SensorInputError(
                reason=reason,
                expected=expected,
                got=f'{np.count_nonzero(source.depth_m) or "none"} of {source.depth_m.size} '
                f'pixels with depth, near or far{before}',
                where=f'depth from frame {source.frame_id!r}',
                remedy='check that it holds depth above 0, in metres (32FC1) or millimetres '
                '(16UC1)',
            )
        assert camera_from_source is not None
        report = report_view(
            source,
            camera_from_source,
            camera_model.rectified,
            DepthRange(min_m=self._config.min_depth_m, max_m=self._config.max_depth_m),
            camera_frame=image.frame_id,
        )
        return SensorInputError(
            reason=reason,
            expected=expected,
            got=report.got + before,
            where=report.where,
            remedy=report.remedy,
        )
