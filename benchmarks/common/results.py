"""A benchmark's outcome: a table on the terminal, JSON and a chart below results/."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from common import chart, machine
from common.measure import Figures

RESULTS = Path(__file__).resolve().parent.parent / "results"


@dataclass(frozen=True)
class Aim:
    """A figure that the project set itself.

    Parameters:
        value: measured.
        limit: the aim.
        at_least: whether more is better.
        note: where the time goes, if the aim is not reached.
    """

    what: str
    value: float
    limit: float
    at_least: bool = False
    unit: str = ""
    note: str = ""

    @property
    def reached(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def save(
    name: str,
    title: str,
    figures: Mapping[str, Figures],
    aims: Sequence[Aim] = (),
    *,
    base: str = "provision",
) -> None:
    """Print the table and write ``results/NAME.json`` and ``results/NAME.svg``.

    Parameters:
        base: whose time the ratios are relative to.
    """
    where = machine.describe()
    print(f"\n{title} ({where})")
    print(f"{'':<30}{'wall':>10}{'CPU':>10}{'x ' + base:>14}")
    for who, found in figures.items():
        ratio = found.wall / figures[base].wall
        print(f"{who:<30}{found.wall:>8.2f} s{found.cpu:>8.2f} s{ratio:>13.1f}x")
    for aim in aims:
        sign = "at least" if aim.at_least else "at most"
        verdict = "reached" if aim.reached else "NOT REACHED"
        print(
            f"{aim.what}: {aim.value:.3g}{aim.unit} (aim: {sign} {aim.limit:g}{aim.unit}) {verdict}"
        )
    RESULTS.mkdir(exist_ok=True)
    data = {
        "title": title,
        "machine": where,
        "base": base,
        "figures": {who: dataclasses.asdict(found) for who, found in figures.items()},
        "aims": [{**dataclasses.asdict(aim), "reached": aim.reached} for aim in aims],
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(data, indent=2) + "\n")
    bars = {who: found.wall for who, found in figures.items()}
    (RESULTS / f"{name}.svg").write_text(chart.bars(f"{title} ({where})", bars, base=base))


def against(figures: Mapping[str, Figures], peer: str, base: str = "provision") -> float:
    """How many times longer the peer took."""
    return figures[peer].wall / figures[base].wall
