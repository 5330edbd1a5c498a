"""The record of a run, as the runner writes it, of two clients and one case each."""

from __future__ import annotations

from benchmarks.peers.base import OTHER


def peer(seconds, amount=1, **more):
    """One client's figures in one case: its rounds."""
    return {
        "amount": amount,
        "idle": 1,
        "seconds": seconds,
        "cpu": [0.5 * second for second in seconds],
        "peak": [64 << 20],
        "server": [],
        **more,
    }


def case(title, unit, **peers):
    names = {name.replace("_", "-"): figures for name, figures in peers.items()}
    return {"title": title, "unit": unit, "peers": names, "without": {}}


def record(commit="0123456789ab", server="loopback", **cases):
    """One run before one server."""
    clients = {
        name: {"version": "1.0", "note": "as it is", "sealed": name == "multistore", "verbs": []}
        for name in ("multistore", "obstore")
    }
    part = {"title": server, "peers": clients, "absent": {"s3fs": "not there", "adlfs": OTHER}}
    return {
        "date": "2026-09-01T09:00:00+09:00",
        "commit": commit,
        "command": "nox -s bench",
        "rounds": 3,
        "quick": False,
        "machine": {
            "processor": "a processor",
            "processors": 2,
            "kernel": "6.1",
            "python": "3.11.7",
            "cryptography": "47.0",
        },
        "load": [0.1, 0.2, 0.3],
        "load_at_end": [1.1, 0.2, 0.3],
        "floors": {"memcpy": {"unit": "bytes", "rates": [10e9, 11e9, 12e9]}},
        "servers": {server: {**part, "cases": cases}},
        "house": {},
    }
