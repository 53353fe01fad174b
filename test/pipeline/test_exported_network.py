from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.types import DepthMeasurements, RgbdFrame
from mt_depth_ros.core.user_cache import cache_folder
from mt_depth_ros.networks.checkpoint import save_checkpoint
from mt_depth_ros.networks.checkpoint_description import Provenance
from mt_depth_ros.networks.network import DepthNetwork
from mt_depth_ros.networks.network_input import NetworkInput
from mt_depth_ros.networks.onnx_export import OUTPUT_NAMES
from mt_depth_ros.networks.onnx_runtimes import has_bfloat16, Runtime
from mt_depth_ros.networks.registry import build_network
from mt_depth_ros.pipeline import exported_network
from mt_depth_ros.pipeline.build import build_predictor, ModelIdentity, PredictorConfig
from mt_depth_ros.pipeline.exported_network import NetworkRuntime, require_runtime
from mt_depth_ros.pipeline.predictor import DepthPredictor
from mt_depth_ros.segmentation.config import SegmentationConfig

pytest.importorskip('onnxscript')
pytest.importorskip('onnxruntime')
pytest.importorskip('openvino')

SIZE = (64, 128)
SMALL = {
    'mt_depth_plus': {
        'channels': (8, 8), 'image_channels': 4, 'sky_channels': (4,), 'propagation_steps': 1
    },
    # Exported several times faster: for what is alike for all.
    'unet': {'channels': (4, 8), 'convolutions_per_stage': 1},
}  # fmt: skip
RNG = np.random.default_rng(5)
FRAME = RgbdFrame(
    image_rgb=RNG.integers(0, 256, (*SIZE, 3), dtype=np.uint8),
    camera=RectifiedCamera(width=128, height=64, fx=80.0, fy=80.0, cx=63.5, cy=31.5),
    measurements=DepthMeasurements(
        u_px=RNG.uniform(0, 127, 400).astype(np.float32),
        v_px=RNG.uniform(0, 63, 400).astype(np.float32),
        depth_m=RNG.uniform(4, 60, 400).astype(np.float32),
    ),
    stamp_ns=1,
    frame_id='camera',
    measurement_stamp_ns=1,
)


def some_network(seed: int, architecture: str = 'mt_depth_plus', **options: float) -> DepthNetwork:
    """A network that answers something of its own in every output."""
    torch.manual_seed(seed)
    network = build_network(architecture, {**SMALL[architecture], **options})
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    return network


def saved(path: Path, architecture: str = 'mt_depth_plus') -> Path:
    provenance = Provenance(commit='none', date='2026-01-01', data='untrained')
    save_checkpoint(path, some_network(1, architecture), input_size=SIZE, provenance=provenance)
    return path


def served(weights: Path, runtime: NetworkRuntime) -> tuple[DepthPredictor, ModelIdentity]:
    return build_predictor(
        PredictorConfig(
            model=str(weights),
            device='cpu',
            runtime=runtime,
            segmentation=SegmentationConfig(backend='none'),
        )
    )


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


@pytest.fixture
def exports(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were exported, in turn."""
    written: list[Path] = []
    export = exported_network.export_onnx

    def noted(network: DepthNetwork, path: Path, *, input_size: tuple[int, int]) -> None:
        written.append(path)
        export(network, path, input_size=input_size)

    monkeypatch.setattr(exported_network, 'export_onnx', noted)
    return written


@pytest.fixture(scope='module')
def kept_exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of some tests together: an export takes many seconds."""
    return tmp_path_factory.mktemp('cache')


@pytest.mark.parametrize('runtime', ['openvino', 'onnxruntime'])
def test_a_runtime_answers_as_torch_does(
    runtime: NetworkRuntime, kept_exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(kept_exports))
    weights = saved(tmp_path / 'net.safetensors')
    in_torch, _ = served(weights, 'torch')
    exported, identity = served(weights, runtime)
    assert identity.runtime == runtime
    expected, found = in_torch.predict(FRAME), exported.predict(FRAME)
    np.testing.assert_allclose(found.depth_m, expected.depth_m, atol=1e-3)
    np.testing.assert_allclose(found.uncertainty_m, expected.uncertainty_m, atol=1e-3)
    assert len(list((kept_exports / 'mt_depth_ros/onnx').iterdir())) == 1


def test_in_bfloat16_it_answers_nearly_as_torch_does(
    kept_exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_bfloat16():
        pytest.skip('this CPU has no bfloat16')
    monkeypatch.setenv('XDG_CACHE_HOME', str(kept_exports))
    weights = saved(tmp_path / 'net.safetensors')
    expected = served(weights, 'torch')[0].predict(FRAME).depth_m
    served(weights, 'openvino')
    (kept,) = (kept_exports / 'mt_depth_ros/onnx').iterdir()
    exported_at_ns = kept.stat().st_mtime_ns
    for _ in range(2):
        rounded, identity = served(weights, 'openvino_bfloat16')
    assert (identity.runtime, identity.precision) == ('openvino_bfloat16', 'bfloat16')
    found = rounded.predict(FRAME).depth_m
    is_surface = np.isfinite(expected) & np.isfinite(found)  # some sky changes hands
    found, expected = found[is_surface], expected[is_surface]
    assert 0.0 < np.mean(np.abs(found - expected) / expected) < 1e-2
    # It runs the file that the others run, too.
    assert list(kept.parent.iterdir()) == [kept]
    assert kept.stat().st_mtime_ns == exported_at_ns


def test_a_network_is_exported_once(exports: list[Path], tmp_path: Path) -> None:
    weights = saved(tmp_path / 'net.safetensors', 'unet')
    for _ in range(2):
        served(weights, 'openvino')
    assert len(exports) == 1
    assert [path.suffix for path in (cache_folder() / 'onnx').iterdir()] == ['.onnx']


def test_a_kept_file_of_another_network_or_a_damaged_one_is_exported_anew(
    exports: list[Path], tmp_path: Path
) -> None:
    weights = saved(tmp_path / 'net.safetensors', 'unet')
    served(weights, 'openvino')
    (kept,) = (cache_folder() / 'onnx').iterdir()
    other = tmp_path / 'other.onnx'
    exported_network.export_onnx(some_network(2, 'unet'), other, input_size=SIZE)
    expected = served(weights, 'torch')[0].predict(FRAME)
    for content in (other.read_bytes(), b'damaged'):
        kept.write_bytes(content)
        before = len(exports)
        predictor, _ = served(weights, 'openvino')
        assert len(exports) == before + 1
        np.testing.assert_allclose(predictor.predict(FRAME).depth_m, expected.depth_m, atol=1e-3)


class ExportOfBefore:
    """An export of a version of the package with another constant, without the many seconds."""

    def __init__(self, network: DepthNetwork) -> None:
        self._network = network
        self.constants: list[tuple[str, float]] = []

    def run(self, given: NetworkInput) -> dict[str, np.ndarray]:
        with pytest.MonkeyPatch.context() as before, torch.inference_mode():
            for name, value in self.constants:
                before.setattr(f'mt_depth_ros.networks.{name}', value)
            output = self._network(*given)
        return {name: getattr(output, f'{name.removesuffix("_m")}_B1HW').numpy()
                for name in OUTPUT_NAMES}  # fmt: skip


@pytest.mark.parametrize(
    'constant', [('sky_decision.AROUND_FACTOR', 1.0), ('near_shift.BESIDE_PX', 50.0)]
)
def test_a_kept_file_of_other_rules_for_a_lidar_is_exported_anew(
    constant: tuple[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    network = some_network(1, missed_sky_m=1.0, near_shift=0.3).eval()
    kept, written = ExportOfBefore(network), []

    def export(network: DepthNetwork, path: Path, *, input_size: tuple[int, int]) -> None:
        written.append(path)
        path.touch()

    monkeypatch.setattr(exported_network, 'export_onnx', export)
    monkeypatch.setattr(exported_network, 'load_onnx', lambda *_, **__: kept)
    for constants, num_exports in (([], 1), ([], 1), ([constant], 2)):
        kept.constants = constants
        exported_network.exported_network(
            network, sha256='0' * 64, size=SIZE, runtime='onnxruntime'
        )
        assert len(written) == num_exports


@pytest.mark.parametrize('runtime', ['openvino', 'onnxruntime'])
def test_a_kept_file_that_cannot_be_run_is_exported_anew(
    runtime: NetworkRuntime, exports: list[Path], tmp_path: Path
) -> None:
    weights = saved(tmp_path / 'net.safetensors', 'unet')
    served(weights, runtime)
    (kept,) = (cache_folder() / 'onnx').iterdir()
    # As of a version of the package that asked for another input.
    exported_network.export_onnx(some_network(1, 'unet'), kept, input_size=(32, 64))
    before = len(exports)
    served(weights, runtime)[0].predict(FRAME)
    assert len(exports) == before + 1


def test_without_a_cache_that_can_be_written_it_runs_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / 'file'
    blocked.touch()
    monkeypatch.setenv('XDG_CACHE_HOME', str(blocked))
    _, identity = served(saved(tmp_path / 'net.safetensors', 'unet'), 'openvino')
    assert identity.runtime == 'openvino'


def test_what_is_not_installed_is_refused_with_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        exported_network, 'find_spec', lambda name: None if name == 'openvino' else object()
    )
    require_runtime('onnxruntime', device='cpu', grid='trained')
    runtimes: list[Runtime] = ['openvino', 'openvino_bfloat16']
    for runtime in runtimes:
        with pytest.raises(ConfigError, match=r'got no openvino.*mt_depth_ros\[export\]'):
            require_runtime(runtime, device='cpu', grid='trained')


@pytest.mark.parametrize(('device', 'grid'), [('cuda', 'trained'), ('cpu', 'camera')])
def test_gpus_and_the_grid_of_the_camera_stay_with_torch(device: str, grid: str) -> None:
    with pytest.raises(ConfigError, match=f'device {device}, grid {grid}'):
        require_runtime('openvino', device=device, grid=grid)
