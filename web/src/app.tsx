import { useEffect, useMemo, useState, useSyncExternalStore, type MouseEvent } from "react";
import { AskScreen } from "./ask/ask";
import { readRoute, writeRoute, type Route, type Screen } from "./route";
import { SearchScreen } from "./search/search";
import { placeName } from "./shared/place_name";
import { ShellContext, type Shell } from "./shared/shell";
import { useNarrow } from "./shared/use_narrow";
import { SourcesScreen } from "./sources/sources";
import { Viewer } from "./viewer/viewer";
import { firstLanguage, page, say } from "./words";

const screens: Screen[] = ["ask", "search", "sources"];

function followHash(changed: () => void): () => void {
  window.addEventListener("hashchange", changed);
  return () => window.removeEventListener("hashchange", changed);
}

/** The address is outside of React: what it became between the first drawing and the listener is not missed either. */
function useRoute(): Route {
  const hash = useSyncExternalStore(followHash, () => location.hash);
  return useMemo(() => readRoute(hash), [hash]);
}

function useTheme(): () => void {
  const [theme, setTheme] = useState(() => localStorage.getItem("theme"));
  useEffect(() => {
    if (theme === null) return;
    document.documentElement.dataset.theme = theme;
    localStorage.setItem("theme", theme);
  }, [theme]);
  return () => {
    const dark = theme === null ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
    setTheme(dark ? "light" : "dark");
  };
}

export function App() {
  const route = useRoute();
  const switchTheme = useTheme();
  const [openings, setOpenings] = useState(0);
  const narrow = useNarrow();
  const [visited, setVisited] = useState(false); // who only asks needs no list of everything
  if (route.screen === "sources" && !visited) setVisited(true);
  const [language, setLanguage] = useState(() => firstLanguage(localStorage.getItem("language"), navigator.languages));
  useEffect(() => {
    document.documentElement.lang = language;
    localStorage.setItem("language", language);
  }, [language]);
  useEffect(() => {
    document.title = `${say(language, route.screen)} · 나루 Naru`; // told apart among tabs, and read aloud
  }, [language, route.screen]);

  const shell = useMemo<Shell>(
    () => ({
      language,
      t: (word) => say(language, word),
      page: (number) => page(language, number),
      place: (locator) => placeName(language, locator),
      open: (opened) => {
        setOpenings((before) => before + 1); // the same place again leaves the address as it is
        location.hash = writeRoute({ ...readRoute(location.hash), opened });
      },
      go: (screen, query = "") => {
        location.hash = writeRoute({ ...readRoute(location.hash), screen, query });
      },
    }),
    [language],
  );

  const skip = (event: MouseEvent) => {
    event.preventDefault(); // the hash is the route
    document.getElementById("content")?.focus();
  };

  const covered = narrow && route.opened !== undefined;
  return (
    <ShellContext.Provider value={shell}>
      <a className="skip" href="#content" onClick={skip} inert={covered}>
        {shell.t("skip")}
      </a>
      <header className="top" inert={covered}>
        <h1 className="brand">
          나루 <span>Naru</span>
        </h1>
        <nav>
          {screens.map((screen) => (
            <a
              key={screen}
              href={writeRoute({ screen, query: "", opened: route.opened })}
              aria-current={screen === route.screen ? "page" : undefined}
            >
              {shell.t(screen)}
            </a>
          ))}
        </nav>
        <button type="button" className="quiet" onClick={switchTheme} title={shell.t("theme")} aria-label={shell.t("theme")}>
          ◐
        </button>
        <button
          type="button"
          className="quiet"
          lang={language === "ko" ? "en" : "ko"}
          onClick={() => setLanguage(language === "ko" ? "en" : "ko")}
        >
          {shell.t("language")}
        </button>
      </header>
      <div className={route.opened === undefined ? "desk" : "desk with-viewer"}>
        <main id="content" tabIndex={-1} inert={covered}>
          {/* A screen that is left keeps what was asked there. */}
          <div hidden={route.screen !== "ask"}>
            <AskScreen looked={route.screen === "ask"} />
          </div>
          <div hidden={route.screen !== "search"}>
            <SearchScreen query={route.screen === "search" ? route.query : ""} />
          </div>
          {visited && (
            <div hidden={route.screen !== "sources"}>
              <SourcesScreen shown={route.screen === "sources"} />
            </div>
          )}
        </main>
        {route.opened !== undefined && (
          <Viewer key={`${route.opened.kb}/${route.opened.doc}`} opened={route.opened} openings={openings} alone={covered} />
        )}
      </div>
    </ShellContext.Provider>
  );
}
