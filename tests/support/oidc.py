"""An OpenID Connect provider that speaks the protocol over HTTP: it approves at once whoever `claims` names.

It keeps its side of the rules: a code is good once, for its redirect address, its client and its PKCE verifier.
"""

import base64
import hashlib
import json
import secrets
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "salesflow", "a secret of the client"


class Provider:
    """`claims` go into the next token; `spoil` overwrites what the provider itself puts there."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.signs_with = self.key
        self.claims: dict[str, Any] = {}
        self.spoil: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.is_away = False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.issuer = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def rotate(self) -> None:
        self.key = self.signs_with = RSAKey.generate_key(
            2048, {"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"}
        )

    def description(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def approved(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to with a code."""
        assert asked["response_type"] == "code" and asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256" and "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, given: dict[str, str], credentials: str) -> dict[str, Any] | None:
        asked = self.codes.pop(given.get("code", ""), None)
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        expected = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if asked is None or challenge != asked["code_challenge"] or credentials != expected:
            return None
        if given.get("redirect_uri") != asked["redirect_uri"]:
            return None
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"],
            **self.claims, **self.spoil,
        }  # fmt: skip
        header = {"alg": "RS256", "kid": self.key.kid}
        signed = jwt.encode(header, claims, self.signs_with)
        return {"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": signed}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if provider.is_away:
                    self.say(503, {})
                elif parts.path == "/.well-known/openid-configuration":
                    self.say(200, provider.description())
                elif parts.path == "/keys":
                    self.say(200, {"keys": [provider.key.as_dict(private=False)]})
                else:
                    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                    self.say(302, {}, provider.approved(asked))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                given = {name: values[0] for name, values in parse_qs(body).items()}
                token = provider.token(given, self.headers.get("Authorization", ""))
                self.say(200, token) if token else self.say(400, {"error": "invalid_grant"})

            def say(self, status: int, answer: dict[str, Any], location: str = "") -> None:
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                if location:
                    self.send_header("Location", location)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Says nothing."""

        return Handler
