// The receipt of what the marking page has shown, handed over within this tab to the page on which it is sealed.
const nameOf = (user, run) => `certbody-receipt-${user}-${run}`;

export const handOver = (user, run, { digest, code }) =>
  sessionStorage.setItem(nameOf(user, run), JSON.stringify({ digest, code }));

/** Return {digest, code}, or null when this tab has not shown the marks. */
export const takeOver = (user, run) => JSON.parse(sessionStorage.getItem(nameOf(user, run)));

export const putAway = (user, run) => sessionStorage.removeItem(nameOf(user, run));
