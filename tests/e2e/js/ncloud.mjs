// Calls the Sub Account tools of ncloud-mcp-server, unmodified: a line `{"tool", "input"}` of the input to a line with
// what the tool answers. Only the address of the service is another one.

import { createInterface } from "node:readline";
import { NcloudClient } from "ncloud-mcp-server/dist/client/ncloud-client.js";
import { registerSubAccountTools } from "ncloud-mcp-server/dist/tools/governance-sub-account.js";

const { BASE_URL, ACCESS_KEY, SECRET_KEY } = process.env;
const client = new NcloudClient({ accessKey: ACCESS_KEY, secretKey: SECRET_KEY, baseUrl: BASE_URL });
const tools = new Map();
registerSubAccountTools({ registerTool: (name, _description, handler) => tools.set(name, handler) }, client);

for await (const line of createInterface({ input: process.stdin })) {
  const { tool, input } = JSON.parse(line);
  console.log(JSON.stringify(await tools.get(tool)(input, {})));
}
