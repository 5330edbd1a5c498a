"""S3's control plane in one region: access points, the functions in them, jobs, dashboards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from multistore.compliance import arns
from multistore.compliance.answers import entries, section, text
from multistore.compliance.collect import Collector
from multistore.compliance.collect.aws_account import of_the_account
from multistore.compliance.collect.services import led_to, listing, question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer, Resource

RUNNING = ["New", "Preparing", "Ready", "Active", "Pausing", "Paused", "Suspended"]
"""States of a batch job that may still copy; one that has ended copies no more."""


def _list(resource: Resource, reader: Reader, operation: str, name: str, **more: Any) -> Answer:
    return of_the_account(
        resource,
        reader,
        operation,
        lambda whose: listing(reader, resource, "s3control", operation, name, **whose, **more),
    )


def _one(resource: Resource, reader: Reader, operation: str, **more: Any) -> Answer:
    return of_the_account(
        resource,
        reader,
        operation,
        lambda whose: question(reader, resource, "s3control", operation, **whose, **more),
    )


def region(resource: Resource, reader: Reader) -> Iterator[Answer | Resource]:
    """List what there is in one region. Cost: four requests, more where lists have pages."""
    points = _list(resource, reader, "ListAccessPoints", "AccessPointList")
    yield points
    for point in entries(points.value, "AccessPointList"):
        name = text(point, "Name")
        yield led_to(
            resource,
            kind="s3-access-point",
            name=name,
            id=text(point, "AccessPointArn") or f"{resource.id}/accesspoint/{name}",
        )
    lambdas = _list(
        resource, reader, "ListAccessPointsForObjectLambda", "ObjectLambdaAccessPointList"
    )
    yield lambdas
    for point in entries(lambdas.value, "ObjectLambdaAccessPointList"):
        name = text(point, "Name")
        yield led_to(
            resource,
            kind="s3-object-lambda",
            name=name,
            id=text(point, "ObjectLambdaAccessPointArn") or f"{resource.id}/objectlambda/{name}",
        )
    jobs = _list(resource, reader, "ListJobs", "Jobs", JobStatuses=RUNNING)
    yield jobs
    for each in entries(jobs.value, "Jobs"):
        number = text(each, "JobId")
        yield led_to(resource, kind="s3-batch-job", name=number, id=f"{resource.id}/job/{number}")
    yield _list(resource, reader, "ListStorageLensConfigurations", "StorageLensConfigurationList")


def access_point(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Ask about one access point. Cost: one request."""
    yield _one(resource, reader, "GetAccessPoint", Name=resource.name)


def object_lambda(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Ask what one Object Lambda access point runs. Cost: one request."""
    operation = "GetAccessPointConfigurationForObjectLambda"
    yield _one(resource, reader, operation, Name=resource.name)


def job(resource: Resource, reader: Reader) -> Iterator[Answer | Resource]:
    """Ask what one batch job does, and where it copies and reports to. Cost: one request."""
    found = _one(resource, reader, "DescribeJob", JobId=resource.name)
    described = section(found.value, "Job")
    copied_to = text(described, "Operation", "S3PutObjectCopy", "TargetResource")
    report = section(described, "Report")
    # What else a job says, the arguments of its function say, is nobody's business here.
    kept = {
        "JobId": text(described, "JobId"),
        "Operation": {"S3PutObjectCopy": {"TargetResource": copied_to}} if copied_to else {},
        "Report": {"Enabled": report.get("Enabled"), "Bucket": text(report, "Bucket")},
    }
    yield replace(found, value={"Job": kept}) if described else found
    for target in (copied_to, text(report, "Bucket")):
        if target:
            bucket = arns.bucket_of(target)
            other = led_to(resource, kind="s3-bucket", name=bucket, id=f"s3://{bucket}")
            yield replace(other, role="target", region=None)


COLLECTORS = (
    Collector(("aws-region",), region),
    Collector(("s3-access-point",), access_point),
    Collector(("s3-object-lambda",), object_lambda),
    Collector(("s3-batch-job",), job),
)
