import { useState } from "react";
import { api } from "../api";
import { Failure } from "../shared/notice";
import { asError, useLoaded } from "../shared/use_loaded";
import { useReturn } from "../shared/use_return";
import { Conversation } from "./conversation";
import { RoomList } from "./rooms";

/** A conversation that was opened stays, hidden or shown, so that an answer goes on while another room is looked at. */
interface Opened {
  key: number;
  room: string | undefined;
}

export function AskScreen({ looked }: { looked: boolean }) {
  const [version, setVersion] = useState(0); // another one when rooms or documents may have changed
  const status = useLoaded("status", api.status, version);
  const loaded = useLoaded("rooms", api.rooms, version);
  const rooms = loaded.state === "ready" ? loaded.value.rooms : []; // who is not let in reads so at the first question
  const [failure, setFailure] = useState<Error>();
  const [opened, setOpened] = useState<Opened[]>([{ key: 0, room: undefined }]);
  const [shown, setShown] = useState<string | undefined>(undefined);

  const load = () => setVersion((before) => before + 1);
  useReturn(looked, load);

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
      setFailure(asError(error));
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

  const known = status.state === "ready" ? status.value : undefined;
  return (
    <div className="rooms-and-talk">
      <RoomList rooms={rooms} shown={shown} show={show} make={make} rename={rename} forget={forget}>
        {failure !== undefined && <Failure error={failure} />}
      </RoomList>
      {opened.map((one) => (
        <Conversation key={one.key} number={one.key} room={one.room} shown={one.room === shown} status={known} used={load} />
      ))}
    </div>
  );
}
