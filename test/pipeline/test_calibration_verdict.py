from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.pipeline.calibration_verdict import axis_status, AxisFinding, CheckStatus


@pytest.mark.parametrize(
    ('offset', 'deviation', 'expected'),
    [
        (0.1, 0.05, CheckStatus.OK),
        (0.39, 0.05, CheckStatus.OK),
        (-0.41, 0.05, CheckStatus.LOOKS_OFF),
        (1.2, 0.2, CheckStatus.LOOKS_OFF),
        (1.2, 0.31, CheckStatus.NOT_ENOUGH_EVIDENCE),
        (0.1, 0.46, CheckStatus.NOT_ENOUGH_EVIDENCE),
        (0.0, np.inf, CheckStatus.NOT_ENOUGH_EVIDENCE),
    ],
)
def test_an_axis_is_off_ok_or_unknown(
    offset: float, deviation: float, expected: CheckStatus
) -> None:
    found = axis_status(offset, deviation, off_beyond=0.4, ok_within=1.0, certainty=4.0)
    assert found is expected


def test_a_time_offset_says_what_to_add() -> None:
    late = AxisFinding(
        name='time', unit='ms', offset=-52.4, deviation=2.0, status=CheckStatus.LOOKS_OFF
    )
    assert late.description == '52 ms stamped too late (add -52 ms)'
