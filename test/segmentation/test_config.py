from __future__ import annotations

import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.segmentation.config import SegmentationConfig


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (
            {'backend': 'yolo'},
            r"expected auto or none or onnx or ultralytics, got 'yolo'",
        ),
        ({'confidence': 0.0}, r'confidence: expected a score in \(0, 1\], got 0\.0'),
        ({'max_overlap': 1.5}, r'max_overlap: expected a ratio in \(0, 1\], got 1\.5'),
        ({'input_size': 16}, r'input_size: expected 32 to 4096 pixels, got 16'),
        ({'max_instances': 0}, r'max_instances: expected at least 1, got 0'),
        ({'half': True}, r"half: expected false on device 'cpu', got True"),
    ],
)
def test_a_value_that_cannot_be_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        SegmentationConfig(**options)
