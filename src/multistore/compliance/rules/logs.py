"""LOG-001, LOG-002: access is logged, and the log has an end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from multistore.compliance.answers import entries, text, texts
from multistore.compliance.judgements import failed, not_asked, passed, together, unknown
from multistore.compliance.lifecycle_rules import lifecycle
from multistore.compliance.model import Rule, Severity, Text
from multistore.compliance.residual import lock_days, versioned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_BUCKETS = ("s3-bucket", "s3-compatible-bucket")
MONTHS = 36
LONGEST_DAYS = 1096
"""36 months with a leap day in them: the white paper, section 3."""

_SELECTORS = "cloudtrail:GetEventSelectors"
_RETENTION = re.compile(r"([0-9]+) (days|months|years)")


def logged(view: View) -> Iterable[Judgement]:
    """LOG-001: who reads what is written down: by the bucket, or by a trail of data events."""
    call = "GetBucketLogging"
    target = text(view.read(call), "LoggingEnabled", "TargetBucket")
    if target:
        yield passed(
            f"Access is logged to {target}.",
            f"アクセスは {target} に記録されます。",
            call=call,
        )
        return
    if _keeps_logs(view):
        yield not_asked(
            "It receives access logs itself; a log of that would log itself.",
            "アクセスログの出力先のため、対象外です。",
            call=call,
        )
        return
    trails = [name for region in _regions(view) for name in _trails(region, view)]
    yield from together(
        [
            passed(
                f"The trail {name} records the bucket's data events.",
                f"証跡 {name} がデータイベントを記録しています。",
                call=_SELECTORS,
            )
            for name in trails[:1]
        ],
        failed(
            "Access is logged neither by the bucket nor by a trail of this region.",
            "アクセスが、バケットのログにもこのリージョンの証跡にも記録されていません。",
            call=call,
        ),
    )


def _keeps_logs(view: View) -> bool:
    return any(copy.kind == "log" and copy.target == view.resource.id for copy in view.seen.copies)


def _regions(view: View) -> list[View]:
    """Return the regions of the account; for another service than AWS there are no trails."""
    if view.resource.kind != "s3-bucket":
        return []
    regions = list(view.every("aws-region"))
    if not regions:
        view.read(_SELECTORS)  # which nobody asked: unknown
    return regions


def _trails(region: View, view: View) -> Iterator[str]:
    """Give the trails whose selectors name all of S3, or this bucket as a whole."""
    arn = f"arn:aws:s3:::{view.resource.name}/"
    for trail in entries(region.read(_SELECTORS), "Trails"):
        simple = any(
            text(resource, "Type") == "AWS::S3::Object"
            and {arn, "arn:aws:s3", "arn:aws:s3:::"} & set(texts(resource, "Values"))
            for selector in entries(trail, "EventSelectors")
            for resource in entries(selector, "DataResources")
        )
        advanced = any(_selects(s, arn) for s in entries(trail, "AdvancedEventSelectors"))
        if simple or advanced:
            yield text(trail, "TrailARN")


def _selects(selector: Mapping[str, Any], arn: str) -> bool:
    """Whether an advanced selector takes every data event of a bucket's objects."""
    fields = {text(field, "Field"): field for field in entries(selector, "FieldSelectors")}
    beginnings = texts(fields.pop("resources.ARN", {"StartsWith": [arn]}), "StartsWith")
    wanted = {"eventCategory": ["Data"], "resources.type": ["AWS::S3::Object"]}
    return {name: texts(field, "Equals") for name, field in fields.items()} == wanted and any(
        arn.startswith(beginning) for beginning in beginnings
    )


def ends(view: View) -> Iterable[Judgement]:
    """LOG-002: an access log ends after 36 months at most, with its versions and locks."""
    found = [*_configured(view), *_written(view)]
    yield from together(
        found,
        not_asked(
            "No access log is written, and no collection here outlives its tenant.",
            "アクセスログの出力はなく、契約終了後も残るデータもありません。",
        ),
    )


def _configured(view: View) -> Iterator[Judgement]:
    """Judge the collections that outlive their tenants by what the configuration keeps them."""
    for name in view.collections:
        collection = view.settings.collections[name]
        if not collection.survives_tenant:
            continue
        months = _months(collection.retention)
        if months is None:
            yield failed(
                f"The collection {name} outlives its tenant and has no retention.",
                f"コレクション {name} は契約終了後も残りますが、保存期間の設定がありません。",
            )
        elif months > MONTHS:
            yield failed(
                f"The collection {name} is kept for {collection.retention}, over {MONTHS} months.",
                f"コレクション {name} の保存期間（{collection.retention}）が"
                f" {MONTHS} か月を超えています。",
            )
        else:
            yield passed(
                f"The collection {name} is kept for {collection.retention}.",
                f"コレクション {name} の保存期間は {collection.retention} です。",
                confidence="configuration",
            )


def _months(retention: str | None) -> float | None:
    found = _RETENTION.fullmatch(retention or "")
    if found is None:
        return None
    count = int(found[1])
    return {"days": count * MONTHS / LONGEST_DAYS, "months": count, "years": count * 12}[found[2]]


def _written(view: View) -> Iterator[Judgement]:
    """Judge the bucket that the service writes this bucket's access log to."""
    target = text(view.read("GetBucketLogging"), "LoggingEnabled", "TargetBucket")
    if not target:
        return
    prefix = text(view.read("GetBucketLogging"), "LoggingEnabled", "TargetPrefix")
    other = view.of(f"{view.resource.id.partition('#')[0].rpartition('/')[0]}/{target}")
    if other is None:
        yield unknown(
            f"The log's bucket {target} was not looked at.",
            f"ログの出力先 {target} を確認していません。",
        )
        return
    rules = lifecycle(other, prefix)
    call = "GetBucketLifecycleConfiguration"
    if rules.expiration is None:
        yield failed(
            f"No rule of {target} ends the access log.",
            f"{target} に、アクセスログを削除する規則がありません。",
            call=call,
        )
        return
    terms = [rules.expiration, lock_days(other) or 0]
    if versioned(other):
        if rules.noncurrent is None:
            yield failed(
                f"{target} keeps old versions of the access log for ever.",
                f"{target} に、アクセスログの旧バージョンが無期限に残ります。",
                call=call,
            )
            return
        terms.append(rules.noncurrent)
    written = " + ".join(str(term) for term in terms if term)
    if sum(terms) > LONGEST_DAYS:
        yield failed(
            f"The access log stays for {written} = {sum(terms)} days, over {LONGEST_DAYS}.",
            f"アクセスログが {written} = {sum(terms)} 日残ります（上限 {LONGEST_DAYS} 日）。",
            call=call,
        )
    else:
        yield passed(
            f"The access log ends after {written} = {sum(terms)} days.",
            f"アクセスログは {written} = {sum(terms)} 日で削除されます。",
            call=call,
        )


RULES = (
    Rule(
        id="LOG-001",
        severity=Severity.MEDIUM,
        title=Text("Access is logged", "アクセスが記録されている"),
        family="logs",
        reads=("GetBucketLogging", "cloudtrail:GetEventSelectors"),
        permission="s3:GetBucketLogging, cloudtrail:GetEventSelectors",
        whitepaper=("WP-5",),
        controls=("ISO/IEC 27001 A.8.15", "ISO/IEC 27001 A.8.16"),
        cost=Text(
            "After a leak nobody can say who read what.",
            "漏えい時に、誰が何を読んだかを説明できません。",
        ),
        remedy=Text(
            "aws s3api put-bucket-logging --bucket NAME --bucket-logging-status "
            '\'{"LoggingEnabled":{"TargetBucket":"LOGS","TargetPrefix":"access/"}}\'',
            "aws s3api put-bucket-logging --bucket NAME --bucket-logging-status "
            '\'{"LoggingEnabled":{"TargetBucket":"LOGS","TargetPrefix":"access/"}}\'',
        ),
        applies_to=_BUCKETS,
        judge=logged,
    ),
    Rule(
        id="LOG-002",
        severity=Severity.MEDIUM,
        title=Text("Access logs end within 36 months", "アクセスログが 36 か月以内に削除される"),
        family="logs",
        reads=(
            "configuration",
            "GetBucketLogging",
            "GetBucketLifecycleConfiguration",
            "GetBucketVersioning",
            "GetObjectLockConfiguration",
        ),
        permission="s3:GetBucketLogging, s3:GetLifecycleConfiguration of the target",
        whitepaper=("WP-5",),
        controls=("ISO/IEC 27001 A.8.15", "ISO/IEC 27001 A.8.10"),
        cost=Text(
            "Who read what is known for longer than customers were told.",
            "お客様に示した期間を超えて、アクセスの記録が残ります。",
        ),
        remedy=Text(
            "Give the log's bucket an Expiration of 1095 days.",
            "ログの出力先に、有効期限 1095 日の規則を設定してください。",
        ),
        applies_to=_BUCKETS,
        judge=ends,
    ),
)
