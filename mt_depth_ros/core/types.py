"""One frame in, one prediction out: the two types every part of the package exchanges.

Depth in memory is float32 metres along the optical axis. In sparse input 0 means no measurement;
in output NaN means no answer and +Inf means sky or beyond range (REP-117).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mt_depth_ros.core.arrays import BoolImage, ByteImage, FloatArray, FloatImage
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.checks import check_array
from mt_depth_ros.core.degradation import Degradation
from mt_depth_ros.core.foreground import check_foreground, Foreground


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DepthMeasurements:
    """Depth measured at points of the rectified image.

    Positions stay continuous, so the same measurements can be laid on any grid without first
    losing most of them to the full-size one (see :func:`projection.rasterize_nearest`).

    Attributes:
        u_px: (N,) float32, column; 0 is the centre of the first pixel.
        v_px: (N,) float32, row; 0 is the centre of the first pixel.
        depth_m: (N,) float32, metres along the optical axis, finite and > 0.
    """

    u_px: FloatArray
    v_px: FloatArray
    depth_m: FloatArray

    def __post_init__(self) -> None:
        for name in ('u_px', 'v_px', 'depth_m'):
            check_array(getattr(self, name), name=name, shape=(len(self.depth_m),), dtype='f4')

    def __len__(self) -> int:
        return len(self.depth_m)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RgbdFrame:
    """A rectified image with the depth measured in it.

    Attributes:
        image_rgb: (H, W, 3) uint8, red first, on the grid of ``camera``.
        camera: the rectified grid.
        measurements: sparse depth on that grid.
        stamp_ns: the image's stamp, nanoseconds.
        frame_id: the image's optical frame.
        measurement_stamp_ns: the stamp of the cloud or sparse depth that was matched.
        given_mask: (H, W) foreground mask that came with the frame, bool or float32 probability,
            or None to compute one.
    """

    image_rgb: ByteImage
    camera: RectifiedCamera
    measurements: DepthMeasurements
    stamp_ns: int
    frame_id: str
    measurement_stamp_ns: int
    given_mask: Foreground | None = None

    def __post_init__(self) -> None:
        size = (self.camera.height, self.camera.width)
        check_array(self.image_rgb, name='image_rgb', shape=(*size, 3), dtype='u1')
        if self.given_mask is not None:
            check_foreground(self.given_mask, name='given_mask', shape=size)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DepthPrediction:
    """Depth at every pixel of the rectified camera grid, and how far to trust it.

    Attributes:
        depth_m: (H, W) float32 metres; NaN where there is no answer, +Inf for sky.
        uncertainty_m: (H, W) float32 metres, the Laplace scale b; NaN where there is no answer.
        confidence: (H, W) float32 in [0, 1], the probability that the error is at most 5 % of
            the depth, ``1 - exp(-0.05 depth / b)``; 0 where there is no answer.
        mask: (H, W) bool, foreground.
        camera: the rectified grid.
        stamp_ns: the image's stamp, nanoseconds.
        frame_id: the image's optical frame.
        completer: name of the model or classical fill that answered.
        stage_ms: milliseconds spent in each named stage, in order.
        degradation: what this frame had to do without, or None.
    """

    depth_m: FloatImage
    uncertainty_m: FloatImage
    confidence: FloatImage
    mask: BoolImage
    camera: RectifiedCamera
    stamp_ns: int
    frame_id: str
    completer: str
    stage_ms: dict[str, float] = field(default_factory=dict)
    degradation: Degradation | None = None

    def __post_init__(self) -> None:
        size = (self.camera.height, self.camera.width)
        for name in ('depth_m', 'uncertainty_m', 'confidence'):
            check_array(getattr(self, name), name=name, shape=size, dtype='f4')
        check_array(self.mask, name='mask', shape=size, dtype='?')


def confidence_from_uncertainty(depth_m: FloatImage, uncertainty_m: FloatImage) -> FloatImage:
    """Probability that a Laplace error of scale b stays within 5 % of the depth.

    Args:
        depth_m: (H, W) float32 metres.
        uncertainty_m: (H, W) float32 metres, Laplace scale b.

    Returns:
        (H, W) float32 in [0, 1]; 0 where either input is not finite.
    """
    with np.errstate(divide='ignore', invalid='ignore', over='ignore'):
        confidence = np.float32(-0.05) * depth_m
        confidence /= uncertainty_m
        np.expm1(confidence, out=confidence)
    np.negative(confidence, out=confidence)
    np.clip(confidence, 0.0, 1.0, out=confidence)
    confidence[~(np.isfinite(depth_m) & np.isfinite(uncertainty_m))] = 0.0
    return confidence
