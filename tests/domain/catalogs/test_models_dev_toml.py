"""models.dev as its repository keeps it."""

import gzip
import io
import tarfile

import pytest

from routeyard.domain.errors import InvalidCatalog
from services.registry.catalogs import models_dev
from services.registry.catalogs.models_dev_toml import is_archive, repository
from tests.domain.catalogs.rows import refused, releases

PROVIDER = 'name = "Acme"\nnpm = "@ai-sdk/openai-compatible"\napi = "https://acme.example/v1"\n'
FILES = {
    "models/lab/base.toml": 'name = "Base"\n[limit]\ncontext = 256_000\noutput = 10\n',
    "providers/acme/provider.toml": PROVIDER,
    "providers/acme/models/m.toml": 'base_model = "lab/base"\n[cost]\ninput = 0.10\noutput = 1\n',
    "providers/acme/models/deep/er.toml": 'name = "Deeper"\n',
    "providers/acme/logo.svg": "<svg/>",
    "README.md": "hello",
}


def archive(
    files: dict[str, str], links: dict[str, str] | None = None, root: str = "models.dev-dev/"
) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(root + name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(root + name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return packed.getvalue()


@pytest.mark.parametrize("root", ["", "./", "models.dev-dev/"])
def test_rows_inherit_and_prices_keep_their_text(root: str) -> None:
    parsed = models_dev.parse(*repository(archive(FILES, root=root), "here"))
    found = releases(parsed)
    assert set(found) == {"m", "deep/er"}
    assert (found["m"].name, found["m"].context) == ("Base", 256_000)
    assert found["m"].price is not None
    assert str(found["m"].price.input) == "0.1"


def test_a_link_is_the_file_it_leads_to() -> None:
    links = {
        "providers/acme/models/alias.toml": "m.toml",
        "providers/twin/models/m.toml": "../../acme/models/alias.toml",
    }
    files = FILES | {"providers/twin/provider.toml": PROVIDER}
    parsed = models_dev.parse(*repository(archive(files, links), "here"))
    assert {each.provider for each in releases(parsed).values()} >= {"acme", "twin"}
    assert releases(parsed)["alias"].context == 256_000


def test_links_that_lead_nowhere_and_files_that_are_none_are_refused() -> None:
    links = {
        "providers/acme/models/a.toml": "b.toml",
        "providers/acme/models/b.toml": "a.toml",
        "providers/acme/models/out.toml": "../../../../../etc/passwd.toml",
    }
    files = FILES | {"providers/acme/models/bad.toml": "= nothing"}
    parsed = models_dev.parse(*repository(archive(files, links), "here"))
    assert refused(parsed) == {
        "acme/a": "a link that leads in a circle",
        "acme/b": "a link that leads in a circle",
        "acme/out": "a link that leads nowhere",
        "acme/bad": "not TOML",
    }


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"x" * 2000,
        b"\x1f\x8bxx",
        gzip.compress(b"x", mtime=0),
        archive({"README.md": "hello"}),
    ],
)
def test_another_file_is_no_catalog(raw: bytes) -> None:
    with pytest.raises(InvalidCatalog):
        repository(raw, "here")


def test_archives_go_by_their_names() -> None:
    assert [is_archive(name) for name in ("a.tar.gz", "a.tgz", "a.json.gz")] == [True, True, False]
