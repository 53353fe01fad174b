"""The classical fill that answers where the network cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
import time

import numpy as np

from mt_depth_ros.classical.registry import build_classical, DEFAULT_CLASSICAL
from mt_depth_ros.core.completion import CompletedDepth, CompletionInput, DepthCompleter
from mt_depth_ros.core.degradation import Degradation
from mt_depth_ros.core.foreground import Foreground
from mt_depth_ros.core.types import RgbdFrame
from mt_depth_ros.pipeline.backend_guard import BackendGuard, BackendUnavailable, NoAnswerError
from mt_depth_ros.pipeline.retry_backoff import RetryBackoff
from mt_depth_ros.segmentation.segmenter import Segmenter


@dataclass(frozen=True, kw_only=True, slots=True)
class FallbackConfig:
    """When the classical fill answers in the network's place.

    Attributes:
        min_measurements: with fewer measurements in the image the network is not asked.
        mask_is_given: frames are expected to bring their mask along.
    """

    min_measurements: int = 50
    mask_is_given: bool = False


class ClassicalFallback:
    """Guards the network and the mask, and stands in for the network.

    Args:
        config: when; may be replaced between frames.
        steady_s: the clock pauses between tries are measured on, seconds.
    """

    def __init__(
        self, config: FallbackConfig, *, steady_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.config = config
        self.completer: DepthCompleter = build_classical(DEFAULT_CLASSICAL)
        self._network_guard = BackendGuard('the network', RetryBackoff(steady_s=steady_s))
        self._mask_guard = BackendGuard(
            'the foreground mask', RetryBackoff(steady_s=steady_s), reason='no_mask'
        )

    def lack_of_measurements(self, frame: RgbdFrame) -> Degradation | None:
        """Why a frame is too poor for the network, or None."""
        number, least = len(frame.measurements), self.config.min_measurements
        if number >= least:
            return None
        return Degradation(
            reason='too_few_points',
            text=f'{number} measurements in the image, and the network is asked from {least} on',
        )

    def segment(
        self, segmenter: Segmenter, frame: RgbdFrame
    ) -> tuple[Foreground, Degradation | None]:
        """The mask, or an empty one and why.

        Args:
            segmenter: computes it.
            frame: has none of its own.
        """
        size = (frame.camera.height, frame.camera.width)
        if self.config.mask_is_given:
            text = 'the frame came without the mask it should bring along'
            return np.zeros(size, np.bool_), Degradation(reason='no_mask', text=text)
        try:
            return self._mask_guard.run(
                lambda: segmenter.segment(frame.image_rgb).probability
            ), None
        except BackendUnavailable as error:
            return np.zeros(size, np.bool_), error.degradation

    def ask_network(self, network: DepthCompleter, given: CompletionInput) -> CompletedDepth:
        """The network's answer.

        Args:
            network: the completer to ask.
            given: the frame on its grid.

        Raises:
            BackendUnavailable: it has none.
            SensorInputError: the frame cannot be completed by anybody.
        """
        return self._network_guard.run(lambda: _answer(network, given))


def without_fallback(degradation: Degradation) -> Degradation:
    """The same lack where the depth does not suffer from it."""
    return replace(degradation, is_fallback=False)


def _answer(network: DepthCompleter, given: CompletionInput) -> CompletedDepth:
    completed = network.complete(given)
    known = np.isfinite(completed.depth_m)
    if completed.sky is not None:
        known |= completed.sky
    if not known.any():
        raise NoAnswerError('not one pixel of the answer is a number')
    return completed
