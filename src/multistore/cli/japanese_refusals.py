"""The Japanese of what certificates, keys, ledger and services refuse; the English is the key."""

from __future__ import annotations

CERTIFICATES = {
    "the key {kid} has not signed the certificate {name}": (
        "証明書 {name} には、鍵 {kid} の署名がありません"
    ),
    "Signed by: {names}.": "署名した鍵: {names}",
    "the certificate {name} was altered, or not signed by the key {kid}": (
        "証明書 {name} は改変されているか、鍵 {kid} で署名されていません"
    ),
    "Ask the issuer for it again.": "発行者に、もう一度お求めください。",
    "this is not an erasure certificate": "これは消去証明書ではありません",
    "this is no certificate of this version": "この版の証明書ではありません",
    "this file is too large for a certificate": "証明書にしては大きすぎるファイルです",
    "this has more than a certificate's payload and signatures": (
        "証明書の本文と署名のほかに、余分なものが含まれています"
    ),
    "a member is there twice": "同じ項目が 2 回あります",
    "the certificate's payload has no canonical form": "証明書の本文を正規形にできません",
    "{where} is not a P-256 or Ed25519 public key in PEM": (
        "{where} は、PEM 形式の P-256 または Ed25519 の公開鍵ではありません"
    ),
    "The issuer writes it: multistore certificate key": (
        "発行者が multistore certificate key で書き出します。"
    ),
    "the signing key {path} is of another kind": "署名鍵 {path} は種類が違います",
    "Use a P-256 or Ed25519 key.": "P-256 または Ed25519 の鍵を使ってください。",
    "the signing key {path} can be read by other users": (
        "署名鍵 {path} を、ほかの利用者が読み取れます"
    ),
    "chmod 600 {path}": "chmod 600 {path} を実行してください。",
    "the signing key {path} cannot be read: {why}": "署名鍵 {path} を読み取れません: {why}",
    "{path} is not an unencrypted private key in PEM": (
        "{path} は、暗号化されていない PEM 形式の秘密鍵ではありません"
    ),
    "Use a P-256 or Ed25519 key, PKCS #8.": (
        "P-256 または Ed25519 の、PKCS #8 の鍵を使ってください。"
    ),
    "the signing key {path} cannot be made: {why}": "署名鍵 {path} を作成できません: {why}",
    "Its directory must exist and be writable.": (
        "書き込める既存のディレクトリを指定してください。"
    ),
    "the store changed since the plan was approved: {count} versions are new ({names})": (
        "計画の承認後にストアが変わりました。新しい版が {count} 件あります（{names}）"
    ),
    "Make a new plan with --dry-run and have it approved.": (
        "--dry-run で計画を作り直し、承認を受けてください。"
    ),
    "{person} cannot both perform and validate an erasure": (
        "{person} が消去の実施と確認の両方を行うことはできません"
    ),
    "Another person must agree.": "別の方の同意が必要です。",
    "what the stores hold is not the plan {digest} that was approved: it is {now}, "
    "{count} versions; nothing was erased": (
        "ストアの内容が、承認された計画 {digest} と違います。現在は {now}、{count} 件の版です。"
        "何も消去していません"
    ),
    "the erasure is not complete; {count} remain: {named}": (
        "消去は完了していません。{count} 件が残っています: {named}"
    ),
    "The certificate {name} says what remains; erase again to go on.": (
        "残りは証明書 {name} で確認できます。もう一度消去すると続きから行います。"
    ),
}

KEYS_AND_LEDGER = {
    "{path} is a directory, and a key backup is a file": (
        "{path} はディレクトリです。鍵のバックアップはファイルです"
    ),
    "{path} is not a directory to write {name} into": (
        "{path} は、{name} を書き込めるディレクトリではありません"
    ),
    "the key backup {path} cannot be written: {why}": (
        "鍵のバックアップ {path} に書き込めません: {why}"
    ),
    "the key backup {path} cannot be read: {why}": (
        "鍵のバックアップ {path} を読み取れません: {why}"
    ),
    "{file} is not a key backup": "{file} は鍵のバックアップではありません",
    "multistore keys backup writes one.": "multistore keys backup で作成します。",
    "the end of the key backup {file} is missing": (
        "鍵のバックアップ {file} は、末尾が欠けています"
    ),
    "the key backup {file} is not what was written": (
        "鍵のバックアップ {file} は、書き込んだものと違います"
    ),
    "Take another copy of it.": "別の複製を使ってください。",
    "an old master key soaks for 0 to {most} days, not for {soak}": (
        "--soak は 0 日から {most} 日までです（指定: {soak}）"
    ),
    "{keys} holds the keys of ledger {one}, and {file} is of ledger {other}": (
        "{keys} は台帳 {one} の鍵ですが、{file} は台帳 {other} のものです"
    ),
    "Name that ledger's own key directory.": "その台帳の鍵のディレクトリを指定してください。",
    "{address} is ledger {one}, and {file} is of ledger {other}": (
        "{address} は台帳 {one} ですが、{file} は台帳 {other} のものです"
    ),
    "Name the ledger of this backup, or a place where there is none yet.": (
        "このバックアップの台帳か、まだ台帳のない場所を指定してください。"
    ),
    "{file} is of another version of multistore (schema {schema})": (
        "{file} は別の版の multistore のものです（スキーマ {schema}）"
    ),
    "Restore it with the version that wrote it, then upgrade.": (
        "作成した版で復元してから、更新してください。"
    ),
    "{file} begins as a key backup, but its head is damaged": (
        "{file} は鍵のバックアップですが、先頭部分が壊れています"
    ),
    "{address} has gone on since {file} was written: its {table} are at {number}": (
        "{address} は {file} の作成後に進んでいます（{table}: {number}）"
    ),
    "Restore the newest key backup. Where this ledger is damaged, move it away first.": (
        "最新の鍵のバックアップから復元してください。この台帳が壊れている場合は、"
        "先に別の場所へ移してください。"
    ),
    "{removed} keys were under the old KEK, and {kept} were verified under the new one; "
    "nothing was deleted": (
        "古い KEK の鍵は {removed} 個、新しい KEK で確認できたのは {kept} 個です。"
        "何も削除していません"
    ),
    "Run multistore keys roll again.": "multistore keys roll をもう一度実行してください。",
    "the ledger {address} does not answer: {why}": "台帳 {address} が応答しません: {why}",
    "Is the database up, and may this user read and write it?": (
        "データベースが動いているか、この利用者に読み書きの権限があるかを確認してください。"
    ),
    "the ledger {file} cannot be created: {why}": "台帳 {file} を作成できません: {why}",
}

SERVICES = {
    "S3 {operation}: ConnectFailed": "S3 のサーバーに接続できません（{operation}）",
    "See the endpoint's name, the network and the firewall; deleting once more is safe.": (
        "接続先の名前、ネットワーク、ファイアウォールを確認してください。"
        "もう一度削除しても差し支えありません。"
    ),
    "A hold, a lock or a retention keeps it; multistore tenant holds lists the holds.": (
        "保全、ロックまたは保存期間により保持されています。"
        "保全の一覧は multistore tenant holds で表示します。"
    ),
    "no connection to the service": "サービスに接続できません",
    "Check the endpoint's name, the network and the firewall.": (
        "接続先の名前、ネットワーク、ファイアウォールを確認してください。"
    ),
    "See the endpoint's name, the network and the firewall.": (
        "接続先の名前、ネットワーク、ファイアウォールを確認してください。"
    ),
    "no credentials for S3: {reason} ({where})": "S3 の認証情報がありません: {reason}（{where}）",
    'Name them: credentials = "profile:NAME" or "env:PREFIX" in the store\'s entry.': (
        'ストアの設定に credentials = "profile:NAME" または "env:PREFIX" を書いてください。'
    ),
    "Grant the caller this action on the bucket and the object.": (
        "呼び出し元に、バケットとオブジェクトに対するこの操作の権限を与えてください。"
    ),
    "a local store keeps no versions": "ローカルのストアは版を残しません",
    "Leave the version out.": "版を指定しないでください。",
}

STORED = {
    "the object here was not sealed for tenant {tenant} and collection {collection}": (
        "ここにあるのは、テナント {tenant}、コレクション {collection} 用に封緘された"
        "オブジェクトではありません"
    ),
    "Someone moved or replaced it past multistore.": (
        "multistore を通さずに移動または置き換えられています。"
    ),
    "the header did not verify": "ヘッダーを検証できませんでした",
    "chunk {number} did not verify": "チャンク {number} を検証できませんでした",
    "It is not what was sealed: restore the object from a backup or put it anew.": (
        "封緘したものと違います。バックアップから復元するか、入れ直してください。"
    ),
    "the object here was sealed for another key of this collection": (
        "ここにあるのは、このコレクションの別のキー用に封緘されたオブジェクトです"
    ),
    "this is not a sealed object: it does not begin as one": (
        "封緘されたオブジェクトではありません（先頭の印がありません）"
    ),
    "Something wrote to the store past multistore; put the object anew.": (
        "multistore を通さずに書き込まれています。オブジェクトを入れ直してください。"
    ),
    "the object has {total} bytes, its header says {expected}": (
        "オブジェクトは {total} バイトですが、ヘッダーには {expected} バイトとあります"
    ),
    "content type and metadata take {size} bytes; at most {most} can be kept": (
        "コンテンツ種別とメタデータが {size} バイトあります。{most} バイトまで保管できます"
    ),
    "Keep long descriptions in an object of their own.": (
        "長い説明は、別のオブジェクトに入れてください。"
    ),
    "the source gave more than the {size} bytes that were announced": (
        "入力が、はじめに示された {size} バイトより長くなりました"
    ),
    "It may have grown while it was read: put it again.": (
        "読み取り中に大きくなった可能性があります。もう一度入れてください。"
    ),
    "the source gave {taken} bytes, but {size} were announced": (
        "入力は {taken} バイトでしたが、はじめに示されたのは {size} バイトです"
    ),
    "It may have been cut while it was read: put it again.": (
        "読み取り中に短くなった可能性があります。もう一度入れてください。"
    ),
    "the keys of {tenant} were destroyed at the end of its contract": (
        "{tenant} の鍵は、契約の終了により破棄されました"
    ),
    "the contract of {tenant} is stopped": "{tenant} の契約は停止しています",
    "It can be resumed until its erasure: multistore tenant end --cancel": (
        "消去までは再開できます: multistore tenant end --cancel"
    ),
    "the key directory {path} is not a directory": "鍵の場所 {path} はディレクトリではありません",
    "Name a directory.": "ディレクトリを指定してください。",
    "the key directory {path} belongs to another user": (
        "鍵のディレクトリ {path} は、ほかの利用者のものです"
    ),
    "Run multistore as the directory's owner.": (
        "ディレクトリの所有者として multistore を実行してください。"
    ),
    "the key directory {path} is open to others": (
        "鍵のディレクトリ {path} を、ほかの利用者が開けます"
    ),
    "Run {command}.": "{command} を実行してください。",
    "there is no master key {key} in {path}": "マスター鍵 {key} が {path} にありません",
    "Put the key directory of this ledger in its place.": (
        "この台帳の鍵のディレクトリを、元の場所に戻してください。"
    ),
    "the file system denies it": "ファイルシステムに拒否されました",
    "the file system is read-only": "ファイルシステムが読み取り専用です",
    "The process may not do this in the store's directory; check its owner and mode.": (
        "ストアのディレクトリに対する権限がありません。所有者と権限を確認してください。"
    ),
    "the disk is full": "ディスクに空きがありません",
    "the quota is used up": "割り当て容量を使い切っています",
    "Free space in the store's file system and call again; what was there is untouched.": (
        "ストアのファイルシステムに空きを作り、もう一度実行してください。"
        "既にあるものは変わっていません。"
    ),
    "the file system does not allow so large a file": (
        "ファイルシステムの上限を超える大きさのファイルです"
    ),
    "the path is too long for the file system": "ファイルシステムには長すぎるパスです",
    "the store's directory is gone": "ストアのディレクトリがありません",
    "Is its disk mounted?": "ディスクがマウントされているか確認してください。",
}

RESIDUES = {
    "{store}: blocks of the medium": "{store}: 媒体のブロック",
    "copies of the key files": "鍵ファイルの複製",
    "collection {name}": "コレクション {name}",
    "key {fingerprint}": "鍵 {fingerprint}",
    "the operator's own disk or memory: that its blocks are overwritten is not attestable": (
        "運用者自身のディスクまたはメモリーのため、ブロックが上書きされたことは証明できません"
    ),
    "local key files: nobody but the operator can know of every copy; not attestable": (
        "手元の鍵ファイルのため、すべての複製を知るのは運用者だけで、証明できません"
    ),
    "it is not destroyed: the tenant is {state}": "破棄していません（テナントの状態: {state}）",
    "it survives the tenant: {until}": "契約の終了後も残します: {until}",
    "the key service says: {state}; a backup of the ledger may hold a key wrapped under it": (
        "鍵サービスの回答: {state}。この鍵で包んだ鍵が、台帳のバックアップにある可能性があります"
    ),
    "not looked at: {why}": "確認できません: {why}",
    "not put there by multistore, which neither reads nor deletes it; see to it yourself": (
        "multistore が置いたものではないため、読み取りも削除もしません。ご自身で対応してください"
    ),
    "soft-deleted until {date}": "{date} までは、削除済みとしてサービスに残ります",
    "retained until {date} by {who}": "{who}により {date} まで保持されます",
    "not verified because {why}": "確認できませんでした: {why}",
    "not looked: {code}": "確認できません: {code}",
    "this store is not known to keep versions, nor to keep none": (
        "このストアが版を残すかどうか、分かっていません"
    ),
    "this store does not list its unfinished uploads": (
        "このストアは、未完了のアップロードを一覧できません"
    ),
}

REFUSALS = {**CERTIFICATES, **KEYS_AND_LEDGER, **SERVICES, **STORED, **RESIDUES}
