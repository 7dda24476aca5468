"""A run's timeline as a page: a row for each host, a bar for each task, longer is longer."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from provision.report.span import Span

ROW, LEFT = 28, 160
COLORS = {
    "ok": "#4c9f70",
    "changed": "#d9a441",
    "skipped": "#8fb6c9",
    "failed": "#c8553d",
    "unreachable": "#8d3b72",
}
_STYLE = (
    "body{font:14px sans-serif;margin:24px;color:#222;background:#fff}"
    "svg{width:100%}rect:hover{stroke:#000}text{font-size:13px;fill:#222}"
)


def page(spans: Sequence[Span], seconds: float) -> str:
    """HTML that needs nothing else. Tasks and times show where the pointer rests.

    Parameters:
        seconds: the length of the run.
    """
    hosts = list(dict.fromkeys(span.host for span in spans))
    height = ROW * (len(hosts) + 1)
    parts = [
        f'<text x="0" y="{ROW * (row + 1) + 18}">{escape(host)}</text>'
        for row, host in enumerate(hosts)
    ]
    for tenth in range(0, 11, 2):
        at = f"calc({LEFT}px + (100% - {LEFT}px) * {tenth / 10 * 0.97})"
        parts.append(
            f'<text style="transform:translateX({at})" y="16">{seconds * tenth / 10:.2f} s</text>'
        )
    whole = seconds or 1.0
    bars = [
        f'<rect x="{span.start / whole * 1000:.2f}" y="{ROW * (hosts.index(span.host) + 1)}" '
        f'width="{max(span.duration / whole * 1000, 0.4):.2f}" height="{ROW - 6}" '
        f'fill="{COLORS.get(span.status, "#999")}"><title>{escape(span.task)}: {escape(span.host)} '
        f"{span.status}, {span.duration:.3f} s, on the node {span.on_node:.3f} s</title></rect>"
        for span in spans
    ]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Timeline</title>'
        f"<style>{_STYLE}</style><h1>Where {seconds:.2f} s went</h1>"
        f'<svg height="{height}">{"".join(parts)}'
        f'<svg x="{LEFT}" width="calc(100% - {LEFT}px)" height="{height}" '
        f'viewBox="0 0 1000 {height}" preserveAspectRatio="none">{"".join(bars)}'
        "</svg></svg></html>\n"
    )
