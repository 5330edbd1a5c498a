"""The page is made of the record alone, and of several records only where they belong together."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from benchmarks.page import publish

from tests.measuring.record import case, peer, record


@pytest.fixture
def published(tmp_path):
    def write(*runs):
        publish(*runs, page=tmp_path / "page.md", figures=tmp_path / "figures")
        return (tmp_path / "page.md").read_text(encoding="utf-8"), {
            figure.stem: ET.fromstring(figure.read_text(encoding="utf-8"))
            for figure in (tmp_path / "figures").glob("*.svg")
        }

    return write


def put(seconds):
    return case(
        "put 256 MiB, memory",
        "bytes",
        multistore=peer([seconds], amount=256 << 20),
        obstore=peer([1.0], amount=256 << 20),
    )


def test_it_shows_the_case_its_floors_the_verdict_and_who_is_absent(published):
    text, figures = published(record(**{"put-256m": put(0.5)}))
    assert "| put 256 MiB, memory | obstore | ≥ 0.7 × | 2.00 × | met |" in text
    assert "multistore                        0.54 GB/s" in text
    below = text.partition("put-256m: put 256 MiB, memory")[2].partition("```")[0]
    assert "memcpy" in below
    assert "**Absent**, s3fs, before loopback: not there" in text
    assert "adlfs" not in text
    assert set(figures) == {"put-256m"}
    assert "multistore (sealed)" in "".join(figures["put-256m"].itertext())


def test_a_further_run_adds_what_is_missing_and_replaces_nothing(published):
    further = record(**{"put-256m": put(0.01), "get-256m": put(0.25)})
    ceph = record(server="ceph", **{"put-64m": put(0.5)})
    text, figures = published(record(**{"put-256m": put(0.5)}), further, ceph)
    assert set(figures) == {"put-256m", "get-256m", "ceph-put-64m"}
    assert "| 2.00 ×" in text
    assert "`get-256m`, by" in text
    assert "`put-64m (ceph)`, by" in text
    assert "## Before ceph" in text


def test_runs_of_several_commits_are_refused(published):
    with pytest.raises(SystemExit, match="several commits"):
        published(record("a" * 12), record("b" * 12))
