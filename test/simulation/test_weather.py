from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.simulation.config import CameraConfig, Condition
from mt_depth_ros.simulation.lighting import draw_lighting, paint_sky
from mt_depth_ros.simulation.weather import Air, draw_air, Electronics, View, weathered


def flat_view(depth_m: np.ndarray) -> View:
    shape = depth_m.shape
    nowhere = np.zeros(shape, dtype=bool)
    return View(
        depth_m=depth_m.astype(np.float32),
        rays=np.dstack([np.zeros(shape), np.zeros(shape), np.ones(shape)]).astype(np.float32),
        edges=nowhere,
        ground=nowhere,
        shining=nowhere,
        windows=nowhere,
        lamps_m=np.empty((0, 3)),
    )


def test_haze_follows_koschmieders_law() -> None:
    depth = np.array([[0.0, 50.0], [100.0, np.inf]])
    air = Air(extinction_per_m=0.02, haze=(0.5, 0.5, 0.5), hides_sky=True, gamma=1.0)
    image = np.full((2, 2, 3), 200, dtype=np.uint8)
    rng = np.random.default_rng(0)
    hazed = weathered(image, flat_view(depth), Condition.FOG, air, rng)[..., 0]
    # 200 exp(-0.02 d) + 127.5 (1 - exp(-0.02 d)) at 0, 50, 100 and 500 m (the sky).
    expected = [[200.0, 127.5 + 72.5 * 0.3679], [127.5 + 72.5 * 0.1353, 127.5]]
    assert hazed == pytest.approx(np.array(expected), abs=1.0)


def test_clear_air_leaves_the_sky_alone() -> None:
    depth = np.full((2, 2), np.inf)
    air = Air(extinction_per_m=0.05, haze=(1.0, 1.0, 1.0), gamma=1.0)
    image = np.full((2, 2, 3), 90, dtype=np.uint8)
    assert (weathered(image, flat_view(depth), Condition.CLONE, air, None) == 90).all()


@pytest.mark.parametrize('condition', list(Condition))
def test_every_condition_has_light_sky_and_air(condition) -> None:
    lighting = draw_lighting(condition, np.random.default_rng(1))
    assert np.linalg.norm(lighting.towards_sun) == pytest.approx(1.0)
    assert lighting.towards_sun[2] > 0
    sky = paint_sky(lighting, np.random.default_rng(1), 16)
    assert sky.shape == (96, 16, 3)
    assert draw_air(condition, np.random.default_rng(1)).extinction_per_m > 0


def test_night_is_dark_away_from_lamps_and_bright_below_one() -> None:
    depth = np.full((9, 9), 30.0)
    image = np.full((9, 9, 3), 150, dtype=np.uint8)
    air = Air(extinction_per_m=1e-6, haze=(0.0, 0.0, 0.0), gamma=1.0)
    dark = weathered(image, flat_view(depth), Condition.NIGHT, air, None)
    view = flat_view(depth)
    lamp = View(**{**{n: getattr(view, n) for n in view.__slots__},
                   'lamps_m': np.array([[0.0, -5.0, 30.0]])})  # fmt: skip
    lit = weathered(image, lamp, Condition.NIGHT, air, None)
    assert dark.mean() < 60
    assert lit.mean() > dark.mean() + 50


def test_electronics_brighten_by_the_exposure_and_add_noise_of_its_strength() -> None:
    config = CameraConfig(width=200, height=100, noise=4.0, exposure=1.5)
    camera = Electronics(config, np.random.default_rng(0))
    image = np.full((100, 200, 3), 80, dtype=np.uint8)
    exposed = camera.expose(image, np.random.default_rng(1)).astype(np.float64)
    assert exposed.mean() == pytest.approx(120.0, abs=0.5)
    assert exposed.std() == pytest.approx(4.0, abs=0.2)
