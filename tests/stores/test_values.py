"""Values and errors cross processes: what a worker hands back is what it had."""

from __future__ import annotations

import copy
import inspect
import pickle
from datetime import UTC, datetime

import pytest

from multistore import errors
from multistore.stores.base import (
    Limits,
    Placement,
    Ref,
    StoredObject,
    Upload,
    Version,
)
from multistore.values import (
    Address,
    CommonPrefix,
    From,
    IfMatch,
    Last,
    ObjectInfo,
    Outcome,
    OutcomeStatus,
    Prefix,
    PutMode,
    Span,
)

NOW = datetime.now(UTC)
ADDRESS = Address("acme", "video", "題.mp4")
VALUES = [
    *(ADDRESS, Prefix("acme", "video"), Span(0, 1), From(1), Last(1), IfMatch("e")),
    *(PutMode.CREATE, CommonPrefix("a/"), Outcome("a", None, OutcomeStatus.DELETED)),
    *(Ref("a"), Limits(), Version("a", "v", 1, NOW, latest=True), Upload("a", "u", NOW)),
    *(Placement("ap-northeast-1", "HeadBucket"), ObjectInfo(ADDRESS, 1, NOW, "e")),
    StoredObject("a", 1, NOW, "e"),
    StoredObject("a", 1, NOW, "e", "v", "text/plain", {"k": "v"}, NOW, b"tag"),
]
WAYS = [lambda value: pickle.loads(pickle.dumps(value)), copy.copy, copy.deepcopy]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_goes_to_another_process_and_comes_back(value, way):
    there = way(value)
    assert there == value
    assert type(there) is type(value)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "kind",
    [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.MultistoreError)
    ],
)
def test_an_error_comes_back_with_all_that_it_tells(kind, way):
    error = kind("why", operation="get", store="s", key="k", code="C", status=404, hint="What next")
    there = way(error)
    assert type(there) is kind
    assert (str(there), vars(there)) == (str(error), vars(error))
