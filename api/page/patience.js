// What to do when the service is busy.

const MOST_TRIES = 5, LONGEST_WAIT_S = 10;

/**
 * Sends, and sends again while the service is busy and says in how many seconds to come back.
 * @param retryAfter reads that header of what `send` resolved to
 */
export async function patiently(send, retryAfter, signal) {
  for (let tries = 1; ; tries++) {
    const sent = await send();
    const wait = Number(retryAfter(sent) ?? NaN);
    if (sent.status !== 429 || tries === MOST_TRIES || !(wait <= LONGEST_WAIT_S)) return sent;
    await new Promise((resolve) => setTimeout(resolve, 1000 * wait));
    signal?.throwIfAborted();
  }
}
