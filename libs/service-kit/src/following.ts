/** From foreign events to own commands: one command per event, all of a batch in one commit with the checkpoint's move. */
import type { CheckpointMove, RecordedEvent, Source, Writer } from '@pocket/eventstore';
import { contextOfCause } from './context.ts';

/** @param commandOf what a relevant event means here. */
export function followBy<Command, State, Reply>(
  writer: Pick<Writer<Command, State, Reply>, 'execute'>,
  commandOf: (event: RecordedEvent) => Command,
): Source['handle'] {
  return async (events: RecordedEvent[], move: CheckpointMove) => {
    const ends = events.map((event, index) => (index === events.length - 1 ? move.to : event.position));
    const commands = events.map((event, index) => ({
      command: commandOf(event),
      metadata: contextOfCause(event).metadata,
      checkpoint: { ...move, from: ends[index - 1] ?? move.from, to: ends[index] ?? move.to },
    }));
    await Promise.all(
      commands.map(({ command, metadata, checkpoint }) => writer.execute(command, metadata, checkpoint)),
    );
  };
}
