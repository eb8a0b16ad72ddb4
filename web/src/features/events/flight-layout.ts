/** Where the steps of a flight are drawn: a row each, in the lane of its service, with a line from the step that caused it. */
import type { FlightStep } from '@pocket/contracts';
import { laneOf } from './lane-layout.ts';

export interface PlacedStep {
  step: FlightStep;
  /** From 0. */
  row: number;
  lane: number;
  /** Where the causing step is drawn; undefined where the cause is no step. */
  cause: { row: number; lane: number } | undefined;
}

export function layFlight(steps: readonly FlightStep[]): PlacedStep[] {
  return steps.map((step, row) => {
    const causing = step.causedBy === null ? undefined : steps[step.causedBy];
    const cause =
      causing === undefined || step.causedBy === null
        ? undefined
        : { row: step.causedBy, lane: laneOf(causing.service) };
    return { step, row, lane: laneOf(step.service), cause };
  });
}
