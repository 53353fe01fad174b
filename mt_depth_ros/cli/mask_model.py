"""The mask model that a command cannot do without."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mt_depth_ros.segmentation.config import SegmentationConfig
    from mt_depth_ros.segmentation.segmenter import Segmenter


def build_mask_model(config: SegmentationConfig) -> Segmenter:
    """As the node builds it, less the choice of none.

    Raises:
        ConfigError: there is none.
        CheckpointError: its weights cannot be used.
    """
    from mt_depth_ros.core.errors import ConfigError
    from mt_depth_ros.segmentation.build import build_segmenter

    if config.backend == 'none' or (config.backend == 'auto' and not config.weights):
        raise ConfigError(
            expected='a mask model',
            got='none named',
            where='--mask-weights',
            remedy='name an .onnx or .pt file',
        )
    return build_segmenter(config)


def mask_weights_sha256(weights: str) -> str | None:
    """The sha256 of mask weights, however they were named; None where they are not a file.

    Raises:
        CheckpointError: a model that ships is missing or damaged.
    """
    from mt_depth_ros.segmentation.mask_manifest import find_mask_model
    from mt_depth_ros.segmentation.weights import find_weights

    path = find_weights(weights) if '.' in weights else find_mask_model(weights)
    return None if path is None else sha256(path.read_bytes()).hexdigest()
