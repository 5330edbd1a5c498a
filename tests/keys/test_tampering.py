"""Whoever can write to the ledger gets errors out of it, never another key."""

import pytest
from sqlalchemy import delete, insert, select, update

from multistore.errors import KeyUnavailableError, MultistoreError, TamperedError
from multistore.ledger.schema import keks, ledger, scope_keys, scopes, tenants, wrapped_keys
from tests.keys.conftest import Place


@pytest.fixture
def filled(keyring):
    """acme/video, acme/backup and bolt/video have keys; nothing is cached."""
    keys = {
        f"{tenant}/{name}": keyring.for_sealing(tenant, name)
        for tenant, name in [("acme", "video"), ("acme", "backup"), ("bolt", "video")]
    }
    keyring.drop()
    return {name: (key.scope_id, bytes(key.secret)) for name, key in keys.items()}


def swap_wrapped(connection, first, second):
    rows = {row.scope_id: row for row in connection.execute(select(wrapped_keys))}
    for one, other in [(first, second), (second, first)]:
        connection.execute(
            update(wrapped_keys)
            .where(wrapped_keys.c.scope_id == one)
            .values(wrapped=rows[other].wrapped)
        )


def swap_whole_rows(connection, first, second):
    """Exchange everything that is kept of two keys but the scopes they belong to."""
    swap_wrapped(connection, first, second)
    keep = {row.scope_id: row for row in connection.execute(select(scope_keys))}
    for one, other in [(first, second), (second, first)]:
        connection.execute(
            update(scope_keys)
            .where(scope_keys.c.scope_id == one)
            .values(fingerprint=keep[other].fingerprint, owner_tag=keep[other].owner_tag)
        )


def swap_owners(connection, first, second):
    """Let each of two tenants' scopes belong to the other."""
    rows = {row.id: row for row in connection.execute(select(scopes))}
    connection.execute(update(scopes).where(scopes.c.id == first).values(collection="aside"))
    for one, other in [(second, first), (first, second)]:
        connection.execute(
            update(scopes)
            .where(scopes.c.id == one)
            .values(tenant_id=rows[other].tenant_id, collection=rows[other].collection)
        )


def swap_tenant_names(connection, *_):
    for name, new in [("acme", "x"), ("bolt", "acme"), ("x", "bolt")]:
        connection.execute(update(tenants).where(tenants.c.name == name).values(name=new))


def swap_collections(connection, first, _second):
    (tenant,) = connection.execute(select(scopes.c.tenant_id).where(scopes.c.id == first)).scalars()
    for name, new in [("video", "x"), ("backup", "video"), ("x", "backup")]:
        connection.execute(
            update(scopes)
            .where(scopes.c.tenant_id == tenant, scopes.c.collection == name)
            .values(collection=new)
        )


def renumber(connection, first, _second):
    """Give a key out as version 2 of itself."""
    known = connection.execute(select(scope_keys).where(scope_keys.c.scope_id == first)).one()
    row = connection.execute(select(wrapped_keys).where(wrapped_keys.c.scope_id == first)).one()
    connection.execute(insert(scope_keys).values({**known._mapping, "version": 2}))
    connection.execute(insert(wrapped_keys).values({**row._mapping, "version": 2}))


def relabel_kek(connection, first, _second):
    """Say that a row is under another KEK that exists."""
    row = connection.execute(select(keks)).first()
    connection.execute(insert(keks).values({**row._mapping, "no": 2, "state": "retiring"}))
    connection.execute(
        update(wrapped_keys).where(wrapped_keys.c.scope_id == first).values(kek_no=2)
    )


def flip(column, position):
    def edit(connection, first, _second):
        where = column.table.c.scope_id == first if "scope_id" in column.table.c else None
        query = select(column)
        value = bytearray(
            connection.execute(query if where is None else query.where(where)).scalar()
        )
        value[position] ^= 1
        change = update(column.table).values({column.name: bytes(value)})
        connection.execute(change if where is None else change.where(where))

    edit.__name__ = f"flip {column.table.name}.{column.name}[{position}]"
    return edit


def another_ledgers_id(connection, *_):
    connection.execute(update(ledger).values(id=bytes(16)))


EDITS = [
    swap_wrapped,
    swap_whole_rows,
    swap_owners,
    swap_tenant_names,
    renumber,
    relabel_kek,
    flip(wrapped_keys.c.wrapped, 0),
    flip(wrapped_keys.c.wrapped, 1),
    flip(wrapped_keys.c.wrapped, 5),
    flip(wrapped_keys.c.wrapped, 6),
    flip(wrapped_keys.c.wrapped, 18),
    flip(wrapped_keys.c.wrapped, 65),
    flip(scope_keys.c.fingerprint, 0),
    flip(scope_keys.c.owner_tag, 31),
    flip(keks.c.ciphertext, 0),
    flip(keks.c.ciphertext, 20),
    flip(keks.c.ciphertext, -1),
]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_an_edited_ledger_is_an_error_on_first_use(keyring, filled, edit):
    with keyring.ledger.writing() as connection:
        edit(connection, filled["acme/video"][0], filled["bolt/video"][0])
    keyring.drop()
    with pytest.raises(KeyUnavailableError if edit is relabel_kek else TamperedError):
        keyring.for_sealing("acme", "video")


def test_two_collections_of_one_tenant_cannot_be_exchanged(keyring, filled):
    with keyring.ledger.writing() as connection:
        swap_collections(connection, filled["acme/video"][0], None)
    keyring.drop()
    for name in ("video", "backup"):
        with pytest.raises(TamperedError):
            keyring.for_sealing("acme", name)


def test_a_row_of_another_ledger_does_not_open(keyring, filled, tmp_path):
    (tmp_path / "other").mkdir()
    other = Place("sqlite:///other.db", tmp_path / "other")
    with other.open() as foreign:
        foreign.ledger.tenants.add("acme")
        foreign.for_sealing("acme", "video")
        with foreign.ledger.reading() as connection:
            row = connection.execute(select(wrapped_keys)).one()
    with keyring.ledger.writing() as connection:
        connection.execute(
            update(wrapped_keys)
            .where(wrapped_keys.c.scope_id == filled["acme/video"][0])
            .values(wrapped=row.wrapped)
        )
    keyring.drop()
    with pytest.raises(TamperedError):
        keyring.for_sealing("acme", "video")


def test_a_kek_of_another_ledger_does_not_open(keyring, filled, tmp_path):
    (tmp_path / "other").mkdir()
    with Place("sqlite:///other.db", tmp_path / "other").open() as foreign:
        foreign.ledger.tenants.add("acme")
        foreign.for_sealing("acme", "video")
        with foreign.ledger.reading() as connection:
            row = connection.execute(select(keks)).one()
    with keyring.ledger.writing() as connection:
        connection.execute(
            update(keks).values(ciphertext=row.ciphertext, kms_key_id=row.kms_key_id)
        )
    keyring.drop()
    # The master key that the row names is not in this ledger's directory.
    with pytest.raises(KeyUnavailableError, match="is that of KEK 1 of ledger"):
        keyring.for_sealing("acme", "video")


def test_another_ledgers_id_is_refused_when_the_ledger_is_opened(place, keyring, filled):
    with keyring.ledger.writing() as connection:
        another_ledgers_id(connection)
    with pytest.raises(MultistoreError, match="holds the keys of ledger"):
        place.open()


def test_a_deleted_scope_does_not_get_a_new_key_in_silence(keyring, filled):
    """Its rows gone, the next seal founds another scope: reads of old objects then say so."""
    old = filled["acme/video"][0]
    with keyring.ledger.writing() as connection:
        for table in (wrapped_keys, scope_keys):
            connection.execute(delete(table).where(table.c.scope_id == old))
        connection.execute(delete(scopes).where(scopes.c.id == old))
    keyring.drop()
    assert keyring.for_sealing("acme", "video").scope_id != old
