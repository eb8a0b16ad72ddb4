/** A page that was open while the stand was built anew asks for files that are gone: it is loaded again, but not for ever. */
const KEPT_AS = 'pocket-reloaded-at';
const AGAIN_AFTER_MS = 10_000;

export function reloadWhenRebuilt(): void {
  addEventListener('vite:preloadError', () => {
    const last = Number(sessionStorage.getItem(KEPT_AS) ?? 0);
    if (Date.now() - last < AGAIN_AFTER_MS) return;
    sessionStorage.setItem(KEPT_AS, String(Date.now()));
    location.reload();
  });
}
