"""Chooses what mt_depth_plus is served with, by the validation frames of its training.

Prints what each price of missed sky costs in depth and gives in found sky, and which scales of the
uncertainty make its 90 % interval hold closest to 90 % everywhere; with --real-data also what
answering nearer changes there and on the real frames that may be tuned on. With --output it writes
weights that are served so, with what is given in place of what was found.

python scripts/calibrate_mt_depth_plus.py CONFIG WEIGHTS, config/train_mt_depth_plus_views.yaml and
runs/mt_depth_plus_views/model.safetensors say.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mt_depth_ros.data.sparse_patterns import (
    BernoulliPattern,
    LidarLinesPattern,
    MeasuredPattern,
    SparsePattern,
)
from mt_depth_ros.evaluation.results.real_frames import RealFrames
from mt_depth_ros.evaluation.uncertainty_calibration import interval_half_width
from mt_depth_ros.evaluation.withheld_scans import WithheldScans
from mt_depth_ros.evaluation.withholding import parse_withholding
from mt_depth_ros.networks.checkpoint import load_checkpoint, save_checkpoint
from mt_depth_ros.networks.mt_depth_plus import MTDepthPlus
from mt_depth_ros.networks.mt_depth_plus_config import MTDepthPlusConfig
from mt_depth_ros.networks.near_shift import shifted_nearer
from mt_depth_ros.networks.prefill import prefill
from mt_depth_ros.networks.sky_decision import sky_decision
from mt_depth_ros.networks.unmeasured import unmeasured_share
from mt_depth_ros.training.config import TrainingConfig
from mt_depth_ros.training.config_file import read_training_config
from mt_depth_ros.training.examples import ValidationFrames
from mt_depth_ros.training.frame_source import open_frames

PATTERNS: dict[str, SparsePattern] = {
    '5 % random': BernoulliPattern(keep_probability=0.05),
    'LiDAR': MeasuredPattern(),
    'every fourth ring': MeasuredPattern(keep_every=4),
    '16 lines': LidarLinesPattern(lines=16),
    '8 lines': LidarLinesPattern(lines=8),
}
WITHHOLDINGS = ('keep-rings:4', 'azimuth:5')
SHIFTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
PRICES_M = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 2.0)
NEAR_SCALES = np.arange(0.3, 1.25, 0.05)
FAR_SCALES = np.arange(0.6, 4.1, 0.2)
RANGES_M = (0.0, 10.0, 20.0, 40.0, 80.0, 120.0)
SCORED_TO_M = 80.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """What a network answers on all frames of a pattern, before any decision: (B, 1, H, W) each.

    Attributes:
        depth, scale: metres; scale is Laplace's as it was learned.
        sky_logit: of the probability of sky.
        distance: pixels to the nearest measurement.
        truth: metres; 0 = unknown, +Inf = sky.
    """

    depth: Tensor
    scale: Tensor
    sky_logit: Tensor
    distance: Tensor
    truth: Tensor


@torch.inference_mode()
def answers(network: MTDepthPlus, training: TrainingConfig, pattern: SparsePattern) -> Answers:
    """Runs the validation frames."""
    config = replace(training, sparse=replace(training.sparse, validation_pattern=pattern))
    frames = ValidationFrames(open_frames(config).validation, config)
    return _answers_on(network, frames)


@torch.inference_mode()
def real_answers(
    network: MTDepthPlus, training: TrainingConfig, real_data: Path, withholding: str
) -> Answers:
    """Runs the real frames that may be tuned on; the truth is what was withheld of their scans."""
    sparse = replace(training.sparse, validation_pattern=MeasuredPattern())
    masks = replace(training.masks, validation='none')
    scans = WithheldScans(RealFrames(real_data, 'tuning'), parse_withholding(withholding))
    return _answers_on(
        network, ValidationFrames(scans, replace(training, sparse=sparse, masks=masks))
    )


def _answers_on(network: MTDepthPlus, frames: ValidationFrames) -> Answers:
    parts = []
    for index in range(len(frames)):
        given, target, _ = frames[index]
        output = network(*given)
        assert output.uncertainty_B1HW is not None and output.sky_logit_B1HW is not None
        fill = prefill(
            given.sparse_depth_B1HW, given.mask_B1HW, given.validity_B1HW, network.config
        )
        parts.append(
            (
                output.depth_B1HW,
                output.uncertainty_B1HW,
                output.sky_logit_B1HW,
                fill.distance_B1HW,
                target.truth_B1HW,
            )
        )
    depth, scale, sky_logit, distance, truth = (
        torch.cat(tensors) for tensors in zip(*parts, strict=True)
    )
    return Answers(depth=depth, scale=scale, sky_logit=sky_logit, distance=distance, truth=truth)


def sky_line(found: Answers, price_m: float, *, max_depth_m: float) -> str:
    """Errors up to 80 m, where sky on a surface counts as the largest depth, and F1 of sky.

    F1 leaves surfaces beyond range out, as the results do.
    """
    decided = sky_decision(
        found.sky_logit,
        found.depth,
        found.distance,
        unmeasured_share(found.sky_logit, found.distance),
        max_depth_m=max_depth_m,
        missed_sky_m=price_m,
    )
    answered_sky, is_sky = decided > 0, found.truth.isposinf()
    scored = (found.truth > 0) & (found.truth <= SCORED_TO_M)
    told = is_sky | ((found.truth > 0) & (found.truth <= max_depth_m))
    error = (torch.where(answered_sky, max_depth_m, found.depth) - found.truth)[scored]
    hits = (answered_sky & is_sky).sum()
    f1 = 2 * hits / ((answered_sky & told).sum() + is_sky.sum())
    return f'{error.abs().mean():.3f} / {error.square().mean().sqrt():.3f} / {f1:.3f}'


def shift_line(found: Answers, share: float, scales: tuple[float, float]) -> str:
    """Errors of depth up to 80 m, whatever is called sky."""
    near, far = scales
    depth = shifted_nearer(
        found.depth,
        found.scale * (near + (far - near) * found.depth / RANGES_M[-1]),
        found.distance,
        unmeasured_share(found.sky_logit, found.distance),
        share=share,
        min_depth_m=0.5,
    )
    scored = (found.truth > 0) & (found.truth <= SCORED_TO_M)
    error = (depth - found.truth)[scored]
    return f'{error.abs().mean():.3f} / {error.square().mean().sqrt():.3f}'


def miscalibration(all_found: list[Answers]) -> Iterator[tuple[float, float, float]]:
    """For each pair of scales how far the 90 % interval is from 90 % in the worst bin."""
    bins = []
    for found in all_found:
        for low, high in pairwise(RANGES_M):
            inside = (found.truth > low) & (found.truth <= high)
            if inside.sum() > 1000:
                error = (found.depth - found.truth)[inside].abs().double().numpy()
                scale = interval_half_width(found.scale[inside].double().numpy(), 0.9)
                bins.append((error, scale, found.depth[inside].double().numpy() / RANGES_M[-1]))
    for near, far in product(NEAR_SCALES, FAR_SCALES):
        shares = [
            float(np.mean(error <= scale * (near + (far - near) * share)))
            for error, scale, share in bins
        ]
        yield max(abs(share - 0.9) for share in shares), float(near), float(far)


def main() -> None:
    """Prints the tables; writes the weights if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', type=Path, help='of the training: its validation frames')
    parser.add_argument('weights', type=Path, help='of mt_depth_plus')
    parser.add_argument('--missed-sky-m', type=float, help='price to serve with')
    parser.add_argument(
        '--scales', type=float, nargs=2, help='of the uncertainty, to serve with instead'
    )
    parser.add_argument(
        '--sky-brightness',
        type=float,
        help='mean that dark frames are brightened to',
    )
    parser.add_argument('--near-shift', type=float, help='shift to serve with')
    parser.add_argument('--real-data', type=Path, help='the real recordings of the results')
    parser.add_argument('--output', type=Path, help='weights to write, .safetensors')
    options = parser.parse_args()
    checkpoint = load_checkpoint(options.weights)
    served = checkpoint.network.config
    assert isinstance(served, MTDepthPlusConfig)
    if options.sky_brightness is not None:
        served = replace(served, sky_brightness=options.sky_brightness)
    plain = replace(served, missed_sky_m=None, uncertainty_scale=1.0, far_uncertainty_scale=None)
    plain = replace(plain, near_shift=0.0)
    network = MTDepthPlus(plain).eval()
    network.load_state_dict(checkpoint.network.state_dict())
    training = read_training_config(options.config)
    found = {name: answers(network, training, each) for name, each in PATTERNS.items()}
    print('MAE, m / RMSE, m / F1 of sky, by the price of missed sky\n')
    print('| price, m |', ' | '.join(found), '|\n|---|' + '---|' * len(found))
    for price_m in PRICES_M:
        lines = (sky_line(each, price_m, max_depth_m=plain.max_depth_m) for each in found.values())
        print(f'| {price_m} |', ' | '.join(lines), '|')
    worst, near, far = min(miscalibration(list(found.values())))
    print(
        f'\nuncertainty_scale {near:.2f}, far_uncertainty_scale {far:.2f}: the 90 % interval is '
        f'off by at most {100 * worst:.1f} points in a range bin'
    )
    if options.scales is not None:
        near, far = options.scales
    if options.real_data is not None:
        found |= {
            f'real, {each}': real_answers(network, training, options.real_data, each)
            for each in WITHHOLDINGS
        }
        print('\nMAE, m / RMSE, m by how much of its uncertainty depth is answered nearer\n')
        print('| shift |', ' | '.join(found), '|\n|---|' + '---|' * len(found))
        for share in SHIFTS:
            lines = (shift_line(each, share, (near, far)) for each in found.values())
            print(f'| {share} |', ' | '.join(lines), '|')
    if options.output is not None:
        shift = served.near_shift if options.near_shift is None else options.near_shift
        config = replace(
            served,
            missed_sky_m=options.missed_sky_m or served.missed_sky_m,
            uncertainty_scale=round(near, 2),
            far_uncertainty_scale=round(far, 2),
            near_shift=shift,
        )
        written = MTDepthPlus(config)
        written.load_state_dict(checkpoint.network.state_dict())
        description = checkpoint.description
        save_checkpoint(
            options.output,
            written,
            input_size=description.input_size,
            provenance=description.provenance,
        )
        print(f'written: {options.output}')


if __name__ == '__main__':
    main()
