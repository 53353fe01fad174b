"""From boxes and coarse mask logits on a model's grid to instances in the image."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mt_depth_ros.core.arrays import FloatArray
from mt_depth_ros.segmentation.letterbox import Letterbox, sample_bilinear
from mt_depth_ros.segmentation.segmenter import InstanceMask


def cut_out_instances(
    detections: FloatArray,
    mask_logits: FloatArray,
    letterbox: Letterbox,
    class_names: Mapping[int, str],
) -> list[InstanceMask]:
    """The detections that have a pixel in the image, cut out at the image's resolution.

    Args:
        detections: (N, 6) left, top, right, bottom on the grid, score, class.
        mask_logits: (N, h, w) on a coarser grid; above 0 is foreground.
        letterbox: how the image lies on the grid.
        class_names: number -> name.
    """
    instances = []
    stride = letterbox.outer_height / mask_logits.shape[1]
    boxes = letterbox.boxes_on_image(detections[:, :4])
    for box, detection, logits in zip(boxes, detections, mask_logits, strict=True):
        left, top, right, bottom = (int(edge) for edge in box)
        rows = letterbox.rows_on_grid(np.arange(top, bottom), stride=stride)
        columns = letterbox.columns_on_grid(np.arange(left, right), stride=stride)
        sampled = sample_bilinear(logits, rows, columns)
        if (sampled > 0.0).any():
            instances.append(
                InstanceMask(
                    probability=_sigmoid(sampled),
                    left_px=left,
                    top_px=top,
                    class_id=int(detection[5]),
                    class_name=class_names[int(detection[5])],
                    score=float(detection[4]),
                )
            )
    return instances


def _sigmoid(logits: FloatArray) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0))), np.float32)
