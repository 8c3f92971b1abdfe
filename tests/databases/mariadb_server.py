"""A real MariaDB on a free port, in a folder of its own, ended by its process id; the tests of a file share one.

The server is Debian's mariadb-server-core where it is installed. As root it runs as nobody.
"""
import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from kit import FlowCase

NOBODY = 65534
SECONDS_MAX = 120  # to start; 7 s on a busy machine
PROGRAMS = ("mariadbd", "mariadb-install-db", "mariadb")


def why_not():
    """Why there is no server; None: there is one."""
    path = os.environ.get("PATH", "") + ":/usr/sbin"
    missing = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    return f"no {', '.join(missing)}: install mariadb-server-core and mariadb-client-core" if missing else None


def program(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class MariaDb:
    def __init__(self):
        self.at = tempfile.TemporaryDirectory(prefix="naru-mariadb-")
        self.data = Path(self.at.name) / "data"
        self.socket = self.data / "socket"
        self.port = free_port()
        self.process = None
        os.chmod(self.at.name, 0o755)
        self.data.mkdir(mode=0o755)
        if os.geteuid() == 0:
            os.chown(self.data, NOBODY, NOBODY)
        done = subprocess.run([program("mariadb-install-db"), "--no-defaults", *self.who(), f"--datadir={self.data}",
                               "--auth-root-authentication-method=normal", "--skip-test-db"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stdout.decode(errors="replace"))
        self.start()

    def who(self):
        return ["--user=nobody"] if os.geteuid() == 0 else []

    def start(self):
        self.log = open(Path(self.at.name) / "log", "ab")
        self.process = subprocess.Popen(
            [program("mariadbd"), "--no-defaults", *self.who(), f"--datadir={self.data}", f"--socket={self.socket}",
             f"--port={self.port}", "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=2",
             "--innodb-buffer-pool-size=64M"], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            start_new_session=True)
        for _ in range(SECONDS_MAX * 10):
            if self.sql("SELECT 1", check=False).returncode == 0:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError((Path(self.at.name) / "log").read_text(errors="replace"))

    def stop(self, how=signal.SIGKILL):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(SECONDS_MAX)
        self.log.close()

    def close(self):
        self.stop()
        self.at.cleanup()

    def client(self, database):
        return [program("mariadb"), "--no-defaults", "-uroot", f"--socket={self.socket}", "--unbuffered", "--batch",
                "--default-character-set=utf8mb4", "--skip-column-names", "--raw", database]

    def session(self, database):
        return subprocess.Popen(self.client(database), stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def sql(self, *statements, database="", check=True):
        done = subprocess.run(self.client(database), input=";\n".join(statements).encode() + b";\n",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(done.stderr.decode(errors="replace"))
        return done


class MariaDbCase(FlowCase):
    """With an empty database `shop` each, and a user `naru` who may do everything in it."""
    server = None

    @classmethod
    def setUpClass(cls):
        if MariaDbCase.server is None:
            MariaDbCase.server = MariaDb()
            atexit.register(MariaDbCase.server.close)

    def setUp(self):
        super().setUp()
        self.server.sql("DROP DATABASE IF EXISTS shop", "CREATE DATABASE shop CHARACTER SET utf8mb4",
                        "CREATE USER IF NOT EXISTS naru@'%' IDENTIFIED BY 'canary-77b1'",
                        "GRANT ALL ON shop.* TO naru@'%'")
        (self.at / "db.txt").write_text("canary-77b1\n")

    def sql(self, *statements):
        self.server.sql(*statements, database="shop")

    def rows(self, statement):
        return self.server.sql(statement, database="shop").stdout.decode().splitlines()

    def mariadb(self, rest, name="mariadb"):
        return (f"{{{name}: {{port: {self.server.port}, user: naru, password: '${{secret:file:db.txt}}', "
                f"database: shop, {rest}}}}}")
