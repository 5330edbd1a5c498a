"""One question to one of AWS's other services, put so that a refusal of our own is recorded too.

Only Japan's regions are asked, and the control planes that stand for every region: that an ARN
names another region is all that a rule needs to know. What no ARN leads to, Glacier's vaults
and DataSync's tasks, is looked for in every region where whole accounts are looked at.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from multistore.compliance.answers import entries
from multistore.compliance.model import Answer
from multistore.errors import MultistoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Resource

CONTROL_PLANES = {
    "account": "us-east-1",
    "cloudfront": "us-east-1",
    "organizations": "us-east-1",
}
"""Where the services of a whole account are asked. Source: AWS General Reference, endpoints."""

MULTI_REGION = "us-west-2"
"""Where Multi-Region Access Points are administered, wherever their buckets are.

Source: S3 User Guide, "Using Multi-Region Access Points with supported API operations"."""

PAGES = 1000
"""No list of an account is longer; one that seems to be is not believed."""


def question(
    reader: Reader,
    resource: Resource,
    service: str,
    operation: str,
    *,
    region: str | None = None,
    **more: Any,
) -> Answer:
    """Ask once; what stops the question before it is sent becomes an unreadable answer."""
    asked = CONTROL_PLANES.get(service, region or resource.region)
    try:
        client = reader.aws(service, resource, region=asked)
        return reader.ask(client, operation, resource, **more)
    except MultistoreError as error:
        return Answer(
            call=more.get("call") or f"{service}:{operation}",
            resource=resource.id,
            at=datetime.now(UTC),
            status="unreadable",
            why=error.code or type(error).__name__,
        )


def listing(
    reader: Reader, resource: Resource, service: str, operation: str, list_name: str, **more: Any
) -> Answer:
    """Ask for every page of a list that the SDK has no paginator for.

    One page that cannot be read makes the whole list unreadable: half a list hides the rest.
    """
    answer = question(reader, resource, service, operation, **more)
    for _ in range(PAGES):
        token = answer.value.get("NextToken")
        if answer.status != "read" or not token:
            return answer
        further = question(reader, resource, service, operation, NextToken=str(token), **more)
        if further.status != "read":
            return further
        joined = [*answer.value.get(list_name, ()), *further.value.get(list_name, ())]
        answer = replace(further, value={**further.value, list_name: joined})
    return replace(answer, status="unreadable", value={}, why="TooManyPages")


def kept(
    answer: Answer, list_name: str, keep: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> Answer:
    """Keep of a list's entries what rules read: the rest may be a secret, and goes into reports.

    The SHA-256 stays that of the whole answer.
    """
    if list_name not in answer.value:
        return answer
    found = [dict(keep(entry)) for entry in entries(answer.value, list_name)]
    return replace(answer, value={**answer.value, list_name: found})


def led_to(resource: Resource, *, kind: str, name: str, id: str, **more: Any) -> Resource:  # noqa: A002 - the field's name
    """Make the resource that an answer about another one led to, judged like what is asked for."""
    return replace(
        resource,
        id=id,
        kind=kind,
        name=name,
        store=None,
        role="account",
        via=resource.via or resource.store,
        place=None,
        **more,
    )
