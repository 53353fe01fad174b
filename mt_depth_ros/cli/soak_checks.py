"""Whether a soak shows a node that can be left running: figures and verdicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mt_depth_ros.cli.live_checks import Check
from mt_depth_ros.cli.soak_run import SoakRun, SoakSample
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.matching_events import DropReason
from mt_depth_ros.evaluation.robust_slope import robust_slope

# The first part of a run fills pools, caches and queues; it is left out of every trend.
_WARM_UP_SHARE = 0.2
_LONGEST_WARM_UP_S = 120.0
_MEMORY_GROWTH_MB = 10.0
_MATCH_RATIO_CHANGE = 0.05
_AGE_GROWTH = 1.5
_AGE_ALLOWANCE_MS = 100.0
_LEAST_SHARE_OF_CAPACITY = 0.7
_FEWEST_INTERVALS = 6
# An image waits for the frame before it, then for its own.
_FRAMES_OF_AGE = 2.0
# Other figures of the diagnostics with the same percentiles.
_NO_STAGES = frozenset({'mismatch'})
_UNMATCHED = frozenset(reason.value for reason in DropReason)


@dataclass(frozen=True, kw_only=True, slots=True)
class SoakFigures:
    """A run in numbers; those of trends leave out the warm-up.

    Attributes:
        camera_hz: images sent a second, outside of restarts.
        output_hz: depth images received a second, outside of restarts.
        capacity_hz: frames a second that the stages of a frame allow, one after the other.
        age_p50_ms, age_p95_ms, age_max_ms: from stamp to arrival of the depth image.
        early_age_ms, late_age_ms: median age in the first and in the last third.
        memory_mb: median of the resident memory.
        memory_mb_per_hour: its slope (Theil-Sen: the median of the slopes of all pairs).
        memory_growth_mb: least resident memory in the last third less that in the first. What a
            frame needs while it is computed comes and goes; a leak raises the least, too.
        slowest_frame_ms: the 95th percentiles of all stages of a frame together, at the end.
        early_open_files, late_open_files: least file descriptors in the first and last third. A
            file that is read for a moment, as the node reads its own memory for the diagnostics,
            comes and goes; a leak raises the least, too.
        early_threads, late_threads: most threads there.
        early_match_ratio, late_match_ratio: matched images of received ones in the first and in
            the last half, outside of restarts.
        processor_cores: processor time of the node over time.
    """

    camera_hz: float
    output_hz: float
    capacity_hz: float
    age_p50_ms: float
    age_p95_ms: float
    age_max_ms: float
    early_age_ms: float
    late_age_ms: float
    memory_mb: float
    memory_mb_per_hour: float
    memory_growth_mb: float
    slowest_frame_ms: float
    early_open_files: int
    late_open_files: int
    early_threads: int
    late_threads: int
    early_match_ratio: float
    late_match_ratio: float
    processor_cores: float


def soak_figures(run: SoakRun) -> SoakFigures:
    """The figures of a run.

    Raises:
        ConfigError: too few samples between restarts to judge it.
    """
    warm = _after_warm_up(run)
    if len(_steady(warm)) < _FEWEST_INTERVALS:
        raise ConfigError(
            expected=f'{_FEWEST_INTERVALS} samples or more between restarts of the sensors',
            got=f'{len(run.samples)} samples in {run.plan.duration_s:g} s, '
            f'{run.restarts} restarts; the node ended with {run.node_exit_code}',
            where=str(run.node_log),
            remedy='let it run longer or restart the sensors less often; see the log',
        )
    third = max(len(warm) // 3, 1)
    half = max(len(warm) // 2, 1)
    early, late = warm[:third], warm[-third:]
    elapsed_s = [sample.elapsed_s for sample in warm]
    span_s = elapsed_s[-1] - elapsed_s[0]
    memory_mb = [sample.usage.memory_mb for sample in warm]
    slope_mb_per_s = robust_slope(memory_mb, elapsed_s)
    ages_ms = _ages_ms(warm)
    steady = _steady(warm)
    frame_ms = np.median([_frame_ms(sample, 'p50') for sample in warm])
    return SoakFigures(
        camera_hz=_rate_hz(steady, lambda sample: sample.images_sent),
        output_hz=_rate_hz(steady, lambda sample: sample.depths_received),
        capacity_hz=float(1000.0 / max(frame_ms, 1e-3)),
        age_p50_ms=float(np.median(ages_ms)),
        age_p95_ms=float(np.percentile(ages_ms, 95)),
        age_max_ms=max(ages_ms),
        early_age_ms=float(np.median(_ages_ms(early))),
        late_age_ms=float(np.median(_ages_ms(late))),
        memory_mb=float(np.median(memory_mb)),
        memory_mb_per_hour=slope_mb_per_s * 3600.0,
        memory_growth_mb=_least_memory_mb(late) - _least_memory_mb(early),
        slowest_frame_ms=_frame_ms(warm[-1], 'p95'),
        early_open_files=min(sample.usage.open_files for sample in early),
        late_open_files=min(sample.usage.open_files for sample in late),
        early_threads=max(sample.usage.threads for sample in early),
        late_threads=max(sample.usage.threads for sample in late),
        early_match_ratio=_match_ratio(warm[:half]),
        late_match_ratio=_match_ratio(warm[half:]),
        processor_cores=(warm[-1].usage.processor_s - warm[0].usage.processor_s) / span_s,
    )


def soak_checks(run: SoakRun, figures: SoakFigures) -> list[Check]:
    """The verdicts on a run."""
    asked_hz = min(figures.camera_hz, figures.capacity_hz)
    return [
        Check(
            what='the node ended cleanly',
            passed=run.node_exit_code == 0,
            detail=f'exit code {run.node_exit_code}',
        ),
        Check(
            what='the output rate is what the camera or the stages allow',
            passed=figures.output_hz >= _LEAST_SHARE_OF_CAPACITY * asked_hz,
            detail=f'{figures.output_hz:.1f} Hz of {figures.camera_hz:.1f} Hz sent, '
            f'{figures.capacity_hz:.1f} Hz possible',
        ),
        Check(
            what='the age of the output does not grow',
            passed=figures.late_age_ms
            <= _AGE_ALLOWANCE_MS
            + max(_AGE_GROWTH * figures.early_age_ms, _FRAMES_OF_AGE * figures.slowest_frame_ms),
            detail=f'median {figures.early_age_ms:.0f} ms early, {figures.late_age_ms:.0f} ms '
            f'late; p95 {figures.age_p95_ms:.0f} ms, max {figures.age_max_ms:.0f} ms; a frame '
            f'takes up to {figures.slowest_frame_ms:.0f} ms',
        ),
        Check(
            what='every depth image carries the stamp of one image',
            passed=run.stamps_out_of_nowhere == 0 and run.outputs.get('depth', 0) > 0,
            detail=f'{run.outputs.get("depth", 0)} depth images, '
            f'{run.stamps_out_of_nowhere} of other or repeated stamps',
        ),
        Check(
            what='resident memory is flat',
            passed=figures.memory_growth_mb <= _MEMORY_GROWTH_MB,
            detail=f'{figures.memory_mb:.0f} MB, slope {figures.memory_mb_per_hour:+.1f} MB/h, '
            f'least memory {figures.memory_growth_mb:+.1f} MB from the first to the last third',
        ),
        Check(
            what='file descriptors do not grow',
            passed=figures.late_open_files <= figures.early_open_files,
            detail=f'{figures.early_open_files} early, {figures.late_open_files} late',
        ),
        Check(
            what='threads do not grow',
            passed=figures.late_threads <= figures.early_threads,
            detail=f'{figures.early_threads} early, {figures.late_threads} late',
        ),
        Check(
            what='the share of matched images is constant',
            passed=abs(figures.late_match_ratio - figures.early_match_ratio)
            <= _MATCH_RATIO_CHANGE,
            detail=f'{figures.early_match_ratio:.4f} early, {figures.late_match_ratio:.4f} late',
        ),
        *_books(run),
    ]


def _books(run: SoakRun) -> list[Check]:
    values = run.diagnostics

    def count(key: str) -> int:
        return int(values.get(key, 0))

    def total(prefix: str) -> int:
        return sum(int(value) for key, value in values.items() if key.startswith(prefix))

    checks = []
    for name, sent in run.sent.items():
        received, lost = count(f'{name} received'), count(f'{name} lost')
        checks.append(
            Check(
                what=f'{name}: sent = received + lost',
                passed=sent == received + lost,
                detail=f'{sent} = {received} + {lost}',
            )
        )
    received, published, dropped = count('image received'), count('published'), total('dropped: ')
    in_flight = count('in flight') + count('images waiting for depth')
    checks.append(
        Check(
            what='image: received = published + dropped + in flight',
            passed=received == published + dropped + in_flight,
            detail=f'{received} = {published} + {dropped} + {in_flight}',
        )
    )
    name = 'points' if 'points' in run.sent else 'sparse_depth'
    received, used = count(f'{name} received'), count('depth used')
    dropped, held = total('depth not used: '), count('depth held')
    checks.append(
        Check(
            what=f'{name}: received = used + dropped + held',
            passed=received == used + dropped + held,
            detail=f'{received} = {used} + {dropped} + {held}',
        )
    )
    return checks


def _after_warm_up(run: SoakRun) -> Sequence[SoakSample]:
    warm_up_s = min(_WARM_UP_SHARE * run.plan.duration_s, _LONGEST_WARM_UP_S)
    return [sample for sample in run.samples if sample.elapsed_s >= warm_up_s]


def _ages_ms(samples: Sequence[SoakSample]) -> list[float]:
    # An empty list would have no median; a node that published nothing fails elsewhere.
    return [age_ms for sample in samples for age_ms in sample.ages_ms] or [float('inf')]


def _frame_ms(sample: SoakSample, percentile: str) -> float:
    """Milliseconds of all stages of a frame, as the node reports them."""
    stages = {
        key.removesuffix(' p50 [ms]') for key in sample.diagnostics if key.endswith(' p50 [ms]')
    } - _NO_STAGES
    return sum(float(sample.diagnostics[f'{stage} {percentile} [ms]']) for stage in stages)


def _least_memory_mb(samples: Sequence[SoakSample]) -> float:
    return min(sample.usage.memory_mb for sample in samples)


def _steady(samples: Sequence[SoakSample]) -> list[tuple[SoakSample, SoakSample]]:
    """Pairs of successive samples between which, and just before which, no sensor restarted."""
    return [
        (first, last)
        for before, first, last in zip(samples, samples[1:], samples[2:], strict=False)
        if before.restarts == last.restarts
    ]


def _rate_hz(
    intervals: Sequence[tuple[SoakSample, SoakSample]], count: Callable[[SoakSample], int]
) -> float:
    span_s = sum(last.elapsed_s - first.elapsed_s for first, last in intervals)
    return sum(count(last) - count(first) for first, last in intervals) / span_s


def _match_ratio(samples: Sequence[SoakSample]) -> float:
    """The share of received images that got depth; those of a restart may find no scan yet."""
    intervals = _steady(samples)
    received = sum(_received(last) - _received(first) for first, last in intervals)
    unmatched = sum(_unmatched(last) - _unmatched(first) for first, last in intervals)
    return 1.0 - unmatched / received if received else 0.0


def _received(sample: SoakSample) -> int:
    return int(sample.diagnostics.get('image received', 0))


def _unmatched(sample: SoakSample) -> int:
    return sum(int(sample.diagnostics.get(f'dropped: {reason}', 0)) for reason in _UNMATCHED)
