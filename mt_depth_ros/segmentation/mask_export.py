"""A trained YOLO segmentation model as one small ONNX file, which runs without ultralytics.

The file is in the form that ultralytics exports: input ``images``; outputs ``output0`` (boxes,
scores of the classes and mask coefficients of every place) and ``output1`` (mask prototypes).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any
import warnings

import torch

from mt_depth_ros.core.errors import CheckpointError
from mt_depth_ros.core.optional_packages import import_optional
from mt_depth_ros.core.whole_files import whole_file
from mt_depth_ros.segmentation.yolo_segmenter import load_yolo_model

LICENCE = 'AGPL-3.0'
OPSET = 17
_SMALLEST_STORED = 256  # numbers; smaller tensors stay float32, as halving them saves nothing


def write_mask_onnx(weights: Path, path: Path, *, facts: Mapping[str, str] | None = None) -> None:
    """Writes a model for images of any size whose sides are multiples of its stride.

    Weights are stored as float16, which halves the file, and widened when it is loaded: all
    arithmetic stays float32.

    Args:
        weights: a ``.pt`` file of a segmentation model that you trust.
        path: the ``.onnx`` file; complete or not there at all.
        facts: what else to note in the file, by name.

    Raises:
        ConfigError: ultralytics or onnx is not there.
        CheckpointError: the weights are no segmentation model, or lack the head to export.
    """
    onnx = require_onnx()
    model, _ = load_yolo_model(weights, end_to_end=False)
    if getattr(model, 'end2end', False):
        raise CheckpointError(
            expected='a model with the head that answers every place',
            got='one that was fused without it, end to end',
            where=str(weights),
            remedy='give the weights as they were trained',
        )
    exported = onnx.load_model_from_string(_traced(model))
    _store_as_float16(exported, onnx)
    notes = {
        'task': 'segment',
        'names': repr(dict(model.names)),
        'stride': str(int(model.stride.max())),
        'license': LICENCE,
        **(facts or {}),
    }
    del exported.metadata_props[:]
    onnx.helper.set_model_props(exported, notes)
    onnx.checker.check_model(exported)
    with whole_file(path) as unfinished:
        unfinished.write_bytes(exported.SerializeToString())


def require_onnx() -> ModuleType:
    """The package that writes ONNX.

    Raises:
        ConfigError: it is not there.
    """
    return import_optional(
        'onnx', where='export of a mask model', remedy="pip install 'mt_depth_ros[export]'"
    )


def _traced(model: Any) -> bytes:
    """The graph of a fused model as ONNX, in float32."""
    head = model.model[-1]
    head.export, head.dynamic, head.format = True, True, 'onnx'
    with (
        TemporaryDirectory() as folder,
        warnings.catch_warnings(),
        torch.no_grad(),
    ):
        path = Path(folder) / 'traced.onnx'
        # The other exporter fixes the sizes that this model's anchors are made from.
        warnings.simplefilter('ignore')
        torch.onnx.export(
            model,
            (torch.zeros(1, 3, 64, 96),),
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=['images'],
            output_names=['output0', 'output1'],
            dynamic_axes={
                'images': {2: 'height', 3: 'width'},
                'output0': {2: 'places'},
                'output1': {2: 'mask_height', 3: 'mask_width'},
            },
        )
        return path.read_bytes()


def _store_as_float16(model: Any, onnx: Any) -> None:
    """Halves the stored weights; a Cast in front of each gives back float32."""
    casts = []
    for tensor in model.graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != 'float32' or values.size < _SMALLEST_STORED:
            continue
        name = tensor.name
        stored = onnx.numpy_helper.from_array(values.astype('float16'), f'{name}_float16')
        tensor.CopyFrom(stored)
        casts.append(
            onnx.helper.make_node(
                'Cast', [tensor.name], [name], name=f'widen_{name}', to=onnx.TensorProto.FLOAT
            )
        )
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*casts, *nodes])
