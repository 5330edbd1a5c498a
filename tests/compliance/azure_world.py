"""A storage account in order, as the data plane and Resource Manager tell of it."""

from __future__ import annotations

from multistore.compliance.collect import azure_account as arm
from multistore.compliance.collect import azure_data as data
from multistore.residency.evidence import Kind
from tests.compliance.worlds import ABSENT, World, resource, settings
from tests.residency import seen as gate

SUBSCRIPTION = "/subscriptions/11111111-2222-3333-4444-555555555555"
TENANT, OTHER_TENANT = (
    "aaaaaaaa-0000-0000-0000-000000000000",
    "bbbbbbbb-0000-0000-0000-000000000000",
)
GROUP = f"{SUBSCRIPTION}/resourceGroups/prod/providers"
ID = f"{GROUP}/Microsoft.Storage/storageAccounts/acct1"
ACCOUNT, CONTAINER = "azure://acct1", "azure://acct1/video"
REPLICA = "azure://second"
VAULT = f"{GROUP}/Microsoft.DataProtection/backupVaults/backups"
WORKSPACE = f"{GROUP}/Microsoft.OperationalInsights/workspaces/logs"
FRONT = f"{GROUP}/Microsoft.Cdn/profiles/front"


def account(sku="Standard_ZRS", location="japaneast", secondary=None, entry=None, **changes):
    """Give an account as Resource Manager does; ``changes`` are its properties."""
    properties = {
        "primaryLocation": location,
        "supportsHttpsTrafficOnly": True,
        "minimumTlsVersion": "TLS1_2",
        "allowBlobPublicAccess": False,
        "allowSharedKeyAccess": False,
        "allowCrossTenantReplication": False,
        "allowedCopyScope": "AAD",
        "publicNetworkAccess": "Enabled",
        "networkAcls": {"defaultAction": "Deny", "ipRules": [], "resourceAccessRules": []},
        "encryption": {
            "keySource": "Microsoft.Storage",
            "requireInfrastructureEncryption": True,
        },
        **({"secondaryLocation": secondary} if secondary else {}),
        **changes,
    }
    return {
        "id": ID,
        "name": "acct1",
        "location": location,
        "sku": {"name": sku},
        "properties": {name: value for name, value in properties.items() if value is not None},
        "tenantId": TENANT,
        **(entry or {}),
    }


def listing(*entries):
    return {"value": list(entries)}


def blob_service(**changes):
    usual = {
        "containerDeleteRetentionPolicy": {"enabled": True, "days": 7},
        "deleteRetentionPolicy": {"enabled": True, "days": 7},
        "isVersioningEnabled": True,
        "changeFeed": {"enabled": True, "retentionInDays": 30},
        "restorePolicy": {"enabled": True, "days": 6},
    }
    return {"properties": {**usual, **changes}}


def lifecycle(version=30, snapshot=30, enabled=True, **filters):
    actions = {
        kind: {"delete": {"daysAfterCreationGreaterThan": days}}
        for kind, days in (("version", version), ("snapshot", snapshot))
        if days is not None
    }
    rule = {
        "enabled": enabled,
        "name": "end",
        "definition": {"actions": actions, "filters": {"blobTypes": ["blockBlob"], **filters}},
    }
    return {"properties": {"policy": {"rules": [rule]}}}


def data_service(**changes):
    usual = {
        "deleteRetentionPolicy": {"enabled": True, "days": 7},
        "staticWebsite": {"enabled": False},
        "cors": [],
    }
    return {**usual, **changes}


def container(**changes):
    usual = {
        "publicAccess": "none",
        "hasImmutabilityPolicy": False,
        "hasLegalHold": False,
        "leaseState": "available",
        "leaseDuration": None,
    }
    return {**usual, **changes}


def blobs(**changes):
    usual = {
        "looked": 4,
        "more": False,
        "versions": 1,
        "snapshots": 1,
        "deleted": 0,
        "legalHolds": 0,
        "lockedUntil": None,
        "replicationPolicies": [],
        "leased": 0,
    }
    return {**usual, **changes}


def immutable(days, state):
    policy = {"immutabilityPeriodSinceCreationInDays": days, "state": state}
    return {"properties": {"immutabilityPolicy": {"properties": policy}}}


def replication(destination):
    return listing({"properties": {"sourceAccount": "acct1", "destinationAccount": destination}})


def protects(identity):
    return listing({"properties": {"dataSourceInfo": {"resourceID": identity}}})


def evidence(region="japaneast", sku="Standard_ZRS", secondary=None, second_host=None, **raw):
    """Give the gate's evidence; without a region it is the data plane's word on redundancy."""
    told = {"enable_https_traffic_only": "true", "minimum_tls_version": "TLS1_2", **raw}
    word = gate.service(
        region,
        arm.ACCOUNT if region else "Get Account Information",
        redundancy=sku,
        secondary=secondary,
        raw=told if region else {},
    )
    place = gate.address("20.150.0.1", region="japaneast", operator="azure")
    addresses = gate.addresses(gate.AZURE_HOST, place)
    second = second_host or gate.item(
        Kind.SECONDARY, host="acct1-secondary.blob.core.windows.net", absent=True, error="none"
    )
    return gate.azure(addresses, second, word)


def logs_to(**targets):
    return listing({"properties": {"logs": [{"category": "StorageRead"}], **targets}})


def log_target(region):
    fields = {"provider": "azure", "role": "target", "via": "az", "region": region}
    return resource(WORKSPACE, "azure-log-target", "logs", **fields)


STORE = {
    "provider": "azure",
    "region": "japaneast",
    "account": "acct1",
    "bucket": "video",
    "accepts": ["video"],
}
CLEAN = World(
    settings({"az": STORE}),
    [
        resource(
            CONTAINER,
            "azure-container",
            "video",
            provider="azure",
            store="az",
            role="store",
            via=None,
            country_server="JP",
            country_operator="US",
        ),
        *(
            resource(identity, kind, name, provider="azure", via="az", region=region)
            for identity, kind, name, region in (
                (ACCOUNT, "azure-account", "acct1", None),
                (VAULT, "azure-backup-vault", "backups", "japanwest"),
                (FRONT, "azure-front-door", "front", "global"),
            )
        ),
        log_target("japaneast"),
    ],
    {
        ACCOUNT: {
            data.INFORMATION: {"sku_name": "Standard_ZRS"},
            data.SERVICE: data_service(),
            arm.ACCOUNT: account(),
            arm.BLOB_SERVICE: blob_service(),
            arm.LIFECYCLE: lifecycle(),
            arm.REPLICATION: listing(),
            arm.SHARES: listing(),
            arm.SCOPES: listing(),
            arm.LOCKS: listing(),
            arm.BACKUP_VAULTS: listing({"id": VAULT}),
            arm.PROFILES: listing({"id": FRONT}),
            arm.DIAGNOSTICS: logs_to(workspaceId=WORKSPACE),
            arm.GROUP: {"location": "japaneast"},
        },
        CONTAINER: {
            data.CONTAINER: container(),
            data.ACL: {"publicAccess": "none", "policies": []},
            data.BLOBS: blobs(),
            data.ANONYMOUS: ABSENT,
            arm.CONTAINER: {"properties": {}},
        },
        VAULT: {arm.BACKUP_INSTANCES: protects(ID.lower())},
        FRONT: {arm.ORIGINS: {"hosts": ["other.blob.core.windows.net"]}},
    },
    evidence={"az": evidence()},
)
