from __future__ import annotations

import torch

from mt_depth_ros.training.depth_target import DepthTarget, known_pixels
from mt_depth_ros.training.pixel_weights import boundaries, dilated, pixel_weights


def row(*values: float) -> torch.Tensor:
    return torch.tensor(values).reshape(1, 1, 1, -1)


def test_known_is_finite_positive_and_within_the_cap() -> None:
    known = known_pixels(row(0.0, 0.5, 80.0, 80.01, torch.inf, -1.0), 80.0)
    assert known.flatten().tolist() == [False, True, True, False, False, False]


def test_both_sides_of_a_jump_are_boundary_and_gentle_slopes_are_not() -> None:
    truth = row(10.0, 10.5, 20.0, 21.0)
    known = torch.ones_like(truth, dtype=torch.bool)
    nothing = torch.zeros_like(truth)
    assert boundaries(truth, known, nothing).flatten().tolist() == [0, 1, 1, 0]
    known[..., 2] = False  # a jump to what is not known is none
    assert boundaries(truth, known, nothing).flatten().tolist() == [0, 0, 0, 0]


def test_the_outline_of_an_object_is_boundary_at_equal_depth() -> None:
    truth = torch.full((1, 1, 1, 5), 10.0)
    known = torch.ones_like(truth, dtype=torch.bool)
    assert boundaries(truth, known, row(0, 0, 1, 1, 1)).flatten().tolist() == [0, 1, 1, 0, 0]


def test_dilation_reaches_a_square() -> None:
    spot = torch.zeros(1, 1, 7, 7)
    spot[0, 0, 3, 3] = 1.0
    grown = dilated(spot, 2)
    assert grown.sum() == 25
    assert grown[0, 0, 1:6, 1:6].all()


def test_weights_multiply_and_unknown_pixels_have_none() -> None:
    truth = row(10.0, 10.0, 10.0, 20.0, 20.0, 20.0, 20.0)
    known = torch.ones_like(truth, dtype=torch.bool)
    known[..., 6] = False
    measured = row(1, 0, 0, 0, 0, 0, 0)
    target = DepthTarget(truth, torch.zeros_like(truth), measured)
    weights = pixel_weights(truth, known, target, boundary=(3.0, 0), unobserved=(0.5, 2))
    # Boundary: pixels 2 and 3. Observed: up to 2 pixels from the first.
    assert weights.flatten().tolist() == [1.0, 1.0, 3.0, 1.5, 0.5, 0.5, 0.0]
