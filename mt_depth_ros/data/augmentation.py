"""Random changes of training frames that keep their geometry true."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.colour_augmentation import ColourJitter, jittered
from mt_depth_ros.data.geometric_augmentation import cropped, mirrored, resized
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.data.sampling_checks import refused, require_probability


@dataclass(frozen=True, kw_only=True, slots=True)
class Augmentation:
    """What may happen to a training frame, in this order: zoom, crop, mirror, colours.

    Attributes:
        zoom: smallest and largest factor the frame is resized by, drawn uniformly.
        crop_size: (height, width) of a window drawn anywhere in the zoomed frame; None keeps the
            frame's own size when zooming in.
        mirror_probability: of left and right to change places, in [0, 1].
        colour: how colours change; None leaves them.

    Raises:
        ConfigError: a value out of range.
    """

    zoom: tuple[float, float] = (1.0, 1.0)
    crop_size: tuple[int, int] | None = None
    mirror_probability: float = 0.5
    colour: ColourJitter | None = None

    def __post_init__(self) -> None:
        require_probability('Augmentation, mirror_probability', self.mirror_probability)
        if not 0.0 < self.zoom[0] <= self.zoom[1]:
            raise refused('Augmentation, zoom', '0 < smallest <= largest', self.zoom)
        if self.crop_size is not None and min(self.crop_size) < 1:
            raise refused('Augmentation, crop_size', 'a positive height and width', self.crop_size)


def augmented(
    sample: DepthSample, augmentation: Augmentation, rng: np.random.Generator
) -> DepthSample:
    """Draws one variant of a frame.

    Args:
        sample: the frame, with or without measurements.
        augmentation: what may happen.
        rng: where all randomness comes from.

    Raises:
        ConfigError: the zoomed frame is smaller than the window to cut out.
    """
    camera = sample.camera
    size = augmentation.crop_size or (camera.height, camera.width)
    zoom = rng.uniform(*augmentation.zoom)
    zoomed = resized(sample, height=round(camera.height * zoom), width=round(camera.width * zoom))
    spare_rows, spare_columns = (
        zoomed.camera.height - size[0],
        zoomed.camera.width - size[1],
    )
    if min(spare_rows, spare_columns) < 0:
        raise ConfigError(
            expected=f'a frame of at least {size[1]}x{size[0]} to cut the window from',
            got=f'{zoomed.camera.width}x{zoomed.camera.height} after zooming by {zoom:.2f}',
            where=str(sample.identity),
            remedy='lower crop_size or raise the smallest zoom',
        )
    window = cropped(
        zoomed,
        top=int(rng.integers(spare_rows + 1)),
        left=int(rng.integers(spare_columns + 1)),
        height=size[0],
        width=size[1],
    )
    if rng.random() < augmentation.mirror_probability:
        window = mirrored(window)
    if augmentation.colour is None:
        return window
    return replace(window, image_rgb=jittered(window.image_rgb, augmentation.colour, rng))
