/**
 * Finds the event at a place of the slider, and the slider's place of an event. What is near is read on in pages from
 * what is known; what is far is searched for between two places, each guess asked of the gateway: a handful of requests
 * on a history of any length, and no more than a window of stops is kept.
 */
import type { EventPage, Positions, WatchedEvent } from '@pocket/contracts';
import type { FeedQuestion } from '../../api/feed.ts';
import { BEGINNING, countOf, cursorOf, furthest, guessAt, textOf, type Cursor, type Place } from './cursor.ts';
import { placeText } from './place-text.ts';
import { distanceTo, emptyAt, stopAt, stopOf, withPage, type Stop, type StopWindow } from './stop-window.ts';

/** What is asked of the gateway. */
export interface Feed {
  page: (question: FeedQuestion, signal: AbortSignal) => Promise<EventPage>;
  cut: (atEvent: string, signal: AbortSignal) => Promise<Positions>;
  event: (atEvent: string, signal: AbortSignal) => Promise<WatchedEvent>;
}

export interface StopFinder {
  /** The index-th of all events, or one near it where events are being written there; undefined before all events. */
  find: (index: number, head: Cursor, signal: AbortSignal) => Promise<Stop | undefined>;
  /** The stop at an event. One that brought about very many others at once is said to stand behind them. */
  locate: (place: Place, signal: AbortSignal) => Promise<Stop>;
  /** What is known without asking. */
  known: (index: number) => Stop | undefined;
}

/** Events of a page: what is stepped through before one asks again. */
const PAGE = 100;
/** Of what an event brought about at once, and it is read backward to the event. */
const LONG_PAGE = 300;
/** Pages that are read on before one gives up: a page of large events is a short one. */
const MAX_PAGES = 8;
const MAX_GUESSES = 12;

export function createStopFinder(feed: Feed): StopFinder {
  let window: StopWindow = emptyAt(BEGINNING);

  /** Reads on from the window's nearer end until the window holds the index. */
  const readOn = async (from: StopWindow, index: number, signal: AbortSignal): Promise<StopWindow> => {
    let read = from;
    for (let pages = 0; pages < MAX_PAGES && distanceTo(read, index) > 0; pages++) {
      const isNewer = index > countOf(read.newer);
      const end = isNewer ? { after: textOf(read.newer) } : { before: textOf(read.older) };
      const page = await feed.page({ ...end, limit: PAGE }, signal);
      if (page.events.length === 0) break;
      read = withPage(read, page);
    }
    return read;
  };

  const find: StopFinder['find'] = async (index, head, signal) => {
    if (index <= 0) return undefined;
    const wanted = Math.min(index, countOf(head));
    const near = [window, emptyAt(BEGINNING), emptyAt(head)].find((each) => distanceTo(each, wanted) <= PAGE);
    window = await readOn(near ?? emptyAt(await search(feed, wanted, head, signal)), wanted, signal);
    return stopAt(window, wanted) ?? stopAt(window, countOf(window.newer));
  };

  const locate: StopFinder['locate'] = async (place, signal) => {
    const known = stopOf(window, place);
    if (known !== undefined) return known;
    const cut = cursorOf(await feed.cut(placeText(place), signal));
    window = withPage(emptyAt(cut), await feed.page({ before: textOf(cut), limit: LONG_PAGE }, signal));
    const found = stopOf(window, place);
    if (found !== undefined) return found;
    const { service, position, type, recordedAt } = await feed.event(placeText(place), signal);
    return { service, position, type, recordedAt, index: countOf(cut) };
  };

  return { find, locate, known: (index) => stopAt(window, index) };
}

/** A place at most a page away from the index-th event, or the nearest one that was found. */
async function search({ cut }: Feed, index: number, head: Cursor, signal: AbortSignal): Promise<Cursor> {
  let [older, newer] = [BEGINNING, head];
  for (let guesses = 0; guesses < MAX_GUESSES; guesses++) {
    const guess = guessAt(older, newer, index);
    if (guess === undefined) break;
    const found = cursorOf(await cut(`${guess.service}:${guess.position}`, signal));
    if (Math.abs(countOf(found) - index) <= PAGE) return found;
    if (countOf(found) < index) older = furthest(older, found);
    else newer = found;
  }
  return older;
}
