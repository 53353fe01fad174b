from __future__ import annotations

from dataclasses import replace
from math import inf, log

import pytest
import torch

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.networks.network import NetworkOutput
from mt_depth_ros.training.depth_target import DepthTarget
from mt_depth_ros.training.losses import (
    depth_penalty,
    FarSurfaces,
    gradient_matching,
    laplace_likelihood,
    loss_terms,
    LossConfig,
    mask_loss,
    masked_mean,
    sky_cross_entropy,
)

NOTHING = LossConfig(final_weight=0, initial_weight=0, object_weight=0, mask_weight=0)


def row(*values: float) -> torch.Tensor:
    return torch.tensor(values).reshape(1, 1, 1, -1)


def target(truth: torch.Tensor, objects: torch.Tensor | None = None) -> DepthTarget:
    nothing = torch.zeros_like(truth)
    return DepthTarget(truth, nothing if objects is None else objects, nothing)


def test_the_loss_of_the_paper_by_hand() -> None:
    output = NetworkOutput(
        depth_B1HW=row(11.0, 22.0, 5.0, 7.0), initial_depth_B1HW=row(14.0, 20.0, 5.0, 7.0)
    )
    # Errors of the final depth 1 and 2 m, of the initial 4 and 0 m; the second pixel is an object.
    known = target(row(10.0, 20.0, 0.0, torch.inf), row(0.0, 1.0, 1.0, 0.0))
    terms = {name: term.item() for name, term in loss_terms(output, known, LossConfig()).items()}
    assert terms == pytest.approx({'final': 1.5, 'objects': 3 * 2.0, 'initial': 0.5 * 2.0})


@pytest.mark.parametrize(
    'config',
    [
        LossConfig(),
        LossConfig(norm='berhu'),
        replace(NOTHING, log_weight=1, squared_weight=1, laplace_weight=1, gradient_weight=1),
        LossConfig(boundary_weight=3.0, unobserved_weight=0.2),
    ],
    ids=lambda config: config.norm + str(config.log_weight),
)
def test_unknown_far_and_sky_pixels_never_enter(config: LossConfig) -> None:
    truth = torch.full((1, 1, 8, 8), 10.0)
    truth[..., :2], truth[..., 2:4], truth[..., 4:6] = 0.0, torch.inf, 90.0
    gradients = []
    for elsewhere in (3.0, 1e6):
        depth = torch.full((1, 1, 8, 8), 12.0)
        depth[..., :6] = elsewhere
        depth.requires_grad_()
        b = torch.ones_like(depth)
        output = NetworkOutput(depth, uncertainty_B1HW=b, initial_depth_B1HW=depth)
        torch.stack(list(loss_terms(output, target(truth), config).values())).sum().backward()
        gradients.append(depth.grad)
    assert torch.equal(gradients[0], gradients[1])
    assert not gradients[0][..., :6].any()
    assert torch.isfinite(gradients[0]).all()


def test_a_frame_without_any_known_pixel_costs_nothing_and_has_a_finite_gradient() -> None:
    depth = torch.full((1, 1, 4, 4), 5.0, requires_grad=True)
    terms = loss_terms(NetworkOutput(depth), target(torch.zeros(1, 1, 4, 4)), LossConfig())
    total = torch.stack(list(terms.values())).sum()
    total.backward()
    assert total.item() == 0.0
    assert not depth.grad.any()


@pytest.mark.parametrize(
    ('norm', 'costs'),
    [
        ('l1', [0.5, 1.0, 5.0]),
        ('l2', [0.25, 1.0, 25.0]),
        ('smooth_l1', [0.125, 0.5, 4.5]),
        # The corner is at a fifth of 5 m: beyond 1 m it is (e^2 + 1) / 2.
        ('berhu', [0.5, 1.0, 13.0]),
    ],
)
def test_each_norm_costs_what_its_formula_says(norm: str, costs: list[float]) -> None:
    assert depth_penalty(row(0.5, 1.0, 5.0), norm).flatten().tolist() == pytest.approx(costs)


def test_a_weighted_mean_counts_by_weight() -> None:
    assert masked_mean(row(1.0, 4.0, 100.0), row(1.0, 2.0, 0.0)).item() == pytest.approx(3.0)


def test_the_laplace_likelihood_is_least_at_the_mean_error_and_spares_depth() -> None:
    error = row(1.0, 3.0).requires_grad_()
    known = torch.ones(1, 1, 1, 2, dtype=torch.bool)
    at = {
        b: laplace_likelihood(error, torch.full_like(error, b), known).item()
        for b in (1.0, 2.0, 4.0)
    }
    assert at == pytest.approx({1.0: 2.0, 2.0: 1.0 + log(2), 4.0: 0.5 + log(4)})
    b = torch.full((1, 1, 1, 2), 2.0, requires_grad=True)
    laplace_likelihood(error, b, known).backward()
    assert error.grad is None
    # d/db (e / b + log b) = -e / b^2 + 1 / b, halved by the mean of two.
    assert b.grad.flatten().tolist() == pytest.approx([0.125, -0.125])


def test_a_constant_log_error_has_no_gradient_cost_and_a_step_has() -> None:
    known = torch.ones(1, 1, 16, 16, dtype=torch.bool)
    assert gradient_matching(torch.full((1, 1, 16, 16), 0.3), known).item() == 0.0
    step = torch.zeros(1, 1, 16, 16)
    step[..., 8:] = 1.0
    # One of the 15, 7, 3 and 1 differences across at the four scales; none down.
    assert gradient_matching(step, known).item() == pytest.approx((1 / 15 + 1 / 7 + 1 / 3 + 1) / 4)


def test_sky_is_told_over_known_pixels_only() -> None:
    truth = row(10.0, torch.inf, 0.0)
    # Logit 0 costs log 2 at both known pixels, whatever the unknown one says.
    assert sky_cross_entropy(row(0.0, 0.0, 50.0), truth, 120.0).item() == pytest.approx(log(2))


@pytest.mark.parametrize('odds', [1.0, 16.0])
@pytest.mark.parametrize('sky_pixels', [1, 3])
def test_the_logit_of_sky_is_that_of_its_probability_at_any_odds(
    odds: float, sky_pixels: int
) -> None:
    truth = row(*[inf] * sky_pixels, *[10.0] * (4 - sky_pixels))
    logit = torch.full_like(truth, log(sky_pixels / (4 - sky_pixels)), requires_grad=True)
    sky_cross_entropy(logit, truth, 120.0, odds=odds).backward()
    assert logit.grad is not None
    assert logit.grad.abs().max() > 0.01
    assert logit.grad.sum().item() == pytest.approx(0, abs=1e-6)


def test_the_higher_the_odds_the_dearer_an_error_near_them() -> None:
    """Telling 0.9 from 0.95 matters where sky is answered at odds of 16, not at even odds."""
    truth = row(*[inf] * 19, 10.0)

    def lost(odds: float) -> float:
        right, wrong = (
            sky_cross_entropy(torch.full_like(truth, log(p / (1 - p))), truth, 120.0, odds=odds)
            for p in (0.95, 0.9)
        )
        return (wrong - right).item()

    assert lost(16.0) > 3 * lost(1.0) > 0


@pytest.mark.parametrize(
    ('far_surfaces', 'costs'),
    [
        # Right about sky and the surface, and of a logit of 20 where a surface is beyond range.
        ('sky', 2 * log(2) / 3),
        ('surfaces', (20 + 2 * log(2)) / 3),
    ],
)
def test_surfaces_beyond_range_are_what_the_config_says(
    far_surfaces: FarSurfaces, costs: float
) -> None:
    logit, truth = row(0.0, 0.0, 20.0), row(10.0, torch.inf, 150.0)
    lost = sky_cross_entropy(logit, truth, 120.0, far_surfaces=far_surfaces)
    assert lost.item() == pytest.approx(costs)


def test_a_far_surface_weighs_no_more_than_sky() -> None:
    logit, truth = row(log(8.0)), row(150.0)
    lost = sky_cross_entropy(logit, truth, 120.0, odds=8.0, far_surfaces='surfaces')
    assert lost.item() == pytest.approx(log(2))


def test_a_perfect_mask_costs_nothing_and_an_inverted_one_a_lot() -> None:
    objects = row(0.0, 1.0, 1.0, 0.0)
    assert mask_loss(40 * (2 * objects - 1), objects).item() == pytest.approx(0.0, abs=1e-5)
    # Cross entropy 40; Dice 1 - 1 / 5 with nothing shared and two pixels each.
    assert mask_loss(-40 * (2 * objects - 1), objects).item() == pytest.approx(40.8)


def test_losses_are_float32_for_half_precision_outputs() -> None:
    output = NetworkOutput(torch.full((1, 1, 2, 2), 40.0, dtype=torch.bfloat16))
    terms = loss_terms(output, target(torch.full((1, 1, 2, 2), 40.01)), LossConfig())
    assert terms['final'].dtype == torch.float32
    assert terms['final'].item() == pytest.approx(0.01, rel=1e-3)


def test_a_weight_below_zero_is_refused() -> None:
    with pytest.raises(ConfigError, match=r'loss\.sky_weight: expected 0 or more, got -1'):
        LossConfig(sky_weight=-1)


def test_uncertainty_can_learn_beyond_where_depth_does() -> None:
    near_only = replace(NOTHING, laplace_weight=1)
    farther = replace(near_only, laplace_max_depth_m=120)
    truth = row(10.0, 100.0, torch.inf)
    output = NetworkOutput(depth_B1HW=row(10.0, 90.0, 70.0), uncertainty_B1HW=row(1.0, 10.0, 1.0))
    known = target(truth)
    assert loss_terms(output, known, near_only)['laplace'].item() == pytest.approx(0.0)
    expected = (1.0 + log(10.0)) / 2  # of an error of 10 m under a scale of 10 m
    assert loss_terms(output, known, farther)['laplace'].item() == pytest.approx(expected)
