"""Bad requests, kind by kind, as the bytes that go onto the wire. The same seed makes the same."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any, NamedTuple

from graphql import GraphQLSchema

from tests.services.registry.abuse import payloads
from tests.services.registry.abuse.documents import document

LISTS = ("models", "offerings", "endpoints", "releases", "providers", "tenants", "overrides")


class Shot(NamedTuple):
    """A request. `is_http` is false where it is not one that a server has to understand."""

    kind: str
    head: bytes
    body: bytes
    is_http: bool = True


class Range:
    """Makes requests that carry one of the keys."""

    def __init__(self, schema: GraphQLSchema, keys: Mapping[str, str], seed: int) -> None:
        self._schema = schema
        self._keys = sorted(keys.values())
        self._draw = Random(seed)  # noqa: S311 - the same every time
        self._kinds: dict[str, Callable[[], Shot]] = {
            name.removeprefix("_of_").replace("_", " "): getattr(self, name)
            for name in sorted(dir(self))
            if name.startswith("_of_")
        }

    @property
    def kinds(self) -> list[str]:
        return list(self._kinds)

    def shots(self, number: int) -> Iterator[Shot]:
        """So many, of each kind as many."""
        kinds = list(self._kinds.values())
        for place in range(number):
            yield kinds[place % len(kinds)]()

    def _post(  # noqa: PLR0913 - a request has as many parts
        self,
        kind: str,
        body: Any,
        *,
        path: str = "/graphql",
        method: str = "POST",
        content_type: str | None = "application/json",
        more: tuple[tuple[str, str], ...] = (),
        is_http: bool = True,
    ) -> Shot:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [
            f"{method} {path} HTTP/1.1",
            "host: registry",
            f"authorization: Bearer {self._draw.choice(self._keys)}",
            f"content-length: {len(content)}",
            *([f"content-type: {content_type}"] if content_type is not None else []),
            *(f"{name}: {value}" for name, value in more),
        ]
        head = "\r\n".join(lines) + "\r\n\r\n"
        return Shot(kind, head.encode("utf-8", "surrogatepass"), content, is_http)

    def _query(self, kind: str, query: str, variables: Any = None) -> Shot:
        return self._post(kind, {"query": query, "variables": variables})

    def _of_broken_json(self) -> Shot:
        whole = json.dumps({"query": "{ revision }", "variables": {"a": [1, 2, {"b": "c"}]}})
        cut = self._draw.randrange(len(whole))
        at = self._draw.randrange(len(whole))
        broken = self._draw.choice(
            (
                whole[:cut],
                whole[:at] + self._draw.choice('{}[]",:\\\x00') + whole[at:],
                whole + whole,
                "[" * self._draw.choice((10, 5_000, 60_000)),
                '{"query":' * 500,
                "[" + whole + "]",
                '{"query": NaN}',
                "",
                "null",
            )
        )
        return self._post("broken json", broken.encode())

    def _of_bytes(self) -> Shot:
        size = self._draw.choice((1, 10, 300, 4_000))
        return self._post("bytes", self._draw.randbytes(size))

    def _of_wrong_body(self) -> Shot:
        return self._post("wrong body", {"query": payloads.anything(self._draw), "variables": 1})

    def _of_odd_values(self) -> Shot:
        return self._query("odd values", *document(self._schema, self._draw, wrong=0.0))

    def _of_wrong_types(self) -> Shot:
        return self._query("wrong types", *document(self._schema, self._draw, wrong=0.3))

    def _of_sql(self) -> Shot:
        query, variables = document(self._schema, self._draw, wrong=0.0)
        return self._query("sql", query, _texts(variables, lambda: self._draw.choice(payloads.SQL)))

    def _of_patterns(self) -> Shot:
        bomb = self._draw.choice(payloads.BOMBS)
        name = self._draw.choice(("models", "offerings", "endpoints"))
        query = f"query($s: String) {{ {name}(filter: {{search: $s}}) {{ nodes {{ id }} }} }}"
        return self._query("patterns", query, {"s": bomb})

    def _of_text(self) -> Shot:
        query = "query($id: ID!) { model(id: $id) { id } tenant(id: $id) { id } }"
        body = json.dumps({"query": query, "variables": {"id": self._draw.choice(payloads.ODD)}})
        if self._draw.random() < 0.3:
            return self._post("text", body.encode() + self._draw.randbytes(3))
        is_escaped = self._draw.random() < 0.5
        shown = body if is_escaped else json.dumps(json.loads(body), ensure_ascii=False)
        return self._post("text", shown.encode("utf-8", "surrogatepass"))

    def _of_nesting(self) -> Shot:
        deep = self._draw.choice((9, 11, 30, 400))
        around = self._draw.choice(("models { nodes { offerings { nodes { model { ", "a { "))
        levels = around.count("{") * deep
        query = "{ " + around * deep + "id" + " }" * levels + " }"
        value = "[" * deep + "]" * deep
        return self._query(
            "nesting",
            self._draw.choice(
                (
                    query,
                    f"{{ models(filter: {{search: {value}}}) {{ nodes {{ id }} }} }}",
                    "{" * deep,
                )
            ),
        )

    def _of_aliases(self) -> Shot:
        number = self._draw.choice((14, 16, 90, 2_000))
        return self._query(
            "aliases", "{ " + " ".join(f"a{n}: revision" for n in range(number)) + " }"
        )

    def _of_directives(self) -> Shot:
        number = self._draw.choice((1, 19, 25, 900))
        name = self._draw.choice(("skip(if: false)", "include(if: true)", "unknown", "aa"))
        return self._query("directives", "{ revision " + f"@{name} " * number + "}")

    def _of_fragments(self) -> Shot:
        name = self._draw.choice(("A", "B"))
        number = self._draw.choice((1, 10, 150))
        query = (
            "{ ..."
            + name
            + " } fragment A on Query { ...B } fragment B on Query { "
            + ("...A" if self._draw.random() < 0.5 else "revision ")
            + " revision" * number
            + " }"
        )
        return self._query("fragments", query)

    def _of_variables(self) -> Shot:
        number = self._draw.choice((50, 500, 5_000))
        variables = {f"v{n}": payloads.text(self._draw)[:30] for n in range(number)}
        return self._query("variables", "query($v1: ID!) { model(id: $v1) { id } }", variables)

    def _of_cursors(self) -> Shot:
        name = self._draw.choice(LISTS)
        held = [
            self._draw.choice((0, 1, 3, -1, 2**63, 10**30, "1", None)),
            self._draw.choice((name.removesuffix("s"), name, "diff:0:None:None", "")),
            payloads.text(self._draw)[:500],
            self._draw.choice((None, payloads.text(self._draw)[:100], 5)),
        ]
        written = urlsafe_b64encode(json.dumps(held).encode()).decode()
        tampered = self._draw.choice((written, written[:-3], written + "A", written.swapcase()))
        query = f"query($c: String) {{ {name}(first: 2, after: $c) {{ nodes {{ id }} }} }}"
        return self._query("cursors", query, {"c": tampered})

    def _of_headers(self) -> Shot:
        name = self._draw.choice(
            ("x-forwarded-for", "x-original-url", "idempotency-key", "traceparent", "cookie", "te")
        )
        value = payloads.text(self._draw).replace("\r", "").replace("\n", "").replace("\x00", "")
        more = ((name, value[:5_000]),) * self._draw.choice((1, 1, 2, 40))
        return self._post("headers", {"query": "{ revision }"}, more=more)

    def _of_keys(self) -> Shot:
        value = payloads.text(self._draw).replace("\r", "").replace("\n", "").replace("\x00", "")
        scheme = self._draw.choice(("Bearer", "bearer ", "Basic", "", "Bearer ry_"))
        head = (
            "POST /graphql HTTP/1.1\r\nhost: registry\r\ncontent-type: application/json\r\n"
            f"content-length: 25\r\nauthorization: {scheme} {value[:4_000]}\r\n\r\n"
        )
        body = b'{"query": "{ revision }"}'
        return Shot("keys", head.encode("utf-8", "surrogatepass"), body)

    def _of_endpoints(self) -> Shot:
        """Orders about tenants' own endpoints, which are right but for a value or two."""
        named = self._draw.choice(("quokka/rack", "wombat/rack", payloads.text(self._draw)))
        model = {
            "nativeId": payloads.text(self._draw),
            "context": self._draw.choice((1, 0, -1, 2**31 - 1)),
            "capabilities": [{"tag": "tool_use", "level": self._draw.choice((0.5, 2, -1))}],
            "price": {"input": self._draw.choice(("1", "0.5", "2", "-1", "NaN"))},
            "variantOf": payloads.text(self._draw),
        }
        said = {
            "url": self._draw.choice(payloads.ADDRESSES),
            "secret": {"value": payloads.text(self._draw)},
            "zones": self._draw.choice(([], [payloads.text(self._draw)], ["eu"] * 40)),
            "models": self._draw.choice(([], [model], [model] * 60)),
        }
        new = {"name": self._draw.choice(("rack", "new", payloads.text(self._draw))), **said}
        order, type_, value = self._draw.choice(
            (
                ("registerEndpoint(input: $v)", "EndpointInput!", new),
                ("testEndpoint(input: $v, waitS: 1)", "EndpointInput!", new),
                ("updateEndpoint(id: $id, input: $v)", "EndpointChange!", said),
                ("rotateSecret(id: $id, secret: $v)", "SecretInput!", said["secret"]),
                ("testEndpoint(id: $id, waitS: $v)", "Int!", self._draw.choice((0, 1, 26))),
                ("enableEndpoint(id: $id, secret: $v)", "SecretInput!", said["secret"]),
                ("disableEndpoint(id: $id, reason: $v)", "String!", payloads.text(self._draw)),
            )
        )
        declared = f"$id: ID!, $v: {type_}" if "$id" in order else f"$v: {type_}"
        query = f"mutation({declared}) {{ {order} {{ __typename }} }}"
        return self._query("endpoints", query, {"id": named, "v": value})

    def _of_methods(self) -> Shot:
        method = self._draw.choice(
            ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get", "QUERY")
        )
        path = self._draw.choice(
            ("/graphql", "/graphql?query={revision}", "/v1/status", "/metrics")
        )
        return self._post("methods", {"query": "{ revision }"}, method=method, path=path)

    def _of_content_types(self) -> Shot:
        kind = self._draw.choice(
            (
                None,
                "text/plain",
                "application/graphql",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/json; charset=utf-16",
                "application/json" + ";a=b" * 300,
                "application/jsonp",
                "é",
            )
        )
        return self._post("content types", {"query": "{ revision }"}, content_type=kind)

    def _of_paths(self) -> Shot:
        path = self._draw.choice(
            (
                "/graphql/../metrics",
                "//graphql",
                "/%67raphql",
                "/graphql/%2e%2e/metrics",
                "/graphql%00",
                "/graphql;a=b",
                "/./graphql",
                "/graphql/",
                "/GRAPHQL",
                "/v1/../../etc/passwd",
                "/%2e%2e/%2e%2e/etc/passwd",
                "/graphql?" + "a=b&" * 900,
                "/" + "a" * 5_000,
                "http://127.0.0.1:9/graphql",
                "*",
                "/%ff%fe",
                "/docs",
                "/openapi.json",
                "/.env",
            )
        )
        return self._post("paths", {"query": "{ revision }"}, path=path)

    def _of_long_headers(self) -> Shot:
        size = self._draw.choice((8_000, 60_000, 200_000))
        return self._post(
            "long headers", {"query": "{ revision }"}, more=(("x-long", "y" * size),), is_http=False
        )

    def _of_malformed_http(self) -> Shot:
        body = b'{"query": "{ revision }"}'
        head = self._draw.choice(
            (
                b"POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n",
                b"POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: -5\r\n\r\n",
                b"POST /graphql HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
                b"POST /g HTTP/1.1\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n",
                b"POST /graphql HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n",
                b"POST /graphql HTTP/9.9\r\nhost: a\r\n\r\n",
                b"POST /gra phql HTTP/1.1\r\nhost: a\r\n\r\n",
                b"POST /graphql\r\n\r\n",
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                b"POST /graphql HTTP/1.1\r\nho\x00st: a\r\n\r\n",
                b"POST /graphql HTTP/1.1\r\nhost: a\r\nx: \x00\r\n\r\n",
                b"POST /graphql HTTP/1.1\r\n folded: a\r\n\r\n",
                b"\r\n" * 50,
            )
        )
        return Shot("malformed http", head, body, is_http=False)


def _texts(value: Any, make: Callable[[], str]) -> Any:
    """The value with other texts in it."""
    if isinstance(value, dict):
        return {name: _texts(each, make) for name, each in value.items()}
    if isinstance(value, list):
        return [_texts(each, make) for each in value]
    return make() if isinstance(value, str) else value
