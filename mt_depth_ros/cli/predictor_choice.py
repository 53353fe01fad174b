"""The options that choose a predictor, as its config."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mt_depth_ros.cli.options import MaskBackend, NetworkGridChoice, NetworkRuntimeChoice

if TYPE_CHECKING:
    from mt_depth_ros.pipeline.build import PredictorConfig


def predictor_config(
    model: str,
    device: str,
    network_grid: NetworkGridChoice,
    *,
    network_runtime: NetworkRuntimeChoice = NetworkRuntimeChoice.TORCH,
    mask_backend: MaskBackend,
    mask_weights: str = '',
    mask_allow_download: bool = False,
    min_depth: float = 0.5,
    max_range: float,
) -> PredictorConfig:
    """Gives the config of the options of these names; see :mod:`options`."""
    from mt_depth_ros.pipeline.build import PredictorConfig
    from mt_depth_ros.pipeline.postprocessing import RangeConfig
    from mt_depth_ros.segmentation.config import SegmentationConfig

    return PredictorConfig(
        model=model,
        device=device,
        grid=network_grid.value,
        runtime=network_runtime.value,
        segmentation=SegmentationConfig(
            backend=mask_backend.value,
            weights=mask_weights,
            allow_download=mask_allow_download,
        ),
        limits=RangeConfig(min_depth_m=min_depth, max_range_m=max_range),
    )
