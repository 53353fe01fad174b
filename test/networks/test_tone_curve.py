from __future__ import annotations

import pytest
import torch

from mt_depth_ros.networks.tone_curve import brightened


def test_a_dark_image_gets_the_mean_and_a_bright_one_stays() -> None:
    dark, bright = torch.full((1, 3, 4, 4), 0.1), torch.full((1, 3, 4, 4), 0.6)
    both = brightened(torch.cat([dark, bright]), mean=0.35)
    torch.testing.assert_close(both[0], torch.full((3, 4, 4), 0.35))
    torch.testing.assert_close(both[1:], bright)


def test_black_and_white_stay_and_order_does() -> None:
    ramp = torch.linspace(0.0, 1.0, 12).pow(4).reshape(1, 3, 2, 2)
    curved = brightened(ramp, mean=0.35).flatten()
    assert curved[0] == 0.0
    assert curved[-1] == pytest.approx(1.0)
    assert (curved.diff() > 0).all()


def test_it_is_bounded_in_the_dark() -> None:
    nearly_black = torch.full((1, 3, 2, 2), 1e-4)
    torch.testing.assert_close(
        brightened(nearly_black, mean=0.35), 5 * nearly_black, rtol=1e-3, atol=0
    )
    assert (brightened(torch.zeros(1, 3, 2, 2), mean=0.35) == 0).all()
