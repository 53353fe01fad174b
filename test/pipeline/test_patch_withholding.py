from __future__ import annotations

import numpy as np

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.pipeline.patch_withholding import choose_patches, Patches

CAMERA = RectifiedCamera(width=600, height=200, fx=721.5, fy=721.5, cx=299.5, cy=99.5)
GAP_PX = 10


def rings(rows_px: np.ndarray, *, step_px: float = 2.0) -> DepthMeasurements:
    """Level lines of points across the image."""
    v_px, u_px = np.meshgrid(rows_px, np.arange(0, 600, step_px), indexing='ij')
    return DepthMeasurements(
        u_px=u_px.ravel().astype(np.float32),
        v_px=v_px.ravel().astype(np.float32),
        depth_m=np.full(u_px.size, 10.0, np.float32),
    )


LINES = rings(np.arange(5, 200, GAP_PX))


def choose(stamp_ns: int, *, share: float = 0.02) -> Patches:
    chosen = choose_patches(LINES, CAMERA, stamp_ns=stamp_ns, share=share)
    assert chosen is not None
    return chosen


def test_the_same_frame_gives_the_same_patches() -> None:
    first, again = choose(1_700_000_000_000_000_001), choose(1_700_000_000_000_000_001)
    np.testing.assert_array_equal(first.withheld, again.withheld)
    assert first.gap_px == GAP_PX


def test_the_choice_is_the_same_on_every_machine() -> None:
    # Written down once: a recording answered here must be answered alike elsewhere.
    withheld = choose(1_700_000_000_000_000_001, share=0.05).withheld
    assert withheld.sum() == 317
    assert np.flatnonzero(withheld)[:3].tolist() == [157, 158, 159]


def test_another_stamp_gives_other_patches_elsewhere() -> None:
    first, second = choose(1_000, share=0.1), choose(1_001, share=0.1)
    both = (first.withheld & second.withheld).sum()
    # Chance would have a tenth of one in the other.
    assert both < 0.35 * min(first.withheld.sum(), second.withheld.sum())
    assert not np.array_equal(first.patch, second.patch)


def test_the_share_is_honoured_over_frames() -> None:
    for share in (0.01, 0.02, 0.1):
        taken = [choose(100_000_000 * n, share=share).withheld.mean() for n in range(200)]
        # 200 frames of 1200 squares: the share of 0.01 deviates by 0.0002 or 2 % of it.
        np.testing.assert_allclose(np.mean(taken), share, rtol=0.1)


def test_every_measurement_is_kept_out_sooner_or_later() -> None:
    often = sum(choose(n, share=0.1).withheld.astype(int) for n in range(400))
    # 40 times on average, deviating by 6.
    assert often.min() > 10
    assert often.max() < 75


def test_a_patch_takes_all_in_a_square_as_large_as_the_gap() -> None:
    chosen = choose(77, share=0.05)
    assert chosen.size_px >= chosen.gap_px
    for patch in np.unique(chosen.patch[chosen.withheld]):
        inside = chosen.patch == patch
        assert chosen.withheld[inside].all()
        u_px, v_px = LINES.u_px[inside], LINES.v_px[inside]
        assert np.ptp(u_px) <= chosen.size_px
        assert np.ptp(v_px) <= chosen.size_px
    # Away from the image's border a square of 10 pixels holds 5 points of one line.
    sizes = np.bincount(chosen.patch[(LINES.u_px > 10) & (LINES.u_px < 590)])
    assert np.median(sizes[sizes > 0]) == 5


def test_a_frame_of_one_line_gives_nothing_away() -> None:
    single = rings(np.array([50.0]))
    assert choose_patches(single, CAMERA, stamp_ns=5, share=0.1) is None


def test_a_frame_of_few_points_keeps_most_of_them() -> None:
    few = DepthMeasurements(
        u_px=np.full(2, 100.0, np.float32),
        v_px=np.array([50.0, 60.0], np.float32),
        depth_m=np.full(2, 10.0, np.float32),
    )
    for stamp_ns in range(300):
        chosen = choose_patches(few, CAMERA, stamp_ns=stamp_ns, share=0.1)
        assert chosen is None or not chosen.withheld.any()
