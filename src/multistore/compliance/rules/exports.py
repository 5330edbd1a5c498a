"""RES-*: what a bucket writes elsewhere: inventories, analyses, access logs, tables of names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multistore.compliance import arns
from multistore.compliance.answers import entries, section, text
from multistore.compliance.judgements import failed, not_asked, passed, together, unknown
from multistore.compliance.model import Rule, Severity, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_S3 = ("s3-bucket",)
_BUCKETS = ("s3-bucket", "s3-compatible-bucket")
_NAMES_ABROAD = Text(
    "The names of customers' objects, and how much there is of them, are known elsewhere.",
    "お客様のオブジェクトの名前や量が、別の場所で知られることになります。",
)


def inventory(view: View) -> Iterable[Judgement]:
    """RES-008: inventories stay in this account and in Japan, and are encrypted."""
    call = "ListBucketInventoryConfigurations"
    faults: list[Judgement] = []
    listed = [e for e in entries(view.read(call), "InventoryConfigurationList") if e["IsEnabled"]]
    for entry in listed:
        to = section(entry, "Destination", "S3BucketDestination")
        faults += _export(view, text(entry, "Id"), to, "AccountId", "inventory")
        if not section(to, "Encryption"):
            faults.append(
                failed(
                    f"The inventory {text(entry, 'Id')} is written without encryption asked for.",
                    f"インベントリ {text(entry, 'Id')} の出力に暗号化が指定されていません。",
                    call=call,
                )
            )
    yield from together(
        faults,
        passed(
            f"{len(listed)} inventories are on; each stays here, encrypted.",
            f"有効なインベントリは {len(listed)} 件で、いずれも暗号化され国内の同じアカウントに"
            "出力されます。",
            call=call,
        )
        if listed
        else passed("No inventory is written.", "インベントリの出力はありません。", call=call),
    )


def analytics(view: View) -> Iterable[Judgement]:
    """RES-009: exports of storage-class analyses stay in this account and in Japan."""
    call = "ListBucketAnalyticsConfigurations"
    faults: list[Judgement] = []
    for entry in entries(view.read(call), "AnalyticsConfigurationList"):
        export = section(entry, "StorageClassAnalysis", "DataExport")
        to = section(export, "Destination", "S3BucketDestination")
        if to:
            faults += _export(view, text(entry, "Id"), to, "BucketAccountId", "analytics")
    yield from together(
        faults,
        passed(
            "No analysis is exported to another account.",
            "別のアカウントへ出力される分析はありません。",
            call=call,
        ),
    )


def _export(
    view: View, name: str, to: Mapping[str, Any], account: str, kind: str
) -> Iterator[Judgement]:
    target, owner = arns.bucket_of(text(to, "Bucket")), text(to, account)
    if owner and owner != view.account():
        yield failed(
            f"{name} is written to {target} of another account ({owner}).",
            f"{name} は別のアカウント（{owner}）の {target} に出力されます。",
        )
    for copy in view.copies:
        if copy.kind == kind and copy.target.endswith(f"/{target}") and copy.in_japan is not True:
            place = copy.region or "?"
            yield failed(
                f"{name} is written to {target}, which is not shown to be in Japan ({place}).",
                f"{name} の出力先 {target} が国内にあることを確認できません（{place}）。",
            )


def log_target(view: View) -> Iterable[Judgement]:
    """RES-010: the access log goes to a bucket in Japan."""
    call = "GetBucketLogging"
    target = text(view.read(call), "LoggingEnabled", "TargetBucket")
    if not target:
        yield not_asked(
            "No access log is written.", "アクセスログは出力されていません。", call=call
        )
        return
    copies = [copy for copy in view.copies if copy.kind == "log"]
    if view.resource.kind != "s3-bucket":
        yield unknown(
            f"The access log goes to {target}; where that lies this service does not say.",
            f"アクセスログの出力先は {target} ですが、所在地を確認できません。",
            call=call,
        )
    elif copies and all(copy.in_japan for copy in copies):
        yield passed(
            f"The access log goes to {target} in {copies[0].region}; the rules are asked of it, "
            "too.",
            f"アクセスログの出力先は {target}（{copies[0].region}）です。"
            "出力先のバケットにも同じ規則を適用しています。",
            call=call,
        )
    else:
        yield failed(
            f"The access log goes to {target}, which is not shown to be in Japan.",
            f"アクセスログの出力先 {target} が国内にあることを確認できません。",
            call=call,
        )


def metadata(view: View) -> Iterable[Judgement]:
    """RES-014: no second copy of the objects' metadata is kept in tables."""
    if view.answer("GetBucketMetadataConfiguration") is None:
        yield passed(
            "No table holds the objects' metadata.",
            "オブジェクトのメタデータを保持するテーブルはありません。",
        )
    else:
        yield failed(
            "S3 Metadata keeps the names and tags of the objects in a table, erased ones as well.",
            "S3 Metadata により、消去済みのものを含むオブジェクトの名前とタグが"
            "テーブルに保持されます。",
        )


RULES = (
    Rule(
        id="RES-008",
        severity=Severity.MEDIUM,
        title=Text("Inventories stay here, encrypted", "インベントリが国内で暗号化されている"),
        family="residency",
        reads=("ListBucketInventoryConfigurations",),
        permission="s3:GetInventoryConfiguration",
        whitepaper=("WP-1", "WP-3"),
        controls=("ISO/IEC 27001 A.5.14",),
        cost=_NAMES_ABROAD,
        remedy=Text(
            "Write it to a bucket of this account in the same region, with SSE-S3 or SSE-KMS.",
            "同じリージョン・同じアカウントのバケットへ、暗号化を指定して出力してください。",
        ),
        applies_to=_BUCKETS,
        judge=inventory,
    ),
    Rule(
        id="RES-009",
        severity=Severity.LOW,
        title=Text("Analyses stay in this account", "分析結果が別のアカウントへ出力されない"),
        family="residency",
        reads=("ListBucketAnalyticsConfigurations",),
        permission="s3:GetAnalyticsConfiguration",
        whitepaper=("WP-1",),
        controls=(),
        cost=_NAMES_ABROAD,
        remedy=Text(
            "Export it to a bucket of this account.",
            "同じアカウントのバケットへ出力してください。",
        ),
        applies_to=_S3,
        judge=analytics,
    ),
    Rule(
        id="RES-010",
        severity=Severity.MEDIUM,
        title=Text("The access log is written in Japan", "アクセスログの出力先が国内にある"),
        family="residency",
        reads=("GetBucketLogging", "HeadBucket"),
        permission="s3:GetBucketLogging",
        whitepaper=("WP-5",),
        controls=("ISO/IEC 27001 A.8.15",),
        cost=Text(
            "Who read what, and from which address, lies abroad.",
            "誰がどこから何を読んだかの記録が国外に置かれます。",
        ),
        remedy=Text(
            "Name a bucket of the same region as the target.",
            "同じリージョンのバケットを出力先にしてください。",
        ),
        applies_to=_BUCKETS,
        judge=log_target,
    ),
    Rule(
        id="RES-014",
        severity=Severity.LOW,
        title=Text("No table of metadata", "メタデータのテーブルを作成していない"),
        family="residency",
        reads=("GetBucketMetadataConfiguration",),
        permission="s3:GetBucketMetadataTableConfiguration",
        whitepaper=("WP-1", "WP-4"),
        controls=(),
        cost=Text(
            "The names of erased objects stay in the table.",
            "消去したオブジェクトの名前がテーブルに残ります。",
        ),
        remedy=Text(
            "aws s3api delete-bucket-metadata-configuration --bucket NAME",
            "aws s3api delete-bucket-metadata-configuration --bucket NAME",
        ),
        applies_to=_S3,
        judge=metadata,
    ),
)
