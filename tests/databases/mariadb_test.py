#!/usr/bin/env python3
"""The mariadb connector against a real server: the kit of changes as a source and as a target, kills, outages.

usage: tests/databases/mariadb_test.py PROGRAM [-v] [TestCase.test...]

NARU_SEQUENCES=200 runs so many random sequences of edits and kills (6 unless said). Without a server: exit code 77.
"""
import random
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from kit import SEQUENCES, SKIPPED, main  # noqa: E402
from mariadb_server import MariaDbCase, why_not  # noqa: E402


class Source(MariaDbCase):
    def test_values_come_exactly_and_in_the_form_of_json(self):
        self.sql("""CREATE TABLE `주문` (id bigint PRIMARY KEY, `이름` text, price decimal(40,10), n double, f float,
                    big bigint unsigned, ok bit(1), at timestamp(6) NULL, day date, local datetime(2), span time(1),
                    doc json, raw varbinary(10), kind enum('가','나'), y year)""",
                 "SET time_zone = '+09:00'",
                 """INSERT INTO `주문` VALUES (9007199254740993, '한글 "x" 😀', 12345678901234567890.0000000001, 0.1, 0.1,
                    18446744073709551615, b'1', '2026-01-31 17:05:09.25', '2026-01-31', '2026-01-31 17:05:09.25',
                    '-100:00:01.5', '{"k": [1, null]}', x'00ff', '나', 2026),
                    (2, '', -0.5, -1e300, 16777216, 0, b'0', NULL, NULL, '2026-01-31 00:00:00', '00:00:00', NULL, '',
                    NULL, NULL)""")
        self.configure(self.mariadb("table: 주문"), "{jsonl: {path: out.jsonl}}")
        self.assertEqual(self.run_flow()["added"], 2)
        two, big = self.lines()
        self.assertEqual(big, {
            "id": 9007199254740993, "이름": '한글 "x" 😀', "price": "12345678901234567890.0000000001", "n": 0.1,
            "f": 0.1, "big": "18446744073709551615", "ok": 1, "at": "2026-01-31T08:05:09.25Z", "day": "2026-01-31",
            "local": "2026-01-31T17:05:09.25", "span": "-100:00:01.5", "doc": {"k": [1, None]}, "raw": "AP8=",
            "kind": "나", "y": 2026})
        self.assertEqual((two["이름"], two["price"], two["n"], two["f"], two["at"], two["local"], two["raw"], two["doc"]),
                         ("", "-0.5000000000", -1e300, 16777216, None, "2026-01-31T00:00:00", "", None))

    def test_the_kit_of_changes(self):
        self.sql("CREATE TABLE a (id varchar(20), body text, at int)",
                 "INSERT INTO a SELECT concat('r', seq), concat('Row ', seq), 1 FROM seq_1_to_30")
        self.configure(self.mariadb("table: a, text: body, cursor: at"), "{knowledge_base: f}", steps="[parse, chunk]")
        self.assertEqual(self.run_flow()["added"], 30)
        self.assertEqual(self.run_flow()["unchanged"], 30)
        self.sql("INSERT INTO a VALUES ('new', 'Ferries sail', 2)",
                 "UPDATE a SET body = 'changed', at = 2 WHERE id = 'r1'",
                 "UPDATE a SET id = 'renamed', at = 2 WHERE id = 'r2'", "DELETE FROM a WHERE id = 'r3'")
        items = self.run_flow()
        self.assertEqual((items["added"], items["changed"], items["removed"]), (2, 1, 2))
        # Twice the same id, an id that is null.
        self.sql("INSERT INTO a VALUES ('r4', 'again', 1), (NULL, 'x', 1)")
        self.assertEqual(self.run_flow(exits=1)["rejected"], 2)
        self.sql("DELETE FROM a WHERE body = 'again' OR id IS NULL")
        # A column more is another row everywhere, for those that are looked at.
        self.sql("ALTER TABLE a ADD COLUMN extra text DEFAULT 'x'")
        self.assertEqual(self.run_flow("--full")["changed"], 30)
        # A table that is gone, a column that is gone, a server that is gone: errors, and nothing is removed.
        self.sql("RENAME TABLE a TO kept")
        self.naru("run", exits=69)
        self.assertIn("Table 'shop.a' doesn't exist", self.said)
        self.sql("RENAME TABLE kept TO a", "ALTER TABLE a CHANGE at since int")
        self.naru("run", exits=69)
        self.assertIn('there is no column "at"; there are id, body, since, extra', self.said)
        self.sql("ALTER TABLE a CHANGE since at int")
        self.server.stop()
        self.naru("run", exits=69)
        self.assertFalse(self.naru("check", "--json", exits=69)[0]["ok"])
        self.server.start()
        self.assertEqual(self.run_flow()["unchanged"], 30)
        # Emptied: held, until somebody says so.
        self.sql("DELETE FROM a")
        self.assertIn("held", [event["event"] for event in self.naru("run", "--json", exits=75)])
        self.assertEqual(self.run_flow("--accept-removals")["removed"], 30)

    def test_a_row_too_large_is_a_reject_and_the_others_come(self):
        self.sql("CREATE TABLE a (id int, text longtext)", "INSERT INTO a VALUES (1, repeat('가', 5000)), (2, 'x')")
        self.configure(self.mariadb("table: a, max_row_bytes: 10000"), "{jsonl: {path: out.jsonl}}")
        items = self.run_flow(exits=1)
        self.assertEqual((items["added"], items["rejected"]), (1, 1))

    def test_discover_and_check_say_what_is_there_and_the_password_is_shown_nowhere(self):
        self.sql("CREATE TABLE orders (id int PRIMARY KEY, total decimal(10,2) NOT NULL)",
                 "CREATE VIEW v AS SELECT id FROM orders")
        source = self.mariadb("table: orders")
        found = self.naru("discover", self.mariadb("")[1:-1].replace(", }", "}"), "--json")[0]["found"]
        self.assertEqual([(one["name"], one["kind"]) for one in found], [("orders", "table"), ("v", "view")])
        self.assertEqual(found[0]["columns"][0], {"name": "id", "type": "integer", "nullable": False, "key": True,
                                                  "native": "int(11)"})
        self.configure(source, self.mariadb("table: copied"))
        for words in (["check"], ["run", "--trace"], ["plan", "--json"], ["status", "--json"]):
            self.naru(*words)
            self.assertNotIn("canary-77b1", self.said)
        (self.at / "db.txt").write_text("wrong-canary\n")
        self.naru("check", exits=69)
        self.assertIn("Access denied", self.said)
        self.assertNotIn("wrong-canary", self.said)
        stored = b"".join(path.read_bytes() for path in (self.at / ".naru").rglob("*") if path.is_file())
        self.assertNotIn(b"canary-77b1", stored)


class Example(MariaDbCase):
    def test_runs_as_it_is_written(self):
        self.sql(self.take_example("mariadb"))
        self.server.sql("CREATE USER IF NOT EXISTS naru@localhost IDENTIFIED BY 'canary-77b1'",
                        "GRANT ALL ON shop.* TO naru@localhost")
        env = {"MARIADB_SOCKET": str(self.server.socket), "MARIADB_PASSWORD": "canary-77b1"}
        self.assertEqual(self.found_in_example(env), "1")
        self.assertEqual(self.rows("SELECT doc FROM article_passages ORDER BY doc"), ["1", "2"])


class Target(MariaDbCase):
    def test_rows_are_kept_equal(self):
        self.configure("{jsonl: {path: in.jsonl, id: id}}", self.mariadb("table: 복사"))
        self.put([{"id": 1, "이름": "가 😀", "n": 1, "tags": ["a"]}, {"id": 2, "n": 2.5, "ok": True}])
        self.run_flow()
        self.assertEqual(self.rows("SELECT id, `이름`, n, tags, ok FROM `복사` ORDER BY id"),
                         ['1\t가 😀\t1\t["a"]\tNULL', "2\tNULL\t2.5\tNULL\t1"])
        self.put([{"id": 2, "n": 12, "extra": "x"}, {"id": 9007199254740993}])
        items = self.run_flow()
        self.assertEqual((items["added"], items["changed"], items["removed"]), (1, 1, 1))
        self.assertEqual(self.rows("SELECT id, n, ok, extra FROM `복사` ORDER BY id"),
                         ["2\t12\tNULL\tx", "9007199254740993\tNULL\tNULL\tNULL"])
        self.assertEqual(self.run_flow()["unchanged"], 2)
        self.put([{"id": 2, "n": 12, "extra": "x"}, {"id": 9007199254740992}])
        items = self.run_flow()
        self.assertEqual((items["added"], items["removed"]), (1, 1))
        self.assertEqual(self.rows("SELECT id FROM `복사` ORDER BY id"), ["2", "9007199254740992"])
        self.assertTrue(self.naru("check", "--json")[0]["ok"])

    def test_names_differ_by_every_byte(self):
        self.configure("{jsonl: {path: in.jsonl, id: id}}", self.mariadb("table: t"))
        names = ["a", "A", "a ", "á", "\uac00", "\u1100\u1161"]  # composed and not
        self.put([{"id": name} for name in names])
        self.assertEqual(self.run_flow()["added"], len(names))
        self.assertEqual(self.rows("SELECT hex(id) FROM t ORDER BY 1"),
                         sorted(name.encode().hex().upper() for name in names))
        self.put([{"id": name} for name in names[1:]])
        self.assertEqual(self.run_flow()["removed"], 1)
        self.assertEqual(len(self.rows("SELECT id FROM t")), len(names) - 1)

    def test_a_value_that_does_not_fit_stops_the_run_and_changes_nothing(self):
        self.sql("CREATE TABLE t (id varchar(20) PRIMARY KEY, n int)")
        self.configure("{jsonl: {path: in.jsonl, id: id}}", self.mariadb("table: t"))
        for value in ("many", 2.5, 1 << 40):
            self.put([{"id": "a", "n": 1}, {"id": "b", "n": value}])
            self.naru("run", exits=2)
            self.assertEqual(self.rows("SELECT count(*) FROM t"), ["0"], value)
        self.put([{"id": "a", "n": 1}])
        self.assertEqual(self.run_flow()["added"], 1)

    def test_rows_of_others_are_never_written_over(self):
        self.sql("CREATE TABLE t (id varchar(20) PRIMARY KEY, n int)", "INSERT INTO t VALUES ('a', 7)")
        self.configure("{jsonl: {path: in.jsonl, id: id}}", self.mariadb("table: t"))
        self.put([{"id": "a", "n": 1}])
        self.naru("run", exits=None)
        self.assertIn("this flow did not write it", self.said)
        self.assertEqual(self.rows("SELECT n FROM t"), ["7"])

    def test_passages_carry_who_may_read_them(self):
        (self.at / "docs").mkdir()
        (self.at / "docs" / "휴가.md").write_text("# 휴가\n\n연차는 15일이다.\n")
        self.configure("{folder: {path: docs, access: [group:staff]}}", self.mariadb("table: passages"),
                       steps="[parse, chunk]")
        self.run_flow()
        self.assertEqual(self.rows("SELECT doc, access, trust, heading_path FROM passages "
                                   "WHERE json_contains(access, '\"group:staff\"')"),
                         ['휴가.md\t["group:staff"]\ttenant\t["휴가"]'])

    def test_a_second_run_is_kept_out_and_a_dead_one_keeps_nobody_out(self):
        self.configure("{jsonl: {path: in.jsonl, id: id}}", self.mariadb("table: t"))
        self.put([{"id": i} for i in range(50)])
        self.run_flow()
        self.put([{"id": i} for i in range(60)])
        with self.server.session("shop") as holds:  # what the first run needs, so that it waits in its transaction
            holds.stdin.write(b"BEGIN; SELECT count(*) FROM t_naru_state FOR UPDATE;\n")
            holds.stdin.flush()
            holds.stdout.readline()
            second = self.run_beside(lambda: self.rows("SELECT count(*) FROM information_schema.innodb_trx") == ["2"],
                                     ["naru.yaml", "in.jsonl", "db.txt"])
            holds.stdin.close()
        self.assert_turned_away(second)
        self.assertEqual(self.rows("SELECT count(*) FROM t"), ["60"])

    def test_any_sequence_of_edits_and_kills_ends_as_a_run_from_scratch(self):
        kills = 0
        for seed in range(SEQUENCES):
            chance = random.Random(seed)
            self.server.sql("DROP DATABASE shop", "CREATE DATABASE shop CHARACTER SET utf8mb4")
            self.sql("CREATE TABLE s (id int, text text, n double)")
            self.configure(self.mariadb("table: s"), self.mariadb("table: t"))
            subprocess.run(["rm", "-rf", str(self.at / ".naru")], check=True)
            for step in range(5):
                edits = []
                for _ in range(chance.randrange(1, 6)):
                    key, kind = chance.randrange(12), chance.randrange(4)
                    edits.append(f"DELETE FROM s WHERE id = {key}")
                    if kind:
                        edits.append(f"INSERT INTO s VALUES ({key}, '값 {chance.randrange(3)}', {chance.randrange(3)})")
                self.sql(*edits)
                if step < 4 and chance.randrange(2):
                    point = chance.choice(["sql_target.before_items", "flow.before_apply", "flow.after_apply"])
                    before = self.dump("t")
                    self.naru("run", "--accept-removals", env={"NARU_FAILPOINTS": point + "=abort"}, exits=None)
                    kills += 1
                    if point != "flow.after_apply":
                        self.assertEqual(self.dump("t"), before, seed)
                else:
                    self.run_flow("--accept-removals")
            self.run_flow("--accept-removals")
            ended = self.dump("t")
            self.configure(self.mariadb("table: s"), self.mariadb("table: scratch"), name="g")
            self.run_flow()
            self.assertEqual(ended, self.dump("scratch"), seed)
            self.assertEqual(ended, self.dump("s"), seed)
        print(f"{SEQUENCES} sequences, {kills} kills", file=sys.stderr)

    def dump(self, table):
        if not self.rows(f"SHOW TABLES LIKE '{table}'"):
            return []
        if self.rows(f"SHOW COLUMNS FROM {table} LIKE 'n'") == []:
            return self.rows(f"SELECT id FROM {table} ORDER BY id")
        return self.rows(f"SELECT id, text, n FROM {table} ORDER BY id")


if __name__ == "__main__":
    why = why_not()
    if why is not None:
        print("skipped:", why)
        sys.exit(SKIPPED)
    main(sys.argv.pop(1))
