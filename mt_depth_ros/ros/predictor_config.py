"""The predictor that the node's parameters ask for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mt_depth_ros.pipeline.build import PredictorConfig
from mt_depth_ros.pipeline.classical_fallback import FallbackConfig
from mt_depth_ros.pipeline.postprocessing import RangeConfig
from mt_depth_ros.ros.node_config import NodeConfig


def predictor_config(config: NodeConfig) -> PredictorConfig:
    """The pipeline's configuration out of the node's parameters.

    Args:
        config: ``mask_backend`` ``topic`` means that frames bring their mask along, so none is
            computed.
    """
    backend: Any = 'none' if config.mask_backend == 'topic' else config.mask_backend
    grid: Any = config.network_grid
    runtime: Any = config.network_runtime
    return PredictorConfig(
        model=config.model,
        device=config.device,
        grid=grid,
        runtime=runtime,
        segmentation=replace(
            PredictorConfig().segmentation,
            backend=backend,
            weights=config.mask_weights,
            allow_download=config.mask_allow_download,
            classes=config.mask_classes,
            confidence=config.mask_confidence,
        ),
        limits=range_config(config),
        fallback=fallback_config(config),
    )


def fallback_config(config: NodeConfig) -> FallbackConfig:
    """When a classical fill answers in the network's place, out of the node's parameters."""
    return FallbackConfig(
        min_measurements=config.min_points_in_view, mask_is_given=config.mask_backend == 'topic'
    )


def range_config(config: NodeConfig) -> RangeConfig:
    """The range limits and the sky rule out of the node's parameters."""
    sky_output: Any = config.sky_output
    return RangeConfig(
        min_depth_m=config.min_depth, max_range_m=config.max_range, sky_output=sky_output
    )
