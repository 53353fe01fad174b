"""What the network of this project is built from; every element can be switched off."""

from __future__ import annotations

from dataclasses import dataclass

from mt_depth_ros.networks.config import NetworkConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class MTDepthPlusConfig(NetworkConfig):
    """A residual on the nearest measurement, at half resolution, spread along the image's edges.

    Attributes:
        channels: of each stage, the first at half the image's resolution, each next one at half
            of the one before.
        image_channels: of the image's own first layers; 0 leaves the image out of the network.
        local_contrast: whether the network sees the image's local contrast instead of its colours.
        sky_channels: of each stage of the branch that tells sky by colours too, as ``channels``;
            empty: without that branch.
        sky_brightness: the mean, in (0, 1), that dark images are brightened to for that branch
            (:mod:`tone_curve`); None: it sees them as they are.
        missed_sky_m: what it costs to answer a depth where there is sky, metres; sky is answered
            where it costs less (:mod:`sky_decision`). None: where it is likelier than not.
        uncertainty_scale: what the uncertainty is multiplied by in evaluation. The likelihood fits
            the mean error, but errors have a longer tail than Laplace's, so an interval of 90 %
            drawn from it holds more; this calibrates it, by the validation frames.
        far_uncertainty_scale: the same at ``max_depth_m``, and in between in proportion to depth;
            None: one scale for all depths.
        near_shift: by how much of its uncertainty depth is answered nearer in evaluation, beside
            the measurements of a LiDAR (:mod:`near_shift`); 0 leaves it.
        pyramid_fill: whether the smooth fill is an input too.
        mask_channels: whether the mask, and how near its boundary is, are inputs.
        mask_fill: whether the fill from the measurements on a pixel's own side of the mask is an
            input: depth of the object on the object, depth of what is behind beside it.
        propagation_steps: of spatial propagation; 0 leaves it out.
        image_gates: whether depth spreads less across edges of the image.
        mask_gates: whether depth spreads less across the boundary of the mask.
        min_depth_m: nearest depth of input and answer, metres: the sensor's range.
        max_depth_m: farthest depth of input and answer, metres.
    """

    channels: tuple[int, ...] = (16, 32, 56, 96, 128)
    image_channels: int = 16
    local_contrast: bool = False
    sky_channels: tuple[int, ...] = ()
    sky_brightness: float | None = None
    missed_sky_m: float | None = None
    uncertainty_scale: float = 1.0
    far_uncertainty_scale: float | None = None
    near_shift: float = 0.0
    pyramid_fill: bool = True
    mask_channels: bool = True
    mask_fill: bool = True
    propagation_steps: int = 6
    image_gates: bool = True
    mask_gates: bool = True
    min_depth_m: float = 0.5
    max_depth_m: float = 120.0

    def __post_init__(self) -> None:
        NetworkConfig.__post_init__(self)
        self.require_counts('channels', at_least=2)
        self.require_counts('sky_channels', at_least=0)
        fits = len(self.sky_channels) <= len(self.channels)
        self.require('sky_channels', fits, f'at most {len(self.channels)} stages, as channels has')
        for field in ('image_channels', 'propagation_steps'):
            value = getattr(self, field)
            self.require(field, type(value) is int and value >= 0, 'a whole number >= 0')
        for field in (
            'local_contrast', 'pyramid_fill', 'mask_channels', 'mask_fill', 'image_gates',
            'mask_gates',
        ):  # fmt: skip
            self.require_bool(field)
        for field in ('min_depth_m', 'max_depth_m', 'uncertainty_scale'):
            self.require_positive(field)
        for field in ('missed_sky_m', 'far_uncertainty_scale'):
            if getattr(self, field) is not None:
                self.require_positive(field)
        mean, shift = self.sky_brightness, self.near_shift
        is_mean = mean is None or (type(mean) is float and 0 < mean < 1)
        self.require('sky_brightness', is_mean, 'a number in (0, 1), or null')
        is_share = isinstance(shift, (int, float)) and 0 <= shift < 1
        self.require('near_shift', is_share, 'a number in [0, 1)')
        is_range = self.min_depth_m < self.max_depth_m
        self.require('max_depth_m', is_range, f'more than min_depth_m, {self.min_depth_m} m')
