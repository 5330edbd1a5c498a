"""What multistore, sealed, is to show against each peer, plain: ratios of medians in one run."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

GIBIBYTE = 1 << 30


@dataclass(frozen=True)
class Target:
    """At least ``ratio`` times as fast as the peer."""

    case: str
    peer: str
    ratio: float


@dataclass(frozen=True)
class Limit:
    """At most ``most`` of a figure: seconds, peak bytes, or CPU seconds beyond obstore's."""

    case: str
    what: str
    most: float


TARGETS = [
    Target(case, peer, ratio)
    for cases, ratios in (
        (
            ("put-256m", "put-256m-file", "put-256m-pipe", "put-2g", "put-2g-file", "put-2g-pipe"),
            {"obstore": 0.7, "boto3-transfer": 2.5, "s3fs": 4},
        ),
        (
            ("get-256m", "get-256m-file", "get-2g", "get-2g-file"),
            {"obstore": 1.2, "boto3-transfer": 2, "s3fs": 3},
        ),
        (("put-4k",), {"obstore": 0.8, "boto3": 5, "minio": 1.5}),
        (("put-4k-16",), {"obstore": 0.6, "boto3": 10, "minio": 4}),
        (("get-4k",), {"obstore": 0.8, "boto3": 4, "minio": 1.5}),
        (("get-4k-16",), {"obstore": 0.6, "boto3": 8, "minio": 3}),
        (("ranges-64k",), {"obstore": 0.85, "boto3": 4, "s3fs": 6}),
        (("list-100k",), {"obstore": 0.8, "boto3": 3}),
        (("delete-10k",), {"boto3": 2}),
        (("stream-3g",), {"obstore": 0.7, "boto3-transfer": 3, "azure-storage-blob": 1}),
        (
            ("put-256m", "get-256m"),
            {
                "amazon-s3-encryption-client": 5,
                "aws-encryption-sdk": 10,
                "azure-client-side-encryption": 5,
            },
        ),
        (("put-256m-file", "get-256m-file"), {"rclone-crypt": 5}),
    )
    for case in cases
    for peer, ratio in ratios.items()
]

LIMITS = [
    *(
        Limit(case, "CPU seconds per GiB beyond obstore's", 0.25)
        for case in ("put-256m", "put-256m-file", "put-256m-pipe", "put-2g", "put-2g-file")
    ),
    *(
        Limit(case, "CPU microseconds per operation beyond obstore's", 35)
        for case in ("put-4k", "put-4k-16", "get-4k", "get-4k-16")
    ),
    Limit("stream-3g", "MiB of memory above the idle process", 200),
    Limit("import", "milliseconds", 150),
    Limit("help", "milliseconds", 300),
    Limit("first", "milliseconds", 500),
]


@dataclass(frozen=True)
class Bound:
    """A bound on what a case without peers has said: one of its figures, or one by another."""

    case: str
    what: str
    figure: str
    bound: float
    by: str | None = None
    unit: str = "×"
    least: bool = False

    def value(self, figures: dict[str, Any]) -> float | None:
        """Give what was measured, if it was."""
        names = [self.figure, *([self.by] if self.by else [])]
        if any(name not in figures for name in names):
            return None
        value, *by = (float(figures[name]["value"]) for name in names)
        return value / by[0] if by else value


BOUNDS = [
    *(
        Bound(
            "small",
            f"own CPU of a {verb}, every request answered at once",
            f"{verb} 4 KiB: multistore, answered at once",
            35,
            unit="us",
        )
        for verb in ("put", "get")
    ),
    *(
        Bound(
            "ledger",
            f"put of 4 KiB, by that in a ledger of ten, {database}",
            f"{database}, many tenants: put",
            1.05,
            by=f"{database}, ten tenants: put",
        )
        for database in ("SQLite", "PostgreSQL")
    ),
    *(
        Bound(
            "lifecycle",
            f"a run with nothing due, {database}",
            f"{database}: nothing due",
            1.0,
            unit="s",
        )
        for database in ("SQLite", "PostgreSQL")
    ),
    Bound(
        "erase",
        "versions per second, by boto3's own bulk loop",
        "erase",
        2,
        by="boto3's bulk",
        least=True,
    ),
]


def figure(limit: Limit, case: dict[str, Any]) -> float | None:
    """Give the figure that a limit is about; None where it was not measured."""
    ours, theirs = case["peers"].get("multistore"), case["peers"].get("obstore")
    if ours is None:
        return None
    if limit.what == "milliseconds":
        return statistics.median(ours["seconds"]) * 1e3
    if limit.what.startswith("MiB"):
        return max(ours["peak"]) / (1 << 20)
    if theirs is None:
        return None
    own, their = (statistics.median(kept["cpu"]) / kept["amount"] for kept in (ours, theirs))
    return (own - their) * (GIBIBYTE if case["unit"] == "bytes" else 1e6)
