from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mt_depth_ros.cli.replay_tables import print_replay

ERRORS = {
    'count': 40,
    'answered': 30,
    'mae_m': 1.25,
    'rmse_m': 2.5,
    'mean_relative': 0.1,
    'median_relative': 0.05,
}


def summary_of(*frames: dict[str, Any]) -> dict[str, Any]:
    camera = {
        'frames': list(frames),
        'overall': ERRORS,
        'matching': {'images': {'received': len(frames)}},
        'first_problem': {},
        'degraded': {},
        'latency_ms': {},
        'self_check': None,
    }
    return {'cameras': {'front': camera}, 'model': {'name': 'linear'}}


def test_a_first_image_without_truth_is_left_out_of_the_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    scored = {'stamp_ns': 2, 'errors': {'scored_on': 'ground_truth', **ERRORS}}
    print_replay(summary_of({'stamp_ns': 1}, scored), Path('out'))
    printed = ' '.join(capsys.readouterr().out.split())
    assert 'errors on ground truth depth, in 1 of 2 images' in printed
    # 30 of 40 pixels with a truth were answered.
    assert '2 │ 40 │ 75.0 │ 1.250 │ 2.500 │ 10.00 │ 5.00' in printed


def test_the_folder_is_printed_as_it_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path('run [night]') / ('a folder of a long name' * 5)
    scored = {'stamp_ns': 2, 'errors': {'scored_on': 'ground_truth', **ERRORS}}
    print_replay(summary_of(scored), folder)
    assert f'written to {folder}: bag/ panels/ summary.json\n' in capsys.readouterr().out
