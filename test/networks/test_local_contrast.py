"""What local contrast keeps of an image, and what it takes away."""

from __future__ import annotations

import torch

from mt_depth_ros.networks.local_contrast import local_contrast
from mt_depth_ros.networks.registry import build_network


def image(seed: int = 0) -> torch.Tensor:
    return torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(seed))


def test_a_uniform_image_has_none_whatever_its_colour() -> None:
    for colour in ((0.9, 0.9, 0.95), (0.1, 0.2, 0.0)):
        plain = torch.tensor(colour).reshape(1, 3, 1, 1).expand(1, 3, 64, 96)
        assert local_contrast(plain).abs().max() < 1e-3


def test_light_and_exposure_hardly_change_it() -> None:
    bright = image() * 0.5 + 0.4
    dim = bright * 0.6
    assert (local_contrast(bright) - local_contrast(dim)).abs().max() < 0.05


def test_an_edge_stands_out_with_its_sign() -> None:
    half = torch.full((1, 3, 64, 96), 0.3)
    half[..., 48:] = 0.5
    contrast = local_contrast(half)
    assert (contrast[..., 44:48] < -1.0).all()
    assert (contrast[..., 48:52] > 1.0).all()
    assert contrast[..., :24].abs().max() < 1e-3


def test_a_network_with_it_does_not_see_the_tint_of_the_light() -> None:
    torch.manual_seed(0)
    options = {'local_contrast': True, 'image_gates': False}
    network = build_network('mt_depth_plus', options).eval()
    torch.nn.init.normal_(network.head.weight, std=0.1)
    sparse = torch.zeros(1, 1, 64, 96)
    sparse[0, 0, ::9, ::7] = 12.0
    given = (torch.zeros_like(sparse), (sparse > 0).float())
    with torch.inference_mode():
        plain = network(image(1), sparse, *given).depth_B1HW
        tinted = network(
            image(1) * 0.5 + torch.tensor([0.1, 0.2, 0.3]).reshape(1, 3, 1, 1), sparse, *given
        ).depth_B1HW
        other = network(image(2), sparse, *given).depth_B1HW
    assert (plain - tinted).abs().mean() < 0.05 * (plain - other).abs().mean()
