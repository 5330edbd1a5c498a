"""RES-016: services that move what is in a bucket: each is judged by where it leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance import arns
from multistore.compliance.answers import MalformedError, entries, section, text
from multistore.compliance.judgements import failed, not_asked, passed, together, unknown
from multistore.compliance.model import Rule, Severity, Text
from multistore.compliance.mover_places import (
    Place,
    deliveries,
    named,
    of_arn,
    of_path,
    of_uri,
    stands,
)
from multistore.compliance.reading import listed, part, word
from multistore.compliance.rules.aws_services import our_buckets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_LOCATIONS = "datasync:ListLocations"
_TASK = "datasync:DescribeTask"
_SERVER = "transfer:DescribeServer"
_USERS, _HOMES = "transfer:ListUsers", "transfer:DescribeUser"
_GATEWAY = "storagegateway:DescribeGatewayInformation"
_GROUP = "athena:GetWorkGroup"
_STREAM = "firehose:DescribeDeliveryStream"
_TASKS = ("datasync:ListTasks", "Tasks", "DataSync tasks", "DataSync タスク")
_LISTS = (
    _TASKS,
    ("transfer:ListServers", "Servers", "Transfer servers", "Transfer サーバー"),
    ("storagegateway:ListFileShares", "FileShareInfoList", "file shares", "ファイル共有"),
    ("athena:ListWorkGroups", "WorkGroups", "Athena workgroups", "Athena ワークグループ"),
)
_STREAMS = "firehose:ListDeliveryStreams"

_LEAD = Text(
    "Take it away, or lead it to Japan: aws datasync delete-task --task-arn TASK, "
    "aws transfer delete-server --server-id SERVER, aws storagegateway "
    "delete-file-share --file-share-arn SHARE, aws athena update-work-group "
    "--work-group NAME --configuration-updates "
    "ResultConfigurationUpdates={OutputLocation=s3://BUCKET/}, aws firehose "
    "delete-delivery-stream --delivery-stream-name NAME.",
    "削除するか、国内の宛先に変更してください："
    "aws datasync delete-task --task-arn TASK、"
    "aws transfer delete-server --server-id SERVER、"
    "aws storagegateway delete-file-share --file-share-arn SHARE、"
    "aws athena update-work-group --work-group NAME --configuration-updates "
    "ResultConfigurationUpdates={OutputLocation=s3://BUCKET/}、"
    "aws firehose delete-delivery-stream --delivery-stream-name NAME。",
)


def movers(view: View) -> Iterable[Judgement]:
    """RES-016: nothing that reads a bucket, or is told of its events, leads out of Japan."""
    return _BY_KIND[view.resource.kind](view)


def _region(view: View) -> Iterable[Judgement]:
    counts = [(en, ja, len(listed(view, call, name))) for call, name, en, ja in _LISTS]
    streams = view.read(_STREAMS).get("DeliveryStreamNames")
    if streams is None:
        raise MalformedError("the answer has no DeliveryStreamNames")
    counts.append(("Firehose streams", "Firehose ストリーム", len(streams)))
    yield passed(
        f"There are {', '.join(f'{n} {en}' for en, _, n in counts)}; each is judged by itself.",
        f"{'、'.join(f'{ja} {n} 件' for _, ja, n in counts)}（個別に判定します）。",
        call=_STREAMS,
    )


def _abroad(view: View) -> Iterable[Judgement]:
    call, name, en, ja = _TASKS
    count = len(listed(view, call, name))
    yield passed(
        f"There are {count} {en} in {view.resource.region}; each is judged by itself.",
        f"{view.resource.region} の {ja}は {count} 件です（個別に判定します）。",
        call=call,
    )


# --- DataSync -------------------------------------------------------------------------------------


def _task(view: View) -> Iterator[Judgement]:
    source = _location(view, word(view, _TASK, "SourceLocationArn"))
    target = _location(view, word(view, _TASK, "DestinationLocationArn"))
    ours = named(source, our_buckets(view)) if source is not None else None
    if ours is None and source is not None and not source.opaque:
        yield not_asked(
            f"The task reads {source.written}, and none of these buckets.",
            f"このタスクの転送元は {source.written} で、対象バケットではありません。",
            call=_TASK,
        )
        return
    inside = stands(target, view) if target is not None else None
    to = target.written if target is not None else word(view, _TASK, "DestinationLocationArn")
    if inside:
        yield passed(
            f"The task copies to {to}, in Japan.",
            f"このタスクの転送先 {to} は国内にあります。",
            call=_TASK,
        )
    elif inside is False and ours is not None:
        yield failed(
            f"The task copies {ours} to {to}, outside Japan.",
            f"このタスクは {ours} を国外（{to}）に転送します。",
            call=_TASK,
        )
    elif ours is None:
        yield unknown(
            f"The task copies to {to}, which is not shown to be in Japan, and it is not known "
            "which bucket it reads.",
            f"このタスクの転送先 {to} が国内にあるとは確認できず、転送元のバケットも分かりません。",
            call=_TASK,
            remedy=_LEAD,
        )
    else:
        yield unknown(
            f"The task copies {ours} to {to}, and it is not known where that is.",
            f"このタスクは {ours} を {to} に転送しますが、その所在地が分かりません。",
            call=_TASK,
            remedy=_LEAD,
        )


def _location(view: View, arn: str) -> Place | None:
    """Return what a location of DataSync is; None where it is another region's, not asked."""
    for region in view.every("aws-region", "aws-region-abroad"):
        if region.resource.via != view.resource.via:
            continue
        if region.resource.region == view.resource.region:
            for location in listed(region, _LOCATIONS, "Locations"):
                if text(location, "LocationArn") == arn:
                    return of_uri(text(location, "LocationUri"))
    found = arns.parse(arn)
    if found is not None and not arns.in_japan(found.region):
        return Place(arn, region=found.region, opaque=True)
    return None


# --- Transfer Family ------------------------------------------------------------------------------


def _server(view: View) -> Iterator[Judgement]:
    server = part(view, _SERVER, "Server")
    reached = word(view, _SERVER, "Server", "EndpointType")
    addresses = section(server, "EndpointDetails").get("AddressAllocationIds")
    if text(server, "Domain") == "EFS":
        yield not_asked(
            "The server shows a file system, and no bucket.",
            "このサーバーはファイルシステム用で、バケットを公開していません。",
            call=_SERVER,
        )
        return
    if reached != "PUBLIC" and not addresses:
        yield passed(
            "The server is reached from its own network only, and not from the internet.",
            "このサーバーはインターネットからは接続できません。",
            call=_SERVER,
        )
        return
    told_by = word(view, _SERVER, "Server", "IdentityProviderType")
    if told_by != "SERVICE_MANAGED":
        yield unknown(
            f"The server is open to the internet, and which buckets its users see is told to it "
            f"by {told_by}.",
            f"このサーバーはインターネットに公開され、利用者が参照するバケットは {told_by} が"
            "決めるため確認できません。",
            call=_SERVER,
        )
        return
    yield from _homes(view)


def _homes(view: View) -> Iterator[Judgement]:
    users = listed(view, _USERS, "Users")
    logical = [user for user in users if text(user, "HomeDirectoryType") == "LOGICAL"]
    homes = [of_path(text(user, "HomeDirectory")) for user in users if user not in logical]
    if logical:
        described = listed(view, _HOMES, "Users")
        mapped = [each for user in described for each in entries(user, "HomeDirectoryMappings")]
        shown = [of_path(text(each, "Target")) for each in mapped]
    else:
        shown = []
    ours = our_buckets(view)
    seen = [bucket for place in (*homes, *shown) if (bucket := named(place, ours))]
    if seen:
        yield failed(
            f"The server shows {', '.join(dict.fromkeys(seen))} to users anywhere on the internet.",
            f"このサーバーは {'、'.join(dict.fromkeys(seen))} を、インターネット上の利用者に"
            "国内外を問わず公開しています。",
            call=_SERVER,
        )
    elif homes or any(place.opaque for place in shown):
        yield unknown(
            "No user's home is in these buckets, but their roles, and not their homes, bound what "
            "they reach.",
            "ホームディレクトリは対象バケットの外にありますが、参照できる範囲はロールで決まるため"
            "確認できません。",
            call=_SERVER,
            remedy=Text(
                "Give the users homes of the type LOGICAL.",
                "利用者のホームディレクトリを LOGICAL にしてください。",
            ),
        )
    else:
        yield not_asked(
            "The server shows none of these buckets.",
            "このサーバーは対象バケットを公開していません。",
            call=_SERVER,
        )


# --- Storage Gateway ------------------------------------------------------------------------------


def _share(view: View) -> Iterator[Judgement]:
    protocol = view.resource.kind[:3].upper()
    call, name = f"storagegateway:Describe{protocol}FileShares", f"{protocol}FileShareInfoList"
    for share in listed(view, call, name):
        place = of_arn(text(share, "LocationARN"))
        bucket = named(place, our_buckets(view))
        if bucket is None and not place.opaque:
            yield not_asked(
                f"The file share shows {place.written}, and none of these buckets.",
                f"このファイル共有は {place.written} のもので、対象バケットではありません。",
                call=call,
            )
            continue
        shown = bucket or place.written
        host = word(view, _GATEWAY, "HostEnvironment")
        region = text(view.read(_GATEWAY), "Ec2InstanceRegion") if host == "EC2" else ""
        if not region:
            yield unknown(
                f"The gateway that shows {shown} runs on {host}: nobody says where that stands.",
                f"{shown} を公開するゲートウェイは {host} 上にあり、その設置場所が分かりません。",
                call=_GATEWAY,
                remedy=_LEAD,
            )
        elif arns.in_japan(region):
            yield passed(
                f"The gateway that shows {shown} runs in {region}.",
                f"{shown} を公開するゲートウェイは {region} にあります。",
                call=_GATEWAY,
            )
        elif bucket is None:
            yield unknown(
                f"The gateway runs in {region}, outside Japan, and which bucket is behind "
                f"{shown} is not known.",
                f"ゲートウェイは国外（{region}）にあり、{shown} がどのバケットか分かりません。",
                call=_GATEWAY,
            )
        else:
            yield failed(
                f"The gateway that shows {shown} runs in {region}, outside Japan, and keeps a "
                "cache of it there.",
                f"{shown} を公開し、内容をキャッシュするゲートウェイが国外（{region}）にあります。",
                call=_GATEWAY,
            )


# --- Athena and Firehose --------------------------------------------------------------------------


def _group(view: View) -> Iterator[Judgement]:
    configuration = part(view, _GROUP, "WorkGroup", "Configuration")
    to = text(section(configuration, "ResultConfiguration"), "OutputLocation")
    if not to:
        yield not_asked(
            "The workgroup sets no place for results.",
            "このワークグループには結果の保存先が設定されていません。",
            call=_GROUP,
        )
        return
    place = of_uri(to)
    yield from _led(view, [place], _GROUP, "The workgroup writes results", "クエリ結果の保存先")


def _stream(view: View) -> Iterator[Judgement]:
    described = "DeliveryStreamDescription"
    destinations = listed(view, _STREAM, described, "Destinations")
    places = [place for each in destinations for place in deliveries(each)]
    ours = our_buckets(view)
    arn = word(view, _STREAM, described, "DeliveryStreamARN")
    if not any(named(place, ours) for place in places) and not _fed(view, arn):
        yield not_asked(
            "The stream has nothing to do with these buckets.",
            "このストリームは対象バケットに関係しません。",
            call=_STREAM,
        )
        return
    yield from _led(view, places, _STREAM, "The stream delivers", "ストリームの配信先")


def _fed(view: View, stream: str) -> bool:
    """Whether a bucket's events come to a stream, by a rule of EventBridge or by a topic."""
    if any(copy.kind == "event" and copy.target == stream for copy in view.seen.copies):
        return True
    for topic in view.every("sns-topic"):
        arn = arns.parse(topic.resource.id)
        if arn is not None and arns.in_japan(arn.region):
            for one in listed(topic, "sns:ListSubscriptionsByTopic", "Subscriptions"):
                if text(one, "Endpoint") == stream:
                    return True
    return False


def _led(view: View, places: list[Place], call: str, en: str, ja: str) -> Iterable[Judgement]:
    found: list[Judgement] = []
    for place in dict.fromkeys(places):
        inside = stands(place, view)
        if inside is None:
            found.append(
                unknown(
                    f"{en} to {place.written}, and it is not known where that is.",
                    f"{ja} {place.written} の所在地が分かりません。",
                    call=call,
                    remedy=_LEAD,
                )
            )
        elif not inside:
            found.append(
                failed(
                    f"{en} to {place.written}, outside Japan.",
                    f"{ja} {place.written} は国外にあります。",
                    call=call,
                )
            )
    named_places = ", ".join(place.written for place in dict.fromkeys(places))
    return together(
        found,
        passed(
            f"{en} to {named_places}, in Japan.",
            f"{ja} {named_places} は国内にあります。",
            call=call,
        )
        if places
        else unknown(f"{en} to no place that is named.", f"{ja}が分かりません。", call=call),
    )


_BY_KIND: dict[str, Callable[[View], Iterable[Judgement]]] = {
    "aws-region": _region,
    "aws-region-abroad": _abroad,
    "datasync-task": _task,
    "transfer-server": _server,
    "nfs-file-share": _share,
    "smb-file-share": _share,
    "athena-workgroup": _group,
    "firehose-stream": _stream,
}

RULES = (
    Rule(
        id="RES-016",
        severity=Severity.MEDIUM,
        title=Text(
            "No mover carries the bucket's data abroad", "データ転送サービスが国外に運ばないこと"
        ),
        family="residency",
        reads=(
            _LOCATIONS,
            *(call for call, *_ in _LISTS),
            _STREAMS,
            _TASK,
            _SERVER,
            _USERS,
            _HOMES,
            "storagegateway:DescribeNFSFileShares",
            "storagegateway:DescribeSMBFileShares",
            _GATEWAY,
            _GROUP,
            _STREAM,
        ),
        permission="datasync:ListLocations, datasync:ListTasks, datasync:DescribeTask, "
        "transfer:ListServers, transfer:DescribeServer, transfer:ListUsers, "
        "transfer:DescribeUser, storagegateway:ListFileShares, "
        "storagegateway:DescribeNFSFileShares, storagegateway:DescribeSMBFileShares, "
        "storagegateway:DescribeGatewayInformation, athena:ListWorkGroups, athena:GetWorkGroup, "
        "firehose:ListDeliveryStreams, firehose:DescribeDeliveryStream",
        whitepaper=("WP-1",),
        controls=("ISO/IEC 27001 A.5.14",),
        cost=Text("A copy runs abroad on a schedule.", "定期的に国外へ複製されます。"),
        remedy=_LEAD,
        applies_to=tuple(_BY_KIND),
        judge=movers,
    ),
)
