"""One frame in, one prediction out: the same for the node, replay, evaluation and training."""

from __future__ import annotations

import numpy as np

from mt_depth_ros.core.camera_evidence import CameraEvidence
from mt_depth_ros.core.completion import CompletionInput, DepthCompleter
from mt_depth_ros.core.degradation import Degradation
from mt_depth_ros.core.foreground import Foreground, is_foreground
from mt_depth_ros.core.projection import rasterize_nearest
from mt_depth_ros.core.resizing import GridResizer
from mt_depth_ros.core.stage_timing import StageTimer
from mt_depth_ros.core.types import confidence_from_uncertainty, DepthPrediction, RgbdFrame
from mt_depth_ros.pipeline.backend_guard import BackendUnavailable
from mt_depth_ros.pipeline.classical_fallback import ClassicalFallback, without_fallback
from mt_depth_ros.pipeline.postprocessing import bring_to_camera, RangeConfig
from mt_depth_ros.segmentation.segmenter import Segmenter


class DepthPredictor:
    """Masks, resizes, completes and resizes back.

    Not safe for use by two threads at once.

    Args:
        completer: learned or classical.
        segmenter: computes the foreground mask when the frame brings none.
        limits: range limits and the sky rule.
        completer_needs_mask: whether ``completer`` looks at the mask.
        is_network: whether ``completer`` is one, for which ``fallback`` may stand in.
        fallback: answers where a network cannot; None: what a backend raises passes through, as
            an evaluation wants it.
    """

    def __init__(
        self,
        completer: DepthCompleter,
        segmenter: Segmenter,
        limits: RangeConfig,
        *,
        completer_needs_mask: bool,
        is_network: bool = True,
        fallback: ClassicalFallback | None = None,
    ) -> None:
        self.completer = completer
        self.segmenter = segmenter
        self.limits = limits
        self.fallback = fallback
        self._completer_needs_mask = completer_needs_mask
        self._is_network = is_network

    @property
    def least_measurements(self) -> int:
        """With fewer measurements in the image the completer is not asked."""
        if self.fallback is None or not self._is_network:
            return 1
        return self.fallback.config.min_measurements

    def predict(
        self, frame: RgbdFrame, *, timer: StageTimer | None = None, want_mask: bool = True
    ) -> DepthPrediction:
        """Predicts depth at every pixel of the frame's rectified grid.

        Args:
            frame: the frame.
            timer: where the stages ``mask``, ``network_input``, ``network`` and
                ``camera_output`` are timed, after whatever it already holds.
            want_mask: False spares the segmentation where neither the caller nor the completer
                uses it; the mask of the prediction is then empty.

        Raises:
            SensorInputError: the frame cannot be completed.
        """
        timer = timer or StageTimer()
        with timer.stage('mask'):
            mask, lack = self._mask(frame, want_mask or self._completer_needs_mask)
        if lack is not None and not self._completer_needs_mask:
            # The mask is missing in the output, not in what the depth is made from.
            lack = without_fallback(lack)
        if not self._is_network:
            # A classical fill looks at nothing that could be missing but the measurements.
            return self._complete(frame, mask, timer, degradation=lack)
        if self.fallback is not None and not _is_fallback(lack):
            lack = self.fallback.lack_of_measurements(frame) or lack
        if not _is_fallback(lack):
            try:
                return self._complete(frame, mask, timer, degradation=lack)
            except BackendUnavailable as error:
                lack = error.degradation
        return self._complete(frame, mask, timer, degradation=lack)

    def _complete(
        self,
        frame: RgbdFrame,
        mask: Foreground,
        timer: StageTimer,
        *,
        degradation: Degradation | None,
    ) -> DepthPrediction:
        """Asks the completer, or the fallback where ``degradation`` says so."""
        is_fallback = _is_fallback(degradation)
        completer = self.completer
        if is_fallback:
            assert self.fallback is not None
            completer = self.fallback.completer
        with timer.stage('network_input'):
            resizer = _resizer(frame, completer)
            given = CompletionInput(
                image_rgb=resizer.image_to_grid(frame.image_rgb),
                sparse_depth_m=rasterize_nearest(
                    frame.measurements, frame.camera, resizer.grid_size
                ),
                mask=resizer.mask_to_grid(mask),
            )
        with timer.stage('network'):
            if self.fallback is not None and self._is_network and not is_fallback:
                completed = self.fallback.ask_network(completer, given)
            else:
                completed = completer.complete(given)
        with timer.stage('camera_output'):
            depth_m, uncertainty_m = bring_to_camera(
                completed, self.limits, resizer, _evidence(frame, mask, resizer)
            )
            return DepthPrediction(
                depth_m=depth_m,
                uncertainty_m=uncertainty_m,
                confidence=confidence_from_uncertainty(depth_m, uncertainty_m),
                mask=is_foreground(mask),
                camera=frame.camera,
                stamp_ns=frame.stamp_ns,
                frame_id=frame.frame_id,
                completer=completer.name,
                stage_ms=timer.stage_ms,
                degradation=degradation,
            )

    def _mask(self, frame: RgbdFrame, wanted: bool) -> tuple[Foreground, Degradation | None]:
        if frame.given_mask is not None:
            return frame.given_mask, None
        if not wanted:
            return np.zeros((frame.camera.height, frame.camera.width), np.bool_), None
        if self.fallback is not None:
            return self.fallback.segment(self.segmenter, frame)
        return self.segmenter.segment(frame.image_rgb).probability, None


def _is_fallback(lack: Degradation | None) -> bool:
    return lack is not None and lack.is_fallback


def _evidence(frame: RgbdFrame, mask: Foreground, resizer: GridResizer) -> CameraEvidence | None:
    """What the camera's grid knows besides; None where the completer knew it all."""
    if resizer.grid_size == resizer.camera_size:
        return None
    return CameraEvidence(
        image_rgb=frame.image_rgb,
        sparse_depth_m=rasterize_nearest(frame.measurements, frame.camera, resizer.camera_size),
        # What a detector finds has edges too uncertain to tell the sides by.
        mask=is_foreground(mask) if mask.dtype == np.bool_ else None,
    )


def _resizer(frame: RgbdFrame, completer: DepthCompleter) -> GridResizer:
    camera_size = (frame.camera.height, frame.camera.width)
    return GridResizer(camera_size=camera_size, grid_size=completer.grid_size(camera_size))
