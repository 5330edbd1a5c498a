"""A storage account as Azure Resource Manager knows it, found by its name.

Where the owner's side cannot be asked, the data plane's word on redundancy is all the place
there is, and residency's ladder of evidence decides.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from multistore.compliance.answers import entries, section, text
from multistore.compliance.collect import Collector
from multistore.compliance.collect.azure_arm import STORAGE_API, Arm, arm, valid_id
from multistore.compliance.collect.azure_data import information
from multistore.compliance.collect.services import led_to
from multistore.compliance.model import Answer, Copy, Resource
from multistore.residency.ranges import REGIONS_IN_JAPAN
from multistore.stores.base import Placement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multistore.compliance.collect.reader import Reader

ACCOUNT = "arm:storageAccounts"
GEO = "arm:storageAccounts geoReplicationStats"
BLOB_SERVICE = "arm:blobServices"
LIFECYCLE = "arm:managementPolicies"
REPLICATION = "arm:objectReplicationPolicies"
SHARES = "arm:dataShares"
SCOPES = "arm:encryptionScopes"
LOCKS = "arm:locks"
CONTAINER = "arm:blobContainers"
KEY_VAULTS = "arm:keyVaults"
HSMS = "arm:managedHSMs"
BACKUP_VAULTS = "arm:backupVaults"
BACKUP_INSTANCES = "arm:backupInstances"
PROFILES = "arm:cdnProfiles"
ORIGINS = "arm:cdnOrigins"
DIAGNOSTICS = "arm:diagnosticSettings"
LOG_TARGET = "arm:logTarget"
GROUP = "arm:resourceGroups"

# The account itself was read by this very version: where data shares are not known by it, the
# region has none yet.
_NOT_HERE = ("NoRegisteredProviderFound", "InvalidResourceType")
_NO_POLICY = ("ManagementPolicyNotFound", "ResourceNotFound", "NotFound")
# Versions of the other services' APIs, each its newest stable one when this was written
# (Azure REST API reference).
_SUBSCRIPTIONS_API = "2022-12-01"
_GROUPS_API = "2021-04-01"
_LOCKS_API = "2020-05-01"
_VAULTS_API = "2023-07-01"
_BACKUP_API = "2024-04-01"
_CDN_API = "2024-02-01"
_DIAGNOSTICS_API = "2021-05-01-preview"  # the only one that there is
# By which version the things are asked to which logs may go.
_LOG_TARGETS = {
    "Microsoft.OperationalInsights/workspaces": "2022-10-01",
    "Microsoft.Storage/storageAccounts": STORAGE_API,
    "Microsoft.EventHub/namespaces": "2021-11-01",
}


def find(name: str, resource: Resource, azure: Arm) -> Answer:
    """Look for an account in every subscription that can be seen.

    Cost: one request for the subscriptions, and one each until it is found.
    """
    listed = azure.get("/subscriptions", resource, call=ACCOUNT, api=_SUBSCRIPTIONS_API)
    if listed.status != "read":
        return listed
    unreadable: Answer | None = None
    for subscription in entries(listed.value, "value"):
        path = f"/subscriptions/{text(subscription, 'subscriptionId')}"
        where = f"{path}/providers/Microsoft.Storage/storageAccounts"
        accounts = azure.get(where, resource, call=ACCOUNT)
        if accounts.status == "unreadable":
            unreadable = accounts
        for account in entries(accounts.value, "value"):
            if text(account, "name") == name and valid_id(text(account, "id")):
                owner = {"tenantId": text(subscription, "tenantId")}
                return replace(accounts, value={**account, **owner})
    if unreadable is not None:
        return unreadable
    return replace(listed, status="unreadable", value={}, why="NotInAnySubscription")


def _found(name: str, resource: Resource, reader: Reader) -> Answer:
    once = ("arm-account", name)
    answer = reader.once(once, lambda: find(name, resource, arm(resource, reader)))
    return replace(answer, resource=resource.id)


def account(resource: Resource, reader: Reader) -> Iterator[Answer | Resource | Copy]:
    """Ask about an account. Cost: up to fourteen requests, and one per subscription."""
    found = _found(resource.name, resource, reader)
    yield from of_account(found, resource, arm(resource, reader))


def of_account(found: Answer, resource: Resource, azure: Arm) -> Iterator[Answer | Resource | Copy]:
    """Ask about an account that was found; where it was not, nothing further can be asked."""
    yield found
    own = text(found.value, "id")
    if not own:
        return
    if text(found.value, "sku", "name").endswith(("GRS", "GZRS")):
        yield azure.get(own, resource, call=GEO, expand="geoReplicationStats")
    yield from _copies(found, resource)
    yield azure.get(f"{own}/blobServices/default", resource, call=BLOB_SERVICE)
    policies = f"{own}/managementPolicies/default"
    yield azure.get(policies, resource, call=LIFECYCLE, absent=_NO_POLICY)
    replication = azure.get(f"{own}/objectReplicationPolicies", resource, call=REPLICATION)
    yield replication
    yield from _replicas(replication, resource, azure)
    yield azure.get(f"{own}/dataShares", resource, call=SHARES, absent=_NOT_HERE)
    scopes = azure.get(f"{own}/encryptionScopes", resource, call=SCOPES)
    yield scopes
    locks = f"{own}/providers/Microsoft.Authorization/locks"
    yield azure.get(locks, resource, call=LOCKS, api=_LOCKS_API)
    yield from _logs(own, resource, azure)
    # /subscriptions/ID/resourceGroups/NAME/providers/…
    group, subscription = "/".join(own.split("/")[:5]), "/".join(own.split("/")[:3])
    yield azure.get(group, resource, call=GROUP, api=_GROUPS_API)
    if _own_keys(found, scopes):
        base = f"{subscription}/providers/Microsoft.KeyVault"
        yield azure.get(f"{base}/vaults", resource, call=KEY_VAULTS, api=_VAULTS_API)
        yield azure.get(f"{base}/managedHSMs", resource, call=HSMS, api=_VAULTS_API)
    yield from _backups(resource, azure, subscription)
    yield from _edges(resource, azure, subscription)


def _copies(found: Answer, resource: Resource) -> Iterator[Copy]:
    second = text(found.value, "properties", "secondaryLocation")
    if second:
        inside = second in REGIONS_IN_JAPAN["azure"]
        yield Copy(resource.id, f"{resource.id}-secondary", "geo", second, inside)


def _replicas(
    replication: Answer, resource: Resource, azure: Arm
) -> Iterator[Answer | Resource | Copy]:
    """Find every account to which this one's blobs are copied, and where it is."""
    for policy in entries(replication.value, "value"):
        target = text(policy, "properties", "destinationAccount")
        name = target.rpartition("/")[2]
        if name in ("", resource.name):
            continue
        other = led_to(resource, kind="azure-account", name=name, id=f"azure://{name}")
        if valid_id(target):
            answer = azure.get(target, other, call=ACCOUNT)
        else:
            answer = find(name, other, azure)
        region = text(answer.value, "location") or None
        yield answer
        yield replace(other, role="target", region=region)
        inside = None if region is None else region in REGIONS_IN_JAPAN["azure"]
        yield Copy(resource.id, other.id, "replication", region, inside)


def _own_keys(found: Answer, scopes: Answer) -> bool:
    """Whether the account, or a scope in it, is encrypted with a key of its owner's."""
    sources = [text(found.value, "properties", "encryption", "keySource")]
    sources += [text(scope, "properties", "source") for scope in entries(scopes.value, "value")]
    return any(source.lower() == "microsoft.keyvault" for source in sources)


def _logs(own: str, resource: Resource, azure: Arm) -> Iterator[Answer | Resource | Copy]:
    """Ask where the logs of the blob service go, and where each of these is."""
    path = f"{own}/blobServices/default/providers/Microsoft.Insights/diagnosticSettings"
    settings = azure.get(path, resource, call=DIAGNOSTICS, api=_DIAGNOSTICS_API)
    yield settings
    for target in dict.fromkeys(log_targets(settings.value)):
        # Resource Manager itself writes the same id in several cases.
        kinds = (kind for kind in _LOG_TARGETS if f"/{kind}/".lower() in target.lower())
        version = _LOG_TARGETS.get(next(kinds, ""))
        if version is None or not valid_id(target):
            continue
        other = led_to(resource, kind="azure-log-target", name=target.rpartition("/")[2], id=target)
        answer = azure.get(target, other, call=LOG_TARGET, api=version)
        region = text(answer.value, "location") or None
        inside = None if region is None else region in REGIONS_IN_JAPAN["azure"]
        yield answer
        yield replace(other, role="target", region=region)
        yield Copy(resource.id, target, "log", region, inside)


def log_targets(value: Mapping[str, Any]) -> Iterator[str]:
    """Give the id of everything to which diagnostic settings send logs. Pure."""
    for setting in entries(value, "value"):
        properties = section(setting, "properties")
        hub = text(properties, "eventHubAuthorizationRuleId").partition("/authorizationRules/")[0]
        partner = text(properties, "marketplacePartnerId")
        for target in (
            text(properties, "workspaceId"),
            text(properties, "storageAccountId"),
            hub,
            partner,
        ):
            if target:
                yield target


def _backups(resource: Resource, azure: Arm, subscription: str) -> Iterator[Answer | Resource]:
    path = f"{subscription}/providers/Microsoft.DataProtection/backupVaults"
    vaults = azure.get(path, resource, call=BACKUP_VAULTS, api=_BACKUP_API)
    yield vaults
    for vault in entries(vaults.value, "value"):
        if valid_id(text(vault, "id")):
            yield _led(resource, "azure-backup-vault", vault)


def _edges(resource: Resource, azure: Arm, subscription: str) -> Iterator[Answer | Resource]:
    path = f"{subscription}/providers/Microsoft.Cdn/profiles"
    profiles = azure.get(path, resource, call=PROFILES, api=_CDN_API)
    yield profiles
    for profile in entries(profiles.value, "value"):
        if valid_id(text(profile, "id")):
            front = "AzureFrontDoor" in text(profile, "sku", "name")
            yield _led(resource, "azure-front-door" if front else "azure-cdn-profile", profile)


def _led(resource: Resource, kind: str, found: Any) -> Resource:
    region = text(found, "location") or None
    led = led_to(resource, kind=kind, name=text(found, "name"), id=text(found, "id"))
    return replace(led, region=region)


def vault(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Ask what a backup vault protects. Cost: one request per page."""
    path = f"{resource.id}/backupInstances"
    yield arm(resource, reader).get(path, resource, call=BACKUP_INSTANCES, api=_BACKUP_API)


def cdn(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Ask for the endpoints of a CDN profile, with their origins. Cost: one request a page."""
    path = f"{resource.id}/endpoints"
    found = arm(resource, reader).get(path, resource, call=ORIGINS, api=_CDN_API)
    hosts = [
        text(origin, "properties", "hostName")
        for endpoint in entries(found.value, "value")
        for origin in entries(endpoint, "properties", "origins")
    ]
    yield replace(found, value={"hosts": hosts}) if found.status == "read" else found


def front_door(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Ask for the origins of a Front Door profile. Cost: one request, and one per group."""
    yield front_door_origins(resource, arm(resource, reader))


def front_door_origins(resource: Resource, azure: Arm) -> Answer:
    """Give the host of every origin of every group, as one answer."""
    groups = azure.get(f"{resource.id}/originGroups", resource, call=ORIGINS, api=_CDN_API)
    if groups.status != "read":
        return groups
    hosts: list[str] = []
    for group in entries(groups.value, "value"):
        own = text(group, "id")
        if not valid_id(own):
            return replace(groups, status="unreadable", value={}, why="MalformedId")
        members = azure.get(f"{own}/origins", resource, call=ORIGINS, api=_CDN_API)
        if members.status != "read":
            return members
        found = entries(members.value, "value")
        hosts += [text(origin, "properties", "hostName") for origin in found]
    return replace(groups, value={"hosts": hosts})


def container(resource: Resource, reader: Reader) -> Iterator[Answer | Placement]:
    """Ask about one container, and say where its account is. Cost: one request."""
    store = reader.settings.stores[resource.store or resource.via or ""]
    found = _found(store.account or "", resource, reader)
    own = text(found.value, "id")
    if own:
        path = f"{own}/blobServices/default/containers/{resource.name}"
        yield arm(resource, reader).get(path, resource, call=CONTAINER)
    kind = information(resource, reader)
    if resource.store is not None and "read" in (found.status, kind.status):
        yield placement(found, kind)


def placement(found: Answer, kind: Answer) -> Placement:
    """Say where an account is: by its owner's side, or only how it is kept, by its users' side."""
    if found.status != "read":
        return Placement(
            region=None,
            call="Get Account Information",
            redundancy=text(kind.value, "sku_name") or None,
            request_id=kind.request_id,
            raw={name: str(said) for name, said in kind.value.items()},
        )
    value, properties = found.value, section(found.value, "properties")
    secure = properties.get("supportsHttpsTrafficOnly")
    return Placement(
        region=text(properties, "primaryLocation") or text(value, "location") or None,
        call=ACCOUNT,
        location_type=text(value, "extendedLocation", "type") or None,
        location_name=text(value, "extendedLocation", "name") or None,
        secondary=text(properties, "secondaryLocation") or None,
        redundancy=text(value, "sku", "name") or None,
        request_id=found.request_id,
        raw={
            "enable_https_traffic_only": str(secure is True).lower(),
            # Where nothing is set, the service takes TLS 1.0 (storage accounts' REST reference).
            "minimum_tls_version": text(properties, "minimumTlsVersion") or "TLS1_0",
        },
    )


COLLECTORS = (
    Collector(("azure-account",), account),
    Collector(("azure-backup-vault",), vault),
    Collector(("azure-cdn-profile",), cdn),
    Collector(("azure-front-door",), front_door),
    Collector(("azure-container",), container),
)
