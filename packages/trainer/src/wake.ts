/** A latch between those who bring work and the one loop that does it: several calls before a wait count once. */
export interface Wake {
  wake(): void;
  /** Resolves at once when woken since the last wait, else on the next wake or after `ms`. */
  wait(ms: number): Promise<void>;
}

export function createWake(): Wake {
  let woken = false;
  let release: (() => void) | undefined;
  return {
    wake() {
      woken = true;
      release?.();
    },
    async wait(ms) {
      if (!woken) {
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((done) => {
          release = done;
          timer = setTimeout(done, ms);
        });
        clearTimeout(timer);
        release = undefined;
      }
      woken = false;
    },
  };
}
