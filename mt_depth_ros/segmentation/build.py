"""From a config to the segmenter it asks for."""

from __future__ import annotations

from importlib.util import find_spec
import logging
from pathlib import Path

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.models_folder import find_models_folder
from mt_depth_ros.segmentation.config import SegmentationConfig
from mt_depth_ros.segmentation.mask_manifest import find_mask_model, read_mask_entries
from mt_depth_ros.segmentation.no_mask import NoMask
from mt_depth_ros.segmentation.onnx_segmenter import OnnxSegmenter
from mt_depth_ros.segmentation.segmenter import Segmenter
from mt_depth_ros.segmentation.weights import download_weights, find_weights
from mt_depth_ros.segmentation.yolo_segmenter import INSTALL, YoloSegmenter

logger = logging.getLogger(__name__)


def build_segmenter(config: SegmentationConfig) -> Segmenter:
    """Builds the segmenter.

    ``auto`` falls back to no mask where no weights are named, with one warning.

    Raises:
        ConfigError: a backend was asked for or weights were named, and one of the two is not
            there.
        CheckpointError: the weights are there but cannot be used, whatever the backend.
    """
    if config.backend == 'none':
        return NoMask()
    model = _onnx_model(config)
    if model is not None:
        return OnnxSegmenter(config, model)
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


def _onnx_model(config: SegmentationConfig) -> Path | None:
    """The ONNX file to run; None where the config does not ask for one."""
    if config.backend == 'ultralytics' or (config.backend == 'auto' and not config.weights):
        # The shipped model is AGPL-3.0: it runs only where somebody asked for it.
        return None
    if config.weights.endswith('.onnx'):
        return Path(config.weights).expanduser()
    is_name = '.' not in config.weights
    model = find_mask_model(config.weights) if is_name else None
    # A misspelt name must not be told to install ultralytics, whose weights are files.
    is_misspelt = is_name and find_weights(config.weights) is None
    if model is None and (config.backend == 'onnx' or is_misspelt):
        names = ', '.join(read_mask_entries(find_models_folder()))
        file = 'an .onnx file' if config.backend == 'onnx' else 'a .pt or .onnx file'
        raise ConfigError(
            expected=f'the path of {file}'
            + (f', or one of {names}' if names else ' (no mask model ships with this package)'),
            got=repr(config.weights) if config.weights else 'none named',
            where='mask weights' + ' of mask_backend onnx' * (config.backend == 'onnx'),
            remedy="name a file in mask_weights ('mt_depth train-mask' makes one), or choose "
            'mask_backend ultralytics for a .pt file, or none',
        )
    return model


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
        "(--mask-allow-download) the official 'yolo11n-seg.pt' is fetched once; or of an "
        '.onnx file; or choose mask_backend none',
    )
