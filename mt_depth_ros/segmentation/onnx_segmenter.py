"""A YOLO segmentation model as ONNX, frozen, in ONNX Runtime: no ultralytics, no torch model.

It runs what ``mask_export.py`` writes, and what ultralytics itself exports for the same task: in
float32, and with every place of the image among the answers, overlapping boxes and all.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from mt_depth_ros.core.arrays import ByteImage, FloatArray
from mt_depth_ros.core.checks import check_array
from mt_depth_ros.core.errors import CheckpointError
from mt_depth_ros.core.optional_packages import import_optional
from mt_depth_ros.segmentation.classes import chosen_classes
from mt_depth_ros.segmentation.config import SegmentationConfig
from mt_depth_ros.segmentation.instance_cutting import cut_out_instances
from mt_depth_ros.segmentation.letterbox import Letterbox
from mt_depth_ros.segmentation.segmenter import merge_instances, Segmentation
from mt_depth_ros.segmentation.yolo_decoding import decode_detections

INSTALL = "pip install 'mt_depth_ros[mask]'"


class OnnxSegmenter:
    """Runs an exported YOLO segmentation model on one image at a time.

    Args:
        config: how to run it; ``half`` does not apply.
        model: the ``.onnx`` file.

    Raises:
        ConfigError: ONNX Runtime is not there, or the model has no such class.
        CheckpointError: the file is not a segmentation model, or one whose input or answers are
            laid out in another way.
    """

    name = 'onnx'

    def __init__(self, config: SegmentationConfig, model: Path) -> None:
        self._config = config
        self._session = _session(model, config.device)
        notes = self._session.get_modelmeta().custom_metadata_map
        self._class_names = _class_names(notes, model)
        self._stride = int(notes.get('stride', 32))
        self._fixed_size = _fixed_size(self._session, model)
        self._class_ids = chosen_classes(config.classes, self._class_names)
        self._input_name = self._session.get_inputs()[0].name
        self._check_layout(model)

    def segment(self, image_rgb: ByteImage) -> Segmentation:
        """Segments one image; see :class:`segmenter.Segmenter`."""
        check_array(image_rgb, name='image_rgb', shape=(None, None, 3), dtype='u1')
        height, width = image_rgb.shape[:2]
        if self._fixed_size is None:
            letterbox = Letterbox.fit(
                height, width, long_side=self._config.input_size, multiple=self._stride
            )
        else:
            letterbox = Letterbox.fill(
                height, width, outer_height=self._fixed_size[0], outer_width=self._fixed_size[1]
            )
        places, prototypes = self._run(letterbox.apply(image_rgb))
        detections, mask_logits = decode_detections(
            places, prototypes, config=self._config, class_ids=self._class_ids
        )
        instances = cut_out_instances(detections, mask_logits, letterbox, self._class_names)
        return merge_instances(instances, height=height, width=width)

    def _run(self, grid_rgb: ByteImage) -> tuple[FloatArray, FloatArray]:
        pixels = grid_rgb.transpose(2, 0, 1)[None].astype(np.float32)
        pixels /= 255.0
        places, prototypes = self._session.run(None, {self._input_name: pixels})
        return places[0], prototypes[0]

    def _check_layout(self, model: Path) -> None:
        """Asks for a black image once: files need not say how many channels they answer."""
        size = self._fixed_size or (2 * self._stride, 2 * self._stride)
        try:
            places, prototypes = self._run(np.zeros((*size, 3), np.uint8))
        # Its errors have no class of their own that is documented.
        except Exception as error:
            raise _not_a_model(_first_line(error), model) from error
        num_classes, num_masks = len(self._class_names), len(prototypes)
        if len(places) != 4 + num_classes + num_masks:
            raise _not_a_model(
                f'answers of {places.shape} beside {num_masks} prototypes and {num_classes} '
                'classes, which is no channel for each',
                model,
            )


def require_runtime() -> ModuleType:
    """ONNX Runtime.

    Raises:
        ConfigError: it is not there.
    """
    return import_optional(
        'onnxruntime',
        where='segmentation backend onnx',
        remedy=f'install it with {INSTALL}, or choose backend none',
        ORT_DISABLE_TELEMETRY='1',
    )


def _session(model: Path, device: str) -> Any:
    runtime = require_runtime()
    if not model.is_file():
        raise _not_a_model('no file', model)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3  # errors
    # Its threads would spin between two frames, on cores that others want.
    options.add_session_config_entry('session.intra_op.allow_spinning', '0')
    providers: list[Any] = []
    gpu = 'CUDAExecutionProvider'
    if device.startswith('cuda') and gpu in runtime.get_available_providers():
        providers.append((gpu, {'device_id': device.partition(':')[2] or '0'}))
    try:
        session = runtime.InferenceSession(
            str(model), options, providers=[*providers, 'CPUExecutionProvider']
        )
    # Its errors have no class of their own that is documented.
    except Exception as error:
        raise _not_a_model(_first_line(error), model) from error
    inputs = [len(each.shape) for each in session.get_inputs()]
    outputs = [len(each.shape) for each in session.get_outputs()]
    if inputs != [4] or outputs != [3, 4]:
        raise _not_a_model(f'inputs of ranks {inputs}, outputs of ranks {outputs}', model)
    dtype = session.get_inputs()[0].type
    if dtype != 'tensor(float)':
        raise _not_a_model(f'an input of type {dtype}', model)
    return session


def _first_line(error: Exception) -> str:
    return str(error).split('\n', maxsplit=1)[0][:120]


def _class_names(notes: Mapping[str, str], model: Path) -> dict[int, str]:
    try:
        names = ast.literal_eval(notes['names'])
        return {int(number): str(name) for number, name in names.items()}
    except (KeyError, ValueError, SyntaxError, AttributeError) as error:
        raise _not_a_model('a model that does not name its classes', model) from error


def _fixed_size(session: Any, model: Path) -> tuple[int, int] | None:
    """(height, width) that the model was exported for; None: any."""
    batch, _, height, width = session.get_inputs()[0].shape
    if isinstance(batch, int) and batch != 1:
        raise _not_a_model(f'a model for batches of {batch}', model)
    return (height, width) if isinstance(height, int) and isinstance(width, int) else None


def _not_a_model(got: str, model: Path) -> CheckpointError:
    return CheckpointError(
        expected='a YOLO segmentation model as ONNX, for one image at a time',
        got=got,
        where=str(model),
        remedy="make one with 'mt_depth train-mask', or export yours with ultralytics to ONNX, in "
        'float32 and with boxes that overlap left in (no NMS, no end-to-end head)',
    )
