"""Markdown tables, in which a figure that is missing says why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

MISSING = '–'


@dataclass(frozen=True, kw_only=True, slots=True)
class Cells:
    """One column of a table.

    Attributes:
        title: with its unit.
        values: one a row; None where there is none.
        digits: behind the point.
        lower_is_better: the lowest value is set in bold; None: none is.
        in_centimetres: metres are followed by centimetres in brackets.
    """

    title: str
    values: Sequence[float | None]
    digits: int = 3
    lower_is_better: bool | None = True
    in_centimetres: bool = False

    def texts(self) -> list[str]:
        """As they are printed."""
        printed = [self._text(value) for value in self.values]
        known = [value for value in self.values if value is not None]
        if self.lower_is_better is None or len(known) < 2:
            return printed
        best = self._text(min(known) if self.lower_is_better else max(known))
        return [f'**{text}**' if text == best else text for text in printed]

    def _text(self, value: float | None) -> str:
        if value is None:
            return MISSING
        text = f'{value:.{self.digits}f}'
        return f'{text} ({100 * value:.1f})' if self.in_centimetres else text


@dataclass(frozen=True, kw_only=True, slots=True)
class RowLabels:
    """The first column.

    Attributes:
        title: above it.
        names: one a row.
        remarks: row number -> what stands in a row that has no figures.
    """

    title: str
    names: Sequence[str]
    remarks: dict[int, str] = field(default_factory=dict)


def markdown_table(labels: RowLabels, columns: Sequence[Cells]) -> str:
    """Draws a table."""
    texts = [column.texts() for column in columns]
    head = [labels.title, *(column.title for column in columns)]
    lines = [_line(head), _line(['---', *('---:' for _ in columns)])]
    for index, name in enumerate(labels.names):
        cells = [column[index] for column in texts]
        if index in labels.remarks and cells and cells[0] == MISSING:
            cells[0] = labels.remarks[index]
        lines.append(_line([name, *cells]))
    return '\n'.join(lines)


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Draws a table of texts."""
    lines = [_line(head), _line(['---' for _ in head]), *(_line(row) for row in rows)]
    return '\n'.join(lines)


def _line(cells: Sequence[str]) -> str:
    return f'| {" | ".join(cells)} |'
