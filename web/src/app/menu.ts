/** The menu, in the original's order: what stood there stands where it was, what is new comes behind it. */
import {
  Box,
  Coin,
  Cpu,
  DataLine,
  HomeFilled,
  List,
  MagicStick,
  Share,
  Tickets,
  Upload,
  Wallet,
} from '@element-plus/icons-vue';
import type { Component } from 'vue';

export interface MenuEntry {
  path: string;
  /** The key of its words. */
  title: string;
  icon: Component;
}

export interface MenuGroup {
  /** The key of its words; undefined for what stands alone. */
  title?: string;
  entries: readonly MenuEntry[];
}

export const menu: readonly MenuGroup[] = [
  {
    entries: [
      { path: '/', title: 'home.title', icon: HomeFilled },
      { path: '/system', title: 'system.title', icon: DataLine },
    ],
  },
  {
    title: 'app.menu.instance',
    entries: [
      { path: '/wallets', title: 'wallets.title', icon: Wallet },
      { path: '/blocks', title: 'blocks.title', icon: Box },
      { path: '/chainstate', title: 'chainstate.title', icon: Coin },
      { path: '/pool', title: 'pool.title', icon: Tickets },
    ],
  },
  {
    title: 'app.menu.explorer',
    entries: [
      { path: '/branches', title: 'explorer.branches.title', icon: Share },
      { path: '/events', title: 'events.title', icon: List },
      { path: '/mining', title: 'mining.title', icon: Cpu },
      { path: '/lab', title: 'lab.title', icon: MagicStick },
      { path: '/hand-in', title: 'handIn.title', icon: Upload },
    ],
  },
];
