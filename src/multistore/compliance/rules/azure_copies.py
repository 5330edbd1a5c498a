"""AZR-004 to AZR-010: what carries the data of a storage account elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance.answers import MalformedError, section, text, texts
from multistore.compliance.azure_view import account_of, azure_rule, emulated, properties
from multistore.compliance.collect.azure_account import (
    ACCOUNT,
    BACKUP_INSTANCES,
    BACKUP_VAULTS,
    DIAGNOSTICS,
    GROUP,
    LOG_TARGET,
    ORIGINS,
    PROFILES,
    REPLICATION,
    SHARES,
    log_targets,
)
from multistore.compliance.collect.azure_data import SERVICE
from multistore.compliance.judgements import failed, not_asked, passed, together, unknown
from multistore.compliance.model import Severity, Text
from multistore.compliance.reading import listed, part, word
from multistore.residency.ranges import REGIONS_IN_JAPAN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_JAPAN = REGIONS_IN_JAPAN["azure"]
_RESIDENCY = ("ISO/IEC 27001 A.5.14", "ISO/IEC 27018 A.12.1")
_COST = Text(
    "Data that is in Japan is copied to where it is not, and is not erased there.",
    "国内のデータが国外に複製され、そこでは消去されないまま残ります。",
)


def replication(view: View) -> Iterable[Judgement]:
    """AZR-004: no policy copies the account's blobs to an account outside Japan."""
    if local := emulated(view):
        return [local]
    properties(view)
    return together(
        _replicas(view),
        passed(
            "No policy copies blobs to an account outside Japan.",
            "国外のアカウントに BLOB を複製するポリシーはありません。",
            call=REPLICATION,
        ),
    )


def _replicas(view: View) -> Iterator[Judgement]:
    for policy in listed(view, REPLICATION, "value"):
        name = text(policy, "properties", "destinationAccount").rpartition("/")[2]
        if name == view.resource.name:
            continue
        other = view.of(f"azure://{name}")
        region = None
        if other is not None:
            answer = other.look(ACCOUNT)
            region = text(answer.value, "location") if answer is not None else None
        if not region:
            yield unknown(
                f"A policy copies blobs to the account {name}, and it is not known where that is.",
                f"ポリシーによりアカウント {name} に複製されますが、その所在地が分かりません。",
                call=REPLICATION,
            )
        elif region not in _JAPAN:
            yield failed(
                f"A policy copies blobs to the account {name} in {region}, outside Japan.",
                f"ポリシーにより国外（{region}）のアカウント {name} に複製されます。",
                call=REPLICATION,
            )


_OPEN = {
    "allowCrossTenantReplication": (
        "policies may copy its blobs to another tenant",
        "別テナントへのレプリケーションが許可されています",
    ),
    "allowCrossTenantDelegationSas": (
        "signatures may be delegated to another tenant",
        "別テナントへの SAS の委任が許可されています",
    ),
}
_SHARING = {
    "allowStorageConnectors": ("connectors", "コネクタ"),
    "allowBlobAccessPoints": ("blob access points", "BLOB アクセスポイント"),
    "allowStorageDataShares": ("data shares", "データ共有"),
    "allowCrossTenantDataSharing": ("sharing with another tenant", "別テナントとの共有"),
}


def tenants(view: View) -> Iterable[Judgement]:
    """AZR-005: nothing lets another tenant copy or share the account's data."""
    if local := emulated(view):
        return [local]
    return together(
        _tenants(view),
        passed(
            "The account lets no other tenant copy or share its data.",
            "別テナントによる複製や共有は許可されていません。",
            call=ACCOUNT,
        ),
    )


def _tenants(view: View) -> Iterator[Judgement]:
    said = properties(view)
    for setting, (en, ja) in _OPEN.items():
        # An account of before December 2023 that says nothing allows it (storage accounts'
        # REST reference); the signatures came later, and are off unless switched on.
        silent = setting == "allowCrossTenantReplication" and said.get(setting) is None
        if said.get(setting) is True or silent:
            yield failed(f"In the account, {en} ({setting}).", f"{ja}（{setting}）。", call=ACCOUNT)
    scope = text(said, "allowedCopyScope")
    if scope not in ("AAD", "PrivateLink"):
        yield failed(
            "Copies may come from and go to any account (allowedCopyScope is not set).",
            "任意のアカウントとの間で複製できます（allowedCopyScope が未設定です）。",
            call=ACCOUNT,
        )
    sharing = section(said, "dataCollaborationPolicyProperties")
    for setting, (en, ja) in _SHARING.items():
        if sharing.get(setting) is True:
            yield failed(
                f"The account allows {en} ({setting}).",
                f"{ja}が許可されています（{setting}）。",
                call=ACCOUNT,
            )
    shares = listed(view, SHARES, "value")
    if shares:
        named = ", ".join(text(share, "name") for share in shares)
        yield failed(
            f"The account has data shares: {named}.",
            f"データ共有があります（{named}）。",
            call=SHARES,
        )


def edges(view: View) -> Iterable[Judgement]:
    """AZR-006: no CDN, website or domain of one's own serves the account."""
    if view.resource.kind != "azure-account":
        return _profile(view)
    found: list[Judgement] = []
    if part(view, SERVICE, "staticWebsite").get("enabled") is True:
        found.append(
            failed(
                "The account serves a static website.",
                "静的 Web サイトが有効です。",
                call=SERVICE,
            )
        )
    if local := emulated(view):
        return found or [local]
    domain = text(properties(view), "customDomain", "name")
    if domain:
        found.append(
            failed(
                f"The account answers under the name {domain}, which may lead anywhere.",
                f"独自ドメイン {domain} で応答します。その名前の向き先は固定できません。",
                call=ACCOUNT,
            )
        )
    count = len(listed(view, PROFILES, "value"))
    return together(
        found,
        passed(
            f"No website, no name of its own; {count} CDN profiles are judged by themselves.",
            f"Web サイトも独自ドメインもなく、CDN プロファイル {count} 件は個別に判定します。",
            call=PROFILES,
        ),
    )


def _profile(view: View) -> list[Judgement]:
    account = account_of(view).resource.name
    said = view.read(ORIGINS)
    if "hosts" not in said:
        raise MalformedError("the origins of a profile are not listed")
    ours = [host for host in texts(said, "hosts") if host.partition(".")[0] == account]
    if not ours:
        return [
            not_asked(
                "The profile has no origin in this account.",
                "このプロファイルのオリジンに、対象アカウントはありません。",
            )
        ]
    return [
        failed(
            f"The profile {view.resource.name} serves {host} from edges all over the world.",
            f"プロファイル {view.resource.name} が {host} を世界中のエッジから配信しています。",
        )
        for host in ours
    ]


def backups(view: View) -> Iterable[Judgement]:
    """AZR-010: no backup vault keeps the account's data outside Japan."""
    if local := emulated(view):
        return [local]
    own = word(account_of(view), ACCOUNT, "id").lower()
    if view.resource.kind == "azure-account":
        count = len(listed(view, BACKUP_VAULTS, "value"))
        return [
            passed(
                f"The subscription has {count} backup vaults; each is judged by itself.",
                f"バックアップコンテナーは {count} 件です（個別に判定します）。",
                call=BACKUP_VAULTS,
            )
        ]
    protected = [
        text(instance, "properties", "dataSourceInfo", "resourceID").lower()
        for instance in listed(view, BACKUP_INSTANCES, "value")
    ]
    name, region = view.resource.name, view.resource.region
    if own not in protected:
        return [
            not_asked(
                "The vault protects other things than this account.",
                "このバックアップコンテナーは、対象アカウントを保護していません。",
            )
        ]
    if region in _JAPAN:
        return [
            passed(
                f"The backup vault {name} is in {region}.",
                f"バックアップコンテナー {name} は {region} にあります。",
            )
        ]
    return [
        failed(
            f"The backup vault {name} keeps the account's data in {region}, outside Japan.",
            f"バックアップコンテナー {name} が、対象アカウントのデータを国外（{region}）に"
            "保存しています。",
        )
    ]


def logs(view: View) -> Iterable[Judgement]:
    """AZR-007: the logs of the blob service, with the names in them, go nowhere but Japan."""
    if local := emulated(view):
        return [local]
    properties(view)
    listed(view, DIAGNOSTICS, "value")
    found: list[Judgement] = []
    for target in dict.fromkeys(log_targets(view.read(DIAGNOSTICS))):
        name = target.rpartition("/")[2]
        other = view.of(target)
        region = other.resource.region if other is not None else None
        if region is None:
            found.append(
                unknown(
                    f"Logs go to {name}, and it is not known where that is.",
                    f"ログの送信先 {name} の所在地が分かりません。",
                )
            )
        elif region not in _JAPAN:
            found.append(
                failed(
                    f"Logs go to {name} in {region}, outside Japan.",
                    f"ログの送信先 {name} は国外（{region}）にあります。",
                )
            )
    return together(
        found,
        passed(
            "No log of the blob service goes outside Japan.",
            "BLOB サービスのログは国外に送られません。",
            call=DIAGNOSTICS,
        ),
    )


def group(view: View) -> Iterable[Judgement]:
    """AZR-009: the resource group, which keeps the names of what is in it, is in Japan."""
    if local := emulated(view):
        return [local]
    properties(view)
    region = word(view, GROUP, "location")
    if region in _JAPAN:
        return [
            passed(
                f"The account's resource group is in {region}.",
                f"リソースグループは {region} にあります。",
            )
        ]
    return [
        failed(
            f"The account's resource group keeps its names in {region}, outside Japan.",
            f"リソースグループの情報（リソース名など）は国外（{region}）に保存されます。",
        )
    ]


RULES = (
    azure_rule(
        "AZR-004",
        Severity.CRITICAL,
        Text(
            "Object replication stays in Japan",
            "オブジェクトレプリケーションの宛先が国内であること",
        ),
        (ACCOUNT, REPLICATION),
        _COST,
        Text(
            "az storage account or-policy delete --account-name ACCOUNT --policy-id POLICY, then "
            "erase what lies at the destination.",
            "az storage account or-policy delete --account-name ACCOUNT --policy-id POLICY を"
            "実行し、宛先のデータを消去します。",
        ),
        permission="Microsoft.Storage/storageAccounts/objectReplicationPolicies/read",
        controls=_RESIDENCY,
        judge=replication,
    ),
    azure_rule(
        "AZR-005",
        Severity.HIGH,
        Text(
            "No other tenant copies or shares the data",
            "別テナントがデータを複製・共有できないこと",
        ),
        (ACCOUNT, SHARES),
        _COST,
        Text(
            "az storage account update --name ACCOUNT --allow-cross-tenant-replication false "
            "--allowed-copy-scope AAD",
            "次を実行します: az storage account update --name ACCOUNT "
            "--allow-cross-tenant-replication false --allowed-copy-scope AAD",
        ),
        whitepaper=("WP-1", "WP-3"),
        controls=_RESIDENCY,
        judge=tenants,
    ),
    azure_rule(
        "AZR-006",
        Severity.HIGH,
        Text(
            "No CDN, website or own domain serves the account",
            "CDN・静的 Web サイト・独自ドメインから配信していないこと",
        ),
        (SERVICE, ACCOUNT, PROFILES, ORIGINS),
        Text(
            "Copies of the data lie in caches all over the world.",
            "データの写しが世界中のキャッシュに置かれます。",
        ),
        Text(
            "az storage blob service-properties update --account-name ACCOUNT --static-website "
            "false; take the origin out of the profile.",
            "az storage blob service-properties update --account-name ACCOUNT --static-website "
            "false を実行し、プロファイルからオリジンを外します。",
        ),
        ("azure-account", "azure-cdn-profile", "azure-front-door"),
        permission="Microsoft.Storage/storageAccounts/read, Microsoft.Cdn/profiles/*/read",
        whitepaper=("WP-1", "WP-3"),
        controls=_RESIDENCY,
        judge=edges,
    ),
    azure_rule(
        "AZR-007",
        Severity.MEDIUM,
        Text("Diagnostic logs stay in Japan", "診断ログの送信先が国内であること"),
        (ACCOUNT, DIAGNOSTICS, LOG_TARGET),
        _COST,
        Text(
            "az monitor diagnostic-settings list --resource ACCOUNT-ID shows where they go.",
            "送信先は az monitor diagnostic-settings list --resource ACCOUNT-ID で確認できます。",
        ),
        permission="Microsoft.Insights/diagnosticSettings/read, and read on what they name",
        whitepaper=("WP-5",),
        controls=("ISO/IEC 27001 A.8.15",),
        judge=logs,
    ),
    azure_rule(
        "AZR-009",
        Severity.LOW,
        Text(
            "The resource group's metadata is in Japan",
            "リソースグループのメタデータが国内にあること",
        ),
        (ACCOUNT, GROUP),
        Text("Names of resources lie abroad.", "リソース名が国外に置かれます。"),
        Text(
            "az group show --name GROUP shows the group's own location.",
            "所在地は az group show --name GROUP で確認できます。",
        ),
        permission="Microsoft.Resources/subscriptions/resourceGroups/read",
        judge=group,
    ),
    azure_rule(
        "AZR-010",
        Severity.HIGH,
        Text("Vaulted backups stay in Japan", "コンテナー型バックアップが国内にあること"),
        (ACCOUNT, BACKUP_VAULTS, BACKUP_INSTANCES),
        _COST,
        Text(
            "az dataprotection backup-instance stop-protection for the vault abroad, then delete "
            "its recovery points.",
            "国外のバックアップコンテナーで az dataprotection backup-instance stop-protection を"
            "実行し、復旧ポイントを削除します。",
        ),
        ("azure-account", "azure-backup-vault"),
        permission="Microsoft.DataProtection/backupVaults/*/read",
        whitepaper=("WP-1", "WP-6"),
        controls=("ISO/IEC 27001 A.8.13", "ISO/IEC 27001 A.5.14"),
        judge=backups,
    ),
)
