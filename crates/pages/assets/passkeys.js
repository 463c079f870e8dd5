// What passkeys need of a browser. Pages work without it, but for passkeys; nothing is fetched from elsewhere.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

class Refused extends Error {}

// What is said in the page's language. What the server answers programs is English.
const words = document.currentScript.dataset;
const isEnglish = document.documentElement.lang === "en";

async function ask(path, body) {
  const init = { method: "POST", credentials: "same-origin" };
  if (body) Object.assign(init, { headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const answer = await fetch(path, init);
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused((isEnglish && said.detail) || words.refused);
  return said;
}

function answerOf(credential) {
  const { response } = credential;
  const out = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    out.attestationObject = text(response.attestationObject);
    if (response.getTransports) out.transports = response.getTransports();
  } else {
    out.authenticatorData = text(response.authenticatorData);
    out.signature = text(response.signature);
    if (response.userHandle) out.userHandle = text(response.userHandle);
  }
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response: out, extensions: {} };
}

async function prove(options) {
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) };
  return answerOf(await navigator.credentials.get({ publicKey }));
}

async function make(options) {
  const user = { ...options.user, id: bytes(options.user.id) };
  const excludeCredentials = known(options.excludeCredentials);
  const publicKey = { ...options, user, challenge: bytes(options.challenge), excludeCredentials };
  return answerOf(await navigator.credentials.create({ publicKey }));
}

async function stepUp() {
  const { ceremony_id, options } = await ask("/v1/step-up");
  await ask("/v1/step-up/complete", { ceremony_id, credential: await prove(options) });
}

async function signIn(next) {
  const { ceremony_id, options } = await ask("/v1/sign-in/passkey");
  const credential = await prove(options);
  const done = await ask("/v1/sign-in/passkey/complete", { ceremony_id, credential, next: next || null });
  location.assign(done.next || "/account");
}

async function add(name, first) {
  if (first) await stepUp();
  const { ceremony_id, options } = await ask("/v1/passkeys");
  await ask("/v1/passkeys/complete", { ceremony_id, name: name || null, credential: await make(options) });
  location.reload();
}

// Runs what a button is for, and says beside it what went wrong.
async function attempt(where, doing) {
  const alert = where.querySelector("[role=alert]") || where.parentElement.querySelector("[role=alert]");
  const buttons = where.matches("button") ? [where] : [...where.querySelectorAll("button")];
  if (alert) alert.hidden = true;
  buttons.forEach((button) => { button.disabled = true; });
  try {
    await doing();
  } catch (error) {
    if (!alert) return;
    alert.textContent = error instanceof Refused ? error.message : words.silent;
    alert.hidden = false;
  } finally {
    buttons.forEach((button) => { button.disabled = false; });
  }
}

// A form whose fields, where filled, take a passkey's word before it is sent.
function guard(form) {
  form.addEventListener("submit", (event) => {
    const names = (form.dataset.stepUp || "").split(" ").filter(Boolean);
    const filled = names.length === 0 || names.some((name) => form.elements[name].value.trim() !== "");
    if (!filled || form.dataset.proved) return;
    event.preventDefault();
    const { submitter } = event;
    attempt(form, async () => {
      await stepUp();
      form.dataset.proved = "yes";
      setTimeout(() => form.requestSubmit(submitter), 0);
    });
  });
}

if (window.PublicKeyCredential) {
  document.querySelectorAll("[data-passkey-needed]").forEach((part) => { part.hidden = false; });
  document.querySelectorAll("form[data-step-up]").forEach(guard);
  document.querySelectorAll("button[data-passkey=sign-in]").forEach((button) => {
    button.addEventListener("click", () => attempt(button, () => signIn(button.dataset.next)));
  });
  document.querySelectorAll("form[data-passkey=add]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      attempt(form, () => add(form.elements.name.value.trim(), "stepUpFirst" in form.dataset));
    });
  });
}
