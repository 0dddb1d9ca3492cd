"""The least that a router could be: a handler that reads a JSON body and answers a constant."""

import sys
from pathlib import Path

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from routeyard.runtime.process import listen, serving
from routeyard.runtime.settings import HttpSettings


def app(answer: bytes) -> Starlette:
    """Answers so, whatever is asked."""

    async def resolve(request: Request) -> Response:
        msgspec.json.decode(await request.body())
        return Response(answer, media_type="application/json")

    async def ready(_: Request) -> Response:
        return Response(b"{}", media_type="application/json")

    return Starlette(
        routes=[Route("/v1/resolve", resolve, methods=["POST"]), Route("/readyz", ready)]
    )


def main() -> None:
    """Serve the answer in a file at a port of this machine."""
    port, file = int(sys.argv[1]), Path(sys.argv[2])
    server = uvicorn.Server(serving(app(file.read_bytes())))
    server.run(sockets=[listen(HttpSettings(host="127.0.0.1", port=port))])


if __name__ == "__main__":
    main()
