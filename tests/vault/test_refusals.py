"""What is said of a deletion that did not happen: which, why, and what to do."""

from __future__ import annotations

import pytest

from multistore.refusals import not_deleted, refusal
from multistore.values import Outcome, OutcomeStatus

FAILED = Outcome("acme/video/a", None, OutcomeStatus.FAILED, code="ConnectFailed")
DENIED = Outcome("acme/video/b", None, OutcomeStatus.DENIED, code="403", request_id="R1")


OPEN = DENIED._replace(code=None, request_id=None)
MANY = {
    "a failure": (
        [FAILED],
        "acme/video/a: failed (ConnectFailed) (operation delete). See the endpoint's name, ",
    ),
    "a denial": (
        [DENIED],
        "acme/video/b: denied (403, request id R1) (operation delete). Grant the caller ",
    ),
    "both": (
        [FAILED, OPEN],
        "acme/video/a: failed (ConnectFailed); acme/video/b: denied (operation delete)",
    ),
}


@pytest.mark.parametrize("case", MANY)
def test_many(case):
    remaining, said = MANY[case]
    told = str(not_deleted(remaining, 3))
    assert told.startswith(f"{len(remaining)} of 3 objects were not deleted: {said}")
    assert told.endswith(".") is (len(remaining) == 1)


def test_one():
    assert "See the endpoint's name, the network" in str(refusal(FAILED))
    assert refusal(DENIED).hint == "Grant the caller this action on the bucket and the object."
    assert "tenant holds" in str(refusal(DENIED._replace(status=OutcomeStatus.RETAINED)))
    assert refusal(DENIED._replace(status=OutcomeStatus.CHANGED)).hint is None
