"""A loopback server that answers as Kibana's saved objects import API is documented to.

It checks what Kibana checks: the ``kbn-xsrf`` header, credentials, the multipart form, one object a line, versions
it knows, references that resolve in the file or among what it holds, and conflicts without ``overwrite``.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

KNOWN = {"dashboard": "10.2.0", "index-pattern": "8.0.0", "search": "10.5.0", "query": "10.2.0"}


def numbers(version):
    return tuple(int(part) for part in version.split("."))


class KibanaServer:
    def __init__(self, version="8.19.21", authorization="", base="", busy_answers=0, forbidden=()):
        self.version, self.authorization, self.base = version, authorization, base
        self.busy_answers = busy_answers
        self.forbidden = set(forbidden)
        self.objects = {}
        self.requests = []
        self.url = ""

    def answer(self, method, path, headers, body):
        parts = urlsplit(path)
        self.requests.append((method, path, dict(headers)))
        if self.busy_answers:
            self.busy_answers -= 1
            return 503, b"Kibana server is not ready yet"
        if not parts.path.startswith(self.base):
            return 404, {"statusCode": 404, "error": "Not Found", "message": "Not Found"}
        if self.authorization and headers.get("Authorization") != self.authorization:
            return 401, {"statusCode": 401, "error": "Unauthorized", "message": "[security_exception]"}
        route = parts.path.removeprefix(self.base)
        if (method, route) == ("GET", "/api/status"):
            return 200, {"version": {"number": self.version}, "status": {"overall": {"level": "available"}}}
        if (method, route) == ("POST", "/api/saved_objects/_import"):
            if "kbn-xsrf" not in {name.lower() for name in headers}:
                return 400, {"statusCode": 400, "error": "Bad Request", "message": "must contain a kbn-xsrf header."}
            return self.take(headers, body, parse_qs(parts.query).get("overwrite") == ["true"])
        return 404, {"statusCode": 404, "error": "Not Found", "message": "Not Found"}

    def take(self, headers, body, overwrite):
        form = message_from_bytes(b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n\r\n" + body)
        files = [part for part in form.get_payload() if part.get_param("name", header="content-disposition") == "file"]
        if len(files) != 1 or not files[0].get_filename().endswith(".ndjson"):
            return 415, {"statusCode": 415, "error": "Unsupported", "message": "Invalid file extension"}
        rows = [json.loads(line) for line in files[0].get_payload(decode=True).decode().splitlines()]
        known = {(row["type"], row["id"]) for row in rows} | self.objects.keys()
        errors = []
        for row in rows:
            identity = (row["type"], row["id"])
            missing = [one for one in row["references"] if (one["type"], one["id"]) not in known]
            error = None
            if row["type"] in self.forbidden or row["type"] not in KNOWN:
                error = {"type": "unsupported_type"}
            elif numbers(row["typeMigrationVersion"]) > numbers(KNOWN[row["type"]]):
                error = {"type": "unknown", "message": "belongs to a more recent version of Kibana", "statusCode": 422}
            elif missing:
                error = {"type": "missing_references", "references": missing}
            elif identity in self.objects and not overwrite:
                error = {"type": "conflict"}
            if error:
                errors.append({"type": row["type"], "id": row["id"], "title": "", "meta": {}, "error": error})
            else:
                self.objects[identity] = row
        taken = len(rows) - len(errors)
        return 200, {"success": not errors, "successCount": taken, **({"errors": errors} if errors else {})}


@contextmanager
def serving(server):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.reply()

        def do_POST(self):
            self.reply()

        def reply(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = server.answer(self.command, self.path, self.headers, body)
            said = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("kbn-name", "test")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}{server.base}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
