"""The verdict on accuracy: the frozen list, the mask, the real frames."""

from __future__ import annotations

from collections.abc import Iterator

from mt_depth_ros.evaluation.results.inputs import (
    MASK_STUDY,
    mask_study_name,
    real_name,
    simulated_name,
    SIZES,
    WITHHOLDINGS,
)
from mt_depth_ros.evaluation.results.judgement import (
    judge_below,
    Judgement,
    open_judgement,
    State,
    WORDS,
)
from mt_depth_ros.evaluation.results.paired_bootstrap import Metric
from mt_depth_ros.evaluation.results.result_set import INSTANCE_BAND, ResultSet
from mt_depth_ros.evaluation.results.rows import OURS, OURS_NO_MASK, ROWS

BELOW_LINEAR = {'mae_m': 0.45, 'rmse_m': 0.25}
GOAL_RMSE_BELOW_LINEAR = 0.35
BELOW_LINEAR_INSIDE_HULL = {'mae_m': 0.50, 'rmse_m': 0.35}
BETTER_BY_GOOD_MASKS = 0.03
WORSE_BY_WRONG_MASKS = 0.02
BELOW_CLASSICAL_ON_REAL = 0.20

METRICS: tuple[Metric, ...] = ('mae_m', 'rmse_m')
OTHERS = tuple(row.name for row in ROWS if row.model not in {OURS, OURS_NO_MASK})


def frozen_list(results: ResultSet) -> Iterator[Judgement]:
    """Criterion 2, at both sizes."""
    for size in SIZES:
        work, sparse = (simulated_name(size, each) for each in ('random5', 'lines16'))
        for metric, share in BELOW_LINEAR.items():
            yield judge_below(
                results, work, OURS, ['linear'], metric=metric, pixels='cap_80', share=share,
                where=f'{size}, 5 % random, ≤ 80 m',
            )  # fmt: skip
        yield judge_below(
            results, work, OURS, ['linear'], metric='rmse_m', pixels='cap_80',
            share=GOAL_RMSE_BELOW_LINEAR, where=f'(goal) {size}, 5 % random, ≤ 80 m',
        )  # fmt: skip
        wanted = (('cap_80', 'mae_m', '≤ 80 m'), ('cap_80', 'rmse_m', '≤ 80 m'),
                  (INSTANCE_BAND, 'rmse_m', 'instance band'))  # fmt: skip
        for pixels, metric, words in wanted:
            yield judge_below(
                results, work, OURS, OTHERS, metric=metric, pixels=pixels, share=0.0,
                where=f'{size}, 5 % random, {words}',
            )  # fmt: skip
        for metric, share in BELOW_LINEAR_INSIDE_HULL.items():
            yield judge_below(
                results, sparse, OURS, ['linear'], metric=metric, pixels='inside_hull',
                share=share, where=f'{size}, 16 lines, inside the hull',
            )  # fmt: skip
        for metric in METRICS:
            yield judge_below(
                results, sparse, OURS, ['nearest'], metric=metric, pixels='outside_hull',
                share=0.0, where=f'{size}, 16 lines, outside the hull',
            )  # fmt: skip


def mask(results: ResultSet) -> Iterator[Judgement]:
    """Criterion 3: the same network with good, wrong and no masks."""
    none = (mask_study_name('empty'), OURS)
    for kind, words in (('truth', 'true'), ('detected', 'detected')):
        claim = (
            f'{words} masks: instance-band RMSE at least {100 * BETTER_BY_GOOD_MASKS:.0f} % below '
            'no masks, and the interval excludes 0'
        )
        change = results.change((mask_study_name(kind), OURS), none, INSTANCE_BAND, 'rmse_m')
        if change is None:
            if kind == 'detected' and mask_study_name(kind) not in results.inputs:
                yield Judgement(
                    claim=claim, found='no weights of a mask model were given', state=State.OPEN
                )
                continue
            yield open_judgement(results, claim, OURS)
            continue
        holds = change.change <= -BETTER_BY_GOOD_MASKS and change.high < 0.0
        yield Judgement(claim=claim, found=change.text, state=State.of(holds))
    for kind in MASK_STUDY:
        if kind in {'empty', 'truth'}:
            continue
        for metric in METRICS:
            claim = (
                f'{kind} masks: {WORDS[metric]} ≤ 80 m at most '
                f'{100 * WORSE_BY_WRONG_MASKS:.0f} % above no masks'
            )
            change = results.change((mask_study_name(kind), OURS), none, 'cap_80', metric)
            yield (
                open_judgement(results, claim, OURS)
                if change is None
                else Judgement(
                    claim=claim,
                    found=change.text,
                    state=State.of(change.change <= WORSE_BY_WRONG_MASKS),
                )
            )
    yield from _masked_is_no_worse(results)


def _masked_is_no_worse(results: ResultSet) -> Iterator[Judgement]:
    work = simulated_name('256x512', 'random5')
    for metric in METRICS:
        claim = f'256x512, 5 % random: {WORDS[metric]} ≤ 80 m no worse than the network trained without mask'  # noqa: E501
        change = results.change((work, OURS), (work, OURS_NO_MASK), 'cap_80', metric)
        yield (
            open_judgement(results, claim, OURS, OURS_NO_MASK)
            if change is None
            else Judgement(claim=claim, found=change.text, state=State.of(change.change <= 0.0))
        )


def real_frames(results: ResultSet) -> Iterator[Judgement]:
    """Criterion 4, on the frames that are only reported."""
    classical = ['linear', 'ip_basic', 'ip_basic_bilateral']
    for name, (_, title) in WITHHOLDINGS.items():
        for metric in METRICS:
            yield judge_below(
                results, real_name('reported', name), OURS, classical, metric=metric,
                pixels='cap_80', share=BELOW_CLASSICAL_ON_REAL,
                where=f'real frames, {title}, withheld points ≤ 80 m',
            )  # fmt: skip
