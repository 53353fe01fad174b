from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.simulation import textures
from mt_depth_ros.simulation.textures import tileable_noise

RECIPES = [
    'asphalt', 'paving', 'grass', 'soil', 'brick', 'plaster', 'stone', 'planks', 'roof_tiles',
    'foliage', 'bark', 'window_glass', 'signboard', 'paint_reflection',
]  # fmt: skip


def test_noise_is_standardised_and_its_edges_meet() -> None:
    noise = tileable_noise(np.random.default_rng(0), 1.5)
    assert noise.mean() == pytest.approx(0.0, abs=1e-5)
    assert noise.std() == pytest.approx(1.0, abs=1e-5)
    across = np.abs(noise[:, 0] - noise[:, -1]).mean()
    inside = np.abs(np.diff(noise, axis=1)).mean()
    assert across < 1.5 * inside


@pytest.mark.parametrize('name', RECIPES)
def test_a_texture_follows_its_generator_and_no_two_are_alike(name) -> None:
    draw = getattr(textures, name)
    one, again, other = (draw(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.dtype == np.uint8 and one.shape[2] == 3
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
