from __future__ import annotations

from pathlib import Path

from mt_depth_ros.ros.parameter_documents import parameters_markdown

README = Path(__file__).parents[2] / 'README.md'


def test_the_readme_shows_the_parameters_the_node_has() -> None:
    text = README.read_text(encoding='utf-8')
    table = text.partition('<!-- parameters:')[2].partition('-->\n')[2]
    assert table.partition('<!-- end of parameters -->')[0] == parameters_markdown()
