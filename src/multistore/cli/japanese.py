"""The Japanese of everything that the command says itself; the English is the key."""

from __future__ import annotations

from multistore.cli.japanese_check import CHECK
from multistore.cli.japanese_erasure import ERASURE
from multistore.cli.japanese_events import EVENTS
from multistore.cli.japanese_keys import KEYS
from multistore.cli.japanese_lifecycle import LIFECYCLE
from multistore.cli.japanese_usage import USAGE

ERRORS = {
    "failed": "失敗しました",
    "not understood": "指定に誤りがあります",
    "refused, residency": "保管場所の規則により拒否しました",
    "keys or ledger": "鍵または台帳の問題です",
    "integrity": "完全性の検証に失敗しました",
    "not available, try again": "いま利用できません。時間をおいて再度お試しください",
    "interrupted; nothing half-written was left": "中断しました。書きかけのものは残っていません",
    "a fault of multistore itself: {name}; --debug shows where": (
        "multistore 自体の不具合です: {name}。--debug で発生箇所を表示します"
    ),
}

RESULTS = {
    "{address}  {size} bytes": "{address}  {size} バイト",
    "{address}  {size} bytes -> {path}": "{address}  {size} バイト -> {path}",
    "{size} bytes": "{size} バイト",
    "{path} written; next: multistore tenant add school-042": (
        "{path} を作成しました。次は: multistore tenant add school-042"
    ),
    "tenant {name} added": "テナント {name} を追加しました",
    "written to {path}": "{path} に書き出しました",
    "deleted": "削除",
    "absent": "もともとなし",
    "changed": "変更済みのため残しました",
    "retained": "保持中",
    "denied": "拒否",
    "failed, may still be there": "失敗（残っている可能性があります）",
    "rm hides: where versions are kept, bytes stay; multistore erase removes them.": (
        "rm は見えなくする操作です。版を残すストアでは、以前のデータが残ります。"
        "消し去るには multistore erase を使います。"
    ),
    "address": "アドレス",
    "size": "サイズ",
    "modified": "更新日時",
    "sealed": "封緘日時",
    "etag": "etag",
    "version": "版",
    "content type": "コンテンツ種別",
    "meta {key}": "メタ {key}",
}

DEMO = {
    "What the following lines need": "準備",
    "A vault on a fresh directory: an SQLite ledger, local keys, no cloud": (
        "新しいディレクトリに保管庫を作ります。台帳は SQLite、鍵は手元、クラウドは使いません"
    ),
    "Two tenants; each has keys of its own": "テナントを二つ追加します。鍵はそれぞれ別です",
    "The files go in, sealed, for both tenants": (
        "両方のテナントに、ファイルを暗号化（封緘）して入れます"
    ),
    "On the disk: a header that begins with the format's magic, then ciphertext from byte 160": (
        "ディスクにあるのは、形式の印で始まるヘッダーと、160 バイト目からの暗号文です"
    ),
    "A range comes back in the clear; only the chunks that it touches are opened": (
        "一部分を平文で読み戻します。開くのは、その範囲にかかるチャンクだけです"
    ),
    "A listing shows the sizes of the plaintext, with no further request": (
        "一覧は平文のサイズを示します。追加の通信はありません"
    ),
    "One tenant's bytes under the other's name: the other tenant's key does not open them": (
        "片方のテナントのデータを、もう片方の名前の場所に置きます。別のテナントの鍵では開けません"
    ),
    "A bucket in Seoul is refused before a byte leaves this machine": (
        "ソウルのバケットは、1 バイトも送らないうちに拒否します"
    ),
    "Deleted": "削除します",
    "Everything is still in {home}.": "すべて {home} に残してあります。",
    "Next, with a vault of your own:": "次は、ご自分の保管庫で:",
}

HELP = {
    "Objects sealed, in Japan, at whichever provider. --lang and --debug may stand anywhere.": (
        "オブジェクトを暗号化して、日本国内に、どの事業者でも同じ方法で保管します。"
        "--lang と --debug はどこに書いても構いません。"
    ),
    "The language of the messages; else the locale's.": (
        "メッセージの言語です。省略時はロケールに従います。"
    ),
    "Show the traceback of an error.": "エラーのトレースバックを表示します。",
    "Show the version.": "バージョンを表示します。",
    "Show this message and exit.": "この説明を表示して終了します。",
    "Show the whole story on this machine: no configuration, no cloud, no network.": (
        "設定もクラウドもネットワークも使わず、このマシンだけで一通りの動きをお見せします。"
    ),
    "Your own files, of any size; else a sample.": (
        "お手元のファイルです（サイズ不問）。省略時は見本を使います。"
    ),
    "Work in this directory and leave it there.": (
        "このディレクトリで実行し、終わっても残します。"
    ),
    "Write a commented multistore.toml that opens as it is.": (
        "そのまま開ける、説明付きの multistore.toml を作ります。"
    ),
    "Where to write it.": "作成先です。",
    "Write over a file that is already there.": "既にあるファイルに上書きします。",
    "Seal files, or what comes through a pipe, and write them.": (
        "ファイル、またはパイプからの入力を暗号化（封緘）して書き込みます。"
    ),
    "Files, or - for standard input.": "ファイル、または標準入力を表す - です。",
    "tenant/collection/key, or a directory that ends with /.": (
        "テナント/コレクション/キー、または / で終わるディレクトリです。"
    ),
    "tenant/collection/key.": "テナント/コレクション/キー です。",
    "Refuse to write over an object that is already there.": (
        "既にあるオブジェクトには上書きしません。"
    ),
    "Write only over the object that has this etag.": (
        "この etag のオブジェクトにだけ上書きします。"
    ),
    "Kept sealed.": "暗号化して保管します。",
    "Kept sealed; may be repeated.": "暗号化して保管します。繰り返し指定できます。",
    "The configuration of the vault.": "保管庫の設定ファイルです。",
    "Print one JSON object per line, for scripts.": (
        "スクリプト用に、1 行に 1 つの JSON を出力します。"
    ),
    "Open an object and save it; the file appears when all of it has been verified.": (
        "オブジェクトを復号して保存します。すべて検証し終えてからファイルが現れます。"
    ),
    "A file, a directory, or - for standard output.": (
        "ファイル、ディレクトリ、または標準出力を表す - です。"
    ),
    "Write an object, or some bytes of it, to standard output; only what was verified.": (
        "オブジェクトの全部または一部を標準出力に書き出します。検証できた部分だけを出力します。"
    ),
    "0-1023 (both included), 100- (to the end) or -500 (the last 500 bytes).": (
        "0-1023（両端を含む）、100-（末尾まで）、-500（最後の 500 バイト）のように書きます。"
    ),
    "List objects, ordered by their names' bytes, with the sizes of their plaintext.": (
        "オブジェクトを、名前のバイト順に、平文のサイズで一覧します。"
    ),
    "tenant/collection/, or that and the beginning of a key.": (
        "テナント/コレクション/、またはそれにキーの先頭部分を続けたものです。"
    ),
    "With size and time.": "サイズと日時も表示します。",
    "All objects below, not one level.": "1 階層ではなく、その下のすべてを一覧します。",
    "What parts the levels; / by default.": "階層の区切りです。既定は / です。",
    "Describe one object: size, times, etag, content type, metadata.": (
        "1 つのオブジェクトのサイズ、日時、etag、コンテンツ種別、メタデータを表示します。"
    ),
    "Copy an object, with its metadata, to another address of the vault.": (
        "オブジェクトをメタデータごと、保管庫の別のアドレスへコピーします。"
    ),
    "Delete objects. This hides them: where a store keeps versions, their bytes stay.": (
        "オブジェクトを削除します。見えなくする操作なので、版を残すストアではデータが残ります。"
    ),
    "Find out with throw-away objects what a store really does, and clean up.": (
        "使い捨てのオブジェクトでストアの実際の動きを調べ、後片付けをします。"
    ),
    "The store's name in the configuration.": "設定にあるストアの名前です。",
    "Write the record, for the entry probe of the store.": (
        "結果を書き出します。設定のストアの probe に指定できます。"
    ),
    "Add and list tenants, the customers under contract.": (
        "テナント（ご契約のお客様）を追加、一覧します。"
    ),
    "Add tenants, so that objects may be put under their names.": (
        "テナントを追加し、その名前でオブジェクトを置けるようにします。"
    ),
    "1 to 63 of a-z, 0-9 and -.": "a-z、0-9、- を 1 文字から 63 文字使います。",
    "List the tenants.": "テナントを一覧します。",
}

PROBE = {
    "probing": "調査中",
    "yes": "はい",
    "no": "いいえ",
    "not found out": "不明",
    "could not be removed: {names}": "削除できなかったもの: {names}",
    "an unknown subresource is refused": "知らないサブリソースを拒否する",
    "If-None-Match on PUT is honoured": "PUT の If-None-Match を守る",
    "If-None-Match on CompleteMultipartUpload is honoured": (
        "CompleteMultipartUpload の If-None-Match を守る"
    ),
    "If-Match on PUT is honoured": "PUT の If-Match を守る",
    "If-Match on CompleteMultipartUpload is honoured": (
        "CompleteMultipartUpload の If-Match を守る"
    ),
    "If-Match on DELETE is honoured": "DELETE の If-Match を守る",
    "the bucket says whether it has Object Lock": "オブジェクトロックの有無を答える",
    "versions are listed": "版を一覧できる",
    "an overwritten object keeps its old version": "上書きしても以前の版が残る",
    "bulk delete deletes, and reports each key": "一括削除が働き、キーごとに結果を返す",
    "lifecycle rules can be read": "ライフサイクル規則を読み取れる",
    "x-amz-checksum headers are accepted": "x-amz-checksum ヘッダーを受け付ける",
    "a wrong x-amz-checksum is refused": "誤った x-amz-checksum を拒否する",
    "ranges are exact, and one past the end is refused": (
        "範囲指定が正確で、末尾を越えるものを拒否する"
    ),
    "ranges from the end are exact": "末尾からの範囲指定が正確である",
    "listings are in the order of bytes": "一覧がバイト順である",
    "start-after and delimiter are exact": "start-after と delimiter が正確である",
    "non-ASCII names come back unchanged": "ASCII 以外の名前がそのまま返る",
    "names with signs come back unchanged": "記号を含む名前がそのまま返る",
    "content type and metadata come back unchanged": ("コンテンツ種別とメタデータがそのまま返る"),
    "parts of 5 MiB are put together": "5 MiB のパートを結合できる",
    "the parts of an upload may differ in size": "パートの大きさが揃っていなくてもよい",
    "a part below 5 MiB is accepted before the last": ("最後以外の 5 MiB 未満のパートを受け付ける"),
    "parts are copied on the server": "サーバー側でパートをコピーできる",
    "a part is copied only under its source's etag": (
        "コピー元の etag が一致するときだけパートをコピーする"
    ),
    "eight requests at a time are answered": "同時に 8 件の要求に応える",
}

JAPANESE = {
    **ERRORS,
    **RESULTS,
    **DEMO,
    **HELP,
    **PROBE,
    **CHECK,
    **KEYS,
    **ERASURE,
    **LIFECYCLE,
    **EVENTS,
    **USAGE,
}
