"""Small frames that tests of the datasets change to their needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.sample import DepthSample


@pytest.fixture
def make_sample() -> Callable[..., DepthSample]:
    """Builds a frame of 40x20 pixels, 10 m everywhere, with any field changed."""

    def make(**changes: Any) -> DepthSample:
        sample = DepthSample(
            identity=FrameIdentity(
                dataset='test', scene='Scene01', condition='clone', camera='Camera_0', frame=7
            ),
            camera=RectifiedCamera(width=40, height=20, fx=30.0, fy=30.0, cx=19.5, cy=9.5),
            image_rgb=np.full((20, 40, 3), 128, np.uint8),
            truth_m=np.full((20, 40), 10.0, np.float32),
        )
        return replace(sample, **changes)

    return make
