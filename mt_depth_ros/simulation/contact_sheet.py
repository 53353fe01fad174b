"""A picture of a simulated dataset: what each scene looks like, its depth and its LiDAR."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from mt_depth_ros.core.arrays import ByteImage
from mt_depth_ros.simulation.atomic_files import write_atomically
from mt_depth_ros.simulation.image_encoding import png_bytes, read_colour
from mt_depth_ros.simulation.simulated_frame import SimulatedFrame

TILE_WIDTH_PX = 480
DEEPEST_M = 80.0
MAX_ROWS = 12
PREVIEW_FOLDER = '.previews'
SHEET_NAME = 'contact_sheet.png'


def depth_colours(depth_m: np.ndarray) -> ByteImage:
    """Near is red, far is blue on a logarithmic scale; no measurement (0) and sky are dark."""
    known = np.isfinite(depth_m) & (depth_m > 0)
    safe = np.clip(np.where(known, depth_m, DEEPEST_M), 2.0, DEEPEST_M)
    share = 1 - np.log(safe / 2.0) / np.log(DEEPEST_M / 2.0)
    colours = cv2.applyColorMap((share * 255).astype(np.uint8), cv2.COLORMAP_TURBO)
    colours[~known] = 25
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def lidar_overlay(frame: SimulatedFrame, image_rgb: ByteImage) -> ByteImage:
    """The LiDAR's points drawn over a darkened picture, coloured by depth."""
    camera = frame.camera
    points = frame.camera_from_lidar.apply(frame.sweep.points_m)
    points = points[points[:, 2] > 0.5]
    column = np.round(points[:, 0] / points[:, 2] * camera.fx + camera.cx).astype(np.int64)
    row = np.round(points[:, 1] / points[:, 2] * camera.fy + camera.cy).astype(np.int64)
    seen = (column >= 0) & (column < camera.width) & (row >= 0) & (row < camera.height)
    order = np.argsort(-points[seen, 2])
    row, column, depth = row[seen][order], column[seen][order], points[seen, 2][order]
    picture = np.asarray(image_rgb // 2, dtype=np.uint8)
    colours = depth_colours(depth[None, :])[0]
    for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
        rows = np.minimum(row + down, camera.height - 1)
        picture[rows, np.minimum(column + right, camera.width - 1)] = colours
    return picture


def write_preview(output: Path, frame: SimulatedFrame) -> None:
    """Keeps one row of the contact sheet: pictures of up to two conditions, LiDAR, depth."""
    pictures = list(frame.images_rgb.values())
    chosen = (
        pictures if len(pictures) == 1 else [pictures[0], pictures[frame.scene % len(pictures)]]
    )
    panels = [*chosen, lidar_overlay(frame, pictures[0]), depth_colours(frame.depth_m)]
    height = round(TILE_WIDTH_PX * frame.camera.height / frame.camera.width)
    tiles = [
        cv2.resize(panel, (TILE_WIDTH_PX, height), interpolation=cv2.INTER_AREA)
        for panel in panels
    ]
    row = np.concatenate(tiles, axis=1).astype(np.uint8)
    write_atomically(output / PREVIEW_FOLDER / f'scene{frame.scene:04d}.png', png_bytes(row))


def write_contact_sheet(output: Path) -> Path | None:
    """Stacks the rows that :func:`write_preview` kept.

    Returns:
        The path of the sheet; None where no row was kept and none was made before.
    """
    rows: list[ByteImage] = []
    for path in sorted((output / PREVIEW_FOLDER).glob('*.png'))[:MAX_ROWS]:
        rows.append(read_colour(path))
    sheet = output / SHEET_NAME
    if not rows:  # somebody tidied up
        return sheet if sheet.is_file() else None
    write_atomically(sheet, png_bytes(np.concatenate(rows, axis=0)))
    return sheet
