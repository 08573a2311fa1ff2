"""What tests of clients with access keys share: keys, TLS in front of the stack, signatures of Ncloud."""

import base64
import hashlib
import hmac
import socket
import ssl
import threading
import time
from contextlib import closing, suppress
from urllib.parse import urlsplit

import requests
import trustme

DOOR = "/api.prismacloud.io"


class Tls:
    """Ends TLS in front of an address, with a certificate of an authority that exists for this test alone."""

    def __init__(self, address: str, folder):
        self.target = (urlsplit(address).hostname, urlsplit(address).port)
        authority = trustme.CA()
        self.authority = folder / "authority.pem"
        authority.cert_pem.write_to_path(self.authority)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        self.listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
        self.address = f"localhost:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except ssl.SSLError:
                continue
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with closing(client), closing(socket.create_connection(self.target)) as server:
            back = threading.Thread(target=pump, args=(server, client), daemon=True)
            back.start()
            pump(client, server)
            back.join(60)

    def close(self):
        self.listener.close()


def pump(source, sink):
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


class Keys:
    """Access keys of one account."""

    def __init__(self, stack, headers):
        self.url, self.headers = stack.api + "/access_keys", headers

    def create(self, **members):
        reply = requests.post(self.url, json={"name": "test", **members}, headers=self.headers, timeout=30)
        assert reply.status_code == 200, reply.text
        return reply.json()["id"], reply.json()["secretKey"]

    def list(self):
        return requests.get(self.url, headers=self.headers, timeout=30).json()

    def set_status(self, key, enabled):
        path = f"{self.url}/{key}/status/{str(enabled).lower()}"
        return requests.patch(path, headers=self.headers, timeout=30)

    def delete(self, key):
        return requests.delete(f"{self.url}/{key}", headers=self.headers, timeout=30)


class Prisma:
    """Requests as the Go client and the scripts send them."""

    def __init__(self, stack):
        self.url, self.token = stack.api + DOOR, None

    def log_in(self, key, secret, **members):
        body = {"username": key, "password": secret, **members}
        headers = {"Accept": "application/json; charset=UTF-8", "Content-Type": "application/json; charset=UTF-8"}
        reply = requests.post(self.url + "/login", json=body, headers=headers, timeout=30)
        if reply.ok:
            self.token = reply.json()["token"]
        return reply

    def __call__(self, method, path, body=None, token=None, **more):
        headers = {"Content-Type": "application/json"}
        token = self.token if token is None else token
        if token:
            headers["x-redlock-auth"] = token
        return requests.request(method, self.url + path, json=body, headers=headers, timeout=60, **more)


def ncloud_headers(method, uri, key, secret, at=None):
    """Signature version 2: https://api.ncloud-docs.com/docs/en/common-ncpapi"""
    timestamp = str(int(time.time() * 1000) if at is None else at)
    message = f"{method} {uri}\n{timestamp}\n{key}"
    digest = hmac.new(secret.encode(), message.encode(), hashlib.sha256).digest()
    return {
        "x-ncp-apigw-timestamp": timestamp,
        "x-ncp-iam-access-key": key,
        "x-ncp-apigw-signature-v2": base64.b64encode(digest).decode(),
    }
