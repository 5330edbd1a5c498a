"""What a bucket's own answers lead to at AWS's other services: keys and topics. No request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from multistore.compliance import arns
from multistore.compliance.answers import entries, text
from multistore.compliance.collect.services import led_to
from multistore.compliance.model import Copy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multistore.compliance.model import Answer, Resource

_DESTINATIONS = {
    "TopicConfigurations": "TopicArn",
    "QueueConfigurations": "QueueArn",
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
}


def leads(resource: Resource, answers: Mapping[str, Answer]) -> Iterator[Resource | Copy]:
    """Give the keys with which a bucket of AWS is encrypted, and where its events go."""
    if resource.kind != "s3-bucket":
        return
    for key in keys(answers):
        found = led_to(resource, kind="kms-key", name=key, id=key)
        yield found if arns.parse(key) else _in_region(found)
    events = answers.get("GetBucketNotificationConfiguration")
    for name, field in _DESTINATIONS.items():
        for entry in entries(events.value if events else None, name):
            destination = text(entry, field)
            arn = arns.parse(destination)
            where = arn.region if arn else None
            yield Copy(resource.id, destination, "event", where, arns.in_japan(where))
            if arn is not None and arn.service == "sns":
                yield led_to(resource, kind="sns-topic", name=arn.resource, id=destination)


def keys(answers: Mapping[str, Answer]) -> Iterator[str]:
    """Give the keys that a bucket's default encryption names, as written."""
    answer = answers.get("GetBucketEncryption")
    value = answer.value if answer else None
    for rule in entries(value, "ServerSideEncryptionConfiguration", "Rules"):
        if key := text(rule, "ApplyServerSideEncryptionByDefault", "KMSMasterKeyID"):
            yield key


def _in_region(key: Resource) -> Resource:
    """Name a key that is not written as an ARN: it is one of the bucket's own region."""
    return replace(key, id=f"kms:{key.region}:{key.name}")
