// Small things that a page asks of the server beside marks: a call for help, a phrase to keep.

function csrfToken() {
  const { csrfCookie } = document.getElementById("device").dataset;
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${csrfCookie}=`));
  return found ? decodeURIComponent(found.slice(csrfCookie.length + 1)) : "";
}

/** Post a form; resolves to {ok, message}, the message in words where the server gave one. Never rejects. */
export async function post(url, fields) {
  try {
    const response = await fetch(url, {
      method: "POST",
      redirect: "manual",
      signal: AbortSignal.timeout(15_000),
      headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
      body: new URLSearchParams(fields),
    });
    const answer = await response.json().catch(() => ({}));
    return { ok: response.ok, message: answer.message ?? "" };
  } catch {
    return { ok: false, message: "" };
  }
}
