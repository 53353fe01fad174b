from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from mt_depth_ros.segmentation.process_isolation import ultralytics_isolated


def test_the_process_is_afterwards_as_it_was_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv('YOLO_OFFLINE', raising=False)
    monkeypatch.setenv('OMP_NUM_THREADS', '3')
    before = dict(os.environ), cv2.getNumThreads(), np.get_printoptions()
    with ultralytics_isolated():
        assert os.environ['YOLO_OFFLINE'] == 'true'
        os.environ['OMP_NUM_THREADS'] = '1'
        os.environ['NUMEXPR_MAX_THREADS'] = '1'
        cv2.setNumThreads(0)
        np.set_printoptions(linewidth=320)
    assert (dict(os.environ), cv2.getNumThreads(), np.get_printoptions()) == before


def test_an_error_inside_restores_the_process_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv('YOLO_OFFLINE', raising=False)
    with pytest.raises(ImportError), ultralytics_isolated():
        raise ImportError
    assert 'YOLO_OFFLINE' not in os.environ


def test_what_the_user_has_set_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv('YOLO_CONFIG_DIR', str(tmp_path))
    with ultralytics_isolated():
        assert os.environ['YOLO_CONFIG_DIR'] == str(tmp_path)


def test_settings_go_to_a_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv('YOLO_CONFIG_DIR', raising=False)
    with ultralytics_isolated():
        folder = Path(os.environ['YOLO_CONFIG_DIR'])
    assert folder.is_dir()
    assert Path.home() not in folder.parents
