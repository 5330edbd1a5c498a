"""RES-011: where the events of a bucket go, and where they are sent on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance import arns
from multistore.compliance.answers import entries, text
from multistore.compliance.judgements import failed, not_asked, passed, together
from multistore.compliance.model import Rule, Severity, Text
from multistore.compliance.reading import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_NOTIFICATIONS = "GetBucketNotificationConfiguration"
_WITHIN_AWS = frozenset({"sqs", "lambda", "firehose"})
"""Protocols of a subscription whose endpoint is an ARN; every other one leaves AWS."""

_DESTINATIONS = {
    "TopicConfigurations": "TopicArn",
    "QueueConfigurations": "QueueArn",
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
}


def destinations(view: View) -> Iterable[Judgement]:
    """RES-011: no event of the bucket reaches anything outside Japan, at once or sent on."""
    judges = {
        "s3-bucket": _bucket,
        "sns-topic": _topic,
        "aws-region": _rules,
        "eventbridge-rule": _targets,
    }
    return judges[view.resource.kind](view)


def _bucket(view: View) -> list[Judgement]:
    value = view.read(_NOTIFICATIONS)
    found: list[Judgement] = []
    for name, field in _DESTINATIONS.items():
        for entry in entries(value, name):
            arn = arns.parse(text(entry, field))
            if arn is None or not arns.in_japan(arn.region):
                found.append(
                    failed(
                        f"Events go to {text(entry, field)}, outside Japan.",
                        f"イベントの通知先 {text(entry, field)} は国外です。",
                    )
                )
    return together(
        found,
        passed(
            "The bucket's events go nowhere outside Japan by themselves.",
            "バケットのイベントの直接の通知先に、国外のものはありません。",
        ),
    )


def _topic(view: View) -> list[Judgement]:
    arn = arns.parse(view.resource.id)
    if arn is None or not arns.in_japan(arn.region):
        return [
            not_asked(
                "The topic is not in Japan, which its bucket's finding reports.",
                "トピックは国外にあり、バケットの判定結果で報告しています。",
            )
        ]
    return together(
        _subscribers(view),
        passed(
            "Every subscriber of the topic is in Japan and within AWS.",
            "トピックの購読者は、すべて国内の AWS にあります。",
        ),
    )


def _subscribers(view: View) -> Iterator[Judgement]:
    for one in listed(view, "sns:ListSubscriptionsByTopic", "Subscriptions"):
        protocol, endpoint = text(one, "Protocol"), text(one, "Endpoint")
        arn = arns.parse(endpoint)
        if protocol not in _WITHIN_AWS:
            # An e-mail address or a telephone number is somebody's: it is not repeated.
            yield failed(
                f"The topic {view.resource.name} sends its messages on by {protocol}, to a "
                "place that nobody can name.",
                f"トピック {view.resource.name} は {protocol} で AWS の外に送信します。"
                "届く場所を特定できません。",
            )
        elif arn is None or not arns.in_japan(arn.region):
            yield failed(
                f"The topic {view.resource.name} sends its messages on to {endpoint}, outside "
                "Japan.",
                f"トピック {view.resource.name} は国外の {endpoint} に送信します。",
            )


def _rules(view: View) -> list[Judgement]:
    count = len(listed(view, "events:ListRules", "Rules"))
    return [
        passed(
            f"EventBridge has {count} rules here; those about S3 are judged by themselves.",
            f"EventBridge のルールは {count} 件です（S3 に関するものを個別に判定します）。",
        )
    ]


def _targets(view: View) -> list[Judgement]:
    found: list[Judgement] = []
    for target in listed(view, "events:ListTargetsByRule", "Targets"):
        name = text(target, "Arn")
        arn = arns.parse(name)
        if arn is None or not arns.in_japan(arn.region):
            found.append(
                failed(
                    f"The rule {view.resource.name} sends S3's events to {name}, outside Japan.",
                    f"ルール {view.resource.name} は S3 のイベントを国外の {name} に送信します。",
                )
            )
        elif arn.service == "events" and arn.resource.startswith("api-destination/"):
            found.append(
                failed(
                    f"The rule {view.resource.name} sends S3's events out of AWS, by {name}.",
                    f"ルール {view.resource.name} は {name} を通じて "
                    "S3 のイベントを AWS の外に送信します。",
                )
            )
    return together(
        found,
        passed(
            "Every target of the rule is in Japan and within AWS.",
            "ルールのターゲットは、すべて国内の AWS にあります。",
        ),
    )


RULES = (
    Rule(
        id="RES-011",
        severity=Severity.MEDIUM,
        title=Text(
            "Events of the bucket stay in Japan", "バケットのイベントが国外に送られないこと"
        ),
        family="residency",
        reads=(
            _NOTIFICATIONS,
            "sns:ListSubscriptionsByTopic",
            "events:ListRules",
            "events:ListTargetsByRule",
        ),
        permission="s3:GetBucketNotification, sns:ListSubscriptionsByTopic, events:ListRules, "
        "events:ListTargetsByRule",
        whitepaper=("WP-1",),
        controls=("ISO/IEC 27001 A.5.14",),
        cost=Text(
            "Names of objects leave Japan with every event.",
            "イベントのたびに、オブジェクト名が国外に出ます。",
        ),
        remedy=Text(
            "aws sns unsubscribe --subscription-arn ARN; aws events remove-targets --rule RULE "
            "--ids ID",
            "次を実行します: aws sns unsubscribe --subscription-arn ARN、"
            "aws events remove-targets --rule RULE --ids ID",
        ),
        applies_to=("s3-bucket", "sns-topic", "aws-region", "eventbridge-rule"),
        judge=destinations,
    ),
)
