"""ENC-*: at rest and on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance.answers import entries, number, section, text, texts
from multistore.compliance.bucket_policies import demands_tls, policy
from multistore.compliance.judgements import failed, not_asked, passed, unknown
from multistore.compliance.model import PLAIN_HTTP, Rule, Severity, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_S3 = ("s3-bucket",)
_BUCKETS = ("s3-bucket", "s3-compatible-bucket")
_APPROVED = frozenset({"AES256", "aws:kms", "aws:kms:dsse"})
"""SSE-S3 and SSE-KMS: AES-256 in GCM, which CRYPTREC's list recommends."""


def at_rest(view: View) -> Iterable[Judgement]:
    """ENC-001: what is stored is encrypted by default, with an approved algorithm."""
    value = view.answer("GetBucketEncryption")
    rules = entries(value, "ServerSideEncryptionConfiguration", "Rules")
    used = [
        text(section(rule, "ApplyServerSideEncryptionByDefault"), "SSEAlgorithm") for rule in rules
    ]
    if value is None or not any(used):
        yield failed(
            "No encryption is configured by default.", "既定の暗号化が設定されていません。"
        )
    elif all(algorithm in _APPROVED for algorithm in used):
        yield passed(
            f"Encrypted by default with {', '.join(used)}.",
            f"既定で {'、'.join(used)} により暗号化されます。",
        )
    else:
        yield failed(
            f"Encrypted by default with {', '.join(used)}, which is no approved algorithm.",
            f"既定の暗号化方式（{'、'.join(used)}）は推奨されたものではありません。",
        )


def acknowledged(_view: View) -> Iterable[Judgement]:
    """ENC-002: no store's word is needed: every object is sealed before it leaves."""
    yield passed(
        "Every object is sealed (AES-256-GCM) before it leaves this process, so nothing rests on "
        "what the store acknowledges.",
        "すべてのオブジェクトは送信前に封緘（AES-256-GCM）されるため、"
        "ストア側の暗号化の応答には依存しません。",
        confidence="configuration",
    )


def customer_keys(view: View) -> Iterable[Judgement]:
    """ENC-003: nobody stores objects under a key that only the client knows (SSE-C)."""
    value = view.answer("GetBucketEncryption")
    rules = entries(value, "ServerSideEncryptionConfiguration", "Rules")
    blocked = {
        kind
        for rule in rules
        for kind in texts(section(rule, "BlockedEncryptionTypes"), "EncryptionType")
    }
    if "SSE-C" in blocked:
        yield passed("SSE-C is blocked.", "SSE-C（利用者提供の鍵）は禁止されています。")
    else:
        yield failed(
            "SSE-C is not blocked: what is stored so cannot be read, listed by content or checked "
            "by its owner.",
            "SSE-C（利用者提供の鍵）が禁止されていません。"
            "この方式で保存されたデータは、管理者が内容を確認できません。",
        )


def transport(view: View) -> Iterable[Judgement]:
    """ENC-004: plain http is denied by policy, and by behaviour where that can be seen."""
    answer = view.look(PLAIN_HTTP)
    served = number(answer.value, "Status") if answer and answer.status == "read" else None
    if served is not None and served < 300:
        yield failed(
            f"An unsigned request over plain http was served ({served}).",
            f"暗号化されていない http の要求に応答しました（{served}）。",
            call=PLAIN_HTTP,
        )
        return
    if view.resource.kind == "s3-compatible-bucket":
        yield _behaviour(view, served)
        return
    if demands_tls(policy(view), view.resource.name):
        yield passed(
            "The policy denies plain http to everybody, on the bucket and its objects.",
            "バケットポリシーで、すべての利用者に対し http による要求を拒否しています。",
            call="GetBucketPolicy",
        )
    else:
        yield failed(
            "The policy does not deny plain http to everybody for every action on the bucket and "
            "its objects.",
            "http による要求を、すべての利用者・操作・対象について拒否するポリシーがありません。",
            call="GetBucketPolicy",
        )


def _behaviour(view: View, served: int | None) -> Judgement:
    """Judge a service whose policies prove nothing: Ceph 16 stores this one and serves on."""
    answer = view.look(PLAIN_HTTP)
    if answer is None:
        return unknown(
            "Whether plain http is refused was not tried.",
            "http が拒否されるかどうかを確認していません。",
        )
    if answer.status == "absent":
        return passed(
            f"Plain http is not served: {answer.why}.",
            f"http では応答しません（{answer.why}）。",
            call=PLAIN_HTTP,
            confidence="network",
        )
    if answer.why == "loopback":
        return not_asked(
            "The endpoint is this machine: nothing goes over a network.",
            "接続先がこのマシンのため、ネットワークを経由しません。",
            call=PLAIN_HTTP,
        )
    if served is not None and 300 <= served < 400:
        return passed(
            "Plain http is only redirected.",
            "http の要求は転送されるのみです。",
            call=PLAIN_HTTP,
            confidence="network",
        )
    return unknown(
        f"Port 80 answers ({served or answer.why}); whether it would serve a signed request, no "
        "policy of such a service proves.",
        f"80 番ポートが応答しました（{served or answer.why}）。"
        "署名付きの要求を http で受け付けないことは、確認できません。",
        call=PLAIN_HTTP,
    )


_READ_AT_REST = Text(
    "Whoever gets hold of a disk reads what multistore did not write.",
    "ディスクを入手した第三者に、multistore 以外が書き込んだデータを読まれます。",
)

RULES = (
    Rule(
        id="ENC-001",
        severity=Severity.HIGH,
        title=Text("Encrypted at rest by default", "既定で保存時に暗号化される"),
        family="encryption",
        reads=("GetBucketEncryption",),
        permission="s3:GetEncryptionConfiguration",
        whitepaper=("WP-2",),
        controls=("ISO/IEC 27001 A.8.24", "ISO/IEC 27017 10.1"),
        cost=_READ_AT_REST,
        remedy=Text(
            "aws s3api put-bucket-encryption --bucket NAME --server-side-encryption-configuration "
            '\'{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}\'',
            "aws s3api put-bucket-encryption --bucket NAME --server-side-encryption-configuration "
            '\'{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}\'',
        ),
        applies_to=_BUCKETS,
        judge=at_rest,
    ),
    Rule(
        id="ENC-002",
        severity=Severity.CRITICAL,
        title=Text("No write depends on the store's encryption", "暗号化をストアに依存しない"),
        family="encryption",
        reads=("configuration",),
        permission="-",
        whitepaper=("WP-2",),
        controls=("ISO/IEC 27001 A.8.24",),
        cost=_READ_AT_REST,
        remedy=Text("-", "-"),
        applies_to=(*_BUCKETS, "azure-container", "third-party", "local", "memory"),
        roles=("store",),
        gate=True,
        judge=acknowledged,
    ),
    Rule(
        id="ENC-003",
        severity=Severity.MEDIUM,
        title=Text("SSE-C is blocked", "SSE-C が禁止されている"),
        family="encryption",
        reads=("GetBucketEncryption",),
        permission="s3:GetEncryptionConfiguration",
        whitepaper=("WP-2",),
        controls=("ISO/IEC 27001 A.8.24",),
        cost=Text(
            "An attacker re-encrypts objects under a key of his own, and asks for money.",
            "攻撃者に自身の鍵で再暗号化され、身代金を要求されるおそれがあります。",
        ),
        remedy=Text(
            "Add BlockedEncryptionTypes={EncryptionType=[SSE-C]} to the bucket's encryption rule.",
            "バケットの暗号化設定に BlockedEncryptionTypes={EncryptionType=[SSE-C]} を"
            "追加してください。",
        ),
        applies_to=_S3,
        judge=customer_keys,
    ),
    Rule(
        id="ENC-004",
        severity=Severity.HIGH,
        title=Text("TLS only", "TLS 以外の通信を拒否する"),
        family="encryption",
        reads=("GetBucketPolicy", PLAIN_HTTP),
        permission="s3:GetBucketPolicy",
        whitepaper=("WP-2",),
        controls=("ISO/IEC 27001 A.8.24", "ISO/IEC 27018 A.11.6"),
        cost=Text(
            "A client that is set up wrongly sends data, and its signature, in the clear.",
            "設定を誤った利用者のデータが、平文で送信されます。",
        ),
        remedy=Text(
            "Add a statement: Deny, Principal *, Action s3:*, Resource the bucket and its objects, "
            'Condition {"Bool":{"aws:SecureTransport":"false"}}.',
            "ポリシーに、Deny・Principal *・Action s3:*・Resource バケットと全オブジェクト・"
            'Condition {"Bool":{"aws:SecureTransport":"false"}} の文を追加してください。',
        ),
        applies_to=_BUCKETS,
        judge=transport,
    ),
)
