"""docs/benchmarks.md and its figures, from the JSON of a run.

python -m benchmarks.page RUN.json [FURTHER.json …]

Cases that the first run has not come from the further ones, each of which the page names. All
must have measured one commit.
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
DRAWN = {
    "loopback": (
        *("put-256m", "put-256m-file", "put-256m-pipe", "get-256m", "get-256m-file"),
        *("put-2g", "get-2g", "put-4k", "put-4k-16", "put-4k-async"),
        *("get-4k", "get-4k-16", "get-4k-async"),
        *("ranges-64k", "list-100k", "delete-10k", "stream-3g", "import", "first"),
    ),
    "ceph": ("put-64m", "get-64m", "put-4k-16", "get-4k-16", "ranges-64k"),
    "azurite": ("put-64m", "get-64m", "put-4k-16", "get-4k-16"),
}


def publish(
    found: dict[str, Any], *further: dict[str, Any], page: Path = PAGE, figures: Path = FIGURES
) -> None:
    """Write the page and its figures anew."""
    if len(commits := {run["commit"] for run in (found, *further)}) > 1:
        raise SystemExit(f"these runs measured several commits: {', '.join(sorted(commits))}")
    added = [_merged(found, run) for run in further]
    figures.mkdir(exist_ok=True)
    for old in figures.glob("*.svg"):
        old.unlink()
    for server, part in found["servers"].items():
        for name in _drawn(server, part):
            caption = (
                f"{found['machine']['processors']} x {found['machine']['processor']}, "
                f"{found['date'][:10]}, before {part['title']}, medians of rounds"
            )
            sealed = {peer for peer, told in part["peers"].items() if told["sealed"]}
            svg = figure(part["cases"][name], caption, sealed)
            (figures / f"{_file(server, name)}.svg").write_text(svg, encoding="utf-8")
    text = "\n".join(_lines(found, list(zip(further, added, strict=True))))
    page.write_text(text, encoding="utf-8")


def _merged(found: dict[str, Any], run: dict[str, Any]) -> list[str]:
    """Take from a further run what is missing; give the names of it."""
    added = []
    for server, part in run["servers"].items():
        into = found["servers"].setdefault(server, {**part, "cases": {}})
        into["peers"] = into["peers"] | part["peers"] | into["peers"]
        for name in [name for name in part["cases"] if name not in into["cases"]]:
            into["cases"][name] = part["cases"][name]
            added.append(name if server == "loopback" else f"{name} ({server})")
    for name in [name for name in run["house"] if name not in found["house"]]:
        found["house"][name] = run["house"][name]
        added.append(name)
    return added


def _file(server: str, name: str) -> str:
    return name if server == "loopback" else f"{server}-{name}"


def _drawn(server: str, part: dict[str, Any]) -> list[str]:
    return [name for name in DRAWN[server] if part["cases"].get(name, {}).get("peers")]


def _lines(found: dict[str, Any], further: list[tuple[dict[str, Any], list[str]]]) -> list[str]:
    loopback = found["servers"].get("loopback")
    return [
        "# Benchmarks",
        "",
        "<!-- Written by `python -m benchmarks.page`: change benchmarks/reading.md instead. -->",
        "",
        (
            "multistore, which seals everything, beside other clients, which do not but where they "
            "are named as sealing. Of each case it is one run: one round by every client, "
            "then the next, each client in a new process for each case. The server is a small one "
            "in C on the same machine, which discards what is put, so the figures are the client's "
            "ceiling and no network's; Ceph and Azurite are further down."
        ),
        "",
        *_facts(found, further),
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
        *([] if loopback is None else _figures("loopback", loopback)),
        "## Every figure",
        "",
        (
            "`CPU` is the client's own, kernel included; `server` is that of the loopback server "
            "for the same work; `peak` is what the client's process occupied at most, above what "
            "it occupied before it had moved a byte. Below each case stand its floors: what the "
            "machine did in the same run without a client, over bare sockets and files."
        ),
        "",
        "```text",
        "floors",
        *shown(found["floors"]),
        "",
        *([] if loopback is None else _tables(loopback, found["floors"])),
        "```",
        "",
        *[
            line
            for server, part in found["servers"].items()
            if server != "loopback"
            for line in _real(server, part)
        ],
        "## Without a peer",
        "",
        "```text",
        *[house.shown(name, case).strip("\n") + "\n" for name, case in found["house"].items()],
        "```",
        "",
    ]


def _facts(found: dict[str, Any], further: list[tuple[dict[str, Any], list[str]]]) -> list[str]:
    machine = found["machine"]
    parts = list(found["servers"].values())
    peers = {name: told for part in parts for name, told in part["peers"].items()}
    return [
        f"- **Command:** `{found['command']}`",
        f"- **Date:** {found['date']}; **commit:** {found['commit']}",
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
            f"- **Rounds:** {found['rounds']} of each case; 3 where one takes longer than a "
            "second, moves more than 1 GiB, or is before Ceph or Azurite. Medians; in brackets "
            "the slowest and the quickest"
        ),
        *[
            f"- **From a run of its own** ({run['rounds']} rounds, {run['date']}, load "
            f"{_numbers(run['load'])} at the beginning, {_numbers(run['load_at_end'])} at the "
            f"end): {', '.join(f'`{name}`' for name in added)}, by `{run['command']}`"
            for run, added in further
        ],
        *[f"- **Absent**, {part['title']}: {part['why']}" for part in parts if "why" in part],
        *[
            f"- **Absent**, {peer}, before {part['title']}: {why}"
            for part in parts
            for peer, why in report.missing(part)
        ],
        "",
        "| Client | Version | How it is used |",
        "| --- | --- | --- |",
        *[f"| {name} | {told['version']} | {told['note']} |" for name, told in peers.items()],
    ]


def _figures(server: str, part: dict[str, Any]) -> list[str]:
    return [
        line
        for name in _drawn(server, part)
        for line in (f"![{part['cases'][name]['title']}](benchmarks/{_file(server, name)}.svg)", "")
    ]


def _tables(part: dict[str, Any], floors: dict[str, Any]) -> list[str]:
    return [report.table(part, name, floors).strip("\n") + "\n" for name in part["cases"]]


def _real(server: str, part: dict[str, Any]) -> list[str]:
    """One section: what a real server, or an emulator, leaves of the differences."""
    if not part["cases"]:
        return []
    return [
        f"## Before {part['title']}",
        "",
        *_figures(server, part),
        "```text",
        *_tables(part, {}),
        "```",
        "",
    ]


def _numbers(load: list[float]) -> str:
    return ", ".join(f"{one:.1f}" for one in load)


if __name__ == "__main__":
    publish(*(json.loads(Path(path).read_text(encoding="utf-8")) for path in sys.argv[1:]))
