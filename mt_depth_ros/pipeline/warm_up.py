"""The first prediction, made before a frame waits for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math
import time

import numpy as np

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.degradation import Degradation
from mt_depth_ros.core.types import DepthMeasurements, RgbdFrame
from mt_depth_ros.pipeline.predictor import DepthPredictor

TYPICAL_SIZE = (480, 640)
"""(height, width) to warm up for while no camera is known."""

WARM_UP_FRAME = 'warm_up'
"""``frame_id`` of the made-up frame."""

# The first run loads kernels and sizes buffers; a second one finds what that changed.
_RUNS = 2
_EVERY_NTH_PX = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class WarmUp:
    """How it went.

    Attributes:
        elapsed_ms: milliseconds of each run.
        degradation: what the last run had to do without, or None.
    """

    elapsed_ms: tuple[float, ...]
    degradation: Degradation | None


def warm_up(predictor: DepthPredictor, camera_size: tuple[int, int] = TYPICAL_SIZE) -> WarmUp:
    """Predicts a made-up frame, so that the first real one is as fast as those after it.

    A network runs on a grid of its own and is warm for any camera then; a classical completer
    works at the camera's size.

    Args:
        predictor: with its weights loaded.
        camera_size: (height, width) of the images to come.

    Raises:
        Exception: whatever a backend without a fallback raises where it cannot run at all.
    """
    frame = _frame_to_answer(predictor, camera_size)
    elapsed_ms = []
    for _ in range(_RUNS):
        start_s = time.perf_counter()
        prediction = predictor.predict(frame)
        elapsed_ms.append((time.perf_counter() - start_s) * 1e3)
    return WarmUp(elapsed_ms=tuple(elapsed_ms), degradation=prediction.degradation)


def _frame_to_answer(predictor: DepthPredictor, camera_size: tuple[int, int]) -> RgbdFrame:
    """A made-up frame that lacks nothing for which the fallback would answer."""
    if predictor.fallback is None:
        return synthetic_frame(camera_size)
    config = predictor.fallback.config
    frame = synthetic_frame(camera_size, min_measurements=config.min_measurements)
    if not config.mask_is_given:
        return frame
    return replace(frame, given_mask=np.zeros(camera_size, np.float32))


def synthetic_frame(camera_size: tuple[int, int], *, min_measurements: int = 0) -> RgbdFrame:
    """A noisy image of a road 1.5 m below the camera, under a wall 40 m away.

    Args:
        camera_size: (height, width).
        min_measurements: how many it needs, as far as there are pixels.
    """
    height, width = camera_size
    focal_px = 0.8 * width
    camera = RectifiedCamera(
        width=width,
        height=height,
        fx=focal_px,
        fy=focal_px,
        cx=(width - 1) / 2.0,
        cy=(height - 1) / 2.0,
    )
    every = _EVERY_NTH_PX
    while every > 1 and math.ceil(width / every) * math.ceil(height / every) < min_measurements:
        every //= 2
    u_px, v_px = (
        grid.reshape(-1).astype(np.float32)
        for grid in np.meshgrid(np.arange(0, width, every), np.arange(0, height, every))
    )
    below_px = np.maximum(v_px - camera.cy, 1.0)
    depth_m = np.minimum(1.5 * camera.fy / below_px, 40.0).astype(np.float32)
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return RgbdFrame(
        image_rgb=pixels,
        camera=camera,
        measurements=DepthMeasurements(u_px=u_px, v_px=v_px, depth_m=depth_m),
        stamp_ns=1,
        frame_id=WARM_UP_FRAME,
        measurement_stamp_ns=1,
    )
