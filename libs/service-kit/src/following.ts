/** From foreign events to own commands: one command per event, all of a batch in one commit with the checkpoint's move. */
import type { CheckpointMove, RecordedEvent, Source, Writer } from '@pocket/eventstore';
import { contextOfCause } from './context.ts';

/** @param commandOf what an event means here; every event must mean something, if only that the checkpoint moves. */
export function followBy<Command, State, Reply>(
  writer: Writer<Command, State, Reply>,
  commandOf: (event: RecordedEvent) => Command,
): Source['handle'] {
  return async (events: RecordedEvent[], move: CheckpointMove) => {
    const commands = events.map((event, index) => ({
      command: commandOf(event),
      metadata: contextOfCause(event).metadata,
      checkpoint: { ...move, from: move.from + index, to: move.from + index + 1 },
    }));
    await Promise.all(
      commands.map(({ command, metadata, checkpoint }) => writer.execute(command, metadata, checkpoint)),
    );
  };
}
