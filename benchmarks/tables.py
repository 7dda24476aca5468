#!/usr/bin/env python3
"""Write the measured tables into docs/performance.md, between its two marks.

benchmarks/tables.py
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from common.results import RESULTS

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
CHARTS = ROOT / "docs" / "images" / "performance"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
ORDER = ("converged", "changing", "latency", "hosts", "large-file", "tree", "bootstrap", "startup")


def section(name: str, data: dict[str, Any]) -> str:
    """One benchmark: its chart, its figures, and which aims it reached."""
    base = data["figures"][data["base"]]["wall"]
    lines = [f"### {data['title'][:1].upper()}{data['title'][1:]}", ""]
    lines += [f"![{data['title']}](images/performance/{name}.svg)", ""]
    lines += [
        f"On {data['machine']}.",
        "",
        "| | wall | CPU | ratio |",
        "| --- | ---: | ---: | ---: |",
    ]
    for who, found in data["figures"].items():
        lines.append(
            f"| {who} | {found['wall']:.2f} s | {found['cpu']:.2f} s | {found['wall'] / base:.1f} |"
        )
    lines += ["", "| aim | measured | |", "| --- | ---: | --- |"]
    for aim in data["aims"]:
        limit = f"{'at least' if aim['at_least'] else 'at most'} {aim['limit']:g}{aim['unit']}"
        verdict = "reached" if aim["reached"] else f"**not reached** {aim['note']}".strip()
        lines.append(f"| {aim['what']}: {limit} | {aim['value']:.3g}{aim['unit']} | {verdict} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    CHARTS.mkdir(parents=True, exist_ok=True)
    sections = []
    for name in ORDER:
        source = RESULTS / f"{name}.json"
        if source.exists():
            sections.append(section(name, json.loads(source.read_text())))
            shutil.copy(RESULTS / f"{name}.svg", CHARTS / f"{name}.svg")
    text = PAGE.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + "\n\n" + "\n".join(sections) + "\n" + END + after)


if __name__ == "__main__":
    main()
