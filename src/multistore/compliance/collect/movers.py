"""The services of a region that move data out of buckets: what there is, and where each leads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from multistore.compliance.answers import entries, section, text, texts
from multistore.compliance.collect import Collector
from multistore.compliance.collect.services import PAGES, kept, led_to, listing, question
from multistore.compliance.mover_places import BACKUPS, deliveries, of_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer, Resource
    from multistore.compliance.mover_places import Place


def tasks(resource: Resource, reader: Reader) -> Iterator[Answer | Resource]:
    """List the tasks of DataSync in one region, abroad too: a task may fetch what is in Japan.

    Cost: two requests, more where lists have pages.
    """
    locations = question(reader, resource, "datasync", "ListLocations", pages=True)
    yield locations
    for location in entries(locations.value, "Locations"):
        yield from targets(resource, of_uri(text(location, "LocationUri")))
    found = question(reader, resource, "datasync", "ListTasks", pages=True)
    yield found
    for each in entries(found.value, "Tasks"):
        arn = text(each, "TaskArn")
        yield led_to(resource, kind="datasync-task", name=arn.rpartition("/")[2], id=arn)


def region(resource: Resource, reader: Reader) -> Iterator[Answer | Resource]:
    """List the other movers of one region. Cost: four requests, more where lists have pages."""
    servers = question(reader, resource, "transfer", "ListServers", pages=True)
    yield servers
    for each in entries(servers.value, "Servers"):
        name, arn = text(each, "ServerId"), text(each, "Arn")
        yield led_to(resource, kind="transfer-server", name=name, id=arn)
    shares = question(reader, resource, "storagegateway", "ListFileShares", pages=True)
    yield shares
    for each in entries(shares.value, "FileShareInfoList"):
        kind = "smb-file-share" if text(each, "FileShareType") == "SMB" else "nfs-file-share"
        name, arn = text(each, "FileShareId"), text(each, "FileShareARN")
        yield led_to(resource, kind=kind, name=name, id=arn)
    groups = listing(reader, resource, "athena", "ListWorkGroups", "WorkGroups")
    yield groups
    for each in entries(groups.value, "WorkGroups"):
        name = text(each, "Name")
        yield led_to(
            resource, kind="athena-workgroup", name=name, id=f"{resource.id}/workgroup/{name}"
        )
    streams = _streams(resource, reader)
    yield streams
    for name in texts(streams.value, "DeliveryStreamNames"):
        yield led_to(
            resource, kind="firehose-stream", name=name, id=f"{resource.id}/deliverystream/{name}"
        )


def targets(resource: Resource, place: Place) -> Iterator[Resource]:
    """Give the buckets that a place may be, so that S3 is asked where they lie."""
    for bucket in place.buckets:
        other = led_to(resource, kind="s3-bucket", name=bucket, id=f"s3://{bucket}")
        yield replace(other, role="target", region=None)


def _streams(resource: Resource, reader: Reader) -> Answer:
    """List the names; a page begins after the last name of the one before."""
    names: list[str] = []
    answer = question(reader, resource, "firehose", "ListDeliveryStreams", Limit=100)
    for _ in range(PAGES):
        if answer.status != "read" or "DeliveryStreamNames" not in answer.value:
            return answer
        page = texts(answer.value, "DeliveryStreamNames")
        names += page
        if answer.value.get("HasMoreDeliveryStreams") is False:
            return replace(answer, value={"DeliveryStreamNames": names})
        if not page:
            break
        answer = question(
            reader,
            resource,
            "firehose",
            "ListDeliveryStreams",
            Limit=100,
            ExclusiveStartDeliveryStreamName=page[-1],
        )
    return replace(answer, status="unreadable", value={}, why="TooManyPages")


def task(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Ask from where to where one task of DataSync copies. Cost: one request."""
    found = question(reader, resource, "datasync", "DescribeTask", TaskArn=resource.id)
    names = ("TaskArn", "Status", "SourceLocationArn", "DestinationLocationArn")
    yield _only(found, *names)


def server(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Ask from where a server of Transfer Family is reached, and where its users' homes are.

    Cost: two requests, and one for each user whose home is put together of several.
    """
    found = question(reader, resource, "transfer", "DescribeServer", ServerId=resource.name)
    said = section(found.value, "Server")
    names = ("Arn", "Domain", "EndpointType", "IdentityProviderType", "State")
    server: dict[str, Any] = {name: said.get(name) for name in names}
    addresses = texts(said, "EndpointDetails", "AddressAllocationIds")
    server["EndpointDetails"] = {"AddressAllocationIds": addresses}
    yield replace(found, value={"Server": server}) if said else found
    if said.get("IdentityProviderType") != "SERVICE_MANAGED":
        return
    users = question(reader, resource, "transfer", "ListUsers", pages=True, ServerId=resource.name)
    names_of_users = [
        text(user, "UserName")
        for user in entries(users.value, "Users")
        if user.get("HomeDirectoryType") == "LOGICAL"
    ]
    homes = ("HomeDirectory", "HomeDirectoryType")
    yield kept(users, "Users", lambda user: {name: user.get(name) for name in homes})
    yield _mappings(resource, reader, users, names_of_users)


def _mappings(resource: Resource, reader: Reader, users: Answer, names: list[str]) -> Answer:
    """Ask what homes are put together of; one that cannot be read spoils them all."""
    found: list[Mapping[str, Any]] = []
    answer = replace(users, call="transfer:DescribeUser")
    for name in names:
        answer = question(
            reader,
            resource,
            "transfer",
            "DescribeUser",
            ServerId=resource.name,
            UserName=name,
        )
        if answer.status != "read":
            return answer
        mappings = entries(answer.value, "User", "HomeDirectoryMappings")
        found.append({"HomeDirectoryMappings": [{"Target": text(m, "Target")} for m in mappings]})
    return replace(answer, value={"Users": found} if answer.status == "read" else {})


def share(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Ask what a file share shows, and where its gateway runs. Cost: two requests."""
    protocol = resource.kind[:3].upper()
    operation, list_name = f"Describe{protocol}FileShares", f"{protocol}FileShareInfoList"
    found = question(reader, resource, "storagegateway", operation, FileShareARNList=[resource.id])
    names = ("FileShareARN", "LocationARN", "GatewayARN")
    found = kept(found, list_name, lambda each: {name: each.get(name) for name in names})
    yield found
    for each in entries(found.value, list_name):
        gateway = question(
            reader,
            resource,
            "storagegateway",
            "DescribeGatewayInformation",
            GatewayARN=text(each, "GatewayARN"),
        )
        yield _only(gateway, "GatewayARN", "HostEnvironment", "Ec2InstanceRegion")


def workgroup(resource: Resource, reader: Reader) -> Iterator[Answer | Resource]:
    """Ask where a workgroup of Athena writes results. Cost: one request."""
    found = question(reader, resource, "athena", "GetWorkGroup", WorkGroup=resource.name)
    configuration = section(found.value, "WorkGroup", "Configuration")
    to = text(configuration, "ResultConfiguration", "OutputLocation")
    told: dict[str, Any] = {"ResultConfiguration": {"OutputLocation": to} if to else {}}
    group = {"Name": text(found.value, "WorkGroup", "Name"), "Configuration": told}
    yield replace(found, value={"WorkGroup": group}) if configuration else found
    if to:
        yield from targets(resource, of_uri(to))


def stream(resource: Resource, reader: Reader) -> Iterator[Answer | Resource]:
    """Ask where a stream of Firehose delivers. Cost: one request."""
    found = question(
        reader, resource, "firehose", "DescribeDeliveryStream", DeliveryStreamName=resource.name
    )
    said = section(found.value, "DeliveryStreamDescription")
    destinations = [
        {
            kind: _delivery(section(destination, kind))
            for kind in destination
            if kind.endswith("DestinationDescription")
        }
        for destination in entries(said, "Destinations")
    ]
    told: dict[str, Any] = {"DeliveryStreamARN": text(said, "DeliveryStreamARN")}
    if "Destinations" in said:
        told["Destinations"] = destinations
    yield replace(found, value={"DeliveryStreamDescription": told}) if said else found
    for destination in destinations:
        for place in deliveries(destination):
            yield from targets(resource, place)


def _delivery(description: Mapping[str, Any]) -> dict[str, Any]:
    """Keep which AWS resources a destination names: its addresses and tokens may be secrets."""
    told: dict[str, Any] = {}
    for name in ("BucketARN", "DomainARN"):
        if name in description:
            told[name] = text(description, name)
    for name in BACKUPS:
        if name in description:
            told[name] = {"BucketARN": text(description, name, "BucketARN")}
    return told


def _only(answer: Answer, *names: str) -> Answer:
    """Keep of an answer what rules read."""
    return replace(answer, value={n: answer.value[n] for n in names if n in answer.value})


COLLECTORS = (
    Collector(("aws-region", "aws-region-abroad"), tasks),
    Collector(("aws-region",), region),
    Collector(("datasync-task",), task),
    Collector(("transfer-server",), server),
    Collector(("nfs-file-share", "smb-file-share"), share),
    Collector(("athena-workgroup",), workgroup),
    Collector(("firehose-stream",), stream),
)
