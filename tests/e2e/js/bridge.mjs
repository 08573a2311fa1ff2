// Sends what a line of the input says by the SDK, and answers with a line: `{"operation", "input"}` to a result or an error.

import { createInterface } from "node:readline";
import * as sdk from "@aws-sdk/client-iotsitewise";
import { client } from "./client.mjs";

async function pages({ operation, input, key, pageSize }) {
  const found = [];
  for await (const page of sdk[`paginate${operation}`]({ client, pageSize }, input)) {
    found.push(...page[key]);
  }
  return found;
}

async function answer(request) {
  const { operation, input, wait } = request;
  if (wait) {
    return (await sdk[`waitUntil${wait}`]({ client, maxWaitTime: 60 }, input)).state;
  }
  return request.key ? pages(request) : client.send(new sdk[`${operation}Command`](input));
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    reply = { result: await answer(JSON.parse(line)) };
  } catch (error) {
    // A typed error is of the class that the service model names; anything else shows as what it is.
    const typed = error instanceof sdk.IoTSiteWiseServiceException && error.constructor === sdk[error.name];
    reply = { error: { ...error, name: error.name, message: error.message, typed, status: error.$metadata?.httpStatusCode } };
  }
  console.log(JSON.stringify(reply));
}
