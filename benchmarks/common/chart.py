"""Horizontal bars as SVG, without a plotting library."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, BAR, GAP, TOP = 760, 210, 130, 24, 12, 48


def bars(title: str, values: Mapping[str, float], *, base: str, unit: str = "s") -> str:
    """One bar a value, each with its length in figures and its ratio to ``base``."""
    longest = max(values.values())
    height = TOP + len(values) * (BAR + GAP)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">'
        ),
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="12" y="26" font-size="15" fill="#222">{escape(title)}</text>',
    ]
    for number, (name, value) in enumerate(values.items()):
        y = TOP + number * (BAR + GAP)
        length = max(1.0, (WIDTH - LEFT - RIGHT) * value / longest)
        color = "#2a7de1" if name == base else "#9aa5b1"
        ratio = "" if name == base else f" ({value / values[base]:.1f}x)"
        middle = y + BAR * 0.7
        parts += [
            (
                f'<text x="{LEFT - 10}" y="{middle:.1f}" text-anchor="end" fill="#222">'
                f"{escape(name)}</text>"
            ),
            f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{color}"/>',
            (
                f'<text x="{LEFT + length + 8:.1f}" y="{middle:.1f}" fill="#222">'
                f"{value:.2f} {unit}{ratio}</text>"
            ),
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
