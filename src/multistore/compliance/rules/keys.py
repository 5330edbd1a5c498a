"""KEY-*: the keys with which a cloud encrypts a bucket: where they are, and who may use them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from multistore.compliance import arns, policies
from multistore.compliance.answers import entries, section, text, texts
from multistore.compliance.collect.leads import keys
from multistore.compliance.judgements import failed, not_asked, passed, together, unknown
from multistore.compliance.model import Rule, Severity, Text
from multistore.compliance.reading import listed, part
from multistore.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_A_REGION = re.compile(r"(?:^|\.)([a-z]{2}(?:-[a-z]+)+-\d)(?:\.|$)")
_KEYS = ("kms-key",)
_ENCRYPTION = "GetBucketEncryption"


def _region(view: View) -> str | None:
    named = arns.parse(view.resource.id)
    return named.region if named else view.resource.region


def _account(view: View) -> str:
    named = arns.parse(view.resource.id)
    return named.account if named else text(_metadata(view), "AWSAccountId")


def _metadata(view: View) -> Mapping[str, Any]:
    return part(view, "kms:DescribeKey", "KeyMetadata")


def _abroad(view: View) -> Judgement | None:
    """A key outside Japan is not asked about; KEY-001 says what is wrong with it."""
    region = _region(view)
    if region is None or arns.in_japan(region):
        return None
    return not_asked(
        f"The key is in {region}, which KEY-001 reports; nothing further is asked there.",
        f"鍵は {region} にあります（KEY-001 が報告します）。国外の鍵にはこれ以上問い合わせません。",
    )


def place(view: View) -> Iterable[Judgement]:
    """KEY-001: the key and every replica of it are in Japan."""
    if view.resource.kind == "s3-bucket":
        yield from _named(view)
        return
    region = _region(view)
    if region is not None and not arns.in_japan(region):
        yield failed(
            f"The key {view.resource.id} is in {region}, outside Japan.",
            f"鍵 {view.resource.id} は国外（{region}）にあります。",
        )
        return
    several = section(_metadata(view), "MultiRegionConfiguration")
    others = [section(several, "PrimaryKey"), *entries(several, "ReplicaKeys")]
    regions = [text(one, "Region") for one in others if one]
    outside = sorted({one for one in regions if not arns.in_japan(one)})
    where = ", ".join(outside)
    yield from together(
        [
            failed(
                f"The multi-Region key has its like in {where}: whoever holds that copy opens "
                "what this one sealed.",
                f"マルチリージョンキーの複製が {where} にあります。"
                "そこでも同じ暗号文を復号できます。",
            )
        ]
        if outside
        else [],
        passed(
            f"The key is in {region or 'Japan'} and has no replica outside Japan.",
            f"鍵は {region or '国内'} にあり、国外に複製はありません。",
        ),
    )


def _named(view: View) -> Iterable[Judgement]:
    """Judge the keys that a bucket names by their names; each is looked at by itself as well."""
    view.read(_ENCRYPTION)
    answer = view.look(_ENCRYPTION)
    named = list(keys({_ENCRYPTION: answer})) if answer is not None else []
    if not named:
        return [
            not_asked(
                "The bucket names no key of its own: S3's are of its own region.",
                "バケットに固有の鍵の指定はなく、同じリージョンの S3 の鍵が使われます。",
            )
        ]
    abroad = [key for key in named if (arn := arns.parse(key)) and not arns.in_japan(arn.region)]
    return together(
        [
            failed(
                f"The bucket is encrypted with {key}, outside Japan.",
                f"バケットは国外の鍵 {key} で暗号化されます。",
            )
            for key in abroad
        ],
        passed(
            f"The bucket names keys in Japan only ({', '.join(named)}).",
            f"バケットが指定する鍵は国内のものだけです（{', '.join(named)}）。",
        ),
    )


def material(view: View) -> Iterable[Judgement]:
    """KEY-002: the key's material was made, and is kept, where the key is."""
    if abroad := _abroad(view):
        return [abroad]
    origin = text(_metadata(view), "Origin")
    if origin == "AWS_KMS":
        return [
            passed(
                "AWS KMS made the key's material and keeps it.",
                "鍵素材は AWS KMS が生成し、保管しています。",
            )
        ]
    if origin == "AWS_CLOUDHSM":
        # The cluster of a key store is in the key's own region (AWS KMS Developer Guide,
        # "AWS CloudHSM key stores").
        return [
            passed(
                "The material is in a CloudHSM cluster of the key's own region.",
                "鍵素材は同じリージョンの CloudHSM クラスターにあります。",
                confidence="corroborated",
            )
        ]
    if origin == "EXTERNAL_KEY_STORE":
        return _external_stores(view)
    return [
        unknown(
            f"The key's material was imported (origin {origin}): no call says where it was made "
            "and where its other copies are.",
            f"鍵素材は持ち込まれたものです（Origin: {origin}）。"
            "どこで生成され、ほかに写しがあるかは API では分かりません。",
        )
    ]


def _external_stores(view: View) -> list[Judgement]:
    found: list[Judgement] = []
    for store in listed(view, "kms:DescribeCustomKeyStores", "CustomKeyStores"):
        endpoint = text(store, "XksProxyConfiguration", "UriEndpoint")
        host = endpoint.removeprefix("https://") or "?"
        region = _A_REGION.search(host)
        if region and not arns.in_japan(region[1]):
            found.append(
                failed(
                    f"The external key store's proxy {host} is in {region[1]}, outside Japan.",
                    f"外部キーストアのプロキシ {host} は国外（{region[1]}）にあります。",
                )
            )
        else:
            found.append(
                unknown(
                    f"The key is kept outside AWS, behind the proxy {host}: no call says where "
                    "that stands.",
                    f"鍵は AWS の外にあり、プロキシ {host} の先で保管されています。"
                    "その所在地は API では分かりません。",
                )
            )
    return together(
        found,
        unknown(
            "The key is kept outside AWS, and its key store is not listed.",
            "鍵は AWS の外で保管されていますが、そのキーストアが一覧にありません。",
        ),
    )


def strangers(view: View) -> Iterable[Judgement]:
    """KEY-003: neither the key's policy nor a grant lets another account in."""
    if abroad := _abroad(view):
        return [abroad]
    return together(
        [*_by_policy(view), *_by_grant(view)],
        passed(
            "The key's policy and grants name this account and AWS's own services only.",
            "キーポリシーと許可（グラント）の相手は、自アカウントと AWS のサービスだけです。",
        ),
    )


def _by_policy(view: View) -> Iterator[Judgement]:
    try:
        policy = policies.statements(text(view.read("kms:GetKeyPolicy"), "Policy"))
    except FormatError:
        yield unknown(
            "The key's policy is not a policy that can be read.",
            "キーポリシーを解釈できませんでした。",
            call="kms:GetKeyPolicy",
        )
        return
    for principal, statement in policies.strangers(policy, own=_account(view)):
        actions = ", ".join(statement.actions[:3])
        yield failed(
            f"The key's policy allows {principal}: {actions}.",
            f"キーポリシーが {principal} に {actions} を許可しています。",
            call="kms:GetKeyPolicy",
        )


def _by_grant(view: View) -> Iterator[Judgement]:
    own = _account(view)
    for grant in listed(view, "kms:ListGrants", "Grants"):
        principal = text(grant, "GranteePrincipal")
        named = arns.parse(principal)
        account = named.account if named else principal
        service = principal.endswith(".amazonaws.com")
        if principal and not service and account != own:
            operations = ", ".join(texts(grant, "Operations")[:3])
            yield failed(
                f"A grant lets {principal} use the key: {operations}.",
                f"グラントにより {principal} が鍵を使えます（{operations}）。",
                call="kms:ListGrants",
            )


def state(view: View) -> Iterable[Judgement]:
    """KEY-004: the key is enabled, is not about to be deleted, and rotates."""
    if abroad := _abroad(view):
        yield abroad
        return
    metadata = _metadata(view)
    now = text(metadata, "KeyState")
    if now != "Enabled":
        ends = text(metadata, "DeletionDate")
        until = f" (it is deleted on {ends})" if ends else ""
        until_ja = f"（削除予定: {ends}）" if ends else ""
        yield failed(
            f"The key's state is {now}{until}: what it sealed cannot be opened.",
            f"鍵の状態は {now} です{until_ja}。この鍵で暗号化したデータは復号できません。",
            call="kms:DescribeKey",
        )
    elif text(metadata, "Origin") != "AWS_KMS":
        yield passed(
            "The key is enabled; a key of foreign material does not rotate by itself.",
            "鍵は有効です。持ち込みの鍵素材は自動ではローテーションされません。",
        )
    elif view.read("kms:GetKeyRotationStatus").get("KeyRotationEnabled") is True:
        yield passed("The key is enabled and rotates.", "鍵は有効で、自動ローテーションします。")
    else:
        yield failed("The key does not rotate.", "鍵の自動ローテーションが無効です。")


RULES = (
    Rule(
        id="KEY-001",
        severity=Severity.CRITICAL,
        title=Text(
            "The encryption key and its replicas are in Japan",
            "暗号鍵とその複製が日本国内にあること",
        ),
        family="keys",
        reads=(_ENCRYPTION, "kms:DescribeKey"),
        permission="s3:GetEncryptionConfiguration, kms:DescribeKey",
        whitepaper=("WP-1", "WP-2"),
        controls=("ISO/IEC 27001 A.8.24",),
        cost=Text(
            "Data that lies in Japan can be opened abroad, and cannot be opened in Japan once the "
            "key abroad is gone.",
            "国内にあるデータが国外の鍵で開けてしまい、国外の鍵が失われると国内でも開けません。",
        ),
        remedy=Text(
            "Create a single-Region key in Tokyo or Osaka, encrypt the bucket anew with it, then "
            "delete the replica: aws kms create-key --region ap-northeast-1",
            "東京または大阪にシングルリージョンキーを作成し、バケットを再暗号化してから、"
            "国外の複製を削除します: aws kms create-key --region ap-northeast-1",
        ),
        applies_to=("s3-bucket", *_KEYS),
        judge=place,
    ),
    Rule(
        id="KEY-002",
        severity=Severity.HIGH,
        title=Text(
            "The key's material is kept where the key is",
            "鍵素材が鍵と同じ場所で保管されていること",
        ),
        family="keys",
        reads=("kms:DescribeKey", "kms:DescribeCustomKeyStores"),
        permission="kms:DescribeKey, kms:DescribeCustomKeyStores",
        whitepaper=("WP-2",),
        controls=("ISO/IEC 27001 A.8.24",),
        cost=Text(
            "Whoever keeps the material, and wherever, can open the data.",
            "鍵素材を保管する者は、どこにいてもデータを開けます。",
        ),
        remedy=Text(
            "Use a key whose origin is AWS_KMS, or record where the key store stands, and waive "
            "this rule with that reason.",
            "Origin が AWS_KMS の鍵を使うか、キーストアの所在地を記録したうえで、"
            "理由を添えて適用除外としてください。",
        ),
        applies_to=_KEYS,
        judge=material,
    ),
    Rule(
        id="KEY-003",
        severity=Severity.HIGH,
        title=Text("No other account may use the key", "ほかのアカウントが鍵を使えないこと"),
        family="keys",
        reads=("kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListGrants"),
        permission="kms:DescribeKey, kms:GetKeyPolicy, kms:ListGrants",
        whitepaper=("WP-3",),
        controls=("ISO/IEC 27001 A.8.3", "ISO/IEC 27001:2022 A.8.24"),
        cost=Text(
            "Somebody outside can decrypt, or can lock you out.",
            "外部の者が復号でき、あるいは利用者を締め出せます。",
        ),
        remedy=Text(
            "Take the principal out of the policy (aws kms put-key-policy), and revoke the grant: "
            "aws kms revoke-grant --key-id KEY --grant-id GRANT",
            "キーポリシーからその相手を外し（aws kms put-key-policy）、グラントを取り消します: "
            "aws kms revoke-grant --key-id KEY --grant-id GRANT",
        ),
        applies_to=_KEYS,
        judge=strangers,
    ),
    Rule(
        id="KEY-004",
        severity=Severity.MEDIUM,
        title=Text("The key is enabled and rotates", "鍵が有効で、自動ローテーションすること"),
        family="keys",
        reads=("kms:DescribeKey", "kms:GetKeyRotationStatus"),
        permission="kms:DescribeKey, kms:GetKeyRotationStatus",
        whitepaper=("WP-2", "WP-4"),
        controls=("ISO/IEC 27001 A.8.24",),
        cost=Text(
            "A key that is disabled or deleted makes every object under it unreadable.",
            "鍵が無効化または削除されると、その鍵で暗号化したすべてのデータを読めなくなります。",
        ),
        remedy=Text(
            "aws kms cancel-key-deletion, aws kms enable-key, aws kms enable-key-rotation "
            "--key-id KEY",
            "aws kms cancel-key-deletion、aws kms enable-key、aws kms enable-key-rotation "
            "--key-id KEY を実行します。",
        ),
        applies_to=_KEYS,
        judge=state,
    ),
)
