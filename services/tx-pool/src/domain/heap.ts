/** A binary heap: whatever comes first in an order is had without sorting the rest. Knows nothing of transactions. */

export class Heap<Item> {
  private readonly items: Item[] = [];
  private readonly isBefore: (left: Item, right: Item) => boolean;

  /** @param isBefore a strict order. */
  constructor(isBefore: (left: Item, right: Item) => boolean) {
    this.isBefore = isBefore;
  }

  get size(): number {
    return this.items.length;
  }

  push(item: Item): void {
    let at = this.items.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.items[above] as Item;
      if (!this.isBefore(item, parent)) break;
      this.items[at] = parent;
      at = above;
    }
    this.items[at] = item;
  }

  /** Takes the first item out; undefined when there is none. */
  pop(): Item | undefined {
    const first = this.items[0];
    const last = this.items.pop();
    if (this.items.length > 0 && last !== undefined) this.sink(last);
    return first;
  }

  private sink(item: Item): void {
    let at = 0;
    for (let below = this.firstBelow(at); below !== undefined; below = this.firstBelow(at)) {
      const child = this.items[below] as Item;
      if (!this.isBefore(child, item)) break;
      this.items[at] = child;
      at = below;
    }
    this.items[at] = item;
  }

  private firstBelow(at: number): number | undefined {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    if (left >= this.items.length) return undefined;
    if (right >= this.items.length) return left;
    return this.isBefore(this.items[right] as Item, this.items[left] as Item) ? right : left;
  }
}
