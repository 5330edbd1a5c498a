"""AZE, AZP, AZR-008: how a storage account is encrypted, and who may reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from multistore.compliance.answers import entries, section, text, texts
from multistore.compliance.azure_view import account_of, azure_rule, emulated, properties
from multistore.compliance.collect.azure_account import (
    ACCOUNT,
    HSMS,
    KEY_VAULTS,
    SCOPES,
)
from multistore.compliance.collect.azure_data import ACL, ANONYMOUS
from multistore.compliance.gate import by_gate
from multistore.compliance.judgements import failed, passed, together, unknown
from multistore.compliance.model import Severity, Text
from multistore.compliance.reading import listed, part
from multistore.residency.evidence import Kind
from multistore.residency.ranges import REGIONS_IN_JAPAN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_JAPAN = REGIONS_IN_JAPAN["azure"]


def transport(view: View) -> Iterable[Judgement]:
    """AZE-001: the account wants https and TLS 1.2, by its owner's side and no guess."""
    if local := emulated(view):
        return [local]
    properties(view)
    return by_gate(view, "AZE-001", kinds=(Kind.SERVICE,))


def twice(view: View) -> Iterable[Judgement]:
    """AZE-002: the account is encrypted a second time below the service."""
    if local := emulated(view):
        return [local]
    encryption = section(properties(view), "encryption")
    if encryption.get("requireInfrastructureEncryption") is True:
        return [
            passed(
                "The account is encrypted in its infrastructure too.",
                "インフラストラクチャ暗号化が有効です。",
            )
        ]
    return [
        failed(
            "The account is encrypted once, by the service alone.",
            "インフラストラクチャ暗号化が無効です（サービス側の暗号化のみ）。",
        )
    ]


def keys(view: View) -> Iterable[Judgement]:
    """AZR-008: every key of the owner's own is in a vault in Japan."""
    if local := emulated(view):
        return [local]
    return together(
        _keys(view),
        passed(
            "Every key is the service's own, or in a vault in Japan.",
            "鍵はサービスが管理するもの、または国内の Key Vault のものだけです。",
            call=ACCOUNT,
        ),
    )


def _keys(view: View) -> Iterator[Judgement]:
    for uri, what in _uris(view):
        host = (urlsplit(uri).hostname or "").lower()
        places = list(_places(view, host)) if host else []
        if not places:
            yield unknown(
                f"The key of {what} is in {host or '?'}, and it is not known where that vault is.",
                f"{what} の鍵がある {host or '?'} の所在地が分かりません。",
                call=KEY_VAULTS,
            )
        outside = sorted(set(places) - _JAPAN)
        if outside:
            named = ", ".join(outside)
            yield failed(
                f"The key of {what} is in {host}, which is in {named}, outside Japan.",
                f"{what} の鍵がある {host} は国外（{named}）にあります。",
                call=KEY_VAULTS,
            )


def _uris(view: View) -> Iterator[tuple[str, str]]:
    """Give the vault of every key of the owner's own, and what it encrypts."""
    encryption = part(account_of(view), ACCOUNT, "properties", "encryption")
    if text(encryption, "keySource").lower() == "microsoft.keyvault":
        yield text(encryption, "keyvaultproperties", "keyvaulturi"), view.resource.name
    for scope in listed(view, SCOPES, "value"):
        if text(scope, "properties", "source").lower() == "microsoft.keyvault":
            yield text(scope, "properties", "keyVaultProperties", "keyUri"), text(scope, "name")


def _places(view: View, host: str) -> Iterator[str]:
    if host.endswith(".managedhsm.azure.net"):
        for hsm in listed(view, HSMS, "value"):
            if urlsplit(text(hsm, "properties", "hsmUri")).hostname == host:
                yield text(hsm, "location")
                yield from (text(r, "name") for r in entries(hsm, "properties", "regions"))
        return
    for vault in listed(view, KEY_VAULTS, "value"):
        if urlsplit(text(vault, "properties", "vaultUri")).hostname == host:
            yield text(vault, "location")


def anonymous(view: View) -> Iterable[Judgement]:
    """AZP-001: nobody reads without saying who he is, by setting and by trying."""
    if view.resource.kind == "azure-account":
        yield from _account_anonymous(view)
        return
    if view.answer(ANONYMOUS) is not None:
        yield failed(
            "The container answered a listing to somebody who did not say who he is.",
            "認証なしの要求に、コンテナーの一覧が返されました。",
            call=ANONYMOUS,
        )
        return
    level = text(part(view, ACL), "publicAccess")
    if level != "none":
        yield failed(
            f"The container is public (level {level}).",
            f"コンテナーが公開されています（レベル: {level}）。",
            call=ACL,
        )
        return
    yield passed(
        "The container is private, and refused a listing to nobody in particular.",
        "コンテナーは非公開で、認証なしの要求を拒否しました。",
        call=ANONYMOUS,
    )


def _account_anonymous(view: View) -> list[Judgement]:
    if local := emulated(view):
        return [local]
    if properties(view).get("allowBlobPublicAccess") is False:
        return [
            passed(
                "The account forbids public containers.",
                "アカウントはコンテナーの公開を禁止しています。",
            )
        ]
    return [
        failed(
            "The account lets a container be made public (allowBlobPublicAccess is not false).",
            "コンテナーの公開が禁止されていません（allowBlobPublicAccess が false でない）。",
        )
    ]


_DOORS = {
    "isLocalUserEnabled": ("local users", "ローカルユーザー"),
    "isSftpEnabled": ("SFTP", "SFTP"),
    "isNfsV3Enabled": ("NFS", "NFS"),
}


def doors(view: View) -> Iterable[Judgement]:
    """AZP-002: the account is entered by Entra ID alone: no shared key, local user, SFTP, NFS."""
    if local := emulated(view):
        return [local]
    said = properties(view)
    found: list[Judgement] = []
    if said.get("allowSharedKeyAccess") is not False:
        created = sorted(v for v in section(said, "keyCreationTime").values() if v)
        since = f" (the older since {created[0]})" if created else ""
        since_ja = f"（古い方は {created[0]} に作成）" if created else ""
        found.append(
            failed(
                f"Whoever has one of the account's keys{since} may do everything.",
                f"アカウントキー{since_ja}による全権アクセスが許可されています。",
            )
        )
    for setting, (en, ja) in _DOORS.items():
        if said.get(setting) is True:
            found.append(
                failed(f"The account lets {en} in ({setting}).", f"{ja}が有効です（{setting}）。")
            )
    return together(
        found,
        passed("The account is entered by Entra ID alone.", "認証は Entra ID のみです。"),
    )


def network(view: View) -> Iterable[Judgement]:
    """AZP-003: the account refuses networks that are not named, and no other tenant's resources."""
    if local := emulated(view):
        return [local]
    return together(
        _network(view),
        passed(
            "The account answers only to networks that are named.",
            "アカウントは、許可したネットワークにのみ応答します。",
        ),
    )


def _network(view: View) -> Iterator[Judgement]:
    said = properties(view)
    closed = text(said, "publicNetworkAccess") in ("Disabled", "SecuredByPerimeter")
    if not closed and text(said, "networkAcls", "defaultAction") != "Deny":
        yield failed(
            "The account answers to the whole internet (defaultAction is not Deny).",
            "インターネット全体からの接続を受け付けます（defaultAction が Deny ではありません）。",
        )
    own = text(account_of(view).read(ACCOUNT), "tenantId")
    for rule in entries(said, "networkAcls", "resourceAccessRules"):
        tenant = text(rule, "tenantId")
        if tenant != own:
            yield failed(
                f"Resources of the tenant {tenant} pass the firewall.",
                f"テナント {tenant} のリソースがファイアウォールを通過できます。",
            )
    wide = [
        value
        for rule in entries(said, "networkAcls", "ipRules")
        for value in texts(rule, "value")
        if value in ("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1")
    ]
    if wide:
        yield failed(
            f"The firewall lets {', '.join(wide)} in, which is everybody.",
            f"ファイアウォールが {', '.join(wide)} を許可しており、制限になっていません。",
        )


_READ = Text("Whoever finds the way in reads the data.", "経路を見つけた者に、データを読まれます。")
_UPDATE = "az storage account update --name ACCOUNT"

RULES = (
    azure_rule(
        "AZE-001",
        Severity.HIGH,
        Text("The account wants https and TLS 1.2", "https と TLS 1.2 以上を必須としていること"),
        (ACCOUNT,),
        Text(
            "Somebody else's client reads the data over a line that can be listened to.",
            "ほかのクライアントが、盗聴できる経路でデータを読み書きします。",
        ),
        Text(
            f"{_UPDATE} --https-only true --min-tls-version TLS1_2",
            f"次を実行します: {_UPDATE} --https-only true --min-tls-version TLS1_2",
        ),
        ("azure-container",),
        family="encryption",
        whitepaper=("WP-2",),
        controls=("CRYPTREC GL-3001", "ISO/IEC 27001 A.8.24"),
        gate=True,
        judge=transport,
    ),
    azure_rule(
        "AZE-002",
        Severity.LOW,
        Text("The infrastructure encrypts as well", "インフラストラクチャ暗号化が有効であること"),
        (ACCOUNT,),
        Text(
            "One mistake in the service's own encryption lays the account open.",
            "サービス側の暗号化に欠陥があると、そのまま露出します。",
        ),
        Text(
            "It can be chosen when an account is made only: az storage account create "
            "--require-infrastructure-encryption true",
            "アカウントの作成時にのみ指定できます: az storage account create "
            "--require-infrastructure-encryption true",
        ),
        family="encryption",
        whitepaper=("WP-2",),
        controls=("ISO/IEC 27001 A.8.24",),
        judge=twice,
    ),
    azure_rule(
        "AZR-008",
        Severity.HIGH,
        Text("The account's keys are in vaults in Japan", "鍵が国内の Key Vault にあること"),
        (ACCOUNT, SCOPES, KEY_VAULTS, HSMS),
        Text(
            "Data in Japan depends on a key abroad, and can be opened with it.",
            "国内のデータが国外の鍵に依存し、その鍵で開けます。",
        ),
        Text(
            f"{_UPDATE} --encryption-key-source Microsoft.Keyvault --encryption-key-vault "
            "https://VAULT-IN-JAPAN.vault.azure.net --encryption-key-name KEY",
            f"次を実行します: {_UPDATE} --encryption-key-source Microsoft.Keyvault "
            "--encryption-key-vault https://国内の VAULT.vault.azure.net --encryption-key-name KEY",
        ),
        family="keys",
        permission="Microsoft.Storage/storageAccounts/encryptionScopes/read, "
        "Microsoft.KeyVault/vaults/read, Microsoft.KeyVault/managedHSMs/read",
        whitepaper=("WP-2",),
        controls=("ISO/IEC 27001 A.8.24",),
        judge=keys,
    ),
    azure_rule(
        "AZP-001",
        Severity.CRITICAL,
        Text("Nobody reads anonymously", "匿名で読み取れないこと"),
        (ACCOUNT, ACL, ANONYMOUS),
        Text("The whole world reads the data.", "全世界からデータを読めます。"),
        Text(
            f"{_UPDATE} --allow-blob-public-access false",
            f"次を実行します: {_UPDATE} --allow-blob-public-access false",
        ),
        ("azure-account", "azure-container"),
        family="exposure",
        permission="Microsoft.Storage/storageAccounts/read, and the container's own ACL",
        whitepaper=("WP-3",),
        controls=("ISO/IEC 27001 A.8.3",),
        judge=anonymous,
    ),
    azure_rule(
        "AZP-002",
        Severity.HIGH,
        Text("The account is entered by Entra ID alone", "認証が Entra ID に限られること"),
        (ACCOUNT,),
        _READ,
        Text(
            f"{_UPDATE} --allow-shared-key-access false --enable-local-user false",
            f"次を実行します: {_UPDATE} --allow-shared-key-access false --enable-local-user false",
        ),
        family="exposure",
        whitepaper=("WP-3",),
        controls=("ISO/IEC 27001 A.8.3",),
        judge=doors,
    ),
    azure_rule(
        "AZP-003",
        Severity.HIGH,
        Text("The firewall lets named networks in only", "接続元ネットワークを限定していること"),
        (ACCOUNT,),
        _READ,
        Text(
            f"{_UPDATE} --default-action Deny", f"次を実行します: {_UPDATE} --default-action Deny"
        ),
        family="exposure",
        whitepaper=("WP-3",),
        controls=("ISO/IEC 27001 A.8.20",),
        judge=network,
    ),
)
