"""What a YOLO segmentation model answers, decoded: boxes, overlaps removed, mask logits.

The layout is that of ultralytics' exported models; the rules are those of its own
``non_max_suppression`` with one class a box.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import FloatArray
from mt_depth_ros.segmentation.config import SegmentationConfig

MAX_CANDIDATES = 1000  # before overlapping boxes are removed, which is slow


def decode_detections(
    places: FloatArray,
    prototypes: FloatArray,
    *,
    config: SegmentationConfig,
    class_ids: Collection[int] | None,
) -> tuple[FloatArray, FloatArray]:
    """The detections of one image, best score first.

    Args:
        places: (4 + C + M, P): centre x, centre y, width and height on the model's grid in
            pixels, the scores of C classes, M mask coefficients; for each of P places.
        prototypes: (M, h, w).
        config: the least confidence, the greatest overlap, and how many may stay.
        class_ids: the classes that count; None: all.

    Returns:
        (N, 6) left, top, right, bottom, score, class; and (N, h, w) mask logits, above 0 is
        foreground.
    """
    num_masks = prototypes.shape[0]
    scores = places[4:-num_masks]
    best = scores.max(axis=0)
    ids = scores.argmax(axis=0)
    is_candidate = best > config.confidence
    if class_ids is not None:
        is_candidate &= np.isin(ids, list(class_ids))
    (candidates,) = np.nonzero(is_candidate)
    order = np.argsort(-best[candidates], kind='stable')[:MAX_CANDIDATES]
    candidates = candidates[order]
    centre, size = places[:2, candidates].T, places[2:4, candidates].T
    boxes = np.concatenate([centre - size / 2, centre + size / 2], axis=1)
    kept = remove_overlaps(
        boxes, ids[candidates], threshold=config.max_overlap, limit=config.max_instances
    )
    chosen = candidates[kept]
    detections = np.column_stack([boxes[kept], best[chosen], ids[chosen]])
    logits = np.tensordot(places[-num_masks:, chosen].T, prototypes, axes=1)
    return detections.astype(np.float32), logits.astype(np.float32)


def remove_overlaps(
    boxes: FloatArray, ids: NDArray[np.int64], *, threshold: float, limit: int
) -> NDArray[np.int64]:
    """Of two boxes of a class that overlap too much, the earlier stays.

    Args:
        boxes: (N, 4) left, top, right, bottom, best first.
        ids: (N,) classes.
        threshold: the greatest intersection over union of two that may both stay.
        limit: the first so many stay.

    Returns:
        The places of those that stay, in order.
    """
    area = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0.0), axis=1)
    remaining = np.arange(len(boxes))
    kept: list[int] = []
    while len(remaining) and len(kept) < limit:
        first, rest = remaining[0], remaining[1:]
        kept.append(int(first))
        low = np.maximum(boxes[first, :2], boxes[rest, :2])
        high = np.minimum(boxes[first, 2:], boxes[rest, 2:])
        shared = np.prod(np.maximum(high - low, 0.0), axis=1)
        union = area[first] + area[rest] - shared
        overlap = shared / np.maximum(union, 1e-9)
        remaining = rest[(overlap <= threshold) | (ids[rest] != ids[first])]
    return np.array(kept, dtype=np.int64)
