"""The errors at the measurements that one frame kept out of its input, as sums that pool."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mt_depth_ros.core.arrays import AnyArray, BoolImage, Matrix
from mt_depth_ros.core.projection import grid_pixels
from mt_depth_ros.core.see_through import find_see_through
from mt_depth_ros.core.types import DepthMeasurements, DepthPrediction, RgbdFrame
from mt_depth_ros.pipeline.measured_view import MeasuredView
from mt_depth_ros.pipeline.patch_withholding import Patches

DISTANCE_EDGES_PX = (2.0, 4.0, 8.0, 16.0, 32.0)
"""Bins of the distance to the nearest kept input: up to 2 pixels, 2 to 4, ..., above 32."""

GROSS_RATIO, GROSS_GAP_M = 0.5, 3.0
"""A measurement half as far again, and 3 m farther, than one beside it shows through what the
camera sees: a truth it is not. Stricter limits also take honest background beside an edge, where
the prediction is worst."""

INTERVAL_SHARE = 0.9
"""Share of a Laplace error that the interval whose coverage is told should hold."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PatchErrors:
    """Sums over the scored measurements of a frame.

    Attributes:
        num_withheld: measurements kept out.
        num_patches: patches with a scored measurement.
        num_unanswered: measurements that could be scored but for want of an answer there.
        num_covered: scored ones whose depth lies in the interval of the prediction.
        moments: (2, 6) float64: of the measurements between kept ones above and below, then of
            those at the upper or lower edge of the view: their number, and the sums of |e|, e^2,
            d, d^2 and |e| d, with the error e in metres and the distance d to the nearest kept
            input in pixels.
        binned: (2, 6) float64: number and sum of e^2 in each bin of the distance.
        view_distance_px: mean distance of the pixels between kept measurements.
    """

    num_withheld: int
    num_patches: int
    num_unanswered: int
    num_covered: int
    moments: Matrix
    binned: Matrix
    view_distance_px: float


def patch_errors(
    measurements: DepthMeasurements, patches: Patches, kept: RgbdFrame, prediction: DepthPrediction
) -> PatchErrors:
    """Compares a prediction with what was kept out of its input.

    Scored is what does not grossly show through what the camera sees.

    Args:
        measurements: all of the frame.
        patches: which were kept out.
        kept: the frame as predicted, without them.
        prediction: of that frame.
    """
    camera = kept.camera
    is_hidden = find_see_through(
        measurements, camera, min_ratio=GROSS_RATIO, min_gap_m=GROSS_GAP_M
    )
    chosen = np.flatnonzero(patches.withheld & ~is_hidden)
    view = MeasuredView.of(kept.measurements, camera)
    truth = _at(measurements, chosen)
    pixel = grid_pixels(truth, camera, (camera.height, camera.width))
    predicted_m = prediction.depth_m.ravel()[pixel]
    scale_m = prediction.uncertainty_m.ravel()[pixel]
    # Sky has no uncertainty, whatever number `sky_output` put into its depth.
    is_answered = np.isfinite(predicted_m) & np.isfinite(scale_m)
    answered = pixel[is_answered]
    error_m = np.abs(predicted_m[is_answered] - truth.depth_m[is_answered]).astype(np.float64)
    half_width_m = -np.log1p(-INTERVAL_SHARE) * scale_m[is_answered]
    distance_px = view.distance_px.ravel()[answered].astype(np.float64)
    return PatchErrors(
        num_withheld=int(patches.withheld.sum()),
        num_patches=len(np.unique(patches.patch[chosen[is_answered]])),
        num_unanswered=int((~is_answered).sum()),
        num_covered=int((error_m <= half_width_m).sum()),
        moments=_moments(error_m, distance_px, ~view.encloses(truth)[is_answered]),
        binned=_binned(error_m, distance_px),
        view_distance_px=view.mean_distance_px(),
    )


def _moments(error_m: AnyArray, distance_px: AnyArray, is_at_edge: BoolImage) -> Matrix:
    columns = (
        np.ones_like(error_m),
        error_m,
        error_m**2,
        distance_px,
        distance_px**2,
        error_m * distance_px,
    )
    place = is_at_edge.astype(np.int64)
    return np.stack([np.bincount(place, column, 2) for column in columns], axis=1)


def _binned(error_m: AnyArray, distance_px: AnyArray) -> Matrix:
    place = np.searchsorted(DISTANCE_EDGES_PX, distance_px, side='left')
    num_bins = len(DISTANCE_EDGES_PX) + 1
    weights = (None, error_m**2)
    return np.stack([np.bincount(place, each, num_bins) for each in weights]).astype(np.float64)


def _at(measurements: DepthMeasurements, index: AnyArray) -> DepthMeasurements:
    return DepthMeasurements(
        u_px=measurements.u_px[index],
        v_px=measurements.v_px[index],
        depth_m=measurements.depth_m[index],
    )
