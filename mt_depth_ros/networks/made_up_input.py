"""A frame made up from numbers, to compare two runs of one network on."""

from __future__ import annotations

import numpy as np

from mt_depth_ros.core.completion import CompletionInput
from mt_depth_ros.networks.network_input import network_input, NetworkInput

_LINES_FROM, _LINE_PX = 0.5, 8


def made_up_input(size: tuple[int, int], seed: int, *, in_lines: bool = False) -> NetworkInput:
    """A road under a wall of blocks, 5 % of it measured, the near blocks as mask.

    Args:
        size: (height, width), pixels.
        seed: another one, another frame.
        in_lines: measured is every eighth row of the lower half instead. Networks tell a LiDAR
            by what it leaves unmeasured, and answer otherwise then (:mod:`unmeasured`).
    """
    rng = np.random.default_rng(seed)
    height, width = size
    row = np.arange(height)[:, None] / height
    blocks_m = np.repeat(rng.uniform(5.0, 60.0, width // 16 + 1), 16)[None, :width]
    depth_m = np.where(row > 0.55, 1.0 / np.maximum(row - 0.5, 0.02), blocks_m)
    measured = rng.random(size) < 0.05
    if in_lines:
        is_line = (row > _LINES_FROM) & (np.arange(height)[:, None] % _LINE_PX == 0)
        measured = np.broadcast_to(is_line, size)
    return network_input(
        CompletionInput(
            image_rgb=rng.integers(0, 256, (*size, 3), dtype=np.uint8),
            sparse_depth_m=(depth_m * measured).astype(np.float32),
            mask=(np.broadcast_to(blocks_m < 15.0, size) & (row < 0.55)).astype(np.float32),
        )
    )
