"""Diagnostics of the error between the measurements, and whether the calibration looks right."""

from __future__ import annotations

import math

from mt_depth_ros.pipeline.calibration_verdict import CheckStatus
from mt_depth_ros.pipeline.self_check_report import DistanceBin, MIN_PATCHES
from mt_depth_ros.ros.diagnostic_section import Alarm, DiagnosticSection, Level
from mt_depth_ros.ros.node_state import Moment


def self_check_section(moment: Moment) -> DiagnosticSection:
    """Errors at the measurements that are kept out of the input.

    Not called accuracy: see ``docs/SELF_CHECK.md`` for what it does not rank as the truth does.
    """
    state, report = moment.state, moment.state.self_check
    if not state.is_active:
        return DiagnosticSection(
            name='interpolation check', message='not active', level=Level.STALE
        )
    if state.config.self_check_share == 0.0:
        return DiagnosticSection(name='interpolation check', message='off (self_check_share is 0)')
    # The worker follows the parameter with its next frame.
    if report is None:
        return DiagnosticSection(name='interpolation check', message='nothing compared yet')
    values: tuple[tuple[str, object], ...] = (
        ('live_mae_m', _metres(report.live_mae_m)),
        ('patch_mae_m', _metres(report.patch_mae_m)),
        *(
            (f'live_rmse_m {_distance(each)}', _metres(each.rmse_m))
            for each in report.rmse_by_distance
        ),
        ('coverage of the 90 % interval', _share(report.coverage)),
        ('answered share', _share(report.answered_share)),
        ('points', report.num_points),
        ('patches', report.num_patches),
        ('frames', report.num_frames),
        ('window [s]', f'{report.span_s:.1f}'),
    )
    if report.is_enough:
        message = f'live MAE {report.live_mae_m:.2f} m between the measurements'
    else:
        message = f'{report.num_patches} of {MIN_PATCHES} patches to say anything'
    return DiagnosticSection(name='interpolation check', message=message, values=values)


def calibration_section(moment: Moment) -> DiagnosticSection:
    """WARN with direction and size where the extrinsic or the time offset looks off."""
    state, verdict = moment.state, moment.state.calibration
    if not state.is_active:
        return DiagnosticSection(name='calibration', message='not active', level=Level.STALE)
    if not state.config.calibration_check:
        return DiagnosticSection(name='calibration', message='off (calibration_check is false)')
    if verdict is None:
        return DiagnosticSection(name='calibration', message='nothing judged yet')
    values: list[tuple[str, object]] = [
        ('extrinsic', verdict.extrinsic.value),
        ('time offset', verdict.time.value),
        ('samples', verdict.num_samples),
        ('turning samples', verdict.num_turning),
        ('depth edges', verdict.num_edges),
    ]
    for axis in verdict.axes:
        if math.isfinite(axis.deviation):
            values.append((f'{axis.name} [{axis.unit}]', f'{axis.offset:+.2f}'))
            values.append((f'{axis.name} deviation [{axis.unit}]', f'{axis.deviation:.2f}'))
    looks_off = Alarm(
        key='calibration',
        text=f'{verdict.summary}; correct the extrinsic or lidar_time_offset; '
        "'mt_depth check-calibration' on a recording says by how much",
    )
    return DiagnosticSection(
        name='calibration',
        message=verdict.summary,
        values=tuple(values),
        alarms=(looks_off,) if verdict.status is CheckStatus.LOOKS_OFF else (),
    )


def _distance(each: DistanceBin) -> str:
    if math.isinf(each.up_to_px):
        return f'above {each.above_px:g} px'
    return f'{each.above_px:g} to {each.up_to_px:g} px'


def _metres(value_m: float) -> str:
    return f'{value_m:.3f}' if math.isfinite(value_m) else ''


def _share(share: float) -> str:
    return f'{share:.3f}' if math.isfinite(share) else ''
