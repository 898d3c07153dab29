"""The embedded Redis: append-only on disk, never evicting, reached only through a socket that is ours alone."""

import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from salesflow.runtime import process
from salesflow.runtime.embedded.account import Account, own_folder

STOP = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
_SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
}


class Redis:
    """A server with its files in `folder` and its socket in `sockets`."""

    def __init__(
        self,
        *,
        program: Path,
        folder: Path,
        sockets: Path,
        account: Account | None,
        log: Path,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.program, self.folder, self.account, self.log = program, folder, account, log
        self.socket = sockets / "redis.sock"
        self.settings = {
            **_SETTINGS, **(settings or {}), "unixsocket": str(self.socket), "dir": str(folder),
        }  # fmt: skip

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket))}"

    def prepare(self) -> None:
        own_folder(self.folder, self.account)

    def start(self) -> "subprocess.Popen[bytes]":
        options = [item for key, value in self.settings.items() for item in (f"--{key}", value)]
        return process.spawn(
            [str(self.program), *options],
            env={"LC_ALL": "C", "TZ": "UTC"},
            log=self.log,
            account=self.account,
            death_signal=signal.SIGTERM,
        )

    def ready(self) -> bool:
        """Whether it answers; while it still reads its files it does not."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(1)
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False
