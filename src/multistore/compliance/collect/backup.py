"""AWS Backup: its plans, what they take, where they copy it to, and the locks of its vaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance import arns
from multistore.compliance.answers import entries, text
from multistore.compliance.collect import Collector
from multistore.compliance.collect.services import led_to, question
from multistore.compliance.model import Copy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer, Resource


def region(resource: Resource, reader: Reader) -> Iterator[Answer | Resource]:
    """List the plans and the vaults of one region. Cost: two requests."""
    plans = question(reader, resource, "backup", "ListBackupPlans", pages=True)
    yield plans
    for plan in entries(plans.value, "BackupPlansList"):
        yield led_to(
            resource,
            kind="backup-plan",
            name=text(plan, "BackupPlanId"),
            id=text(plan, "BackupPlanArn"),
        )
    yield question(reader, resource, "backup", "ListBackupVaults", pages=True)


def plan(resource: Resource, reader: Reader) -> Iterator[Answer | Resource | Copy]:
    """Ask what one plan does, and what it takes. Cost: two requests."""
    found = question(reader, resource, "backup", "GetBackupPlan", BackupPlanId=resource.name)
    yield found
    for rule in entries(found.value, "BackupPlan", "Rules"):
        for action in entries(rule, "CopyActions"):
            target = text(action, "DestinationBackupVaultArn")
            named = arns.parse(target)
            where = named.region if named else None
            yield Copy(resource.id, target, "backup", where, arns.in_japan(where))
    selections = question(
        reader, resource, "backup", "ListBackupSelections", pages=True, BackupPlanId=resource.name
    )
    yield selections
    for selection in entries(selections.value, "BackupSelectionsList"):
        number = text(selection, "SelectionId")
        yield led_to(
            resource,
            kind="backup-selection",
            name=number,
            id=f"{resource.id}/selection/{number}",
        )


def selection(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Ask what one selection of a plan names. Cost: one request."""
    plan_arn = resource.id.partition("/selection/")[0]
    yield question(
        reader,
        resource,
        "backup",
        "GetBackupSelection",
        BackupPlanId=plan_arn.rpartition(":")[2],
        SelectionId=resource.name,
    )


COLLECTORS = (
    Collector(("aws-region",), region),
    Collector(("backup-plan",), plan),
    Collector(("backup-selection",), selection),
)
