"""docs/benchmarks.md and its figures, from the JSON of a run.

python -m benchmarks.page RUN.json [FURTHER.json …]

Cases that the first run has not come from the further ones, each of which the page names.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import house, report
from benchmarks.figures import figure
from benchmarks.floors import shown

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
FIGURES = ROOT / "docs" / "benchmarks"
READING = ROOT / "benchmarks" / "reading.md"
"""What a person has to say of the run; it goes into the page as it is."""
DRAWN = ("put-256m", "get-256m", "put-4k-16", "get-4k-16", "ranges-64k", "stream-3g", "import")


def publish(found: dict[str, Any], *further: dict[str, Any]) -> None:
    """Write the page and its figures anew."""
    found["further"] = []
    for run in further:
        added = [name for name in run["cases"] if name not in found["cases"]]
        found["cases"].update({name: run["cases"][name] for name in added})
        found["further"].append((run, added))
    FIGURES.mkdir(exist_ok=True)
    for old in FIGURES.glob("*.svg"):
        old.unlink()
    caption = (
        f"{found['machine']['processors']} x {found['machine']['processor']}, "
        f"{found['date'][:10]}, medians of {found['rounds']} rounds, {found['command']}"
    )
    drawn = [name for name in DRAWN if found["cases"].get(name, {}).get("peers")]
    for name in drawn:
        svg = figure(found["cases"][name], caption)
        (FIGURES / f"{name}.svg").write_text(svg, encoding="utf-8")
    PAGE.write_text("\n".join(_lines(found, drawn)), encoding="utf-8")


def _lines(found: dict[str, Any], drawn: list[str]) -> list[str]:
    machine = found["machine"]
    versions = sorted({f"{p} {told['version']}".strip() for p, told in found["peers"].items()})
    return [
        "# Benchmarks",
        "",
        "<!-- Written by `python -m benchmarks.page`: change benchmarks/reading.md instead. -->",
        "",
        (
            "multistore, which seals everything, beside other clients, which do not but where they "
            "are named as sealing. Of each case it is one run: one round by every client, "
            "then the next, each client in a process of its own. The server is a small one in C on "
            "the same machine, which discards what is put, so the figures are the client's ceiling "
            "and no network's."
        ),
        "",
        f"- **Command:** `{found['command']}`",
        f"- **Date:** {found['date']}",
        (
            f"- **Machine:** {machine['processors']} x {machine['processor']}, "
            f"Linux {machine['kernel']}, Python {machine['python']}, "
            f"cryptography {machine['cryptography']}"
        ),
        (
            f"- **Load** (1, 5, 15 minutes): {_numbers(found['load'])} at the beginning, "
            f"{_numbers(found['load_at_end'])} at the end"
        ),
        (
            f"- **Rounds:** {found['rounds']} of each case, medians; in brackets the slowest "
            "and the quickest"
        ),
        f"- **Versions:** {', '.join(versions)}",
        *[
            f"- **From a run of its own** ({run['rounds']} rounds, {run['date']}, load "
            f"{run['load'][0]:.1f}): {', '.join(f'`{name}`' for name in added)}, by "
            f"`{run['command']}`"
            for run, added in found["further"]
        ],
        *[f"- **Absent:** {peer}: {reason}" for peer, reason in found["absent"].items()],
        "",
        READING.read_text(encoding="utf-8").strip(),
        "",
        "## What was to be shown",
        "",
        "Times as fast as the client named, by the medians; sealed against plain.",
        "",
        "| Case | Against, or figure | Wanted | Measured | |",
        "| --- | --- | --- | --- | --- |",
        *[
            f"| {case} | {against} | {wanted} | {got} | {'met' if met else '**not met**'} |"
            for case, against, wanted, got, met in report.judged(found)
        ],
        "",
        "## Floors",
        "",
        "What the machine did in the same run, without any client.",
        "",
        "```text",
        *shown(found["floors"]),
        "```",
        "",
        *[
            line
            for name in drawn
            for line in (f"![{found['cases'][name]['title']}](benchmarks/{name}.svg)", "")
        ],
        "## Every figure",
        "",
        "`CPU` is the client's own, kernel included; `peak` is above the process at rest.",
        "",
        "```text",
        *[report.table(found, name).strip("\n") + "\n" for name in found["cases"]],
        *[house.shown(name, case).strip("\n") + "\n" for name, case in found["house"].items()],
        "```",
        "",
    ]


def _numbers(load: list[float]) -> str:
    return ", ".join(f"{one:.1f}" for one in load)


if __name__ == "__main__":
    publish(*(json.loads(Path(path).read_text(encoding="utf-8")) for path in sys.argv[1:]))
