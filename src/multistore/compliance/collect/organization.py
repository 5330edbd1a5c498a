"""AWS Organizations: who manages the organisation, and the policies that hold its accounts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from multistore.compliance.answers import entries, text
from multistore.compliance.collect import Collector
from multistore.compliance.collect.services import question

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer, Resource

KINDS = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
"""The kinds of policies that can forbid something to every account at once."""


def account(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Ask for the organisation and its policies.

    Cost: one request; in an organisation two more, and in its management account one for each
    policy that is not AWS's own, and one for each of them that speaks of regions.
    """
    found = question(reader, resource, "organizations", "DescribeOrganization")
    kept = {name: text(found.value, "Organization", name) for name in ("Id", "MasterAccountId")}
    yield replace(found, value={"Organization": kept}) if found.status == "read" else found
    if found.why == "AWSOrganizationsNotInUseException":
        return
    policies = _policies(resource, reader)
    yield policies
    described = _described(resource, reader, policies)
    yield described
    yield _targets(resource, reader, described)


def _policies(resource: Resource, reader: Reader) -> Answer:
    """List the policies of both kinds; one list that cannot be read spoils both."""
    lists = [
        question(reader, resource, "organizations", "ListPolicies", pages=True, Filter=kind)
        for kind in KINDS
    ]
    for answer in lists:
        if answer.status != "read" or "Policies" not in answer.value:
            return answer
    found = [policy for answer in lists for policy in entries(answer.value, "Policies")]
    return replace(lists[-1], value={"Policies": found})


def _described(resource: Resource, reader: Reader, policies: Answer) -> Answer:
    """Ask what each policy says that is not AWS's own; one that cannot be read spoils them all."""
    found: list[Mapping[str, Any]] = []
    answer = replace(policies, call="organizations:DescribePolicy")
    for policy in entries(policies.value, "Policies"):
        if policy.get("AwsManaged") is True:
            continue
        number = text(policy, "Id")
        answer = question(reader, resource, "organizations", "DescribePolicy", PolicyId=number)
        if answer.status != "read":
            return answer
        found.append({"Policy": answer.value.get("Policy")})
    return replace(answer, value={"Policies": found} if answer.status == "read" else {})


def _targets(resource: Resource, reader: Reader, described: Answer) -> Answer:
    """Ask what each policy is attached to that speaks of regions at all."""
    found: list[Mapping[str, Any]] = []
    answer = replace(described, call="organizations:ListTargetsForPolicy")
    for policy in entries(described.value, "Policies"):
        if "requestedregion" not in text(policy, "Policy", "Content").lower():
            continue
        number = text(policy, "Policy", "PolicySummary", "Id")
        answer = question(
            reader, resource, "organizations", "ListTargetsForPolicy", pages=True, PolicyId=number
        )
        if answer.status != "read":
            return answer
        found.append({"PolicyId": number, "Targets": answer.value.get("Targets")})
    return replace(answer, value={"Policies": found} if answer.status == "read" else {})


COLLECTORS = (Collector(("aws-account",), account),)
