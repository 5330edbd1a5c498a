"""An answer whose shape nobody documents ends one look, and never the check."""

from __future__ import annotations

import pytest

from multistore.compliance import checker
from multistore.compliance.answers import MalformedError
from multistore.compliance.collect import Collector, all_collectors
from multistore.compliance.model import Answer, Status
from tests.compliance.bucket_answers import NOW
from tests.compliance.worlds import settings


def answers_then_stumbles(resource, _reader):
    yield Answer(call="first", resource=resource.id, at=NOW, status="read", value={"a": 1})
    raise MalformedError("value is no list")


@pytest.mark.usefixtures("quiet_environment")
def test_a_collector_that_stumbles_leaves_the_rest_of_the_check(monkeypatch, tmp_path):
    stumbling = Collector(("local",), answers_then_stumbles, network=False)
    collectors = (stumbling, *all_collectors())
    monkeypatch.setattr(checker, "all_collectors", lambda: collectors)
    seen, judged = [], checker.judged

    def kept(all_of_it, rules):
        seen.append(all_of_it)
        return judged(all_of_it, rules)

    monkeypatch.setattr(checker, "judged", kept)
    store = {"provider": "local", "path": str(tmp_path), "accepts": ["video"]}
    report = checker.check(settings({"here": store}))
    assert seen[0].failures == {f"local:{tmp_path}": "value is no list"}
    assert (f"local:{tmp_path}", "first") in seen[0].answers
    assert ("configuration", "adjtimex") in seen[0].answers
    unknown = {f.rule.id for f in report.findings if f.status is Status.UNKNOWN}
    assert "CAP-005" in unknown
