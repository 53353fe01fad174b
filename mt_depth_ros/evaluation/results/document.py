"""``docs/RESULTS.md``: every table and the verdict, from the scores alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mt_depth_ros.evaluation.results import accuracy_criteria, study_tables, tables, trust_criteria
from mt_depth_ros.evaluation.results.judgement import Judgement
from mt_depth_ros.evaluation.results.markdown import text_table
from mt_depth_ros.evaluation.results.result_set import ResultSet

_HEAD = """\
# Results

Written by `make results`; do not edit. Every row of a table was scored on the same points of the
same frames (the hash of the input stands above the table).

* **Simulated**: the frozen test list, 84 frames of 12 scenes that no other seed gives, one of
  every scene in each of seven conditions (`make test-data`). Sky is never scored.
* **Real**: part of each LiDAR scan is kept out of the input; scored are its points that do not
  show through foreground, at the size of each camera.
  How `mt_depth_plus` and its variants answer sky beside measurements was chosen with the scores
  of the reported frames in sight (models/README.md).
* MAE and RMSE are pooled over all pixels that a row answered. Instance band: another instance
  within 2 pixels; edge band: within 2 pixels of neighbours with |ln(z1 / z2)| > 0.1; both up to
  80 m. An answer of sky counts as a depth of the largest range, 120 m; the rows of models that
  cannot tell sky have no such cost, and one row shows ours without it.
* Networks run at the size they were trained at; their depth is brought to that of the frame by
  its image, its mask where that is exact, and the measurements at its own size.
* In bold: the best of a column, which says nothing about how much better it is."""


def results_document(
    results: ResultSet, *, left_out: Sequence[str], pictures: Sequence[tuple[str, str]]
) -> str:
    """Writes the document.

    Args:
        results: what was scored.
        left_out: inputs there was no data for, with the reason.
        pictures: path from the document and caption of each panel.
    """
    parts = [_HEAD]
    if left_out:
        parts.append('\n'.join(f'* Left out: {each}.' for each in left_out))
    parts += ['## Verdict', *_verdict(results)]
    parts += _section('## Simulated frames', tables.simulated_tables(results))
    parts += _section('## Condition by condition', tables.condition_tables(results))
    parts += _section(
        '## A genuine Virtual KITTI 2 frame',
        tables.genuine_tables(results),
        'Frame 0 of Scene01, morning, without colour, as only its depth is at hand; depth beyond '
        '80 m is neither measured nor scored.',
    )
    parts += _section('## Real frames, withheld LiDAR points', tables.real_tables(results))
    parts += _section('## Masks', _present(study_tables.mask_table(results)), _MASKS)
    parts += _section('## Turned cameras', _present(study_tables.turn_table(results)), _TURNS)
    parts += _section('## Uncertainty', _uncertainty(results), _UNCERTAINTY)
    parts += _section('## Sky', _sky(results), _SKY)
    parts += ['## Milliseconds a frame on the CPU', *_timings(results)]
    parts += _section('## Pictures', (f'{text}\n\n![{text}]({path})' for path, text in pictures))
    return '\n\n'.join(parts) + '\n'


_MASKS = """\
The same network on the same points with the mask of the second column, at 256x512 and 5 % random.
Behind each error, its change against no mask with a 95 % interval of a paired bootstrap over
frames (10,000 resamples)."""

_TURNS = """\
What an error of the calibration costs: 64 lines, no masks, 256x512, the camera turned by so much
in a direction drawn for each frame, while the measurements and the truth stay. MAE / RMSE up to
80 m, inside the hull of the points."""

_UNCERTAINTY = """\
Networks without an uncertainty of their own have that of the classical fills, which grows with the
distance to the nearest measurement."""

_COVERAGE = """\
Share of pixels within the stated 90 % interval, by metres of true depth and on and off depth
edges, 256x512:"""

_SKY = """\
Sky is where there is no surface. To a surface beyond the range of 120 m the answer is +Inf as
well, so it counts neither as found nor as invented; the last column tells the share of such pixels
that is answered so, the others with a depth."""

_RANKING = """\
AUSE, 0 is perfect, against that of ranking pixels by their distance to the nearest measurement;
and RMSE up to 80 m when the least certain pixels are dropped, and, as what no uncertainty could
do better, those that are most wrong:"""


def _verdict(results: ResultSet) -> Iterator[str]:
    chapters: tuple[tuple[str, Iterable[Judgement]], ...] = (
        ('mt_depth_plus on the frozen list', accuracy_criteria.frozen_list(results)),
        ('The mask', accuracy_criteria.mask(results)),
        ('Real frames, zero-shot from simulation', accuracy_criteria.real_frames(results)),
        ('Sky', trust_criteria.sky(results)),
        ('Uncertainty', trust_criteria.uncertainty(results)),
        ('Speed', trust_criteria.speed(results)),
    )
    for title, judgements in chapters:
        yield f'**{title}**'
        rows = [[each.claim, each.found, each.state.value] for each in judgements]
        yield text_table(['asked', 'found', ''], rows)


def _section(title: str, parts: Iterable[str], about: str = '') -> list[str]:
    """A chapter; nothing where it has no part."""
    listed = list(parts)
    return [title, *filter(None, [about]), *listed] if listed else []


def _present(part: str | None) -> list[str]:
    return [] if part is None else [part]


def _uncertainty(results: ResultSet) -> Iterator[str]:
    coverage, ranking = (
        study_tables.coverage_table(results),
        study_tables.ranking_table(results),
    )
    if coverage:
        yield from (_COVERAGE, coverage)
    if ranking:
        yield from (_RANKING, ranking)


def _sky(results: ResultSet) -> list[str]:
    rows = list(study_tables.sky_rows(results))
    columns = ['input', 'row', 'F1', 'precision', 'recall', 'beyond range']
    return [text_table(columns, rows)] if rows else []


def _timings(results: ResultSet) -> Iterator[str]:
    machine = results.timings.machine
    yield f'Measured on: {machine}.' if machine else 'Not measured yet (`make results-timings`).'
    yield tables.timing_table(results)
