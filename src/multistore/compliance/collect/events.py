"""The second hop of an event: who listens to a topic, and where EventBridge sends S3's events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multistore.compliance import arns
from multistore.compliance.answers import entries, text
from multistore.compliance.collect import Collector
from multistore.compliance.collect.services import kept, led_to, question
from multistore.compliance.model import Copy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer, Resource


def topic(resource: Resource, reader: Reader) -> Iterator[Answer | Copy]:
    """Ask who is subscribed to one topic; a topic abroad is not asked. Cost: one request a page."""
    named = arns.parse(resource.id)
    if named is None or not arns.in_japan(named.region):
        return
    subscribed = question(
        reader,
        resource,
        "sns",
        "ListSubscriptionsByTopic",
        region=named.region,
        pages=True,
        TopicArn=resource.id,
    )
    subscribed = kept(subscribed, "Subscriptions", _subscription)
    yield subscribed
    for subscription in entries(subscribed.value, "Subscriptions"):
        endpoint = arns.parse(text(subscription, "Endpoint"))
        where = endpoint.region if endpoint else None
        inside = arns.in_japan(where) if endpoint else None
        yield Copy(resource.id, text(subscription, "SubscriptionArn"), "event", where, inside)


def _subscription(one: Mapping[str, Any]) -> dict[str, str]:
    """Leave out who is behind a subscription: a URL may carry a secret, an address a person."""
    inside = text(one, "Endpoint").startswith("arn:")
    names = ("Protocol", "SubscriptionArn", *(("Endpoint",) if inside else ()))
    return {name: text(one, name) for name in names}


def region(resource: Resource, reader: Reader) -> Iterator[Answer | Resource]:
    """List the rules of the default bus, where S3's events arrive. Cost: one request a page."""
    rules = question(reader, resource, "events", "ListRules", pages=True)
    yield rules
    for rule in entries(rules.value, "Rules"):
        if "aws.s3" in text(rule, "EventPattern") and rule.get("State") != "DISABLED":
            yield led_to(
                resource,
                kind="eventbridge-rule",
                name=text(rule, "Name"),
                id=text(rule, "Arn"),
            )


def targets(resource: Resource, reader: Reader) -> Iterator[Answer | Copy]:
    """Ask where one rule sends the events. Cost: one request a page."""
    found = question(
        reader, resource, "events", "ListTargetsByRule", pages=True, Rule=resource.name
    )
    found = kept(found, "Targets", lambda target: {n: text(target, n) for n in ("Id", "Arn")})
    yield found
    for target in entries(found.value, "Targets"):
        named = arns.parse(text(target, "Arn"))
        where = named.region if named else None
        inside = arns.in_japan(where) if where else None
        yield Copy(resource.id, text(target, "Arn"), "event", where, inside)


COLLECTORS = (
    Collector(("sns-topic",), topic, targets=True),
    Collector(("aws-region",), region),
    Collector(("eventbridge-rule",), targets),
)
