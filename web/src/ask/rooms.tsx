import { useState, type FormEvent, type ReactNode } from "react";
import type { Room } from "../api";
import { useShell } from "../shared/shell";

// As the server limits it, in bytes; a syllable has three.
const kNameMax = 60;

interface Props {
  rooms: Room[];
  shown: string | undefined;
  show: (room: string | undefined) => void;
  make: (name: string) => Promise<void>;
  rename: (from: string, to: string) => Promise<void>;
  forget: (name: string) => Promise<void>;
  children: ReactNode;
}

/** One line that is filled in: a name for a room. */
function NameForm({ label, first, done, leave }: { label: string; first: string; done: (name: string) => void; leave?: () => void }) {
  const { t } = useShell();
  const [name, setName] = useState(first);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = name.trim().replace(/\s+/g, " ");
    if (wanted === "") return;
    setName("");
    done(wanted);
  };
  return (
    <form className="room-name" onSubmit={submit} onKeyDown={(event) => event.key === "Escape" && leave?.()}>
      <input
        aria-label={label}
        placeholder={label}
        maxLength={kNameMax}
        value={name}
        autoFocus={leave !== undefined}
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" disabled={name.trim() === ""}>
        {t("save")}
      </button>
    </form>
  );
}

/** The room that is open: what can be done with it. */
function RoomActions({ name, rename, forget }: { name: string; rename: Props["rename"]; forget: Props["forget"] }) {
  const { t } = useShell();
  const [doing, setDoing] = useState<"nothing" | "renaming" | "forgetting">("nothing");
  const leave = () => setDoing("nothing");
  if (doing === "renaming")
    return (
      <NameForm
        label={t("roomNewName")}
        first={name}
        leave={leave}
        done={(to) => {
          leave();
          if (to !== name) void rename(name, to);
        }}
      />
    );
  if (doing === "forgetting")
    return (
      <div className="notice" role="alertdialog" aria-label={t("roomForget")}>
        <p>{t("roomForgetAsk")}</p>
        <button type="button" autoFocus onClick={() => void forget(name)}>
          {t("roomForget")}
        </button>
        <button type="button" className="quiet" onClick={leave}>
          {t("cancel")}
        </button>
      </div>
    );
  return (
    <div className="room-actions">
      <button type="button" className="quiet" onClick={() => setDoing("renaming")}>
        {t("roomRename")}
      </button>
      <button type="button" className="quiet" onClick={() => setDoing("forgetting")}>
        {t("roomForget")}
      </button>
    </div>
  );
}

export function RoomList({ rooms, shown, show, make, rename, forget, children }: Props) {
  const { t } = useShell();
  return (
    <nav className="rooms" aria-label={t("rooms")}>
      <ul>
        <li>
          <button type="button" className="quiet" aria-current={shown === undefined} onClick={() => show(undefined)}>
            {t("roomNone")}
          </button>
        </li>
        {rooms.map((room) => (
          <li key={room.room}>
            <button
              type="button"
              className="quiet"
              aria-current={shown === room.room}
              onClick={() => show(room.room)}
            >
              {room.room}
            </button>
            {shown === room.room && <RoomActions key={room.room} name={room.room} rename={rename} forget={forget} />}
          </li>
        ))}
      </ul>
      <NameForm label={t("roomNew")} first="" done={(name) => void make(name)} />
      {children}
    </nav>
  );
}
