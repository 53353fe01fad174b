from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.core.completion import CompletedDepth, CompletionInput
from mt_depth_ros.pipeline.classical_fallback import ClassicalFallback, FallbackConfig
from mt_depth_ros.pipeline.postprocessing import RangeConfig
from mt_depth_ros.pipeline.predictor import DepthPredictor
from mt_depth_ros.pipeline.warm_up import synthetic_frame, warm_up
from mt_depth_ros.segmentation.no_mask import NoMask


class Network:
    """Answers 7 m and counts how often it is asked; or is broken."""

    name = 'seven'

    def __init__(self, *, is_broken: bool = False) -> None:
        self.is_broken = is_broken
        self.asked = 0

    def grid_size(self, camera_size: tuple[int, int]) -> tuple[int, int]:
        return (16, 32)

    def complete(self, given: CompletionInput) -> CompletedDepth:
        self.asked += 1
        if self.is_broken:
            raise RuntimeError('CUDA error: no kernel image')
        depth_m = np.full((16, 32), 7.0, np.float32)
        return CompletedDepth(depth_m=depth_m, uncertainty_m=np.full_like(depth_m, 0.1))


def predictor(network: Network, config: FallbackConfig) -> DepthPredictor:
    return DepthPredictor(
        network,
        NoMask(),
        RangeConfig(),
        completer_needs_mask=True,
        fallback=ClassicalFallback(config),
    )


@pytest.mark.parametrize(
    'config',
    [
        FallbackConfig(),
        FallbackConfig(mask_is_given=True),
        # 64 x 48 pixels have 12 places 16 pixels apart.
        FallbackConfig(min_measurements=300),
    ],
    ids=['usual', 'mask from a topic', 'many points'],
)
def test_the_network_is_asked_whatever_the_fallback_asks_of_a_frame(
    config: FallbackConfig,
) -> None:
    network = Network()
    warm = warm_up(predictor(network, config), (48, 64))
    assert network.asked == len(warm.elapsed_ms) == 2
    assert warm.degradation is None


def test_a_broken_network_is_found_though_masks_come_from_a_topic() -> None:
    network = Network(is_broken=True)
    warm = warm_up(predictor(network, FallbackConfig(mask_is_given=True)), (48, 64))
    assert warm.degradation is not None
    assert 'no kernel image' in warm.degradation.text


def test_the_made_up_frame_has_as_many_measurements_as_asked_for() -> None:
    assert len(synthetic_frame((480, 640)).measurements) == 30 * 40
    assert len(synthetic_frame((480, 640), min_measurements=1201).measurements) == 60 * 80
    # More than pixels there are not.
    assert len(synthetic_frame((3, 4), min_measurements=50).measurements) == 12
