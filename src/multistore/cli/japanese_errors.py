"""The Japanese of what is wrong with what a user gave; the English, with its gaps, is the key.

Where none fits, the error is told in English: so it can be looked up and quoted.
"""

from __future__ import annotations

from multistore.cli.japanese_refusals import REFUSALS

ARGUMENTS = {
    "--lang {lang}": "--lang に {lang} は指定できません",
    "It is ja or en.": "ja または en を指定してください。",
    "{path} is already there": "{path} は既にあります",
    "--force writes over it.": "上書きするには --force を付けてください。",
    "{file} cannot be read: {why}": "{file} を読み取れません: {why}",
    "there is no rule {name}": "{name} という規則はありません",
    "multistore check --rules lists them.": "一覧は multistore check --rules で表示します。",
    "--format {form} is for reports": "--format {form} は点検の報告にだけ使えます",
    "Rules are shown as text or json.": "規則は text または json で表示します。",
    "standard output could not be written: {why}": "標準出力に書き込めませんでした: {why}",
    "Make room for it, or name a file with --output.": (
        "空きを作るか、--output でファイルを指定してください。"
    ),
    "tenant end needs either --on DATE or --cancel": (
        "tenant end には --on DATE または --cancel のどちらか一方が必要です"
    ),
    "For example: {example}": "例: {example}",
    "--cancel needs a --reason": "--cancel には --reason が必要です",
    "{keep} is not an empty directory": "{keep} は空のディレクトリではありません",
    "The demo writes nothing over.": "デモは既存のものに上書きしません。",
    "{what} did not stop {step}": ("「{step}」の段階で {what} になるはずが、なりませんでした"),
    "{path} is not a file": "{path} は通常のファイルではありません",
    "Name files, one by one.": "ファイルを 1 つずつ指定してください。",
    "{one} and {other} have one name": "{one} と {other} は同じ名前になります",
    "Rename one of them.": "どちらかの名前を変えてください。",
    "{path} cannot be written: {why}": "{path} に書き込めません: {why}",
    "Name a file in a directory that you may write to.": (
        "書き込み権限のあるディレクトリのファイルを指定してください。"
    ),
    "{path} is a directory": "{path} はディレクトリです",
    "Name a file in it.": "その中のファイルを指定してください。",
    "{path} is a disk": "{path} はディスクです",
    "Name a file.": "ファイルを指定してください。",
    "{path} is a pipe or a device, which a file would take the place of": (
        "{path} はパイプまたはデバイスで、ファイルに置き換わってしまいます"
    ),
    "{path}: there is no directory {place}": "{path}: {place} というディレクトリはありません",
    "{path} could not be written: {why}": "{path} に書き込めませんでした: {why}",
    "Name another file, or make room for it.": ("別のファイルを指定するか、空きを作ってください。"),
    "an erasure needs a reason": "消去には理由が必要です",
    "--reason TEXT": "--reason TEXT を付けてください。",
    "an erasure cannot be undone": "消去は取り消せません",
    "Look with --dry-run first, then give either --plan DIGEST or --yes.": (
        "まず --dry-run で確かめ、--plan DIGEST または --yes のどちらか一方を付けてください。"
    ),
    "--soak nan": "--soak に nan は指定できません",
    "Write a number of hours.": "時間数を数値で指定してください。",
    "-r and --delimiter exclude each other": "-r と --delimiter は同時に指定できません",
    "--delimiter is empty": "--delimiter が空です",
    "-r lists without one.": "区切らずに一覧するには -r を使います。",
    "cp goes from address to address; put takes files in and get brings them out.": (
        "cp はアドレスからアドレスへのコピーです。ファイルを入れるには put、"
        "取り出すには get を使います。"
    ),
    "--create and --if-match exclude each other": "--create と --if-match は同時に指定できません",
    "The first wants no object there, the second a certain one.": (
        "--create はオブジェクトがないこと、--if-match は特定のオブジェクトがあることが条件です。"
    ),
    "{text} is not a range of bytes": "{text} はバイト範囲ではありません",
    "Write 0-1023 (both included), 100- (to the end) or -500 (the last 500).": (
        "0-1023（両端を含む）、100-（末尾まで）、-500（最後の 500 バイト）のように書いてください。"
    ),
    "Write: {example}": "次のように書いてください: {example}",
    "{count} sources cannot become one object": (
        "{count} 個の入力を 1 つのオブジェクトにはできません"
    ),
    "Write {target} to put each under its own name.": (
        "それぞれの名前で入れるには、{target} と書いてください。"
    ),
    "standard input has no name of its own": "標準入力には名前がありません",
    "Write the whole address.": "アドレスを最後まで書いてください。",
    "{one} and {other} would both become {address}": (
        "{one} と {other} は、どちらも {address} になってしまいます"
    ),
    "Put them one by one.": "1 つずつ入れてください。",
    "{name} is here already": "{name} は既にここにあります",
    "Name it to write over it: {example}": "上書きするには、名前を指定してください: {example}",
    "--meta {pair}": "--meta {pair} の書き方が違います",
    "Write --meta key=value.": "--meta キー=値 と書いてください。",
    "--meta {key}= is there twice": "--meta {key}= が 2 回指定されています",
    "--if-match concerns one object": "--if-match は 1 つのオブジェクトにだけ使えます",
    "there is no file {path}": "{path} というファイルはありません",
    "Name the files in it, as here: {example}": (
        "次のように、中のファイルを指定してください: {example}"
    ),
    "there is no directory {path}": "{path} というディレクトリはありません",
    "--json and the object's bytes cannot share one output": (
        "--json とオブジェクトの中身を、同じ出力に書くことはできません"
    ),
}

NAMES = {
    "the key {key} is empty": "キー {key} が空です",
    "the key {key} is not Unicode text": "キー {key} は Unicode の文字列ではありません",
    "the key {key} has {size} bytes of UTF-8; at most {most} are allowed": (
        "キー {key} は UTF-8 で {size} バイトです。{most} バイトまでにしてください"
    ),
    "the key {key} has a control character": "キー {key} に制御文字が含まれています",
    "the key {key} begins with a slash": "キー {key} が / で始まっています",
    "the key {key} has an empty, '.' or '..' segment": (
        "キー {key} に、空の区切り、「.」または「..」が含まれています"
    ),
    "the range begins at byte {start}, but the object has {size} bytes": (
        "範囲は {start} バイト目から始まりますが、オブジェクトは {size} バイトです"
    ),
    "{name} is not a {kind} name": "{name} は{kind}の名前として使えません",
    "Use 1 to 63 of a-z, 0-9 and -, and do not begin with -.": (
        "a-z、0-9、- を 1 文字から 63 文字使い、- 以外で始めてください。"
    ),
    "{text} is not an address": "{text} はアドレスではありません",
    "Write tenant/collection/key, for example school-042/video/lesson.mp4.": (
        "テナント/コレクション/キー の形で書いてください。例: school-042/video/lesson.mp4"
    ),
    "{text} is not a prefix": "{text} は接頭辞ではありません",
    "Write tenant/collection/ or more, for example school-042/video/.": (
        "テナント/コレクション/ またはその続きまで書いてください。例: school-042/video/"
    ),
    "{etag} is no etag": "{etag} は etag ではありません",
    "{text} would also cover names that only begin alike": (
        "{text} では、先頭が同じだけの別の名前まで対象になります"
    ),
    "End it with a slash; only closed prefixes are erased.": (
        "末尾に / を付けてください。/ で閉じた接頭辞だけを消去できます。"
    ),
    "{subject} is not a subject of a hold": "{subject} は保全の対象として指定できません",
    "Write tenant/, tenant/collection/, a prefix that ends in / or an address.": (
        "テナント/、テナント/コレクション/、/ で終わる接頭辞、またはアドレスを書いてください。"
    ),
    "Write {text}.": "{text} と書いてください。",
    "the {what} is empty": "{what}が空です",
    "the {what} has {count} characters; at most {most} are kept": (
        "{what}は {count} 文字です。{most} 文字までにしてください"
    ),
    "the {what} is not Unicode text": "{what}が Unicode の文字列ではありません",
    "the {what} has a control character": "{what}に制御文字が含まれています",
    "Say by whom: by=…": "--by で担当者を指定してください。",
}

FOUND = {
    "{file} cannot be read: No such file or directory": "{file} がありません",
    "multistore init writes one.": "multistore init で作成できます。",
    "{path} is not TOML: {why}": "{path} は TOML として読めません: {why}",
    "{entry}: {name} has no endpoint in the table": ("{entry}: {name} の接続先は表にありません"),
    "The table knows {names}.": "表にあるのは次のものです: {names}",
    "there is no collection {name} in the configuration": (
        "設定に {name} というコレクションはありません"
    ),
    "There are {names}.": "次のものがあります: {names}",
    "there is no store {name}": "{name} というストアはありません",
    "there is no tenant {name}": "{name} というテナントはありません",
    "Add it once: {command}": "最初に一度だけ追加してください: {command}",
    "there is a tenant {name} already, or was one: its name is not given out again": (
        "{name} というテナントは既にあるか、以前ありました。同じ名前は二度と使えません"
    ),
    "there is no such object": "そのオブジェクトはありません",
    "an object of this name exists": "その名前のオブジェクトが既にあります",
    "The stores are {names}.": "ストアは {names} です。",
    "what {store} does is documented, and not probed": (
        "{store} の動作は文書で分かっているため、調べません"
    ),
    "Probe a store of an S3-compatible service.": "S3 互換サービスのストアを調べてください。",
    "the tenant {name} is {state}, from where it cannot become {next}": (
        "テナント {name} の状態は {state} で、{next} にはできません"
    ),
    "Was the ledger restored? {why}": "台帳を復元していませんか。{why}",
    "multistore events verify tells what happened to the chain.": (
        "記録の連なりは multistore events verify で確かめられます。"
    ),
    "there is an object of that name": "その名前のオブジェクトが既にあります",
    "there is an object {name}": "{name} というオブジェクトが既にあります",
    "source and target are the same": "コピー元とコピー先が同じです",
    "{count} of {all} objects were not deleted: {named}": (
        "{all} 個のうち {count} 個のオブジェクトを削除できませんでした: {named}"
    ),
    "the tenant {name} is {state}: its contract has ended on {day}": (
        "テナント {name} の契約は {day} に終了しています（状態: {state}）"
    ),
    "the tenant {name} is {state}: there is no end to call off": (
        "テナント {name} に、取り消せる契約終了の予定はありません（状態: {state}）"
    ),
    "the tenant {name} is {state}: its keys are destroyed": (
        "テナント {name} の鍵は既に破棄されています（状態: {state}）"
    ),
    "the tenant {name} is {state}: nothing to approve": (
        "テナント {name} に、承認するものはありません（状態: {state}）"
    ),
    "{person} has noted the end of {name} and cannot approve its erasure too": (
        "{name} の契約終了を登録した {person} は、消去を承認できません"
    ),
    "Another person must.": "別の方が承認してください。",
    "Another person must: {command}": "別の方が次を実行してください: {command}",
    "nobody has approved the erasure of the tenant {name}": (
        "テナント {name} の消去は、まだ承認されていません"
    ),
    "the tenant {tenant} has a hold {name} already": (
        "テナント {tenant} には {name} という保全が既にあります"
    ),
    "the tenant {tenant} has no hold {name}": (
        "テナント {tenant} に {name} という保全はありません"
    ),
    "{command} lists them.": "一覧は {command} で表示します。",
    "{command} shows them.": "一覧は {command} で表示します。",
    "the hold {name} of {person} keeps {subject}: {reason}": (
        "{person} の保全 {name} により {subject} は保持されています: {reason}"
    ),
    "When it ends: {command}": "保全を終えるときは: {command}",
    "there is no ledger {address} yet": "台帳 {address} はまだありません",
    "multistore tenant add NAME founds it.": "multistore tenant add NAME で作成されます。",
    "{head} is no head of events": "{head} は記録の先頭の値ではありません",
    "Write SEQ:HASH, as events verify shows it.": (
        "events verify が表示するとおりに、SEQ:HASH の形で書いてください。"
    ),
    "there is no event {number}: the chain ends at {end}": (
        "{number} 番の記録はありません。最後は {end} 番です"
    ),
    "{count} certificates have an id that begins with {text}": (
        "{text} で始まる ID の証明書は {count} 件です"
    ),
    "{count} incidents have an id that begins with {text}": (
        "{text} で始まる ID のインシデントは {count} 件です"
    ),
    "that the customer was told of {name} is noted": (
        "{name} をお客様に知らせたことは、既に登録されています"
    ),
}

TEXTS = {**ARGUMENTS, **NAMES, **FOUND, **REFUSALS}
"""Sentences and hints; a gap is a name in braces."""

PARTS = {
    "tenant": "テナント",
    "collection": "コレクション",
    "reason of an erasure": "消去の理由",
    "person who performs an erasure": "消去の実施者",
    "person who validates an erasure": "消去の確認者",
    "name of a hold": "保全の名前",
    "reason of a hold": "保全の理由",
    "person of a hold": "保全を行う人の名前",
    "name of the hold": "保全の名前",
    "reason of the release": "解除の理由",
    "person who releases the hold": "保全を解除する人の名前",
    "person who has told the customer": "お客様に知らせた人の名前",
    "reason of calling the end off": "契約終了を取り消す理由",
    "name of the person": "担当者の名前",
    "nobody": "なし",
    "there are none": "見つかりません",
    "the default chain of the AWS SDK": "AWS SDK の既定の探し方",
    "changed": "変更済み",
    "retained": "保持中",
    "denied": "拒否",
    "failed": "失敗",
    "a date not told": "不明な日時",
    "its release": "解除",
    "a lock of the store": "ストアのロック",
    "nothing was answered": "回答がありません",
    "objects": "オブジェクト",
    "versions": "版",
    "markers": "削除マーカー",
    "delete_markers": "削除マーカー",
    "snapshots": "スナップショット",
    "soft_deleteds": "削除済みの版",
    "uploads": "未完了のアップロード",
    "bytes": "バイト",
    "No such file or directory": "ファイルまたはディレクトリがありません",
    "Permission denied": "権限がありません",
    "Is a directory": "ディレクトリです",
    "Not a directory": "ディレクトリではありません",
    "File name too long": "名前が長すぎます",
    "No space left on device": "空き容量がありません",
    "Read-only file system": "読み取り専用です",
    "File too large": "ファイルが大きすぎます",
    "Too many levels of symbolic links": "シンボリックリンクが多すぎます",
}
"""What stands in a gap and is no name."""

FAULTS = {
    "Field required": "必須の項目がありません",
    "Extra inputs are not permitted": "知らない項目です",
    "Input should be a valid string": "文字列ではありません",
    "Input should be a valid list": "一覧（[…]）ではありません",
    "Input should be a valid integer": "整数ではありません",
    "Input should be a valid boolean": "true または false ではありません",
}
"""What is wrong with an entry of a configuration, of which several may stand in one sentence."""

FIELDS = {
    "operation": "操作",
    "store": "ストア",
    "provider": "事業者",
    "bucket": "バケット",
    "key": "対象",
    "version": "版",
    "code": "コード",
    "status": "HTTP ステータス",
    "request_id": "リクエスト ID",
}
"""Where an error happened, in the order in which it is told."""
