"""multistore and its peers side by side, interleaved, in one run.

python -m benchmarks [--quick] [--cases A,B] [--peers A,B] [--rounds N] [--json FILE] [--docs]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import report
from benchmarks.cases import CASES
from benchmarks.floors import floors
from benchmarks.fresh import FRESH
from benchmarks.house import HOUSE, shown, told
from benchmarks.loopback import Server
from benchmarks.peers import PLACES
from benchmarks.run import run


def _chosen(text: str | None, known: list[str], what: str) -> list[str]:
    if text is None:
        return known
    chosen = text.split(",")
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise SystemExit(f"no such {what}: {', '.join(unknown)}; there are {', '.join(known)}")
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small amounts, few rounds")
    parser.add_argument("--cases", help=f"of {', '.join([*CASES, *FRESH, *HOUSE])}")
    parser.add_argument("--peers", help=f"of {', '.join(PLACES)}")
    parser.add_argument("--rounds", type=int, help="rounds per case (3 in a quick run, else 5)")
    parser.add_argument("--json", type=Path, help="where the figures go as JSON")
    parser.add_argument("--docs", action="store_true", help="write docs/benchmarks.md and figures")
    asked = parser.parse_args()
    rounds = asked.rounds or (3 if asked.quick else 5)
    cases = _chosen(asked.cases, [*CASES, *FRESH, *HOUSE], "case")
    peers = _chosen(asked.peers, list(PLACES), "peer")

    def kept() -> None:
        report.ended(found)
        if asked.json:  # after each case: a run that is broken off has shown something, too
            report.write(found, asked.json)

    with Server() as server, tempfile.TemporaryDirectory() as directory:
        found = report.begun(sys.argv[1:], rounds, quick=asked.quick)
        found["floors"] = floors(server.port, rounds)
        print(report.heading(found), flush=True)
        run(
            found,
            server,
            Path(directory),
            cases=[name for name in cases if name not in HOUSE],
            peers=peers,
            rounds=rounds,
            quick=asked.quick,
            done=kept,
        )
    for name in (name for name in cases if name in HOUSE):
        found["house"][name] = told(name, quick=asked.quick)
        print(shown(name, found["house"][name]), flush=True)
        kept()
    print(report.verdicts(found))
    if asked.docs:
        from benchmarks.page import publish  # noqa: PLC0415 - only where it is asked for

        publish(found)


if __name__ == "__main__":
    main()
