#!/usr/bin/env python3
"""The odbc connector by real drivers: SQLite's (Debian's libsqliteodbc), and MariaDB's (odbc-mariadb) with its server.

usage: tests/databases/odbc_test.py PROGRAM [-v] [TestCase.test...]

Without a driver: exit code 77.
"""
import glob
import shutil
import sqlite3
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import mariadb_server  # noqa: E402
from kit import SKIPPED, FlowCase, main  # noqa: E402


def driver(name):
    return next(iter(glob.glob(f"/usr/lib/*/odbc/{name}")), None)


SQLITE, MARIADB = driver("libsqlite3odbc.so"), driver("libmaodbc.so")


@unittest.skipIf(SQLITE is None, "no libsqliteodbc")
class Sqlite(FlowCase):
    def setUp(self):
        super().setUp()
        self.database = sqlite3.connect(self.at / "자료.db")
        self.addCleanup(self.database.close)
        self.sql("CREATE TABLE a (id varchar(20), body text, at integer)")

    def sql(self, *statements):
        for statement in statements:
            self.database.execute(statement)
        self.database.commit()

    def odbc(self, rest):
        return f"{{odbc: {{connection: 'Driver={SQLITE};Database={self.at}/자료.db', text_as: utf-8, {rest}}}}}"

    def test_values_come_in_the_form_of_json(self):
        self.sql('CREATE TABLE "주문" (id bigint, "이름" text, n double, day date, at timestamp, raw blob, long text)')
        self.database.execute('INSERT INTO "주문" VALUES (?, ?, ?, ?, ?, ?, ?)',
                              (9007199254740993, '한글 "x" 😀', 0.1, "2026-01-31", "2026-01-31 17:05:09.250", b"\x00\xff",
                               "가나😀" * 5000))
        self.sql('INSERT INTO "주문" (id, "이름") VALUES (2, \'\')')
        self.configure(self.odbc("table: 주문"), "{jsonl: {path: out.jsonl}}")
        self.assertEqual(self.run_flow()["added"], 2)
        two, big = self.lines()
        self.assertEqual(big, {"id": 9007199254740993, "이름": '한글 "x" 😀', "n": 0.1, "day": "2026-01-31",
                               "at": "2026-01-31T17:05:09.25", "raw": "AP8=", "long": "가나😀" * 5000})
        self.assertEqual(two, {"id": 2, "이름": "", "n": None, "day": None, "at": None, "raw": None, "long": None})

    def test_the_kit_of_changes(self):
        self.sql(*[f"INSERT INTO a VALUES ('행{i}', 'Row {i}', 1)" for i in range(30)])
        self.configure(self.odbc("table: a, text: body, cursor: at"), "{knowledge_base: f}", steps="[parse, chunk]")
        self.assertEqual(self.run_flow()["added"], 30)
        self.assertEqual(self.run_flow()["unchanged"], 30)
        self.sql("INSERT INTO a VALUES ('new', 'Ferries sail', 2)",
                 "UPDATE a SET body = 'changed', at = 2 WHERE id = '행1'",
                 "UPDATE a SET id = 'renamed', at = 2 WHERE id = '행2'", "DELETE FROM a WHERE id = '행3'")
        items = self.run_flow()
        self.assertEqual((items["added"], items["changed"], items["removed"]), (2, 1, 2))
        # Twice the same id, an id that is null, a row too large.
        self.sql("INSERT INTO a VALUES ('행4', 'again', 1), (NULL, 'x', 1)")
        self.assertEqual(self.run_flow(exits=1)["rejected"], 2)
        self.sql("DELETE FROM a WHERE body = 'again' OR id IS NULL")
        shutil.rmtree(self.at / ".naru")
        self.configure(self.odbc("table: a, text: body, max_row_bytes: 1000"), "{jsonl: {path: out.jsonl}}")
        self.sql("UPDATE a SET body = printf('%.1500c', 'x') WHERE id = '행5'")
        items = self.run_flow(exits=1)
        self.assertEqual((items["added"], items["rejected"]), (29, 1))
        self.sql("UPDATE a SET body = 'short' WHERE id = '행5'")
        self.assertEqual(self.run_flow()["rejected"], 0)
        self.assertEqual(len(self.lines()), 30)
        # A table that is gone, a column that is gone: errors, and nothing is removed.
        self.sql("ALTER TABLE a RENAME TO kept")
        self.naru("run", exits=69)
        self.assertIn("no such table", self.said)
        self.sql("ALTER TABLE kept RENAME TO a", "ALTER TABLE a RENAME id TO number")
        self.naru("run", exits=69)
        self.assertIn('there is no column "id"; there are number, body, at', self.said)
        self.sql("ALTER TABLE a RENAME number TO id", "DELETE FROM a")
        self.assertIn("held", [event["event"] for event in self.naru("run", "--json", exits=75)])
        self.assertEqual(self.run_flow("--accept-removals")["removed"], 30)

    def test_the_example_runs_as_it_is_written(self):
        self.database.executescript("DROP TABLE a;" + self.take_example("odbc"))
        env = {"ODBC_CONNECTION": f"Driver={SQLITE};Database={self.at}/자료.db"}
        self.assertEqual(self.found_in_example(env), "1")

    def test_a_query_a_look_and_a_driver_that_is_not_there(self):
        self.sql("INSERT INTO a VALUES ('가', '나', 1)", "CREATE VIEW v AS SELECT id FROM a")
        self.configure(self.odbc("query: 'SELECT id, body AS text FROM a;'"), "{jsonl: {path: out.jsonl}}")
        self.run_flow()
        self.assertEqual(self.lines(), [{"id": "가", "text": "나"}])
        self.assertTrue(self.naru("check", "--json")[0]["ok"])
        self.naru("check")
        self.assertIn("by the driver", self.said)
        found = self.naru("discover", self.odbc("id: id")[1:-1], "--json")[0]["found"]
        self.assertEqual([(one["name"], one["kind"]) for one in found], [("a", "table"), ("v", "view")])
        self.assertEqual([(one["name"], one["type"]) for one in found[0]["columns"]],
                         [("id", "text"), ("body", "text"), ("at", "integer")])
        self.configure("{odbc: {connection: 'Driver=없음;PWD=${secret:file:pw}', table: a}}", "{jsonl: {path: o.jsonl}}")
        (self.at / "pw").write_text("canary-30aa\n")
        self.naru("run", exits=69)
        self.assertIn("odbcinst -q -d", self.said)
        self.assertNotIn("canary-30aa", self.said)


@unittest.skipIf(MARIADB is None or mariadb_server.why_not() is not None, "no odbc-mariadb, or no server")
class MariaDb(mariadb_server.MariaDbCase):
    def odbc(self, rest):
        return (f"{{odbc: {{connection: 'Driver={MARIADB};Server=127.0.0.1;Port={self.server.port};User=naru;"
                f"Password=${{secret:file:db.txt}};Database=shop;Charset=utf8mb4', {rest}}}}}")

    def test_values_come_exactly_and_rows_by_their_cursor(self):
        self.sql("""CREATE TABLE `주문` (id bigint PRIMARY KEY, `이름` text, price decimal(40,10), n double, f float,
                    big bigint unsigned, ok bit(1), day date, at datetime(6), span time, raw varbinary(10), v int)""",
                 """INSERT INTO `주문` VALUES (9007199254740993, '한글 "x" 😀', 12345678901234567890.0000000001, 0.1, 0.5,
                    18446744073709551615, b'1', '2026-01-31', '2026-01-31 17:05:09.25', '10:00:01', x'00ff', 1),
                    (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)""")
        self.configure(self.odbc("table: 주문, cursor: v"), "{jsonl: {path: out.jsonl}}")
        self.assertEqual(self.run_flow()["added"], 2)
        two, big = self.lines()
        self.assertEqual(big, {
            "id": 9007199254740993, "이름": '한글 "x" 😀', "price": "12345678901234567890.0000000001", "n": 0.1,
            "f": 0.5, "big": "18446744073709551615", "ok": True, "day": "2026-01-31",
            "at": "2026-01-31T17:05:09.25", "span": "10:00:01", "raw": "AP8=", "v": 1})
        self.assertEqual(set(two.values()), {2, None})
        self.sql("UPDATE `주문` SET `이름` = '새', v = 2 WHERE id = 9007199254740993")
        items = self.run_flow()
        self.assertEqual((items["changed"], items["unchanged"]), (1, 1))
        self.server.stop()
        self.naru("run", exits=69)
        self.server.start()
        items = self.run_flow()
        self.assertEqual(items["unchanged"], 2, self.said)


if __name__ == "__main__":
    if SQLITE is None and MARIADB is None:
        print("skipped: no driver of ODBC: install libsqliteodbc or odbc-mariadb")
        sys.exit(SKIPPED)
    main(sys.argv.pop(1))
