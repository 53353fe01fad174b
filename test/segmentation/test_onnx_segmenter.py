"""Which exported models are taken, by files made here by hand."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from mt_depth_ros.core.errors import CheckpointError
from mt_depth_ros.segmentation.config import SegmentationConfig
from mt_depth_ros.segmentation.mask_export import write_mask_onnx
from mt_depth_ros.segmentation.onnx_segmenter import OnnxSegmenter
from mt_depth_ros.segmentation.process_isolation import ultralytics_isolated

onnx = pytest.importorskip('onnx')
onnxruntime = pytest.importorskip('onnxruntime')

NAMES = "{0: 'car', 1: 'person', 2: 'tree'}"


def written(
    path: Path, places: tuple[int, int], *, dtype: str = 'float32', says_shapes: bool = True
) -> Path:
    """A model of three classes and four prototypes, 8 x 8, that answers zeros to any image.

    Args:
        path: the file.
        places: shape of the answers, without that of the batch.
        dtype: of input and answers.
        says_shapes: whether the file tells the shape of the answers.
    """
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    answers = {'output0': (1, *places), 'output1': (1, 4, 8, 8)}
    nodes = [
        helper.make_node(
            'Constant', [], [name], value=numpy_helper.from_array(np.zeros(shape, dtype))
        )
        for name, shape in answers.items()
    ]
    graph = helper.make_graph(
        nodes,
        'by_hand',
        [helper.make_tensor_value_info('images', kind, [1, 3, 'height', 'width'])],
        [
            helper.make_tensor_value_info(
                name,
                kind,
                shape if says_shapes else [f'{name}_{axis}' for axis in range(len(shape))],
            )
            for name, shape in answers.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    helper.set_model_props(model, {'names': NAMES, 'stride': '32'})
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize('says_shapes', [True, False])
def test_a_model_with_a_channel_for_each_is_taken(tmp_path: Path, says_shapes: bool) -> None:
    # A box of four, three classes and four coefficients: eleven channels.
    model = written(tmp_path / 'mask.onnx', (11, 21), says_shapes=says_shapes)
    found = OnnxSegmenter(SegmentationConfig(), model).segment(np.zeros((48, 64, 3), np.uint8))
    assert found.mask.shape == (48, 64)
    assert not found.mask.any()


@pytest.mark.parametrize('says_shapes', [True, False])
def test_a_model_that_removes_overlaps_itself_is_refused(
    tmp_path: Path, says_shapes: bool
) -> None:
    # 300 detections: a box of four, score, class and four coefficients.
    model = written(tmp_path / 'mask.onnx', (300, 10), says_shapes=says_shapes)
    with pytest.raises(
        CheckpointError, match=r'answers of \(300, 10\) beside 4 prototypes and 3 classes.*overlap'
    ):
        OnnxSegmenter(SegmentationConfig(), model)


@pytest.mark.parametrize(('device', 'number'), [('cuda', '0'), ('cuda:0', '0'), ('cuda:2', '2')])
def test_it_runs_on_the_gpu_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str, number: str
) -> None:
    asked = []
    session = onnxruntime.InferenceSession

    def on_cpu(path: str, options: object, *, providers: list[object]) -> object:
        asked.append(providers)
        return session(path, options, providers=['CPUExecutionProvider'])

    available = ['CUDAExecutionProvider', 'CPUExecutionProvider']
    monkeypatch.setattr(onnxruntime, 'get_available_providers', lambda: available)
    monkeypatch.setattr(onnxruntime, 'InferenceSession', on_cpu)
    model = written(tmp_path / 'mask.onnx', (11, 21))
    OnnxSegmenter(SegmentationConfig(device=device), model)
    gpu = ('CUDAExecutionProvider', {'device_id': number})
    assert asked == [[gpu, 'CPUExecutionProvider']]


def test_a_model_in_float16_is_refused(tmp_path: Path) -> None:
    model = written(tmp_path / 'mask.onnx', (11, 21), dtype='float16')
    with pytest.raises(CheckpointError, match=r'type tensor\(float16\).*in float32'):
        OnnxSegmenter(SegmentationConfig(), model)


@pytest.mark.skipif(find_spec('ultralytics') is None, reason='ultralytics is not installed')
def test_a_model_that_has_both_heads_is_exported_with_the_one_that_can_be_run(
    tmp_path: Path,
) -> None:
    with ultralytics_isolated():
        from ultralytics.nn.tasks import SegmentationModel

        torch.manual_seed(0)
        network = SegmentationModel('yolo26n-seg.yaml', nc=3, verbose=False)
        network.names = {0: 'car', 1: 'person', 2: 'tree'}
        network.end2end = True
        torch.save({'model': network}, tmp_path / 'both.pt')
        torch.save({'model': network.fuse(verbose=False)}, tmp_path / 'fused.pt')
    write_mask_onnx(tmp_path / 'both.pt', tmp_path / 'mask.onnx')
    OnnxSegmenter(SegmentationConfig(), tmp_path / 'mask.onnx')
    with pytest.raises(CheckpointError, match=r'fused\.pt: expected .* head .* end to end'):
        write_mask_onnx(tmp_path / 'fused.pt', tmp_path / 'other.onnx')
