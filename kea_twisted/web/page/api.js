// Control commands, sent to the server that sent this page.

export class Refused extends Error {}

// The address of this server without the user and password that may stand in the address of the page.
export function url(path) {
  return new URL(path, location.origin + location.pathname);
}

async function post(path, body) {
  let response;
  try {
    response = await fetch(url(path), {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Keadhcp-Page": "1" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Refused("The server does not answer.");
  }
  if (response.status === 401) throw new Refused("The password is not the right one.");
  if (response.status === 403) throw new Refused("The server does not permit this to you.");
  const answer = await response.json();
  return Array.isArray(answer) ? answer[0] : answer;
}

// The whole answer, whatever its result.
export async function ask(command, args = undefined) {
  return post("./", args === undefined ? { command } : { command, arguments: args });
}

// The answer of a command that must succeed; result 3 (nothing found) is one, too.
export async function command(name, args = undefined) {
  const answer = await ask(name, args);
  if (answer.result !== 0 && answer.result !== 3) throw new Refused(answer.text || `result ${answer.result}`);
  return answer;
}

let known = null;

// The commands that this server has.
export async function commands() {
  if (!known) known = command("list-commands").then((answer) => new Set(answer.arguments));
  try {
    return await known;
  } catch (error) {
    known = null;
    throw error;
  }
}

// A command for the partner, which this server passes on with the credentials of this page.
export async function partner(relationship, name, args = undefined) {
  const other = relationship.servers.find((node) => !node.here && node.state !== undefined).name;
  const answer = await post("partner", { "server-name": other, command: name, arguments: args });
  if (answer.result !== 0) throw new Refused(answer.text || `result ${answer.result}`);
  return answer;
}

// Pools that have a text in them, the fullest first.
export async function poolsSearch(text, start) {
  const answer = await post("pools", { text, start });
  if (answer.result !== 0) throw new Refused(answer.text || `result ${answer.result}`);
  return answer.arguments;
}
