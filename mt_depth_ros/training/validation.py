"""How good a network is on the validation frames.

Tensor names end in their shape: B batch, H rows, W columns, digits are channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

import torch
from torch import Tensor

from mt_depth_ros.networks.nearest_measurement import nearest_measurement
from mt_depth_ros.networks.network import NetworkOutput
from mt_depth_ros.training.depth_target import known_pixels
from mt_depth_ros.training.examples import Example

_SUMS = (
    'pixels', 'absolute', 'squared', 'nearest_absolute', 'nearest_squared', 'with_b', 'within_90',
    'sky_found', 'sky_missed', 'sky_invented',
)  # fmt: skip
SPREAD_OF_90_PERCENT = -log(0.1)
"""A Laplace error stays within so many scales b in 90 of 100 cases."""


@dataclass(frozen=True, slots=True)
class ErrorSums:
    """Sums over pixels, so that frames and processes pool as one set of pixels.

    Attributes:
        values: float64, one for each of the sums.
    """

    values: Tensor

    @classmethod
    def none(cls, device: torch.device) -> ErrorSums:
        """Before the first frame."""
        return cls(torch.zeros(len(_SUMS), dtype=torch.float64, device=device))

    @classmethod
    def of_batch(
        cls,
        output: NetworkOutput,
        example: Example,
        *,
        max_depth_m: float,
        sky_from_m: float,
    ) -> ErrorSums:
        """The sums of one batch.

        Args:
            output: of the network.
            example: what it was given, and the truth.
            max_depth_m: errors are of truth up to here.
            sky_from_m: surfaces beyond this are answered as sky is, and not counted.
        """
        truth_B1HW = example.target.truth_B1HW
        known_B1HW = known_pixels(truth_B1HW, max_depth_m)
        truth = truth_B1HW[known_B1HW].double()
        depth = output.depth_B1HW[known_B1HW].double().clamp(max=max_depth_m)
        nearest_B1HW, _ = nearest_measurement(
            example.given.sparse_depth_B1HW, example.given.validity_B1HW
        )
        of_nearest = nearest_B1HW[known_B1HW].double().clamp(max=max_depth_m) - truth
        error = depth - truth
        num_pixels = error.new_tensor(error.numel())
        nothing = error.new_zeros(())
        num_with_b, num_within = nothing, nothing
        if output.uncertainty_B1HW is not None:
            b = output.uncertainty_B1HW[known_B1HW].double()
            num_with_b = num_pixels
            num_within = (error.abs() <= SPREAD_OF_90_PERCENT * b).double().sum()
        sky = [nothing] * 3
        if output.sky_logit_B1HW is not None:
            is_sky_B1HW = torch.isposinf(truth_B1HW)
            told_B1HW = is_sky_B1HW | ((truth_B1HW > 0) & (truth_B1HW <= sky_from_m))
            is_sky = is_sky_B1HW[told_B1HW]
            says_sky = output.sky_logit_B1HW[told_B1HW] > 0
            sky = [
                both.double().sum()
                for both in (is_sky & says_sky, is_sky & ~says_sky, ~is_sky & says_sky)
            ]
        values = [
            num_pixels, error.abs().sum(), error.square().sum(), of_nearest.abs().sum(),
            of_nearest.square().sum(), num_with_b, num_within, *sky,
        ]  # fmt: skip
        return cls(torch.stack(values))

    def __add__(self, other: ErrorSums) -> ErrorSums:
        return ErrorSums(self.values + other.values)

    def metrics(self) -> dict[str, float]:
        """Errors in metres pooled over all pixels, beside those of the nearest measurement."""
        sums = dict(zip(_SUMS, self.values.tolist(), strict=True))
        if not sums['pixels']:
            return {}
        count = sums['pixels']
        metrics = {
            'mae_m': sums['absolute'] / count,
            'rmse_m': sqrt(sums['squared'] / count),
            'nearest_mae_m': sums['nearest_absolute'] / count,
            'nearest_rmse_m': sqrt(sums['nearest_squared'] / count),
        }
        if sums['with_b']:
            metrics['coverage_90'] = sums['within_90'] / sums['with_b']
        told = 2 * sums['sky_found'] + sums['sky_missed'] + sums['sky_invented']
        if told:
            metrics['sky_f1'] = 2 * sums['sky_found'] / told
        return metrics
