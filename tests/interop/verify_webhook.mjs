// Verifies one message with the npm package `standardwebhooks`.
// In: {secret, headers, body} as JSON on standard input. Out: the message as JSON; an error where it is not genuine.
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

const { secret, headers, body } = JSON.parse(await text(process.stdin));
console.log(JSON.stringify(new Webhook(secret).verify(body, headers)));
