"""``init`` writes a configuration that is valid, and never loses one."""

import pytest

from multistore import config
from multistore.cli import init
from multistore.errors import AlreadyExistsError, InvalidArgumentError


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_template_is_valid_as_it_is(tmp_path, language):
    init.write(tmp_path / "multistore.toml", language)
    settings = config.load(tmp_path / "multistore.toml")
    assert settings.stores["local"].provider == "local"
    assert set(settings.collections) == {"video", "attachment"}


def test_both_languages_are_the_same_configuration(tmp_path):
    for language in ("en", "ja"):
        init.write(tmp_path / f"{language}.toml", language)
    english, japanese = (config.load(tmp_path / f"{lang}.toml") for lang in ("en", "ja"))
    assert english.model_dump(exclude={"source"}) == japanese.model_dump(exclude={"source"})


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_commented_examples_are_valid_too(tmp_path, language):
    path = tmp_path / "multistore.toml"
    init.write(path, language)
    entries = path.read_text(encoding="utf-8").splitlines()
    # "#name = …" is a setting, "# Name …" a remark; two are alternatives to what stands there.
    taken = [
        line.removeprefix("#")
        for line in entries
        if not line.startswith(("# ", "#ledger", "#keys"))
    ]
    path.write_text("\n".join(taken), encoding="utf-8")
    loaded = config.load(path)
    assert set(loaded.stores) == {"local", "tokyo", "azure", "bizgrand"}
    assert loaded.stores["bizgrand"].placement is not None
    assert loaded.collections["access-log"].survives_tenant


def test_nothing_is_written_over(tmp_path):
    path = tmp_path / "multistore.toml"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(AlreadyExistsError):
        init.write(path, "en")
    assert path.read_text(encoding="utf-8") == "mine"
    init.write(path, "en", force=True)
    config.load(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_directory_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InvalidArgumentError, match="no directory"):
        init.write(tmp_path / "missing" / "multistore.toml", "en")
    with pytest.raises(InvalidArgumentError, match="is a directory"):
        init.write(tmp_path, "en")
