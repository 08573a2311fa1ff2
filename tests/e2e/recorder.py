"""A server between a client and the stack that writes down what the client sent."""

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Sent:
    method: str
    target: str
    host: str
    authorization: str

    @property
    def service(self) -> str:
        """What the signature names: `…/<date>/<region>/<service>/aws4_request`."""
        scope = self.authorization.partition("Credential=")[2].partition(",")[0]
        return scope.split("/")[-2] if scope.endswith("/aws4_request") else f"unsigned: {self.authorization!r}"


@contextmanager
def recorder(api: str):
    """The URL to send to, and the list that grows."""
    sent: list[Sent] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self):
            headers = self.headers
            sent.append(Sent(self.command, self.path, headers.get("Host", ""), headers.get("Authorization", "")))
            body = self.rfile.read(int(headers.get("Content-Length", 0)))
            connection = HTTPConnection(urlsplit(api).netloc, timeout=60)
            ours = ("connection", "content-length", "expect")
            passed_on = {name: value for name, value in headers.items() if name.lower() not in ours}
            connection.request(self.command, self.path, body, passed_on)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                    self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = handle_one

        def log_message(self, *_):
            """Nothing: the list is the log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", sent
    finally:
        server.shutdown()
        server.server_close()
