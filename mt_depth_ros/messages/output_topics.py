"""Names of the outputs, relative to the node: the same live, in a replay and in RViz."""

from __future__ import annotations

NODE_NAME = 'depth_completion'

DEPTH = 'depth/image_rect'
DEPTH_CAMERA_INFO = 'depth/camera_info'
UNCERTAINTY = 'depth/uncertainty'
CONFIDENCE = 'depth/confidence'
FOREGROUND = 'foreground/mask'
CLOUD = 'points'
WITHHELD = 'debug/withheld_depth'
"""Only in replays: the depth that was kept out of the input."""
