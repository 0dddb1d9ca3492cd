"""Stand-ins for the services and the command line, for a stack whose own parts are the subject."""

from pathlib import Path

COMMAND_LINE = """
import json, os, sys
with open(os.environ["CALLS"], "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
if sys.argv[1] == "bootstrap":
    print(json.dumps({"admin": "a", "service": "s", "tenant": "t"}))
"""
SERVICE = """
import http.server, json, os
NAMES = ("ROUTEYARD_ROUTER_ID", "ROUTEYARD_ZONE", "ROUTEYARD_DATABASE_URL", "ROUTEYARD_KAFKA",
         "ROUTEYARD_MIGRATION_DATABASE_URL")
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        said = {"service": "stand-in", "revision": 7, "epoch": "e", "state": "ready",
                "environment": {name: os.environ.get(name) for name in NAMES}}
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
print("serving", flush=True)
address = (os.environ["ROUTEYARD_HOST"], int(os.environ["ROUTEYARD_PORT"]))
http.server.ThreadingHTTPServer(address, Answer).serve_forever()
"""


def write_stand_ins(folder: Path) -> None:
    """Packages ``routeyard`` and ``services``, which programs run in ``folder`` find first."""
    for package in ("routeyard", "services"):
        (folder / package).mkdir()
        (folder / package / "__init__.py").touch()
    (folder / "routeyard" / "cli.py").write_text(COMMAND_LINE, encoding="utf-8")
    for service in ("registry", "router", "healthcheck"):
        (folder / "services" / f"{service}.py").write_text(SERVICE, encoding="utf-8")
