"""Segments an image in a process that may not touch the network.

Run as ``python segment_in_isolation.py WEIGHTS SCENES MASK``: writes the mask of the first image.
"""

from __future__ import annotations

import os
from pathlib import Path
import sys

import numpy as np
import torch  # noqa: F401 - before the hook: its CUDA build asks ldconfig for libraries


def refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    if event in {'socket.connect', 'socket.getaddrinfo', 'socket.gethostbyname', 'socket.sendto'}:
        raise AssertionError(f'network: {event} {arguments}')
    if event in {'subprocess.Popen', 'os.posix_spawn', 'os.system'}:
        raise AssertionError(f'another process: {event} {arguments}')


def main(weights: str, scenes: str, mask: str) -> None:
    sys.addaudithook(refuse_network)
    from mt_depth_ros.segmentation.build import build_segmenter
    from mt_depth_ros.segmentation.config import SegmentationConfig

    environment = dict(os.environ)
    segmenter = build_segmenter(
        SegmentationConfig(backend='ultralytics', weights=weights, input_size=320)
    )
    assert dict(os.environ) == environment
    np.save(Path(mask), segmenter.segment(np.load(scenes)['image_0']).mask)
    assert 'torchvision' not in sys.modules


if __name__ == '__main__':
    main(*sys.argv[1:])
