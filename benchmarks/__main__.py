"""multistore and its peers side by side, interleaved, in one run.

python -m benchmarks [--quick] [--cases A,B] [--peers A,B] [--server A,B] [--rounds N]
                     [--json FILE] [--docs]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import report
from benchmarks.cases import CASES
from benchmarks.floors import floors
from benchmarks.fresh import FRESH
from benchmarks.house import HOUSE, shown, told
from benchmarks.peers import PLACES
from benchmarks.peers.base import AbsentError
from benchmarks.run import Setting, run
from benchmarks.servers import SERVERS, Loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _chosen(text: str | None, known: list[str], what: str) -> list[str]:
    if text is None:
        return known
    chosen = text.split(",")
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise SystemExit(f"no such {what}: {', '.join(unknown)}; there are {', '.join(known)}")
    return chosen


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small amounts, few rounds")
    parser.add_argument("--cases", help=f"of {', '.join([*CASES, *FRESH, *HOUSE])}")
    parser.add_argument("--peers", help=f"of {', '.join(PLACES)}")
    parser.add_argument(
        "--server",
        default="loopback",
        help=f"of {', '.join(SERVERS)}; a real one has those cases that say something before it",
    )
    parser.add_argument("--rounds", type=int, help="rounds per case (3 in a quick run, else 5)")
    parser.add_argument("--json", type=Path, help="where the figures go as JSON")
    parser.add_argument("--docs", action="store_true", help="write docs/benchmarks.md and figures")
    return parser.parse_args()


def _served_by(server: str, cases: Sequence[str]) -> list[str]:
    """Give those cases that are run before a server; whole processes before the first alone."""
    return [
        name
        for name in cases
        if (name in CASES and server in CASES[name].servers)
        or (name in FRESH and server == "loopback")
    ]


def _before(
    name: str,
    found: dict[str, Any],
    cases: Sequence[str],
    asked: argparse.Namespace,
    done: Callable[[], object],
) -> None:
    """Run the cases before one server; where it cannot be started, say why."""
    kind = SERVERS[name]
    part = report.before(found, name, kind.title)
    print(f"\nbefore {kind.title}:", flush=True)
    try:
        with kind() as server, tempfile.TemporaryDirectory() as directory:
            peers = _chosen(asked.peers, list(PLACES), "peer")
            setting = Setting(
                server,
                Path(directory),
                peers,
                asked.rounds,
                asked.quick,
                {} if server.real else found["floors"],
            )
            run(part, setting, cases, done)
    except AbsentError as error:
        part["why"] = str(error)
        print(f"  absent: {error}", flush=True)


def main() -> None:
    asked = _asked()
    asked.rounds = asked.rounds or (3 if asked.quick else 5)
    cases = _chosen(asked.cases, [*CASES, *FRESH, *HOUSE], "case")
    servers = _chosen(asked.server, list(SERVERS), "server")
    found = report.begun(sys.argv[1:], asked.rounds, quick=asked.quick)

    def kept() -> None:
        report.ended(found)
        if asked.json:  # after each case: a run that is broken off has shown something, too
            report.write(found, asked.json)

    with Loopback() as server, tempfile.TemporaryDirectory() as directory:
        found["floors"] = floors(server, asked.rounds, Path(directory))
    print(report.heading(found), flush=True)
    for name in servers:
        if here := _served_by(name, cases):
            _before(name, found, here, asked, kept)
    for name in (name for name in cases if name in HOUSE):
        found["house"][name] = told(name, quick=asked.quick)
        print(shown(name, found["house"][name]), flush=True)
        kept()
    kept()
    print(report.verdicts(found))
    if asked.docs:
        from benchmarks.page import publish  # noqa: PLC0415 - only where it is asked for

        publish(found)


if __name__ == "__main__":
    main()
