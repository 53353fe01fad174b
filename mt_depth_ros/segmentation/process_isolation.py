"""Keeping what importing ultralytics does to a process away from the process.

On import it looks for the network, writes settings into the home folder, installs packages it
misses, sets environment variables, turns OpenCV's threads off and replaces Pillow's open.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.machinery import ModuleSpec
import os
import shutil
import sys
import tempfile
from types import ModuleType
from typing import Any
import warnings

import cv2
import numpy as np
from PIL import Image


@contextmanager
def ultralytics_isolated() -> Iterator[None]:
    """Import and load in here: no network, nothing in the home folder, no lasting settings.

    Variables that the user has set are left as they are. Import torch before: ultralytics sets
    OMP_NUM_THREADS to 1, which torch reads when it is imported.
    """
    environment = dict(os.environ)
    opencv_threads = cv2.getNumThreads()
    open_picture = Image.open
    for name, value in _quiet_environment().items():
        os.environ.setdefault(name, value)
    try:
        with warnings.catch_warnings(), np.printoptions():
            yield
    finally:
        cv2.setNumThreads(opencv_threads)
        # ultralytics' own answers a damaged picture with a ModuleNotFoundError.
        Image.open = open_picture
        for name in set(os.environ) - set(environment):
            del os.environ[name]
        os.environ.update(environment)


@contextmanager
def torchvision_or_stand_in(non_max_suppression: Callable[..., Any]) -> Iterator[None]:
    """Lets ultralytics' trainer import torchvision where that cannot be loaded.

    torchvision from PyPI is built for CUDA: beside a CPU build of torch its import fails with a
    RuntimeError. One function of it is needed, and ultralytics brings that itself.

    Args:
        non_max_suppression: (boxes, scores, threshold) -> the boxes to keep.
    """
    try:
        import_module('torchvision')
    except (ImportError, RuntimeError):
        _forget_torchvision()
    else:
        yield
        return
    torchvision, ops = ModuleType('torchvision'), ModuleType('torchvision.ops')
    for module in (torchvision, ops):
        module.__spec__ = ModuleSpec(module.__name__, None)
        sys.modules[module.__name__] = module
    vars(ops)['nms'], vars(torchvision)['ops'] = non_max_suppression, ops
    try:
        yield
    finally:
        _forget_torchvision()


def _forget_torchvision() -> None:
    for name in [name for name in sys.modules if name.split('.')[0] == 'torchvision']:
        del sys.modules[name]


def _quiet_environment() -> dict[str, str]:
    return {
        'YOLO_OFFLINE': 'true',
        'YOLO_AUTOINSTALL': 'false',
        'YOLO_VERBOSE': 'false',
        'YOLO_CONFIG_DIR': _throw_away_folder(),
        'MPLCONFIGDIR': _throw_away_folder(),
    }


@cache
def _throw_away_folder() -> str:
    """A temporary folder that goes when the process ends."""
    folder = tempfile.mkdtemp(prefix='mt_depth_ultralytics_')
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
