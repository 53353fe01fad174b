"""Draws one moment of simulated drives in every condition, with its depth and instances.

python scripts/draw_conditions.py docs/images/simulation_conditions.jpg
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from mt_depth_ros.simulation.config import CONDITION_NAMES, SimulationConfig
from mt_depth_ros.simulation.contact_sheet import depth_colours
from mt_depth_ros.simulation.gl_context import open_gl_context
from mt_depth_ros.simulation.image_encoding import jpeg_bytes
from mt_depth_ros.simulation.simulated_frame import SimulatedFrame
from mt_depth_ros.simulation.vkitti2_writer import instance_palette

TILE_PX = (414, 125)
COLUMNS = 3
SEED, SCENES, FRAME = 2026, (5, 9), 40


def tile(name: str, picture_rgb: np.ndarray) -> np.ndarray:
    """A small picture with its name in a corner."""
    small = cv2.resize(picture_rgb, TILE_PX, interpolation=cv2.INTER_AREA)
    small[-19:, : 10 + 8 * len(name)] //= 3
    place = (5, TILE_PX[1] - 6)
    return cv2.putText(small, name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255))


def rows(frame: SimulatedFrame) -> np.ndarray:
    """Seven conditions, depth and instances, three beside each other."""
    palette = instance_palette()
    palette[0] = 25
    pictures = {name: frame.images_rgb[name] for name in CONDITION_NAMES}
    pictures |= {'depth': depth_colours(frame.depth_m), 'instances': palette[frame.instance]}
    tiles = [tile(name, picture) for name, picture in pictures.items()]
    lines = [tiles[start : start + COLUMNS] for start in range(0, len(tiles), COLUMNS)]
    return np.concatenate([np.concatenate(line, axis=1) for line in lines])


def main() -> None:
    """Renders and writes the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('output', type=Path, help='the JPEG to write')
    output = parser.parse_args().output
    context = open_gl_context()
    from mt_depth_ros.simulation.scene_simulator import SceneSimulator

    config = SimulationConfig(output=Path('unused'), scenes=12, frames=100, seed=SEED)
    parts = []
    for scene in SCENES:
        simulator = SceneSimulator(config, scene, CONDITION_NAMES, context)
        parts.append(rows(simulator.frame(FRAME)))
        simulator.close()
    output.write_bytes(jpeg_bytes(np.concatenate(parts), 85))


if __name__ == '__main__':
    main()
