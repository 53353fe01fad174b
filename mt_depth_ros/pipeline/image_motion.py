"""How the scene moves past the camera, from two images and the depth of points in them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mt_depth_ros.core.arrays import BoolImage, FloatArray, Matrix
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.pipeline.image_edges import SmallImage

_MAX_TRACKS = 200
_MAX_CANDIDATES = 5000
_MIN_TRACKS = 25
_SPREAD_PX = 20
_WINDOW_PX = 15
_PYRAMID_LEVELS = 3
_TRIALS = 150
_ITERATIONS = 4
_TUKEY = 2.0
_MIN_INLIER_SHARE = 0.3
_INLIER_PX = 0.8
_INLIER_SHARE_OF_FLOW = 0.08
_EXCEPTION = 2.0
_STILL_DEGPS, _STILL_MPS = 0.3, 0.15
_SAME_THING_SLOPE = 0.06
_SAME_THING_LOG_DEPTH = 0.15


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Tracks:
    """Points that were followed from one image to the next.

    Attributes:
        slopes: (N, 2) float32, x / z and y / z.
        depth_m: (N,) float32.
        flow: (N, 2) float32 change of the slopes a second.
    """

    slopes: FloatArray
    depth_m: FloatArray
    flow: FloatArray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SceneMotion:
    """Velocity of the scene in the camera's rectified frame.

    Attributes:
        turn_radps: (3,) float64 about x, y and z: positive x moves the scene up, positive y to
            the right, positive z clockwise.
        velocity_mps: (3,) float64.
        exceptions: tracks that go another way, as on other vehicles.
        followers: those that go along.
    """

    turn_radps: Matrix
    velocity_mps: Matrix
    exceptions: Tracks
    followers: Tracks

    @property
    def turn_rate_degps(self) -> float:
        """How fast the view turns to a side or up and down, degrees a second."""
        return float(np.degrees(np.hypot(*self.turn_radps[:2])))

    @property
    def is_still(self) -> bool:
        """Whether the camera neither moves nor turns to speak of."""
        is_turning = self.turn_rate_degps > _STILL_DEGPS
        return not is_turning and float(np.linalg.norm(self.velocity_mps)) < _STILL_MPS

    def flow(self, slopes: FloatArray, depth_m: FloatArray) -> FloatArray:
        """How points move in the image.

        Points beside an exception, at its depth and nearer to it than to any follower, move as
        it does.

        Args:
            slopes: (N, 2) float32, x / z and y / z of the points.
            depth_m: (N,) float32.

        Returns:
            (N, 2) float32 change of the slopes a second.
        """
        unknowns = np.concatenate([self.turn_radps, self.velocity_mps])
        flow = flow_of_unit_motions(slopes, depth_m) @ unknowns.astype(np.float32)
        if len(self.exceptions.slopes) and len(slopes):
            apart = _apart(slopes, depth_m, self.exceptions)
            nearest = apart.argmin(axis=1)
            to_exception = apart[np.arange(len(slopes)), nearest]
            to_follower = _apart(slopes, depth_m, self.followers).min(axis=1)
            strange = (to_exception < 1) & (to_exception < to_follower)
            flow[strange] = self.exceptions.flow[nearest[strange]]
        return np.asarray(flow, np.float32)


def flow_of_unit_motions(slopes: FloatArray, depth_m: FloatArray) -> FloatArray:
    """The flow that each unit of motion causes (Longuet-Higgins and Prazdny 1980).

    Args:
        slopes: (N, 2) float32.
        depth_m: (N,) float32.

    Returns:
        (N, 2, 6) float32; three turns of the scene about x, y and z, three shifts along them.
    """
    x, y = slopes.T
    near, none = 1 / depth_m, np.zeros_like(x)
    along_x = [-x * y, 1 + x * x, -y, near, none, -x * near]
    along_y = [-(1 + y * y), x * y, x, none, near, -y * near]
    return np.stack([np.stack(along_x, axis=1), np.stack(along_y, axis=1)], axis=1)


def _apart(slopes: FloatArray, depth_m: FloatArray, tracks: Tracks) -> FloatArray:
    """(N, T) squared distance of points and tracks: 1 is too far to belong together."""
    beside = (slopes[:, None] - tracks.slopes) / np.float32(_SAME_THING_SLOPE)
    behind = np.log(depth_m[:, None] / tracks.depth_m) / np.float32(_SAME_THING_LOG_DEPTH)
    return np.asarray((beside**2).sum(axis=2) + behind**2, np.float32)


def measure_motion(
    before: SmallImage, now: SmallImage, measurements: DepthMeasurements, *, elapsed_s: float
) -> SceneMotion | None:
    """Follows measured points back into the image before and fits one rigid motion to them.

    Lucas-Kanade tracks, then the motion that most of them share, refined by least squares with
    Tukey's weights: what moves by itself stays out.

    Args:
        before: the earlier image.
        now: the later one, on the same grid.
        measurements: depth in the later one, on its grid.
        elapsed_s: between the two.

    Returns:
        The motion at about the middle between the two; None where too few points agree on one.
    """
    chosen = _trackable(now, measurements)
    if len(chosen) < _MIN_TRACKS:
        return None
    here = np.stack([measurements.u_px[chosen], measurements.v_px[chosen]], axis=1)
    there, found, _ = cv2.calcOpticalFlowPyrLK(
        now.grey, before.grey, here[:, None], np.empty_like(here[:, None]),
        winSize=(_WINDOW_PX, _WINDOW_PX), maxLevel=_PYRAMID_LEVELS,
    )  # fmt: skip
    tracked = found.ravel() == 1
    camera = now.camera
    focal = np.array([camera.fx, camera.fy], np.float32)
    centre = np.array([camera.cx, camera.cy], np.float32)
    slopes = (here[tracked] - centre) / focal
    flow = (here[tracked] - there[tracked, 0]) / focal / np.float32(elapsed_s)
    tracks = Tracks(slopes=slopes, depth_m=measurements.depth_m[chosen][tracked], flow=flow)
    return _fit(tracks, pixel=1 / camera.fx / elapsed_s)


def _trackable(image: SmallImage, measurements: DepthMeasurements) -> FloatArray:
    """(M,) indices of measurements on corners, at most one in every 20 x 20 pixels."""
    cornerness = cv2.cornerMinEigenVal(image.grey, 5)
    camera = image.camera
    inside = (measurements.u_px >= 0) & (measurements.u_px <= camera.width - 1)
    inside &= (measurements.v_px >= 0) & (measurements.v_px <= camera.height - 1)
    index = np.flatnonzero(inside)
    index = index[:: max(1, len(index) // _MAX_CANDIDATES)]
    column, row = np.rint(measurements.u_px[index]), np.rint(measurements.v_px[index])
    strength = cornerness[row.astype(np.int64), column.astype(np.int64)]
    strongest_first = np.argsort(-strength, kind='stable')
    cell = row // _SPREAD_PX * camera.width + column // _SPREAD_PX
    _, first = np.unique(cell[strongest_first], return_index=True)
    best = strongest_first[np.sort(first)][:_MAX_TRACKS]
    return np.asarray(index[best[strength[best] > 1e-4]])


def _fit(tracks: Tracks, *, pixel: float) -> SceneMotion | None:
    """The motion most tracks agree on; ``pixel`` is the flow of one pixel."""
    count = len(tracks.slopes)
    if count < _MIN_TRACKS:
        return None
    effects = flow_of_unit_motions(tracks.slopes, tracks.depth_m).astype(np.float64)
    observed = tracks.flow.astype(np.float64)
    # Fast points are followed less exactly.
    tolerance = _INLIER_PX * pixel + _INLIER_SHARE_OF_FLOW * np.linalg.norm(observed, axis=1)
    motion = _consensus(effects, observed, tolerance)
    for _ in range(_ITERATIONS):
        residual = np.linalg.norm(observed - effects @ motion, axis=1) / tolerance
        weight = np.clip(1 - (residual / _TUKEY) ** 2, 0, None) ** 2
        weighted = effects * weight[:, None, None]
        normal = np.einsum('nij,nik->jk', weighted, effects)
        right = np.einsum('nij,ni->j', weighted, observed)
        # A little damping where the view does not tell a shift from a turn.
        motion = np.linalg.solve(normal + 1e-6 * np.eye(6), right)
    follows = residual < 1
    if np.count_nonzero(follows) < max(_MIN_TRACKS, _MIN_INLIER_SHARE * count):
        return None
    return SceneMotion(
        turn_radps=motion[:3],
        velocity_mps=motion[3:],
        exceptions=_part(tracks, residual > _EXCEPTION),
        followers=_part(tracks, follows),
    )


def _part(tracks: Tracks, chosen: BoolImage) -> Tracks:
    return Tracks(
        slopes=tracks.slopes[chosen], depth_m=tracks.depth_m[chosen], flow=tracks.flow[chosen]
    )


def _consensus(effects: Matrix, observed: Matrix, tolerance: Matrix) -> Matrix:
    """(6,) the motion of three points that most others share (Fischler and Bolles 1981)."""
    rng = np.random.default_rng(0)  # the same points give the same motion
    three = rng.integers(len(effects), size=(_TRIALS, 3))
    normal = effects[three].reshape(_TRIALS, 6, 6)
    damped = normal.transpose(0, 2, 1) @ normal + 1e-9 * np.eye(6)
    right = normal.transpose(0, 2, 1) @ observed[three].reshape(_TRIALS, 6, 1)
    motions = np.linalg.solve(damped, right)[:, :, 0]
    residual = np.linalg.norm(np.einsum('nij,tj->tni', effects, motions) - observed, axis=2)
    return np.asarray(motions[int((residual < tolerance).sum(axis=1).argmax())])
