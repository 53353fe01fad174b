"""Everything that is counted of one answer, so that it adds up over frames."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mt_depth_ros.core.arrays import FloatArray, FloatImage, Matrix
from mt_depth_ros.core.types import DepthPrediction
from mt_depth_ros.evaluation.error_metrics import ErrorSums, ImageMeans
from mt_depth_ros.evaluation.evaluation_frame import EvaluationFrame
from mt_depth_ros.evaluation.flying_pixels import count_flying_pixels, FlyingPixels
from mt_depth_ros.evaluation.pixel_sets import (
    find_pixel_sets,
    PixelSets,
    REGION_CAP_M,
    SET_NAMES,
)
from mt_depth_ros.evaluation.sky_detection import count_sky, SkyDetection
from mt_depth_ros.evaluation.uncertainty_calibration import (
    area_under_sparsification_error,
    Sparsification,
)

CALIBRATION_SET = f'cap_{REGION_CAP_M:.0f}'
"""The pixels that sparsification is told for."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FrameTruth:
    """What the answers to a frame are compared with; found once for all predictors.

    Attributes:
        truth_m: (H, W) float32 metres; 0 or NaN = unknown, +Inf = sky.
        sets: its pixels with a truth, and the sets they are in.
        distance_px: (N,) float32, from those pixels to the nearest measured one.
    """

    truth_m: FloatImage
    sets: PixelSets
    distance_px: FloatArray

    @classmethod
    def of(cls, frame: EvaluationFrame) -> FrameTruth:
        """Finds it."""
        sets = find_pixel_sets(frame.truth_m, frame.sparse_depth_m, frame.instance_ids)
        hole = (frame.sparse_depth_m <= 0.0).view(np.uint8)
        distance_px = cv2.distanceTransform(hole, cv2.DIST_L2, cv2.DIST_MASK_5)
        return cls(truth_m=frame.truth_m, sets=sets, distance_px=sets.of(distance_px))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scores:
    """What one or more answers came to; add them to pool.

    Attributes:
        images: number of answers.
        errors: sums over the pixels of every set.
        image_means: means over images, of every set.
        flying: flying pixels.
        sky: sky found, missed and invented.
        by_uncertainty, by_distance, by_error: pixels up to 80 m sorted by the stated
            uncertainty, by the distance to the nearest measurement and by their true error.
        image_areas: (2, 2) float64, sums over images of AUSE: by uncertainty and by distance, of
            MAE and RMSE.
        images_with_area: how many images those are of.
    """

    images: int
    errors: ErrorSums
    image_means: ImageMeans
    flying: FlyingPixels
    sky: SkyDetection
    by_uncertainty: Sparsification
    by_distance: Sparsification
    by_error: Sparsification
    image_areas: Matrix
    images_with_area: int

    def __add__(self, other: Scores) -> Scores:
        return Scores(
            images=self.images + other.images,
            errors=self.errors + other.errors,
            image_means=self.image_means + other.image_means,
            flying=self.flying + other.flying,
            sky=self.sky + other.sky,
            by_uncertainty=self.by_uncertainty + other.by_uncertainty,
            by_distance=self.by_distance + other.by_distance,
            by_error=self.by_error + other.by_error,
            image_areas=self.image_areas + other.image_areas,
            images_with_area=self.images_with_area + other.images_with_area,
        )

    @classmethod
    def zero(cls) -> Scores:
        """No answer yet."""
        return cls(
            images=0,
            errors=ErrorSums.zero(len(SET_NAMES)),
            image_means=ImageMeans.zero(len(SET_NAMES)),
            flying=FlyingPixels(),
            sky=SkyDetection(),
            by_uncertainty=Sparsification.zero(),
            by_distance=Sparsification.zero(),
            by_error=Sparsification.zero(),
            image_areas=np.zeros((2, 2)),
            images_with_area=0,
        )


def score_answer(
    truth: FrameTruth, prediction: DepthPrediction | None, *, max_range_m: float
) -> Scores:
    """Scores one answer.

    An answer of +Inf says that nothing is in range, so it counts as a depth of ``max_range_m``:
    calling what is hard sky does not hide an error. NaN is no answer and told as such.

    Args:
        truth: of the frame.
        prediction: the answer; None: the frame was refused, and no pixel is answered.
        max_range_m: the range of the predictor, metres.
    """
    nothing = np.full(truth.truth_m.shape, np.nan, np.float32)
    depth_m = nothing if prediction is None else prediction.depth_m
    scale_m = nothing if prediction is None else prediction.uncertainty_m
    scored_m = np.where(np.isposinf(depth_m), np.float32(max_range_m), depth_m)
    sets = truth.sets
    predicted_m, uncertainty_m = sets.of(scored_m), sets.of(scale_m)
    errors = ErrorSums.over(sets.members, predicted_m, sets.truth_m, uncertainty_m)
    error_m = np.abs(predicted_m - sets.truth_m)
    ranked = sets.member(CALIBRATION_SET) & np.isfinite(error_m) & np.isfinite(uncertainty_m)
    sorted_pixels = tuple(
        Sparsification.sorted_by(criterion[ranked], error_m[ranked])
        for criterion in (uncertainty_m, truth.distance_px, error_m)
    )
    areas, images_with_area = _areas(sorted_pixels)
    return Scores(
        images=1,
        errors=errors,
        image_means=ImageMeans.of_image(errors),
        flying=count_flying_pixels(scored_m, truth.truth_m),
        sky=count_sky(depth_m, truth.truth_m, max_range_m=max_range_m),
        by_uncertainty=sorted_pixels[0],
        by_distance=sorted_pixels[1],
        by_error=sorted_pixels[2],
        image_areas=areas,
        images_with_area=images_with_area,
    )


def _areas(sorted_pixels: tuple[Sparsification, ...]) -> tuple[Matrix, int]:
    """AUSE of one image, and 1; 0 and 0 where there is no error to rank."""
    by_uncertainty, by_distance, by_error = sorted_pixels
    if by_error.sums[1].sum() == 0.0:
        return np.zeros((2, 2)), 0
    areas = [
        area_under_sparsification_error(each, by_error) for each in (by_uncertainty, by_distance)
    ]
    return np.array([[area.mae, area.rmse] for area in areas]), 1
