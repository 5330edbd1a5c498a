"""Figures of a run as SVG, drawn from its JSON alone."""

from __future__ import annotations

import statistics
from typing import Any
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, ROW, TOP = 760, 250, 110, 24, 54
OURS, OTHERS, SPREAD = "#1a6e5a", "#9aa5b1", "#333333"
FONT = "font-family='system-ui, sans-serif'"


def figure(case: dict[str, Any], caption: str, sealed: set[str]) -> str:
    """Draw one case: a bar per peer to its median, a line from its slowest to its quickest round.

    More is better, but for whole processes, whose bars are times. Who is ``sealed`` is named so.
    """
    times = case["unit"] == "process"
    bars = sorted(
        ((peer, _figures(case, kept, times=times)) for peer, kept in case["peers"].items()),
        key=lambda bar: bar[1][1] if times else -bar[1][1],
    )
    most = max(high for _, (_, _, high) in bars)
    height = TOP + ROW * len(bars) + 14
    scale = (WIDTH - LEFT - RIGHT) / most
    lines = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' role='img'>",
        f"<title>{escape(case['title'])}</title>",
        f"<rect width='{WIDTH}' height='{height}' fill='#ffffff'/>",
        (
            f"<text x='12' y='22' {FONT} font-size='15' font-weight='600'>"
            f"{escape(case['title'])}, {_unit(case, times=times)}</text>"
        ),
        f"<text x='12' y='40' {FONT} font-size='11' fill='#555555'>{escape(caption)}</text>",
    ]
    for number, (peer, (low, middle, high)) in enumerate(bars):
        y = TOP + ROW * number
        colour = OURS if peer.startswith("multistore") else OTHERS
        called = f"{peer} (sealed)" if peer in sealed else peer
        lines += [
            (
                f"<text x='{LEFT - 8}' y='{y + 14}' {FONT} font-size='12' text-anchor='end'>"
                f"{escape(called)}</text>"
            ),
            (
                f"<rect x='{LEFT}' y='{y + 3}' width='{middle * scale:.1f}' height='15' "
                f"fill='{colour}'/>"
            ),
            (
                f"<line x1='{LEFT + low * scale:.1f}' x2='{LEFT + high * scale:.1f}' "
                f"y1='{y + 10.5}' y2='{y + 10.5}' stroke='{SPREAD}' stroke-width='1'/>"
            ),
            (
                f"<text x='{LEFT + high * scale + 6:.1f}' y='{y + 14}' {FONT} font-size='12'>"
                f"{_shown(middle)}</text>"
            ),
        ]
    return "\n".join([*lines, "</svg>", ""])


def _figures(
    case: dict[str, Any], kept: dict[str, Any], *, times: bool
) -> tuple[float, float, float]:
    seconds = kept["seconds"]
    ends = min(seconds), statistics.median(seconds), max(seconds)
    if times:
        low, middle, high = (1e3 * one for one in ends)
    else:
        by = 1e9 if case["unit"] == "bytes" else 1.0
        high, middle, low = (kept["amount"] / one / by for one in ends)
    return low, middle, high


def _unit(case: dict[str, Any], *, times: bool) -> str:
    if times:
        return "milliseconds"
    return "GB/s" if case["unit"] == "bytes" else "operations per second"


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
