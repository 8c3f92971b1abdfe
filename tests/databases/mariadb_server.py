"""A real MariaDB on a free port, in a folder of its own, ended by its process id; the tests of a file share one.

The server is Debian's mariadb-server-core where it is installed. As root it runs as nobody.
"""
import atexit
import os
import shutil
import subprocess

from kit import DatabaseServer, FlowCase

PROGRAMS = ("mariadbd", "mariadb-install-db", "mariadb")


def why_not():
    """Why there is no server; None: there is one."""
    missing = [name for name in PROGRAMS if program(name) is None]
    return f"no {', '.join(missing)}: install mariadb-server-core and mariadb-client-core" if missing else None


def program(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")


class MariaDb(DatabaseServer):
    def __init__(self):
        super().__init__("mariadb", 0o755)
        self.socket = self.data / "socket"
        self.make_data([program("mariadb-install-db"), "--no-defaults", *self.who(), f"--datadir={self.data}",
                        "--auth-root-authentication-method=normal", "--skip-test-db"])
        self.start()

    def who(self):
        return ["--user=nobody"] if os.geteuid() == 0 else []

    def answers(self):
        return self.sql("SELECT 1", check=False).returncode == 0

    def start(self):
        self.start_by([program("mariadbd"), "--no-defaults", *self.who(), f"--datadir={self.data}",
                       f"--socket={self.socket}", f"--port={self.port}", "--bind-address=127.0.0.1",
                       "--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=64M"])

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
