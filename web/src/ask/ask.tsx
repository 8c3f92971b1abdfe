import { useCallback, useEffect, useState } from "react";
import { api, type Room } from "../api";
import { Failure } from "../shared/notice";
import { useLoaded } from "../shared/use_loaded";
import { Conversation } from "./conversation";
import { RoomList } from "./rooms";

/** A conversation that was opened stays, hidden or shown, so that an answer goes on while another room is looked at. */
interface Opened {
  key: number;
  room: string | undefined;
}

export function AskScreen() {
  const status = useLoaded("status", api.status);
  const [rooms, setRooms] = useState<Room[]>([]);
  const [failure, setFailure] = useState<Error>();
  const [opened, setOpened] = useState<Opened[]>([{ key: 0, room: undefined }]);
  const [shown, setShown] = useState<string | undefined>(undefined);

  const load = useCallback(() => {
    api.rooms().then(
      (found) => setRooms(found.rooms),
      () => undefined, // who is not let in reads so at the first question
    );
  }, []);
  useEffect(load, [load]);

  const show = (room: string | undefined) => {
    setOpened((before) =>
      before.some((one) => one.room === room)
        ? before
        : [...before, { key: 1 + Math.max(...before.map((one) => one.key)), room }],
    );
    setShown(room);
  };

  const change = async (changed: Promise<unknown>, then: () => void) => {
    setFailure(undefined);
    try {
      await changed;
      then();
    } catch (error) {
      setFailure(error instanceof Error ? error : new Error(String(error)));
    }
    load();
  };
  const make = (name: string) => change(api.makeRoom(name), () => show(name));
  const rename = (from: string, to: string) =>
    change(api.renameRoom(from, to), () => {
      setOpened((before) => before.map((one) => (one.room === from ? { ...one, room: to } : one)));
      setShown((now) => (now === from ? to : now));
    });
  const forget = (name: string) =>
    change(api.forgetRoom(name), () => {
      setOpened((before) => before.filter((one) => one.room !== name));
      setShown((now) => (now === name ? undefined : now));
    });

  const bases = status.state === "ready" ? status.value.knowledge_bases : [];
  return (
    <div className="rooms-and-talk">
      <RoomList rooms={rooms} shown={shown} show={show} make={make} rename={rename} forget={forget}>
        {failure !== undefined && <Failure error={failure} />}
      </RoomList>
      {opened.map((one) => (
        <Conversation key={one.key} number={one.key} room={one.room} shown={one.room === shown} bases={bases} used={load} />
      ))}
    </div>
  );
}
