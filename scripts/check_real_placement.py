"""Whether the LiDAR of the DDAD-like recording is where its calibration says, and what that costs.

    python scripts/check_real_placement.py ../shared/data

Three cars that stand still are outlined by hand on the image of camera_01. The points on them,
told by their place alone, should fill the outlines, and points behind them should not lie inside.
The placement with which they do so best (two turns, two shifts; no depth network has a part in it)
is compared with the one given. Then linear fill and mt_depth_plus are scored with either on points
that were withheld, of that camera and of all reported frames. This is no calibration: the cars are
in one view, all within 20 m. With --pictures every point that is answered with sky is drawn.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from scipy.optimize import minimize

from mt_depth_ros.core.arrays import FloatArray, FloatImage, Matrix
from mt_depth_ros.core.projection import project_scan
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.data.broken_frames import ReadableFrames
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.evaluation.evaluation_frame import EvaluationFrames, FrameConfig
from mt_depth_ros.evaluation.metrics import (
    depth_errors,
    DepthErrors,
    DepthPairs,
    pairs_where_known,
)
from mt_depth_ros.evaluation.results.real_frames import RealFrames
from mt_depth_ros.evaluation.results.rows import build_row, table_rows, Weights
from mt_depth_ros.evaluation.sampling_choice import parse_sampling
from mt_depth_ros.evaluation.withheld_scans import WithheldScans
from mt_depth_ros.evaluation.withholding import parse_withholding
from mt_depth_ros.networks.model_manifest import find_models_folder
from mt_depth_ros.pipeline.predictor import DepthPredictor
from mt_depth_ros.visualization.pictures import write_picture

CAMERA = 'camera_01'
WITHHOLDINGS = ('keep-rings:4', 'azimuth:5')
ROWS = ('linear', 'mt_depth_plus', 'mt_depth_plus_depth')
MAX_RANGE_M = 120.0
SCORED_TO_M = 80.0
HALF_PICTURE_PX = 80
ABOVE_GROUND_M = 0.35
BEHIND_M = 3.0
"""Points this much behind a car's range are behind the car."""
SOFTNESS_PX = 4.0
STARTS = ((0.0, 0.0, 0.0, 0.0), (-0.4, -1.0, 0.0, 0.0), (0.0, -1.7, 0.2, -0.2))
STEPS = np.array([0.5, 0.5, 0.1, 0.1])
PENALTY_PER_M2 = 0.025
"""Of shifts: without a reason they stay small."""


@dataclass(frozen=True, slots=True)
class Car:
    """A car as the image shows it, and where its points are.

    Attributes:
        name: what it is.
        outline_px: (x, y) of its corners.
        ahead_m, right_m: from the camera as it is placed; only its points are there.
    """

    name: str
    outline_px: tuple[tuple[int, int], ...]
    ahead_m: tuple[float, float]
    right_m: tuple[float, float]


CARS = (
    Car(
        'red car ahead, with its roof rack',
        (
            (768, 940), (780, 780), (835, 695), (890, 620), (915, 560), (948, 552), (948, 505),
            (980, 502), (1008, 505), (1008, 468), (1060, 468), (1060, 505), (1120, 508),
            (1120, 550), (1155, 558), (1170, 590), (1220, 630), (1250, 680), (1300, 725),
            (1322, 800), (1322, 950), (1310, 1010), (780, 1015),
        ),
        ahead_m=(7.0, 11.5),
        right_m=(-2.0, 2.0),
    ),
    Car(
        'black car in the next lane',
        (
            (1302, 725), (1302, 640), (1340, 615), (1368, 568), (1430, 562), (1530, 565),
            (1550, 585), (1578, 630), (1582, 710), (1576, 760), (1350, 758), (1305, 732),
        ),
        ahead_m=(16.5, 20.5),
        right_m=(2.2, 5.6),
    ),
    Car(
        'grey truck at the right',
        (
            (1610, 740), (1630, 670), (1700, 640), (1675, 625), (1672, 595), (1725, 592),
            (1750, 615), (1815, 525), (1936, 490), (1936, 920), (1745, 920), (1680, 955),
            (1620, 940),
        ),
        ahead_m=(6.0, 13.0),
        right_m=(2.2, 6.0),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class CarPoints:
    """The outline of a car, softened, and the points that should or should not lie in it."""

    name: str
    inside: FloatImage
    on_m: FloatArray
    behind_m: FloatArray


def car_points(samples: Sequence[DepthSample]) -> list[CarPoints]:
    """The points of all scans, as nothing that is looked at moves between them."""
    first = samples[0]
    assert first.camera_from_lidar is not None
    points_m = np.concatenate([sample.scan.points_m for sample in samples if sample.scan])
    seen_m = first.camera_from_lidar.apply(points_m)
    right_m, _, ahead_m = seen_m.T
    found = []
    for car in CARS:
        inside = np.zeros((first.camera.height, first.camera.width), np.float32)
        cv2.fillPoly(inside, [np.array(car.outline_px, np.int32)], (1.0,))
        is_on = points_m[:, 2] > ABOVE_GROUND_M
        for place_m, (low_m, high_m) in ((ahead_m, car.ahead_m), (right_m, car.right_m)):
            is_on &= (place_m > low_m) & (place_m < high_m)
        found.append(
            CarPoints(
                name=car.name,
                inside=cv2.GaussianBlur(inside, (0, 0), SOFTNESS_PX).astype(np.float32),
                on_m=seen_m[is_on],
                behind_m=seen_m[ahead_m > car.ahead_m[1] + BEHIND_M],
            )
        )
    return found


def moved_by(placement: Matrix) -> RigidTransform:
    """Turns about the camera's x and y, degrees, then shifts along them, metres."""
    turn = np.radians([placement[0], placement[1], 0.0])
    return RigidTransform(
        cv2.Rodrigues(turn)[0].astype(np.float64), np.array([placement[2], placement[3], 0.0])
    )


def overlap(car: CarPoints, placement: Matrix, sample: DepthSample) -> float:
    """Points on the car in its outline, over its points in the image and points behind in it."""
    moved = moved_by(placement)

    def inside(points_m: FloatArray) -> tuple[float, int]:
        seen = project_scan(points_m, moved, sample.camera).measurements
        rows, columns = seen.v_px.astype(np.int64), seen.u_px.astype(np.int64)
        return float(car.inside[rows, columns].sum()), len(rows)

    (hits, count), (wrong, _) = inside(car.on_m), inside(car.behind_m)
    return hits / max(count + wrong, 1.0)


def fit(cars: Sequence[CarPoints], sample: DepthSample) -> Matrix:
    """The placement with the largest mean overlap, (4,): see :func:`moved_by`."""

    def cost(placement: Matrix) -> float:
        shift_m2 = float(np.sum(np.square(placement[2:])))
        overlaps = [overlap(car, placement, sample) for car in cars]
        return PENALTY_PER_M2 * shift_m2 - float(np.mean(overlaps))

    ends = []
    for start in STARTS:
        simplex = np.vstack([start, start + np.diag(STEPS)])
        options = {'initial_simplex': simplex, 'maxfev': 350, 'xatol': 0.005, 'fatol': 1e-5}
        ends.append(minimize(cost, start, method='Nelder-Mead', options=options))
    best = min(ends, key=lambda end: float(end.fun))
    return np.asarray(best.x, np.float64)


class MovedFrames:
    """Frames of a data set, the LiDAR moved against one of its cameras."""

    def __init__(self, samples: Sequence[DepthSample], placement: Matrix) -> None:
        self._samples = samples
        self._moved = moved_by(placement)

    @property
    def identities(self) -> Sequence[FrameIdentity]:
        """The name of every frame, in order."""
        return [sample.identity for sample in self._samples]

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> DepthSample:
        """The frame, its LiDAR moved where it is of that camera."""
        sample = self._samples[index]
        if sample.identity.camera != CAMERA:
            return sample
        assert sample.camera_from_lidar is not None
        return replace(sample, camera_from_lidar=self._moved @ sample.camera_from_lidar)


def score(
    frames: EvaluationFrames, predictors: Mapping[str, DepthPredictor]
) -> dict[str, DepthErrors]:
    """Errors of each row, pooled; an answer of sky counts as the largest range."""
    pairs: dict[str, list[DepthPairs]] = {title: [] for title in predictors}
    for frame in frames:
        for title, predictor in predictors.items():
            answer_m = predictor.predict(frame.frame, want_mask=False).depth_m
            answer_m = np.minimum(answer_m, np.float32(MAX_RANGE_M))
            pairs[title].append(
                pairs_where_known(answer_m, frame.truth_m, max_depth_m=SCORED_TO_M)
            )
    return {title: depth_errors(DepthPairs.joined(each)) for title, each in pairs.items()}


def build_rows() -> dict[str, DepthPredictor]:
    """What is scored, by its title."""
    weights = Weights.of_file(find_models_folder() / 'mt_depth_plus.safetensors')
    return {
        row.row.title: build_row(row, device='cpu', max_range_m=MAX_RANGE_M)[0]
        for row in table_rows({'mt_depth_plus': weights})
        if row.row.name in ROWS
    }


def print_scores(
    what: str,
    samples: Sequence[DepthSample],
    placements: Mapping[str, Matrix],
    predictors: Mapping[str, DepthPredictor],
) -> None:
    """Prints MAE and RMSE of withheld points with each placement."""
    config = FrameConfig(sampling=parse_sampling('measured'))
    for withholding in WITHHOLDINGS:
        errors = []
        for placement in placements.values():
            moved = MovedFrames(samples, placement)
            scans = WithheldScans(moved, parse_withholding(withholding))
            errors.append(score(EvaluationFrames(ReadableFrames(scans), config), predictors))
        print(f'\n| {what}, {withholding}: MAE / RMSE, m |', ' | '.join(placements), '|')
        print('|---' * (1 + len(placements)) + '|')
        for title in predictors:
            cells = (f'{each[title].mae_m:.2f} / {each[title].rmse_m:.2f}' for each in errors)
            print(f'| {title} |', ' | '.join(cells), '|')


def draw_points_on_sky(
    samples: Sequence[DepthSample], predictors: Mapping[str, DepthPredictor], folder: Path
) -> None:
    """Draws where every withheld point lies that is answered with sky, as it is placed."""
    predictor = next(each for title, each in predictors.items() if title.endswith('(ours)'))
    config = FrameConfig(sampling=parse_sampling('measured'))
    scans = WithheldScans(MovedFrames(samples, np.zeros(4)), parse_withholding(WITHHOLDINGS[0]))
    for frame in EvaluationFrames(ReadableFrames(scans), config):
        truth_m = frame.truth_m
        answer_m = predictor.predict(frame.frame, want_mask=False).depth_m
        is_scored = (truth_m > 0) & (truth_m <= SCORED_TO_M)
        for row, column in np.argwhere(is_scored & np.isposinf(answer_m)).tolist():
            picture = frame.frame.image_rgb.copy()
            cv2.drawMarker(picture, (column, row), (255, 0, 0), cv2.MARKER_CROSS, 20, 2)
            top, left = max(row - HALF_PICTURE_PX, 0), max(column - HALF_PICTURE_PX, 0)
            cut = picture[top : row + HALF_PICTURE_PX, left : column + HALF_PICTURE_PX]
            name = f'{frame.name}_{row}_{column}_{truth_m[row, column]:.0f}_m.png'
            write_picture(folder / name.replace('/', '_').replace(' ', '_'), cut)


def main() -> None:
    """Prints how far the placement is off, and the errors with either."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('real', type=Path, help='the real recordings of the results')
    parser.add_argument('--pictures', type=Path, help='folder to draw points on sky into')
    options = parser.parse_args()
    frames = RealFrames(options.real, 'reported')
    reported = [frames[index] for index in range(len(frames))]
    samples = [sample for sample in reported if sample.identity.camera == CAMERA]
    cars = car_points(samples)
    given, fitted = np.zeros(4), fit(cars, samples[0])
    print(
        f'{CAMERA}: turned by {fitted[0]:+.2f} and {fitted[1]:+.2f} degrees about x and y, and '
        f'shifted by {fitted[2]:+.2f} and {fitted[3]:+.2f} m along them, the points fit best\n'
    )
    print('| overlap of points and outline | as given | fitted |\n|---|---|---|')
    for car in cars:
        shares = (overlap(car, placement, samples[0]) for placement in (given, fitted))
        print(f'| {car.name} |', ' | '.join(f'{share:.2f}' for share in shares), '|')
    placements, predictors = {'as given': given, 'fitted': fitted}, build_rows()
    print_scores(CAMERA, samples, placements, predictors)
    print_scores('all reported frames', reported, placements, predictors)
    if options.pictures is not None:
        options.pictures.mkdir(parents=True, exist_ok=True)
        draw_points_on_sky(reported, predictors, options.pictures)


if __name__ == '__main__':
    main()
