"""From a config to the segmenter it asks for."""

from __future__ import annotations

from importlib.util import find_spec
import logging
from pathlib import Path

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.segmentation.config import SegmentationConfig
from mt_depth_ros.segmentation.no_mask import NoMask
from mt_depth_ros.segmentation.segmenter import Segmenter
from mt_depth_ros.segmentation.weights import download_weights, find_weights
from mt_depth_ros.segmentation.yolo_segmenter import INSTALL, YoloSegmenter

logger = logging.getLogger(__name__)


def build_segmenter(config: SegmentationConfig) -> Segmenter:
    """Builds the segmenter.

    ``auto`` falls back to no mask where no weights are named, with one warning.

    Raises:
        ConfigError: ``ultralytics`` was asked for or weights were named, and one of the two is
            not there.
        CheckpointError: the weights are there but cannot be used, whatever the backend.
    """
    if config.backend == 'none':
        return NoMask()
    try:
        _require_ultralytics()
        weights = _require_weights(config)
    except ConfigError as error:
        # Whoever names weights wants a mask, whatever the backend says.
        if config.backend == 'ultralytics' or config.weights:
            raise
        logger.warning('no foreground mask: %s', error)
        return NoMask()
    return YoloSegmenter(config, weights)


def _require_ultralytics() -> None:
    # ultralytics reads the version of torchvision, though no code of it is needed.
    missing = [name for name in ('ultralytics', 'torchvision') if find_spec(name) is None]
    if missing:
        raise ConfigError(
            expected='ultralytics and torchvision to be installed',
            got=f'no {" and no ".join(missing)}',
            where='segmentation backend ultralytics',
            remedy=f'install with {INSTALL}, or choose backend none',
        )


def _require_weights(config: SegmentationConfig) -> Path:
    path = find_weights(config.weights) if config.weights else None
    if path is not None:
        return path
    if config.weights and config.allow_download:
        return download_weights(config.weights)
    raise ConfigError(
        expected='the weights of a YOLO segmentation model',
        got=f'no file {config.weights!r}' if config.weights else 'none named',
        where='mask weights',
        remedy='name the path of a .pt file such as yolo11n-seg.pt; with mask_allow_download '
        "(--mask-allow-download) the official 'yolo11n-seg.pt' is fetched once; or choose "
        'mask_backend none',
    )
