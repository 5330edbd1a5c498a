"""RES, NET, ENC, LOC, TAB, CAP: what the gate asks before the first byte, asked again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from multistore.compliance.gate import by_gate
from multistore.compliance.judgements import failed, passed, unknown
from multistore.compliance.model import Rule, Severity, Status, Text
from multistore.residency.evidence import Kind
from multistore.residency.rules import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_NETWORKED = ("s3-bucket", "s3-compatible-bucket", "azure-container", "third-party")
_ALL = (*_NETWORKED, "local", "memory")
_S3 = ("s3-bucket",)
_ABROAD = Text(
    "Personal data lies in another country without anybody knowing: APPI 28, and a promise broken.",
    "個人データが気付かないうちに国外に置かれます"
    "（個人情報保護法第 28 条、利用者への約束に反します）。",
)
_ELSEWHERE = Text(
    "Requests, and the bytes in them, go to another place than the one that was checked.",
    "確認した場所とは別の宛先へ、データを含む要求が送られます。",
)
_HEARD = Text(
    "Whoever sits on the way reads and changes what passes.",
    "通信経路上の第三者に、内容の盗聴や改ざんを許します。",
)


def _rule(
    rule: str,
    title: Text,
    *,
    family: str,
    reads: tuple[str, ...],
    cost: Text,
    remedy: Text,
    permission: str = "-",
    whitepaper: tuple[str, ...] = ("WP-1",),
    controls: tuple[str, ...] = (),
    applies_to: tuple[str, ...] = _NETWORKED,
    kinds: tuple[Kind, ...] = (),
) -> Rule:
    return Rule(
        id=rule,
        severity=Severity(SEVERITIES[rule]),
        title=title,
        family=family,
        reads=reads,
        permission=permission,
        whitepaper=whitepaper,
        controls=controls,
        cost=cost,
        remedy=remedy,
        applies_to=applies_to,
        roles=("store",),
        gate=True,
        judge=partial(by_gate, rule=rule, kinds=kinds),
    )


def refused(view: View) -> Iterable[Judgement]:
    """CAP-005: the store may be talked to at all, and its evidence could be had."""
    reasons = view.seen.refusals.get(view.resource.store or "")
    if reasons is not None:
        en = " ".join(reason.say("en") for reason in reasons)
        ja = "".join(reason.say("ja") for reason in reasons)
        advice = next(((r.advise("en"), r.advise("ja")) for r in reasons if r.advise("en")), None)
        yield failed(
            f"Refused before anything is asked: {en}",
            f"問い合わせの前に拒否しました：{ja}",
            remedy=Text(*advice) if advice else Text("", ""),
        )
        return
    failure = view.seen.failures.get(view.resource.id)
    if failure is None:
        yield passed(
            "What was asked of the store was answered, or is reported as unknown.",
            "ストアへの問い合わせはすべて回答を得たか、不明として報告しています。",
            confidence="configuration",
        )
        return
    said = [each for each in by_gate(view, "CAP-005") if each.status is not Status.PASS]
    yield from said or [
        unknown(
            f"Not everything could be asked: {failure}",
            f"一部を確認できませんでした（{failure}）。",
        )
    ]


RULES = (
    _rule(
        "RES-001",
        Text("The bucket is in Tokyo or Osaka", "バケットは東京または大阪リージョンにある"),
        family="residency",
        reads=("HeadBucket", "GetBucketLocation"),
        permission="s3:ListBucket (the header comes on 403, too) or s3:GetBucketLocation",
        controls=(
            "ISO/IEC 27018 A.12.1",
            "ISO/IEC 27001 A.5.14",
            "ISO/IEC 27001 A.5.23",
            "APPI 23, 28, 32",
        ),
        cost=_ABROAD,
        remedy=Text(
            "Make a bucket in Tokyo or Osaka, copy, and erase the old one: "
            "aws s3api create-bucket --bucket NAME --create-bucket-configuration "
            "LocationConstraint=ap-northeast-1",
            "東京または大阪に新しいバケットを作成して移行し、元のバケットを消去してください："
            "aws s3api create-bucket --bucket NAME --create-bucket-configuration "
            "LocationConstraint=ap-northeast-1",
        ),
        applies_to=_S3,
        kinds=(Kind.SERVICE,),
    ),
    _rule(
        "RES-002",
        Text(
            "No directory bucket or Local Zone outside Japan",
            "国外のローカルゾーンやディレクトリバケットを使っていない",
        ),
        family="residency",
        reads=("HeadBucket",),
        permission="s3:ListBucket",
        cost=_ABROAD,
        remedy=Text(
            "Use a bucket in an availability zone of Tokyo or Osaka.",
            "東京または大阪のアベイラビリティーゾーンのバケットを使ってください。",
        ),
        applies_to=_S3,
        kinds=(Kind.SERVICE,),
    ),
    _rule(
        "RES-003",
        Text("The bucket is not on an Outpost", "バケットは Outposts 上にない"),
        family="residency",
        reads=("configuration",),
        cost=_ABROAD,
        remedy=Text(
            "Name an ordinary bucket: an Outpost stands wherever its owner put it.",
            "通常のバケットを指定してください。Outposts の設置場所は利用者次第で、確認できません。",
        ),
        applies_to=_S3,
    ),
    _rule(
        "NET-001",
        Text("Every request names a pinned host", "要求の宛先はすべて固定したホストに限られる"),
        family="network",
        reads=("configuration",),
        whitepaper=("WP-1", "WP-2"),
        cost=_ELSEWHERE,
        remedy=Text(
            "Write the endpoint as the operator documents it.",
            "エンドポイントを事業者の公表どおりに記載してください。",
        ),
    ),
    _rule(
        "NET-003",
        Text(
            "No environment variable or profile overrides the endpoint",
            "環境変数やプロファイルで接続先が上書きされない",
        ),
        family="network",
        reads=("environment",),
        cost=_ELSEWHERE,
        remedy=Text("Unset the variable.", "該当する環境変数を削除してください。"),
        kinds=(Kind.ENVIRONMENT,),
    ),
    _rule(
        "NET-004",
        Text("The region is stated once, or twice alike", "リージョンの指定が食い違っていない"),
        family="network",
        reads=("environment",),
        cost=_ELSEWHERE,
        remedy=Text(
            "Unset AWS_REGION and AWS_DEFAULT_REGION, or set them to the configured region.",
            "AWS_REGION と AWS_DEFAULT_REGION を削除するか、設定と同じ値にしてください。",
        ),
        kinds=(Kind.ENVIRONMENT,),
    ),
    _rule(
        "NET-005",
        Text("No proxy that the configuration does not name", "設定にないプロキシを経由しない"),
        family="network",
        reads=("environment",),
        whitepaper=("WP-2",),
        cost=_HEARD,
        remedy=Text(
            "Unset the proxy variable, or name the proxy: [vault] proxy = …",
            "プロキシの環境変数を削除するか、[vault] の proxy に記載してください。",
        ),
        kinds=(Kind.ENVIRONMENT,),
    ),
    _rule(
        "NET-006",
        Text("Every address lies in a range in Japan", "接続先のアドレスは国内の範囲にある"),
        family="network",
        reads=("getaddrinfo",),
        cost=_ELSEWHERE,
        remedy=Text(
            'Look at the name server, or give newer ranges: [vault] address_ranges = ["…"]',
            "名前解決を確認するか、新しい範囲の一覧を "
            "[vault] の address_ranges で指定してください。",
        ),
        applies_to=("s3-bucket", "azure-container"),
        kinds=(Kind.ADDRESSES,),
    ),
    _rule(
        "NET-008",
        Text(
            "The certificate is for this host, from the claimed issuer", "証明書が接続先と一致する"
        ),
        family="network",
        reads=("TLS handshake",),
        whitepaper=("WP-2",),
        cost=_HEARD,
        remedy=Text(
            "Ask the operator why the certificate changed, and renew the claim.",
            "証明書が変わった理由を事業者に確認し、申告の内容を更新してください。",
        ),
        kinds=(Kind.TLS,),
    ),
    _rule(
        "NET-011",
        Text("Credentials come from the usual place", "認証情報の取得先が変更されていない"),
        family="network",
        reads=("environment",),
        whitepaper=("WP-3",),
        cost=Text(
            "Whoever runs the other place gets the credentials, or hands out wrong ones.",
            "別の取得先に、認証情報が渡るおそれがあります。",
        ),
        remedy=Text("Unset the variable.", "該当する環境変数を削除してください。"),
        kinds=(Kind.ENVIRONMENT,),
    ),
    _rule(
        "NET-012",
        Text("The SDK's telemetry stays here", "SDK のテレメトリーが外部へ送られない"),
        family="network",
        reads=("environment",),
        whitepaper=("WP-3",),
        cost=Text(
            "Call metrics with bucket names go to another host.",
            "バケット名を含む利用状況が、別のホストへ送られます。",
        ),
        remedy=Text("unset AWS_CSM_ENABLED AWS_CSM_HOST", "unset AWS_CSM_ENABLED AWS_CSM_HOST"),
        kinds=(Kind.ENVIRONMENT,),
    ),
    _rule(
        "NET-014",
        Text("The bucket is named plainly", "バケットが通常の名前で指定されている"),
        family="network",
        reads=("configuration",),
        cost=_ELSEWHERE,
        remedy=Text(
            "Write the bucket's own name, not an ARN, a URL or an alias.",
            "ARN・URL・エイリアスではなく、バケット名そのものを記載してください。",
        ),
    ),
    _rule(
        "ENC-005",
        Text(
            "TLS 1.2 or later, with sound suites and keys", "TLS 1.2 以上で、安全な暗号と鍵を使う"
        ),
        family="encryption",
        reads=("TLS handshake",),
        whitepaper=("WP-2",),
        controls=("CRYPTREC GL-3001", "ISO/IEC 27001 A.8.24", "ISO/IEC 27018 A.11.6"),
        cost=_HEARD,
        remedy=Text(
            "Ask the operator for TLS 1.2 or 1.3.",
            "TLS 1.2 または 1.3 への対応を事業者に依頼してください。",
        ),
        kinds=(Kind.TLS,),
    ),
    _rule(
        "ENC-006",
        Text(
            "https, with certificates checked against the system's authorities",
            "https を使い、証明書を検証している",
        ),
        family="encryption",
        reads=("configuration", "environment"),
        whitepaper=("WP-2",),
        controls=("ISO/IEC 27001 A.8.24",),
        cost=_HEARD,
        remedy=Text(
            "Unset the variable; write https:// in the endpoint.",
            "該当する環境変数を削除し、エンドポイントには https:// を記載してください。",
        ),
    ),
    _rule(
        "LOC-001",
        Text("The bytes stay on this machine", "データがこのマシンの中にとどまる"),
        family="residency",
        reads=("/proc/self/mountinfo", "getaddrinfo"),
        cost=_ABROAD,
        remedy=Text(
            "Use a directory on a disk of this machine, or claim a placement for the mount.",
            "このマシンのディスクを使うか、マウント先の所在地を placement で申告してください。",
        ),
        applies_to=_ALL,
        kinds=(Kind.MACHINE,),
    ),
    _rule(
        "TAB-001",
        Text(
            "The endpoint is in the table, in Japan", "エンドポイントが国内のものとして一覧にある"
        ),
        family="residency",
        reads=("table of providers",),
        cost=_ABROAD,
        remedy=Text(
            "Use an endpoint that the operator documents for Japan, or claim a placement.",
            "国内向けと公表されているエンドポイントを使うか、"
            "placement で所在地を申告してください。",
        ),
        kinds=(Kind.ROW,),
    ),
    Rule(
        id="CAP-005",
        severity=Severity.HIGH,
        title=Text("The store could be looked at", "ストアを確認できた"),
        family="evidence",
        reads=("configuration",),
        permission="-",
        whitepaper=(),
        controls=("IPE completeness",),
        cost=Text(
            "What was not looked at is taken for what is in order.",
            "確認していないものを、問題がないものと取り違えます。",
        ),
        remedy=Text(
            "Correct the entry of the store, or remove it.",
            "ストアの設定を修正するか、削除してください。",
        ),
        applies_to=_ALL,
        roles=("store",),
        gate=True,
        judge=refused,
    ),
)
