import gzip
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from routeyard.domain.errors import InvalidCatalog, Unavailable
from services.registry.catalogs import load
from services.registry.catalogs.load import document_of, file_document, url_document

pytestmark = pytest.mark.anyio


def test_numbers_with_a_point_keep_their_text() -> None:
    document = document_of(b'{"a": 2.50, "b": 1e-7, "c": 3, "d": NaN}', "x")
    assert document == {"a": Decimal("2.50"), "b": Decimal("1e-7"), "c": 3, "d": "NaN"}
    assert repr(document) == "{'a': Decimal('2.50'), 'b': Decimal('1E-7'), 'c': 3, 'd': 'NaN'}"


def test_a_gzipped_document_is_unpacked() -> None:
    assert document_of(gzip.compress(b"[1]"), "x") == [1]


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"<html>", b"\xff\xfe", gzip.compress(b"[1]")[:-9], b"\x1f\x8bnot", b"[" * 200_000],
)
def test_what_is_not_json_is_refused_in_one_sentence(raw: bytes) -> None:
    with pytest.raises(InvalidCatalog, match=r"^x is not JSON"):
        document_of(raw, "x")


def test_a_bomb_is_not_unpacked_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "LARGEST", 1000)
    with pytest.raises(InvalidCatalog, match="larger than 64 MiB"):
        document_of(gzip.compress(b" " * 10_000), "x")


def test_a_file_is_read_by_its_kind(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: [1]")
    (tmp_path / "a.json").write_text('{"a": [1]}')
    assert file_document(tmp_path / "a.yaml") == file_document(tmp_path / "a.json") == {"a": [1]}


def test_files_that_cannot_be_read_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text("a: [1")
    with pytest.raises(InvalidCatalog, match="is not YAML"):
        file_document(tmp_path / "a.yaml")
    with pytest.raises(InvalidCatalog, match="cannot be read"):
        file_document(tmp_path / "none.json")
    monkeypatch.setattr(load, "LARGEST", 3)
    with pytest.raises(InvalidCatalog, match="larger"):
        file_document(tmp_path / "a.yaml")


@pytest.fixture
async def server() -> AsyncIterator[BaseTestServer]:
    async def catalog(request: web.Request) -> web.Response:
        return web.json_response({"key": request.headers.get("authorization")})

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>")

    app = web.Application()
    app.router.add_get("/catalog", catalog)
    app.router.add_get("/page", page)
    async with TestServer(app) as running:
        yield running


async def test_an_address_is_asked_with_the_key(server: BaseTestServer) -> None:
    url = str(server.make_url("/catalog"))
    assert await url_document(url, {"authorization": "Bearer k"}) == {"key": "Bearer k"}


async def test_an_address_that_has_no_catalog_says_so(server: BaseTestServer) -> None:
    with pytest.raises(Unavailable, match="answered 404"):
        await url_document(str(server.make_url("/none")), {})
    with pytest.raises(InvalidCatalog, match="is not JSON"):
        await url_document(str(server.make_url("/page")), {})


async def test_an_answer_without_end_is_cut_off(
    server: BaseTestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "LARGEST", 3)
    with pytest.raises(InvalidCatalog, match="larger"):
        await url_document(str(server.make_url("/catalog")), {})


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "nonsense"])
async def test_an_address_where_nobody_answers_says_so(url: str) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        await url_document(url, {})
