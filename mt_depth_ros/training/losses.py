"""What the networks are trained to make small, in float32, over known pixels only.

Tensor names end in their shape: B batch, H rows, W columns, digits are channels. Terms of the
paper (MT-Depth, arXiv 2512.04734) are in metres: L(final) + 0.5 L(initial) + 3 L(final, on
objects) + 1 L(mask). The paper never writes them down; this is the reading of its Table 2.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import log
from typing import Literal, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.networks.network import NetworkOutput
from mt_depth_ros.training.depth_target import DepthTarget, known_pixels
from mt_depth_ros.training.pixel_weights import pixel_weights

DepthNorm: TypeAlias = Literal['l1', 'l2', 'smooth_l1', 'berhu']
FarSurfaces: TypeAlias = Literal['sky', 'surfaces']
GRADIENT_SCALES = 4
SMALLEST_DEPTH_M = 1e-3


@dataclass(frozen=True, kw_only=True, slots=True)
class LossConfig:
    """Weights of the terms; 0 leaves a term out. The defaults are the paper's.

    Attributes:
        norm: of the depth terms: ``l1``, ``l2`` (squared), ``smooth_l1`` (squared below 1 m) or
            ``berhu`` (squared above a fifth of the largest error, Laina et al. 2016).
        final_weight: of the final depth.
        initial_weight: lambda_init, of the initial depth, where the network has one.
        object_weight: lambda_obj, of the final depth on true objects.
        mask_weight: lambda_seg, of the predicted mask (cross entropy and Dice), where there is
            one.
        log_weight: of the absolute error of the final depth's logarithm.
        squared_weight: of the squared error of the final depth, metres squared.
        laplace_weight: of the Laplace likelihood of the error under the uncertainty; the depth
            gets no gradient from it.
        laplace_max_depth_m: truth beyond this is left out of that.
        gradient_weight: of the gradients of the log error at four scales (Li and Snavely 2018).
        sky_weight: of the cross entropy of sky.
        sky_odds: where sky is told from surfaces best: at these odds of sky, 1 where either is as
            likely. To take a surface for sky is dearer than to miss sky, so sky is answered at
            odds above 1 (:mod:`networks.sky_decision`). The logit stays that of the probability:
            see :func:`sky_cross_entropy`.
        sky_from_m: surfaces are far beyond this: the node's ``max_range``.
        far_surfaces: what these are to the cross entropy of sky. They are answered alike, but they
            look like surfaces: where colours alone tell, ``sky`` teaches that a dark tree is sky.
        boundary_weight: how much more a pixel near a depth edge or an object's outline counts.
        boundary_px: how near.
        unobserved_weight: how much a pixel far from every measurement counts.
        unobserved_px: how far.
        max_depth_m: truth beyond this is left out of all depth terms.

    Raises:
        ConfigError: a value below 0.
    """

    norm: DepthNorm = 'l1'
    final_weight: float = 1.0
    initial_weight: float = 0.5
    object_weight: float = 3.0
    mask_weight: float = 1.0
    log_weight: float = 0.0
    squared_weight: float = 0.0
    laplace_weight: float = 0.0
    laplace_max_depth_m: float = 80.0
    gradient_weight: float = 0.0
    sky_weight: float = 0.0
    sky_odds: float = 1.0
    sky_from_m: float = 120.0
    far_surfaces: FarSurfaces = 'sky'
    boundary_weight: float = 1.0
    boundary_px: int = 3
    unobserved_weight: float = 1.0
    unobserved_px: int = 12
    max_depth_m: float = 80.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, str) and value < 0:
                raise ConfigError(
                    expected='0 or more',
                    got=repr(value),
                    where=f'loss.{field.name}',
                    remedy='correct the value',
                )
        if self.sky_odds == 0:
            raise ConfigError(
                expected='more than 0', got='0', where='loss.sky_odds', remedy='correct the value'
            )


def loss_terms(
    output: NetworkOutput, target: DepthTarget, config: LossConfig
) -> dict[str, Tensor]:
    """The weighted terms of the loss; their sum is what is made small.

    Args:
        output: of a network in training.
        target: what is known.
        config: which terms.

    Returns:
        name -> scalar, only of terms with a weight that the output has something for.
    """
    known_B1HW = known_pixels(target.truth_B1HW, config.max_depth_m)
    # Unknown and sky pixels become 1 m on both sides: no infinity reaches a gradient.
    truth_B1HW = torch.where(known_B1HW, target.truth_B1HW, 1.0)
    weight_B1HW = pixel_weights(
        truth_B1HW,
        known_B1HW,
        target,
        boundary=(config.boundary_weight, config.boundary_px),
        unobserved=(config.unobserved_weight, config.unobserved_px),
    )
    depth_B1HW = torch.where(known_B1HW, output.depth_B1HW.float(), 1.0)
    terms = _depth_terms(depth_B1HW, truth_B1HW, weight_B1HW, target, config)
    initial_B1HW, b_B1HW = output.initial_depth_B1HW, output.uncertainty_B1HW
    if initial_B1HW is not None and config.initial_weight > 0:
        initial_B1HW = torch.where(known_B1HW, initial_B1HW.float(), 1.0)
        penalty_B1HW = depth_penalty((initial_B1HW - truth_B1HW).abs(), config.norm)
        terms['initial'] = config.initial_weight * masked_mean(penalty_B1HW, weight_B1HW)
    if b_B1HW is not None and config.laplace_weight > 0:
        told_B1HW = known_pixels(target.truth_B1HW, config.laplace_max_depth_m)
        error_B1HW = (output.depth_B1HW.float() - target.truth_B1HW).abs()
        likelihood = laplace_likelihood(torch.where(told_B1HW, error_B1HW, 0.0), b_B1HW, told_B1HW)
        terms['laplace'] = config.laplace_weight * likelihood
    if output.sky_logit_B1HW is not None and config.sky_weight > 0:
        sky_logit_B1HW = output.sky_logit_B1HW
        entropy = sky_cross_entropy(
            sky_logit_B1HW,
            target.truth_B1HW,
            config.sky_from_m,
            odds=config.sky_odds,
            far_surfaces=config.far_surfaces,
        )
        terms['sky'] = config.sky_weight * entropy
    if output.mask_logit_B1HW is not None and config.mask_weight > 0:
        overlap = mask_loss(output.mask_logit_B1HW, target.object_B1HW)
        terms['mask'] = config.mask_weight * overlap
    return terms


def masked_mean(value_B1HW: Tensor, weight_B1HW: Tensor) -> Tensor:
    """Weighted mean; 0 where nothing has a weight."""
    return (value_B1HW * weight_B1HW).sum() / weight_B1HW.sum().clamp(min=1e-6)


def log_error(depth_B1HW: Tensor, truth_B1HW: Tensor) -> Tensor:
    """Difference of the logarithms; depth that is not positive counts as a millimetre."""
    return depth_B1HW.clamp(min=SMALLEST_DEPTH_M).log() - truth_B1HW.log()


def depth_penalty(error_B1HW: Tensor, norm: DepthNorm) -> Tensor:
    """What an absolute error in metres costs."""
    if norm == 'l1':
        return error_B1HW
    if norm == 'l2':
        return error_B1HW.square()
    if norm == 'smooth_l1':
        return torch.where(error_B1HW < 1.0, error_B1HW.square() / 2, error_B1HW - 0.5)
    corner = (0.2 * error_B1HW.detach().amax()).clamp(min=1e-6)
    beyond_B1HW = (error_B1HW.square() + corner.square()) / (2 * corner)
    return torch.where(error_B1HW <= corner, error_B1HW, beyond_B1HW)


def laplace_likelihood(error_B1HW: Tensor, b_B1HW: Tensor, known_B1HW: Tensor) -> Tensor:
    """Mean of |error| / b + log b, the negative log likelihood; only b gets a gradient."""
    b_B1HW = torch.where(known_B1HW, b_B1HW.float(), 1.0)
    likelihood_B1HW = error_B1HW.detach() / b_B1HW + b_B1HW.log()
    return masked_mean(likelihood_B1HW, known_B1HW.float())


def gradient_matching(log_error_B1HW: Tensor, known_B1HW: Tensor) -> Tensor:
    """Mean absolute difference of the log error between neighbours, at four scales."""
    total = log_error_B1HW.new_zeros(())
    for scale in range(GRADIENT_SCALES):
        step = 2**scale
        error, known = log_error_B1HW[..., ::step, ::step], known_B1HW[..., ::step, ::step]
        for first, second in (
            ((..., slice(1, None), slice(None)), (..., slice(None, -1), slice(None))),
            ((..., slice(1, None)), (..., slice(None, -1))),
        ):
            both = (known[first] & known[second]).float()
            total = total + masked_mean((error[first] - error[second]).abs(), both)
    return total / GRADIENT_SCALES


def mask_loss(logit_B1HW: Tensor, object_B1HW: Tensor) -> Tensor:
    """Cross entropy plus Dice (1 less twice the overlap over the sum)."""
    logit_B1HW = logit_B1HW.float()
    entropy = functional.binary_cross_entropy_with_logits(logit_B1HW, object_B1HW)
    share_B1HW = logit_B1HW.sigmoid()
    overlap = 2 * (share_B1HW * object_B1HW).sum() + 1
    return entropy + 1 - overlap / (share_B1HW.sum() + object_B1HW.sum() + 1)


def sky_cross_entropy(
    logit_B1HW: Tensor,
    truth_B1HW: Tensor,
    sky_from_m: float,
    *,
    odds: float = 1.0,
    far_surfaces: FarSurfaces = 'sky',
) -> Tensor:
    """Cross entropy of sky, over the pixels known to be sky or not.

    With ``odds`` a surface weighs as much more than sky, and the logit is lowered by their
    logarithm: still least where the logit is that of the probability, but steepest where the odds
    of sky are these (a proper score made for one threshold: Buja, Stuetzle and Shen 2005).

    Args:
        logit_B1HW: of the probability of sky.
        truth_B1HW: metres; 0 = unknown.
        sky_from_m: surfaces are far beyond this.
        odds: more than 0.
        far_surfaces: what these are; as ``surfaces`` they weigh no more than sky, as a depth there
            is no better an answer.
    """
    is_far_B1HW = truth_B1HW > sky_from_m
    is_sky_B1HW = is_far_B1HW if far_surfaces == 'sky' else torch.isposinf(truth_B1HW)
    entropy_B1HW = functional.binary_cross_entropy_with_logits(
        logit_B1HW.float() - log(odds),
        is_sky_B1HW.float(),
        weight=torch.where(is_far_B1HW, 1.0, odds),
        reduction='none',
    )
    return masked_mean(entropy_B1HW, (truth_B1HW > 0).float())


def _depth_terms(
    depth_B1HW: Tensor,
    truth_B1HW: Tensor,
    weight_B1HW: Tensor,
    target: DepthTarget,
    config: LossConfig,
) -> dict[str, Tensor]:
    """The weighted terms of the final depth."""
    terms = {}
    error_B1HW = (depth_B1HW - truth_B1HW).abs()
    log_error_B1HW = log_error(depth_B1HW, truth_B1HW)
    penalty_B1HW = depth_penalty(error_B1HW, config.norm)
    if config.final_weight > 0:
        terms['final'] = config.final_weight * masked_mean(penalty_B1HW, weight_B1HW)
    if config.object_weight > 0:
        on_objects_B1HW = weight_B1HW * target.object_B1HW
        terms['objects'] = config.object_weight * masked_mean(penalty_B1HW, on_objects_B1HW)
    if config.log_weight > 0:
        terms['log'] = config.log_weight * masked_mean(log_error_B1HW.abs(), weight_B1HW)
    if config.squared_weight > 0:
        terms['squared'] = config.squared_weight * masked_mean(error_B1HW.square(), weight_B1HW)
    if config.gradient_weight > 0:
        matching = gradient_matching(log_error_B1HW, weight_B1HW > 0)
        terms['gradient'] = config.gradient_weight * matching
    return terms
