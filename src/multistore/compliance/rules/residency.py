"""RES-*: what carries data, or the names of data, out of a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance import arns
from multistore.compliance.answers import MalformedError, text
from multistore.compliance.gate import attested_place, by_gate
from multistore.compliance.judgements import (
    attested,
    failed,
    not_asked,
    passed,
    together,
    unknown,
)
from multistore.compliance.model import Rule, Severity, Status, Text
from multistore.compliance.reading import listed
from multistore.compliance.replication import Hop, enabled, hops

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_S3 = ("s3-bucket",)
_BUCKETS = ("s3-bucket", "s3-compatible-bucket")
_ACCOUNTS = ("aws-account", "s3-compatible-account")
_ABROAD = Text(
    "Personal data is copied to another country without anybody knowing (APPI 28), and an erasure "
    "does not reach it.",
    "個人データが気付かないうちに国外へ複製され（個人情報保護法第 28 条）、消去も及びません。",
)
_OTHERS_READ = Text(
    "Somebody outside of the contract reads customers' data.",
    "契約外の第三者に、お客様のデータを読まれます。",
)


_LEADING = (
    "GetBucketReplication",
    "ListBucketInventoryConfigurations",
    "ListBucketAnalyticsConfigurations",
    "GetBucketLogging",
)


# --- RES-004 ------------------------------------------------------------------------------------


def replication(view: View) -> Iterable[Judgement]:
    """RES-004: every replica, and every replica of it, is in Japan and in this account."""
    rules = enabled(view)
    if not rules:
        yield _no_replication(view)
        return
    if view.resource.kind != "s3-bucket":
        yield unknown(
            "Objects are replicated, and where the target lies only the operator can say.",
            "複製が設定されています。複製先の所在地は、事業者に確認する必要があります。",
            call="GetBucketReplication",
        )
        return
    faults = [fault for hop in hops(view) for fault in _hop(view, hop)]
    places = sorted({hop.region for hop in hops(view) if hop.region})
    yield from together(
        faults,
        passed(
            f"Every replica is in Japan ({', '.join(places)}) and in this account.",
            f"複製先はすべて国内（{'、'.join(places)}）の同じアカウントにあります。",
            call="GetBucketReplication",
        ),
    )


def _no_replication(view: View) -> Judgement:
    call = "GetBucketReplication"
    if view.resource.kind == "s3-bucket":
        return passed("No rule replicates objects.", "複製の設定はありません。", call=call)
    # A Ceph gateway answers so while its zones are synchronised, too: measured with Ceph 16.
    if attested_place(view):
        return attested(
            "No rule is shown. That nothing is replicated underneath is the operator's word, and "
            "was not verified.",
            "複製の設定は見当たりません。基盤側で複製していないことは、"
            "事業者の申告に基づくもので、独自に検証したものではありません。",
            call=call,
        )
    return unknown(
        "No rule is shown, but such a service may replicate between its sites without one.",
        "複製の設定は見当たりませんが、この種のサービスは設定に現れない拠点間の複製を"
        "行う場合があるため、確認できません。",
        call=call,
    )


def _hop(view: View, hop: Hop) -> Iterator[Judgement]:
    way = " → ".join(hop.way)
    if hop.region is None:
        yield failed(
            f"{way}: nobody shows where the target lies.",
            f"{way}：複製先の所在地を確認できません。",
            call="GetBucketReplication",
        )
        return
    if not arns.in_japan(hop.region):
        yield failed(
            f"{way}: the target is in {hop.region}, outside Japan.",
            f"{way}：複製先が国外（{hop.region}）にあります。",
            call="GetBucketReplication",
        )
        return
    if hop.account and hop.account != view.account():
        yield failed(
            f"{way}: the target is handed to another account ({hop.account}).",
            f"{way}：複製先が別のアカウント（{hop.account}）に渡されます。",
            call="GetBucketReplication",
        )
    elif hop.forbidden:
        yield unknown(
            f"{way}: the target is in Japan, but whose it is, and where it leads on, may not be "
            "read.",
            f"{way}：複製先は国内ですが、参照が許可されていないため、"
            "所有者やその先の複製を確認できません。",
        )
    elif not hop.onward:
        yield unknown(
            f"{way}: where the target's own rules lead could not be read.",
            f"{way}：複製先のさらに先の複製設定を読み取れませんでした。",
        )


# --- RES-006, 018 -------------------------------------------------------------------------------


def acceleration(view: View) -> Iterable[Judgement]:
    """RES-006: no request ends its TLS at an edge abroad."""
    if view.resource.role == "store":
        yield from (j for j in by_gate(view, "RES-006") if j.status is Status.FAIL)
    status = text(view.read("GetBucketAccelerateConfiguration"), "Status")
    if status not in {"Enabled", "Suspended", ""}:
        raise MalformedError("Status is none of Enabled and Suspended")
    if status == "Enabled":
        yield failed(
            "Transfer Acceleration is on: TLS ends at an edge that may be in any country.",
            "Transfer Acceleration が有効です。TLS は世界各地の拠点で終端されます。",
        )
    else:
        yield passed("Transfer Acceleration is off.", "Transfer Acceleration は無効です。")


def website(view: View) -> Iterable[Judgement]:
    """RES-018: the bucket is no website: that is served over plain http, to anybody."""
    value = view.answer("GetBucketWebsite")
    if value is None:
        yield passed("The bucket is no website.", "静的ウェブサイトとして公開されていません。")
        return
    host = text(value, "RedirectAllRequestsTo", "HostName")
    yield failed(
        f"The bucket is a website, over plain http{f', and redirects to {host}' if host else ''}.",
        "バケットが静的ウェブサイトとして http で公開されています"
        f"{f'（{host} へ転送）' if host else ''}。",
    )


# --- RES-023, 024 -------------------------------------------------------------------------------


def undeclared(view: View) -> Iterable[Judgement]:
    """RES-023: a bucket that the configuration does not name is at least in Japan."""
    if view.resource.kind in _ACCOUNTS:
        yield _population(view)
        return
    region = view.resource.region
    if region is None:
        yield unknown(
            "The configuration does not name this bucket, and where it lies could not be read.",
            "設定に記載のないバケットで、所在地を読み取れませんでした。",
            call="HeadBucket",
        )
        return
    view.look("HeadBucket")
    if arns.in_japan(region):
        yield passed(
            f"The configuration does not name this bucket; it is in {region}.",
            f"設定に記載のないバケットですが、国内（{region}）にあります。",
        )
    else:
        yield failed(
            f"The configuration does not name this bucket, and it is in {region}, outside Japan.",
            f"設定に記載のないバケットが国外（{region}）にあります。",
        )


def _population(view: View) -> Judgement:
    """Say whether every bucket of the account is known."""
    if not view.seen.account:
        return not_asked(
            "Only the configured stores were looked at; --account looks at every bucket.",
            "設定されたストアのみを確認しました（--account で全バケットを確認します）。",
        )
    count = len(listed(view, "ListBuckets", "Buckets"))
    return passed(
        f"The account has {count} buckets, and each was looked at.",
        f"アカウントのバケットは {count} 件で、すべて確認しました。",
    )


def data_map(view: View) -> Iterable[Judgement]:
    """RES-024: whatever a bucket is copied to is a store that the configuration names."""
    stores = {r.id.partition("#")[0] for r in view.seen.resources.values() if r.role == "store"}
    for call in _LEADING:
        if view.resource.kind == "s3-bucket" or "Analytics" not in call:
            view.read(call)
    unnamed = [
        copy
        for copy in view.copies
        if copy.kind in ("replication", "inventory", "analytics", "log")
        and copy.target not in stores
    ]
    yield from together(
        [
            failed(
                f"{copy.target} receives copies ({copy.kind}), and no store of the configuration "
                "is that bucket.",
                f"{copy.target} に複製（{copy.kind}）が置かれますが、設定のどのストアにも"
                "該当しません。",
            )
            for copy in unnamed
        ],
        passed(
            "Every bucket that receives copies is a store of the configuration.",
            "複製先のバケットはすべて設定に記載されています。",
        ),
    )


RULES = (
    Rule(
        id="RES-004",
        severity=Severity.CRITICAL,
        title=Text("Replicas are in Japan, in this account", "複製先は国内の同じアカウントにある"),
        family="residency",
        reads=("GetBucketReplication", "HeadBucket"),
        permission="s3:GetReplicationConfiguration, s3:ListBucket of the target",
        whitepaper=("WP-1", "WP-4"),
        controls=("ISO/IEC 27001 A.5.14", "ISO/IEC 27018 A.12.1"),
        cost=_ABROAD,
        remedy=Text(
            "Remove the rule, erase the replicas and have that evidenced: "
            "aws s3api delete-bucket-replication --bucket NAME",
            "複製の設定を削除し、複製されたデータを消去して証跡を残してください："
            "aws s3api delete-bucket-replication --bucket NAME",
        ),
        applies_to=_BUCKETS,
        gate=True,
        judge=replication,
    ),
    Rule(
        id="RES-006",
        severity=Severity.HIGH,
        title=Text("Transfer Acceleration is off", "Transfer Acceleration が無効である"),
        family="residency",
        reads=("GetBucketAccelerateConfiguration", "environment"),
        permission="s3:GetAccelerateConfiguration",
        whitepaper=("WP-1", "WP-2"),
        controls=("ISO/IEC 27001 A.5.14",),
        cost=Text(
            "Data is decrypted at an edge in another country on its way.",
            "通信の途中で、国外の拠点でデータが復号されます。",
        ),
        remedy=Text(
            "aws s3api put-bucket-accelerate-configuration --bucket NAME "
            "--accelerate-configuration Status=Suspended",
            "aws s3api put-bucket-accelerate-configuration --bucket NAME "
            "--accelerate-configuration Status=Suspended",
        ),
        applies_to=_S3,
        gate=True,
        judge=acceleration,
    ),
    Rule(
        id="RES-018",
        severity=Severity.HIGH,
        title=Text("The bucket is no website", "静的ウェブサイトとして公開していない"),
        family="residency",
        reads=("GetBucketWebsite",),
        permission="s3:GetBucketWebsite",
        whitepaper=("WP-2", "WP-3"),
        controls=("ISO/IEC 27001 A.8.20",),
        cost=_OTHERS_READ,
        remedy=Text(
            "aws s3api delete-bucket-website --bucket NAME",
            "aws s3api delete-bucket-website --bucket NAME",
        ),
        applies_to=_BUCKETS,
        judge=website,
    ),
    Rule(
        id="RES-023",
        severity=Severity.HIGH,
        title=Text("Buckets that are not declared are in Japan", "設定にないバケットも国内にある"),
        family="residency",
        reads=("ListBuckets", "HeadBucket"),
        permission="s3:ListAllMyBuckets, s3:ListBucket",
        whitepaper=("WP-1",),
        controls=("ISO/IEC 27018 A.12.1",),
        cost=_ABROAD,
        remedy=Text(
            "Declare the bucket as a store, or empty and delete it.",
            "ストアとして設定に記載するか、内容を消去して削除してください。",
        ),
        applies_to=(*_S3, *_ACCOUNTS),
        roles=("account",),
        judge=undeclared,
    ),
    Rule(
        id="RES-024",
        severity=Severity.MEDIUM,
        title=Text("Every copy is on the map of data", "複製先がすべて設定に記載されている"),
        family="residency",
        reads=_LEADING,
        permission="s3:GetReplicationConfiguration, s3:GetInventoryConfiguration, "
        "s3:GetAnalyticsConfiguration, s3:GetBucketLogging",
        whitepaper=("WP-1",),
        controls=("ISO/IEC 27018 A.12.1",),
        cost=Text(
            "An erasure does not reach what nobody knows of.",
            "把握していない複製には消去が及びません。",
        ),
        remedy=Text(
            "Declare the target as a store of the configuration, or stop copying to it.",
            "複製先をストアとして設定に記載するか、複製を停止してください。",
        ),
        applies_to=_BUCKETS,
        roles=("store",),
        judge=data_map,
    ),
)
