"""The network of this project: a residual on the nearest measurement, spread along edges.

Tensor names end in their shape: B batch, C channels, H rows, W columns, digits are channels; h, w
half the resolution.
"""

from __future__ import annotations

from math import log

import torch
from torch import nn, Tensor
from torch.nn import functional

from mt_depth_ros.networks.blocks import FullPrecisionConv2d
from mt_depth_ros.networks.cells import blended, cell_means, split_channels
from mt_depth_ros.networks.local_contrast import CELL_PX, local_contrast
from mt_depth_ros.networks.mt_depth_plus_config import MTDepthPlusConfig
from mt_depth_ros.networks.near_shift import shifted_nearer
from mt_depth_ros.networks.network import DepthNetwork, NetworkOutput, require_size
from mt_depth_ros.networks.normalization import ImageNormalization
from mt_depth_ros.networks.prefill import Prefill, prefill
from mt_depth_ros.networks.residual_unet import activation, convolution, ResidualUNet
from mt_depth_ros.networks.sky_branch import SkyBranch
from mt_depth_ros.networks.sky_decision import sky_decision
from mt_depth_ros.networks.spatial_propagation import NEIGHBOURS, SpatialPropagation
from mt_depth_ros.networks.tone_curve import brightened
from mt_depth_ros.networks.unmeasured import unmeasured_share

HEAD_CHANNELS = (1, 1, 1, 1, len(NEIGHBOURS))
"""Residual, log of relative uncertainty, sky, anchor, affinities."""

INITIAL_LOG_UNCERTAINTY = -3.0
LOG_UNCERTAINTY_RANGE = (log(1e-3), log(1.0))
BOUNDARY_PX = 4


class Stem(nn.Module):
    """Image and depth each by themselves, then together, at half the resolution."""

    def __init__(self, config: MTDepthPlusConfig) -> None:
        super().__init__()
        channels, image_channels = config.channels[0], config.image_channels
        hints = 2 + config.pyramid_fill + config.mask_fill + 2 * config.mask_channels
        self.depth = convolution(4 * hints, channels)
        self.image = nn.ModuleList(
            [convolution(12, image_channels), convolution(image_channels, image_channels)]
            if image_channels
            else []
        )
        self.join = convolution(channels + image_channels, channels)

    def forward(self, hints_BCHW: Tensor, image_B3HW: Tensor) -> Tensor:
        """Gives (B, channels[0], h, w)."""
        parts = [activation(self.depth(functional.pixel_unshuffle(hints_BCHW, 2)))]
        if len(self.image):
            features = functional.pixel_unshuffle(image_B3HW, 2)
            for layer in self.image:
                features = activation(layer(features))
            parts.append(features)
        joined_BChw: Tensor = self.join(torch.cat(parts, dim=1))
        return joined_BChw


class MTDepthPlus(DepthNetwork):
    """Prefill, half-resolution residual U-Net, residual in log depth, spatial propagation.

    Untrained it answers the depth of the nearest measurement. Its mask enters as hints only (the
    mask, its boundary, a fill per side of the mask, edges that hold propagation back), so what is
    learned without a mask does not depend on one.
    """

    config: MTDepthPlusConfig

    def __init__(self, config: MTDepthPlusConfig) -> None:
        super().__init__(config)
        self.size_multiple = max(2 ** len(config.channels), CELL_PX)  # both powers of two
        self.uses_mask = config.mask_channels or config.mask_fill or config.mask_gates
        self.image_normalization = ImageNormalization(config)
        self.stem = Stem(config)
        self.trunk = ResidualUNet(config.channels)
        self.head = FullPrecisionConv2d(
            config.channels[0], 4 * sum(HEAD_CHANNELS), 3, padding=1
        ).answer_zero()
        self.sky_branch = (
            SkyBranch(config.sky_channels, config.channels[0]) if config.sky_channels else None
        )
        num_guides = 3 * config.image_gates + config.mask_gates
        self.propagation = SpatialPropagation(config.propagation_steps, num_guides)

    def forward(
        self,
        image_B3HW: Tensor,
        sparse_depth_B1HW: Tensor,
        mask_B1HW: Tensor,
        validity_B1HW: Tensor,
    ) -> NetworkOutput:
        """See :meth:`DepthNetwork.forward`; gives depth, uncertainty, sky and initial depth."""
        require_size(image_B3HW, self.size_multiple)
        fill = prefill(sparse_depth_B1HW, mask_B1HW, validity_B1HW, self.config)
        hints_BCHW = self._hints(fill, mask_B1HW)
        features_BChw = self.trunk(self.stem(hints_BCHW, self._seen(image_B3HW)))
        head_BCHW = functional.pixel_shuffle(self.head(features_BChw), 2)
        residual, log_b, sky_logit_B1HW, anchor, affinity_B8HW = split_channels(
            head_BCHW, HEAD_CHANNELS
        )
        if self.sky_branch is not None:
            colours_B3HW = self.image_normalization(self._exposed(image_B3HW))
            sky_logit_B1HW = self.sky_branch(colours_B3HW, features_BChw, sky_logit_B1HW)
        initial_B1HW = fill.nearest_B1HW + residual
        final_B1HW = self.propagation(
            initial_B1HW,
            affinity_B8HW,
            self._guide(image_B3HW, mask_B1HW),
            anchor.sigmoid() * validity_B1HW,
            fill.nearest_B1HW,
        )
        depth_B1HW = self._metres(final_B1HW + fill.log_scale_B111)
        learned = NetworkOutput(
            depth_B1HW=depth_B1HW,
            uncertainty_B1HW=self._uncertainty(depth_B1HW.detach(), log_b),
            sky_logit_B1HW=sky_logit_B1HW,
            initial_depth_B1HW=self._metres(initial_B1HW + fill.log_scale_B111),
        )
        return learned if self.training else self._served(learned, fill.distance_B1HW)

    def _served(self, learned: NetworkOutput, distance_B1HW: Tensor) -> NetworkOutput:
        """What is answered of what was learned: see ``near_shift`` and ``missed_sky_m``."""
        config = self.config
        depth_B1HW, scale_B1HW = learned.depth_B1HW, learned.uncertainty_B1HW
        sky_logit_B1HW = learned.sky_logit_B1HW
        assert scale_B1HW is not None and sky_logit_B1HW is not None
        unmeasured_B111 = unmeasured_share(sky_logit_B1HW, distance_B1HW)
        if config.near_shift:
            depth_B1HW = shifted_nearer(
                depth_B1HW,
                scale_B1HW,
                distance_B1HW,
                unmeasured_B111,
                share=config.near_shift,
                min_depth_m=config.min_depth_m,
            )
        if config.missed_sky_m is not None:
            sky_logit_B1HW = sky_decision(
                sky_logit_B1HW,
                depth_B1HW,
                distance_B1HW,
                unmeasured_B111,
                max_depth_m=config.max_depth_m,
                missed_sky_m=config.missed_sky_m,
            )
        return learned._replace(depth_B1HW=depth_B1HW, sky_logit_B1HW=sky_logit_B1HW)

    def _seen(self, image_B3HW: Tensor) -> Tensor:
        """What the network is told of the image."""
        if self.config.local_contrast:
            return local_contrast(image_B3HW)
        seen_B3HW: Tensor = self.image_normalization(image_B3HW)
        return seen_B3HW

    def _exposed(self, image_B3HW: Tensor) -> Tensor:
        """The image as the branch that tells sky is given it."""
        mean = self.config.sky_brightness
        return image_B3HW if mean is None else brightened(image_B3HW, mean=mean)

    def _hints(self, fill: Prefill, mask_B1HW: Tensor) -> Tensor:
        """What is known of depth at every pixel, in numbers near one."""
        hints = [fill.nearest_B1HW, torch.log1p(fill.distance_B1HW) / 2]
        if self.config.pyramid_fill:
            hints.append(fill.pyramid_B1HW - fill.nearest_B1HW)
        if self.config.mask_fill:
            hints.append(fill.own_side_B1HW - fill.nearest_B1HW)
        if self.config.mask_channels:
            coarse_B1HW = blended(cell_means(mask_B1HW, BOUNDARY_PX), BOUNDARY_PX)
            hints += [mask_B1HW, coarse_B1HW - mask_B1HW]
        return torch.cat(hints, dim=1)

    def _guide(self, image_B3HW: Tensor, mask_B1HW: Tensor) -> Tensor | None:
        """The channels whose edges hold propagation back."""
        guides = [image_B3HW / 3] if self.config.image_gates else []
        guides += [mask_B1HW] if self.config.mask_gates else []
        return torch.cat(guides, dim=1) if guides else None

    def _metres(self, log_depth_B1HW: Tensor) -> Tensor:
        """Metres within the sensor's range; in training a little beyond it, to find back."""
        slack = 1.0 if self.training else 0.0
        low, high = log(self.config.min_depth_m) - slack, log(self.config.max_depth_m) + slack
        return log_depth_B1HW.clamp(low, high).exp()

    def _uncertainty(self, depth_B1HW: Tensor, log_b_B1HW: Tensor) -> Tensor:
        relative = (log_b_B1HW + INITIAL_LOG_UNCERTAINTY).clamp(*LOG_UNCERTAINTY_RANGE).exp()
        if self.training:
            return depth_B1HW * relative
        near, far = self.config.uncertainty_scale, self.config.far_uncertainty_scale
        rise = 0.0 if far is None else (far - near) / self.config.max_depth_m
        return depth_B1HW * relative * (near + rise * depth_B1HW)
