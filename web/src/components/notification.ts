/** Words in the corner: what has been done, and what could not be. */
import { ElNotification } from 'element-plus';
import 'element-plus/es/components/notification/style/css';
import { apiErrorOf } from '../api/problem.ts';

const SHOWN_MS = 5_000;
const ERROR_SHOWN_MS = 10_000;
/** Where no button stands. */
const PLACE = { position: 'bottom-right', offset: 76 } as const;

export function notifySuccess(title: string, message = ''): void {
  ElNotification({ type: 'success', title, message, duration: SHOWN_MS, ...PLACE });
}

export function notifyError(title: string, thrown: unknown): void {
  const message = typeof thrown === 'string' ? thrown : apiErrorOf(thrown).message;
  ElNotification({ type: 'error', title, message, duration: ERROR_SHOWN_MS, ...PLACE });
}
