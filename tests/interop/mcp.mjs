// The official TypeScript client of the Model Context Protocol, told what to do line by line: over HTTP, or on stdio.
// Its one argument is JSON: {"url", "key"} or {"command", "args", "env"}.
import { createInterface } from "node:readline";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const target = JSON.parse(process.argv[2]);
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const failure = (error) => ({ error: String(error.message ?? error), code: error.code });

const transport = target.url
  ? new StreamableHTTPClientTransport(new URL(target.url), {
      requestInit: { headers: { Authorization: `Bearer ${target.key}` } },
    })
  : new StdioClientTransport({ command: target.command, args: target.args, env: target.env, stderr: "inherit" });
const client = new Client({ name: "interop", version: "1" });

try {
  await client.connect(transport);
  say({ ok: { server: client.getServerVersion(), instructions: client.getInstructions() } });
} catch (error) {
  say(failure(error));
  process.exit(0);
}
for await (const line of createInterface({ input: process.stdin })) {
  const wish = JSON.parse(line);
  try {
    const progress = [];
    const onprogress = wish.progress ? (told) => progress.push(told) : undefined;
    const ok = wish.call
      ? await client.callTool({ name: wish.call, arguments: wish.arguments }, undefined, { onprogress })
      : await client.listTools();
    say({ ok, progress });
  } catch (error) {
    say(failure(error));
  }
}
await client.close();
