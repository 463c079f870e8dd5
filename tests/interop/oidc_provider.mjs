// A real OpenID Connect provider with one client, on a free port of this machine. It says in one line of JSON where it
// is. Who signs in is whoever types their address; `+unverified` in it stands for one that nobody has verified,
// `+nameless` for an account without one. What its token says wrongly is switched by POST /faults.
//
// node oidc_provider.mjs REDIRECT_URI [id_token]    with `id_token` the address stands in the token, not only behind it

import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';
import { SignJWT, importJWK, decodeJwt } from 'jose';

// Whoever started this reads one line and no more; what the library has to say goes elsewhere.
console.info = console.error;

const [redirect, claimsIn] = process.argv.slice(2);
const newKey = (kid) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' };
};
const keys = [newKey('first')];
let faults = {};

const account = (id) => ({
  accountId: id,
  claims: () => (id.includes('+nameless') ? { sub: id }
    : { sub: id, email: id, email_verified: !id.includes('+unverified') }),
});

const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

const start = () => new Provider(issuer, {
  clients: [{ client_id: 'bursar', client_secret: 'hunter2+/=', redirect_uris: [redirect] }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: claimsIn !== 'id_token',
  findAccount: (_, id) => account(id),
  features: { devInteractions: { enabled: true } },
  pkce: { required: () => true },
  cookies: { keys: ['only for tests'] },
  jwks: { keys },
  renderError: (ctx, out) => { ctx.type = 'text'; ctx.body = JSON.stringify(out); },
});
let provider = start();

// What a provider gone wrong, or somebody in its place, would answer.
async function forged(token) {
  const claims = { ...decodeJwt(token), ...faults.claims };
  const key = await importJWK(faults.unknown_key ? newKey('first') : keys[0], 'RS256');
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: keys[0].kid }).sign(key);
}

async function body(request) {
  let text = '';
  for await (const part of request) text += part;
  return text;
}

server.on('request', async (request, response) => {
  if (request.url === '/faults') {
    faults = JSON.parse(await body(request));
    if (faults.new_keys) {
      keys.splice(0, 1, newKey(`key-${Date.now()}`));
      provider = start();
    }
    response.end('{}');
    return;
  }
  if (faults.down) {
    response.statusCode = 503;
    response.end('down');
    return;
  }
  if (request.url === '/token' && (faults.claims || faults.unknown_key)) {
    const end = response.end.bind(response);
    response.end = (chunk) => {
      const answer = JSON.parse(chunk);
      forged(answer.id_token).then((token) => {
        const text = JSON.stringify({ ...answer, id_token: token });
        response.setHeader('content-length', Buffer.byteLength(text));
        end(text);
      });
    };
  }
  provider.callback()(request, response);
});

console.log(JSON.stringify({ issuer, now_ms: Date.now() }));
process.stdin.on('end', () => process.exit(0)).resume();
