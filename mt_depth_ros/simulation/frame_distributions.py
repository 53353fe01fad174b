"""How a frame's depths and object sizes are spread, simulated or genuine."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.data.virtual_kitti2 import VirtualKitti2, VirtualKittiSelection
from mt_depth_ros.data.virtual_kitti2_layout import Modality

DEPTH_EDGES_M = (0, 5, 10, 15, 20, 30, 40, 60, 80, 120, 250)
SIZE_PERCENTILES = (10, 25, 50, 75, 90)


def depth_shares(depth_m: FloatImage) -> dict[str, float]:
    """Share of all pixels in every interval of depth, beyond the last, and in the sky.

    Args:
        depth_m: (H, W) float32 metres, +Inf for the sky.

    Returns:
        One share for each label; together they are 1 where every pixel has a depth or is sky.
    """
    edges = np.array([*DEPTH_EDGES_M, np.finfo(np.float32).max])
    counts = np.histogram(depth_m[np.isfinite(depth_m)], edges)[0]
    labels = [f'{near} .. {far} m' for near, far in pairwise(DEPTH_EDGES_M)]
    labels.append(f'beyond {DEPTH_EDGES_M[-1]} m')
    shares = dict(zip(labels, (counts / depth_m.size).tolist(), strict=True))
    return shares | {'sky': float(np.isinf(depth_m).mean())}


def instance_sizes(ids: NDArray[np.integer]) -> dict[str, float]:
    """How many instances there are, what share they cover, and percentiles of their pixels.

    Args:
        ids: (H, W) number of the instance of every pixel; 0 for none.
    """
    pixels = np.bincount(ids.ravel())[1:]
    pixels = pixels[pixels > 0]
    figures = {'instances': float(len(pixels)), 'pixels in instances': float((ids > 0).mean())}
    for percentile in SIZE_PERCENTILES:
        size = float(np.percentile(pixels, percentile)) if len(pixels) else float('nan')
        figures[f'instance size, {percentile} % (pixels)'] = size
    return figures


def genuine_distributions(root: Path) -> dict[str, float]:
    """The same of the first frame of each kind in genuine Virtual KITTI 2 folders.

    Depth and instances may be of different frames, as single files have been published.

    Raises:
        DataFileError: there are none, or they are damaged.
    """
    figures: dict[str, float] = {}
    for modality in (Modality.DEPTH, Modality.INSTANCES):
        selection = VirtualKittiSelection(modalities=frozenset({modality}), with_texts=False)
        sample = VirtualKitti2(root, selection=selection)[0]
        if sample.instance_ids is None:
            figures |= depth_shares(sample.truth_m)
        else:
            figures |= instance_sizes(sample.instance_ids)
    return figures
