from __future__ import annotations

from mt_depth_ros.evaluation.results.markdown import Cells, markdown_table, RowLabels


def test_the_best_is_bold_and_what_is_missing_says_why() -> None:
    labels = RowLabels(title='row', names=['a', 'b', 'c'], remarks={2: 'not trained here yet'})
    error = Cells(title='MAE', values=[0.5, 0.25, None], in_centimetres=True)
    share = Cells(title='answered', values=[10.0, 90.0, None], digits=0, lower_is_better=None)
    assert markdown_table(labels, [error, share]).splitlines() == [
        '| row | MAE | answered |',
        '| --- | ---: | ---: |',
        '| a | 0.500 (50.0) | 10 |',
        '| b | **0.250 (25.0)** | 90 |',
        '| c | not trained here yet | – |',
    ]


def test_a_single_figure_is_not_called_the_best() -> None:
    assert Cells(title='', values=[None, 1.0]).texts() == ['–', '1.000']
