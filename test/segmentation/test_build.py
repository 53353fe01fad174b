from __future__ import annotations

from importlib.util import find_spec
import logging
from pathlib import Path
import subprocess
import sys

import pytest

from mt_depth_ros.core.errors import CheckpointError, ConfigError
from mt_depth_ros.segmentation.build import build_segmenter
from mt_depth_ros.segmentation.config import SegmentationConfig
from mt_depth_ros.segmentation.no_mask import NoMask

REPOSITORY = Path(__file__).parents[2]
needs_ultralytics = pytest.mark.skipif(
    find_spec('ultralytics') is None, reason='ultralytics is not installed'
)


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


@pytest.fixture(params=['ultralytics', 'torchvision'])
def missing_package(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """As in an installation without it: what is asked is whether it can be found."""
    monkeypatch.setattr(
        'mt_depth_ros.segmentation.build.find_spec',
        lambda name: None if name == request.param else 'found',
    )
    return str(request.param)


def test_none_builds_no_mask_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    assert isinstance(build_segmenter(SegmentationConfig(backend='none')), NoMask)
    assert caplog.records == []


@needs_ultralytics
def test_auto_with_weights_that_are_not_there_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"got no file 'gone\.pt'; name the path"):
        build_segmenter(SegmentationConfig(weights='gone.pt'))


@needs_ultralytics
def test_auto_without_weights_is_no_mask_and_one_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert isinstance(build_segmenter(SegmentationConfig()), NoMask)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert 'no foreground mask' in record.message
    assert 'got none named' in record.message
    assert 'yolo11n-seg.pt' in record.message


@needs_ultralytics
def test_by_name_without_weights_is_an_error_that_says_how_to_get_them() -> None:
    with pytest.raises(ConfigError, match=r'got none named; name the path of a \.pt'):
        build_segmenter(SegmentationConfig(backend='ultralytics'))
    with pytest.raises(ConfigError, match=r"no file 'yolo11n-seg\.pt'; .*allow_download"):
        build_segmenter(SegmentationConfig(backend='ultralytics', weights='yolo11n-seg.pt'))


@needs_ultralytics
def test_a_download_of_a_name_that_is_not_official_is_refused() -> None:
    config = SegmentationConfig(backend='ultralytics', weights='gone.pt', allow_download=True)
    with pytest.raises(ConfigError, match=r"expected one of yolo11n-seg\.pt, .*got 'gone\.pt'"):
        build_segmenter(config)


@needs_ultralytics
def test_damaged_weights_are_an_error_even_for_auto(tmp_path: Path) -> None:
    (tmp_path / 'damaged.pt').write_bytes(b'PK\x03\x04')
    with pytest.raises(CheckpointError, match=r'damaged\.pt: expected an ultralytics seg'):
        build_segmenter(SegmentationConfig(weights=str(tmp_path / 'damaged.pt')))


def test_auto_without_ultralytics_is_no_mask_and_one_warning(
    missing_package: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert isinstance(build_segmenter(SegmentationConfig()), NoMask)
    (record,) = caplog.records
    assert f'got no {missing_package}; install with' in record.message


def test_by_name_without_ultralytics_is_an_error_that_says_how_to_install_it(
    missing_package: str,
) -> None:
    config = SegmentationConfig(backend='ultralytics', weights='some.pt')
    with pytest.raises(
        ConfigError, match=rf'no {missing_package}; .*pip install --no-deps ultralytics'
    ):
        build_segmenter(config)


def test_an_onnx_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    pytest.importorskip('onnxruntime')
    for backend in ('auto', 'onnx'):
        config = SegmentationConfig(backend=backend, weights=str(tmp_path / 'gone.onnx'))
        with pytest.raises(CheckpointError, match=r'gone\.onnx: .*got no file'):
            build_segmenter(config)


def test_a_mask_model_that_does_not_ship_is_refused() -> None:
    config = SegmentationConfig(backend='onnx', weights='gone')
    with pytest.raises(ConfigError, match=r"the path of an \.onnx file.*got 'gone'"):
        build_segmenter(config)


@pytest.mark.parametrize('has_ultralytics', [True, False])
def test_a_misspelt_mask_model_is_told_the_ones_that_ship(
    has_ultralytics: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        'mt_depth_ros.segmentation.build.find_spec', lambda _: 'found' if has_ultralytics else None
    )
    with pytest.raises(
        ConfigError, match=r"a \.pt or \.onnx file, or one of street_mask, got 'street_msk'"
    ) as caught:
        build_segmenter(SegmentationConfig(weights='street_msk'))
    assert caught.value.where == 'mask weights'


def test_onnx_without_weights_says_what_to_name_where_none_ships(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / 'manifest.yaml').write_text('models: {}\n')
    for module in ('build', 'mask_manifest'):
        name = f'mt_depth_ros.segmentation.{module}.find_models_folder'
        monkeypatch.setattr(name, lambda: tmp_path)
    with pytest.raises(
        ConfigError,
        match=r'\(no mask model ships with this package\), got none named; name a file in mask_w',
    ):
        build_segmenter(SegmentationConfig(backend='onnx'))


def test_torch_weights_are_not_for_onnx() -> None:
    config = SegmentationConfig(backend='onnx', weights='yolo11n-seg.pt')
    with pytest.raises(ConfigError, match=r'mask_backend ultralytics for a \.pt file'):
        build_segmenter(config)


def test_importing_the_segmenter_does_not_import_ultralytics() -> None:
    code = (
        'import sys, mt_depth_ros.segmentation.build\n'
        'assert not {"ultralytics", "torchvision", "matplotlib"} & set(sys.modules)'
    )
    subprocess.run([sys.executable, '-c', code], check=True, cwd=REPOSITORY)
