"""The sets of pixels that errors are told for: by depth, at edges, at objects, near the input.

Only pixels whose true depth is known and finite are in any set; sky and unknown pixels never.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import AnyArray, BoolImage, FloatArray, FloatImage
from mt_depth_ros.core.checks import check_array

CAPS_M = (20.0, 50.0, 80.0, 100.0)
"""Truth farther than a cap is not in its set."""

RANGES_M = ((0.0, 10.0), (10.0, 20.0), (20.0, 40.0), (40.0, 80.0), (80.0, 120.0), (120.0, np.inf))
"""Bins of true depth: above the first, up to and with the second."""

REGION_CAP_M = 80.0
"""Regions hold truth up to here."""

BAND_RADII_PX = (1, 2, 4)
"""A pixel is in an instance band if another instance lies within so many pixels."""

EDGE_LOG_RATIO = 0.1
"""Neighbours whose depths have a ratio above exp(0.1) lie on two sides of a depth edge."""

EDGE_BAND_RADIUS_PX = 2
"""How far the band reaches from the pixels at a depth edge."""

MIN_DENSE_SHARE = 0.5
"""Where less of the image has a truth, it has no neighbours to find depth edges by."""

CAP_SETS = (*(f'cap_{cap:.0f}' for cap in CAPS_M), 'uncapped')
RANGE_SETS = (
    *(f'range_{low:.0f}_{high:.0f}' for low, high in RANGES_M[:-1]),
    f'range_{RANGES_M[-1][0]:.0f}_up',
)
REGION_SETS = (
    'instances',
    *(f'instance_band_{radius}' for radius in BAND_RADII_PX),
    'off_instance_bands',
    'edge_band',
    'off_edge_band',
    'holes',
    'input_pixels',
    'inside_hull',
    'outside_hull',
)
SET_NAMES = (*CAP_SETS, *RANGE_SETS, *REGION_SETS)
"""Every set, in the order of :attr:`PixelSets.members`."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PixelSets:
    """Which of the N pixels with a truth are in which of the S sets.

    Attributes:
        pixel: (N,) int64, place in the image, row * W + column.
        truth_m: (N,) float32 metres.
        members: (S, N) bool, in the order of :data:`SET_NAMES`.
    """

    pixel: NDArray[np.int64]
    truth_m: FloatArray
    members: BoolImage

    def of(self, image: AnyArray) -> AnyArray:
        """(N,) values of an (H, W) image at the pixels."""
        return np.take(image, self.pixel)

    def member(self, name: str) -> BoolImage:
        """(N,) bool: which pixels are in a set."""
        return np.asarray(self.members[SET_NAMES.index(name)], np.bool_)


def find_pixel_sets(
    truth_m: FloatImage,
    sparse_depth_m: FloatImage,
    instance_ids: NDArray[np.int32] | None = None,
) -> PixelSets:
    """Sorts the pixels of a frame into the sets.

    Args:
        truth_m: (H, W) float32 metres; 0 or NaN = unknown, +Inf = sky.
        sparse_depth_m: (H, W) float32 metres, the input; 0 = no measurement.
        instance_ids: (H, W) int32, 0 = no instance; None: not told, and no pixel is in the sets
            of instances.
    """
    check_array(truth_m, name='truth_m', shape=(None, None), dtype='f4')
    check_array(sparse_depth_m, name='sparse_depth_m', shape=truth_m.shape, dtype='f4')
    with np.errstate(invalid='ignore'):
        is_known = np.isfinite(truth_m) & (truth_m > 0.0)
    pixel = np.flatnonzero(is_known)
    known_m = np.take(truth_m, pixel)
    by_depth = [known_m <= cap for cap in CAPS_M]
    by_depth += [np.ones_like(known_m, np.bool_)]
    by_depth += [(known_m > low) & (known_m <= high) for low, high in RANGES_M]
    regions = _regions(truth_m, sparse_depth_m, instance_ids)
    in_reach = known_m <= REGION_CAP_M
    members = by_depth + [np.take(region, pixel) & in_reach for region in regions]
    return PixelSets(pixel=pixel, truth_m=known_m, members=np.stack(members))


def instance_band(instance_ids: NDArray[np.int32], radius_px: int) -> BoolImage:
    """Pixels that have another instance id within a distance; 0, no instance, counts as one.

    Args:
        instance_ids: (H, W) int32, below 2^24.
        radius_px: Euclidean distance between pixel centres.
    """
    ids, disc = instance_ids.astype(np.float32), _disc(radius_px)
    return np.asarray(cv2.dilate(ids, disc) != cv2.erode(ids, disc), np.bool_)


def edge_band(truth_m: FloatImage, radius_px: int = EDGE_BAND_RADIUS_PX) -> BoolImage:
    """Pixels within a distance of a depth edge.

    At an edge are two neighbours, side by side or one above the other, with
    |ln(z1 / z2)| > 0.1; sky beside a surface is an edge too.

    Args:
        truth_m: (H, W) float32 metres; 0 or NaN = unknown, +Inf = sky.
        radius_px: Euclidean distance from the pixels at the edge.
    """
    with np.errstate(invalid='ignore', divide='ignore'):
        log = np.log(np.where(truth_m > 0.0, truth_m, np.float32(np.nan)))
        at_edge = np.zeros(truth_m.shape, np.bool_)
        # Between two sky pixels, Inf - Inf is NaN and no edge.
        down = np.abs(log[1:] - log[:-1]) > EDGE_LOG_RATIO
        right = np.abs(log[:, 1:] - log[:, :-1]) > EDGE_LOG_RATIO
    at_edge[1:] |= down
    at_edge[:-1] |= down
    at_edge[:, 1:] |= right
    at_edge[:, :-1] |= right
    band = cv2.dilate(at_edge.view(np.uint8), _disc(radius_px))
    return np.asarray(band > 0, np.bool_)


def hull_of_input(sparse_depth_m: FloatImage) -> BoolImage:
    """(H, W) bool: the convex hull of the measured pixels, them included."""
    inside = np.zeros(sparse_depth_m.shape, np.uint8)
    row, column = np.nonzero(sparse_depth_m > 0.0)
    if len(row):
        points = np.stack([column, row], axis=1).astype(np.int32)
        cv2.fillConvexPoly(inside, cv2.convexHull(points), [1])
    return inside.view(np.bool_)


def is_dense(truth_m: FloatImage) -> bool:
    """Whether most pixels have a truth, depth or sky."""
    with np.errstate(invalid='ignore'):
        return bool(np.mean(truth_m > 0.0) >= MIN_DENSE_SHARE)


def _regions(
    truth_m: FloatImage, sparse_depth_m: FloatImage, instance_ids: NDArray[np.int32] | None
) -> list[BoolImage]:
    nowhere = np.zeros(truth_m.shape, np.bool_)
    regions = [nowhere] * (len(BAND_RADII_PX) + 2)
    if instance_ids is not None:
        check_array(instance_ids, name='instance_ids', shape=truth_m.shape, dtype='i4')
        bands = [instance_band(instance_ids, radius) for radius in BAND_RADII_PX]
        regions = [instance_ids > 0, *bands, ~bands[-1]]
    if is_dense(truth_m):
        band = edge_band(truth_m)
        regions += [band, ~band]
    else:
        regions += [nowhere, nowhere]
    is_input = sparse_depth_m > 0.0
    hull = hull_of_input(sparse_depth_m)
    return [*regions, ~is_input, is_input, hull, ~hull]


def _disc(radius_px: int) -> NDArray[np.uint8]:
    """Pixels whose centres are within the radius of the middle one."""
    step = np.arange(-radius_px, radius_px + 1)
    return (step[:, None] ** 2 + step**2 <= radius_px**2).astype(np.uint8)
