"""The verdict on sky, uncertainty and speed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from mt_depth_ros.evaluation.pixel_sets import RANGE_SETS
from mt_depth_ros.evaluation.results.inputs import (
    PATTERNS,
    real_name,
    simulated_name,
    WITHHOLDINGS,
)
from mt_depth_ros.evaluation.results.judgement import Judgement, open_judgement, State
from mt_depth_ros.evaluation.results.result_set import ResultSet
from mt_depth_ros.evaluation.results.rows import OURS, PAPER
from mt_depth_ros.evaluation.sky_detection import SkyDetection

LEAST_SKY_F1 = 0.9
COVERAGE_OF_90 = (0.80, 0.97)
COVERAGE_SETS = (*RANGE_SETS[:-1], 'edge_band', 'off_edge_band')
"""Beyond the range of the rows, the last of the bins, no interval reaches: sky is the answer."""
KEPT_ON_REAL = 0.95
LARGEST_RMSE_SHARE = 0.5
BUDGET_MS, PAPER_MS = 25.0, 30.0


def sky(results: ResultSet) -> Iterator[Judgement]:
    """Criterion 5, its figure; and harder, where all that is answered +Inf counts as sky."""
    for pattern, (_, title) in PATTERNS.items():
        claim = f'sky, 256x512, {title}: F1 at least {LEAST_SKY_F1}'
        harder = f'the same, surfaces beyond range counted as sky: F1 at least {LEAST_SKY_F1}'
        model = results.model(simulated_name('256x512', pattern), OURS)
        if model is None or model['sky']['f1'] is None:
            yield open_judgement(results, claim, OURS)
            yield open_judgement(results, harder, OURS)
            continue
        found = model['sky']
        precision = found['precision'] or 0.0
        yield Judgement(
            claim=claim,
            found=f'{found["f1"]:.3f} (precision {precision:.3f}, recall {found["recall"]:.3f})',
            state=State.of(found['f1'] >= LEAST_SKY_F1),
        )
        counts = SkyDetection(**{each.name: found[each.name] for each in fields(SkyDetection)})
        f1 = counts.f1_with_beyond
        yield Judgement(claim=harder, found=f'{f1:.3f}', state=State.of(f1 >= LEAST_SKY_F1))


def uncertainty(results: ResultSet) -> Iterator[Judgement]:
    """Criterion 6."""
    low, high = COVERAGE_OF_90
    for pattern, (_, title) in PATTERNS.items():
        model = results.model(simulated_name('256x512', pattern), OURS)
        yield _coverage(results, model, f'256x512, {title}', low, high)
    for pattern, (_, title) in PATTERNS.items():
        model = results.model(simulated_name('256x512', pattern), OURS)
        yield _ranking(results, model, f'256x512, {title}')
    for name, (_, title) in WITHHOLDINGS.items():
        model = results.model(real_name('reported', name), OURS)
        yield _dropping(results, model, title)


def speed(results: ResultSet) -> Iterator[Judgement]:
    """The robot's budget, and what it is on a CPU of any speed: a share of the paper's network."""
    claim = (
        f'256x512 on this CPU with the better runtime: at most {BUDGET_MS:.0f} ms, asked of a CPU '
        f"where the paper's network takes {PAPER_MS:.0f}"
    )
    share = BUDGET_MS / PAPER_MS
    relative = f"256x512, each with its better runtime: at most {100 * share:.0f} % of the paper's"
    ours, paper = (
        times.best_runtime if (times := results.timings.rows.get(row)) else None
        for row in (OURS, PAPER)
    )
    if ours is None or paper is None:
        for each in (claim, relative):
            yield Judgement(claim=each, found='not measured yet', state=State.OPEN)
        return
    (ms, runtime), (paper_ms, paper_runtime) = ours, paper
    found = f"{ms:.1f} ms, {runtime}; the paper's network {paper_ms:.1f} ms, {paper_runtime}"
    yield Judgement(claim=claim, found=found, state=State.of(ms <= BUDGET_MS))
    yield Judgement(
        claim=relative,
        found=f'{100 * ms / paper_ms:.0f} %',
        state=State.of(ms <= share * paper_ms),
    )


def _coverage(
    results: ResultSet, model: dict[str, Any] | None, where: str, low: float, high: float
) -> Judgement:
    claim = (
        f'{where}: 90 % interval holds {100 * low:.0f} to {100 * high:.0f} % in every range bin, '
        'on and off edges'
    )
    if model is None:
        return open_judgement(results, claim, OURS)
    shares = {
        name: share
        for name in COVERAGE_SETS
        if name in model['sets'] and (share := _share(model, name)) is not None
    }
    if not shares:
        return Judgement(claim=claim, found='no uncertainty', state=State.NOT_REACHED)
    least, most = min(shares, key=shares.__getitem__), max(shares, key=shares.__getitem__)
    found = (
        f'{100 * shares[least]:.1f} % ({_words(least)}) to {100 * shares[most]:.1f} % '
        f'({_words(most)})'
    )
    holds = all(low <= share <= high for share in shares.values())
    return Judgement(claim=claim, found=found, state=State.of(holds))


def _ranking(results: ResultSet, model: dict[str, Any] | None, where: str) -> Judgement:
    claim = f'{where}: AUSE below that of the distance to the nearest point'
    if model is None:
        return open_judgement(results, claim, OURS)
    own, distance = (
        model['uncertainty'][f'ause_{key}']['pooled'] for key in ('by_uncertainty', 'by_distance')
    )
    pairs = [(own[key], distance[key]) for key in ('mae', 'rmse')]
    if any(value is None for pair in pairs for value in pair):
        return Judgement(claim=claim, found='no uncertainty', state=State.NOT_REACHED)
    found = ', '.join(
        f'{word} {one:.3f} against {other:.3f}'
        for word, (one, other) in zip(('by MAE', 'by RMSE'), pairs, strict=True)
    )
    return Judgement(
        claim=claim, found=found, state=State.of(all(one < other for one, other in pairs))
    )


def _dropping(results: ResultSet, model: dict[str, Any] | None, title: str) -> Judgement:
    dropped = 100 * (1 - KEPT_ON_REAL)
    claim = (
        f'real frames, {title}, ≤ 80 m: without the least confident {dropped:.0f} % at most '
        f'{100 * LARGEST_RMSE_SHARE:.0f} % of the RMSE'
    )
    if model is None:
        return open_judgement(results, claim, OURS)
    certain, right = (
        {each['share']: each['rmse_m'] for each in model['uncertainty'][name]}
        for name in ('most_certain', 'least_wrong')
    )
    whole, rest, least = certain[1.0], certain[KEPT_ON_REAL], right[KEPT_ON_REAL]
    if whole is None or rest is None or least is None:
        return Judgement(claim=claim, found='no uncertainty', state=State.NOT_REACHED)
    found = (
        f'{rest:.3f} m of {whole:.3f} m: {100 * rest / whole:.0f} % '
        f'({100 * least / whole:.0f} % without the {dropped:.0f} % that are most wrong)'
    )
    return Judgement(claim=claim, found=found, state=State.of(rest <= LARGEST_RMSE_SHARE * whole))


def _share(model: dict[str, Any], pixels: str) -> float | None:
    value = model['sets'][pixels]['pooled']['coverage_90']
    return None if value is None else float(value)


def _words(pixels: str) -> str:
    return pixels.replace('range_', '').replace('_', ' ')
