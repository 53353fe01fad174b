from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.evaluation.results.paired_bootstrap import compare, FrameErrors


def frames(*errors_m: float, names: str = 'abcdefgh') -> FrameErrors:
    """Frames of 10 pixels, each with one error everywhere."""
    listed = np.array(errors_m, np.float64)
    count = len(listed)
    return FrameErrors(tuple(names[:count]), np.full(count, 10.0), listed, listed**2)


def test_pixels_of_all_frames_are_pooled() -> None:
    # 10 pixels with an error of 1 m and 10 with 3 m: MAE 2 m, RMSE sqrt(5) m.
    errors, once = frames(1.0, 3.0), np.ones((1, 2))
    assert errors.pooled('mae_m', once) == pytest.approx([2.0])
    assert errors.pooled('rmse_m', once) == pytest.approx([5.0**0.5])


def test_a_row_that_is_a_tenth_better_on_every_frame_is_so_in_every_resample() -> None:
    change = compare(frames(0.9, 1.8, 2.7), frames(1.0, 2.0, 3.0), 'rmse_m')
    assert change is not None
    assert [change.change, change.low, change.high] == pytest.approx([-0.1] * 3)
    assert change.text == '-10.0 % (95 % interval -10.0 to -10.0)'


def test_the_interval_of_rows_that_win_by_turns_holds_zero() -> None:
    change = compare(frames(1, 2, 1, 2, 1, 2), frames(2, 1, 2, 1, 2, 1), 'mae_m')
    assert change is not None and change.change == pytest.approx(0.0)
    assert change.low < -0.1 and change.high > 0.1


def test_only_frames_that_both_have_are_compared() -> None:
    change = compare(frames(1.0, 9.0, names='ab'), frames(2.0, names='a'), 'mae_m')
    assert change is not None and change.frames == 1
    assert change.change == pytest.approx(-0.5)
    assert compare(frames(1.0, names='a'), frames(1.0, names='b'), 'mae_m') is None


def test_frames_without_an_answer_in_the_set_are_left_out(tmp_path: Path) -> None:
    table = tmp_path / 'frames.csv'
    table.write_text(
        'frame,pixels,answered,mae_m,rmse_m\na,cap_80,4,1,2\na,cap_100,9,7,7\nb,cap_80,0,,\n'
    )
    errors = FrameErrors.read(table, 'cap_80')
    assert errors.names == ('a',)
    assert [errors.answered[0], errors.absolute_m[0], errors.squared_m2[0]] == [4, 1, 4]
    with pytest.raises(DataFileError, match='score this row again'):
        FrameErrors.read(tmp_path / 'missing.csv', 'cap_80')
