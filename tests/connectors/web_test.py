#!/usr/bin/env python3
"""The web as a source, against a site in this process. usage: web_test.py NARU"""
import gzip
import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import fake_site
import harness

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
flows:
  site:
    source: {web: {start: ['http://127.0.0.1:%d/docs/'], allow_private: %s, delay_ms: 0, attempts: 1%s}}
    steps: [parse, chunk]
    target: {knowledge_base: site}
"""


def small_site():
    site = fake_site.Site()
    site.put("/robots.txt", "User-agent: *\nDisallow: /docs/private\nDisallow: /docs/%EA%B7%B8\n", kind="text/plain")
    site.put("/docs/", """<html><title>Start</title><p>The start page.</p><a href="a.html">a</a>
      <a href='b.html?x=1&amp;y=2#part'>b</a><a href="%ea%b7%9c%ec%a0%95.html">규정</a><a href="private.html">p</a>
      <a href="그만.html">no</a><a href="/elsewhere.html">out</a><a href="moved.html">m</a><a href="gone.html">g</a>
      <script>document.write('<a href="script.html">')</script><a href="c.html" rel=nofollow>c</a></html>""")
    site.put("/docs/a.html", '<p>Page a.</p><a href="deep.html">deep</a><a href="../../docs/./a.html">itself</a>')
    site.put("/docs/b.html?x=1&y=2", '<link rel="canonical" href="/docs/b.html"><p>Page b.</p>')
    site.put("/docs/b.html", '<link rel="canonical" href="/docs/b.html"><p>Page b.</p>')
    site.put("/docs/%EA%B7%9C%EC%A0%95.html", "<p>연차 휴가는 15일입니다.</p>",
             Last_Modified="Fri, 27 Nov 2026 09:00:00 GMT")
    site.put("/docs/private.html", "<p>Not for robots.</p>")
    site.put("/docs/moved.html", "", 301, Location="new.html")
    site.put("/docs/new.html", "<p>The new place.</p>")
    site.put("/docs/deep.html", '<meta name="robots" content="noindex"><p>Not to be kept.</p><a href="end.txt">end</a>')
    site.put("/docs/end.txt", "Three links away.", kind="text/plain")
    return site


def names(port, *pages):
    return sorted(f"http://127.0.0.1:{port}/docs/{page}" for page in pages)


def pages_follow_the_site(program):
    site = small_site()
    with harness.Server(fake_site.handler(site)) as server:
        work = harness.Workspace(program, CONFIG % (server.port, "true", ", user_agent: 'naru (us)'"))
        work.run(added=6)
        kept = names(server.port, "", "a.html", "b.html", "end.txt", "new.html", "규정.html")
        assert work.documents() == kept, work.documents()
        assert site.agents == {"naru (us)"}, site.agents
        for never in ("/docs/private.html", "/docs/%EA%B7%B8%EB%A7%8C.html", "/elsewhere.html", "/docs/script.html",
                      "/docs/c.html"):
            assert not site.asked(never), never
        # Unchanged pages are asked for once, and not sent again; also by their date, and where a redirect led.
        site.requests.clear()
        work.run(unchanged=6)
        asked = [path for path, _ in site.requests]
        assert len(set(asked)) == len(asked), asked
        sent = {path for path, status in site.requests if status == 200}
        assert sent == {"/robots.txt"}, sent
        # Changed; gone (404, 410); new; renamed: its text comes from the memo, so that nothing is made twice.
        site.put("/docs/a.html", '<p>Page a, changed.</p><a href="deep.html">deep</a><a href="d.html">d</a>'
                                 '<a href="leave.html">l</a>')
        site.put("/docs/d.html", "<p>New.</p>")
        del site.pages["/docs/new.html"]
        site.put("/docs/end.txt", "", 410)
        site.pages["/docs/leave.html"] = site.pages.pop("/docs/%EA%B7%9C%EC%A0%95.html")
        work.run(changed=1, added=2, removed=3)
        assert work.documents() == names(server.port, "", "a.html", "b.html", "d.html", "leave.html")
        # Linked from nowhere any more; links in another order are a change of their page alone.
        site.put("/docs/a.html", '<p>Page a, changed.</p><a href="leave.html">l</a><a href="deep.html">deep</a>')
        work.run(changed=1, unchanged=3, removed=1)
        # What a robot may not see any more goes too.
        rules = "User-agent: naru\nDisallow: /docs/\nAllow: /docs/$\nAllow: /docs/a\n"
        site.put("/robots.txt", rules, kind="text/plain")
        work.run(removed=2)
        assert work.documents() == names(server.port, "", "a.html")
        work.naru("verify", "--json")


def what_fails_has_not_gone(program):
    site = small_site()
    site.put("/docs/deep.html", '<p>Deep.</p><a href="end.txt">end</a>')
    with harness.Server(fake_site.handler(site)) as server:
        work = harness.Workspace(program, CONFIG % (server.port, "true", ", timeout_seconds: 1"))
        work.run(added=7)
        known = work.documents()
        for status, fault in ((503, None), (403, None), (200, "half"), (200, "drop"), (200, "hang")):
            site.put("/docs/a.html", '<p>Page a, longer than before.</p>', status)
            site.faults = {"/docs/a.html": fault} if fault else {}
            work.run(code=1, rejected=1, removed=0)
            assert work.documents() == known, (status, fault)
        # A deletion elsewhere is told all the same: what a.html led to is remembered.
        site.pages.pop("/docs/new.html")
        work.run(code=1, rejected=1, removed=1)
        known = work.documents()
        # Without the memory nobody can say what it led to, so nothing goes.
        for path in (work.folder / "web").iterdir():
            path.unlink()
        site.pages.pop("/docs/%EA%B7%9C%EC%A0%95.html")
        work.run(code=1, rejected=1, removed=0)
        # All of a site: its robots.txt, a start page that is gone, nobody there.
        site.faults, pages = {}, dict(site.pages)
        for path in pages:
            site.put(path, "", 500)
        site.requests.clear()
        work.naru("run", "--json", code=69)
        assert set(site.requests) == {("/robots.txt", 500)} and len(site.requests) <= 3, site.requests
        site.pages = dict(pages)
        site.pages.pop("/docs/")
        work.naru("run", "--json", code=2)
        assert "answers 404" in work.stderr
        assert work.documents() == known
    work.naru("run", "--json", code=69)
    assert work.documents() == known


def a_start_page_may_lead_on_within_its_site(program):
    site = fake_site.Site()
    site.put("/docs/", "<p>Start.</p>")
    site.put("/old/", "", 301, Location="/new/")
    site.put("/new/", '<p>New start.</p><a href="x">x</a><a href="/docs/y">out of what the flow takes</a>')
    site.put("/new/x", "<p>X.</p>")
    with harness.Server(fake_site.handler(site)) as server:
        root = f"http://127.0.0.1:{server.port}"
        config = (CONFIG % (server.port, "true", "")).replace("/docs/'", f"/docs/', '{root}/old/'")
        work = harness.Workspace(program, config)
        work.run(added=3)
        kept = [f"{root}/docs/", f"{root}/new/", f"{root}/new/x"]
        assert work.documents() == kept, work.documents()
        site.put("/old/", "", 503)
        work.run(unchanged=3, removed=0)  # where it led is asked itself
        new = site.pages.pop("/new/")
        site.put("/new/", "", 503)
        work.run(code=1, rejected=1, removed=0)
        assert work.documents() == kept
        site.pages["/new/"] = new
        # Not where the configuration says what it wants, nor to another site.
        work.configure(config.replace("delay_ms", f"prefix: ['{root}/docs/', '{root}/old/'], delay_ms"))
        site.put("/old/", "", 301, Location="/new/")
        work.run(code=1, rejected=1, removed=2)
        assert "is not below what the flow takes" in str(work.events)


def duplicates_stand_once_whatever_the_order(program):
    site = fake_site.Site()
    link = '<link rel="canonical" href="%s">'
    site.put("/docs/one", link % "/docs/own" + "<p>The text.</p>")
    site.put("/docs/two", link % "/docs/own" + "<p>The text.</p>")
    site.put("/docs/own", "<p>The text.</p>")
    site.put("/docs/lost", link % "/docs/nowhere" + "<p>Its canonical page is not there.</p>")
    site.put("/docs/x", link % "/docs/y" + "<p>X.</p>")  # each names the other
    site.put("/docs/y", link % "/docs/x" + "<p>Y.</p>")
    site.put("/docs/out", link % "http://example.com/" + "<p>Another site's.</p>")
    pages = ["one", "two", "lost", "x", "y", "out", "one?#1", "ONE/../one"]
    kept = None
    with harness.Server(fake_site.handler(site)) as server:
        for order in (pages, pages[::-1]):
            site.put("/docs/", "".join(f'<a href="{page}">' for page in order) + "<p>Start.</p>")
            work = harness.Workspace(program, CONFIG % (server.port, "true", ""))
            work.run(added=6)
            assert kept in (None, work.documents())
            kept = work.documents()
        assert kept == names(server.port, "", "lost", "out", "own", "x", "y"), kept
        # While the own page fails it is still the one.
        site.put("/docs/own", "", 503)
        work.run(code=1, rejected=1, removed=0, added=0)
        assert work.documents() == kept
        site.pages.pop("/docs/own")
        work.run(removed=1, added=2)


def expected_of(site, port):
    """The documents that the pages of a site make, by the rules of docs/decisions/0055."""
    waiting, looked, kept = ["/docs/"], set(), {}
    while waiting:
        path = waiting.pop()
        if path in looked:
            continue
        looked.add(path)
        place, page = path, site.edited.get(path)
        if page and page["redirect"]:
            place, page = page["redirect"], site.edited.get(page["redirect"])
        if not page or page["redirect"]:  # gone; of two in a row the random site has none
            continue
        waiting += page["links"] + ([page["canonical"]] if page["canonical"] else [])
        if not page["noindex"]:
            kept[place] = None if page["canonical"] == place else page["canonical"]
    own = [path for path, canonical in kept.items() if not (canonical in kept and kept[canonical] is None)]
    return sorted(f"http://127.0.0.1:{port}{path}" for path in own)


def edit(site, chance):
    """A few random edits of a site of a dozen pages; site.pages follows site.edited."""
    paths = [f"/docs/{n}" for n in range(12)]
    for path in chance.sample(["/docs/"] + paths, chance.randint(1, 5)):
        if path != "/docs/" and chance.random() < 0.25:
            site.edited.pop(path, None)
            continue
        plain = [other for other in paths if other != path and not site.edited.get(other, {}).get("redirect")]
        led_to = [page["redirect"] for page in site.edited.values()]
        redirect = path != "/docs/" and path not in led_to and plain and chance.random() < 0.15
        site.edited[path] = {
            "links": chance.sample(paths, chance.randint(1, 3) if path == "/docs/" else chance.randint(0, 2)),
            "canonical": chance.choice(paths) if chance.random() < 0.2 else None,
            "noindex": path != "/docs/" and chance.random() < 0.1, "text": chance.random(),
            "redirect": chance.choice(plain) if redirect else None}
    site.edited["/docs/"]["canonical"] = None
    site.pages = {}
    for path, page in site.edited.items():
        if page["redirect"]:
            site.put(path, "", 302, Location=page["redirect"])
            continue
        head = f'<link rel="canonical" href="{page["canonical"]}">' if page["canonical"] else ""
        head += '<meta name="robots" content="noindex">' if page["noindex"] else ""
        site.put(path, head + f'<p>Text {page["text"]}.</p>' + "".join(f'<a href="{to}">' for to in page["links"]))


def random_edits_end_as_from_scratch(program):
    """NARU_WEB_ROUNDS=200 by hand; NARU_WEB_SEED: the first."""
    first = int(os.environ.get("NARU_WEB_SEED", "3"))
    for seed in range(first, first + int(os.environ.get("NARU_WEB_ROUNDS", "2"))):
        chance, site = random.Random(seed), fake_site.Site()
        site.edited = {"/docs/": {"links": ["/docs/0", "/docs/1"], "canonical": None, "noindex": False, "text": 0,
                                  "redirect": None}}
        with harness.Server(fake_site.handler(site)) as server:
            work = harness.Workspace(program, CONFIG % (server.port, "true", ", depth: 100"))
            for step in range(8):
                edit(site, chance)
                before, expected = (work.documents() if step else []), expected_of(site, server.port)
                count = min(chance.randint(0, 3), len(site.pages)) if step % 2 else 0
                broken = chance.sample(sorted(site.pages), count)
                whole = dict(site.pages)
                for path in broken:  # 403 of a page that was never seen is the site's will, and hides what is behind it
                    seen = f"http://127.0.0.1:{server.port}{path}" in before
                    site.put(path, "", chance.choice((500, 503, 429, 403 if seen else 500)))
                try:
                    work.naru("run", "--json", "--accept-removals")
                except AssertionError:  # what failed is said; of all pages it may be the run
                    assert broken, (seed, step, work.stderr)
                now = work.documents()
                lost = set(before) & set(expected) - set(now)
                assert not lost, (seed, step, broken, lost)
                assert broken or now == expected, (seed, step, now, expected)
                site.pages = whole
            work.run()
            assert work.documents() == expected_of(site, server.port), (seed, work.documents())


def poison_and_limits_are_named(program):
    site = small_site()
    with harness.Server(fake_site.handler(site)) as server:
        work = harness.Workspace(program, CONFIG % (server.port, "true", ", max_pages: 2"))
        work.run(code=1, added=2, rejected=1)
        assert any("max_pages" in event.get("message", "") for event in work.events)
        work.configure(CONFIG % (server.port, "true", ", depth: 0"))
        work.run(removed=2)  # and what was said of the others
        # Poison: a page that no parser reads, one that leads in a circle, one that is too large, odd links.
        site.put("/docs/", '<p>Start.</p><a href="bad.pdf"></a><a href="circle"></a><a href="large"></a>'
                           '<a href="login"></a><a href="a.html"></a><a href="http://[x/"></a><a href="//"></a>'
                           '<a href="http://127.0.0.1:0/docs/"></a>')
        site.put("/docs/login", "", 403)
        site.put("/docs/bad.pdf", b"%PDF-1.7 nothing", kind="application/pdf")
        site.put("/docs/circle", "", 302, Location="circle")
        site.put("/docs/large", "x" * 300_000)
        work.configure(CONFIG % (server.port, "true", ", max_bytes: 200000"))
        work.run(code=1, rejected=4)
        said = " ".join(str(event.get("message", "")) for event in work.events)
        assert "leads on more than 5 times" in said and "200000 bytes" in said, said
        assert work.documents() == names(server.port, "", "a.html", "end.txt"), work.documents()
        site.pages.pop("/docs/a.html")  # none of them keeps what has gone
        work.run(code=1, rejected=4, removed=2)
        # What is excluded is not asked for.
        site.requests.clear()
        work.configure(CONFIG % (server.port, "true", ", exclude: ['**/*.pdf', 'docs/{circle,large,log*}']"))
        work.run(unchanged=1)
        asked = {path for path, _ in site.requests}
        assert asked == {"/robots.txt", "/docs/", "/docs/a.html"}, asked
        # A server that says "not now" ten times in a row is left alone; what was there stays.
        site.put("/docs/", "".join(f'<a href="{n}.html">' for n in range(30)) + "<p>Start.</p>")
        for n in range(30):
            site.put(f"/docs/{n}.html", "", 503)
        site.requests.clear()
        work.run(code=1, rejected=30, removed=0)
        assert len([status for _, status in site.requests if status == 503]) == 10, site.requests
        # Links of which there are too many are said, not lost in silence.
        site.put("/docs/", "".join(f'<a href="/no{n}">' for n in range(10_001)) + "<p>Start.</p>")
        work.run(code=1)
        assert any("more than 10000 links" in str(event.get("message", "")) for event in work.events)


def a_killed_run_goes_on_where_it_was(program):
    site = small_site()
    many = 30
    site.put("/docs/", "".join(f'<a href="{n}.html">' for n in range(many)) + "<p>Start.</p>")
    for n in range(many):
        site.put(f"/docs/{n}.html", f"<p>Page {n}.</p>")
    with harness.Server(fake_site.handler(site)) as server:
        work = harness.Workspace(program, CONFIG % (server.port, "true", ""))
        for asked in (1, 15, 32):
            site.requests.clear()
            process = subprocess.Popen([program, "run", "--json"], cwd=work.folder, env=work.env,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while len(site.requests) < asked and process.poll() is None:
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
            process.wait()
        work.run()
        assert len(work.documents()) == many + 1
        work.run(unchanged=many + 1, added=0)
        work.naru("verify", "--json")


def sitemaps_and_feeds_name_pages(program):
    site = small_site()
    with harness.Server(fake_site.handler(site)) as server:
        root = f"http://127.0.0.1:{server.port}"
        site.put("/index.xml", f"<sitemapindex><sitemap><loc>{root}/map.xml.gz</loc></sitemap></sitemapindex>")
        pages = f"<url><loc>{root}/docs/a.html</loc></url><url><loc><![CDATA[{root}/docs/b.html?x=1&y=2]]></loc></url>"
        site.put("/map.xml.gz", gzip.compress(f'<?xml version="1.0"?><urlset>{pages}</urlset>'.encode()))
        site.put("/feed", '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/docs/new.html"/></entry>'
                          "</feed>")
        config = CONFIG.replace("start: ['http://127.0.0.1:%d/docs/']", "%s: ['" + root + "%s']")
        work = harness.Workspace(program, config % ("sitemap", "/index.xml", "true", ""))
        work.run(added=2)
        assert work.documents() == names(server.port, "a.html", "b.html")
        # One that is cut off, fails, is another thing or is gone takes nothing away; without an entry, it has gone.
        cut = f"<urlset>{pages[:60]}"
        for status, text, code in ((200, cut, 1), (500, "", 69), (404, "<html>", 69)):
            site.put("/map.xml.gz", text, status)
            work.naru("run", "--json", code=code)
            assert len(work.documents()) == 2, (status, text)
        site.put("/map.xml.gz", f"<urlset><url><loc>{root}/docs/a.html</loc></url></urlset>")
        work.run(removed=2)  # and what was said of the sitemap
        # A feed says what is new, so what has left one stays.
        feed = harness.Workspace(program, config % ("feed", "/feed", "true", ""))
        feed.run(added=1)
        site.put("/feed", f"<rss><channel><item><link>{root}/docs/a.html</link></item></channel></rss>")
        feed.run(added=1, removed=0)
        assert len(feed.documents()) == 2


def nothing_inside_is_reached(program):
    site = small_site()
    with harness.Server(fake_site.handler(site)) as server:
        # An address, a name that resolves to one, and other ways to write it.
        for host in ("127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]", "0x7f.1", "１２７.0.0.1"):
            config = (CONFIG % (server.port, "false", "")).replace("//127.0.0.1", "//" + host)
            work = harness.Workspace(program, config)
            work.naru("run", "--json", code=4)
            assert "lies inside" in work.stderr and "allow_private" in work.stderr, work.stderr
            work.naru("check", code=69)
        assert not site.requests, site.requests
        # Where the site itself is allowed, nothing that it says leads anywhere else: links, redirects of pages, of
        # sitemaps and of robots.txt, sitemaps that an index names.
        inner = f"http://localhost:{server.port}"  # another name of the same machine, which nobody allowed
        targets = [f"{inner}/docs/a.html", "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/",
                   "file:///etc/passwd"]
        links = "".join(f'<a href="jump{n}.html">jump</a>' for n in range(len(targets)))
        site.put("/docs/", links + f'<a href="{targets[1]}">m</a><p>Start.</p>')
        for n, target in enumerate(targets):
            site.put(f"/docs/jump{n}.html", "", 302, Location=target)
        work = harness.Workspace(program, CONFIG % (server.port, "true", ""))
        work.run(code=1, added=1, rejected=1)
        assert work.documents() == names(server.port, "")
        site.put("/map.xml", "", 302, Location=f"{inner}/map2.xml")
        site.put("/map2.xml", f"<urlset><url><loc>{inner}/docs/a.html</loc></url></urlset>")
        site.put("/index.xml", f"<sitemapindex><sitemap><loc>{inner}/map2.xml</loc></sitemap></sitemapindex>")
        sitemap = CONFIG.replace("start: ['http://127.0.0.1:%d/docs/']", "sitemap: ['http://127.0.0.1:%d/%s']")
        for name in ("map.xml", "index.xml"):
            work = harness.Workspace(program, sitemap % (server.port, name, "true", ""))
            work.naru("run", "--json", code=4)
            assert "lies inside" in work.stderr, work.stderr
        assert not site.asked("/map2.xml") and not site.asked("/docs/a.html")
        site.put("/robots.txt", "", 302, Location=f"{inner}/robots2.txt")
        work = harness.Workspace(program, CONFIG % (server.port, "true", ""))
        work.naru("run", "--json", code=4)
        assert "lies inside" in work.stderr and not site.asked("/robots2.txt")


def check_and_discover_say_what_there_is(program):
    site = small_site()
    with harness.Server(fake_site.handler(site)) as server:
        root = f"http://127.0.0.1:{server.port}"
        site.put("/robots.txt", f"Sitemap: {root}/map.xml\nUser-agent: *\nDisallow: /docs/private\n", kind="text/plain")
        site.put("/map.xml", f"<urlset><url><loc>{root}/docs/a.html</loc></url></urlset>")
        site.put("/docs/", '<link rel="alternate" type="application/atom+xml" href="/feed"><a href="a.html">'
                           '<a href="b.html">')
        site.put("/feed", "<feed><entry><link href='/1'/></entry><entry><link href='/2'/></entry></feed>")
        work = harness.Workspace(program, CONFIG % (server.port, "true", ""))
        checked = work.naru("check", "--json")
        assert checked["ok"] and "may be fetched" in checked["checks"][0]["detail"], checked
        found = {one["name"]: (one["kind"], one["count"]) for one in work.naru("discover", "--json")["found"]}
        expected = {"/docs/": ("page", 2), "/feed": ("feed", 2), "/map.xml": ("sitemap", 1)}
        assert found == {root + path: one for path, one in expected.items()}, found
        assert not (work.folder / "web").exists(), "they remember nothing"
        for path, status, text in (("/docs/private/", 200, "robots.txt"), ("/docs/none/", 404, "answers 404")):
            work.configure((CONFIG % (server.port, "true", "")).replace("/docs/", path))
            checked = work.naru("check", "--json", code=69)
            assert not checked["ok"] and text in checked["checks"][0]["detail"], checked


def what_strangers_wrote_is_external(program):
    site = small_site()
    with harness.Server(fake_site.handler(site)) as server:
        config = (CONFIG % (server.port, "true", "%s")).replace("[parse, chunk]", "[parse]")
        config = config.replace("{knowledge_base: site}", "{jsonl: {path: out.jsonl}}")
        for option, trust in (("", "external"), (", trust: tenant", "tenant")):
            work = harness.Workspace(program, config % option)
            work.run(added=6)
            lines = (work.folder / "out.jsonl").read_text(encoding="utf-8").splitlines()
            assert {json.loads(line)["trust"] for line in lines} == {trust}, lines


def the_recipe_runs(program):
    site = small_site()
    recipe = ROOT / "examples/web/naru.yaml"
    with harness.Server(fake_site.handler(site)) as server:
        work = harness.Workspace(program, recipe.read_text(encoding="utf-8"))
        work.env["SITE"] = f"http://127.0.0.1:{server.port}/docs/"
        assert work.naru("check", "--json")["ok"]
        assert work.naru("discover", "--json")["found"]
        work.run(added=6)
        hits = work.naru("search", "휴가", "--json")
        assert "규정.html" in json.dumps(work.events or hits, ensure_ascii=False), work.events
        work.run(unchanged=6)


if __name__ == "__main__":
    harness.main([pages_follow_the_site, what_fails_has_not_gone,
                  a_start_page_may_lead_on_within_its_site, duplicates_stand_once_whatever_the_order,
                  random_edits_end_as_from_scratch,
                  poison_and_limits_are_named, a_killed_run_goes_on_where_it_was, sitemaps_and_feeds_name_pages,
                  nothing_inside_is_reached, check_and_discover_say_what_there_is,
                  what_strangers_wrote_is_external, the_recipe_runs])
