"""The mask model that a command cannot do without."""

from __future__ import annotations

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
