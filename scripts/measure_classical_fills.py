"""Accuracy and speed of the classical fills on points they have not seen.

    python scripts/measure_classical_fills.py ../shared/data

KITTI: every fifth elevation band of 0.42 degrees is kept out of the scan, for each of the five
offsets; errors at the pixels of its points. Virtual KITTI 2: 5 % of a dense frame at 256x512 and
at full size, errors up to 80 m. Time: the median of 21 runs on the whole scan of 000001.
"""

from __future__ import annotations

import argparse
from pathlib import Path
import time

import cv2
import numpy as np
from withheld_scans import load_object_frame, load_raw_frame, ProjectedFrame, WITHHELD_EVERY

from mt_depth_ros.classical.registry import build_classical, CLASSICAL_NAMES
from mt_depth_ros.core.arrays import AnyArray, FloatImage
from mt_depth_ros.core.completion import CompletedDepth, CompletionInput, DepthCompleter
from mt_depth_ros.data.depth_files import DepthFormat, read_depth
from mt_depth_ros.pipeline.allocator import keep_large_blocks

CAP_M = 80.0
SLOW = {'linear'}


def complete(completer: DepthCompleter, sparse_depth_m: FloatImage) -> CompletedDepth:
    """Completes without an image, which no classical fill looks at."""
    size = sparse_depth_m.shape
    return completer.complete(
        CompletionInput(
            image_rgb=np.zeros((*size, 3), np.uint8),
            sparse_depth_m=sparse_depth_m,
            mask=np.zeros(size, np.float32),
        )
    )


def errors(answer_m: AnyArray, truth_m: AnyArray) -> str:
    """Median and mean relative error, MAE and RMSE where there is an answer."""
    known = np.isfinite(answer_m)
    answer_m, truth_m = answer_m[known].astype(np.float64), truth_m[known]
    error_m = np.abs(answer_m - truth_m)
    relative = 100 * error_m / truth_m
    root = np.sqrt(np.mean(error_m**2))
    return (
        f'median {np.median(relative):5.2f} %  mean {relative.mean():5.2f} %  '
        f'MAE {error_m.mean():.3f} m  RMSE {root:.3f} m  answered {known.mean():.1%}'
    )


def withheld_errors(completer: DepthCompleter, frame: ProjectedFrame, offsets: range) -> str:
    """Errors at withheld points, those of all offsets together."""
    answers, truths = [], []
    for offset in offsets:
        scan = frame.withhold_rings(offset)
        answers.append(complete(completer, scan.sparse_depth_m).depth_m.ravel()[scan.pixel])
        truths.append(scan.depth_m)
    return errors(np.concatenate(answers), np.concatenate(truths))


def random_errors(completer: DepthCompleter, truth_m: FloatImage) -> str:
    """Errors of a dense frame of which 5 % are given; sky is neither given nor scored."""
    is_given = np.random.default_rng(0).random(truth_m.shape) < 0.05
    sparse_m = np.where(is_given & np.isfinite(truth_m), truth_m, np.float32(0))
    answer_m = np.minimum(complete(completer, sparse_m).depth_m, np.float32(CAP_M))
    scored = truth_m <= CAP_M
    return errors(answer_m[scored], truth_m[scored])


def pixel_errors(completer: DepthCompleter, measured_m: FloatImage) -> str:
    """Errors at a fifth of the measured pixels, taken out at random."""
    chance = np.random.default_rng(0).random(measured_m.shape)
    is_scored = (measured_m > 0) & (chance < 0.2)
    answer_m = complete(completer, np.where(is_scored, np.float32(0), measured_m)).depth_m
    return errors(answer_m[is_scored], measured_m[is_scored])


def milliseconds(completer: DepthCompleter, sparse_depth_m: FloatImage, runs: int) -> str:
    """Median time of a frame."""
    spent = []
    for _ in range(runs):
        start = time.perf_counter()
        complete(completer, sparse_depth_m)
        spent.append(time.perf_counter() - start)
    return f'{1e3 * np.median(spent):.1f} ms'


def main() -> None:
    """Prints a block for every data set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('data', type=Path, help='folder with kitti_object, kitti_raw, ...')
    data = parser.parse_args().data
    keep_large_blocks()
    completers = [build_classical(name) for name in CLASSICAL_NAMES]
    frames = {
        'kitti_object 000000': load_object_frame(data, '000000'),
        'kitti_object 000001': load_object_frame(data, '000001'),
        'kitti_raw frame 5': load_raw_frame(data),
    }
    for title, frame in frames.items():
        for offsets in (range(1), range(WITHHELD_EVERY)):
            print(f'{title}, bands {list(offsets)} of every {WITHHELD_EVERY} kept out')
            for completer in completers:
                print(f'  {completer.name:20}{withheld_errors(completer, frame, offsets)}')
    drive = 'kitti_depth/2011_09_26_drive_0001_sync/proj_depth/velodyne_raw/image_02'
    measured_m = read_depth(data / drive / '0000000005.png')
    print('kitti_depth frame 5, 20 % of the measured pixels kept out')
    for completer in completers:
        print(f'  {completer.name:20}{pixel_errors(completer, measured_m)}')
    folder = data / 'vkitti2_format/vkitti_2.0.3_depth/Scene01/morning/frames/depth/Camera_0'
    dense_m = read_depth(folder / 'depth_00000.png', DepthFormat.VIRTUAL_KITTI)
    small_m = cv2.resize(dense_m, (512, 256), interpolation=cv2.INTER_NEAREST).astype(np.float32)
    for title, truth_m in (('256x512', small_m), ('375x1242', dense_m)):
        print(f'Virtual KITTI 2 frame at {title}, 5 % given, up to {CAP_M:.0f} m')
        for completer in completers:
            print(f'  {completer.name:20}{random_errors(completer, truth_m)}')
    scan_m = frames['kitti_object 000001'].sparse_depth_m
    print(f'Time on {scan_m.shape[1]}x{scan_m.shape[0]}, {np.count_nonzero(scan_m)} measurements')
    for completer in completers:
        runs = 3 if completer.name in SLOW else 21
        print(f'  {completer.name:20}{milliseconds(completer, scan_m, runs)}')


if __name__ == '__main__':
    main()
