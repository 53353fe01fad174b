from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.pipeline.edge_alignment import EdgeAlignment, EdgeSample
from mt_depth_ros.pipeline.image_edges import EdgeResponse
from mt_depth_ros.pipeline.offset_fit import fit_offset

CAMERA = RectifiedCamera(width=300, height=100, fx=200.0, fy=200.0, cx=149.5, cy=49.5)
NOTHING = np.zeros(4)


def sample(
    offset: np.ndarray, *, seed: int = 0, flow_x: float = 0.0, image_is_later_s: float = 0.0
) -> EdgeSample:
    """80 edges of either kind; the image shows each where the offset turns it."""
    rng = np.random.default_rng(seed)
    slopes = rng.uniform((-0.6, -0.2), (0.6, 0.2), (160, 2)).astype(np.float32)
    is_upright = np.arange(160) % 2 == 0
    flow = np.zeros((160, 2), np.float32)
    flow[:, 0] = flow_x
    x, y = slopes.T.astype(np.float64)
    wx, wy, wz, time_s = offset
    seen_x = x + wy * (1 + x * x) - wx * x * y - wz * y + flow_x * (image_is_later_s - time_s)
    seen_y = y - wx * (1 + y * y) + wy * x * y + wz * x
    response = np.zeros((2, 100, 300), np.float32)
    rows, columns = np.mgrid[:100, :300]
    for u, v, upright in zip(seen_x * 200 + 149.5, seen_y * 200 + 49.5, is_upright, strict=True):
        blob = np.exp(-((columns - u) ** 2 + (rows - v) ** 2) / 4)
        response[int(upright)] += blob
    return EdgeSample(
        slopes=slopes,
        is_upright=is_upright,
        flow=flow,
        image_is_later_s=image_is_later_s,
        image=EdgeResponse(response=response - response.mean(), camera=CAMERA),
    )


def test_the_score_is_highest_at_the_offset_the_image_shows() -> None:
    alignment = EdgeAlignment(4)
    truth = np.array([0.0, np.radians(1.0), 0.0, 0.0])
    alignment.add(sample(truth))
    right, wrong = alignment.scores(np.stack([truth, NOTHING])).sum(axis=0)
    assert right > 3 * wrong
    assert alignment.num_edges == 160


def test_scores_of_every_third_edge_are_about_a_third() -> None:
    alignment = EdgeAlignment(4)
    alignment.add(sample(NOTHING))
    every = alignment.scores(NOTHING[None]).sum()
    third = alignment.scores(NOTHING[None], every=3).sum()
    assert third == pytest.approx(every / 3, rel=0.15)


def test_an_image_of_another_size_is_refused() -> None:
    alignment = EdgeAlignment(4)
    alignment.add(sample(NOTHING))
    smaller = sample(NOTHING)
    cut = EdgeResponse(response=smaller.image.response[:, :50], camera=CAMERA)
    with pytest.raises(ValueError, match=r'image: expected shape \(2, 100, 300\)'):
        alignment.add(
            EdgeSample(
                slopes=smaller.slopes,
                is_upright=smaller.is_upright,
                flow=smaller.flow,
                image_is_later_s=0.0,
                image=cut,
            )
        )


def test_a_sample_without_edges_scores_nothing() -> None:
    alignment = EdgeAlignment(4)
    empty = EdgeSample(
        slopes=np.zeros((0, 2), np.float32),
        is_upright=np.zeros(0, np.bool_),
        flow=np.zeros((0, 2), np.float32),
        image_is_later_s=0.0,
        image=EdgeResponse(response=np.ones((2, 100, 300), np.float32), camera=CAMERA),
    )
    alignment.add(empty)
    assert not alignment.scores(NOTHING[None]).any()
    assert alignment.effect_of_time() == 0.0


@pytest.mark.parametrize(
    'offset_deg',
    [(0.0, 0.0, 0.0), (0.0, 1.3, 0.0), (-0.8, 0.0, 0.0), (0.0, 0.0, 2.0), (2.5, -2.0, -2.5)],
)
def test_a_turn_is_fitted_to_a_tenth_of_a_degree(offset_deg: tuple[float, float, float]) -> None:
    alignment = EdgeAlignment(8)
    for seed in range(5):
        alignment.add(sample(np.array([*np.radians(offset_deg), 0.0]), seed=seed))
    fit = fit_offset(alignment, with_time=False)
    np.testing.assert_allclose(np.degrees(fit.offset[:3]), offset_deg, atol=0.1)
    assert fit.offset[3] == 0.0
    assert fit.deviation[3] == np.inf
    assert (np.degrees(fit.deviation[:3]) < 0.1).all()
    assert fit.distinctness > 10
    assert fit.score >= fit.score_as_given - 0.02


def test_time_and_turn_are_told_apart_when_the_view_turns_both_ways() -> None:
    alignment = EdgeAlignment(8)
    truth = np.array([0.0, np.radians(0.5), 0.0, 0.06])
    for seed, flow_x in enumerate((0.3, -0.3, 0.2, -0.1, 0.25)):
        alignment.add(sample(truth, seed=seed, flow_x=flow_x))
    fit = fit_offset(alignment, with_time=True)
    assert fit.offset[3] == pytest.approx(0.06, abs=0.005)
    assert np.degrees(fit.offset[1]) == pytest.approx(0.5, abs=0.1)


def test_a_known_difference_of_the_stamps_is_no_error() -> None:
    alignment = EdgeAlignment(8)
    for seed, flow_x in enumerate((0.3, -0.3, 0.2, -0.1, 0.25)):
        alignment.add(sample(NOTHING, seed=seed, flow_x=flow_x, image_is_later_s=0.04))
    fit = fit_offset(alignment, with_time=True)
    assert fit.offset[3] == pytest.approx(0.0, abs=0.005)


def test_an_image_unrelated_to_the_edges_has_no_distinct_fit() -> None:
    alignment = EdgeAlignment(8)
    for seed in range(4):
        mine, other = sample(NOTHING, seed=seed), sample(NOTHING, seed=seed + 100)
        alignment.add(
            EdgeSample(
                slopes=mine.slopes,
                is_upright=mine.is_upright,
                flow=mine.flow,
                image_is_later_s=0.0,
                image=other.image,
            )
        )
    assert fit_offset(alignment, with_time=False).distinctness < 4
