"""How well depth edges lie on image edges, for any small offset of the projection."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np

from mt_depth_ros.core.arrays import AnyArray, BoolImage, FloatArray, Matrix
from mt_depth_ros.core.checks import check_array
from mt_depth_ros.pipeline.image_edges import EdgeResponse
from mt_depth_ros.pipeline.image_motion import flow_of_unit_motions

SEARCH_DEG = 4.0
"""Largest turn about x and y that :meth:`EdgeAlignment.coarse_turn` looks at."""

SECTORS = 10
"""The view is cut into as many upright strips, each a witness of its own."""

_MAX_POINTS_PER_KIND = 250
_SAMPLES_IN_SEARCH = 6


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EdgeSample:
    """The depth edges of one scan and the image edges they should lie on.

    Attributes:
        slopes: (N, 2) float32, x / z and y / z of the depth edges in the rectified frame, where
            the scan's own stamp puts them.
        is_upright: (N,) bool.
        flow: (N, 2) float32 change of the slopes a second; zeros where the motion is not known.
        image_is_later_s: image stamp less scan stamp.
        image: the image edges.
    """

    slopes: FloatArray
    is_upright: BoolImage
    flow: FloatArray
    image_is_later_s: float
    image: EdgeResponse

    def __post_init__(self) -> None:
        count = len(self.slopes)
        check_array(self.slopes, name='slopes', shape=(count, 2), dtype='f4')
        check_array(self.is_upright, name='is_upright', shape=(count,), dtype='?')
        check_array(self.flow, name='flow', shape=(count, 2), dtype='f4')


class EdgeAlignment:
    """The newest samples of one camera, ready to be scored.

    An offset is (x, y, z, time): radians by which the points must be turned about the axes of the
    rectified frame to lie on the image's edges (positive: up, to the right, clockwise), and
    the seconds that must be added to the scan's stamps.

    Args:
        max_samples: the oldest are forgotten beyond that.
    """

    def __init__(self, max_samples: int) -> None:
        self._samples: deque[_PreparedSample] = deque(maxlen=max_samples)

    def __len__(self) -> int:
        return len(self._samples)

    def add(self, sample: EdgeSample) -> None:
        """Takes a sample in.

        Raises:
            ValueError: its image is of another size than those before.
        """
        prepared = _PreparedSample(sample)
        if self._samples and self._samples[-1].shape != prepared.shape:
            raise ValueError(
                f'image: expected shape {self._samples[-1].shape}, got {prepared.shape}'
            )
        self._samples.append(prepared)

    @property
    def num_edges(self) -> int:
        """Depth edges in all samples."""
        return sum(len(sample.channel) for sample in self._samples)

    def coarse_turn(self, roll_rad: float) -> tuple[float, float]:
        """The turn about x and y within 4 degrees that fits best, to a third of a degree.

        Args:
            roll_rad: the points are first turned about z by this.

        Returns:
            Radians.
        """
        every = -(-len(self._samples) // _SAMPLES_IN_SEARCH)
        looked_at = list(self._samples)[::every]
        surface = np.sum([sample.shift_surface(roll_rad) for sample in looked_at], axis=0)
        row, column = np.unravel_index(int(surface.argmax()), surface.shape)
        return looked_at[-1].turn_of(int(row), int(column))

    def scores(self, offsets: Matrix, *, every: int = 1) -> Matrix:
        """The image's edge response under the depth edges, summed over each witness.

        Args:
            offsets: (M, 4) float64.
            every: look at every n-th edge only.

        Returns:
            (B, M) float64; a witness is one strip of the view in one sample.
        """
        return np.concatenate([sample.scores(offsets, every) for sample in self._samples])

    def num_edges_of_witnesses(self) -> Matrix:
        """(B,) float64 edges of each witness, in the order of :meth:`scores`."""
        return np.concatenate([sample.num_edges_of_sectors() for sample in self._samples])

    def effect_of_time(self) -> float:
        """Root mean square flow of the edges, radians a second."""
        flow = np.concatenate([sample.effects[:, :, 3] for sample in self._samples])
        return float(np.sqrt(np.mean(np.sum(flow**2, axis=1)))) if len(flow) else 0.0


class _PreparedSample:
    """A sample laid out for scoring: sorted by witness, image padded with zeros."""

    def __init__(self, sample: EdgeSample) -> None:
        chosen = _thinned(sample.is_upright)
        slopes, flow = sample.slopes[chosen], sample.flow[chosen]
        slopes = slopes + flow * np.float32(sample.image_is_later_s)
        half_width = sample.image.camera.width / 2 / sample.image.camera.fx
        sector = np.clip((slopes[:, 0] / half_width + 1) / 2 * SECTORS, 0, SECTORS - 1)
        order = np.argsort(sector.astype(np.int64), kind='stable')
        chosen, slopes, flow = chosen[order], slopes[order], flow[order]
        self._starts = np.searchsorted(sector.astype(np.int64)[order], np.arange(SECTORS))
        self.channel = sample.is_upright[chosen].astype(np.int32)
        turns = flow_of_unit_motions(slopes, np.ones(len(slopes), np.float32))[:, :, :3]
        self.effects = np.concatenate([turns, -flow[:, :, None]], axis=2)
        camera = sample.image.camera
        self._focal = np.array([camera.fx, camera.fy], np.float32)
        self._at = slopes * self._focal + np.array([camera.cx, camera.cy], np.float32)
        self._moves = self.effects * self._focal[:, None]
        self.shape = sample.image.response.shape
        self._padded = np.pad(sample.image.response, ((0, 0), (1, 1), (1, 1))).ravel()
        self._reach_px = np.ceil(np.tan(np.radians(SEARCH_DEG)) * self._focal).astype(int)
        self._response = sample.image.response

    def turn_of(self, row: int, column: int) -> tuple[float, float]:
        """The turn about x and y that shifts to a place of the surface."""
        right_px, down_px = column - self._reach_px[0], row - self._reach_px[1]
        return float(-down_px / self._focal[1]), float(right_px / self._focal[0])

    def scores(self, offsets: Matrix, every: int) -> Matrix:
        """(SECTORS, M) as :meth:`EdgeAlignment.scores`."""
        _, height, width = self.shape
        moved = offsets.astype(np.float32) @ self._moves[::every].reshape(-1, 4).T
        at = moved.reshape(len(offsets), -1, 2)
        at += self._at[::every]
        column = np.clip(np.rint(at[..., 0]).astype(np.int32), -1, width) + 1
        row = np.clip(np.rint(at[..., 1]).astype(np.int32), -1, height) + 1
        index = (self.channel[::every] * (height + 2) + row) * (width + 2) + column
        found = self._padded.take(index)
        running = np.zeros((len(offsets), found.shape[1] + 1), np.float32)
        np.cumsum(found, axis=1, out=running[:, 1:])
        ends = -(-np.append(self._starts, len(self.channel)) // every)
        return np.diff(running[:, ends], axis=1).T.astype(np.float64)

    def num_edges_of_sectors(self) -> Matrix:
        """(SECTORS,) float64."""
        return np.diff(np.append(self._starts, len(self.channel))).astype(np.float64)

    def shift_surface(self, roll_rad: float) -> FloatArray:
        """(2 r + 1, 2 c + 1) sum of the response for every shift by whole pixels."""
        _, height, width = self.shape
        columns, rows = self._reach_px
        at = np.rint(self._at + self._moves[:, :, 2] * np.float32(roll_rad)).astype(np.int64)
        inside = ((at >= 0) & (at < (width, height))).all(axis=1)
        surface = np.zeros((2 * rows + 1, 2 * columns + 1), np.float32)
        for channel in (0, 1):
            here = at[inside & (self.channel == channel)]
            counts = np.zeros((height, width), np.float32)
            np.add.at(counts, (here[:, 1], here[:, 0]), 1)
            padded = cv2.copyMakeBorder(
                self._response[channel], rows, rows, columns, columns, cv2.BORDER_CONSTANT, value=0
            )
            surface += cv2.matchTemplate(padded, counts, cv2.TM_CCORR)
        return surface


def _thinned(is_upright: BoolImage) -> AnyArray:
    """Indices of at most 250 edges of either kind, evenly spread over their order."""
    kept = []
    for kind in (False, True):
        index = np.flatnonzero(is_upright == kind)
        if len(index) > _MAX_POINTS_PER_KIND:
            index = index[np.linspace(0, len(index) - 1, _MAX_POINTS_PER_KIND).astype(np.int64)]
        kept.append(index)
    return np.concatenate(kept)
