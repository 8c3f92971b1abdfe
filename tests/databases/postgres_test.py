#!/usr/bin/env python3
"""The postgres connector against a real server: the kit of changes as a source and as a target, kills, outages.

usage: tests/databases/postgres_test.py PROGRAM [-v] [TestCase.test...]

NARU_SEQUENCES=200 runs so many random sequences of edits and kills (6 unless said). Without a server: exit code 77.
"""
import json
import random
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from kit import SEQUENCES, SKIPPED, main  # noqa: E402
from postgres_server import PostgresCase, installed  # noqa: E402

CANARY = "canary-4c1d"


class Source(PostgresCase):
    def test_values_come_exactly_and_in_the_form_of_json(self):
        self.server.psql("""CREATE TABLE "주문" (id bigint PRIMARY KEY, "이름" text, price numeric(30,10), n float8,
                            ok boolean,
            at timestamptz, day date, local timestamp, tags text[], grid int[][], doc jsonb, raw bytea, who uuid)""",
                         """INSERT INTO "주문" VALUES (9007199254740993, '한글 "x"', 12345678901234567890.0000000001,
                            1.5, true,
            '2026-01-31 17:05:09.25+09', '2026-01-31', '2026-01-31 17:05:09', ARRAY['a,b', NULL, '"'], '{{1,2},{3,4}}',
            '{"k": [1, null]}', '\\x00ff', '123e4567-e89b-12d3-a456-426614174000'), (2, NULL, 'NaN', 'Infinity', NULL,
            'infinity', NULL, NULL, '{}', NULL, 'null', NULL, NULL)""")
        self.configure("{postgres: {url: 'URL', table: 주문}}", "{jsonl: {path: out.jsonl}}")
        self.assertEqual(self.run_flow()["added"], 2)
        two, big = self.lines()
        self.assertEqual(big, {
            "id": 9007199254740993, "이름": '한글 "x"', "price": "12345678901234567890.0000000001", "n": 1.5, "ok": True,
            "at": "2026-01-31T08:05:09.25Z", "day": "2026-01-31", "local": "2026-01-31T17:05:09",
            "tags": ["a,b", None, '"'], "grid": [[1, 2], [3, 4]], "doc": {"k": [1, None]}, "raw": "AP8=",
            "who": "123e4567-e89b-12d3-a456-426614174000"})
        self.assertEqual((two["price"], two["n"], two["at"], two["tags"], two["doc"]),
                         ("NaN", "Infinity", "infinity", [], None))

    def test_the_kit_of_changes(self):
        self.server.psql("CREATE TABLE a (id text, body text, at int)",
                         "INSERT INTO a SELECT 'r' || i, 'Row ' || i, 1 FROM generate_series(1, 30) i")
        self.configure("{postgres: {url: 'URL', table: a, text: body, cursor: at}}", "{knowledge_base: f}",
                       steps="[parse, chunk]")
        self.assertEqual(self.run_flow()["added"], 30)
        self.assertEqual(self.run_flow()["unchanged"], 30)
        self.server.psql("INSERT INTO a VALUES ('new', 'Ferries sail', 2)",
                         "UPDATE a SET body = 'changed', at = 2 WHERE id = 'r1'",
                         "UPDATE a SET id = 'renamed', at = 2 WHERE id = 'r2'", "DELETE FROM a WHERE id = 'r3'")
        items = self.run_flow()
        self.assertEqual((items["added"], items["changed"], items["removed"]), (2, 1, 2))
        # Twice the same id, an id that is null, a row too large for anybody.
        self.server.psql("INSERT INTO a VALUES ('r4', 'again', 1), (NULL, 'x', 1)")
        self.assertEqual(self.run_flow(exits=1)["rejected"], 2)
        self.server.psql("DELETE FROM a WHERE body = 'again' OR id IS NULL")
        # A column more is another row everywhere, for those that are looked at.
        self.server.psql("ALTER TABLE a ADD COLUMN extra text DEFAULT 'x'")
        self.assertEqual(self.run_flow("--full")["changed"], 30)
        # A table that is gone, a column that is gone, a server that is gone: errors, and nothing is removed.
        self.server.psql("ALTER TABLE a RENAME TO kept")
        self.naru("run", exits=69)
        self.assertIn('relation "a" does not exist', self.said)
        self.server.psql("ALTER TABLE kept RENAME TO a", "ALTER TABLE a RENAME at TO since")
        self.naru("run", exits=69)
        self.assertIn('there is no column "at"; there are id, body, since, extra', self.said)
        self.server.psql("ALTER TABLE a RENAME since TO at")
        self.server.stop()
        self.naru("run", exits=69)
        checks = self.naru("check", "--json", exits=69)
        self.assertFalse(checks[0]["ok"])
        self.server.start()
        self.assertEqual(self.run_flow()["unchanged"], 30)
        # Emptied: held, until somebody says so.
        self.server.psql("DELETE FROM a")
        events = self.naru("run", "--json", exits=75)
        self.assertIn("held", [event["event"] for event in events])
        self.assertEqual(self.run_flow("--accept-removals")["removed"], 30)

    def test_discover_and_check_say_what_is_there_and_with_what_rights(self):
        self.server.psql("CREATE TABLE orders (id int PRIMARY KEY, total numeric(10,2) NOT NULL)",
                         "CREATE SCHEMA sales",
                         "CREATE VIEW sales.v AS SELECT id FROM orders", "ANALYZE")
        found = self.naru("discover", f"postgres: {{url: '{self.server.url}'}}", "--json")[0]["found"]
        self.server.psql("DROP SCHEMA sales CASCADE")
        self.assertEqual([(one["name"], one["kind"]) for one in found], [("orders", "table"), ("sales.v", "view")])
        self.assertEqual(found[0]["columns"][0], {"name": "id", "type": "integer", "nullable": False, "key": True,
                                                  "native": "integer"})
        self.assertEqual(found[0]["columns"][1]["native"], "numeric(10,2)")
        self.server.psql("DROP ROLE IF EXISTS reader", "CREATE ROLE reader LOGIN")
        reader = self.server.url.replace("postgres@", "reader@")
        self.naru("check", f"postgres: {{url: '{reader}', table: orders}}", exits=69)
        self.assertIn("permission denied", self.said)

    def test_a_password_is_shown_nowhere(self):
        self.server.psql("DROP ROLE IF EXISTS secretive", f"CREATE ROLE secretive LOGIN PASSWORD '{CANARY}'",
                         "CREATE TABLE a (id int)", "GRANT SELECT ON a TO secretive")
        (self.at / "db.txt").write_text(CANARY + "\n")
        url = self.server.url.replace("postgres@", "secretive@")
        self.configure(f"{{postgres: {{url: '{url}', password: '${{secret:file:db.txt}}', table: a}}}}",
                       "{jsonl: {path: out.jsonl}}")
        for words in (["check"], ["run", "--trace"], ["plan", "--json"], ["status", "--json"]):
            self.naru(*words)
            self.assertNotIn(CANARY, self.said)
        self.server.psql("DROP TABLE a")
        self.naru("run", exits=69)
        self.assertNotIn(CANARY, self.said)
        stored = b"".join(path.read_bytes() for path in (self.at / ".naru").rglob("*") if path.is_file())
        self.assertNotIn(CANARY.encode(), stored)

    def test_a_watch_hears_what_is_said_on_its_channel(self):
        self.server.psql("CREATE TABLE a (id int, text text)")
        self.configure("{postgres: {url: 'URL', table: a, listen: a_changed, poll_seconds: 3600}}",
                       "{jsonl: {path: out.jsonl}}")
        with subprocess.Popen([self.program, "run", "--watch", "--json"], cwd=self.at, stdout=subprocess.PIPE) as watch:
            try:
                done = 0
                for line in watch.stdout:
                    event = json.loads(line)
                    if event["event"] == "done":
                        done += 1
                    if done == 2:  # the second look follows the LISTEN
                        self.server.psql("INSERT INTO a VALUES (1, 'x')", "NOTIFY a_changed")
                        done = 3
                    if event["event"] == "commit":
                        break
            finally:
                watch.send_signal(signal.SIGINT)
            watch.stdout.read()
        self.assertEqual(len(self.lines()), 1)


class Example(PostgresCase):
    def test_runs_as_it_is_written(self):
        setup = self.take_example("postgres")
        self.server.psql(setup)
        env = {"POSTGRES_URL": self.server.url}
        self.assertEqual(self.found_in_example(env), "1")
        self.assertEqual(self.server.rows("SELECT doc FROM article_passages ORDER BY doc"), ["1", "2"])
        self.assertTrue(self.naru("check", "--json", env=env)[0]["ok"])


class Target(PostgresCase):
    def test_rows_are_kept_equal(self):
        self.configure("{jsonl: {path: in.jsonl, id: id}}", "{postgres: {url: 'URL', table: 복사}}")
        self.put([{"id": 1, "이름": "가", "n": 1, "tags": ["a"]}, {"id": 2, "n": 2.5, "ok": True}])
        self.run_flow()
        self.assertEqual(self.server.rows('SELECT id, "이름", n, tags, ok FROM "복사" ORDER BY id'),
                         ['1|가|1|["a"]|', "2||2.5||t"])
        self.put([{"id": 2, "n": 12345678901234567, "extra": "x"}, {"id": 3}])
        items = self.run_flow()
        self.assertEqual((items["added"], items["changed"], items["removed"]), (1, 1, 1))
        self.assertEqual(self.server.rows('SELECT id, n, ok, extra FROM "복사" ORDER BY id'),
                         ["2|12345678901234567||x", "3|||"])
        self.assertEqual(self.run_flow()["unchanged"], 2)
        self.assertTrue(self.naru("check", "--json")[0]["ok"])

    def test_a_value_that_does_not_fit_stops_the_run_and_changes_nothing(self):
        self.server.psql("CREATE TABLE t (id text PRIMARY KEY, n int)")
        self.configure("{jsonl: {path: in.jsonl, id: id}}", "{postgres: {url: 'URL', table: t}}")
        self.put([{"id": "a", "n": 1}, {"id": "b", "n": "many"}])
        self.naru("run", exits=2)
        self.assertIn("many", self.said)
        self.assertEqual(self.server.rows("SELECT count(*) FROM t"), ["0"])
        self.put([{"id": "a", "n": 1}])
        self.assertEqual(self.run_flow()["added"], 1)

    def test_passages_carry_who_may_read_them(self):
        (self.at / "docs").mkdir()
        (self.at / "docs" / "휴가.md").write_text("# 휴가\n\n연차는 15일이다.\n")
        self.configure("{folder: {path: docs, access: [group:staff]}}", "{postgres: {url: 'URL', table: passages}}",
                       steps="[parse, chunk]")
        self.run_flow()
        self.assertEqual(self.server.rows("SELECT doc, access, trust, heading_path FROM passages "
                                          "WHERE 'group:staff' = ANY (access)"),
                         ["휴가.md|{group:staff}|tenant|{휴가}"])
        (self.at / "docs" / "휴가.md").unlink()
        (self.at / "docs" / "b.md").write_text("B\n")
        self.run_flow()
        self.assertEqual(self.server.rows("SELECT doc FROM passages"), ["b.md"])

    def test_a_connection_that_breaks_is_opened_again(self):
        self.configure("{jsonl: {path: in.jsonl, id: id}}", "{postgres: {url: 'URL', table: t}}")
        self.put([{"id": 1}])
        self.run_flow()
        self.server.psql("CREATE SEQUENCE cuts",
                         "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('cuts') = 1 "
                         "THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END $$",
                         "CREATE TRIGGER cut BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION cut()")
        self.put([{"id": 1}, {"id": 2}])
        events = self.naru("run", "--json")
        self.assertEqual([(event["what"], event["code"]) for event in events if event["event"] == "retry"],
                         [("postgres", "unavailable")])
        self.assertEqual(self.server.rows("SELECT id FROM t ORDER BY id"), ["1", "2"])

    def test_a_second_run_is_kept_out_and_a_dead_one_keeps_nobody_out(self):
        self.configure("{jsonl: {path: in.jsonl, id: id}}", "{postgres: {url: 'URL', table: t}}")
        self.put([{"id": 1}])
        self.run_flow()
        self.put([{"id": i} for i in range(2000)])
        with self.server.session() as holds:  # what the first run needs, so that it waits in its transaction
            holds.stdin.write(b"BEGIN; LOCK TABLE t_naru_state IN EXCLUSIVE MODE; SELECT 'held';\n")
            holds.stdin.flush()
            self.assertEqual(holds.stdout.readline(), b"held\n")
            waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            second = self.run_beside(lambda: self.server.rows(waits) == ["1"], ["naru.yaml", "in.jsonl"])
            holds.stdin.close()
        self.assert_turned_away(second)
        self.assertEqual(self.server.rows("SELECT count(*) FROM t"), ["2000"])

    def test_any_sequence_of_edits_and_kills_ends_as_a_run_from_scratch(self):
        kills = 0
        for seed in range(SEQUENCES):
            chance = random.Random(seed)
            self.server.psql("DROP SCHEMA public CASCADE", "CREATE SCHEMA public",
                             "CREATE TABLE s (id int, text text, n numeric)")
            self.configure("{postgres: {url: 'URL', table: s}}", "{postgres: {url: 'URL', table: t}}")
            subprocess.run(["rm", "-rf", str(self.at / ".naru")], check=True)
            for step in range(5):
                edits = []
                for _ in range(chance.randrange(1, 6)):
                    key, kind = chance.randrange(12), chance.randrange(4)
                    edits.append(f"DELETE FROM s WHERE id = {key}")
                    if kind:
                        edits.append(f"INSERT INTO s VALUES ({key}, 'v{chance.randrange(3)}', {chance.randrange(3)})")
                self.server.psql(*edits)
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
            self.configure("{postgres: {url: 'URL', table: s}}", "{postgres: {url: 'URL', table: scratch}}", name="g")
            self.run_flow()
            self.assertEqual(ended, self.dump("scratch"), seed)
            self.assertEqual(ended, self.dump("s"), seed)
        print(f"{SEQUENCES} sequences, {kills} kills", file=sys.stderr)

    def dump(self, table):
        if self.server.rows(f"SELECT to_regclass('{table}')") == [""]:
            return []
        return self.server.rows(f"SELECT id, text, n FROM {table} ORDER BY id")


if __name__ == "__main__":
    why = installed()[1]
    if why is not None:
        print("skipped:", why)
        sys.exit(SKIPPED)
    main(sys.argv.pop(1))
