// Writes stripe_webhooks.json: signature headers made by Stripe's official npm package, for fixed inputs.
//
//     npm install stripe@23.1.0 && node stripe_webhooks.mjs
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const Stripe = createRequire(join(process.cwd(), "x.js"))("stripe");
const stripe = new (Stripe.default ?? Stripe)("sk_test_unused");
const secret = "whsec_bursar_fixture";
const signedAt = 1_790_000_000;

const event = (id, type, object) =>
  JSON.stringify({ id, object: "event", api_version: "2026-10-28.endive", created: signedAt, livemode: false, type, data: { object } });
const plain = event("evt_1", "customer.created", { id: "cus_1", object: "customer" });
const unicode = event("evt_2", "customer.updated", { id: "cus_1", object: "customer", name: "Zoë 🦀 \"quoted\"" });
const header = (payload, options = {}) =>
  stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: signedAt, ...options });
const second = (text) => text.split(",").find((part) => part.startsWith("v1="));

const vectors = [
  { name: "plain", payload: plain, header: header(plain), now: signedAt, expect: "ok" },
  { name: "unicode", payload: unicode, header: header(unicode), now: signedAt + 299, expect: "ok" },
  { name: "exactly the tolerance", payload: plain, header: header(plain), now: signedAt + 300, expect: "ok" },
  { name: "too old", payload: plain, header: header(plain), now: signedAt + 301, expect: "time" },
  { name: "from the future", payload: plain, header: header(plain), now: signedAt - 301, expect: "time" },
  { name: "another secret", payload: plain, header: header(plain, { secret: "whsec_other" }), now: signedAt, expect: "signature" },
  { name: "another body", payload: unicode, header: header(plain), now: signedAt, expect: "signature" },
  {
    name: "two secrets while one is rotated",
    payload: plain,
    header: `${header(plain, { secret: "whsec_old" })},${second(header(plain))}`,
    now: signedAt,
    expect: "ok",
  },
  { name: "only the test scheme", payload: plain, header: header(plain, { scheme: "v0" }), now: signedAt, expect: "header" },
  { name: "time changed afterwards", payload: plain, header: header(plain).replace(`t=${signedAt}`, `t=${signedAt + 1}`), now: signedAt, expect: "signature" },
];
for (const { payload, header, now } of vectors.filter((vector) => vector.expect === "ok")) {
  stripe.webhooks.constructEvent(payload, header, secret, 300, undefined, now);
}
writeFileSync(new URL("stripe_webhooks.json", import.meta.url), JSON.stringify({ secret, vectors }, null, 2) + "\n");
