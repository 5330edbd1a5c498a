"""The migrations: up and down on both databases, and equal to the tables of the code."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text, update

from multistore.errors import ConfigurationError
from multistore.ledger import migrating
from multistore.ledger.address import parse
from multistore.ledger.ledger import Ledger, open_ledger
from multistore.ledger.schema import ledger as ledger_table
from multistore.ledger.schema import metadata


@pytest.fixture
def bare(url, tmp_path):
    """A connection's worth of an empty database."""
    made = Ledger(parse(url, base=tmp_path))
    yield made
    made.close()


def tables(ledger):
    with ledger.reading() as connection:
        return set(inspect(connection).get_table_names())


def test_up_and_down_and_up_again(bare):
    assert tables(bare) == set()
    for _ in range(2):
        with bare.writing() as connection:
            migrating.upgrade(connection)
        assert tables(bare) == {*metadata.tables, "schema_version"}
        with bare.writing() as connection:
            migrating.downgrade(connection, "base")
        assert tables(bare) == {"schema_version"}


def test_the_newest_migration_is_the_one_the_code_expects(bare):
    script = ScriptDirectory.from_config(migrating._config(None))
    assert script.get_current_head() == migrating.REVISION
    with bare.writing() as connection:
        migrating.upgrade(connection)
        assert migrating.revision(connection) == migrating.REVISION


def test_the_migrations_make_the_tables_of_the_schema(bare):
    with bare.writing() as connection:
        migrating.upgrade(connection)
    with bare.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": "schema_version", "compare_type": True}
        )
        assert compare_metadata(context, metadata) == []


def test_constraints_have_the_names_of_the_schema(bare, tmp_path, url):
    """Compared with a database that the schema made directly: autogenerate overlooks checks."""
    with bare.writing() as connection:
        migrating.upgrade(connection)
        migrated = described(connection)
        migrating.downgrade(connection, "base")
        metadata.create_all(connection)
        assert described(connection) == migrated


def described(connection):
    inspector = inspect(connection)
    return {
        name: (
            sorted(
                (check["name"], check["sqltext"]) for check in inspector.get_check_constraints(name)
            ),
            sorted(
                (
                    index["name"],
                    tuple(index["column_names"]),
                    index["unique"],
                    {option: str(said) for option, said in index["dialect_options"].items()},
                )
                for index in inspector.get_indexes(name)
            ),
            sorted(
                (key["name"], tuple(key["constrained_columns"]))
                for key in inspector.get_foreign_keys(name)
            ),
            sorted(
                (unique["name"], tuple(unique["column_names"]))
                for unique in inspector.get_unique_constraints(name)
            ),
            inspector.get_pk_constraint(name)["constrained_columns"],
            [
                (column["name"], str(column["type"]), column["nullable"])
                for column in inspector.get_columns(name)
            ],
        )
        for name in metadata.tables
    }


def test_a_ledger_with_keys_does_not_go_down(url, tmp_path):
    from multistore.keys.keyring import open as open_keyring

    with open_keyring(url, "local:keys/", base=tmp_path) as ring:
        ring.ledger.tenants.add("acme")
        ring.for_sealing("acme", "video")
        with pytest.raises(RuntimeError, match="holds keys"), ring.ledger.writing() as connection:
            migrating.downgrade(connection, "base")
        ring.drop()
        ring.for_sealing("acme", "video")


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ("0000", "of an older version .0000..*python -m multistore.ledger upgrade"),
        ("0009", "of a newer version of multistore .0009..*Upgrade multistore"),
    ],
)
def test_another_revision_is_refused(ledger, url, tmp_path, found, says):
    with ledger.writing() as connection:
        connection.execute(text(f"UPDATE schema_version SET version_num = '{found}'"))
    with pytest.raises(ConfigurationError, match=says):
        open_ledger(url, base=tmp_path)


def test_another_format_is_refused(ledger, url, tmp_path):
    with ledger.writing() as connection:
        connection.execute(update(ledger_table).values(format=9))
    with pytest.raises(ConfigurationError, match=r"newer version of multistore .format 9."):
        open_ledger(url, base=tmp_path)


def test_tables_without_a_ledger_are_refused(ledger, url, tmp_path):
    with ledger.writing() as connection:
        connection.execute(ledger_table.delete())
    with pytest.raises(ConfigurationError, match=r"no ledger in them.*keys restore"):
        open_ledger(url, base=tmp_path)


def test_a_database_of_something_else_is_refused_and_left_alone(bare, url, tmp_path):
    with bare.writing() as connection:
        connection.execute(text("CREATE TABLE customers (name TEXT)"))
    with pytest.raises(ConfigurationError, match="something other than a ledger"):
        open_ledger(url, base=tmp_path)
    assert tables(bare) == {"customers"}


def test_the_command_upgrades(url, tmp_path, bare, capsys):
    from multistore.ledger.__main__ import main

    with pytest.raises(SystemExit) as caught:
        main(["upgrade", url], base=tmp_path)
    assert caught.value.code == 2  # nothing is there: a slip of the pen founds no ledger
    assert "there is no ledger" in capsys.readouterr().err
    open_ledger(url, base=tmp_path).close()
    main(["upgrade", url], base=tmp_path)
    assert f"is at {migrating.REVISION}" in capsys.readouterr().out


def test_the_specification_names_every_table_and_column():
    from tests.docs.blocks import ROOT

    page = (ROOT / "docs" / "spec" / "ledger.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(): line for line in page.splitlines() if line[:3] == "| `"}
    for name, table in metadata.tables.items():
        said = rows[f"`{name}`"].split("|")[3]
        assert said.split() == [f"`{column.name}`" for column in table.columns], name
