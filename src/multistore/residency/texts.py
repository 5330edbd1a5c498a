"""Every sentence that residency says, in Japanese and English. No decision lives here.

In a sentence ``{place}`` takes the value ``place``, or ``place_ja`` / ``place_en`` by language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence and what to do next, in two languages."""

    en: str
    ja: str
    do_en: str = ""
    do_ja: str = ""

    def say(self, language: Literal["ja", "en"]) -> str:
        """Give the sentence."""
        return self.ja if language == "ja" else self.en

    def advise(self, language: Literal["ja", "en"]) -> str:
        """Give what to do next."""
        return self.do_ja if language == "ja" else self.do_en


HEADLINES: dict[str, Text] = {
    "service": Text(
        "The service itself says that the bytes lie in Japan.",
        "データが日本国内にあることを、サービス自身が回答しています。",
    ),
    "table": Text(
        "The endpoint is in the table of endpoints in Japan; the service was not asked.",
        "エンドポイントは国内エンドポイントの一覧に載っています（サービス自身への確認ではありません）。",
    ),
    "network": Text(
        "The addresses lie in ranges that the operator publishes for Japan; it was not asked.",
        "アドレスは、事業者が日本向けとして公開している範囲にあります"
        "（サービス自身への確認ではありません）。",
    ),
    "claim": Text(
        "Its operator claims it, with a document; this was not verified independently.",
        "事業者の書面による申告に基づくもので、独自に検証したものではありません。",
    ),
    "machine": Text(
        "The bytes stay on this machine. Where the machine stands, and what a gateway on it "
        "passes on, is not shown.",
        "データはこのマシンの中にとどまります。マシン自体の所在地や、"
        "マシン上のゲートウェイの転送先までは確認していません。",
    ),
    "admitted": Text("Store {store}: admitted.", "ストア {store}：接続を許可します。"),
    "refused": Text("Store {store}: refused.", "ストア {store}：接続を拒否します。"),
    "unknown": Text(
        "Store {store}: not shown to be in Japan, so it is not opened.",
        "ストア {store}：日本国内にあることを確認できないため、接続しません。",
    ),
    "expires": Text("Good until {expires}.", "有効期限：{expires}"),
    "next": Text("What to do: {advice}", "対処：{advice}"),
}

TEXTS: dict[str, Text] = {
    # --- the evidence itself ---------------------------------------------------------------
    "evidence.missing": Text(
        "{what} was not looked at, so nothing is known about it.",
        "{what}を確認していないため、状態が分かりません。",
        "Run the check again; if it stays so, look at the network between here and the store.",
        "もう一度確認してください。続く場合は、ストアまでのネットワークを調べてください。",
    ),
    "evidence.stale": Text(
        "The evidence is of {taken} and no longer fresh.",
        "証拠は {taken} に取得されたもので、有効期間を過ぎています。",
        "Take the evidence again.",
        "証拠を取り直してください。",
    ),
    "evidence.future": Text(
        "The evidence is dated {taken}, which is still to come.",
        "証拠の日時 {taken} が現在より先になっています。",
        "Set this machine's clock by NTP.",
        "このマシンの時計を NTP で合わせてください。",
    ),
    "evidence.failed": Text(
        "The evidence could not be collected: {error}.",
        "証拠を収集できませんでした：{error}",
        "Mend what the error names; it is tried again within a minute.",
        "エラーの原因を取り除いてください。1 分以内に再度確認します。",
    ),
    "evidence.stopped": Text(
        "The look ended early, and nothing that was seen says why.",
        "確認が途中で終わり、その理由も記録されていません。",
        "Take the evidence again.",
        "証拠を取り直してください。",
    ),
    "evidence.none": Text(
        "No piece of evidence shows that {host} is in Japan.",
        "{host} が日本国内にあることを示す証拠がありません。",
        "Use a listed endpoint, add a row with its source, or state a placement with a document.",
        "一覧にあるエンドポイントを使うか、出典付きの行を追加するか、"
        "書面に基づく placement を設定してください。",
    ),
    # --- configuration ---------------------------------------------------------------------
    "class.not-accepted": Text(
        "The collections {collections} are routed here, but the store accepts only {accepts}.",
        "コレクション {collections} の保存先になっていますが、"
        "このストアが受け入れるのは {accepts} だけです。",
        "Route them to a store that accepts them.",
        "受け入れ可能なストアを保存先にしてください。",
    ),
    "bucket.missing": Text(
        "No {what} is named.",
        "{what} が指定されていません。",
        "Add {what} to the store.",
        "ストアの設定に {what} を追加してください。",
    ),
    "bucket.arn": Text(
        "The bucket {bucket} is an ARN; an ARN's own region overrides the endpoint.",
        "バケット {bucket} は ARN です。ARN 内のリージョンがエンドポイントより優先されます。",
        "Write the plain name of the bucket.",
        "バケット名だけを書いてください。",
    ),
    "bucket.outpost": Text(
        "{bucket} names S3 on Outposts, which stands wherever its owner put it.",
        "{bucket} は S3 on Outposts を指しており、設置場所を確認できません。",
        "Use a bucket in Tokyo or Osaka.",
        "東京または大阪リージョンのバケットを使ってください。",
    ),
    "bucket.mrap": Text(
        "{bucket} names a Multi-Region Access Point, which goes to the closest region.",
        "{bucket} はマルチリージョンアクセスポイントを指しており、"
        "最も近いリージョンに接続されます。",
        "Write the plain name of a bucket in Tokyo or Osaka.",
        "東京または大阪リージョンのバケット名を書いてください。",
    ),
    "bucket.zone": Text(
        "{bucket} names a directory bucket in one zone; a zone of ap-northeast-1 can be Taipei.",
        "{bucket} は 1 つのゾーンのディレクトリバケットです。"
        "ap-northeast-1 のゾーンには台北も含まれます。",
        "Use a general purpose bucket in Tokyo or Osaka.",
        "東京または大阪リージョンの汎用バケットを使ってください。",
    ),
    "bucket.alias": Text(
        "{bucket} ends like the alias of an access point, which may lead to another account.",
        "{bucket} はアクセスポイントのエイリアスの形をしており、"
        "別のアカウントにつながる可能性があります。",
        "Write the plain name of the bucket.",
        "バケット名だけを書いてください。",
    ),
    "bucket.shape": Text(
        "{bucket} is not a plain {what} name.",
        "{bucket} は {what} の名前として正しくありません。",
        "Write the name alone, without a URL, a path or a host.",
        "URL・パス・ホストを付けず、名前だけを書いてください。",
    ),
    "host.denied": Text(
        "The host {host} is refused: {reason}.",
        "ホスト {host} は使用できません。{reason}。",
        "Use the regional endpoint in Japan.",
        "日本国内のリージョンエンドポイントを使ってください。",
    ),
    "host.unlisted": Text(
        "The host {host} is not in the table of {provider}; its operator also has stores abroad.",
        "ホスト {host} は {provider} の一覧にありません。この事業者は国外にも拠点があります。",
        "Use one of {known}, or add a row with its source to vault.providers.",
        "{known} のいずれかを使うか、出典付きの行を vault.providers に追加してください。",
    ),
    "host.unclaimed": Text(
        "The host {host} is in no table and nothing is claimed about it.",
        "ホスト {host} は一覧になく、所在地の申告もありません。",
        "State a placement with its document, or add a row with its source to vault.providers.",
        "書面に基づく placement を設定するか、出典付きの行を vault.providers に追加してください。",
    ),
    "host.pinned": Text(
        "The endpoint {host} is not among the hosts that are pinned for this store.",
        "エンドポイント {host} は、このストアに固定されたホストに含まれていません。",
        "Open the store from its configuration again.",
        "設定からストアを開き直してください。",
    ),
    "host.plain": Text(
        "{host} would be spoken to over plain http; only a loopback address may be.",
        "{host} への通信が暗号化されません（http）。許されるのはループバックだけです。",
        "Write https.",
        "https を指定してください。",
    ),
    "region.refused": Text(
        "{region} is {place} at {provider}{elsewhere}.",
        "{provider} の {region} は {place} です{elsewhere}。",
        "Use one of {known}.",
        "{known} のいずれかを使ってください。",
    ),
    "region.unlisted": Text(
        "{region} is not a region of {provider} in Japan{elsewhere}.",
        "{region} は {provider} の国内リージョンではありません{elsewhere}。",
        "Use one of {known}.",
        "{known} のいずれかを使ってください。",
    ),
    "region.mismatch": Text(
        "The configuration says {configured}, but {host} belongs to {listed}.",
        "設定では {configured} ですが、{host} は {listed} のものです。",
        "Make the region and the endpoint agree.",
        "リージョンとエンドポイントを一致させてください。",
    ),
    # --- environment -----------------------------------------------------------------------
    "env.endpoint": Text(
        "{variable} sends requests to an endpoint of its own ({value}).",
        "{variable} により、要求が別のエンドポイント（{value}）に送られます。",
        "Unset {variable}; endpoints are written in multistore.toml only.",
        "{variable} を解除してください。エンドポイントは multistore.toml だけに書きます。",
    ),
    "env.region": Text(
        "{variable} says {value}, the configuration says {configured}.",
        "{variable} は {value} ですが、設定は {configured} です。",
        "Unset {variable}, or set it to {configured}.",
        "{variable} を解除するか、{configured} に設定してください。",
    ),
    "env.global": Text(
        "{variable} is {value}, which leads to endpoints that are not the region's own.",
        "{variable} が {value} のため、リージョン本来のものではないエンドポイントが使われます。",
        "Unset {variable}.",
        "{variable} を解除してください。",
    ),
    "env.override": Text(
        "{variable} changes how the SDK finds or trusts its endpoints.",
        "{variable} は、SDK が接続先を決める方法や信頼の判断を変えてしまいます。",
        "Unset {variable}.",
        "{variable} を解除してください。",
    ),
    "env.trust": Text(
        "{variable} brings certificate authorities of its own, who could speak for any host.",
        "{variable} で独自の認証局が指定されており、どのホストにもなりすませます。",
        "Unset {variable}.",
        "{variable} を解除してください。",
    ),
    "env.proxy": Text(
        "{variable} puts a proxy ({value}) in the path that the configuration does not name; "
        "NO_PROXY does not keep object bytes from it.",
        "{variable} により、設定にないプロキシ（{value}）を経由します。"
        "NO_PROXY を指定しても、オブジェクトの本体は経由してしまいます。",
        "Unset {variable}, or name the proxy as vault.proxy.",
        "{variable} を解除するか、vault.proxy に同じプロキシを設定してください。",
    ),
    "env.proxy-loopback": Text(
        "{variable} would carry the requests for this loopback endpoint to a proxy ({value}).",
        "{variable} があると、ループバック宛ての要求までプロキシ（{value}）に送られます。",
        "Unset {variable} for vaults with a store on loopback.",
        "ループバックのストアを使うときは {variable} を解除してください。",
    ),
    "env.authority": Text(
        "{variable} takes sign-in to {value}.",
        "{variable} により、サインイン先が {value} になります。",
        "Unset {variable}.",
        "{variable} を解除してください。",
    ),
    "env.credentials": Text(
        "{variable} says where credentials come from ({value}); no object byte goes there.",
        "{variable} は認証情報の取得先（{value}）を指定しています"
        "（オブジェクトのデータは送られません）。",
        "Look whether it is meant.",
        "意図した設定か確認してください。",
    ),
    "env.noted": Text(
        "{variable} is set; it changes nothing here.",
        "{variable} が設定されていますが、ここでは影響しません。",
    ),
    # --- what the service says ---------------------------------------------------------------
    "service.region": Text(
        "{call} says that {bucket} is in {region} ({place}).",
        "{call} の回答：{bucket} は {region}（{place}）にあります。",
    ),
    "service.abroad": Text(
        "{call} says that {bucket} is in {region}, which is {place}{elsewhere}.",
        "{call} の回答では、{bucket} は {region}（{place}）にあります{elsewhere}。",
        "Make a bucket in Japan, copy, and erase the old one.",
        "日本国内にバケットを作って移し、元のものを消去してください。",
    ),
    "service.other-region": Text(
        "{call} says that {bucket} is in {region}, the configuration says {configured}.",
        "{call} の回答では {bucket} は {region} にありますが、設定は {configured} です。",
        "Set the region to where the bucket really is.",
        "実際にバケットがあるリージョンを設定してください。",
    ),
    "service.silent": Text(
        "{call} names no region for {bucket}.",
        "{call} の回答に {bucket} のリージョンがありません。",
        "Allow the caller s3:ListBucket on the bucket, and ask no gateway in between.",
        "バケットに対する s3:ListBucket を許可し、間にゲートウェイを挟まないでください。",
    ),
    "service.failed": Text(
        "{call} did not say where {bucket} is: {error}.",
        "{call} で {bucket} の場所を確認できませんでした（{error}）。",
        "Check the credentials, that the bucket exists, and that the caller may ask for its place.",
        "認証情報、バケットの存在、場所を問い合わせる権限を確認してください。",
    ),
    "service.zone": Text(
        "{call} says that {bucket} is in the {kind} {zone}, which is not a zone in Japan.",
        "{call} の回答では、{bucket} は {kind} {zone} にあり、国内のゾーンではありません。",
        "Use a general purpose bucket in Tokyo or Osaka.",
        "東京または大阪リージョンの汎用バケットを使ってください。",
    ),
    "service.secondary": Text(
        "A second copy of {bucket} is kept in {region}, which is not in Japan.",
        "{bucket} の複製が国外の {region} に置かれています。",
        "Choose a redundancy whose copies stay in Japan.",
        "複製が国内にとどまる冗長構成を選んでください。",
    ),
    "service.secondary-unknown": Text(
        "The redundancy is {redundancy}: a second copy exists, and nothing shows where.",
        "冗長構成は {redundancy} です。複製がありますが、その場所を確認できません。",
        "Ask with credentials that may read the account, or state a placement with a document.",
        "アカウントを参照できる権限で確認するか、書面に基づく placement を設定してください。",
    ),
    "service.insecure": Text(
        "The account allows {what}.",
        "アカウントの設定で {what} が許可されています。",
        "Require https and TLS 1.2 in the account's settings.",
        "アカウントの設定で https と TLS 1.2 以上を必須にしてください。",
    ),
    # --- the table, the machine ----------------------------------------------------------------
    "table.row": Text(
        "{host} is {provider} in {place} ({confidence}; {source}; {date}).",
        "{host} は {provider} の {place} です（{confidence}、{source}、{date}）。",
    ),
    "table.host-only": Text(
        "{host} is {provider}'s own host, which alone does not place the bucket.",
        "{host} は {provider} の正規のホストですが、それだけではバケットの場所は分かりません。",
    ),
    "table.abroad": Text(
        "{host} is {provider} in {place}, outside Japan ({source}).",
        "{host} は {provider} の {place} で、日本国外です（{source}）。",
        "Use an endpoint in Japan.",
        "日本国内のエンドポイントを使ってください。",
    ),
    "machine.memory": Text(
        "The store is this process's own memory.", "ストアはこのプロセスのメモリです。"
    ),
    "machine.directory": Text(
        "The directory {path} is on a file system of this machine ({filesystem}).",
        "ディレクトリ {path} は、このマシンのファイルシステム（{filesystem}）上にあります。",
    ),
    "machine.mount": Text(
        "The directory {path} is on {filesystem}, which may keep its bytes on another machine.",
        "ディレクトリ {path} は {filesystem} 上にあり、"
        "データが別のマシンに置かれる可能性があります。",
        "Use a local disk, or state a placement with a document for the machine behind it.",
        "ローカルディスクを使うか、保存先のマシンについて書面に基づく placement を"
        "設定してください。",
    ),
    "machine.loopback": Text(
        "{host} is this machine.",
        "{host} はこのマシン自身です。",
    ),
    "machine.not-loopback": Text(
        "{host} should be this machine, but resolves to {address}.",
        "{host} はこのマシンのはずですが、{address} に解決されます。",
        "Write 127.0.0.1, and look at /etc/hosts.",
        "127.0.0.1 と書き、/etc/hosts を確認してください。",
    ),
    # --- addresses -----------------------------------------------------------------------------
    "address.inside": Text(
        "Every address of {host} lies in the range {region} of {source} ({token}, {date}).",
        "{host} のすべてのアドレスは、{source} の {region}（{token}、{date}）の範囲にあります。",
    ),
    "address.outside": Text(
        "{address}, an address of {host}, lies in the range {region} ({token}), outside Japan.",
        "{host} のアドレス {address} は {region} の範囲（{token}）にあり、日本国外です。",
        "Find out who answers for this name: a resolver, a proxy or the provider.",
        "この名前に応答しているもの（リゾルバ、プロキシ、事業者）を調べてください。",
    ),
    "address.other-region": Text(
        "{host} resolves into {region}, the configuration says {configured}.",
        "{host} は {region} に解決されますが、設定は {configured} です。",
        "Set the region to where the account really is.",
        "実際にアカウントがあるリージョンを設定してください。",
    ),
    "address.unlisted": Text(
        "{address}, an address of {host}, is in no range that its operator published ({date}).",
        "{host} のアドレス {address} は、事業者が公開した範囲（{date}）にありません。",
        "Give the operator's newest file of ranges as vault.address_ranges.",
        "事業者の最新のアドレス範囲ファイルを vault.address_ranges に指定してください。",
    ),
    "address.old": Text(
        "The published ranges are of {date} and too old to show where {host} is.",
        "公開アドレス範囲が {date} のもので古く、{host} の場所を示せません。",
        "Give the operator's newest file of ranges as vault.address_ranges.",
        "事業者の最新のアドレス範囲ファイルを vault.address_ranges に指定してください。",
    ),
    "address.ageing": Text(
        "The published ranges are of {date}, more than 30 days old.",
        "公開アドレス範囲が {date} のもので、30 日を過ぎています。",
        "Give the operator's newest file of ranges as vault.address_ranges.",
        "事業者の最新のアドレス範囲ファイルを vault.address_ranges に指定してください。",
    ),
    "address.private": Text(
        "{host} resolves to the private address {address}, which shows no place.",
        "{host} はプライベートアドレス {address} に解決され、場所を示しません。",
    ),
    "address.unresolved": Text(
        "{host} could not be resolved: {error}.",
        "{host} の名前解決ができませんでした：{error}",
        "Check the name and the resolver.",
        "名前とリゾルバを確認してください。",
    ),
    "address.proxied": Text(
        "A named proxy resolves {host}, so its addresses show nothing here.",
        "設定されたプロキシが {host} を解決するため、アドレスからは何も確認できません。",
    ),
    "address.no-place": Text(
        "Nothing shows where the account is: neither the service nor a fresh published range.",
        "アカウントの場所を示すもの（サービスの回答、または新しい公開アドレス範囲）がありません。",
        "Give a newer file of service tags as vault.address_ranges, or state a placement with "
        "its document.",
        "新しいサービスタグのファイルを vault.address_ranges に指定するか、"
        "書面に基づく placement を設定してください。",
    ),
    # --- TLS -----------------------------------------------------------------------------------
    "tls.good": Text(
        "{host} shows a certificate by {issuer} and speaks {version} with {cipher}.",
        "{host} は {version}（{cipher}）で応答し、証明書の発行者は {issuer} です。",
    ),
    "tls.version": Text(
        "{host} speaks {version}; at least TLS 1.2 is required.",
        "{host} は {version} で応答しました。TLS 1.2 以上が必要です。",
        "Have the operator switch on TLS 1.2 or 1.3.",
        "TLS 1.2 または 1.3 を有効にするよう事業者に依頼してください。",
    ),
    "tls.cipher": Text(
        "{host} chose the cipher suite {cipher}, which is not recommended by CRYPTREC.",
        "{host} が選んだ暗号スイート {cipher} は、CRYPTREC の推奨を満たしません。",
        "Have the operator offer AES-GCM or ChaCha20-Poly1305 suites.",
        "AES-GCM または ChaCha20-Poly1305 に対応するよう事業者に依頼してください。",
    ),
    "tls.key": Text(
        "The certificate of {host} has a {key} key of {bits} bits; too short.",
        "{host} の証明書の鍵（{key} {bits} ビット）は短すぎます。",
        "Have the operator use RSA of 2048 bits or P-256, or more.",
        "RSA 2048 ビットまたは P-256 以上の鍵を使うよう事業者に依頼してください。",
    ),
    "tls.hash": Text(
        "The certificate of {host} is signed with {hash}.",
        "{host} の証明書は {hash} で署名されています。",
        "Have the operator renew it with SHA-256 or better.",
        "SHA-256 以上で更新するよう事業者に依頼してください。",
    ),
    "tls.name": Text(
        "The certificate of {host} is for {names}.",
        "{host} の証明書は {names} に対するものです。",
        "Find out who answers under this name.",
        "この名前で応答しているものを調べてください。",
    ),
    "tls.rejected": Text(
        "The TLS handshake with {host} was rejected: {error}.",
        "{host} との TLS ハンドシェイクを受け入れられません：{error}",
        "Find out who answers under this name, and whether its certificate is in order.",
        "この名前で応答しているものと、証明書が正しいかどうかを調べてください。",
    ),
    "tls.unreachable": Text(
        "{host} could not be reached: {error}.",
        "{host} に接続できませんでした：{error}",
        "Check the network and the host.",
        "ネットワークとホストを確認してください。",
    ),
    "tls.issuer": Text(
        "The certificate of {host} is issued by {issuer}; the claim says {claimed}.",
        "{host} の証明書の発行者は {issuer} ですが、申告では {claimed} です。",
        "Ask the operator; renew the claim only if the change is explained.",
        "事業者に確認し、変更の理由が明らかな場合だけ申告を更新してください。",
    ),
    # --- claims --------------------------------------------------------------------------------
    "claim.stands": Text(
        "{operator} ({country}) claims {prefecture}, by {document}, until {until}.",
        "{operator}（{country}）が、{document} により {prefecture} にあると申告しています"
        "（{until} まで）。",
    ),
    "claim.expired": Text(
        "The claim of {operator} ended on {until}.",
        "{operator} による申告は {until} で期限が切れています。",
        "Obtain a new document and set valid_until.",
        "新しい書面を取得し、valid_until を更新してください。",
    ),
    "claim.ending": Text(
        "The claim of {operator} ends on {until}, in 30 days or less.",
        "{operator} による申告は {until} に期限が切れます（30 日以内）。",
        "Obtain a new document in time.",
        "早めに新しい書面を取得してください。",
    ),
    "claim.early": Text(
        "The claim of {operator} only begins on {begin}.",
        "{operator} による申告は {begin} から有効になります。",
        "Wait, or set valid_from as the document says.",
        "開始日を待つか、書面どおりに valid_from を設定してください。",
    ),
    "claim.long": Text(
        "The claim of {operator} is to hold until {until}; a claim holds 400 days at most.",
        "{operator} による申告の期限が {until} になっています。上限は 400 日です。",
        "Shorten valid_until (or state valid_from), and have the claim renewed every year.",
        "valid_until を短くする（または valid_from を書く）とともに、申告を毎年更新してください。",
    ),
    "claim.prefecture": Text(
        "The claim names {prefecture}, which is not a prefecture of Japan.",
        "申告された {prefecture} は日本の都道府県ではありません。",
        "Name the prefecture of every data centre, such as 岐阜県 or Gifu.",
        "データセンターのある都道府県を「岐阜県」のように書いてください。",
    ),
    "claim.document": Text(
        "The document {document} of the claim cannot be read: {error}.",
        "申告の書面 {document} を読めません：{error}",
        "Put the signed document where the configuration says it is.",
        "署名済みの書面を設定どおりの場所に置いてください。",
    ),
    "claim.document-changed": Text(
        "The document {document} is not the one that was claimed: its SHA-256 is {found}.",
        "書面 {document} が申告時のものと異なります（SHA-256：{found}）。",
        "Restore the signed document, or have the new one signed off and set its sha256.",
        "署名済みの書面に戻すか、新しい書面を承認して sha256 を更新してください。",
    ),
    "claim.document-unpinned": Text(
        "The claim does not hold its document fast with a sha256.",
        "申告に書面の sha256 がないため、書面の差し替えを検出できません。",
        'Set sha256 = "{found}".',
        'sha256 = "{found}" を設定してください。',
    ),
    "claim.address": Text(
        "{address}, an address of {host}, is outside the networks of the claim.",
        "{host} のアドレス {address} は、申告されたネットワークの範囲外です。",
        "Ask the operator; renew the claim only if the change is explained.",
        "事業者に確認し、変更の理由が明らかな場合だけ申告を更新してください。",
    ),
    "claim.fronted": Text(
        "{host} is claimed for {operator}, but {where} names {front}: it looks resold.",
        "{host} は {operator} のものと申告されていますが、{where} に {front} とあり、"
        "再販の可能性があります。",
        "Have the operator disclose what stands behind the service.",
        "サービスの基盤がどこにあるかを事業者に開示してもらってください。",
    ),
    "claim.operator-abroad": Text(
        "{operator} is incorporated in {country}: name that country to your customers too.",
        "{operator} は {country} の法人です。お客様には、その国についても開示が必要です。",
    ),
    # --- clock, canary -------------------------------------------------------------------------
    "clock.off": Text(
        "This machine's clock and the store's differ by {seconds} s.",
        "このマシンの時計とストアの時計に {seconds} 秒のずれがあります。",
        "Set the clock by NTP.",
        "NTP で時計を合わせてください。",
    ),
    "canary.fell-through": Text(
        "The server answers an unknown subresource with a listing; a DELETE of one would delete "
        "the empty bucket.",
        "このサーバーは未知のサブリソースに一覧を返します。"
        "DELETE を送ると、空のバケットが削除されるおそれがあります。",
        "Change such settings with the operator's own tool.",
        "この種の設定は、事業者のツールで変更してください。",
    ),
}
