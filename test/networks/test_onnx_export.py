from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
import torch

from mt_depth_ros.core.errors import CheckpointError, ConfigError
from mt_depth_ros.networks import onnx_runtimes
from mt_depth_ros.networks.network import DepthNetwork
from mt_depth_ros.networks.network_input import NetworkInput
from mt_depth_ros.networks.onnx_export import check_export, export_onnx
from mt_depth_ros.networks.onnx_runtimes import ExportedNetwork, has_bfloat16, load_onnx
from mt_depth_ros.networks.registry import build_network

pytest.importorskip('onnxscript')
pytest.importorskip('onnxruntime')

Change: TypeAlias = Callable[[np.ndarray], np.ndarray]

SMALL = {
    'unet': {'channels': [4, 8]},
    'mt_depth': {'channels': [4, 8], 'attention_size': [4, 8], 'fusion_channels': 16},
    'mt_depth_plus': {'channels': [4, 8], 'image_channels': 4, 'propagation_steps': 2},
}


def learned(name: str) -> DepthNetwork:
    torch.manual_seed(0)
    network = build_network(name, SMALL[name])
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    return network.eval()


def frame(share: float, seed: int) -> NetworkInput:
    generator = torch.Generator().manual_seed(seed)
    image, mask = (torch.rand(1, channels, 32, 64, generator=generator) for channels in (3, 1))
    validity = (torch.rand(1, 1, 32, 64, generator=generator) < share).float()
    depth = 2.0 + 60.0 * torch.rand(1, 1, 32, 64, generator=generator)
    return NetworkInput(image, depth * validity, mask, validity)


FRAMES = [frame(0.2, 0), frame(0.05, 1), frame(0.003, 2)]


@pytest.fixture(scope='module')
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """mt_depth_plus as ONNX; exporting it takes some seconds."""
    path = tmp_path_factory.mktemp('export') / 'network.onnx'
    export_onnx(learned('mt_depth_plus'), path, input_size=(32, 64))
    return path


@pytest.mark.parametrize('name', list(SMALL))
def test_every_network_answers_alike_in_onnx_runtime(
    name: str, ours: Path, tmp_path: Path
) -> None:
    network, path = learned(name), tmp_path / 'network.onnx'
    if name == 'mt_depth_plus':
        path = ours
    else:
        export_onnx(network, path, input_size=(32, 64))
    exported = load_onnx(path, 'onnxruntime', threads=1)
    check = check_export(network, exported, FRAMES, where=path.name)
    assert check.frames == 3
    assert check.largest_difference_m < 1e-3
    names = ['depth_m', 'uncertainty_m', 'sky_logit'] if name == 'mt_depth_plus' else ['depth_m']
    assert list(exported.run(FRAMES[0])) == names
    assert [each.name for each in path.parent.iterdir()] == ['network.onnx']


def test_mt_depth_plus_answers_alike_in_openvino(ours: Path) -> None:
    pytest.importorskip('openvino')
    exported = load_onnx(ours, 'openvino', threads=1)
    check_export(learned('mt_depth_plus'), exported, FRAMES, where=ours.name)


def test_mt_depth_plus_answers_nearly_alike_in_bfloat16(ours: Path, tmp_path: Path) -> None:
    pytest.importorskip('openvino')
    if not has_bfloat16():
        pytest.skip('this CPU has no bfloat16')
    rounded = load_onnx(ours, 'openvino_bfloat16', threads=1)
    network = learned('mt_depth_plus')
    check = check_export(network, rounded, FRAMES, where=ours.name, is_rounded=True)
    assert 1e-6 < check.largest_mean_share < 1e-2
    # What is measured is not rounded on its way to the answer: 200 m / 256 would be seen.
    untrained = build_network('mt_depth_plus', SMALL['mt_depth_plus']).eval()
    path = tmp_path / 'network.onnx'
    export_onnx(untrained, path, input_size=(32, 64))
    rounded = load_onnx(path, 'openvino_bfloat16', threads=1)
    check_export(untrained, rounded, FRAMES, where=path.name)


def test_without_bfloat16_it_is_refused_with_what_to_choose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_runtimes, 'has_bfloat16', lambda: False)
    with pytest.raises(ConfigError, match=r'openvino_bfloat16: expected a CPU.*choose openvino'):
        load_onnx(tmp_path / 'network.onnx', 'openvino_bfloat16', threads=1)


def test_an_export_of_other_weights_is_refused_with_its_difference(ours: Path) -> None:
    network = learned('mt_depth_plus')
    with torch.no_grad():
        network.head.bias.add_(0.1)
    exported = load_onnx(ours, 'onnxruntime', threads=1)
    with pytest.raises(
        CheckpointError, match=r'network\.onnx: expected the depth.*up to .* m off'
    ):
        check_export(network, exported, FRAMES, where=ours.name)
    with pytest.raises(
        CheckpointError, match=r'within 1% in the mean.*% in the mean of the worst'
    ):
        check_export(network, exported, FRAMES, where=ours.name, is_rounded=True)


class Altered:
    """An export whose answers are changed on the way out."""

    def __init__(self, exported: ExportedNetwork, changed: dict[str, Change]) -> None:
        self.exported, self.changed = exported, changed

    def run(self, given: NetworkInput) -> dict[str, np.ndarray]:
        answers = self.exported.run(given)
        return {name: self.changed.get(name, np.copy)(each) for name, each in answers.items()}


def with_a_nan(answer: np.ndarray) -> np.ndarray:
    answer = answer.copy()
    answer[0, 0, 3, 5] = np.nan
    return answer


@pytest.mark.parametrize('is_rounded', [False, True])
@pytest.mark.parametrize(
    ('name', 'change', 'message'),
    [
        ('uncertainty_m', with_a_nan, r'expected the uncertainty .*inf% off'),
        ('uncertainty_m', lambda answer: 1.1 * answer, r'expected the uncertainty .*10\.00% off'),
        ('sky_logit', np.negative, r'expected sky where torch has it, .*100\.0% of the worst'),
        ('sky_logit', lambda answer: np.nan * answer, r'expected sky where torch has it'),
    ],
    ids=['no number', 'a tenth more', 'the other way round', 'no sky'],
)
def test_an_export_whose_uncertainty_or_sky_is_wrong_is_refused(
    ours: Path, name: str, change: Change, message: str, is_rounded: bool
) -> None:
    altered = Altered(load_onnx(ours, 'onnxruntime', threads=1), {name: change})
    with pytest.raises(CheckpointError, match=message):
        check_export(
            learned('mt_depth_plus'), altered, FRAMES, where=ours.name, is_rounded=is_rounded
        )


def test_an_export_is_told_how_far_off_it_is(ours: Path) -> None:
    altered = Altered(
        load_onnx(ours, 'onnxruntime', threads=1),
        {'uncertainty_m': lambda answer: 1.004 * answer, 'depth_m': lambda answer: answer + 5e-4},
    )
    check = check_export(learned('mt_depth_plus'), altered, FRAMES, where=ours.name)
    assert check.largest_difference_m == pytest.approx(5e-4, rel=0.1)
    assert check.uncertainty_share == pytest.approx(4e-3, rel=1e-2)
    assert check.sky_share == 0.0
