"""PUB-*, RES-021: who else may read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multistore.compliance.answers import entries, number, section, text, texts
from multistore.compliance.bucket_policies import policy
from multistore.compliance.judgements import failed, not_asked, passed, together, unknown
from multistore.compliance.model import ANONYMOUS, Rule, Severity, Text
from multistore.compliance.policies import strangers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_BUCKETS = ("s3-bucket", "s3-compatible-bucket")
_ANYBODY = {
    "http://acs.amazonaws.com/groups/global/AllUsers": "AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": "AuthenticatedUsers",
}
# AWS's own writers of logs: a group, and the account that CloudFront delivered with.
_LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
_FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_WORLD = Text(
    "Anybody in the world reads customers' data.", "世界中の誰もがお客様のデータを読めます。"
)
_OTHERS = Text(
    "Somebody outside of the contract reads customers' data (APPI 25, 28).",
    "契約外の第三者にお客様のデータを読まれます（個人情報保護法第 25 条・第 28 条）。",
)


def public_access_block(view: View) -> Iterable[Judgement]:
    """PUB-002: all four flags. At other services than AWS three: the first one breaks writing.

    Measured with Ceph 16: with BlockPublicAcls every PutObject is refused, private ones too.
    """
    wanted = _FLAGS if view.resource.kind == "s3-bucket" else _FLAGS[1:]
    value = section(view.answer("GetPublicAccessBlock"), "PublicAccessBlockConfiguration")
    off = [flag for flag in wanted if value.get(flag) is not True]
    if off:
        yield failed(
            f"The public access block lacks {', '.join(off)}.",
            f"パブリックアクセスブロックの {'、'.join(off)} が無効です。",
        )
    else:
        yield passed(
            f"The public access block is on: {', '.join(wanted)}.",
            f"パブリックアクセスブロックが有効です（{'、'.join(wanted)}）。",
        )


def policy_status(view: View) -> Iterable[Judgement]:
    """PUB-003: the service itself does not call the policy public."""
    value = view.answer("GetBucketPolicyStatus")
    if value is None:
        yield passed("There is no policy.", "バケットポリシーはありません。")
        return
    public = section(value, "PolicyStatus").get("IsPublic")
    if public is False:
        yield passed("The policy is not public.", "ポリシーは公開設定ではありません。")
    elif public is True:
        yield failed(
            "The policy makes the bucket public.", "ポリシーによりバケットが公開されています。"
        )
    else:
        yield unknown("The service does not say.", "サービスが状態を回答しませんでした。")


def acl(view: View) -> Iterable[Judgement]:
    """PUB-004: no grant to everybody."""
    value = view.read("GetBucketAcl")
    grants = entries(value, "Grants")
    if not text(value, "Owner", "ID") and not grants:
        yield unknown("The service does not say.", "サービスが状態を回答しませんでした。")
        return
    yield from together(
        _to_anybody(grants),
        passed("The ACL grants nothing to everybody.", "ACL による公開はありません。"),
    )


def _to_anybody(grants: Iterable[Mapping[str, Any]]) -> Iterator[Judgement]:
    for grant in grants:
        group = _ANYBODY.get(text(grant, "Grantee", "URI"))
        if group is not None:
            right = text(grant, "Permission")
            yield failed(
                f"The ACL grants {right} to {group}.",
                f"ACL で {group} に {right} を許可しています。",
            )


def ownership(view: View) -> Iterable[Judgement]:
    """PUB-005: ACLs are switched off: every object belongs to the bucket's owner."""
    rules = entries(view.answer("GetBucketOwnershipControls"), "OwnershipControls", "Rules")
    found = [text(rule, "ObjectOwnership") for rule in rules]
    if found == ["BucketOwnerEnforced"]:
        yield passed("ACLs are switched off.", "ACL は無効化されています。")
    else:
        yield failed(
            f"ACLs are in force ({', '.join(found) or 'nothing is configured'}).",
            f"ACL が有効です（{'、'.join(found) or '設定なし'}）。",
        )


def object_acls(view: View) -> Iterable[Judgement]:
    """PUB-006: no object is granted to everybody, as far as a sample shows."""
    value = view.read("GetObjectAcl")
    objects = entries(value, "Objects")
    sampled, listed = number(value, "Sampled") or 0, number(value, "Listed") or 0
    yield from together(
        [fault for entry in objects for fault in _to_anybody(entries(entry, "Grants"))][:1],
        passed(
            f"None of {sampled} sampled objects (of {listed} listed) is granted to everybody.",
            f"抽出した {sampled} 件（一覧 {listed} 件中）に、公開されたオブジェクトはありません。",
            confidence="corroborated",
        )
        if sampled
        else not_asked(
            "The bucket lists no object to sample.", "確認対象のオブジェクトがありません。"
        ),
    )


def behaviour(view: View) -> Iterable[Judgement]:
    """PUB-007: an unsigned request lists nothing."""
    value = view.read(ANONYMOUS)
    status, code = number(value, "Status"), text(value, "Code")
    if status == 401 or (status == 403 and code == "AccessDenied"):
        yield passed(
            f"An unsigned request is refused ({status}).",
            f"署名のない要求は拒否されます（{status}）。",
            confidence="corroborated",
        )
    elif status is not None and status < 300:
        yield failed(
            f"An unsigned request lists the bucket ({status}).",
            f"署名のない要求でバケットの一覧を取得できます（{status}）。",
        )
    else:
        yield unknown(
            f"An unsigned request was answered with {status} {code}, maybe for another reason.",
            f"署名のない要求への応答は {status} {code} で、別の理由による可能性があります。",
        )


def presigned(_view: View) -> Iterable[Judgement]:
    """PUB-009: multistore hands out no presigned URL: a sealed object cannot be opened by one."""
    yield passed(
        "multistore hands out no presigned URL and no SAS: who reads goes through the vault.",
        "multistore は署名付き URL や SAS を発行しません。読み取りは必ず vault を経由します。",
        confidence="configuration",
    )


def cors(view: View) -> Iterable[Judgement]:
    """PUB-010: no page of any origin may talk to the bucket."""
    rules = entries(view.answer("GetBucketCors"), "CORSRules")
    open_to_all = [rule for rule in rules if "*" in texts(rule, "AllowedOrigins")]
    if open_to_all:
        yield failed("CORS allows every origin.", "CORS ですべてのオリジンを許可しています。")
    else:
        yield passed("CORS allows no wildcard origin.", "CORS で全オリジンの許可はありません。")


def shared(view: View) -> Iterable[Judgement]:
    """RES-021: neither policy nor ACL lets another account in."""
    faults = [*_foreign_grants(view), *_foreign_statements(view)]
    yield from together(
        faults,
        passed(
            "Neither policy nor ACL lets another account in.",
            "ポリシーと ACL に、別のアカウントへの許可はありません。",
            call="GetBucketPolicy",
        ),
    )


def _foreign_grants(view: View) -> Iterator[Judgement]:
    value = view.read("GetBucketAcl")
    owner = text(value, "Owner", "ID")
    for grant in entries(value, "Grants"):
        grantee = section(grant, "Grantee")
        uri, who = text(grantee, "URI"), text(grantee, "ID")
        if uri in _ANYBODY or uri == _LOG_DELIVERY or (who and who == owner):
            continue
        name = uri or text(grantee, "DisplayName") or who[:12] or "?"
        yield failed(
            f"The ACL grants {text(grant, 'Permission')} to {name}.",
            f"ACL で {name} に {text(grant, 'Permission')} を許可しています。",
            call="GetBucketAcl",
        )


def _foreign_statements(view: View) -> Iterator[Judgement]:
    given = policy(view)
    if not any(statement.effect == "Allow" for statement in given):
        return
    if view.resource.kind != "s3-bucket":
        yield unknown(
            "The policy allows something to somebody; which account that is, only the operator "
            "of this service can say.",
            "ポリシーに許可の文があります。許可の相手は事業者に確認する必要があります。",
            call="GetBucketPolicy",
        )
        return
    for principal, statement in strangers(given, own=view.account()):
        yield failed(
            f"The policy lets {principal} do {', '.join(statement.actions)}"
            f"{f' ({statement.sid})' if statement.sid else ''}.",
            f"ポリシーで {principal} に {'、'.join(statement.actions)} を許可しています"
            f"{f'（{statement.sid}）' if statement.sid else ''}。",
            call="GetBucketPolicy",
        )


def _rule(
    rule: str,
    severity: Severity,
    title: Text,
    reads: tuple[str, ...],
    permission: str,
    *,
    remedy: Text,
    judge: Any,
    cost: Text = _WORLD,
    family: str = "exposure",
    applies_to: tuple[str, ...] = _BUCKETS,
    controls: tuple[str, ...] = ("ISO/IEC 27001 A.8.3",),
    gate: bool = False,
) -> Rule:
    return Rule(
        id=rule,
        severity=severity,
        title=title,
        family=family,
        reads=reads,
        permission=permission,
        whitepaper=("WP-3",),
        controls=controls,
        cost=cost,
        remedy=remedy,
        applies_to=applies_to,
        gate=gate,
        judge=judge,
    )


RULES = (
    _rule(
        "PUB-002",
        Severity.CRITICAL,
        Text("The bucket's public access block", "バケットのパブリックアクセスブロック"),
        ("GetPublicAccessBlock",),
        "s3:GetBucketPublicAccessBlock",
        remedy=Text(
            "aws s3api put-public-access-block --bucket NAME --public-access-block-configuration "
            "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,"
            "RestrictPublicBuckets=true (not BlockPublicAcls on Ceph: it refuses every write)",
            "aws s3api put-public-access-block --bucket NAME --public-access-block-configuration "
            "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,"
            "RestrictPublicBuckets=true（Ceph では書き込みがすべて拒否されるため、"
            "BlockPublicAcls は除いてください）",
        ),
        judge=public_access_block,
    ),
    _rule(
        "PUB-003",
        Severity.CRITICAL,
        Text("The policy is not public", "ポリシーが公開設定でない"),
        ("GetBucketPolicyStatus",),
        "s3:GetBucketPolicyStatus",
        remedy=Text(
            "Take Principal * out of the policy's Allow statements.",
            "ポリシーの Allow から Principal * を除いてください。",
        ),
        judge=policy_status,
    ),
    _rule(
        "PUB-004",
        Severity.CRITICAL,
        Text("The bucket's ACL is private", "バケットの ACL が非公開である"),
        ("GetBucketAcl",),
        "s3:GetBucketAcl",
        remedy=Text(
            "aws s3api put-bucket-acl --bucket NAME --acl private",
            "aws s3api put-bucket-acl --bucket NAME --acl private",
        ),
        judge=acl,
    ),
    _rule(
        "PUB-005",
        Severity.MEDIUM,
        Text("ACLs are switched off", "ACL が無効化されている"),
        ("GetBucketOwnershipControls",),
        "s3:GetBucketOwnershipControls",
        remedy=Text(
            "aws s3api put-bucket-ownership-controls --bucket NAME --ownership-controls "
            "'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'",
            "aws s3api put-bucket-ownership-controls --bucket NAME --ownership-controls "
            "'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'",
        ),
        judge=ownership,
        applies_to=("s3-bucket",),
    ),
    _rule(
        "PUB-006",
        Severity.HIGH,
        Text("No object is public (sample)", "公開されたオブジェクトがない（抽出）"),
        ("ListObjectVersions", "GetObjectAcl"),
        "s3:ListBucketVersions, s3:GetObjectVersionAcl",
        remedy=Text(
            "aws s3api put-object-acl --bucket NAME --key KEY --acl private",
            "aws s3api put-object-acl --bucket NAME --key KEY --acl private",
        ),
        judge=object_acls,
    ),
    _rule(
        "PUB-007",
        Severity.CRITICAL,
        Text("An unsigned request is refused", "署名のない要求が拒否される"),
        (ANONYMOUS,),
        "-",
        remedy=Text(
            "Find what lets everybody in (PUB-002 to PUB-006), and take it away.",
            "公開の原因（PUB-002〜PUB-006）を確認し、取り除いてください。",
        ),
        judge=behaviour,
    ),
    _rule(
        "PUB-009",
        Severity.MEDIUM,
        Text("No presigned URLs", "署名付き URL を発行しない"),
        ("configuration",),
        "-",
        remedy=Text("-", "-"),
        judge=presigned,
        applies_to=(*_BUCKETS, "azure-container"),
        gate=True,
    ),
    _rule(
        "PUB-010",
        Severity.LOW,
        Text("CORS names its origins", "CORS のオリジンが限定されている"),
        ("GetBucketCors",),
        "s3:GetBucketCORS",
        cost=_OTHERS,
        remedy=Text(
            "Name the origins in AllowedOrigins.",
            "AllowedOrigins には個々のオリジンを記載してください。",
        ),
        judge=cors,
    ),
    _rule(
        "RES-021",
        Severity.HIGH,
        Text("No other account is let in", "別のアカウントに許可していない"),
        ("GetBucketPolicy", "GetBucketAcl", "sts:GetCallerIdentity"),
        "s3:GetBucketPolicy, s3:GetBucketAcl",
        cost=_OTHERS,
        remedy=Text(
            "Remove the statement or grant, or hold it to aws:PrincipalOrgID.",
            "該当する許可を削除するか、aws:PrincipalOrgID で限定してください。",
        ),
        judge=shared,
        family="residency",
        controls=("ISO/IEC 27001 A.8.3", "APPI 25", "APPI 28"),
    ),
)
