"""YOLO11-seg, frozen, through ultralytics: the segmentation branch of MT-Depth, section 3.1.

ultralytics is AGPL-3.0 and optional; beside ``mask_training.py`` this is the only file that
imports it. Its predictor is not used: that one imports torchvision, which fails beside CPU builds
of torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
import pickle
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import torch

from mt_depth_ros.core.arrays import ByteImage, FloatArray
from mt_depth_ros.core.checks import check_array
from mt_depth_ros.core.errors import CheckpointError, ConfigError
from mt_depth_ros.segmentation.classes import chosen_classes
from mt_depth_ros.segmentation.config import SegmentationConfig
from mt_depth_ros.segmentation.instance_cutting import cut_out_instances
from mt_depth_ros.segmentation.letterbox import Letterbox
from mt_depth_ros.segmentation.process_isolation import ultralytics_isolated
from mt_depth_ros.segmentation.segmenter import merge_instances, Segmentation

MAX_CANDIDATES = 1000  # before overlapping boxes are removed, which is slow
OLDEST_VERSION = (8, 4, 190)  # tested with
INSTALL = (
    "'pip install --no-deps ultralytics torchvision' (--no-deps: it would bring a second OpenCV)"
)


class YoloSegmenter:
    """Runs a YOLO segmentation model on one image at a time.

    Args:
        config: how to run it.
        weights: a ``.pt`` file. torch files are pickles: with torch 2.6 or newer only the classes
            of ultralytics models are read from it, with older ones anything is. Name only files
            you trust.

    Raises:
        ConfigError: ultralytics is not there, or the model has no such class, or there is no such
            device.
        CheckpointError: the file is not a segmentation model.
    """

    name = 'ultralytics'

    def __init__(self, config: SegmentationConfig, weights: Path) -> None:
        self._config = config
        self._device = _usable_device(config.device)
        model, self._remove_overlaps = load_yolo_model(weights)
        self._class_names: Mapping[int, str] = dict(model.names)
        self._class_ids = chosen_classes(config.classes, self._class_names)
        self._stride = int(model.stride.max())
        self._dtype = torch.float16 if config.half else torch.float32
        # Channels last halves the time on CPUs.
        self._model = model.to(self._device, self._dtype, memory_format=torch.channels_last)

    def segment(self, image_rgb: ByteImage) -> Segmentation:
        """Segments one image; see :class:`segmenter.Segmenter`."""
        check_array(image_rgb, name='image_rgb', shape=(None, None, 3), dtype='u1')
        height, width = image_rgb.shape[:2]
        letterbox = Letterbox.fit(
            height, width, long_side=self._config.input_size, multiple=self._stride
        )
        detections, mask_logits = self._detect(letterbox.apply(image_rgb))
        instances = cut_out_instances(detections, mask_logits, letterbox, self._class_names)
        return merge_instances(instances, height=height, width=width)

    def _detect(self, grid_rgb: ByteImage) -> tuple[FloatArray, FloatArray]:
        """Boxes, scores and classes (N, 6), and mask logits on a coarse grid (N, h, w)."""
        with torch.inference_mode():
            pixels = torch.from_numpy(grid_rgb).to(self._device).permute(2, 0, 1)[None]
            (prediction, prototypes), _ = self._model(pixels.to(self._dtype) / 255.0)
            detections = self._remove_overlaps(
                prediction.float(),
                conf_thres=self._config.confidence,
                iou_thres=self._config.max_overlap,
                classes=self._class_ids,
                max_det=self._config.max_instances,
                nc=len(self._class_names),
                max_nms=MAX_CANDIDATES,
                end2end=getattr(self._model, 'end2end', False),
            )[0]
            mask_logits = torch.einsum('nc,chw->nhw', detections[:, 6:], prototypes[0].float())
        return detections[:, :6].cpu().numpy(), mask_logits.cpu().numpy()


def load_yolo_model(weights: Path, *, end_to_end: bool = True) -> tuple[Any, Callable[..., Any]]:
    """The model, fused and in evaluation mode, and the removal of overlapping boxes.

    Args:
        weights: a ``.pt`` file that you trust.
        end_to_end: False: of a model that has one head with overlapping boxes and one without,
            the former.

    Raises:
        ConfigError: ultralytics cannot be used.
        CheckpointError: the file is not a segmentation model.
    """
    if not weights.is_file():
        raise _not_a_model('no file', weights)
    with ultralytics_isolated():
        ultralytics = _import_ultralytics()
        content = _read_checkpoint(weights, ultralytics.torch_safe_load)
        model = content.get('ema') or content.get('model')
        if not isinstance(model, ultralytics.segmentation_model):
            raise _not_a_model(type(model).__name__, weights)
        if not end_to_end:
            model.model[-1].end2end = False  # before fusing, which throws the other head away
        model = model.float().fuse(verbose=False).eval().requires_grad_(False)
    return model, ultralytics.non_max_suppression


class _Ultralytics(NamedTuple):
    """What is used of it; untyped, as in an installation without it."""

    segmentation_model: Any
    torch_safe_load: Callable[..., Any]
    non_max_suppression: Callable[..., Any]


def _import_ultralytics() -> _Ultralytics:
    try:
        from ultralytics import __version__
        from ultralytics.nn.tasks import SegmentationModel, torch_safe_load
        from ultralytics.utils.nms import non_max_suppression
    except ImportError as error:
        raise _not_usable(f'{type(error).__name__}: {error}') from error
    if tuple(int(part) for part in __version__.split('.')[:3]) < OLDEST_VERSION:
        raise _not_usable(__version__)
    return _Ultralytics(SegmentationModel, torch_safe_load, non_max_suppression)


def _read_checkpoint(weights: Path, torch_safe_load: Callable[..., Any]) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        # Under a name of ours: ultralytics rewrites some names and then looks for them online.
        link = Path(folder) / 'weights.pt'
        link.symlink_to(weights.resolve())
        try:
            content: dict[str, Any] = torch_safe_load(link, safe_only=True)[0]
        except (
            TypeError, RuntimeError, OSError, EOFError, ImportError, AttributeError,
            pickle.UnpicklingError,
        ) as error:  # fmt: skip
            raise _not_a_model(
                f'{type(error).__name__}: {error}'.splitlines()[0], weights
            ) from error
    return content


def _not_usable(got: str) -> ConfigError:
    return ConfigError(
        expected=f'ultralytics {".".join(map(str, OLDEST_VERSION))} or newer',
        got=got,
        where='segmentation backend ultralytics',
        remedy=f'install it with {INSTALL}, or choose backend none',
    )


def _not_a_model(got: str, weights: Path) -> CheckpointError:
    return CheckpointError(
        expected='an ultralytics segmentation model',
        got=got,
        where=str(weights),
        remedy='fetch the file again, or name another one such as yolo11n-seg.pt',
    )


def _usable_device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:  # torch without CUDA asserts
        raise ConfigError(
            expected='a device that torch can use',
            got=f'{name!r} ({str(error).splitlines()[0]})',
            where='segmentation device',
            remedy="choose 'cpu', or install torch for your GPU",
        ) from error
    return device
