"""Resource Manager as it is really asked: every request, every page, and every way to fail."""

from __future__ import annotations

import sys

import pytest

from multistore.compliance.collect import azure_account as of
from multistore.compliance.collect.azure_arm import NO_EXTRA, STORAGE_API, valid_id
from multistore.compliance.collect.guard import hold_azure
from multistore.compliance.model import Answer, Copy, Resource
from multistore.errors import UnsupportedError
from tests.compliance.arm import DENIED, NOT_FOUND, ResourceManager
from tests.compliance.azure_world import (
    ACCOUNT,
    CLEAN,
    FRONT,
    GROUP,
    ID,
    REPLICA,
    SUBSCRIPTION,
    TENANT,
    VAULT,
    WORKSPACE,
    account,
    blob_service,
    lifecycle,
    listing,
    logs_to,
    replication,
)
from tests.compliance.worlds import resource

OTHER = "/subscriptions/99999999-2222-3333-4444-555555555555"
ACCOUNTS = "/providers/Microsoft.Storage/storageAccounts"
SECOND = ID.replace("acct1", "second")
HUB = f"{GROUP}/Microsoft.EventHub/namespaces/n"
THE_ACCOUNT = resource(ACCOUNT, "azure-account", "acct1", provider="azure", via="az")


def found(**changes):
    """Give an account as the list of a subscription shows it: without what we add."""
    entry = account(**changes)
    del entry["tenantId"]
    return entry


def subscription(path):
    return {"id": path, "subscriptionId": path.rpartition("/")[2], "tenantId": TENANT}


ANSWERS = {
    "/subscriptions": (200, listing(subscription(OTHER), subscription(SUBSCRIPTION))),
    f"{OTHER}{ACCOUNTS}": (200, listing({"id": "x", "name": "acct2"})),
    f"{SUBSCRIPTION}{ACCOUNTS}": (200, listing(found())),
    f"{ID}/blobServices/default": (200, blob_service()),
    f"{ID}/managementPolicies/default": (200, lifecycle()),
    f"{ID}/objectReplicationPolicies": (200, listing()),
    f"{ID}/dataShares": (200, listing()),
    f"{ID}/encryptionScopes": (200, listing()),
    f"{ID}/providers/Microsoft.Authorization/locks": (200, listing()),
    f"{ID}/blobServices/default/providers/Microsoft.Insights/diagnosticSettings": (
        200,
        logs_to(workspaceId=WORKSPACE),
    ),
    ID.partition("/providers/")[0]: (200, {"location": "japaneast"}),
    WORKSPACE: (200, {"id": WORKSPACE, "location": "japaneast"}),
    f"{SUBSCRIPTION}/providers/Microsoft.DataProtection/backupVaults": (
        200,
        listing({"id": VAULT, "name": "backups", "location": "japanwest"}),
    ),
    f"{SUBSCRIPTION}/providers/Microsoft.Cdn/profiles": (
        200,
        listing({"id": FRONT, "name": "front", "sku": {"name": "Premium_AzureFrontDoor"}}),
    ),
}


@pytest.fixture
def manager(scripted):
    return lambda changes=None: ResourceManager({**ANSWERS, **(changes or {})}, scripted)


def everything(manager, name="acct1"):
    """Collect an account; return the answers by call, the resources, and the arrows."""
    azure = manager.arm()
    got = list(of.of_account(of.find(name, THE_ACCOUNT, azure), THE_ACCOUNT, azure))
    answers = {each.call: each for each in got if isinstance(each, Answer)}
    return (
        answers,
        [each for each in got if isinstance(each, Resource)],
        [each for each in got if isinstance(each, Copy)],
    )


def test_an_account_is_found_in_any_subscription_and_asked_about_by_get_alone(manager):
    azure = manager()
    answers, led, copies = everything(azure)
    assert {answer.status for answer in answers.values()} == {"read"}
    assert answers[of.ACCOUNT].value["tenantId"] == TENANT
    assert answers[of.ACCOUNT].value["id"] == ID
    assert answers[of.LIFECYCLE].request_id == "r-efault"
    assert len(answers[of.LIFECYCLE].sha256) == 64
    assert {(each.kind, each.region) for each in led} == {
        ("azure-log-target", "japaneast"),
        ("azure-backup-vault", "japanwest"),
        ("azure-front-door", None),
    }
    assert [(copy.kind, copy.target, copy.in_japan) for copy in copies] == [
        ("log", WORKSPACE, True)
    ]
    assert {asked.method for asked in azure.server.asked} == {"GET"}
    assert {asked.headers["authorization"] for asked in azure.server.asked} == {
        "Bearer not-a-token"
    }
    assert azure.requests == len(azure.server.asked)
    assert azure.versions(f"{ID}/blobServices/default") == {STORAGE_API}


def test_what_is_collected_is_what_the_rules_read(manager):
    answers, _, _ = everything(manager())
    known = {call for call in CLEAN.answers[ACCOUNT] if call.startswith("arm:")}
    assert set(answers) == known | {of.LOG_TARGET}
    for call in known:
        assert answers[call].value == CLEAN.answers[ACCOUNT][call] or call in (
            of.BACKUP_VAULTS,
            of.PROFILES,
        )


@pytest.mark.parametrize(
    ("told", "target"),
    [
        ({"workspaceId": WORKSPACE.lower()}, WORKSPACE.lower()),
        ({"storageAccountId": SECOND}, SECOND),
        ({"eventHubAuthorizationRuleId": f"{HUB}/authorizationRules/r"}, HUB),
        ({"marketplacePartnerId": "/partner"}, None),
    ],
)
def test_the_place_of_each_log_target_is_asked_for(manager, told, target):
    path = f"{ID}/blobServices/default/providers/Microsoft.Insights/diagnosticSettings"
    answers = {path: (200, logs_to(**told)), target: (200, {"location": "eastus"})}
    _, led, copies = everything(manager(answers))
    expected = [] if target is None else [(target, "eastus")]
    assert [(r.id, r.region) for r in led if r.kind == "azure-log-target"] == expected
    assert [c.in_japan for c in copies] == [False] * len(expected)


def test_the_second_region_is_asked_about_where_there_is_one(manager):
    geo = found(sku="Standard_RAGRS", secondary="japanwest")
    azure = manager({f"{SUBSCRIPTION}{ACCOUNTS}": (200, listing(geo)), ID: (200, geo)})
    answers, _, copies = everything(azure)
    assert answers[of.GEO].status == "read"
    assert "$expand=geoReplicationStats" in " ".join(a.target for a in azure.server.asked)
    assert ("geo", "japanwest", True) in {(c.kind, c.region, c.in_japan) for c in copies}


def test_vaults_are_listed_where_the_key_is_the_owners(manager):
    own = found(encryption={"keySource": "Microsoft.Keyvault"})
    base = f"{SUBSCRIPTION}/providers/Microsoft.KeyVault"
    azure = manager(
        {
            f"{SUBSCRIPTION}{ACCOUNTS}": (200, listing(own)),
            f"{base}/vaults": (200, listing()),
            f"{base}/managedHSMs": (409, {"error": {"code": "MissingSubscriptionRegistration"}}),
        }
    )
    answers, _, _ = everything(azure)
    assert answers[of.KEY_VAULTS].status == "read"
    assert answers[of.HSMS].status == "absent"
    assert answers[of.HSMS].why == "MissingSubscriptionRegistration"


@pytest.mark.parametrize("named", ["second", SECOND])
def test_the_account_that_blobs_are_copied_to_is_looked_up(manager, named):
    there = {**found(location="koreacentral"), "name": "second", "id": SECOND}
    azure = manager(
        {
            f"{ID}/objectReplicationPolicies": (200, replication(named)),
            f"{OTHER}{ACCOUNTS}": (200, listing(there)),
            SECOND: (200, there),
        }
    )
    _, led, copies = everything(azure)
    (other,) = [each for each in led if each.kind == "azure-account"]
    assert (other.id, other.role, other.region) == (REPLICA, "target", "koreacentral")
    assert (REPLICA, False) in {(copy.target, copy.in_japan) for copy in copies}


def test_every_page_is_read_and_no_other_host_is_followed(manager):
    path = f"{ID}/objectReplicationPolicies"
    more = {"value": [{"name": "1"}], "nextLink": f"https://management.azure.com{path}/2?p=2"}
    azure = manager({path: (200, more), f"{path}/2": (200, listing({"name": "2"}))})
    answers, _, _ = everything(azure)
    assert [each["name"] for each in answers[of.REPLICATION].value["value"]] == ["1", "2"]

    away = manager({path: (200, {**more, "nextLink": "https://evil.example/2"})})
    answers, _, _ = everything(away)
    assert (answers[of.REPLICATION].status, answers[of.REPLICATION].why) == (
        "unreadable",
        "NET-001",
    )


@pytest.mark.parametrize(
    ("reply", "status", "why"),
    [
        (DENIED, "unreadable", "AuthorizationFailed"),
        (NOT_FOUND, "unreadable", "ResourceNotFound"),
        ((302, b""), "unreadable", "302"),
        ((400, b"<html>"), "unreadable", "400"),
        ((200, b"<html>"), "unreadable", "NoJson"),
        ((200, b"[]"), "unreadable", "NoJson"),
        ((200, b""), "unreadable", "NoJson"),
    ],
)
def test_a_failure_becomes_part_of_the_record(manager, reply, status, why):
    answers, _, _ = everything(manager({f"{ID}/dataShares": reply}))
    assert (answers[of.SHARES].status, answers[of.SHARES].why) == (status, why)
    assert answers[of.SHARES].value == {}


def test_an_unknown_version_is_no_absence_but_of_what_is_new(manager):
    unknown = (404, {"error": {"code": "NoRegisteredProviderFound"}})
    vaults = f"{SUBSCRIPTION}/providers/Microsoft.DataProtection/backupVaults"
    answers, _, _ = everything(manager({vaults: unknown, f"{ID}/dataShares": unknown}))
    assert answers[of.BACKUP_VAULTS].status == "unreadable"
    assert answers[of.SHARES].status == "absent"
    everywhere = {path: unknown for path in ANSWERS if path.endswith("storageAccounts")}
    answers, _, _ = everything(manager(everywhere))
    assert {answer.status for answer in answers.values()} == {"unreadable"}


def test_no_lifecycle_policy_is_said_to_be_none(manager):
    none = (404, {"error": {"code": "ManagementPolicyNotFound"}})
    answers, _, _ = everything(manager({f"{ID}/managementPolicies/default": none}))
    assert answers[of.LIFECYCLE].status == "absent"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"/subscriptions": (200, listing())}, "NotInAnySubscription"),
        ({"/subscriptions": DENIED}, "AuthorizationFailed"),
        ({f"{SUBSCRIPTION}{ACCOUNTS}": DENIED}, "AuthorizationFailed"),
        ({f"{SUBSCRIPTION}{ACCOUNTS}": (200, listing())}, "NotInAnySubscription"),
        (
            {f"{SUBSCRIPTION}{ACCOUNTS}": (200, listing({"name": "acct1", "id": "../x"}))},
            "NotInAnySubscription",
        ),
    ],
)
def test_an_account_that_is_not_found_ends_the_questions(manager, changes, why):
    azure = manager(changes)
    answers, led, _ = everything(azure)
    assert set(answers) == {of.ACCOUNT}
    assert (answers[of.ACCOUNT].status, answers[of.ACCOUNT].why) == ("unreadable", why)
    assert led == []
    assert len(azure.paths) <= 3


def test_without_a_token_nothing_is_asked(manager):
    from azure.core.exceptions import ClientAuthenticationError

    azure = manager()
    said = azure.arm(ClientAuthenticationError("secret detail")).get(
        "/subscriptions", THE_ACCOUNT, call="x"
    )
    assert (said.status, said.why) == ("unreadable", "ClientAuthenticationError")
    assert azure.paths == []


def test_without_the_extra_the_answer_says_which_one(manager, monkeypatch):
    monkeypatch.setitem(sys.modules, "azure.mgmt.storage", None)
    said = manager().arm().get("/subscriptions", THE_ACCOUNT, call="x")
    assert (said.status, said.why) == ("unreadable", NO_EXTRA)


def test_the_origins_of_both_products_are_found(manager):
    group = f"{FRONT}/originGroups/g"
    azure = manager(
        {
            f"{FRONT}/originGroups": (200, listing({"id": group})),
            f"{group}/origins": (200, listing({"properties": {"hostName": "a.blob"}})),
        }
    )
    front = resource(FRONT, "azure-front-door", "front", provider="azure", via="az")
    assert of.front_door_origins(front, azure.arm()).value == {"hosts": ["a.blob"]}
    denied = manager({f"{FRONT}/originGroups": (200, listing({"id": group}))})
    assert of.front_door_origins(front, denied.arm()).why == "ResourceNotFound"


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "post"])
def test_nothing_but_get_and_head_leaves(method):
    counted = []
    check = hold_azure(lambda: counted.append(1))
    with pytest.raises(UnsupportedError, match="only reads"):
        check(type("Request", (), {"method": method}))
    check(type("Request", (), {"method": "HEAD"}))
    assert counted == [1]


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (ID, True),
        (GROUP, True),
        ("https://evil.example/subscriptions/1", False),
        ("/subscriptions/1/../../x", False),
        ("/subscriptions/1?x=1", False),
        ("", False),
    ],
)
def test_only_an_id_is_put_into_a_path(text, good):
    assert valid_id(text) is good


def test_the_names_that_the_rules_read_are_microsofts_own():
    from azure.mgmt.storage import models

    def names(model):
        model()  # which fills in the names
        return {field._rest_name for field in model._attr_to_rest_field.values()}

    told = account(
        sku="Standard_GRS",
        secondary="japanwest",
        failoverInProgress=False,
        accountMigrationInProgress=False,
        isLocalUserEnabled=False,
        isSftpEnabled=False,
        isNfsV3Enabled=False,
        keyCreationTime={},
        allowCrossTenantDelegationSas=False,
        dataCollaborationPolicyProperties={},
        immutableStorageWithVersioning={},
        customDomain={},
    )
    of_account = models.StorageAccount(told)
    assert of_account.location == "japaneast"
    assert set(told["properties"]) <= names(models.StorageAccountProperties)
    service = models.BlobServiceProperties(blob_service())
    assert set(service["properties"]) <= names(models.BlobServicePropertiesProperties)
    assert names(models.DeleteRetentionPolicy) >= {"enabled", "days"}
    assert names(models.ChangeFeed) >= {"enabled", "retentionInDays"}
    assert names(models.GeoReplicationStats) >= {"canFailover"}
    assert names(models.NetworkRuleSet) >= {"defaultAction", "ipRules", "resourceAccessRules"}
    assert names(models.EncryptionScopeProperties) >= {"source", "keyVaultProperties"}
    assert names(models.DateAfterCreation) >= {"daysAfterCreationGreaterThan"}
    assert names(models.ObjectReplicationPolicyProperties) >= {"destinationAccount"}
    sharing = models.StorageDataCollaborationPolicyProperties
    assert names(sharing) >= {"allowStorageConnectors", "allowCrossTenantDataSharing"}
